//! Tests that a restored engine does what the uninterrupted one would have done, and that its snapshot stays small.

use proptest::prelude::{ProptestConfig, any, prop, prop_assert_eq, prop_oneof, proptest};
use proptest::strategy::Strategy as _;

use crate::engine::{Effect, Engine, EngineSnapshot, RestoreError};
use crate::pricing::{OrderPolicy, Sizing};
use crate::record::TradingState;
use crate::risk::{RiskLimits, RiskManager, WhenUnknown};
use crate::*;

const MARKETS: u32 = 3;
const SECOND: i64 = 1_000_000_000;

/// A strategy that decides on the prices of a row, and on its position if it gets feedback, and keeps no state.
struct Stateless(Manifest);

impl Stateless {
    fn new(feedback: bool) -> Box<Stateless> {
        let (name, version, summary) = ("stateless".to_owned(), "1".to_owned(), String::new());
        let (parameters, warm_up) = (Vec::new(), Span::ZERO);
        Box::new(Stateless(Manifest { name, version, summary, parameters, warm_up, feedback }))
    }
}

impl crate::strategy::Strategy for Stateless {
    fn manifest(&self) -> &Manifest {
        &self.0
    }

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), Fault> {
        for row in 0..batch.quotes.len() {
            let (bid, market) = ((batch.quotes.bid[row] * 100.0) as u32, MarketId(batch.quotes.market[row]));
            let held = batch.positions.iter().any(|position| position.market == market);
            let action = match bid % 5 {
                0 => SignalAction::Exit,
                1 | 2 => SignalAction::Buy,
                3 if held => SignalAction::Exit,
                _ => SignalAction::Sell,
            };
            let (row, confidence) = (row as u32, f64::from(bid % 7) / 7.0);
            decisions.signals.push(Signal { row, action, price: None, confidence, metadata: vec![] });
        }
        Ok(())
    }
}

fn market(id: u32) -> Market {
    Market { event: format!("KX{}", id / 2), category: "economics".into(), ..fixtures::market(id) }
}

fn limits() -> RiskLimits {
    RiskLimits {
        volume_unknown: WhenUnknown::Allow,
        close_unknown: WhenUnknown::Allow,
        max_price_deviation: Price(2_000),
        max_spread: Price(2_000),
        clean_quotes: 2,
        max_order_size: Qty::contracts(42),
        ..RiskLimits::default()
    }
}

fn settings() -> OrderPolicy {
    OrderPolicy { sizing: Sizing::Confidence, refused_entry_retry: Span::minutes(1), ..OrderPolicy::default() }
}

/// An input of the test. Orders are picked among those sent so far.
#[derive(Clone, Debug)]
enum Input {
    Poll(i64, Vec<(u32, i32, i32)>),
    Fill { pick: usize, percent: i64 },
    Close { pick: usize, expired: bool },
    Settle(u32),
    Command(u8),
}

fn input() -> impl proptest::strategy::Strategy<Value = Input> {
    let row = (0..MARKETS, 30..60i32, -1..8i32);
    // Mostly minutes, and sometimes a day, so that days are closed.
    let wait = prop_oneof![20 => 1..200i64, 1 => 80_000..90_000i64];
    prop_oneof![
        10 => (wait, prop::collection::vec(row, 1..5)).prop_map(|(wait, rows)| Input::Poll(wait, rows)),
        6 => (any::<usize>(), 1..=130i64).prop_map(|(pick, percent)| Input::Fill { pick, percent }),
        2 => (any::<usize>(), any::<bool>()).prop_map(|(pick, expired)| Input::Close { pick, expired }),
        1 => (0..MARKETS * 3).prop_map(Input::Settle),
        1 => (0..10u8).prop_map(Input::Command),
    ]
}

/// An engine, with the time, the orders and the history outside it.
struct Harness {
    engine: Engine,
    now: i64,
    orders: Vec<Order>,
    history: Quotes,
}

impl Harness {
    fn new() -> Harness {
        let risk = RiskManager::new(limits()).unwrap();
        let mut engine = Engine::new(settings(), risk, Usd::dollars(2_000), Timestamp(0));
        (0..MARKETS).for_each(|id| engine.step(Event::Market(&market(id)), &mut Vec::new()));
        with_strategies(Harness { engine, now: 0, orders: Vec::new(), history: Quotes::default() })
    }

