//! Invariants that hold for all markets and orders.

use std::collections::BTreeMap;

use host_core::{PublicTrade, PublicTrades, Taker};
use proptest::prelude::*;

use super::*;

const MARKETS: u32 = 3;

/// One step of a session; each step advances the time.
#[derive(Clone, Debug)]
enum Step {
    Row { market: u32, bid: i32, spread: i32, sizes: Option<(i64, i64)>, traded: Option<(i32, i64)> },
    Place { market: u32, side: Side, price: i32, qty: i64, lives: Option<i64> },
    Cancel { id: u64 },
    Trade { market: u32, price: i32, qty: i64, taker: Taker },
}

fn step() -> impl Strategy<Value = Step> {
    // Few levels and sizes, so that orders often meet the market.
    let side = prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    prop_oneof![
        6 => (
            0..MARKETS, 40..50i32, -1..4i32,
            prop::option::of((0..400i64, 0..400i64)),
            prop::option::of((40..50i32, 0..300i64)),
        ).prop_map(|(market, bid, spread, sizes, traded)| Step::Row { market, bid, spread, sizes, traded }),
        3 => (0..MARKETS, side, 39..52i32, 1..900i64, prop::option::of(1..40i64))
            .prop_map(|(market, side, price, qty, lives)| Step::Place { market, side, price, qty, lives }),
        1 => (0..60u64).prop_map(|id| Step::Cancel { id }),
        3 => (0..MARKETS, 39..52i32, 1..900i64, prop::sample::select(vec![Taker::Buys, Taker::Sells, Taker::Unknown]))
            .prop_map(|(market, price, qty, taker)| Step::Trade { market, price, qty, taker }),
    ]
}

/// The inputs and results of a session.
#[derive(Debug, Default, PartialEq)]
struct Session {
    orders: BTreeMap<OrderId, (Order, Quote)>,
    rows: Vec<Quote>,
    trades: Vec<PublicTrade>,
    events: Vec<VenueEvent>,
    working: usize,
}

/// Plays `steps` on an exchange of this model that is told of all trades; orders reach it at once.
fn play(fill_model: FillModel, steps: &[Step], batch: usize) -> Session {
    let settings = ExchangeSettings { fill_model, latency_mean_ms: 0.0, ..ExchangeSettings::default() };
    play_on(SimulatedExchange::new(settings).told_of_trades(Timestamp(0), Timestamp(i64::MAX)), steps, batch)
}

/// Shows and forgets rows and trades up to `time`.
fn flush(
    exchange: &mut SimulatedExchange,
    (rows, trades): (&mut Vec<Quote>, &mut PublicTrades),
    time: i64,
    out: &mut Vec<VenueEvent>,
) {
    let mut quotes = Quotes::default();
    rows.drain(..).for_each(|row| quotes.push(&row));
    let shown = exchange.on_market_data(&quotes.all(), (trades, 0), Timestamp(time), out);
    assert_eq!(shown, trades.len());
    trades.clear();
}

