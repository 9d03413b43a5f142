//! The fill model `queue` against real matching: one flow of orders, matched by the full book with own orders in it,
//! and estimated from its public data alone.

use super::*;
use host_core::{Order, OrderId, PublicTrade, Quote, SlotId, Taker, VenueEvent};
use host_sim::fill::{ExchangeSettings, FillModel, SimulatedExchange};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use uuid::Uuid;

/// Steps of the crowd in a second, and the seconds of an own order's life, and from one to the next. The public sees a
/// row after each step, as it does in a venue's stream.
const STEPS: i64 = 2;
const LIFE: i64 = 60;
const EVERY: i64 = 66;
/// Own orders of one run, and their size.
const ORDERS: i64 = 900;
const SIZE: i64 = 20;
/// Seconds after a fill at which the mid is compared with its price.
const MARKOUT: i64 = 10;

/// Something that the crowd does in a step.
#[derive(Clone, Copy, Debug)]
enum Act {
    Rest(Side, i32, i64),
    Take(Side, i32, i64),
    /// Cancels the order that rests since the act of this number.
    Cancel(usize),
}

/// The crowd: makers around a value that they know roughly, and takers of whom some know it better.
struct Crowd {
    random: ChaCha8Rng,
    /// In cents.
    value: f64,
    /// Numbers, sides and prices of the acts whose orders may rest.
    resting: Vec<(usize, Side, i32)>,
}

