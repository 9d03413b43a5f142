//! Lists: filters, pages, candlesticks, state of 24 hours ago.

use super::*;
use host_exchange::venue::{
    FillFilter, MarketFilter, OrderFilter, OrderStatus, Page, Period, PositionFilter, StatusFilter, TimeRange,
    TradeFilter,
};

/// Returns all items of a list, page by page; calls `between` after each page.
fn all<T>(limit: usize, mut page: impl FnMut(usize, Option<u64>) -> Page<T>) -> Vec<T> {
    let (mut items, mut cursor) = (Vec::new(), None);
    loop {
        let next = page(limit, cursor);
        assert!(next.items.len() <= limit);
        items.extend(next.items);
        cursor = next.next;
        if cursor.is_none() {
            return items;
        }
    }
}

#[test]
fn pages_of_any_size_join_to_the_whole_list() {
    let mut exchange = Exchange::new(FeeModel::None);
    for n in 1..=11 {
        exchange.now = at(n);
        exchange.sell(BOB, 50, 2);
        exchange.buy(ANN, 50, 2);
    }
    for limit in 1..=12 {
        let whole = |member| exchange.venue.orders(member, &OrderFilter::default(), 100, None).items;
        let orders = all(limit, |limit, cursor| exchange.venue.orders(ANN, &OrderFilter::default(), limit, cursor));
        assert_eq!((orders.len(), &orders), (11, &whole(ANN)));
        let fills = all(limit, |limit, cursor| exchange.venue.fills(ANN, &FillFilter::default(), limit, cursor));
        assert!(fills.len() == 11 && fills.is_sorted_by(|a, b| a.time > b.time));
        let trades = all(limit, |limit, cursor| exchange.venue.trades(&TradeFilter::default(), limit, cursor));
        assert!(trades.len() == 11 && trades.is_sorted_by(|a, b| a.number > b.number));
        let markets = all(limit, |limit, cursor| exchange.venue.markets(&MarketFilter::default(), limit, cursor));
        assert_eq!(markets.iter().map(|market| market.id).collect::<Vec<_>>(), [CENT, TAPER]);
        let filter = PositionFilter::default();
        assert_eq!(all(limit, |limit, cursor| exchange.venue.positions(ANN, &filter, limit, cursor)).len(), 1);
    }
}

#[test]
fn pages_are_stable_while_the_list_grows() {
    let mut exchange = Exchange::new(FeeModel::None);
    let ids: Vec<_> = (0..4).map(|_| exchange.buy(ANN, 40, 1).order_id).collect();
    let filter = OrderFilter::default();
    let first = exchange.venue.orders(ANN, &filter, 2, None);
    let next = first.next;
    assert_eq!(first.items.iter().map(|order| order.id).collect::<Vec<_>>(), [ids[3], ids[2]]);
    exchange.buy(ANN, 41, 1);
    let second = exchange.venue.orders(ANN, &filter, 2, next).items;
    assert_eq!(second.iter().map(|order| order.id).collect::<Vec<_>>(), [ids[1], ids[0]]);
}

#[test]
fn filters_choose() {
    let mut exchange = Exchange::new(FeeModel::None);
    exchange.buy(ANN, 40, 1);
    exchange.now = at(10);
    exchange.sell(BOB, 40, 1);
    exchange.send(ANN, Side::Sell, 60, 1, |order| order.ticker = "TAPER".into()).expect("good");
    exchange.send(ANN, Side::Buy, 60, 1, |order| order.time_in_force = IOC).expect("good");
    let check = |filter: OrderFilter, expect: usize| {
        assert_eq!(exchange.venue.orders(ANN, &filter, 100, None).items.len(), expect, "{filter:?}");
    };
    let all = OrderFilter::default();
    check(all.clone(), 3);
    check(OrderFilter { status: Some(OrderStatus::Resting), ..all.clone() }, 1);
    check(OrderFilter { status: Some(OrderStatus::Executed), ..all.clone() }, 1);
    check(OrderFilter { status: Some(OrderStatus::Canceled), ..all.clone() }, 1);
    check(OrderFilter { ticker: Some("CENT".into()), ..all.clone() }, 2);
    check(OrderFilter { event_tickers: vec!["E".into()], ..all.clone() }, 3);
    check(OrderFilter { event_tickers: vec!["F".into()], ..all.clone() }, 0);
    check(OrderFilter { subaccount: Some(1), ..all.clone() }, 0);
    check(OrderFilter { times: TimeRange { min: Some(at(1)), max: None }, ..all.clone() }, 2);
    check(OrderFilter { times: TimeRange { min: None, max: Some(at(1)) }, ..all }, 1);
    exchange.venue.close(TAPER, at(20)).expect("it is open");
    let check = |filter: MarketFilter, expect: &[MarketId]| {
        let found = exchange.venue.markets(&filter, 100, None).items;
        assert_eq!(found.iter().map(|market| market.id).collect::<Vec<_>>(), expect, "{filter:?}");
    };
    let all = MarketFilter::default();
    check(MarketFilter { status: Some(StatusFilter::Open), ..all.clone() }, &[CENT]);
    check(MarketFilter { status: Some(StatusFilter::Closed), ..all.clone() }, &[TAPER]);
    check(MarketFilter { status: Some(StatusFilter::Settled), ..all.clone() }, &[]);
    check(MarketFilter { tickers: vec!["TAPER".into()], ..all.clone() }, &[TAPER]);
    check(MarketFilter { series_ticker: Some("S".into()), ..all.clone() }, &[CENT, TAPER]);
    check(MarketFilter { settled: TimeRange { min: Some(START), max: None }, ..all }, &[]);
}

