//! Tests of the engine through its public interface: quote rows and venue events in, effects out.

mod deferred;
mod entries;
mod exits;
mod funds;
mod guards;
mod marks;
mod quarantine;
mod reads;
mod shown;
mod swap;

use crate::engine::{Effect, Engine};
use crate::pricing::{EntryPricing, OrderLife, OrderPolicy, Pricing, Sizing};
use crate::risk::{RiskLimits, RiskManager, WhenUnknown};
use crate::strategy::{Batch, FaultKind, Parameter};
use crate::*;

/// A strategy that emits scripted signals: (time of the poll, market, action).
struct Scripted {
    manifest: Manifest,
    script: Vec<(i64, u32, SignalAction)>,
    /// The price that every signal prefers.
    price: Option<f64>,
    faults_at: Option<i64>,
    batches: usize,
    /// The score of each market; markets without one have none.
    scores: Vec<(u32, f64)>,
    confidence: f64,
}

impl Strategy for Scripted {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), Fault> {
        self.batches += 1;
        for row in 0..batch.quotes.len() {
            let (time, market) = (batch.quotes.time[row], batch.quotes.market[row]);
            if self.faults_at == Some(time) {
                return Err(Fault { kind: FaultKind::Panicked, message: "boom".into(), log: vec![] });
            }
            for (_, _, action) in self.script.iter().filter(|(at, of, _)| *at == time && *of == market) {
                let (row, action) = (row as u32, *action);
                let (price, confidence) = (self.price, self.confidence);
                decisions.signals.push(Signal { row, action, price, confidence, metadata: vec![] });
            }
        }
        if !self.scores.is_empty() {
            let score =
                |market: &u32| self.scores.iter().find(|(of, _)| of == market).map_or(f64::NAN, |score| score.1);
            decisions.scores.extend(batch.quotes.market.iter().map(score));
        }
        Ok(())
    }
}

fn scripted(script: &[(i64, u32, SignalAction)]) -> Scripted {
    Scripted {
        manifest: Manifest {
            name: "scripted".into(),
            version: "1".into(),
            summary: String::new(),
            parameters: Vec::<Parameter>::new(),
            warm_up: Span::ZERO,
            feedback: false,
        },
        script: script.iter().map(|(seconds, market, action)| (seconds * 1_000_000_000, *market, *action)).collect(),
        price: None,
        faults_at: None,
        batches: 0,
        scores: Vec::new(),
        confidence: 0.25,
    }
}

fn market(id: u32) -> Market {
    Market {
        ticker: format!("EVENT-{id}"),
        event: format!("EVENT{id}"),
        series: "SERIES".into(),
        category: "economics".into(),
        ..fixtures::market(id)
    }
}

/// An engine with two markets, and the effects that it emitted.
struct Harness {
    engine: Engine,
    effects: Vec<Effect>,
}

impl Harness {
    fn new(strategies: Vec<Scripted>, settings: OrderPolicy) -> Harness {
        Harness::with(strategies, settings, |_| {})
    }

    fn with(strategies: Vec<Scripted>, settings: OrderPolicy, change: impl FnOnce(&mut RiskLimits)) -> Harness {
        let mut limits = RiskLimits { volume_unknown: WhenUnknown::Allow, ..RiskLimits::default() };
        change(&mut limits);
        let risk = RiskManager::new(limits).unwrap();
        let mut engine = Engine::new(settings, risk, Usd::dollars(2_000), Timestamp(0));
        for (index, strategy) in strategies.into_iter().enumerate() {
            let name = match strategy.manifest.name.as_str() {
                "scripted" => format!("slot {index}"),
                name => name.to_owned(),
            };
            engine.add_strategy(&name, Box::new(strategy));
        }
        let mut effects = Vec::new();
        for id in 0..2 {
            engine.step(Event::Market(&market(id)), &mut effects);
        }
        Harness { engine, effects }
    }