impl Crowd {
    fn unit(&mut self) -> f64 {
        (self.random.next_u64() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn chance(&mut self, chance: f64) -> bool {
        self.unit() < chance
    }

    fn between(&mut self, least: i64, most: i64) -> i64 {
        least + (self.unit() * (most - least + 1) as f64) as i64
    }

    fn side(&mut self) -> Side {
        if self.chance(0.5) { Side::Buy } else { Side::Sell }
    }

    /// Returns the acts of a step in a book with these best prices; the first has the number `next`.
    fn acts(&mut self, bid: Option<i32>, ask: Option<i32>, next: usize) -> Vec<Act> {
        let mut acts = Vec::new();
        self.value += 0.15 * (self.unit() + self.unit() - 1.0);
        if self.chance(0.016) {
            self.value += self.side().sign() as f64 * (1.0 + 3.0 * self.unit());
        }
        self.value = self.value.clamp(20.0, 80.0);
        let value = self.value;
        // Takers come first: they hear of the value before the makers.
        if let Some(ask) = ask.filter(|ask| f64::from(*ask) < value - 0.2)
            && self.chance(0.5)
        {
            acts.push(Act::Take(Side::Buy, ask, self.between(50, 400)));
        }
        if let Some(bid) = bid.filter(|bid| f64::from(*bid) > value + 0.2)
            && self.chance(0.5)
        {
            acts.push(Act::Take(Side::Sell, bid, self.between(50, 400)));
        }
        if self.chance(0.10) {
            let side = self.side();
            let price = if side == Side::Buy { ask } else { bid };
            acts.extend(price.map(|price| Act::Take(side, price, self.between(5, 120))));
        }
        let mut kept = Vec::new();
        for (number, side, price) in std::mem::take(&mut self.resting) {
            let off = (value - f64::from(price)) * side.sign() as f64;
            let leaves = if off < 0.0 { 0.5 } else { 0.008 };
            if self.chance(leaves) {
                acts.push(Act::Cancel(number));
            } else {
                kept.push((number, side, price));
            }
        }
        self.resting = kept;
        if self.chance(0.8) {
            let (side, away) = (self.side(), self.between(0, 5).min(self.between(0, 5)) as i32);
            let price = match side {
                Side::Buy => (value - 0.2).floor() as i32 - away,
                Side::Sell => (value + 0.2).ceil() as i32 + away,
            };
            self.resting.push((next + acts.len(), side, price));
            acts.push(Act::Rest(side, price, self.between(10, 120)));
        }
        acts
    }
}

/// A venue on which acts are played.
struct Stage {
    exchange: Exchange,
    /// By number of the act.
    orders: Vec<Option<Uuid>>,
}

impl Stage {
    fn new() -> Stage {
        let mut exchange = Exchange::new(FeeModel::None);
        for member in [ANN, BOB, EVE] {
            let lots = Usd::dollars(50_000_000);
            exchange.venue.deposit(AccountId::primary(member), lots, START).expect("a fair deposit");
        }
        Stage { exchange, orders: Vec::new() }
    }

    fn play(&mut self, act: Act) {
        let exchange = &mut self.exchange;
        let placed = match act {
            Act::Rest(side, cents, qty) => exchange.send(BOB, side, cents, qty, |order| order.post_only = true).ok(),
            Act::Take(side, cents, qty) => {
                // What finds nobody any more is refused or cancelled.
                let _ = exchange.send(EVE, side, cents, qty, |order| order.time_in_force = IOC);
                None
            }
            Act::Cancel(number) => {
                // It may have been filled.
                let _ = self.orders[number].map(|order| exchange.venue.cancel(BOB, order, exchange.now));
                None
            }
        };
        self.orders.push(placed.map(|placed| placed.order_id));
    }

    fn best(&self) -> (Option<i32>, Option<i32>) {
        let top = self.exchange.venue.market(CENT).expect("it is listed").top();
        (top.bid.map(|(price, _)| price.0 / 100), top.ask.map(|(price, _)| price.0 / 100))
    }
}

/// The acts of each step, and what the public sees of them: the trades, the rows, and twice the mid in cents.
struct Flow {
    steps: Vec<Vec<Act>>,
    trades: Vec<Vec<PublicTrade>>,
    rows: Vec<Quote>,
    mids: Vec<Option<i32>>,
}

fn step_time(step: i64) -> Timestamp {
    START + Span(Span::seconds(1).0 / STEPS * (step + 1))
}

impl Flow {
    fn new(seed: u64) -> Flow {
        let random = ChaCha8Rng::seed_from_u64(seed);
        let (mut crowd, mut stage) = (Crowd { random, value: 50.0, resting: Vec::new() }, Stage::new());
        let mut flow = Flow { steps: Vec::new(), trades: Vec::new(), rows: Vec::new(), mids: Vec::new() };
        for step in 0..(ORDERS + 2) * EVERY * STEPS {
            stage.exchange.now = step_time(step);
            let (bid, ask) = stage.best();
            let acts = crowd.acts(bid, ask, stage.orders.len());
            acts.iter().for_each(|act| stage.play(*act));
            let trades = stage.exchange.venue.take_updates().into_iter().filter_map(|update| match update.change {
                Change::Trade(trade) => Some(PublicTrade {
                    market: CENT,
                    time: trade.time,
                    price: trade.price,
                    qty: trade.qty,
                    taker: if trade.taker_side == Side::Buy { Taker::Buys } else { Taker::Sells },
                }),
                _ => None,
            });
            flow.trades.push(trades.collect());
            let top = stage.exchange.venue.market(CENT).expect("it is listed").top();
            flow.rows.push(Quote {
                bid: top.bid.map(|bid| bid.0),
                ask: top.ask.map(|ask| ask.0),
                bid_size: top.bid.map(|bid| bid.1),
                ask_size: top.ask.map(|ask| ask.1),
                ..Quote::empty(CENT, step_time(step))
            });
            let (bid, ask) = stage.best();
            flow.mids.push(bid.zip(ask).map(|(bid, ask)| bid + ask));
            flow.steps.push(acts);
        }
        flow
    }

    /// Returns the own order that is sent after `step`, if one is: it joins the best price of its side.
    fn own(&self, step: i64) -> Option<(Side, Price)> {
        let number = step / (EVERY * STEPS);
        if step % (EVERY * STEPS) != EVERY * STEPS - 1 || number >= ORDERS {
            return None;
        }
        let row = &self.rows[step as usize];
        Some(if number % 2 == 0 { (Side::Buy, row.bid?) } else { (Side::Sell, row.ask?) })
    }

    /// Returns the worth of a fill at `price` after `step`: the later mid less the price, or the reverse, in cents.
    fn worth(&self, step: i64, side: Side, price: Price) -> Option<f64> {
        let mid = (*self.mids.get((step + MARKOUT * STEPS) as usize)?)?;
        Some((f64::from(mid) / 2.0 - f64::from(price.0) / 100.0) * side.sign() as f64)
    }
}

/// The steps of the first fills of own orders, with their sides and prices, by order.
type FirstFills = Vec<Option<(i64, Side, Price)>>;

/// Returns what the full book fills.
fn matched(flow: &Flow) -> FirstFills {
    let (mut stage, mut filled) = (Stage::new(), FirstFills::new());
    let mut own: Vec<(Uuid, Side, Price)> = Vec::new();
    for (step, acts) in (0..).zip(&flow.steps) {
        stage.exchange.now = step_time(step);
        stage.exchange.venue.advance(step_time(step));
        acts.iter().for_each(|act| stage.play(*act));
        for update in stage.exchange.venue.take_updates() {
            if let Change::Fill(fill) = update.change
                && fill.account == AccountId::primary(ANN)
                && let Some(number) = own.iter().position(|(id, ..)| *id == fill.order_id)
            {
                let (_, side, price) = own[number];
                filled[number].get_or_insert((step, side, price));
            }
        }
        if let Some((side, price)) = flow.own(step) {
            let until = step_time(step) + Span::seconds(LIFE);
            let placed = stage.exchange.send(ANN, side, price.0 / 100, SIZE, |order| {
                order.time_in_force = TimeInForce::GoodTillCanceled(Some(until));
            });
            own.push((placed.expect("a good order").order_id, side, price));
            filled.push(None);
        }
    }
    filled
}

/// Returns what `model` fills, by the rows and the trades alone.
fn estimated(flow: &Flow, fill_model: FillModel) -> FirstFills {
    let settings = ExchangeSettings { fill_model, latency_mean_ms: 0.0, ..ExchangeSettings::default() };
    let mut exchange = SimulatedExchange::new(settings).told_of_trades(START, Timestamp(i64::MAX));
    let (mut out, mut own, mut filled): (_, Vec<(Side, Price)>, FirstFills) = (Vec::new(), Vec::new(), Vec::new());
    for (step, trades) in (0..).zip(&flow.trades) {
        trades.iter().for_each(|trade| exchange.on_trade(trade, &mut out));
        let row = &flow.rows[step as usize];
        let mut rows = host_core::Quotes::default();
        rows.push(row);
        exchange.on_quotes(&rows.all(), &mut out);
        for event in out.drain(..) {
            if let VenueEvent::Filled(fill) = event {
                let (side, price) = own[fill.order.0 as usize];
                filled[fill.order.0 as usize].get_or_insert((step, side, price));
            }
        }
        if let Some((side, price)) = flow.own(step) {
            let now = step_time(step);
            let order = Order {
                slot: SlotId(0),
                market: CENT,
                side,
                price,
                qty: Qty::contracts(SIZE),
                time_in_force: host_core::TimeInForce::GoodTill(now + Span::seconds(LIFE)),
                ..host_testkit::order(own.len() as u64, now)
            };
            assert_eq!(order.id, OrderId(own.len() as u64));
            exchange.place(&order, row, &mut out);
            own.push((side, price));
            filled.push(None);
        }
    }
    filled
}

/// Returns the share of the orders that were filled at least in part, and the mean worth of their first fills in cents.
fn figures(flow: &Flow, filled: &FirstFills) -> (f64, f64) {
    let count = filled.iter().flatten().count() as f64;
    let worths: Vec<f64> =
        filled.iter().flatten().filter_map(|(step, side, price)| flow.worth(*step, *side, *price)).collect();
    (count / filled.len() as f64, worths.iter().sum::<f64>() / worths.len() as f64)
}

#[test]
fn the_queue_estimates_what_the_full_book_fills() {
    for seed in [1, 2, 3] {
        let flow = Flow::new(seed);
        let real = matched(&flow);
        let (share, worth) = figures(&flow, &real);
        println!("seed {seed}: full book    {:5.1} % filled, {worth:+.2} c after {MARKOUT} s", 100.0 * share);
        let of = |model| {
            let filled = estimated(&flow, model);
            let same = filled.iter().zip(&real).filter(|(one, other)| one.is_some() == other.is_some()).count();
            let (share, worth) = figures(&flow, &filled);
            let agrees = 100.0 * same as f64 / real.len() as f64;
            println!("  {model:<12} {:5.1} % filled, {worth:+.2} c, same in {agrees:.1} %", 100.0 * share);
            (share, worth)
        };
        let (touch, queue, drawn) = (of(FillModel::Touch), of(FillModel::Queue), of(FillModel::Probabilistic));
        assert!((0.3..0.95).contains(&share), "a flow that decides something");
        assert!((queue.0 - share).abs() <= 0.03, "seed {seed}: {} filled, {share} by the full book", queue.0);
        assert_eq!(queue.1 < 0.0, worth < 0.0, "seed {seed}: {} c after a fill, {worth} by the full book", queue.1);
        assert!(touch.0 < queue.0 && queue.0 < drawn.0, "seed {seed}: touch < queue < probabilistic");
    }
}