/// Plays `steps`. Rows and trades come in batches of at most `batch` rows, which end before orders and cancels.
fn play_on(mut exchange: SimulatedExchange, steps: &[Step], batch: usize) -> Session {
    let mut latest: Vec<_> =
        (0..MARKETS).map(|market| Quote { market: MarketId(market), ..quote(0, 4_400, 4_600) }).collect();
    let (mut session, mut pending) = (Session { rows: latest.clone(), ..Session::default() }, Vec::new());
    let mut trades = PublicTrades::default();
    for (time, step) in (1..).zip(steps) {
        if !matches!(step, Step::Row { .. } | Step::Trade { .. }) || pending.len() >= batch {
            flush(&mut exchange, (&mut pending, &mut trades), time, &mut session.events);
        }
        match *step {
            Step::Row { market, bid, spread, sizes, traded } => {
                let row = &mut latest[market as usize];
                row.time = Timestamp(time);
                (row.bid, row.ask) = (Some(Price(bid * 100)), Some(Price((bid + spread) * 100)));
                (row.bid_size, row.ask_size) =
                    (sizes.map(|sizes| Qty::hundredths(sizes.0)), sizes.map(|sizes| Qty::hundredths(sizes.1)));
                if let Some((last, contracts)) = traded {
                    row.last = Some(Price(last * 100));
                    row.volume = Some(row.volume.unwrap_or_default() + Qty::hundredths(contracts));
                }
                session.rows.push(*row);
                pending.push(*row);
            }
            Step::Place { market, side, price, qty, lives } => {
                let id = session.orders.len() as u64;
                let time_in_force = lives
                    .map_or(TimeInForce::ImmediateOrCancel, |lives| TimeInForce::GoodTill(Timestamp(time + lives)));
                let placed = Order {
                    market: MarketId(market),
                    qty: Qty::hundredths(qty),
                    time_in_force,
                    ..order(id, side, price * 100, 1, time)
                };
                exchange.place(&placed, &latest[market as usize], &mut session.events);
                session.orders.insert(placed.id, (placed, latest[market as usize]));
            }
            Step::Trade { market, price, qty, taker } => {
                let (market, price, qty) = (MarketId(market), Price(price * 100), Qty::hundredths(qty));
                let trade = PublicTrade { market, time: Timestamp(time), price, qty, taker };
                session.trades.push(trade);
                trades.push(&trade);
            }
            Step::Cancel { id } => exchange.cancel(OrderId(id), Timestamp(time), &mut session.events),
        }
    }
    flush(&mut exchange, (&mut pending, &mut trades), steps.len() as i64, &mut session.events);
    session.working = exchange.working();
    session
}

fn time_of(event: &VenueEvent) -> Timestamp {
    match event {
        VenueEvent::Filled(fill) => fill.time,
        VenueEvent::Closed { time, .. } => *time,
    }
}

/// Checks the invariants of every model.
fn check_life(session: &Session) -> Result<(), TestCaseError> {
    prop_assert!(session.events.is_sorted_by_key(time_of), "events are in time order");
    let mut left: BTreeMap<OrderId, Qty> = session.orders.iter().map(|(&id, (order, _))| (id, order.qty)).collect();
    for event in &session.events {
        let (id, time) = match event {
            VenueEvent::Filled(fill) => (fill.order, fill.time),
            VenueEvent::Closed { order, time, .. } => (*order, *time),
        };
        let (order, _) = &session.orders[&id];
        prop_assert!(time >= order.created, "{event:?} before {order:?}");
        // Orders leave `left` when they end, so an event after the end fails here.
        let rest = left.get_mut(&id).ok_or_else(|| TestCaseError::fail(format!("{event:?} after its end")))?;
        match event {
            VenueEvent::Filled(fill) => {
                prop_assert!(fill.qty > Qty::ZERO && fill.qty <= *rest, "{event:?} with {rest:?} left");
                if let TimeInForce::GoodTill(expiry) = order.time_in_force {
                    prop_assert!(fill.time < expiry, "{event:?} after {expiry:?}");
                }
                *rest -= fill.qty;
                if rest.is_zero() {
                    left.remove(&id);
                }
            }
            VenueEvent::Closed { .. } => drop(left.remove(&id)),
        }
    }
    prop_assert_eq!(left.len(), session.working, "what has not ended works");
    Ok(())
}

/// Returns price and size that an order of `side` meets.
fn opposite(side: Side, row: &Quote) -> (Option<Price>, Option<Qty>) {
    match side {
        Side::Buy => (row.ask, row.ask_size),
        Side::Sell => (row.bid, row.bid_size),
    }
}

/// Returns the time since which what `row` shows to `side` has been the same.
fn level_since(session: &Session, side: Side, row: &Quote) -> Timestamp {
    let earlier = session.rows.iter().rev().filter(|other| other.market == row.market && other.time <= row.time);
    let same = earlier.take_while(|other| opposite(side, other) == opposite(side, row));
    same.last().map_or(row.time, |first| first.time)
}

