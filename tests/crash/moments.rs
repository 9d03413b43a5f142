//! Moments at which a host is killed by the clock, wherever it is then.

use std::fmt;
use std::time::Duration;

use crate::point::splitmix;

/// Three moments, each counted from the start of the host: of the first start and of two restarts.
#[derive(Clone, Debug)]
pub struct Moments(pub [Duration; 3]);

impl Moments {
    /// Draws the first moment within a run that takes `whole`, and those of the restarts within a third of it.
    pub fn draw(seed: u64, whole: Duration) -> Moments {
        let mut state = seed;
        let mut within = |longest: Duration| longest.mul_f64((splitmix(&mut state) % 10_000) as f64 / 1e4);
        Moments([within(whole), within(whole / 3), within(whole / 3)])
    }
}

impl fmt::Display for Moments {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [first, second, third] = self.0.map(|moment| moment.as_millis());
        write!(f, "{first}, {second} and {third} ms")
    }
}
