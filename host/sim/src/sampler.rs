//! Turns a tape of changes into the polls that a host would have seen.
//!
//! Polls happen at multiples of the interval since the epoch. A poll yields one row for every open market, changed or
//! not, in order of market number: the market's latest row at or before the poll, stamped with the poll's time. A
//! market is open from its first row until it closes or, if its close is unknown, until its last row. The sampler
//! must never show a poll anything later than the poll itself.
//!
//! A row makes all polls before it due, and they come out before that row is taken in. All rows taken in are
//! therefore at or before [`Sampler::next_poll_time`]. A caller whose exchange sees every row, each before the poll
//! that follows it, merges the two like this:
//!
//! ```
//! # use host_core::{Quotes, Span, Timestamp};
//! # use host_sim::sampler::Sampler;
//! # fn run(raw: &Quotes, sampler: &mut Sampler) {
//! let (mut polled, mut taken_in, mut shown) = (Quotes::default(), 0, 0);
//! while taken_in < raw.len() {
//!     polled.clear();
//!     taken_in = sampler.push(&raw.all(), taken_in, 65_536, &mut polled);
//!     let mut row = 0;
//!     while row < polled.len() {
//!         let upto = shown + raw.time[shown..].iter().take_while(|&&time| time <= polled.time[row]).count();
//!         // exchange.on_quotes(&raw.view(shown..upto), &mut events);
//!         let end = polled.poll_end(row);
//!         // engine.step(Event::Poll(polled.view(row..end)));
//!         (shown, row) = (upto, end);
//!     }
//! }
//! // exchange.on_quotes(&raw.view(shown..raw.len()), &mut events);
//! # assert!(shown <= raw.len());
//! # }
//! # let mut sampler = Sampler::new(Span::seconds(30), &[None], &[Timestamp(0)]).unwrap();
//! # run(&Quotes::default(), &mut sampler);
//! ```

use host_core::{Quotes, QuotesView, Span, Timestamp};

/// The poll interval is not positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("poll interval is {} s: it must be positive, such as 30 s", .0.as_seconds())]
pub struct InvalidInterval(pub Span);

#[derive(Debug)]
pub struct Sampler {
    interval: i64,
    /// Time of the next poll; `None` until the first row.
    next: Option<i64>,
    last_row: i64,
    /// By market number: the time from which it is no longer open.
    ends: Vec<i64>,
    /// Earliest end of an open market.
    next_end: i64,
    /// By market number: index of its row in `latest`.
    positions: Vec<Option<u32>>,
    /// Latest row of every open market, in order of market number.
    latest: Quotes,
}

impl Sampler {
    /// Returns a sampler at `interval`. `closes` and `last_rows` are indexed by market number: the close of each
    /// market, if known, and the time of its last row on the tape. A market beyond the end of both stays open.
    ///
    /// # Errors
    /// If the interval is not positive.
    pub fn new(
        interval: Span,
        closes: &[Option<Timestamp>],
        last_rows: &[Timestamp],
    ) -> Result<Sampler, InvalidInterval> {
        if interval <= Span::ZERO {
            return Err(InvalidInterval(interval));
        }
        let end = |market: usize| match (closes.get(market).copied().flatten(), last_rows.get(market)) {
            (Some(closes), _) => closes.0,
            // A poll at the exact time of the last row still shows it.
            (None, Some(last)) => last.0.saturating_add(1),
            (None, None) => i64::MAX,
        };
        Ok(Sampler {
            interval: interval.0,
            next: None,
            last_row: i64::MIN,
            ends: (0..closes.len().max(last_rows.len())).map(end).collect(),
            next_end: i64::MAX,
            positions: Vec::new(),
            latest: Quotes::default(),
        })
    }

    /// Returns the time of the next poll; no row taken in is later. `None` before the first row.
    pub fn next_poll_time(&self) -> Option<Timestamp> {
        self.next.map(Timestamp)
    }

    /// Takes in the rows of `raw` from row `from` on, in time order, and appends to `polled` all polls strictly
    /// before each. Returns the index of the first row not taken in: `raw.len()`, or less once `polled` holds at
    /// least `limit` rows, which bounds the memory needed for a long gap with many markets. Call again from there.
    pub fn push(&mut self, raw: &QuotesView<'_>, from: usize, limit: usize, polled: &mut Quotes) -> usize {
        for row in from..raw.len() {
            let time = raw.time[row];
            while self.next.is_none_or(|next| next < time) {
                match self.next {
                    Some(_) if polled.len() >= limit => return row,
                    Some(next) if !self.latest.is_empty() => self.poll(next, polled),
                    // No market is open, so polls up to this row are empty.
                    _ => {
                        self.next = Some(self.first_poll_from(time));
                        break;
                    }
                }
            }
            self.take_in(raw, row);
            self.last_row = self.last_row.max(time);
        }
        raw.len()
    }