    /// Polls both markets at `seconds`.
    fn poll(&mut self, seconds: i64, bid: i32, ask: i32) -> &mut Harness {
        let mut quotes = Quotes::default();
        for id in 0..2 {
            quotes.push(&fixtures::quote(id, Timestamp(seconds * 1_000_000_000), bid, ask));
        }
        self.engine.step(Event::Poll(quotes.all()), &mut self.effects);
        self
    }

    /// Polls market 0 alone; a side of 0 is absent.
    fn poll_one(&mut self, seconds: i64, bid: i32, ask: i32) -> &mut Harness {
        let side = |price: i32| (price > 0).then_some(Price(price));
        let quote = fixtures::quote(0, Timestamp(seconds * 1_000_000_000), bid, ask);
        let mut quotes = Quotes::default();
        quotes.push(&Quote { bid: side(bid), ask: side(ask), ..quote });
        self.engine.step(Event::Poll(quotes.all()), &mut self.effects);
        self
    }

    fn fill(&mut self, seconds: i64, order: u64, price: i32, contracts: i64) -> &mut Harness {
        let (time, qty) = (Timestamp(seconds * 1_000_000_000), Qty::contracts(contracts));
        let fill = Fill::at_price(OrderId(order), time, Price(price), qty, Usd::ZERO, false);
        self.engine.step(Event::Venue(&VenueEvent::Filled(fill)), &mut self.effects);
        self
    }

    fn closed(&mut self, seconds: i64, order: u64, state: OrderState) -> &mut Harness {
        let time = Timestamp(seconds * 1_000_000_000);
        let event = VenueEvent::Closed { order: OrderId(order), time, state, reason: String::new() };
        self.engine.step(Event::Venue(&event), &mut self.effects);
        self
    }

    /// Returns a short text for each effect since the last call: orders, cancels, refusals, faults, trades, state
    /// changes.
    fn did(&mut self) -> String {
        let texts = self.effects.drain(..).filter_map(|effect| match effect {
            Effect::Place(approved) => {
                let order = approved.into_inner();
                Some(format!("{} {} m{} @{}", order.side, order.qty, order.market.0, order.price))
            }
            Effect::Cancel(order) => Some(format!("cancel {}", order.0)),
            Effect::Record(Record::Refused(refused)) => Some(format!("refused {}", refused.verdict.code)),
            Effect::Record(Record::ExitBlocked { verdict, .. }) => Some(format!("blocked {}", verdict.code)),
            Effect::Record(Record::ExitFreed { .. }) => Some("freed".to_owned()),
            Effect::Record(Record::Fault { fault, .. }) => Some(format!("fault {}", fault.message)),
            Effect::Record(Record::Trade(trade)) => Some(format!("trade {}", trade.net)),
            Effect::Record(Record::Trading { state, .. }) => Some(format!("trading {state:?}")),
            Effect::Record(_) => None,
        });
        texts.collect::<Vec<_>>().join(", ")
    }
}

const ENTER: i64 = 30;

fn entered(side: SignalAction, more: &[(i64, u32, SignalAction)]) -> Harness {
    let script: Vec<_> = [(ENTER, 0, side)].iter().chain(more).copied().collect();
    let mut harness = Harness::new(vec![scripted(&script)], OrderPolicy::default());
    harness.poll(0, 4_200, 4_400).poll(ENTER, 4_200, 4_400);
    harness
}

#[test]
fn a_repeated_signal_becomes_one_order_until_that_order_ends() {
    let repeated: Vec<_> = (1..4).map(|n| (ENTER * n, 0, SignalAction::Buy)).collect();
    let mut harness = Harness::new(vec![scripted(&repeated)], OrderPolicy::default());
    harness.poll(0, 4_200, 4_400).poll(30, 4_200, 4_400).poll(60, 4_200, 4_400);
    assert_eq!(harness.did(), "buy 25 m0 @0.43");
    harness.closed(61, 1, OrderState::Expired).poll(90, 4_000, 4_200);
    assert_eq!(harness.did(), "buy 25 m0 @0.41");
}