/// Checks the touch model's further promises: no fill at a better price than the market's, none before the market
/// reaches the order, and no size filled twice.
fn check_touch(session: &Session) -> Result<(), TestCaseError> {
    let mut taken: BTreeMap<(MarketId, bool, Timestamp), Qty> = BTreeMap::new();
    for fill in fills(&session.events) {
        let (order, arrival) = &session.orders[&fill.order];
        let is_row = |row: &&Quote| row.market == order.market && row.time == fill.time;
        let row = if fill.taker { arrival } else { session.rows.iter().find(is_row).expect("makers fill at a row") };
        let (opposite, size) = opposite(order.side, row);
        let cost = |price: Price| price.0 * order.side.sign() as i32;
        let limit = cost(order.price);
        let has_come = opposite.is_some_and(|price| cost(price) <= limit);
        let has_traded = row.last.is_some_and(|price| cost(price) <= limit);
        if fill.taker {
            prop_assert_eq!(Some(fill.price), opposite);
            prop_assert!(cost(fill.price) <= limit);
        } else {
            prop_assert_eq!(fill.price, order.price);
            prop_assert!(has_come || has_traded, "{:?} at {:?}", fill, row);
        }
        if let (true, false, Some(size)) = (has_come, has_traded, size) {
            let level = (row.market, order.side == Side::Buy, level_since(session, order.side, row));
            let sum = taken.entry(level).or_default();
            *sum += fill.qty;
            prop_assert!(*sum <= size, "{:?} of {:?} displayed", sum, size);
        }
    }
    Ok(())
}

/// Checks the promises of the models with a queue: what a trade fills is no more than was traded, at its price or one
/// that it went through; what a row fills is no more than the other side shows.
fn check_queue(session: &Session) -> Result<(), TestCaseError> {
    let mut by_trade: BTreeMap<Timestamp, Qty> = BTreeMap::new();
    for fill in fills(&session.events).iter().filter(|fill| !fill.taker) {
        let (order, _) = &session.orders[&fill.order];
        prop_assert!(fill.time > order.created && fill.price == order.price, "{:?}", fill);
        let cost = |price: Price| price.0 * order.side.sign() as i32;
        if let Some(trade) = session.trades.iter().find(|trade| trade.time == fill.time) {
            let other = if order.side == Side::Buy { Taker::Buys } else { Taker::Sells };
            prop_assert!(trade.market == order.market && trade.taker != other, "{:?} by {:?}", fill, trade);
            prop_assert!(cost(trade.price) <= cost(order.price), "{:?} by {:?}", fill, trade);
            let sum = by_trade.entry(fill.time).or_default();
            *sum += fill.qty;
            prop_assert!(*sum <= trade.qty, "{:?} of {:?} traded", sum, trade.qty);
        } else {
            let row = session.rows.iter().find(|row| row.market == order.market && row.time == fill.time);
            let (price, size) = row.map(|row| opposite(order.side, row)).unwrap_or_default();
            prop_assert!(price.is_some_and(|price| cost(price) <= cost(order.price)), "{:?} at {:?}", fill, row);
            prop_assert!(size.is_none_or(|size| fill.qty <= size), "{:?} at {:?}", fill, row);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn queues_never_fill_more_than_was_traded(steps in prop::collection::vec(step(), 1..120)) {
        for model in [FillModel::Queue, FillModel::Probabilistic] {
            check_queue(&play(model, &steps, 4))?;
        }
    }

    #[test]
    fn no_model_fills_too_much_too_early_or_too_late(steps in prop::collection::vec(step(), 1..120)) {
        for (_, model) in FILL_MODELS {
            check_life(&play(model, &steps, 4))?;
            // With latencies, and without knowing the trades.
            check_life(&play_on(exchange(model), &steps, 4))?;
        }
    }

    #[test]
    fn touch_never_beats_the_market(steps in prop::collection::vec(step(), 1..120)) {
        check_touch(&play(FillModel::Touch, &steps, 4))?;
    }

    #[test]
    fn batches_change_nothing(steps in prop::collection::vec(step(), 1..80)) {
        for model in [FillModel::Touch, FillModel::Queue, FillModel::Probabilistic, FillModel::Coin] {
            prop_assert_eq!(play(model, &steps, 1), play(model, &steps, 1_000));
        }
    }
}
