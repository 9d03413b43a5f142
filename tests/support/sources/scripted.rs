//! A strategy that does what the volume says: 1,001,CCC buys, 1,002,CCC sells and 1,003,000 leaves, CCC being the
//! confidence per mille (999 for 1). Any other volume says nothing. It prefers the price of the last trade.

use strategy_sdk::time::Duration;
use strategy_sdk::{About, Action, Row, Signal, Strategy, about};

strategy_sdk::export!(Scripted);

strategy_sdk::parameters! {
    /// The only parameter.
    pub struct Parameters {
        /// The million that it listens to, so that two can be told different things.
        channel: i64 = 1, in 1..=9;
    }
}

/// Obeys the volume.
pub struct Scripted {
    channel: i64,
}

impl Strategy for Scripted {
    type Parameters = Parameters;
    const ABOUT: About = about!();

    fn new(parameters: Parameters, _: Duration) -> Result<Scripted, String> {
        Ok(Scripted { channel: parameters.channel })
    }

    fn on_row(&mut self, row: &Row, signals: &mut Vec<Signal>) -> f64 {
        // An absent volume becomes 0, which says nothing.
        let told = row.volume as i64;
        let action = match (told / 1_000_000 == self.channel, told / 1_000 % 1_000) {
            (true, 1) => Action::Buy,
            (true, 2) => Action::Sell,
            (true, 3) => Action::Exit,
            _ => return f64::NAN,
        };
        let confidence = (told % 1_000) as f64 / if told % 1_000 == 999 { 999.0 } else { 1_000.0 };
        let mut signal = Signal::new(row, action);
        signal.confidence = confidence;
        signal.price = Some(row.last).filter(|last| !last.is_nan());
        signals.push(signal);
        f64::NAN
    }
}
