//! A strategy that misbehaves as its parameters tell it.

use strategy_sdk::time::Duration;
use strategy_sdk::{About, Action, Batch, Decisions, Row, Signal, Strategy, about, log};

strategy_sdk::export!(Hostile);
strategy_sdk::parameters! {
    /// The kind of fault, and its time.
    pub struct Parameters {
        /// panic, loop, memory, nan, row or error; anything else is good behaviour.
        fault: String = "none";
        /// Rows that it decides before the fault; if negative, it misbehaves in `init`.
        after: i64 = 1000;
    }
}

/// Buys and exits now and then until it misbehaves.
pub struct Hostile {
    parameters: Parameters,
    rows: i64,
}

impl Strategy for Hostile {
    type Parameters = Parameters;
    const ABOUT: About = about!();

    fn new(parameters: Parameters, _: Duration) -> Result<Hostile, String> {
        let mut started = Hostile { parameters, rows: 0 };
        if started.parameters.after < 0 {
            match started.parameters.fault.as_str() {
                "error" => return Err("I will not start so".into()),
                _ => started.misbehave(),
            }
        }
        Ok(started)
    }

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), String> {
        for row in batch.quotes.rows() {
            decisions.scores.push(self.on_row(&row, &mut decisions.signals));
            if self.parameters.fault == "error" && self.rows > self.parameters.after {
                return Err(format!("I will not decide row {}", self.rows));
            }
        }
        Ok(())
    }

    fn on_row(&mut self, row: &Row, signals: &mut Vec<Signal>) -> f64 {
        self.rows += 1;
        if self.rows % 100 == 0 {
            log::info(format!("row {}", self.rows));
        }
        let mut signal = Signal::new(row, Action::Buy);
        if self.rows > self.parameters.after {
            match self.parameters.fault.as_str() {
                "nan" => signal.confidence = f64::NAN,
                "row" => signal.row = u32::MAX,
                _ => self.misbehave(),
            }
            signals.push(signal);
        } else if self.rows % 7 == 0 {
            signal.action = if self.rows % 14 == 0 { Action::Exit } else { Action::Buy };
            signals.push(signal);
        }
        row.mid().unwrap_or(f64::NAN)
    }
}

impl Hostile {
    fn misbehave(&mut self) {
        match self.parameters.fault.as_str() {
            "panic" => panic!("row {} was one too many", self.rows),
            "loop" => loop {
                self.rows = std::hint::black_box(self.rows);
            },
            "memory" => {
                let mut hoard = Vec::new();
                loop {
                    hoard.push(std::hint::black_box(Vec::<u8>::with_capacity(1 << 24)));
                }
            }
            _ => {}
        }
    }
}
