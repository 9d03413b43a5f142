//! Entries never take more cash than the account has: the engine against the simulated exchange, under every fill
//! model, with and without fees, on both sides.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use host_core::engine::{Effect, Engine};
use host_core::fees::FeeModel;
use host_core::pricing::{EntryPricing, OrderPolicy, Pricing, Sizing};
use host_core::risk::{Fraction, RiskLimits, RiskManager, WhenUnknown};
use host_core::{
    Batch, Decisions, Event, Fault, Fill, Intent, Manifest, Market, MarketId, OrderState, Outcome, Price, Qty, Quote,
    Quotes, Record, Settlement, Signal, SignalAction, Span, Strategy as Trader, Timestamp, Usd, VenueEvent,
};
use host_sim::fill::{ExchangeSettings, FillModel, SimulatedExchange};
use host_testkit::market;
use proptest::prelude::*;

const MARKETS: u32 = 4;

/// Does what the bid says, so that a run is nothing but its quotes: buy, sell, leave or nothing.
struct Obedient {
    manifest: Manifest,
    shift: i64,
}

fn manifest(name: &str) -> Manifest {
    Manifest {
        name: name.into(),
        version: "1".into(),
        summary: String::new(),
        parameters: Vec::new(),
        warm_up: Span::ZERO,
        feedback: false,
    }
}

impl Trader for Obedient {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), Fault> {
        for row in 0..batch.quotes.len() {
            let told = (batch.quotes.bid[row] * 100.0).round() as i64 + self.shift;
            let action = match told % 5 {
                0 | 1 => SignalAction::Buy,
                2 | 3 => SignalAction::Sell,
                _ => SignalAction::Exit,
            };
            decisions.signals.push(Signal { row: row as u32, action, price: None, confidence: 1.0, metadata: vec![] });
        }
        Ok(())
    }
}

/// One poll: bid in cents, spread in cents and displayed size, by market; and a market that is settled before it.
type Poll = ([(i32, i32, i64); MARKETS as usize], Option<bool>);

fn poll() -> impl proptest::strategy::Strategy<Value = Poll> {
    let quotes = prop::array::uniform4((1i32..95, 1i32..5, 1i64..60));
    (quotes, prop::option::weighted(0.05, any::<bool>()))
}

#[derive(Clone, Debug)]
struct Terms {
    capital: i64,
    fixed: u32,
    exchange: ExchangeSettings,
    pricing: Pricing,
    traders: usize,
}

fn terms() -> impl proptest::strategy::Strategy<Value = Terms> {
    let models =
        prop_oneof![Just(FillModel::Instant), Just(FillModel::Touch), Just(FillModel::Queue), Just(FillModel::Coin)];
    let fees = prop_oneof![Just(FeeModel::None), Just(FeeModel::Kalshi), Just(FeeModel::KalshiWithMakerFees)];
    let pricing = prop_oneof![Just(Pricing::Cross), Just(Pricing::Join), Just(Pricing::Inside(1))];
    (1i64..120, 1u32..60, models, fees, 0u32..400, pricing, any::<u64>(), 1usize..3).prop_map(
        |(capital, fixed, fill_model, fees, fee_multiplier_percent, pricing, seed, traders)| Terms {
            capital,
            fixed,
            exchange: ExchangeSettings {
                fill_model,
                fees,
                fee_multiplier_percent,
                seed,
                fill_probability: 1.0,
                partial_probability: 0.5,
                slippage_std: 0.05,
                ..ExchangeSettings::default()
            },
            pricing,
            traders,
        },
    )
}

/// Limits that stop nothing, so that cash alone does.
fn no_limits() -> RiskLimits {
    let (many, much) = (Qty::contracts(1_000_000), Usd::dollars(1_000_000));
    RiskLimits {
        max_position_size: many,
        max_position_value: much,
        max_order_size: many,
        max_order_value: much,
        max_daily_loss: much,
        max_drawdown: much,
        max_consecutive_losses: 1_000_000,
        max_portfolio_exposure: much,
        max_category_exposure: much,
        max_event_exposure: much,
        max_open_positions: 1_000,
        max_price_deviation: Price(9_999),
        volume_unknown: WhenUnknown::Allow,
        max_price_jump: Price(9_999),
        clean_quotes: 1,
        size_taper: false,
        max_messages_per_minute: 1_000_000,
        max_repeated_executions: 1_000_000,
        max_error_rate: Fraction::ONE,
        ..RiskLimits::default()
    }
}