    /// Simulates a restart of the process: only the snapshot as text, the list of markets and recorded rows survive.
    fn restart(self) -> Harness {
        let text = serde_json::to_string(&self.engine.snapshot()).unwrap();
        let snapshot: EngineSnapshot = serde_json::from_str(&text).unwrap();
        assert_eq!(snapshot, self.engine.snapshot());
        let markets: Vec<Market> = (0..MARKETS).map(market).collect();
        let engine = Engine::restore(settings(), limits(), snapshot, &markets).unwrap();
        let mut harness = with_strategies(Harness { engine, ..self });
        harness.engine.warm_up(harness.history.all());
        harness
    }

    /// Applies `input` and returns the effects as texts.
    fn after(&mut self, input: &Input) -> Vec<String> {
        let mut effects = Vec::new();
        let time = Timestamp(self.now);
        match input {
            Input::Poll(wait, rows) => {
                self.now += wait * SECOND;
                let rows = quotes(self.now, rows);
                self.engine.step(Event::Poll(rows.all()), &mut effects);
                (0..rows.len()).for_each(|row| self.history.push(&rows.all().row(row)));
            }
            Input::Fill { pick, percent } if !self.orders.is_empty() => {
                let order = &self.orders[pick % self.orders.len()];
                let (id, price) = (order.id, order.price);
                let filled = self.engine.working().find(|(working, _, _)| working.id == id);
                let open = filled.map_or(Qty::ZERO, |(order, filled, _)| order.qty - filled);
                // Venues may deliver more than was ordered.
                let qty = Qty((open.0 * percent / 100).max(1));
                let fill = Fill::at_price(id, time, price, qty, Usd::micros(percent * 10), false);
                self.engine.step(Event::Venue(&VenueEvent::Filled(fill)), &mut effects);
            }
            Input::Close { pick, expired } if !self.orders.is_empty() => {
                let order = self.orders[pick % self.orders.len()].id;
                let state = if *expired { OrderState::Expired } else { OrderState::Rejected };
                let event = VenueEvent::Closed { order, time, state, reason: "r".into() };
                self.engine.step(Event::Venue(&event), &mut effects);
            }
            Input::Settle(market) if *market < MARKETS => {
                let settlement = Settlement { market: MarketId(*market), time, outcome: Outcome::Yes };
                self.engine.step(Event::Settled(settlement), &mut effects);
            }
            Input::Command(which) => self.engine.step(Event::Command(&command(*which, time)), &mut effects),
            _ => {}
        }
        let place = |effect: &Effect| match effect {
            Effect::Place(approved) => Some(approved.as_ref().clone()),
            _ => None,
        };
        self.orders.extend(effects.iter().filter_map(place));
        effects.iter().map(|effect| format!("{effect:?}")).collect()
    }
}

fn with_strategies(mut harness: Harness) -> Harness {
    for feedback in [false, true] {
        harness.engine.add_strategy("stateless", Stateless::new(feedback));
    }
    harness
}

fn quotes(time: i64, rows: &[(u32, i32, i32)]) -> Quotes {
    let mut quotes = Quotes::default();
    for &(market, cents, spread) in rows {
        let mut quote = fixtures::quote(market, Timestamp(time), cents * 100, (cents + spread) * 100);
        // Sometimes crossed or absent.
        quote.ask = quote.ask.filter(|_| spread != 7);
        quotes.push(&quote);
    }
    quotes
}