    /// Appends the poll at the exact time of the last row, if there is one. Call it when the tape has ended.
    pub fn finish(&mut self, polled: &mut Quotes) {
        while let Some(next) = self.next.filter(|&next| next <= self.last_row) {
            self.poll(next, polled);
        }
    }

    fn first_poll_from(&self, time: i64) -> i64 {
        time.saturating_add(self.interval - 1).div_euclid(self.interval) * self.interval
    }

    /// Appends the poll at `time`.
    fn poll(&mut self, time: i64, polled: &mut Quotes) {
        if self.next_end <= time {
            self.drop_closed(time);
        }
        let latest = &self.latest;
        polled.time.resize(polled.len() + latest.len(), time);
        polled.market.extend_from_slice(&latest.market);
        polled.bid.extend_from_slice(&latest.bid);
        polled.ask.extend_from_slice(&latest.ask);
        polled.bid_size.extend_from_slice(&latest.bid_size);
        polled.ask_size.extend_from_slice(&latest.ask_size);
        polled.last.extend_from_slice(&latest.last);
        polled.volume.extend_from_slice(&latest.volume);
        self.next = Some(time.saturating_add(self.interval));
    }

    /// Records a row as its market's latest.
    fn take_in(&mut self, raw: &QuotesView<'_>, row: usize) {
        let market = raw.market[row];
        let position = match self.positions.get(market as usize) {
            Some(&Some(position)) => position as usize,
            _ => match self.open(market, raw.time[row]) {
                Some(position) => position,
                None => return,
            },
        };
        let latest = &mut self.latest;
        latest.bid[position] = raw.bid[row];
        latest.ask[position] = raw.ask[row];
        latest.bid_size[position] = raw.bid_size[row];
        latest.ask_size[position] = raw.ask_size[row];
        latest.last[position] = raw.last[row];
        latest.volume[position] = raw.volume[row];
    }

    /// Makes room in `latest` for a market that first appears at `time`; `None` if it has closed by then.
    fn open(&mut self, market: u32, time: i64) -> Option<usize> {
        let end = self.end(market);
        if end <= time {
            return None;
        }
        self.next_end = self.next_end.min(end);
        let position = self.latest.market.partition_point(|&other| other < market);
        let Quotes { market: markets, time: times, bid, ask, bid_size, ask_size, last, volume } = &mut self.latest;
        markets.insert(position, market);
        times.insert(position, time);
        for column in [bid, ask, bid_size, ask_size, last, volume] {
            column.insert(position, f64::NAN);
        }
        if self.positions.len() <= market as usize {
            self.positions.resize(market as usize + 1, None);
        }
        self.number_positions(position);
        Some(position)
    }

    /// Drops the markets that are not open at `time`.
    fn drop_closed(&mut self, time: i64) {
        let keeps: Vec<bool> = self.latest.market.iter().map(|&market| self.end(market) > time).collect();
        for (&market, _) in self.latest.market.iter().zip(&keeps).filter(|(_, keep)| !**keep) {
            self.positions[market as usize] = None;
        }
        let Quotes { market, time: times, bid, ask, bid_size, ask_size, last, volume } = &mut self.latest;
        retain(market, &keeps);
        retain(times, &keeps);
        for column in [bid, ask, bid_size, ask_size, last, volume] {
            retain(column, &keeps);
        }
        self.number_positions(0);
        self.next_end = self.latest.market.iter().map(|&market| self.end(market)).min().unwrap_or(i64::MAX);
    }

    /// Updates the positions of the markets from `position` on.
    fn number_positions(&mut self, position: usize) {
        for (position, &market) in self.latest.market.iter().enumerate().skip(position) {
            self.positions[market as usize] = Some(position as u32);
        }
    }

    fn end(&self, market: u32) -> i64 {
        self.ends.get(market as usize).copied().unwrap_or(i64::MAX)
    }
}

/// Keeps the elements whose flag in `keeps` is set.
fn retain<T>(column: &mut Vec<T>, keeps: &[bool]) {
    let mut keeps = keeps.iter();
    column.retain(|_| keeps.next().is_some_and(|&keep| keep));
}
