//! The queue: what is ahead of an order, and what a trade leaves for it.

use host_core::{PublicTrade, PublicTrades, Taker};
use host_sim::fill::{QueueCancels, QueueGround};

use super::*;

/// Returns an exchange without latency that is told of all trades.
fn queue(fill_model: FillModel, queue_cancels: QueueCancels) -> SimulatedExchange {
    let settings = ExchangeSettings { fill_model, queue_cancels, latency_mean_ms: 0.0, ..ExchangeSettings::default() };
    SimulatedExchange::new(settings).told_of_trades(Timestamp(i64::MIN), Timestamp(i64::MAX))
}

fn told() -> SimulatedExchange {
    queue(FillModel::Queue, QueueCancels::Proportional)
}

fn untold() -> SimulatedExchange {
    let settings =
        ExchangeSettings { fill_model: FillModel::Queue, latency_mean_ms: 0.0, ..ExchangeSettings::default() };
    SimulatedExchange::new(settings)
}

fn trade(time: i64, price: i32, contracts: i64, taker: Taker) -> PublicTrade {
    let (price, qty) = (Price(price), Qty::contracts(contracts));
    PublicTrade { market: MarketId(0), time: Timestamp(time), price, qty, taker }
}

/// Something that the market shows.
enum Shown {
    Row(Quote),
    Trade(PublicTrade),
}

use Shown::{Row, Trade};

/// Places `orders` at the row 0.42 (100) / 0.44 (100), shows what comes, and compares the events.
fn check_on(mut exchange: SimulatedExchange, orders: &[Order], shown: &[Shown], expect: &[&str]) {
    let mut out = Vec::new();
    for order in orders {
        exchange.place(order, &sized(0, 4_200, 4_400, 100, 100), &mut out);
    }
    for shown in shown {
        match shown {
            Row(row) => show(&mut exchange, &[*row], &mut out),
            Trade(trade) => exchange.on_trade(trade, &mut out),
        }
    }
    assert_eq!(describe(&out), expect);
}

fn check(orders: &[Order], shown: &[Shown], expect: &[&str]) {
    check_on(told(), orders, shown, expect);
}

#[test]
fn trades_at_its_price_use_up_what_is_ahead_and_then_fill() {
    let buy = [order(1, Side::Buy, 4_200, 10, 0)];
    let sold = |time, contracts| Trade(trade(time, 4_200, contracts, Taker::Sells));
    check(&buy, &[sold(1, 100)], &[]);
    check(&buy, &[sold(1, 99), sold(2, 1), sold(3, 4)], &["1 filled 4 at 0.42 as maker, t=3"]);
    check(&buy, &[sold(1, 104)], &["1 filled 4 at 0.42 as maker, t=1"]);
    check(&buy, &[sold(1, 500), sold(2, 500)], &["1 filled 10 at 0.42 as maker, t=1"]);
    // The other side's trades, and those at the moment of joining, leave it alone.
    check(&buy, &[Trade(trade(1, 4_200, 500, Taker::Buys))], &[]);
    check(&buy, &[sold(0, 500), sold(1, 50)], &[]);
    // Nobody says who came: the price does.
    check(&buy, &[Trade(trade(1, 4_200, 101, Taker::Unknown))], &["1 filled 1 at 0.42 as maker, t=1"]);
    check(&buy, &[Trade(trade(1, 4_400, 500, Taker::Unknown))], &[]);
    // A seller of YES stands in the same queue on the other side.
    let sell = [order(1, Side::Sell, 4_400, 10, 0)];
    check(&sell, &[Trade(trade(1, 4_400, 107, Taker::Buys))], &["1 filled 7 at 0.44 as maker, t=1"]);
}

#[test]
fn a_trade_through_the_price_fills_up_to_its_volume() {
    let buy = [order(1, Side::Buy, 4_200, 10, 0)];
    check(&buy, &[Trade(trade(1, 4_100, 3, Taker::Sells))], &["1 filled 3 at 0.42 as maker, t=1"]);
    check(&buy, &[Trade(trade(1, 4_100, 30, Taker::Unknown))], &["1 filled 10 at 0.42 as maker, t=1"]);
    check(&buy, &[Trade(trade(1, 4_300, 30, Taker::Sells))], &[]);
}