#[test]
fn candles_show_quotes_and_trades_and_quiet_periods_have_none() {
    let mut exchange = Exchange::new(FeeModel::None);
    exchange.buy(BOB, 40, 10);
    exchange.sell(BOB, 44, 10);
    exchange.now = at(61);
    exchange.buy(ANN, 44, 2);
    exchange.buy(BOB, 43, 1);
    exchange.now = at(70);
    exchange.sell(ANN, 43, 1);
    exchange.now = at(250);
    exchange.sell(BOB, 42, 1);
    let candles = exchange.venue.candles(CENT, Period::Minute, (START, at(100_000)), false);
    let shown: Vec<String> = candles
        .iter()
        .map(|candle| {
            let prices = candle.price.map(|price| [price.open, price.high, price.low, price.close].map(|p| p.0 / 100));
            let quotes = [candle.bid.high, candle.bid.close, candle.ask.low, candle.ask.close].map(|p| p.0 / 100);
            let minute = (candle.end - START).0 / 60_000_000_000;
            let (mean, previous) = (candle.mean().map(|p| p.0), candle.previous.map(|p| p.0 / 100));
            format!("{minute} {quotes:?} {prices:?} {mean:?} {previous:?} {} {}", candle.volume, candle.open_interest)
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    1 [40, 40, 44, 44] None None None 0 0
    2 [43, 40, 44, 44] Some([44, 44, 43, 43]) Some(4367) None 3 1
    5 [40, 40, 42, 42] None None Some(43) 0 1
    ");
    let ends = |range, before| {
        let candles = exchange.venue.candles(CENT, Period::Minute, range, before);
        candles.iter().map(|candle| (candle.end - START).0 / 60_000_000_000).collect::<Vec<_>>()
    };
    assert_eq!(ends((at(121), at(240)), false), [] as [i64; 0]);
    assert_eq!(ends((at(121), at(240)), true), [3]);
    // A candle stands where the earlier state would be projected.
    assert_eq!(ends((at(241), at(300)), true), [5]);
    assert_eq!(ends((at(60), at(300)), true), [1, 2, 5]);
    assert_eq!(exchange.venue.candles(CENT, Period::Day, (START, at(100_000)), false).len(), 1);
    assert_eq!(exchange.venue.candles(TAPER, Period::Hour, (START, at(100_000)), true), []);
}

#[test]
fn the_state_before_the_start_is_projected_where_no_candle_ends() {
    let mut exchange = Exchange::new(FeeModel::None);
    exchange.sell(BOB, 44, 10);
    exchange.buy(ANN, 44, 2);
    exchange.venue.close(CENT, at(61)).expect("it is open");
    exchange.venue.advance(at(1_000));
    let check = |range: (i64, i64), before: bool, expect: &[i64]| {
        let range = (at(range.0), at(range.1));
        let candles = exchange.venue.candles(CENT, Period::Minute, range, before);
        let ends: Vec<i64> = candles.iter().map(|candle| (candle.end - START).0 / 1_000_000_000).collect();
        assert_eq!(ends, expect, "{range:?} {before}");
        candles.last().copied()
    };
    check((0, 900), true, &[60]);
    check((60, 900), true, &[60]);
    check((61, 900), false, &[]);
    check((61, 119), true, &[]);
    let projected = check((121, 900), true, &[180]).expect("one");
    assert_eq!((projected.price, projected.previous, projected.volume), (None, Some(Price(4_400)), Qty::ZERO));
    // A period's end is not after itself.
    check((180, 900), true, &[240]);
}

#[test]
fn an_expired_order_shows_in_the_candles() {
    let mut exchange = Exchange::new(FeeModel::None);
    let expires = TimeInForce::GoodTillCanceled(Some(at(90)));
    exchange.send(ANN, Side::Buy, 40, 1, |order| order.time_in_force = expires).expect("good");
    exchange.venue.advance(at(200));
    let candles = exchange.venue.candles(CENT, Period::Minute, (START, at(180)), false);
    let closes: Vec<i32> = candles.iter().map(|candle| candle.bid.close.0 / 100).collect();
    assert_eq!(closes, [40, 0]);
}

#[test]
fn figures_of_24_hours_forget_and_remember_to_the_hour() {
    let mut exchange = Exchange::new(FeeModel::None);
    let hours = |n: i64| at(n * 3_600);
    exchange.venue.set_close(CENT, hours(100), START).expect("it is open");
    for (hour, cents) in [(0, 40), (10, 50), (30, 60)] {
        exchange.now = hours(hour);
        exchange.sell(BOB, cents, 3);
        exchange.buy(ANN, cents, 3);
    }
    let stats = &exchange.venue.market(CENT).expect("it is listed").stats;
    let check = |hour: i64, volume: i64, previous: Option<i32>| {
        assert_eq!(stats.volume_24h(hours(hour)), Qty::contracts(volume), "hour {hour}");
        assert_eq!(stats.previous(hours(hour)).last.map(|price| price.0 / 100), previous, "hour {hour}");
    };
    check(30, 6, Some(40));
    check(33, 6, Some(40));
    check(34, 3, Some(50));
    check(54, 0, Some(60));
    assert_eq!((stats.volume, stats.open_interest), (Qty::contracts(9), Qty::contracts(9)));
}
