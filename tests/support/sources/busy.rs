//! A strategy that trades all the time, by the clock alone: in each market it buys, exits, sells and exits again, for
//! two minutes each. After midnight it exits everything but the first market, which it keeps, so that a second start
//! has nothing to do.

use strategy_sdk::time::{DAY, Duration, MINUTE};
use strategy_sdk::{About, Action, Row, Signal, Strategy, about};

strategy_sdk::export!(Busy);

/// Has no state.
pub struct Busy;

impl Strategy for Busy {
    type Parameters = ();
    const ABOUT: About = about!();

    fn new((): (), _: Duration) -> Result<Busy, String> {
        Ok(Busy)
    }

    fn on_row(&mut self, row: &Row, signals: &mut Vec<Signal>) -> f64 {
        let phase = (row.time / MINUTE + 2 * i64::from(row.market)) / 2;
        let before_midnight = row.time.rem_euclid(DAY) > DAY / 2;
        let action = match phase.rem_euclid(4) {
            _ if row.market == 0 => Action::Buy,
            0 if before_midnight => Action::Buy,
            2 if before_midnight => Action::Sell,
            _ => Action::Exit,
        };
        signals.push(Signal::new(row, action));
        f64::NAN
    }
}
