//! The state of an engine, as a live host keeps it: read, taken up and traded on.

use host_core::engine::{Engine, EngineSnapshot};
use host_core::pricing::OrderPolicy;
use host_core::risk::{RiskLimits, RiskManager};
use host_core::{Event, Quotes, Timestamp, Usd};
use host_testkit::{market, quote};

/// Takes up the state in `bytes`, shows it a poll, and keeps it again. Returns the new one.
pub fn continued(bytes: &[u8]) -> Option<String> {
    let snapshot: EngineSnapshot = serde_json::from_slice(bytes).ok()?;
    let mut engine =
        Engine::restore(OrderPolicy::default(), RiskLimits::default(), snapshot, &[market(0), market(1)]).ok()?;
    show(&mut engine, 2);
    serde_json::to_string(&engine.snapshot()).ok()
}

/// Returns the state of an engine that has seen a poll.
pub fn seed() -> Vec<u8> {
    let Ok(risk) = RiskManager::new(RiskLimits::default()) else { return Vec::new() };
    let mut engine = Engine::new(OrderPolicy::default(), risk, Usd::dollars(2_000), Timestamp(0));
    [market(0), market(1)].iter().for_each(|market| engine.step(Event::Market(market), &mut Vec::new()));
    show(&mut engine, 1);
    serde_json::to_vec(&engine.snapshot()).unwrap_or_default()
}

fn show(engine: &mut Engine, poll: i64) {
    let mut quotes = Quotes::default();
    for id in 0..2 {
        quotes.push(&quote(id, Timestamp(poll * 30_000_000_000), 4_000, 4_200));
    }
    engine.step(Event::Poll(quotes.all()), &mut Vec::new());
}