#[test]
fn alone_inside_the_spread_nothing_is_ahead() {
    let buy = [order(1, Side::Buy, 4_300, 10, 0)];
    check(&buy, &[Trade(trade(1, 4_300, 3, Taker::Sells))], &["1 filled 3 at 0.43 as maker, t=1"]);
    // Those who come to its price later stand behind it.
    let joined = Row(sized(1, 4_300, 4_400, 500, 100));
    check(&buy, &[joined, Trade(trade(2, 4_300, 3, Taker::Sells))], &["1 filled 3 at 0.43 as maker, t=2"]);
}

#[test]
fn behind_the_best_price_it_learns_its_place_when_that_comes_to_it() {
    let buy = [order(1, Side::Buy, 4_100, 10, 0)];
    check(&buy, &[Trade(trade(1, 4_100, 500, Taker::Sells))], &[]);
    let come = || Row(sized(1, 4_100, 4_400, 60, 100));
    check(&buy, &[come(), Trade(trade(2, 4_100, 62, Taker::Sells))], &["1 filled 2 at 0.41 as maker, t=2"]);
    let gone = Row(sized(2, 4_000, 4_400, 60, 100));
    check(&buy, &[gone, Trade(trade(3, 4_100, 2, Taker::Sells))], &["1 filled 2 at 0.41 as maker, t=3"]);
}

#[test]
fn what_the_other_side_shows_at_its_limit_fills_it_as_under_touch() {
    let buy = [order(1, Side::Buy, 4_200, 10, 0)];
    check(&buy, &[Row(sized(1, 4_100, 4_200, 100, 4))], &["1 filled 4 at 0.42 as maker, t=1"]);
    let taker = [order(1, Side::Buy, 4_500, 110, 0)];
    check(
        &taker,
        &[Trade(trade(1, 4_500, 3, Taker::Sells))],
        &["1 filled 100 at 0.44 as taker, t=0", "1 filled 3 at 0.45 as maker, t=1"],
    );
    check(
        &[immediate(order(1, Side::Buy, 4_400, 110, 0))],
        &[],
        &["1 filled 100 at 0.44 as taker, t=0", "1 cancelled: not filled at once, t=0"],
    );
}

#[test]
fn cancels_shrink_the_queue_in_the_part_that_is_set() {
    // 100 stand ahead, then 100 more behind; 60 of the 200 are cancelled, and 90 traded.
    let grown = || Row(sized(1, 4_200, 4_400, 200, 100));
    let cancelled = || Row(sized(2, 4_200, 4_400, 140, 100));
    let sold = || Trade(trade(3, 4_200, 90, Taker::Sells));
    let check = |cancels, expect: &[&str]| {
        let exchange = queue(FillModel::Queue, cancels);
        check_on(exchange, &[order(1, Side::Buy, 4_200, 100, 0)], &[grown(), cancelled(), sold()], expect);
    };
    check(QueueCancels::Front, &["1 filled 50 at 0.42 as maker, t=3"]);
    check(QueueCancels::Proportional, &["1 filled 20 at 0.42 as maker, t=3"]);
    check(QueueCancels::Power(3), &["1 filled 20 at 0.42 as maker, t=3"]);
    check(QueueCancels::Back, &[]);
}

#[test]
fn a_decrease_that_trades_explain_is_no_cancel() {
    let buy = [order(1, Side::Buy, 4_200, 10, 0)];
    let sold = |time, contracts| Trade(trade(time, 4_200, contracts, Taker::Sells));
    let row = |time, size| Row(sized(time, 4_200, 4_400, size, 100));
    check(&buy, &[row(1, 200), sold(2, 60), row(3, 140), sold(4, 41)], &["1 filled 1 at 0.42 as maker, t=4"]);
    // No more can be ahead than is displayed.
    check(&buy, &[row(1, 30), sold(2, 31)], &["1 filled 1 at 0.42 as maker, t=2"]);
    // Once the best price has left it alone, nothing is.
    check(&buy, &[Row(sized(1, 4_100, 4_400, 9, 9)), sold(2, 1)], &["1 filled 1 at 0.42 as maker, t=2"]);
    check(
        &buy,
        &[Row(Quote { bid: None, ..sized(1, 1, 4_400, 9, 9) }), sold(2, 1)],
        &["1 filled 1 at 0.42 as maker, t=2"],
    );
}

