//! Figures of mids, spreads and sizes, computed from generated rows in the same way as from recordings.
//!
//! What compares mids takes only rows with both sides, a spread of at most two cents at both ends of the change, and a
//! mid of 10 to 90 cents at its start: nobody can trade at the mid of a wide book, and a few such mids decide what a
//! variance says.

use host_core::{Market, QuotesView};

/// Polls of 30 s in five minutes, and in a day.
pub const FIVE_MINUTES: usize = 10;
pub const DAY: usize = 2_880;
const POLL: i64 = 30_000_000_000;
/// Marks a missing mid price: a side was empty.
const NONE: i16 = i16::MIN;
/// The widest tight book, in cents.
const TIGHT: u8 = 2;

/// Mids of one market before its event, poll by poll, in half cents.
pub struct Path {
    event: i64,
    first_poll: i64,
    mids: Vec<i16>,
    /// Two-sided spread in cents at each poll; 100 if a side was empty.
    spreads: Vec<u8>,
    /// True if the last tight book had a mid of 10 to 90 cents.
    is_middling: bool,
}

/// Figures collected in one pass over the rows.
pub struct Figures {
    pub paths: Vec<Path>,
    pub rows: usize,
    pub one_sided: usize,
    /// Rows after a tight book with a mid of 10 to 90 cents, and those of them that lack a side or are 12 c wide.
    pub middling: usize,
    pub bad: usize,
    /// Number of rows by two-sided spread in cents: weekdays, weekends.
    pub spreads: [Vec<usize>; 2],
    /// Sizes at the bid, of every 97th row.
    pub sizes: Vec<f64>,
    /// Volumes, of every 97th row: weekdays, weekends.
    pub volumes: [Vec<f64>; 2],
}

impl Path {
    /// Returns the mid at `time` in cents, if the book was tight then.
    pub fn tight(&self, time: i64) -> Option<f64> {
        self.tight_at(usize::try_from(time / POLL - self.first_poll).ok()?)
    }

    /// Returns the mid at `time` in cents, if the book had two sides then, however wide.
    pub fn mid(&self, time: i64) -> Option<f64> {
        let poll = usize::try_from(time / POLL - self.first_poll).ok()?;
        self.mids.get(poll).filter(|mid| **mid != NONE).map(|mid| f64::from(*mid) / 2.0)
    }

    fn tight_at(&self, poll: usize) -> Option<f64> {
        (*self.spreads.get(poll)? <= TIGHT).then(|| f64::from(self.mids[poll]) / 2.0)
    }

    /// Returns the changes over `polls` polls, from one in `every` polls on.
    fn changes(&self, polls: usize, every: usize) -> impl Iterator<Item = Change> {
        (0..self.mids.len().saturating_sub(polls)).step_by(every).filter_map(move |poll| {
            let (from, to) = (self.tight_at(poll)?, self.tight_at(poll + polls)?);
            is_middling(from).then(|| Change { cents: to - from, from, poll: self.first_poll + (poll + polls) as i64 })
        })
    }
}

/// Returns true for a mid of 10 to 90 cents.
pub fn is_middling(cents: f64) -> bool {
    (10.0..=90.0).contains(&cents)
}

/// A change of a mid between two tight books.
#[derive(Clone, Copy, Debug)]
pub struct Change {
    pub cents: f64,
    /// The mid before it, in cents.
    pub from: f64,
    /// The number of the poll at its end, since 1970.
    pub poll: i64,
}

impl Figures {
    pub fn new(markets: &[Market]) -> Figures {
        let event = |market: &Market| market.event_time.unwrap().0;
        let path = |market| Path {
            event: event(market),
            first_poll: 0,
            mids: Vec::new(),
            spreads: Vec::new(),
            is_middling: false,
        };
        Figures {
            paths: markets.iter().map(path).collect(),
            rows: 0,
            one_sided: 0,
            middling: 0,
            bad: 0,
            spreads: [vec![0; 101], vec![0; 101]],
            sizes: Vec::new(),
            volumes: [Vec::new(), Vec::new()],
        }
    }

    /// Takes in rows of polls every 30 s.
    pub fn batch(&mut self, rows: QuotesView<'_>) {
        (0..rows.len()).for_each(|row| self.add(&rows, row));
    }

    fn add(&mut self, quotes: &QuotesView<'_>, row: usize) {
        let path = &mut self.paths[quotes.market[row] as usize];
        if path.event <= quotes.time[row] {
            return;
        }
        self.rows += 1;
        let cents = |dollars: f64| (dollars * 100.0).round();
        let (bid, ask) = (cents(quotes.bid[row]), cents(quotes.ask[row]));
        let two_sided = !bid.is_nan() && !ask.is_nan();
        if path.mids.is_empty() {
            path.first_poll = quotes.time[row] / POLL;
        }
        // Polls lost in an outage are missing.
        let poll = (quotes.time[row] / POLL - path.first_poll) as usize;
        path.mids.resize(poll, NONE);
        path.spreads.resize(poll, 100);
        path.spreads.push(if two_sided { (ask - bid) as u8 } else { 100 });
        path.mids.push(if two_sided { (bid + ask) as i16 } else { NONE });
        if ask - bid <= f64::from(TIGHT) {
            path.is_middling = is_middling((bid + ask) / 2.0);
        }
        self.middling += usize::from(path.is_middling);
        self.bad += usize::from(path.is_middling && (!two_sided || ask - bid >= 12.0));
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

    /// Returns the tight changes over `polls` polls of all markets.
    pub fn changes(&self, polls: usize) -> impl Iterator<Item = Change> {
        // Changes over more than an hour overlap so much that one in ten says the same.
        let every = if polls > 120 { 10 } else { 1 };
        self.paths.iter().flat_map(move |path| path.changes(polls, every))
    }

    /// Returns the mean square of a change over `polls` polls.
    pub fn variance(&self, polls: usize) -> f64 {
        mean(self.changes(polls).map(|change| change.cents * change.cents))
    }

    /// Returns the variance over `polls` polls relative to that of a random walk with the variance over five minutes.
    pub fn variance_ratio(&self, polls: usize) -> f64 {
        self.variance(polls) / self.variance(FIVE_MINUTES) * FIVE_MINUTES as f64 / polls as f64
    }

    /// Returns the share of changes over `polls` polls that are none.
    pub fn unchanged(&self, polls: usize) -> f64 {
        mean(self.changes(polls).map(|change| f64::from(change.cents == 0.0)))
    }

    /// Returns the standard deviation of a change over one poll from a mid within `low..high` cents.
    pub fn volatility_between(&self, low: f64, high: f64) -> f64 {
        let within = self.changes(1).filter(|change| (low..high).contains(&change.from));
        mean(within.map(|change| change.cents * change.cents)).sqrt()
    }

    /// Returns the ratio of mid changes in the busiest hour of the day (UTC) to those in the quietest.
    pub fn busiest_to_quietest_hour(&self) -> f64 {
        let mut hours = [(0.0, 0.0); 24];
        for change in self.changes(1) {
            let hour = &mut hours[(change.poll / 120 % 24) as usize];
            *hour = (hour.0 + f64::from(change.cents != 0.0), hour.1 + 1.0);
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
