//! Lets the world go on while nobody asks, so that those who listen hear of it. It must never move a stepped clock.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::clock::Clock;
use super::shared::Shared;

/// Real time from one beat to the next.
const BEAT: Duration = Duration::from_millis(100);

/// Brings a running exchange up to now at every beat, forever; ends at once on a stepped clock.
pub(super) async fn keep_up(shared: Shared) {
    if matches!(shared.clock(), Clock::Stepped(_)) {
        return;
    }
    let mut beats = interval(BEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        beats.tick().await;
        shared.act(|_, _| ());
    }
}