#[test]
fn own_orders_queue_behind_each_other_and_share_what_was_traded() {
    let orders =
        [order(1, Side::Buy, 4_200, 10, 0), order(2, Side::Buy, 4_200, 10, 0), order(3, Side::Buy, 4_300, 5, 0)];
    let sold = |time, price, contracts| Trade(trade(time, price, contracts, Taker::Sells));
    check(
        &orders,
        &[sold(1, 4_200, 112), sold(2, 4_200, 4), sold(3, 4_100, 90)],
        &[
            "3 filled 5 at 0.43 as maker, t=1",
            "1 filled 7 at 0.42 as maker, t=1",
            "1 filled 3 at 0.42 as maker, t=2",
            "2 filled 1 at 0.42 as maker, t=2",
            "2 filled 9 at 0.42 as maker, t=3",
        ],
    );
}

#[test]
fn orders_and_cancels_take_their_time() {
    let settings = ExchangeSettings { fill_model: FillModel::Queue, ..ExchangeSettings::default() };
    let mut exchange = SimulatedExchange::new(settings).told_of_trades(Timestamp(0), Timestamp(i64::MAX));
    let (mut out, long) = (Vec::new(), i64::MAX);
    let far = |id| Order {
        time_in_force: TimeInForce::GoodTill(Timestamp(long)),
        ..order(id, Side::Buy, 4_300, 10, id as i64)
    };
    for id in 0..400 {
        exchange.place(&far(id), &sized(0, 4_200, 4_400, 100, 100), &mut out);
    }
    exchange.on_trade(&trade(400, 4_300, 100_000, Taker::Sells), &mut out);
    assert_eq!((out.len(), exchange.working()), (0, 400), "none has reached the venue");
    for id in 0..400 {
        exchange.cancel(OrderId(id), Timestamp(400), &mut out);
        exchange.cancel(OrderId(id), Timestamp(400), &mut out);
    }
    assert_eq!((out.len(), exchange.working()), (0, 400), "no cancel has");
    // Some orders are there by now, and not all of their cancels.
    exchange.on_trade(&trade(150_000_000, 4_300, 100_000, Taker::Sells), &mut out);
    let filled = fills(&out).len();
    assert!((60..150).contains(&filled), "{filled}");
    exchange.advance(Timestamp(10_000_000_000), &mut out);
    assert_eq!(exchange.working(), 0);
    let times = out.iter().filter_map(|event| match event {
        VenueEvent::Closed { time, .. } => Some(time.0 as f64 / 1e6),
        VenueEvent::Filled(_) => None,
    });
    let mean = times.sum::<f64>() / (400 - filled) as f64;
    assert!((120.0..300.0).contains(&mean), "{mean} ms");
}

#[test]
fn without_trades_a_part_of_each_decrease_stands_in() {
    let buy = [order(1, Side::Buy, 4_200, 10, 0)];
    let row = |time, size| Row(sized(time, 4_200, 4_400, size, 100));
    let check = |rows: &[Shown], expect: &[&str]| check_on(untold(), &buy, rows, expect);
    check(&[row(1, 10)], &[]);
    // Of 900 that went, 342 were traded: 100 of those ahead, and 10 of its own.
    check(&[row(1, 1_000), row(2, 100)], &["1 filled 10 at 0.42 as maker, t=2"]);
    // Rows that print more than that are believed.
    let printed = |time, volume| {
        let volume = Some(Qty::contracts(volume));
        Row(Quote { last: Some(Price(4_200)), volume, ..sized(time, 4_200, 4_400, 100, 100) })
    };
    check(&[printed(1, 50), printed(2, 153)], &["1 filled 3 at 0.42 as maker, t=2"]);
}

