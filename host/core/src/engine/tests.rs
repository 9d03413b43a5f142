//! The engine through its public face: rows and the venue's words in, effects out.

use crate::engine::{Effect, Engine};
use crate::pricing::{OrderPolicy, Pricing, Sizing};
use crate::risk::{RiskLimits, RiskManager, WhenUnknown};
use crate::strategy::{Batch, FaultKind, Parameter};
use crate::*;

/// Emits the signals of a script: at a poll's time, in a market.
struct Scripted {
    manifest: Manifest,
    script: Vec<(i64, u32, SignalAction)>,
    faults_at: Option<i64>,
    batches: usize,
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
                decisions.signals.push(Signal { row, action, price: None, confidence: 0.5, metadata: vec![] });
            }
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
        faults_at: None,
        batches: 0,
    }
}

fn market(id: u32) -> Market {
    Market {
        id: MarketId(id),
        ticker: format!("EVENT-{id}"),
        event: format!("EVENT{id}"),
        series: "SERIES".into(),
        category: "economics".into(),
        title: String::new(),
        ticks: crate::Ticks::CENT,
        opens: None,
        closes: None,
        event_time: None,
    }
}

/// An engine with two markets, and what came out of it in words.
struct World {
    engine: Engine,
    effects: Vec<Effect>,
}

impl World {
    fn new(strategies: Vec<Scripted>, settings: OrderPolicy) -> World {
        let limits = RiskLimits { volume_unknown: WhenUnknown::Allow, ..RiskLimits::default() };
        let risk = RiskManager::new(limits).unwrap();
        let mut engine = Engine::new(settings, risk, Usd::dollars(2_000), Timestamp(0));
        for strategy in strategies {
            engine.add_strategy(Box::new(strategy));
        }
        let mut effects = Vec::new();
        for id in 0..2 {
            engine.step(Event::Market(&market(id)), &mut effects);
        }
        World { engine, effects }
    }

    /// A poll of both markets at `seconds`.
    fn poll(&mut self, seconds: i64, bid: i32, ask: i32) -> &mut World {
        let mut quotes = Quotes::default();
        for id in 0..2 {
            quotes.push(&Quote {
                market: MarketId(id),
                time: Timestamp(seconds * 1_000_000_000),
                bid: Some(Price(bid)),
                ask: Some(Price(ask)),
                bid_size: None,
                ask_size: None,
                last: None,
                volume: None,
            });
        }
        self.engine.step(Event::Poll(quotes.all()), &mut self.effects);
        self
    }

    fn fill(&mut self, seconds: i64, order: u64, price: i32, contracts: i64) -> &mut World {
        let fill = Fill {
            order: OrderId(order),
            time: Timestamp(seconds * 1_000_000_000),
            price: Price(price),
            qty: Qty::contracts(contracts),
            fee: Usd::ZERO,
            taker: false,
        };
        self.engine.step(Event::Venue(&VenueEvent::Filled(fill)), &mut self.effects);
        self
    }

    fn closed(&mut self, seconds: i64, order: u64, state: OrderState) -> &mut World {
        let time = Timestamp(seconds * 1_000_000_000);
        let event = VenueEvent::Closed { order: OrderId(order), time, state, reason: String::new() };
        self.engine.step(Event::Venue(&event), &mut self.effects);
        self
    }

    /// What was sent and cancelled since the last look, and why not: one word group each.
    fn did(&mut self) -> String {
        let words = self.effects.drain(..).filter_map(|effect| match effect {
            Effect::Place(approved) => {
                let order = approved.into_inner();
                Some(format!("{} {} m{} @{}", order.side, order.qty, order.market.0, order.price))
            }
            Effect::Cancel(order) => Some(format!("cancel {}", order.0)),
            Effect::Record(Record::Refused(refused)) => Some(format!("refused {}", refused.verdict.code)),
            Effect::Record(Record::Fault { fault, .. }) => Some(format!("fault {}", fault.message)),
            Effect::Record(Record::Trade(trade)) => Some(format!("trade {}", trade.net)),
            Effect::Record(Record::Trading { state, .. }) => Some(format!("trading {state:?}")),
            Effect::Record(_) => None,
        });
        words.collect::<Vec<_>>().join(", ")
    }
}

const ENTER: i64 = 30;

fn entered(side: SignalAction, more: &[(i64, u32, SignalAction)]) -> World {
    let script: Vec<_> = [(ENTER, 0, side)].iter().chain(more).copied().collect();
    let mut world = World::new(vec![scripted(&script)], OrderPolicy::default());
    world.poll(0, 4_200, 4_400).poll(ENTER, 4_200, 4_400);
    world
}