struct Run {
    engine: Engine,
    exchange: SimulatedExchange,
    quotes: Vec<Quote>,
    settled: Option<MarketId>,
    now: Timestamp,
    entered: u32,
    refused: u32,
}

impl Run {
    fn new(terms: &Terms) -> Run {
        let policy = OrderPolicy {
            entry_pricing: EntryPricing::Book(terms.pricing),
            exit_pricing: Pricing::Cross,
            sizing: Sizing::Fixed(terms.fixed),
            refused_entry_retry: Span::ZERO,
            ..OrderPolicy::default()
        };
        let risk = RiskManager::new(no_limits()).unwrap();
        let mut engine = Engine::new(policy, risk, Usd::dollars(terms.capital), Timestamp(i64::MIN));
        engine.set_entry_cost(terms.exchange.entry_cost());
        for trader in 0..terms.traders {
            let manifest = manifest(&format!("obedient-{trader}"));
            engine
                .add_strategy(&format!("obedient-{trader}"), Box::new(Obedient { manifest, shift: 2 * trader as i64 }));
        }
        let mut exchange = SimulatedExchange::new(terms.exchange.clone());
        for id in 0..MARKETS {
            let listed = Market { closes: None, ..market(id) };
            engine.step(Event::Market(&listed), &mut Vec::new());
            exchange.list(&listed);
        }
        let (quotes, now) = (Vec::new(), Timestamp(0));
        Run { engine, exchange, quotes, settled: None, now, entered: 0, refused: 0 }
    }

    fn poll(&mut self, (rows, settles): &Poll) {
        self.now = self.now + Span::seconds(30);
        if let (Some(yes), None) = (settles, self.settled) {
            let outcome = if *yes { Outcome::Yes } else { Outcome::No };
            let settlement = Settlement { market: MarketId(0), time: self.now, outcome };
            let mut out = Vec::new();
            self.exchange.settle(settlement, &mut out);
            self.venue(out);
            self.settled = Some(MarketId(0));
            self.step(Event::Settled(settlement));
        }
        let mut quotes = Quotes::default();
        self.quotes = (0..)
            .zip(rows)
            .map(|(id, &(bid, spread, size))| Quote {
                market: MarketId(id),
                time: self.now,
                bid: Some(Price(bid * 100)),
                ask: Some(Price((bid + spread) * 100)),
                bid_size: Some(Qty::contracts(size)),
                ask_size: Some(Qty::contracts(size)),
                last: None,
                volume: None,
            })
            .collect();
        self.quotes.iter().filter(|quote| Some(quote.market) != self.settled).for_each(|quote| quotes.push(quote));
        let mut out = Vec::new();
        self.exchange.on_quotes(&quotes.all(), &mut out);
        self.venue(out);
        self.step(Event::Poll(quotes.all()));
    }

    fn venue(&mut self, events: Vec<VenueEvent>) {
        for event in events {
            self.step(Event::Venue(&event));
        }
    }

    /// Steps the engine and carries out what it wants. An entry leaves only with what the cash pays for, all that it
    /// works with included.
    fn step(&mut self, event: Event<'_>) {
        let mut effects = Vec::new();
        self.engine.step(event, &mut effects);
        // Nothing is filled within a step, and exits claim nothing.
        let enters = |effect: &Effect| matches!(effect, Effect::Place(order) if order.as_ref().intent == Intent::Entry);
        if effects.iter().any(enters) {
            assert!(self.engine.available_cash() >= Usd::ZERO, "{}", self.engine.available_cash());
        }
        let mut out = Vec::new();
        for effect in effects {
            match effect {
                Effect::Place(order) => {
                    let order = order.into_inner();
                    self.exchange.place(&order, &self.quotes[order.market.index()], &mut out);
                    self.entered += 1;
                }
                Effect::Cancel(order) => self.exchange.cancel(order, self.now, &mut out),
                Effect::Record(Record::Refused(refused)) => {
                    self.refused += u32::from(refused.verdict.code == "insufficient_cash");
                }
                Effect::Record(_) => {}
            }
        }
        self.venue(out);
    }
}