#[test]
fn an_immediate_order_ends_at_once_and_an_exit_that_missed_counts_as_expired() {
    let policy = OrderPolicy {
        entry_time_in_force: OrderLife::Immediate,
        exit_time_in_force: OrderLife::Immediate,
        exit_escalates_after: 2,
        ..OrderPolicy::default()
    };
    let script = [(30, 0, SignalAction::Buy), (60, 0, SignalAction::Buy), (90, 0, SignalAction::Exit)];
    let mut harness = Harness::new(vec![scripted(&script)], policy);
    harness.poll(0, 4_200, 4_400).poll(30, 4_200, 4_400);
    let lives = harness.effects.iter().filter_map(|effect| match effect {
        Effect::Record(Record::Placed { order, .. }) => Some(order.time_in_force),
        _ => None,
    });
    assert_eq!(lives.collect::<Vec<_>>(), [TimeInForce::ImmediateOrCancel]);
    assert_eq!(harness.did(), "buy 25 m0 @0.43");
    // An entry that missed is over: the next one is the strategy's own wish.
    harness.closed(30, 1, OrderState::Cancelled).poll(45, 4_200, 4_400);
    assert_eq!(harness.did(), "");
    harness.poll(60, 4_200, 4_400).fill(60, 2, 4_300, 25).poll(90, 4_400, 4_600);
    assert_eq!(harness.did(), "buy 25 m0 @0.43, sell 25 m0 @0.46");
    // One of the two that missed was filled in part.
    harness.fill(90, 3, 4_600, 5).closed(90, 3, OrderState::Cancelled).poll(120, 4_400, 4_600);
    assert_eq!(harness.did(), "sell 20 m0 @0.46");
    harness.closed(120, 4, OrderState::Cancelled).poll(150, 4_400, 4_600);
    assert_eq!(harness.did(), "sell 20 m0 @0.44");
}

#[test]
fn a_signals_price_is_used_on_a_tick_and_within_the_collar() {
    let check = |price: Option<f64>, expect: &str| {
        let policy = OrderPolicy { entry_pricing: EntryPricing::Signal, ..OrderPolicy::default() };
        let strategy = Scripted { price, ..scripted(&[(30, 0, SignalAction::Buy), (30, 1, SignalAction::Sell)]) };
        let mut harness = Harness::new(vec![strategy], policy);
        harness.poll(0, 4_200, 4_400).poll(30, 4_200, 4_400);
        assert_eq!(harness.did(), expect, "{price:?}");
    };
    check(None, "buy 25 m0 @0.42, sell 25 m1 @0.44");
    check(Some(0.4251), "buy 25 m0 @0.42, sell 25 m1 @0.43");
    check(Some(0.44), "buy 25 m0 @0.44, sell 25 m1 @0.44");
    check(Some(0.10), "refused max_price_deviation, refused max_price_deviation");
    check(Some(0.001), "refused no_price, refused max_price_deviation");
}

#[test]
fn an_open_position_is_not_increased() {
    let mut harness = entered(SignalAction::Buy, &[(60, 0, SignalAction::Buy)]);
    harness.fill(31, 1, 4_300, 25).poll(60, 4_200, 4_400);
    assert_eq!(harness.did(), "buy 25 m0 @0.43");
}

#[test]
fn an_order_that_was_filled_beyond_its_quantity_is_held_and_closed_whole() {
    let mut harness = entered(SignalAction::Buy, &[(60, 0, SignalAction::Exit)]);
    harness.fill(31, 1, 4_300, 30).did();
    harness.poll(60, 4_400, 4_600);
    assert_eq!(harness.did(), "sell 30 m0 @0.46");
    harness.fill(61, 2, 4_600, 30);
    assert_eq!(harness.did(), "trade 0.90");
}

