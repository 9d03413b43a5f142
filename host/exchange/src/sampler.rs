//! Polling as it would have seen a tape of changes.
//!
//! Poll times are the multiples of the interval since the epoch. A poll yields one row for every open market, changed or
//! not, in the order of market numbers: its latest row at or before the poll, with the poll's time. A market is open
//! from its first row until it closes or, where no close is known, to its last row. The sampler must never show a poll
//! anything later than it.
//!
//! Polls that a row proves due come out before that row is taken in, so all rows taken in are at or before
//! [`Sampler::next_poll_time`]. A shell whose exchange sees every row, each before the poll that follows it, merges the two:
//!
//! ```
//! # use host_core::{Quotes, Span, Timestamp};
//! # use host_exchange::sampler::Sampler;
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

/// The interval is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("poll interval is {} s: it must be positive, such as 30 s", .0.as_seconds())]
pub struct InvalidInterval(pub Span);

/// Turns changes into polls.
#[derive(Debug)]
pub struct Sampler {
    interval: i64,
    /// The next poll; `None` until the first row.
    next: Option<i64>,
    last_row: i64,
    /// By market number: from when on it is not open.
    ends: Vec<i64>,
    /// The soonest end of an open market.
    next_end: i64,
    /// By market number: where its row is on the board.
    places: Vec<Option<u32>>,
    /// The latest row of every open market, in the order of market numbers.
    board: Quotes,
}

impl Sampler {
    /// A sampler at `interval`. By market number: when it closes, if that is known, and the time of its last row on the
    /// tape. A market beyond both stays open.
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
            // A poll at the very time of the last row still shows it.
            (None, Some(last)) => last.0.saturating_add(1),
            (None, None) => i64::MAX,
        };
        Ok(Sampler {
            interval: interval.0,
            next: None,
            last_row: i64::MIN,
            ends: (0..closes.len().max(last_rows.len())).map(end).collect(),
            next_end: i64::MAX,
            places: Vec::new(),
            board: Quotes::default(),
        })
    }

    /// When the next poll is due: no row that was taken in is later. `None` before the first row.
    pub fn next_poll_time(&self) -> Option<Timestamp> {
        self.next.map(Timestamp)
    }

    /// Takes in the rows of `raw` from row `from` on, in time order, and appends to `polled` all polls strictly before each.
    /// Returns the first row that it did not take in: `raw.len()`, or less once `polled` holds `limit` rows or more, so
    /// that a long gap of many markets needs no more memory than a short one. Call again from there.
    pub fn push(&mut self, raw: &QuotesView<'_>, from: usize, limit: usize, polled: &mut Quotes) -> usize {
        for row in from..raw.len() {
            let time = raw.time[row];
            while self.next.is_none_or(|next| next < time) {
                match self.next {
                    Some(_) if polled.len() >= limit => return row,
                    Some(next) if !self.board.is_empty() => self.poll(next, polled),
                    // No market is open: polls up to this row are empty.
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

    /// The tape has ended: appends the poll at the very time of the last row, if there is one.
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
        let board = &self.board;
        polled.time.resize(polled.len() + board.len(), time);
        polled.market.extend_from_slice(&board.market);
        polled.bid.extend_from_slice(&board.bid);
        polled.ask.extend_from_slice(&board.ask);
        polled.bid_size.extend_from_slice(&board.bid_size);
        polled.ask_size.extend_from_slice(&board.ask_size);
        polled.last.extend_from_slice(&board.last);
        polled.volume.extend_from_slice(&board.volume);
        self.next = Some(time.saturating_add(self.interval));
    }

    /// Puts a row on the board.
    fn take_in(&mut self, raw: &QuotesView<'_>, row: usize) {
        let market = raw.market[row];
        let place = match self.places.get(market as usize) {
            Some(&Some(place)) => place as usize,
            _ => match self.open(market, raw.time[row]) {
                Some(place) => place,
                None => return,
            },
        };
        let board = &mut self.board;
        board.bid[place] = raw.bid[row];
        board.ask[place] = raw.ask[row];
        board.bid_size[place] = raw.bid_size[row];
        board.ask_size[place] = raw.ask_size[row];
        board.last[place] = raw.last[row];
        board.volume[place] = raw.volume[row];
    }

    /// Makes a place on the board for a market that shows itself at `time`; `None` if it has closed by then.
    fn open(&mut self, market: u32, time: i64) -> Option<usize> {
        let end = self.end(market);
        if end <= time {
            return None;
        }
        self.next_end = self.next_end.min(end);
        let place = self.board.market.partition_point(|&other| other < market);
        let Quotes { market: markets, time: times, bid, ask, bid_size, ask_size, last, volume } = &mut self.board;
        markets.insert(place, market);
        times.insert(place, time);
        for column in [bid, ask, bid_size, ask_size, last, volume] {
            column.insert(place, f64::NAN);
        }
        if self.places.len() <= market as usize {
            self.places.resize(market as usize + 1, None);
        }
        self.number_places(place);
        Some(place)
    }

    /// Clears the board of markets that are not open at `time`.
    fn drop_closed(&mut self, time: i64) {
        let keeps: Vec<bool> = self.board.market.iter().map(|&market| self.end(market) > time).collect();
        for (&market, _) in self.board.market.iter().zip(&keeps).filter(|(_, keep)| !**keep) {
            self.places[market as usize] = None;
        }
        let Quotes { market, time: times, bid, ask, bid_size, ask_size, last, volume } = &mut self.board;
        retain(market, &keeps);
        retain(times, &keeps);
        for column in [bid, ask, bid_size, ask_size, last, volume] {
            retain(column, &keeps);
        }
        self.number_places(0);
        self.next_end = self.board.market.iter().map(|&market| self.end(market)).min().unwrap_or(i64::MAX);
    }

    /// Writes down where the markets from `place` on are.
    fn number_places(&mut self, place: usize) {
        for (place, &market) in self.board.market.iter().enumerate().skip(place) {
            self.places[market as usize] = Some(place as u32);
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