proptest! {
    #[test]
    fn entries_never_take_more_cash_than_there_is(terms in terms(), polls in prop::collection::vec(poll(), 1..40)) {
        let mut run = Run::new(&terms);
        for poll in &polls {
            run.poll(poll);
            // What one strategy leaves can open the account's risk where another holds the other side: exits are never
            // held back for cash.
            if terms.traders == 1 {
                prop_assert!(run.engine.available_cash() >= Usd::ZERO, "{}", run.engine.available_cash());
            }
        }
    }
}

#[test]
fn with_little_cash_entries_leave_and_others_are_refused() {
    let terms = Terms {
        capital: 30,
        fixed: 50,
        exchange: ExchangeSettings { fill_model: FillModel::Instant, ..ExchangeSettings::default() },
        pricing: Pricing::Cross,
        traders: 1,
    };
    let mut run = Run::new(&terms);
    for _ in 0..3 {
        run.poll(&([(80, 2, 50); 4], None));
    }
    // Bought at 0.82: 36 contracts take 29.52 of the 30.
    assert_eq!((run.entered, run.engine.available_cash()), (1, Usd::micros(480_000)));
    assert!(run.refused >= 3, "{}", run.refused);
}

#[test]
fn an_entry_that_the_venue_rejects_waits_as_one_that_is_refused() {
    let policy = OrderPolicy { sizing: Sizing::Fixed(5), ..OrderPolicy::default() };
    let mut engine =
        Engine::new(policy, RiskManager::new(no_limits()).unwrap(), Usd::dollars(100), Timestamp(i64::MIN));
    engine.add_strategy("obedient", Box::new(Obedient { manifest: manifest("obedient"), shift: 0 }));
    engine.step(Event::Market(&market(0)), &mut Vec::new());
    let mut sent = Vec::new();
    for minute in 0..25 {
        let time = Timestamp(0) + Span::minutes(minute);
        let mut quotes = Quotes::default();
        quotes.push(&host_testkit::quote(0, time, 4_000, 4_200));
        let mut effects = Vec::new();
        engine.step(Event::Poll(quotes.all()), &mut effects);
        for effect in effects {
            let Effect::Place(order) = effect else { continue };
            sent.push(minute);
            let (order, state, reason) =
                (order.into_inner().id, OrderState::Rejected, "insufficient_balance".to_owned());
            let rejected = VenueEvent::Closed { order, time, state, reason };
            engine.step(Event::Venue(&rejected), &mut Vec::new());
        }
    }
    assert_eq!(sent, [0, 10, 20]);
}

#[test]
fn the_venue_nets_strategies_and_keeps_a_dollar_for_what_is_net_short() {
    let policy = OrderPolicy {
        sizing: Sizing::Fixed(50),
        entry_pricing: EntryPricing::Book(Pricing::Cross),
        ..OrderPolicy::default()
    };
    let mut engine =
        Engine::new(policy, RiskManager::new(no_limits()).unwrap(), Usd::dollars(100), Timestamp(i64::MIN));
    for (name, shift) in [("buyer", 0), ("seller", 3)] {
        engine.add_strategy(name, Box::new(Obedient { manifest: manifest(name), shift }));
    }
    engine.step(Event::Market(&market(0)), &mut Vec::new());
    // At 0.41 one buys and the other has nothing to leave; at 0.40 the other sells; at 0.44 the first leaves.
    let mut left = Vec::new();
    for (minute, bid) in [4_100, 4_000, 4_400].into_iter().enumerate() {
        let time = Timestamp(0) + Span::minutes(15 * minute as i64);
        let mut quotes = Quotes::default();
        quotes.push(&host_testkit::quote(0, time, bid, bid + 200));
        let mut effects = Vec::new();
        engine.step(Event::Poll(quotes.all()), &mut effects);
        left.push(engine.available_cash());
        for effect in effects {
            let Effect::Place(order) = effect else { continue };
            let order = order.into_inner();
            let fill = Fill::at_price(order.id, time, order.price, order.qty, Usd::ZERO, true);
            engine.step(Event::Venue(&VenueEvent::Filled(fill)), &mut Vec::new());
            left.push(engine.available_cash());
        }
    }
    // Each poll, then its fill: 50 bought at 0.43; 50 sold at 0.40, which make the account flat; 50 sold at 0.46, for
    // which the venue keeps 50 dollars.
    let left: Vec<String> = left.iter().map(ToString::to_string).collect();
    assert_eq!(left, ["78.50", "78.50", "48.50", "98.50", "98.50", "71.50"]);
}
