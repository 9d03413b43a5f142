//! A strategy that buys, sells and exits as a hash of market and time says, and counts its rows: the count is its
//! state. Tests replace `LAYOUT` and `FAILS_AFTER`, to get versions that cannot take over, or that fail afterwards.

use strategy_sdk::time::{Duration, HOUR, MINUTE};
use strategy_sdk::{About, Action, Reader, Row, Signal, Stateful, Strategy, Writer, about};

strategy_sdk::export!(Counting, stateful);

strategy_sdk::parameters! {
    /// The rate of its signals.
    pub struct Parameters {
        /// Signals in a hundred rows.
        wishes: i64 = 3, in 0..=100;
    }
}

/// The layout that it writes, and the oldest that it reads.
const LAYOUT: (u32, u32) = (1, 1);
/// The number of rows after which it fails, once it has taken up a state; never, if 0.
const FAILS_AFTER: u64 = 0;

/// Counts rows.
pub struct Counting {
    parameters: Parameters,
    rows: u64,
    /// 0 until a state is taken up.
    since_restore: u64,
}

impl Strategy for Counting {
    type Parameters = Parameters;
    const ABOUT: About = about!();

    fn warm_up() -> Duration {
        2 * HOUR
    }

    fn new(parameters: Parameters, _: Duration) -> Result<Counting, String> {
        Ok(Counting { parameters, rows: 0, since_restore: 0 })
    }

    fn on_row(&mut self, row: &Row, signals: &mut Vec<Signal>) -> f64 {
        self.rows += 1;
        self.since_restore += u64::from(self.since_restore > 0);
        assert!(FAILS_AFTER == 0 || self.since_restore <= FAILS_AFTER, "it fails as it was made to");
        // SplitMix64 (Steele, Lea, Flood 2014) of market and minute.
        let name = (row.time / MINUTE) as u64 ^ (u64::from(row.market) << 32);
        let mut mixed = name.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        if (mixed % 100) as i64 >= self.parameters.wishes {
            return self.rows as f64;
        }
        let action = match mixed / 100 % 5 {
            0 | 1 => Action::Buy,
            2 => Action::Sell,
            _ => Action::Exit,
        };
        let mut signal = Signal::new(row, action);
        signal.confidence = (mixed / 1_000 % 90 + 10) as f64 / 100.0;
        signals.push(signal);
        self.rows as f64
    }
}

impl Stateful for Counting {
    const STATE_VERSION: u32 = LAYOUT.0;

    fn save(&self) -> Result<Vec<u8>, String> {
        let mut writer = Writer::new();
        writer.unsigned(self.rows);
        Ok(writer.finish())
    }

    fn restore(&mut self, version: u32, payload: &[u8]) -> Result<(), String> {
        if version < LAYOUT.1 {
            return Err(format!("it reads states of layout {} and later, not {version}", LAYOUT.1));
        }
        let mut reader = Reader::new(payload);
        (self.rows, self.since_restore) = (reader.unsigned()?, 1);
        reader.finish()
    }
}