fn command(which: u8, time: Timestamp) -> Command {
    let reason = "drill".to_owned();
    match which {
        0 => Command::Kill { time, reason },
        1 => Command::Reduce { time, reason },
        2 => Command::Mismatch { time, reason, disputed: Default::default() },
        3 => Command::Reconciled { time },
        5 => Command::Unseen { time, reason },
        6 => Command::Seen { time },
        7 => Command::VenuePaused { time, reason },
        8 => Command::VenueResumed { time, reason },
        // Little enough that cash is what bounds entries.
        4 => Command::Capital { time, capital: Usd::dollars(40) },
        _ => Command::Resume { time, reason },
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Wherever the process is interrupted, the restored engine goes on like the uninterrupted one.
    #[test]
    fn a_restored_engine_goes_on_as_if_nothing_had_happened(
        inputs in prop::collection::vec(input(), 1..120),
        cut in any::<prop::sample::Index>(),
    ) {
        let cut = cut.index(inputs.len());
        let (mut whole, mut restarted) = (Harness::new(), Harness::new());
        for input in &inputs[..cut] {
            prop_assert_eq!(whole.after(input), restarted.after(input));
        }
        let mut restarted = restarted.restart();
        prop_assert_eq!(whole.engine.risk().usage(), restarted.engine.risk().usage());
        for (at, input) in inputs[cut..].iter().enumerate() {
            prop_assert_eq!(whole.after(input), restarted.after(input), "event {} after the restart", at);
        }
        prop_assert_eq!(whole.engine.snapshot(), restarted.engine.snapshot());
    }
}

/// Fills orders in `market` and settles it; returns the number of orders sent.
fn round_trip(harness: &mut Harness, market: u32) -> usize {
    let polls = [(41, 3), (41, 3), (41, 3), (41, 3)];
    let mut placed = 0;
    for (cents, spread) in polls {
        let did = harness.after(&Input::Poll(600, vec![(market, cents, spread)]));
        placed += did.iter().filter(|what| what.starts_with("Place")).count();
    }
    for pick in 0..harness.orders.len() {
        harness.after(&Input::Fill { pick, percent: 100 });
    }
    harness.orders.clear();
    let settlement = Settlement { market: MarketId(market), time: Timestamp(harness.now), outcome: Outcome::Yes };
    harness.engine.step(Event::Settled(settlement), &mut Vec::new());
    placed
}

#[test]
fn a_snapshot_does_not_grow_with_history() {
    let mut harness = Harness::new();
    (MARKETS..500).for_each(|id| harness.engine.step(Event::Market(&market(id)), &mut Vec::new()));
    let size = |harness: &Harness| serde_json::to_string(&harness.engine.snapshot()).unwrap().len();
    let placed: usize = (0..20).map(|market| round_trip(&mut harness, market)).sum();
    assert!(placed >= 20, "{placed} orders are too few");
    let early = size(&harness);
    let rest: usize = (20..500).map(|market| round_trip(&mut harness, market)).sum();
    assert!(rest >= 480, "{rest} orders are too few");
    // Numbers gain digits, but lists do not grow.
    assert!(size(&harness) < early + 60, "{early} bytes grew to {}", size(&harness));
}

#[test]
fn settlement_cancels_the_working_orders_of_the_market() {
    let mut harness = Harness::new();
    let placed = (0..3).flat_map(|_| harness.after(&Input::Poll(60, vec![(0, 41, 3), (1, 41, 3)]))).collect::<Vec<_>>();
    assert!(placed.iter().any(|what| what.starts_with("Place")), "{placed:?}");
    let cancelling = |harness: &Harness| -> Vec<(u32, bool)> {
        harness.engine.working().map(|(order, _, cancelling)| (order.market.0, cancelling)).collect()
    };
    assert_eq!(cancelling(&harness), [(0, false), (0, false), (1, false), (1, false)]);
    let did = harness.after(&Input::Settle(1));
    assert_eq!(did.iter().filter(|what| what.starts_with("Cancel")).count(), 2);
    assert_eq!(cancelling(&harness), [(0, false), (0, false), (1, true), (1, true)]);
}

#[test]
fn strategies_without_history_open_no_position_but_may_close_one() {
    let placed = |did: Vec<String>| -> Vec<bool> {
        did.iter().filter(|what| what.starts_with("Place")).map(|what| what.contains("intent: Exit")).collect()
    };
    let mut harness = Harness::new();
    // `Stateless` buys at a bid of 41 cents (1 modulo 5) and exits at 40 (0 modulo 5).
    (0..3).for_each(|_| drop(harness.after(&Input::Poll(60, vec![(0, 41, 3)]))));
    harness.after(&Input::Fill { pick: 0, percent: 100 });
    let mut snapshot = harness.engine.snapshot();
    let warm = Timestamp(harness.now) + Span::hours(1);
    snapshot.wait_until(warm);
    snapshot.wait_until(Timestamp(0));
    assert_eq!(snapshot.trade_from(), warm);
    let markets: Vec<Market> = (0..MARKETS).map(market).collect();
    let engine = Engine::restore(settings(), limits(), snapshot, &markets).unwrap();
    let mut harness = with_strategies(Harness { engine, ..harness });
    for _ in 0..10 {
        assert!(placed(harness.after(&Input::Poll(60, vec![(1, 41, 3)]))).is_empty());
    }
    let left = (0..3).flat_map(|_| placed(harness.after(&Input::Poll(60, vec![(0, 40, 3)])))).collect::<Vec<_>>();
    assert_eq!(left, [true]);
    let wished = harness.after(&Input::Poll(3_600, vec![(1, 41, 3)]));
    assert_eq!(placed(wished), [false, false]);
}

/// A snapshot written by a host of this version must keep its meaning. If this test fails, [`EngineSnapshot::VERSION`]
/// must be raised.
#[test]
fn a_snapshot_of_this_version_keeps_its_format_byte_for_byte() {
    let mut harness = Harness::new();
    (0..3).for_each(|_| drop(harness.after(&Input::Poll(60, vec![(1, 41, 3)]))));
    harness.after(&Input::Fill { pick: 0, percent: 50 });
    harness.after(&Input::Poll(60, vec![(1, 40, 3)]));
    let written = include_str!("state-4.json").trim_end();
    assert_eq!(serde_json::to_string(&harness.engine.snapshot()).unwrap(), written);
    assert_eq!(serde_json::from_str::<EngineSnapshot>(written).unwrap(), harness.engine.snapshot());
    assert_eq!(EngineSnapshot::VERSION, 4);
    // A host of this version continues from it too.
    for former in [include_str!("state-2.json"), include_str!("state-3.json")] {
        let former: EngineSnapshot = serde_json::from_str(former).unwrap();
        assert_eq!(former.check(&(0..MARKETS).map(market).collect::<Vec<_>>()), Ok(()));
    }
}

#[test]
fn a_kill_survives_a_restart() {
    let mut harness = Harness::new();
    harness.after(&Input::Command(0));
    let mut harness = harness.restart();
    assert_eq!(harness.engine.risk().state(), TradingState::Halted);
    for _ in 0..5 {
        let did = harness.after(&Input::Poll(60, vec![(0, 41, 3)]));
        assert!(!did.iter().any(|what| what.starts_with("Place")), "{did:?}");
    }
}

#[test]
fn a_snapshot_that_cannot_be_continued_from_is_rejected() {
    let mut harness = Harness::new();
    (0..3).for_each(|_| drop(harness.after(&Input::Poll(60, vec![(1, 41, 3)]))));
    harness.after(&Input::Fill { pick: 0, percent: 50 });
    let text = serde_json::to_string(&harness.engine.snapshot()).unwrap();
    let check = |from: &str, to: &str, markets: &[u32], expect: &str| {
        assert!(text.contains(from), "{from} is not in {text}");
        let error = match serde_json::from_str::<EngineSnapshot>(&text.replacen(from, to, 1)) {
            Ok(snapshot) => {
                let markets: Vec<Market> = markets.iter().copied().map(market).collect();
                Engine::restore(settings(), limits(), snapshot, &markets).unwrap_err().to_string()
            }
            Err(error) => error.to_string(),
        };
        assert!(error.contains(expect), "{error}");
    };
    check("", "", &[1, 0], "market number 0 is listed in place 1");
    check("", "", &[1, 1], "market number 1 is listed in place 1");
    check("", "", &[0, 2], "which is not listed");
    check("", "", &[0], "which is not listed");
    check("\"last_order\":2", "\"last_order\":1", &[0, 1], "the last number is 1");
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let [filled, qty] = [&json["orders"][0]["filled"], &json["orders"][0]["order"]["qty"]].map(ToString::to_string);
    for damaged in [&qty, "-1"] {
        check(&format!("\"filled\":{filled}"), &format!("\"filled\":{damaged}"), &[0, 1], "works with");
    }
    check("\"at_risk\":[[1,", "\"at_risk\":[[0,", &[0, 1], "the positions held are not those at risk");
    check("\"last_order\"", "\"last_odor\"", &[0, 1], "unknown field `last_odor`");
    let invalid = RiskLimits { max_order_size: Qty::ZERO, ..limits() };
    let refused = Engine::restore(settings(), invalid, harness.engine.snapshot(), &[market(0), market(1)]);
    assert!(matches!(refused, Err(RestoreError::Limits(_))), "{refused:?}");
}