#[test]
fn a_signal_becomes_one_order_until_it_ends() {
    let repeated: Vec<_> = (1..4).map(|n| (ENTER * n, 0, SignalAction::Buy)).collect();
    let mut world = World::new(vec![scripted(&repeated)], OrderPolicy::default());
    world.poll(0, 4_200, 4_400).poll(30, 4_200, 4_400).poll(60, 4_200, 4_400);
    assert_eq!(world.did(), "buy 25 m0 @0.43");
    world.closed(61, 1, OrderState::Expired).poll(90, 4_000, 4_200);
    assert_eq!(world.did(), "buy 25 m0 @0.41");
}

#[test]
fn a_held_position_is_not_added_to() {
    let mut world = entered(SignalAction::Buy, &[(60, 0, SignalAction::Buy)]);
    world.fill(31, 1, 4_300, 25).poll(60, 4_200, 4_400);
    assert_eq!(world.did(), "buy 25 m0 @0.43");
}

#[test]
fn an_exit_stays_wanted_until_flat_and_escalates() {
    let mut world = entered(SignalAction::Buy, &[(60, 0, SignalAction::Exit)]);
    world.fill(31, 1, 4_300, 25).did();
    world.poll(60, 4_400, 4_600);
    assert_eq!(world.did(), "sell 25 m0 @0.46");
    for (order, expect) in [(2, "sell 25 m0 @0.46"), (3, "sell 25 m0 @0.46"), (4, "sell 25 m0 @0.44")] {
        let at = 700 * order as i64;
        world.closed(at, order, OrderState::Expired).poll(at + 30, 4_400, 4_600);
        assert_eq!(world.did(), expect, "after order {order}");
    }
    world.fill(4_000, 5, 4_400, 10);
    world.closed(4_001, 5, OrderState::Expired).poll(4_030, 4_400, 4_600);
    assert_eq!(world.did(), "sell 15 m0 @0.44");
    world.fill(4_031, 6, 4_400, 15).poll(4_060, 4_400, 4_600);
    assert_eq!(world.did(), "trade 0.25");
}

#[test]
fn the_opposite_signal_closes_and_does_not_flip() {
    let mut world = entered(SignalAction::Sell, &[(60, 0, SignalAction::Buy)]);
    assert_eq!(world.did(), "sell 25 m0 @0.43");
    world.fill(31, 1, 4_300, 25).poll(60, 4_200, 4_400);
    assert_eq!(world.did(), "buy 25 m0 @0.42");
}

#[test]
fn an_exit_cancels_a_working_entry_and_closes_what_fills_meanwhile() {
    let mut world = entered(SignalAction::Buy, &[(60, 0, SignalAction::Exit)]);
    world.did();
    world.poll(60, 4_200, 4_400);
    assert_eq!(world.did(), "cancel 1");
    world.fill(61, 1, 4_300, 5).closed(61, 1, OrderState::Cancelled).poll(90, 4_200, 4_400);
    assert_eq!(world.did(), "sell 5 m0 @0.44");
}

#[test]
fn kill_cancels_everything_and_lets_nothing_out() {
    let mut world = entered(SignalAction::Buy, &[(60, 1, SignalAction::Buy), (90, 0, SignalAction::Exit)]);
    world.fill(31, 1, 4_300, 5).did();
    let kill = Command::Kill { time: Timestamp(40_000_000_000), reason: "drill".into() };
    world.engine.step(Event::Command(&kill), &mut world.effects);
    assert_eq!(world.did(), "trading Halted, cancel 1");
    world.closed(41, 1, OrderState::Cancelled).poll(60, 4_200, 4_400).poll(90, 4_200, 4_400);
    assert_eq!(world.did(), "refused halted, refused halted");
    let resume = Command::Resume { time: Timestamp(100_000_000_000), reason: "over".into() };
    world.engine.step(Event::Command(&resume), &mut world.effects);
    world.poll(120, 4_200, 4_400);
    assert_eq!(world.did(), "trading Active, sell 5 m0 @0.44");
}

#[test]
fn a_fault_quarantines_its_slot_and_no_other() {
    let mut faulty = scripted(&[(ENTER, 0, SignalAction::Buy)]);
    faulty.faults_at = Some(60_000_000_000);
    let healthy = scripted(&[(60, 1, SignalAction::Sell)]);
    let mut world = World::new(vec![faulty, healthy], OrderPolicy::default());
    world.poll(0, 4_200, 4_400).poll(ENTER, 4_200, 4_400);
    assert_eq!(world.did(), "buy 25 m0 @0.43");
    world.poll(60, 4_200, 4_400);
    assert_eq!(world.did(), "fault boom, cancel 1, sell 25 m1 @0.43");
    assert_eq!(world.engine.running_slots(), 1);
}