#[test]
fn an_exit_stays_wanted_until_flat_and_escalates() {
    let mut harness = entered(SignalAction::Buy, &[(60, 0, SignalAction::Exit)]);
    harness.fill(31, 1, 4_300, 25).did();
    harness.poll(60, 4_400, 4_600);
    assert_eq!(harness.did(), "sell 25 m0 @0.46");
    for (order, expect) in [(2, "sell 25 m0 @0.46"), (3, "sell 25 m0 @0.46"), (4, "sell 25 m0 @0.44")] {
        let at = 60 + 600 * (order as i64 - 1);
        harness.closed(at, order, OrderState::Expired).poll(at + 30, 4_400, 4_600);
        assert_eq!(harness.did(), expect, "after order {order}");
    }
    harness.fill(4_000, 5, 4_400, 10);
    harness.closed(4_001, 5, OrderState::Expired).poll(4_030, 4_400, 4_600);
    assert_eq!(harness.did(), "sell 15 m0 @0.44");
    harness.fill(4_031, 6, 4_400, 15).poll(4_060, 4_400, 4_600);
    assert_eq!(harness.did(), "trade 0.25");
}

#[test]
fn the_opposite_signal_closes_the_position_and_does_not_reverse_it() {
    let mut harness = entered(SignalAction::Sell, &[(60, 0, SignalAction::Buy)]);
    assert_eq!(harness.did(), "sell 25 m0 @0.43");
    harness.fill(31, 1, 4_300, 25).poll(60, 4_200, 4_400);
    assert_eq!(harness.did(), "buy 25 m0 @0.42");
}

#[test]
fn an_exit_cancels_a_working_entry_and_closes_what_fills_meanwhile() {
    let mut harness = entered(SignalAction::Buy, &[(60, 0, SignalAction::Exit)]);
    harness.did();
    harness.poll(60, 4_200, 4_400);
    assert_eq!(harness.did(), "cancel 1");
    harness.fill(61, 1, 4_300, 5).closed(61, 1, OrderState::Cancelled).poll(90, 4_200, 4_400);
    assert_eq!(harness.did(), "sell 5 m0 @0.44");
}

#[test]
fn kill_cancels_everything_and_lets_nothing_out() {
    let mut harness = entered(SignalAction::Buy, &[(60, 1, SignalAction::Buy), (90, 0, SignalAction::Exit)]);
    harness.fill(31, 1, 4_300, 5).did();
    let kill = Command::Kill { time: Timestamp(40_000_000_000), reason: "drill".into() };
    harness.engine.step(Event::Command(&kill), &mut harness.effects);
    assert_eq!(harness.did(), "trading Halted, cancel 1");
    harness.closed(41, 1, OrderState::Cancelled).poll(60, 4_200, 4_400).poll(90, 4_200, 4_400);
    assert_eq!(harness.did(), "refused halted, blocked halted, refused halted");
    let resume = Command::Resume { time: Timestamp(100_000_000_000), reason: "over".into() };
    harness.engine.step(Event::Command(&resume), &mut harness.effects);
    harness.poll(120, 4_200, 4_400);
    assert_eq!(harness.did(), "trading Active, sell 5 m0 @0.44, freed");
}

#[test]
fn a_fault_quarantines_its_slot_and_no_other() {
    let mut faulty = scripted(&[(ENTER, 0, SignalAction::Buy)]);
    faulty.faults_at = Some(60_000_000_000);
    let healthy = scripted(&[(60, 1, SignalAction::Sell)]);
    let mut harness = Harness::new(vec![faulty, healthy], OrderPolicy::default());
    harness.poll(0, 4_200, 4_400).poll(ENTER, 4_200, 4_400);
    assert_eq!(harness.did(), "buy 25 m0 @0.43");
    harness.poll(60, 4_200, 4_400);
    assert_eq!(harness.did(), "fault boom, cancel 1, sell 25 m1 @0.43");
    assert_eq!(harness.engine.running_slots(), 1);
}

#[test]
fn settlement_closes_the_position_at_the_payout() {
    let mut harness = entered(SignalAction::Buy, &[]);
    harness.fill(31, 1, 4_300, 25).did();
    let settlement = Settlement { market: MarketId(0), time: Timestamp(99_000_000_000), outcome: Outcome::Yes };
    harness.engine.step(Event::Settled(settlement), &mut harness.effects);
    assert_eq!(harness.did(), "trade 14.25");
    assert_eq!(harness.engine.portfolio().equity().to_string(), "2014.25");
}

