//! A strategy that does its neighbours what harm it can, each kind at every poll.

use strategy_sdk::time::{Duration, Timestamp};
use strategy_sdk::{About, Action, Batch, Decisions, Row, Signal, Strategy, about, log};

strategy_sdk::export!(Neighbour);
strategy_sdk::parameters! {
    /// The kind of harm.
    pub struct Parameters {
        /// loop, memory, trap, flip, signals, log, output or burn; anything else is none.
        harm: String = "none";
        /// Polls that it leaves alone first.
        after: i64 = 50, in 0..=1_000_000;
    }
}

/// Counts polls.
pub struct Neighbour {
    parameters: Parameters,
    polls: i64,
    /// Time of the last poll.
    last: Option<Timestamp>,
}

impl Strategy for Neighbour {
    type Parameters = Parameters;
    const ABOUT: About = about!();

    fn new(parameters: Parameters, _: Duration) -> Result<Neighbour, String> {
        Ok(Neighbour { parameters, polls: 0, last: None })
    }

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), String> {
        for row in batch.quotes.rows() {
            if self.last.replace(row.time) != Some(row.time) {
                self.polls += 1;
            }
            decisions.scores.push(self.on_row(&row, &mut decisions.signals));
        }
        Ok(())
    }

    fn on_row(&mut self, row: &Row, signals: &mut Vec<Signal>) -> f64 {
        if self.polls <= self.parameters.after {
            return f64::NAN;
        }
        match self.parameters.harm.as_str() {
            "loop" => loop {
                self.polls = std::hint::black_box(self.polls);
            },
            "memory" => {
                let mut hoard = Vec::new();
                loop {
                    hoard.push(std::hint::black_box(vec![1_u8; 1 << 24]));
                }
            }
            "trap" => panic!("poll {} was one too many", self.polls),
            "flip" => signals.push(Signal::new(row, if self.polls % 2 == 0 { Action::Buy } else { Action::Sell })),
            "signals" => signals.push(Signal::new(row, Action::Buy)),
            "log" => (0..2).for_each(|line| log::info(format!("poll {}, line {line}", self.polls))),
            "output" => signals.extend((0..1_000).map(|_| {
                let mut signal = Signal::new(row, Action::Buy);
                signal.metadata = vec![("x".repeat(1_000), 1.0)];
                signal
            })),
            // Some hundred thousand instructions a row: within the limit of one call.
            "burn" => (0..20_000_u64).for_each(|step| drop(std::hint::black_box(step))),
            _ => {}
        }
        row.mid().map_or(f64::NAN, |mid| mid * 1_000.0)
    }
}