#[test]
fn settlement_closes_the_position_at_the_payout() {
    let mut world = entered(SignalAction::Buy, &[]);
    world.fill(31, 1, 4_300, 25).did();
    let settlement = Settlement { market: MarketId(0), time: Timestamp(99_000_000_000), outcome: Outcome::Yes };
    world.engine.step(Event::Settled(settlement), &mut world.effects);
    assert_eq!(world.did(), "trade 14.25");
    assert_eq!(world.engine.portfolio().equity().to_string(), "2014.25");
}

#[test]
fn a_settlement_at_midnight_counts_on_the_new_day() {
    let mut world = entered(SignalAction::Buy, &[]);
    world.fill(31, 1, 4_300, 25);
    let settlement = Settlement { market: MarketId(0), time: Timestamp::start_of_day(1), outcome: Outcome::No };
    world.engine.step(Event::Settled(settlement), &mut world.effects);
    world.engine.finish(&mut world.effects);
    let closes = world.effects.iter().filter_map(|effect| match effect {
        Effect::Record(Record::DayClose(close)) => Some((close.day, close.equity.to_string())),
        _ => None,
    });
    assert_eq!(closes.collect::<Vec<_>>(), [(0, "2000.00".to_owned()), (1, "1989.25".to_owned())]);
}

#[test]
fn two_strategies_hold_opposite_positions_apart() {
    let settings = OrderPolicy { sizing: Sizing::Fixed(10), ..OrderPolicy::default() };
    let buyer = scripted(&[(30, 0, SignalAction::Buy)]);
    let seller = scripted(&[(60, 0, SignalAction::Sell)]);
    let mut world = World::new(vec![buyer, seller], settings);
    world.poll(0, 4_200, 4_400).poll(30, 4_200, 4_400);
    world.fill(31, 1, 4_300, 10).poll(60, 4_400, 4_700);
    assert_eq!(world.did(), "buy 10 m0 @0.43, sell 10 m0 @0.46");
    world.fill(61, 2, 4_600, 10);
    let held = |slot| world.engine.held(SlotId(slot), MarketId(0));
    assert_eq!((held(0), held(1)), (Qty::contracts(10), Qty::contracts(-10)));
}

#[test]
fn warm_up_signals_are_not_acted_upon() {
    let limits = RiskLimits { volume_unknown: WhenUnknown::Allow, ..RiskLimits::default() };
    let risk = RiskManager::new(limits).unwrap();
    let mut engine = Engine::new(OrderPolicy::default(), risk, Usd::dollars(2_000), Timestamp(60_000_000_000));
    engine.add_strategy(Box::new(scripted(&[(30, 0, SignalAction::Buy), (60, 1, SignalAction::Buy)])));
    let mut world = World { engine, effects: Vec::new() };
    for id in 0..2 {
        world.engine.step(Event::Market(&market(id)), &mut world.effects);
    }
    world.poll(0, 4_200, 4_400).poll(30, 4_200, 4_400).poll(60, 4_200, 4_400);
    assert_eq!(world.did(), "buy 25 m1 @0.43");
    assert_eq!(world.engine.signals(), 2);
}

/// Rows shown ahead in one batch lead to the same effects as rows shown poll by poll.
#[test]
fn preview_changes_no_effect() {
    let script: Vec<_> =
        (0..40).map(|n| (n * 30, n as u32 % 2, [SignalAction::Buy, SignalAction::Exit][n as usize % 3 / 2])).collect();
    let run = |ahead: bool| {
        let settings = OrderPolicy { entry_pricing: Pricing::Join, ..OrderPolicy::default() };
        let mut world = World::new(vec![scripted(&script)], settings);
        let mut quotes = Quotes::default();
        for poll in 0..40 {
            for id in 0..2 {
                quotes.push(&Quote {
                    market: MarketId(id),
                    time: Timestamp(poll * 30_000_000_000),
                    bid: Some(Price(4_000 + 100 * (poll as i32 % 5))),
                    ask: Some(Price(4_200 + 100 * (poll as i32 % 5))),
                    bid_size: None,
                    ask_size: None,
                    last: None,
                    volume: None,
                });
            }
        }
        if ahead {
            world.engine.preview(quotes.all());
        }
        for poll in 0..40 {
            world.engine.step(Event::Poll(quotes.view(2 * poll..2 * poll + 2)), &mut world.effects);
        }
        format!("{:?}", world.effects)
    };
    assert_eq!(run(true), run(false));
}