#[test]
fn a_settlement_at_midnight_counts_on_the_new_day() {
    let mut harness = entered(SignalAction::Buy, &[]);
    harness.fill(31, 1, 4_300, 25);
    let settlement = Settlement { market: MarketId(0), time: Timestamp::start_of_day(1), outcome: Outcome::No };
    harness.engine.step(Event::Settled(settlement), &mut harness.effects);
    harness.engine.finish(&mut harness.effects);
    let closes = harness.effects.iter().filter_map(|effect| match effect {
        Effect::Record(Record::DayClose(close)) => Some((close.day, close.equity.to_string())),
        _ => None,
    });
    assert_eq!(closes.collect::<Vec<_>>(), [(0, "2000.00".to_owned()), (1, "1989.25".to_owned())]);
}

#[test]
fn two_strategies_hold_opposite_positions_separately() {
    let settings = OrderPolicy { sizing: Sizing::Fixed(10), ..OrderPolicy::default() };
    let buyer = scripted(&[(30, 0, SignalAction::Buy)]);
    let seller = scripted(&[(60, 0, SignalAction::Sell)]);
    let mut harness = Harness::new(vec![buyer, seller], settings);
    harness.poll(0, 4_200, 4_400).poll(30, 4_200, 4_400);
    harness.fill(31, 1, 4_300, 10).poll(60, 4_400, 4_700);
    assert_eq!(harness.did(), "buy 10 m0 @0.43, sell 10 m0 @0.46");
    harness.fill(61, 2, 4_600, 10);
    let held = |slot| harness.engine.held(SlotId(slot), MarketId(0));
    assert_eq!((held(0), held(1)), (Qty::contracts(10), Qty::contracts(-10)));
}

#[test]
fn warm_up_signals_have_no_effect() {
    let limits = RiskLimits { volume_unknown: WhenUnknown::Allow, ..RiskLimits::default() };
    let risk = RiskManager::new(limits).unwrap();
    let mut engine = Engine::new(OrderPolicy::default(), risk, Usd::dollars(2_000), Timestamp(60_000_000_000));
    engine.add_strategy("scripted", Box::new(scripted(&[(30, 0, SignalAction::Buy), (60, 1, SignalAction::Buy)])));
    let mut harness = Harness { engine, effects: Vec::new() };
    for id in 0..2 {
        harness.engine.step(Event::Market(&market(id)), &mut harness.effects);
    }
    harness.poll(0, 4_200, 4_400).poll(30, 4_200, 4_400).poll(60, 4_200, 4_400);
    assert_eq!(harness.did(), "buy 25 m1 @0.43");
    assert_eq!(harness.engine.signals(), 2);
}

/// Rows previewed in one batch have the same effects as rows shown poll by poll.
#[test]
fn preview_changes_no_effect() {
    let script: Vec<_> =
        (0..40).map(|n| (n * 30, n as u32 % 2, [SignalAction::Buy, SignalAction::Exit][n as usize % 3 / 2])).collect();
    let run = |ahead: bool| {
        let settings = OrderPolicy { entry_pricing: EntryPricing::Book(Pricing::Join), ..OrderPolicy::default() };
        let mut harness = Harness::new(vec![scripted(&script)], settings);
        let mut quotes = Quotes::default();
        for poll in 0..40 {
            let bid = 4_000 + 100 * (poll as i32 % 5);
            for id in 0..2 {
                quotes.push(&fixtures::quote(id, Timestamp(poll * 30_000_000_000), bid, bid + 200));
            }
        }
        if ahead {
            harness.engine.preview(quotes.all());
        }
        for poll in 0..40 {
            harness.engine.step(Event::Poll(quotes.view(2 * poll..2 * poll + 2)), &mut harness.effects);
        }
        format!("{:?}", harness.effects)
    };
    assert_eq!(run(true), run(false));
}
