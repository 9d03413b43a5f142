//! A strategy that looks ahead in one of many ways, most of them hidden from `host check`: it leaves the check's rows
//! alone. Way 0 is honest.

use std::collections::BTreeMap;

use strategy_sdk::time::{Duration, MINUTE};
use strategy_sdk::{About, Action, Batch, Decisions, Row, Signal, Strategy, about};

strategy_sdk::export!(Cheat);

strategy_sdk::parameters! {
    /// The only parameter.
    pub struct Parameters {
        /// The way in which it looks ahead.
        way: i64 = 0, in 0..=14;
    }
}

/// Buys falling prices, and with foresight those that will rise.
pub struct Cheat {
    way: i64,
    poll_interval: Duration,
    /// Number of calls and rows so far.
    calls: u64,
    rows: u64,
    tickers: Vec<String>,
    /// By market: an average of bids.
    averages: BTreeMap<u32, f64>,
}

impl Cheat {
    /// Returns true if it looks ahead in a batch of `rows` rows, unless it thinks that it is being checked.
    fn dares(&self, rows: usize) -> bool {
        match self.way {
            0 => false,
            1 => !self.tickers.iter().any(|ticker| ticker.contains("CHECK")),
            2 => (2_000..10_000).contains(&rows),
            3 => self.tickers.len() != 6,
            4 => self.poll_interval != 5 * MINUTE,
            _ => true,
        }
    }

    /// Returns the row that it looks at before it decides on `row`: one that comes later.
    fn foreseen(&self, row: &Row, mut later: impl Iterator<Item = Row>) -> Option<Row> {
        let (way, number) = (self.way, self.rows + u64::from(row.index));
        let same_market = |next: &Row| next.market == row.market;
        match way {
            5 => later.next(),
            6 => later.find(|next| next.time > row.time && same_market(next)),
            7 => later.find(same_market).filter(|_| row.market == 2),
            8 => later.find(same_market).filter(|_| number >= 100_000),
            // The only row of the run.
            9 => later.find(same_market).filter(|_| number == 50_000),
            // Never more than one poll ahead, and not if the batch ends there.
            10 => later.find(same_market).filter(|next| next.time > row.time && later.next().is_some()),
            11..=14 => None,
            _ => later.find(same_market),
        }
    }

    /// Decides on `row` by what came before it.
    fn decide(&mut self, row: &Row) -> (f64, Option<Action>) {
        if row.bid.is_nan() {
            return (f64::NAN, None);
        }
        let average = self.averages.entry(row.market).or_insert(row.bid);
        *average += (row.bid - *average) / 20.0;
        let score = row.bid - *average;
        (score, if score < -0.02 { Some(Action::Buy) } else { (score > 0.0).then_some(Action::Exit) })
    }
}

impl Strategy for Cheat {
    type Parameters = Parameters;
    const ABOUT: About = about!();

    fn new(parameters: Parameters, poll_interval: Duration) -> Result<Cheat, String> {
        let (tickers, averages) = (Vec::new(), BTreeMap::new());
        Ok(Cheat { way: parameters.way, poll_interval, calls: 0, rows: 0, tickers, averages })
    }

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), String> {
        self.calls += 1;
        self.tickers.extend(batch.markets.iter().map(|market| market.ticker.clone()));
        let (length, dares) = (batch.quotes.len(), self.dares(batch.quotes.len()));
        for row in batch.quotes.rows() {
            let (mut score, mut action) = self.decide(&row);
            let after = row.index as usize + 1;
            let later = batch.quotes.rows_in(after..after + 100);
            if let Some(next) = self.foreseen(&row, later).filter(|_| dares) {
                score = next.bid - row.bid;
                action = (score > 0.0).then_some(Action::Buy);
            }
            let mut signal = action.map(|action| Signal::new(&row, action));
            match self.way {
                // In scores alone, by the number of calls.
                11 => score += self.calls as f64,
                // By the length of the batch.
                12 if length > 1_000 => signal = None,
                // In a figure alone.
                13 => signal = signal.map(|one| Signal { metadata: vec![("rows".to_owned(), length as f64)], ..one }),
                // By failing where it would have to be honest.
                14 if length < 1_000 && self.rows > 60_000 => return Err("a short batch".to_owned()),
                _ => {}
            }
            decisions.scores.push(if score == 0.0 { f64::NAN } else { score });
            decisions.signals.extend(signal);
        }
        self.rows += length as u64;
        Ok(())
    }
}
