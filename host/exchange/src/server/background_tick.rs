//! Advances the exchange while nobody sends requests, so that WebSocket listeners hear of what happens, and says when
//! it cannot keep up. It must never move a stepped clock.

use std::time::{Duration, Instant};

use tokio::task::spawn_blocking;
use tokio::time::{MissedTickBehavior, interval};

use super::clock::ExchangeClock;
use super::handle::ExchangeHandle;

/// Wall-clock time between ticks.
const PERIOD: Duration = Duration::from_millis(100);
/// Wall-clock time between two words about being late.
const REPEATED: Duration = Duration::from_secs(30);

/// Brings a running exchange up to date at every tick, forever; returns at once on a stepped clock.
pub(super) async fn run(exchange: ExchangeHandle) {
    if matches!(exchange.clock(), ExchangeClock::Stepped(_)) {
        return;
    }
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut told = None;
    loop {
        ticks.tick().await;
        loop {
            // On a thread of its own: it computes, and requests are answered meanwhile.
            let behind = exchange.clone();
            let is_there = spawn_blocking(move || behind.catch_up(PERIOD)).await;
            tell(&exchange, &mut told);
            if is_there.unwrap_or(true) {
                break;
            }
        }
    }
}

/// Says that the exchange is late, now and then while it is, and that it is so no more. It was said last at `told`.
fn tell(exchange: &ExchangeHandle, told: &mut Option<Instant>) {
    let late = exchange.clock().behind();
    if late.is_late() && told.is_none_or(|told| told.elapsed() >= REPEATED) {
        *told = Some(Instant::now());
        let (asked, held) = (late.asked, late.held);
        tracing::warn!(
            "the exchange is {} of its time behind: this machine holds about {held:.0} of {asked} exchange seconds per \
             second; a lower --speed or fewer --markets keep up",
            late.span
        );
    } else if late.real_seconds < 1.0 && told.take().is_some() {
        tracing::warn!("the exchange has caught up with its clock");
    }
}
