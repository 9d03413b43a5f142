//! Time of one engine step without and with open positions: `cargo bench -p host-core --bench step`.
#![allow(clippy::expect_used, missing_docs, reason = "a benchmark stops at the first error")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use host_core::engine::{Effect, Engine};
use host_core::pricing::OrderPolicy;
use host_core::risk::{RiskLimits, RiskManager};
use host_core::strategy::Batch;
use host_core::{
    Decisions, Event, Fault, Fill, Manifest, Market, MarketId, Price, Qty, Quote, Quotes, Signal, SignalAction, Span,
    Strategy, Timestamp, Usd, VenueEvent,
};

const MARKETS: u32 = 45;

/// A strategy that buys the first `buys` markets on every row and returns no scores.
struct Buyer {
    manifest: Manifest,
    buys: u32,
}

impl Strategy for Buyer {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), Fault> {
        let wanted = |row: &usize| batch.quotes.market[*row] < self.buys;
        decisions.signals.extend((0..batch.quotes.len()).filter(wanted).map(|row| Signal {
            row: row as u32,
            action: SignalAction::Buy,
            price: None,
            confidence: 1.0,
            metadata: Vec::new(),
        }));
        Ok(())
    }
}

fn market(id: u32) -> Market {
    Market {
        ticker: format!("BENCH-{id}"),
        event: format!("BENCH-{id}"),
        series: "BENCH".into(),
        category: format!("category {}", id % 5),
        ..host_testkit::market(id)
    }
}

fn poll(quotes: &mut Quotes, time: Timestamp) {
    quotes.clear();
    for id in 0..MARKETS {
        quotes.push(&Quote {
            market: MarketId(id),
            time,
            bid: Some(Price(4_200)),
            ask: Some(Price(4_400)),
            bid_size: Some(Qty::contracts(500)),
            ask_size: Some(Qty::contracts(500)),
            last: Some(Price(4_300)),
            volume: Some(Qty::contracts(100_000)),
        });
    }
}

/// Returns an engine that has seen a few polls and holds `positions` positions, and the time of the last poll.
fn engine(positions: u32) -> (Engine, Timestamp) {
    let manifest = Manifest {
        name: "buyer".into(),
        version: "1".into(),
        summary: String::new(),
        parameters: Vec::new(),
        warm_up: Span::ZERO,
        feedback: false,
    };
    let risk = RiskManager::new(RiskLimits::default()).expect("defaults are valid");
    let mut engine = Engine::new(OrderPolicy::default(), risk, Usd::dollars(2_000), Timestamp(0));
    engine.add_strategy("buyer", Box::new(Buyer { manifest, buys: positions }));
    let (mut effects, mut quotes) = (Vec::new(), Quotes::default());
    for id in 0..MARKETS {
        engine.step(Event::Market(&market(id)), &mut effects);
    }
    let mut now = Timestamp(0);
    for _ in 0..5 {
        now = now + Span::seconds(30);
        poll(&mut quotes, now);
        engine.step(Event::Poll(quotes.all()), &mut effects);
        for effect in std::mem::take(&mut effects) {
            if let Effect::Place(approved) = effect {
                let order = approved.into_inner();
                let (id, price, qty) = (order.id, order.price, order.qty);
                let fill = Fill::at_price(id, now, price, qty, Usd::ZERO, false);
                engine.step(Event::Venue(&VenueEvent::Filled(fill)), &mut effects);
            }
        }
        effects.clear();
    }
    assert_eq!(engine.portfolio().positions().count() as u32, positions);
    (engine, now)
}

fn steps(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("poll of 45 markets");
    group.throughput(Throughput::Elements(u64::from(MARKETS)));
    for positions in [0, 5] {
        let (mut engine, mut now) = engine(positions);
        let (mut effects, mut quotes) = (Vec::new(), Quotes::default());
        poll(&mut quotes, now);
        group.bench_function(format!("{positions} positions"), |bencher| {
            bencher.iter(|| {
                now = now + Span::seconds(30);
                quotes.time.fill(now.0);
                engine.step(Event::Poll(quotes.all()), &mut effects);
                effects.clear();
            });
        });
    }
    group.finish();
}

criterion_group!(benches, steps);
criterion_main!(benches);
