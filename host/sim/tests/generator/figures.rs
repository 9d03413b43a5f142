//! The figures of market-facts, computed from generated rows in the same way as from the recordings.

use host_core::{Market, Quotes};
use host_sim::generator::{Generator, GeneratorSettings};

/// Marks a missing mid price: a side was empty.
pub const NONE: i16 = i16::MIN;

/// Mids of one market before its event, poll by poll, in half cents.
pub struct Path {
    pub market: Market,
    pub first_poll: i64,
    pub mids: Vec<i16>,
    /// Two-sided spread in cents at each poll; 100 if a side was empty.
    pub spreads: Vec<u8>,
}

/// Figures collected in one pass over the rows.
#[derive(Default)]
pub struct Figures {
    pub paths: Vec<Path>,
    pub rows: usize,
    pub one_sided: usize,
    /// Number of rows by two-sided spread in cents: weekdays, weekends.
    pub spreads: [Vec<usize>; 2],
    /// Sizes at the bid, of every 97th row.
    pub sizes: Vec<f64>,
    /// Volumes, of every 97th row: weekdays, weekends.
    pub volumes: [Vec<f64>; 2],
}

impl Figures {
    pub fn collect(settings: GeneratorSettings) -> Figures {
        let mut generator = Generator::new(settings);
        let path =
            |market: &Market| Path { market: market.clone(), first_poll: 0, mids: Vec::new(), spreads: Vec::new() };
        let mut figures = Figures { paths: generator.markets().iter().map(path).collect(), ..Figures::default() };
        figures.spreads = [vec![0; 101], vec![0; 101]];
        let mut quotes = Quotes::default();
        while generator.next_batch(&mut quotes) {
            for row in 0..quotes.len() {
                figures.add(&quotes, row, settings.poll.0);
            }
        }
        figures
    }

    fn add(&mut self, quotes: &Quotes, row: usize, poll: i64) {
        let path = &mut self.paths[quotes.market[row] as usize];
        if path.market.event_time.unwrap().0 <= quotes.time[row] {
            return;
        }
        self.rows += 1;
        let cents = |dollars: f64| (dollars * 100.0).round();
        let (bid, ask) = (cents(quotes.bid[row]), cents(quotes.ask[row]));
        let two_sided = !bid.is_nan() && !ask.is_nan();
        if path.mids.is_empty() {
            path.first_poll = quotes.time[row] / poll;
        }
        // Polls lost in an outage count as unchanged, as when sampling a recording.
        let missed = (quotes.time[row] / poll - path.first_poll) as usize - path.mids.len();
        let last = path.mids.last().copied().unwrap_or(NONE);
        path.mids.extend(std::iter::repeat_n(last, missed));
        path.spreads.resize(path.mids.len(), 100);
        path.spreads.push(if two_sided { (ask - bid) as u8 } else { 100 });
        path.mids.push(if two_sided { (bid + ask) as i16 } else { NONE });
        let weekend = usize::from(matches!((quotes.time[row] / 86_400_000_000_000) % 7, 2 | 3));
        self.one_sided += usize::from(!two_sided);
        if two_sided {
            self.spreads[weekend][(ask - bid) as usize] += 1;
        }
        if self.rows.is_multiple_of(97) {
            self.sizes.push(quotes.bid_size[row]);
            self.volumes[weekend].push(quotes.volume[row]);
        }
    }

    /// Returns all changes of a mid over `polls` polls, in cents, with the mid before in cents and the poll's number.
    pub fn changes(&self, polls: usize) -> impl Iterator<Item = (f64, f64, i64)> {
        self.paths.iter().flat_map(move |path| {
            let pairs = path.mids.iter().zip(path.mids.iter().skip(polls)).enumerate();
            pairs.filter(|(_, (before, after))| **before != NONE && **after != NONE).map(move |(n, (before, after))| {
                (f64::from(after - before) / 2.0, f64::from(*before) / 2.0, path.first_poll + (n + polls) as i64)
            })
        })
    }

    /// Returns the mean square of a change over `polls` polls.
    pub fn variance(&self, polls: usize) -> f64 {
        mean(self.changes(polls).map(|(change, ..)| change * change))
    }

    /// Returns the variance over `long` polls relative to a random walk with the variance over `short` polls.
    pub fn variance_ratio(&self, long: usize, short: usize) -> f64 {
        self.variance(long) / self.variance(short) * short as f64 / long as f64
    }

    /// Returns the share of polls over which nothing changed.
    pub fn unchanged(&self, polls: usize) -> f64 {
        mean(self.changes(polls).map(|(change, ..)| f64::from(change == 0.0)))
    }

    /// Returns the autocorrelation of changes over one poll, `lag` polls apart.
    pub fn autocorrelation(&self, lag: usize) -> f64 {
        let products = self.paths.iter().flat_map(|path| {
            path.mids.windows(lag + 2).filter_map(move |mids| {
                let [a, b, c, d] = [mids[0], mids[1], mids[lag], mids[lag + 1]];
                (![a, b, c, d].contains(&NONE)).then(|| f64::from(b - a) * f64::from(d - c) / 4.0)
            })
        });
        mean(products) / self.variance(1)
    }

    /// Returns quantiles of the absolute change over one poll.
    pub fn change_quantiles<const N: usize>(&self, at: [f64; N]) -> [f64; N] {
        quantiles(self.changes(1).map(|(change, ..)| change.abs()).collect(), at)
    }

    pub fn kurtosis(&self) -> f64 {
        mean(self.changes(1).map(|(change, ..)| change.powi(4))) / self.variance(1).powi(2)
    }

    /// Returns the standard deviation of a change over one poll from a mid within `low..high` cents.
    pub fn volatility_between(&self, low: f64, high: f64) -> f64 {
        let within = self.changes(1).filter(|(_, mid, _)| (low..high).contains(mid));
        mean(within.map(|(change, ..)| change * change)).sqrt()
    }

    /// Returns the ratio of mid changes in the busiest hour of the day (UTC) to those in the quietest.
    pub fn busiest_to_quietest_hour(&self, polls_an_hour: i64) -> f64 {
        let mut hours = [(0.0, 0.0); 24];
        for (change, _, poll) in self.changes(1) {
            let hour = &mut hours[(poll / polls_an_hour % 24) as usize];
            *hour = (hour.0 + f64::from(change != 0.0), hour.1 + 1.0);
        }
        let shares = hours.map(|(changed, all)| changed / all);
        shares.iter().copied().fold(0.0, f64::max) / shares.iter().copied().fold(1.0, f64::min)
    }
}

pub fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0.0), |(sum, count), value| (sum + value, count + 1.0));
    sum / count
}

pub fn quantiles<const N: usize>(mut values: Vec<f64>, at: [f64; N]) -> [f64; N] {
    values.sort_by(f64::total_cmp);
    at.map(|share| values[(share * (values.len() - 1) as f64) as usize])
}