#[test]
fn rows_without_sizes_are_left_to_touch_and_counted() {
    let mut exchange = told();
    let mut out = Vec::new();
    exchange.place(&order(1, Side::Buy, 4_200, 10, 0), &quote(0, 4_200, 4_400), &mut out);
    exchange.on_trade(&trade(1, 4_200, 10_000, Taker::Sells), &mut out);
    assert_eq!(describe(&out), [""; 0]);
    show(&mut exchange, &[quote(2, 4_100, 4_200)], &mut out);
    assert_eq!(describe(&out), ["1 filled 10 at 0.42 as maker, t=2"]);
    assert_eq!(exchange.ground(), QueueGround { joined: 1, unknown: 1, without_trades: 0 });
    let mut exchange = untold();
    exchange.place(&order(1, Side::Buy, 4_200, 10, 0), &sized(0, 4_200, 4_400, 1, 1), &mut out);
    assert_eq!(exchange.ground(), QueueGround { joined: 1, unknown: 0, without_trades: 1 });
}

#[test]
fn a_drawn_place_is_kinder_the_more_orders_have_one() {
    let filled = |fill_probability: f64| {
        let settings = ExchangeSettings {
            fill_model: FillModel::Probabilistic,
            fill_probability,
            latency_mean_ms: 0.0,
            ..ExchangeSettings::default()
        };
        let mut exchange = SimulatedExchange::new(settings).told_of_trades(Timestamp(0), Timestamp(i64::MAX));
        let mut out = Vec::new();
        for id in 0..1_000 {
            let market = MarketId(id as u32);
            let row = Quote { market, ..sized(0, 4_200, 4_400, 100, 100) };
            exchange.place(&Order { market, ..order(id, Side::Buy, 4_200, 1, 0) }, &row, &mut out);
            exchange.on_trade(&PublicTrade { market, ..trade(1, 4_200, 51, Taker::Sells) }, &mut out);
        }
        fills(&out).len()
    };
    assert_eq!(filled(0.0), 0);
    assert!((470..530).contains(&filled(1.0)), "{}", filled(1.0));
    assert!((360..440).contains(&filled(0.8)), "{}", filled(0.8));
}

#[test]
fn rows_and_trades_of_a_batch_are_shown_in_time_order_trades_first() {
    let mut exchange = told();
    let (mut out, mut quotes, mut trades) = (Vec::new(), Quotes::default(), PublicTrades::default());
    exchange.place(&order(1, Side::Buy, 4_200, 10, 0), &sized(0, 4_200, 4_400, 100, 100), &mut out);
    // Were the row shown first, the trade at its time would meet an order with nobody ahead.
    trades.push(&trade(1, 4_200, 20, Taker::Sells));
    trades.push(&trade(2, 4_200, 50, Taker::Sells));
    trades.push(&trade(3, 4_200, 5, Taker::Sells));
    trades.push(&trade(9, 4_200, 5, Taker::Sells));
    quotes.push(&sized(1, 4_200, 4_400, 80, 100));
    quotes.push(&sized(2, 4_100, 4_400, 80, 100));
    let next = exchange.on_market_data(&quotes.all(), (&trades, 0), Timestamp(3), &mut out);
    assert_eq!(next, 3);
    assert_eq!(describe(&out), ["1 filled 5 at 0.42 as maker, t=3"]);
}

#[test]
fn the_part_of_cancels_is_written_as_it_is_read() {
    for text in ["front", "back", "proportional", "power 1", "power 8"] {
        assert_eq!(text.parse::<QueueCancels>().unwrap().to_string(), text);
    }
    for text in ["", "power", "power 0", "power 9", "Front", "middle"] {
        let error = text.parse::<QueueCancels>().unwrap_err();
        assert_eq!(error, format!("`{text}`: write front, back, proportional, or power 1 to power 8"));
    }
}
