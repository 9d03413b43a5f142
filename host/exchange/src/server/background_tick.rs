//! Advances the exchange while nobody sends requests, so that WebSocket listeners hear of what happens. It must never
//! move a stepped clock.

use std::time::Duration;

use tokio::time::{MissedTickBehavior, interval};

use super::clock::ExchangeClock;
use super::handle::ExchangeHandle;

/// Wall-clock time between ticks.
const PERIOD: Duration = Duration::from_millis(100);

/// Brings a running exchange up to date at every tick, forever; returns at once on a stepped clock.
pub(super) async fn run(exchange: ExchangeHandle) {
    if matches!(exchange.clock(), ExchangeClock::Stepped(_)) {
        return;
    }
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        ticks.tick().await;
        exchange.with_venue(|_, _| ());
    }
}
