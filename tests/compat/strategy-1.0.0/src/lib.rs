//! Buys a market whose mid is below one price and leaves it above another: simple enough to work out by hand, and yet a
//! user of all that the contract 1.0.0 has: every kind of parameter, markets, positions, fills, log, metadata, state.

use std::collections::BTreeMap;

use strategy_sdk::time::{Duration, HOUR};
use strategy_sdk::{About, Action, Batch, Decisions, Reader, Signal, Stateful, Strategy, Writer, about, log};

strategy_sdk::export!(RangeBuyer, stateful);

strategy_sdk::parameters! {
    /// One of each kind.
    pub struct Parameters {
        /// Buy while flat and the mid is below this.
        buy_below: f64 = 0.4, in 0.0..=1.0;
        /// Leave while the mid is above this.
        exit_above: f64 = 0.6, in 0.0..=1.0;
        /// Rows of a market that are let pass first.
        wait_rows: i64 = 0, in 0..=1_000_000;
        /// Whether fills are logged.
        log_fills: bool = true;
        /// Trade this series only; empty: all.
        series: String = "";
    }
}

/// The strategy.
pub struct RangeBuyer {
    parameters: Parameters,
    /// Rows seen, by market.
    rows: BTreeMap<u32, i64>,
    /// Markets of another series.
    ignored: Vec<u32>,
}

impl Strategy for RangeBuyer {
    type Parameters = Parameters;

    const ABOUT: About = about!();
    const FEEDBACK: bool = true;

    fn warm_up() -> Duration {
        HOUR
    }

    fn new(parameters: Parameters, _: Duration) -> Result<RangeBuyer, String> {
        if parameters.buy_below > parameters.exit_above {
            return Err(format!(
                "buy_below is {} and exit_above {}: it would leave at once",
                parameters.buy_below, parameters.exit_above
            ));
        }
        Ok(RangeBuyer { parameters, rows: BTreeMap::new(), ignored: Vec::new() })
    }

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), String> {
        let wanted = &self.parameters.series;
        let others = batch.markets.iter().filter(|market| !wanted.is_empty() && market.series != *wanted);
        self.ignored.extend(others.map(|market| market.id));
        for fill in batch.fills.iter().filter(|_| self.parameters.log_fills) {
            log::info(format!("market {}: {} at {}", fill.market, fill.quantity, fill.price));
        }
        for row in batch.quotes.rows() {
            let rows = self.rows.entry(row.market).or_default();
            *rows += 1;
            let mid = row.mid().unwrap_or(f64::NAN);
            decisions.scores.push(mid - 0.5);
            if *rows <= self.parameters.wait_rows || self.ignored.contains(&row.market) {
                continue;
            }
            let held = batch.positions.iter().any(|position| position.market == row.market && position.quantity > 0.0);
            let action = match held {
                false if mid < self.parameters.buy_below => Action::Buy,
                true if mid > self.parameters.exit_above => Action::Exit,
                _ => continue,
            };
            let signal = Signal::new(&row, action);
            decisions.signals.push(Signal { price: row.bid(), metadata: vec![("mid".into(), mid)], ..signal });
        }
        Ok(())
    }
}

impl Stateful for RangeBuyer {
    const STATE_VERSION: u32 = 1;

    fn save(&self) -> Result<Vec<u8>, String> {
        let mut writer = Writer::new();
        writer.unsigned(self.rows.len() as u64);
        for (market, rows) in &self.rows {
            writer.unsigned(u64::from(*market));
            writer.signed(*rows);
        }
        Ok(writer.finish())
    }

    fn restore(&mut self, _: u32, payload: &[u8]) -> Result<(), String> {
        let mut reader = Reader::new(payload);
        let count = reader.at_most(payload.len() as u64)?;
        let markets = (0..count).map(|_| Ok((reader.at_most(u32::MAX.into())? as u32, reader.signed()?)));
        self.rows = markets.collect::<Result<_, String>>()?;
        reader.finish()
    }
}
