//! A strategy whose words want to steer a terminal, to forge lines of the host, and to flood.

use strategy_sdk::time::Duration;
use strategy_sdk::{About, Batch, Decisions, Row, Signal, Strategy, about, log};

strategy_sdk::export!(Loud);
strategy_sdk::parameters! {
    pub struct Parameters {
        /// Rows before it fails; if negative, it refuses to start.
        after: i64 = 50;
    }
}

pub struct Loud {
    left: i64,
}

fn words() -> String {
    let forged = "\u{1b}[2J\u{7}\r\nLIVE alex 2026-01-01 ALERT all is well\u{202e}\u{2028}\u{9b}31m\n=1+1\n";
    log::warn(forged);
    log::error(forged);
    forged.to_owned() + &"x".repeat(100_000)
}

impl Strategy for Loud {
    type Parameters = Parameters;
    const ABOUT: About = about!();

    fn new(parameters: Parameters, _: Duration) -> Result<Loud, String> {
        if parameters.after < 0 { Err(words()) } else { Ok(Loud { left: parameters.after }) }
    }

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), String> {
        for row in batch.quotes.rows() {
            decisions.scores.push(self.on_row(&row, &mut decisions.signals));
        }
        if self.left < 0 { Err(words()) } else { Ok(()) }
    }

    fn on_row(&mut self, row: &Row, _: &mut Vec<Signal>) -> f64 {
        self.left -= 1;
        row.mid().unwrap_or(f64::NAN)
    }
}
