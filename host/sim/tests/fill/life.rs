//! The ends of orders under every model, and the instant model, which has nothing but ends.

use host_core::fees::FeeModel;
use host_core::{Band, Market, Outcome, Settlement, Ticks, Usd};

use super::*;

fn market(closes: Option<i64>) -> Market {
    Market { ticker: "T".to_owned(), closes: closes.map(Timestamp), ..host_testkit::market(0) }
}

fn good_till(time: i64, order: Order) -> Order {
    Order { time_in_force: TimeInForce::GoodTill(Timestamp(time)), ..order }
}

#[test]
fn instant_fills_everything_at_its_limit_at_once() {
    let (mut exchange, mut out) = (exchange(FillModel::Instant), Vec::new());
    exchange.place(&order(1, Side::Buy, 4_300, 10, 7), &sized(7, 4_200, 4_400, 1, 1), &mut out);
    exchange.place(&immediate(order(2, Side::Sell, 4_100, 10, 8)), &sized(8, 4_200, 4_400, 1, 1), &mut out);
    assert_eq!(describe(&out), ["1 filled 10 at 0.43 as maker, t=7", "2 filled 10 at 0.41 as taker, t=8"]);
    assert_eq!(exchange.working(), 0);
}

#[test]
fn an_order_expires_before_anything_fills_it_at_that_time() {
    let check = |rows: &[Quote], expect: &[&str]| {
        let (mut exchange, mut out) = (exchange(FillModel::Touch), Vec::new());
        exchange.place(&good_till(10, order(1, Side::Buy, 4_300, 5, 0)), &quote(0, 4_200, 4_400), &mut out);
        show(&mut exchange, rows, &mut out);
        assert_eq!(describe(&out), expect);
        assert_eq!(exchange.working(), usize::from(expect.is_empty()));
    };
    check(&[quote(9, 4_200, 4_400)], &[]);
    check(&[quote(9, 4_200, 4_300)], &["1 filled 5 at 0.43 as maker, t=9"]);
    check(&[quote(10, 4_200, 4_300)], &["1 expired: its time ran out, t=10"]);
    check(&[quote(15, 4_200, 4_300)], &["1 expired: its time ran out, t=10"]);
    // A row of another market advances the time as well, even if that market was never listed.
    check(&[Quote { market: MarketId(9), ..quote(12, 1, 2) }], &["1 expired: its time ran out, t=10"]);
}

#[test]
fn ends_come_in_time_order_when_time_jumps() {
    let (mut exchange, mut out) = (exchange(FillModel::Touch), Vec::new());
    exchange.list(&market(Some(25)));
    for (id, expiry) in [(1, 30), (2, 20), (3, 10), (4, 20)] {
        exchange.place(&good_till(expiry, order(id, Side::Buy, 4_300, 5, 0)), &quote(0, 4_200, 4_400), &mut out);
    }
    exchange.advance(Timestamp(9), &mut out);
    assert_eq!(describe(&out), [""; 0]);
    exchange.advance(Timestamp(100), &mut out);
    let expect = [
        "3 expired: its time ran out, t=10",
        "2 expired: its time ran out, t=20",
        "4 expired: its time ran out, t=20",
        "1 cancelled: the market closed, t=25",
    ];
    assert_eq!(describe(&out), expect);
}

#[test]
fn a_new_close_time_applies_to_working_orders() {
    let (mut exchange, mut out) = (exchange(FillModel::Touch), Vec::new());
    exchange.list(&market(Some(25)));
    exchange.place(&good_till(500, order(1, Side::Buy, 4_300, 5, 0)), &quote(0, 4_200, 4_400), &mut out);
    exchange.list(&market(Some(50)));
    exchange.advance(Timestamp(49), &mut out);
    assert_eq!((out.len(), exchange.working()), (0, 1));
    exchange.list(&market(None));
    exchange.advance(Timestamp(499), &mut out);
    assert_eq!((out.len(), exchange.working()), (0, 1));
}

#[test]
fn an_order_is_cancelled_once_and_a_late_cancel_is_ignored() {
    let (mut exchange, mut out) = (exchange(FillModel::Touch), Vec::new());
    for id in 1..=2 {
        exchange.place(&good_till(10, order(id, Side::Buy, 4_300, 5, 0)), &quote(0, 4_200, 4_400), &mut out);
    }
    exchange.cancel(OrderId(1), Timestamp(3), &mut out);
    exchange.cancel(OrderId(1), Timestamp(4), &mut out);
    exchange.cancel(OrderId(77), Timestamp(5), &mut out);
    exchange.cancel(OrderId(2), Timestamp(10), &mut out);
    show(&mut exchange, &[quote(11, 4_000, 4_100)], &mut out);
    assert_eq!(describe(&out), ["1 cancelled: cancelled by the host, t=3", "2 expired: its time ran out, t=10"]);
}

#[test]
fn settlement_cancels_working_orders_and_ends_trading() {
    for model in [FillModel::Touch, FillModel::Queue, FillModel::Probabilistic, FillModel::Coin] {
        let (mut exchange, mut out) = (exchange(model), Vec::new());
        for (id, price) in [(2, 4_300), (1, 4_200)] {
            exchange.place(&order(id, Side::Buy, price, 5, 0), &quote(0, 4_200, 4_400), &mut out);
        }
        let settlement = Settlement { market: MarketId(0), time: Timestamp(1_000), outcome: Outcome::Yes };
        exchange.settle(settlement, &mut out);
        exchange.place(&order(3, Side::Buy, 4_300, 5, 2_000), &quote(2_000, 4_200, 4_400), &mut out);
        exchange.advance(Timestamp(i64::MAX), &mut out);
        let expect = [
            "1 cancelled: the market has settled, t=1000",
            "2 cancelled: the market has settled, t=1000",
            "3 rejected: the market has settled, t=2000",
        ];
        assert_eq!(describe(&out), expect, "{model:?}");
        assert_eq!(exchange.working(), 0);
    }
}

#[test]
fn an_order_that_no_venue_would_accept_is_rejected() {
    let check = |order: Order, expect: &str| {
        for (_, model) in FILL_MODELS {
            let (mut exchange, mut out) = (exchange(model), Vec::new());
            exchange.list(&market(Some(100)));
            exchange.place(&order, &quote(order.created.0, 4_200, 4_400), &mut out);
            assert_eq!(describe(&out), [format!("1 rejected: {expect}, t={}", order.created.0)], "{model:?}");
            assert_eq!(exchange.working(), 0);
        }
    };
    check(order(1, Side::Buy, 4_300, 0, 5), "quantity 0 is not positive");
    check(order(1, Side::Buy, 4_300, -3, 5), "quantity -3 is not positive");
    check(order(1, Side::Buy, 0, 3, 5), "price 0.00 is not between 0 and 1");
    check(order(1, Side::Sell, 10_000, 3, 5), "price 1.00 is not between 0 and 1");
    check(order(1, Side::Buy, 4_300, 3, 100), "the market is closed");
    check(good_till(5, order(1, Side::Buy, 4_300, 3, 5)), "expires at 1970-01-01T00:00:00.000Z, when it is made");
    let elsewhere = Order { market: MarketId(1), ..order(1, Side::Buy, 4_300, 3, 5) };
    check(elsewhere, "the quote shown is another market's");
}

#[test]
fn a_number_works_only_once() {
    let (mut exchange, mut out) = (exchange(FillModel::Touch), Vec::new());
    for _ in 0..2 {
        exchange.place(&order(1, Side::Buy, 4_300, 3, 5), &quote(5, 4_200, 4_400), &mut out);
    }
    assert_eq!(describe(&out), ["1 rejected: an order of this number works already, t=5"]);
    assert_eq!(exchange.working(), 1);
}

#[test]
fn fills_carry_the_venues_fee_rounded_over_the_whole_order() {
    let settings = ExchangeSettings { fees: FeeModel::Kalshi, ..ExchangeSettings::default() };
    let (mut exchange, mut out) = (SimulatedExchange::new(settings), Vec::new());
    exchange.place(&order(1, Side::Buy, 4_300, 25, 0), &sized(0, 4_200, 4_300, 1, 15), &mut out);
    show(&mut exchange, &[sized(1, 4_200, 4_250, 1, 15)], &mut out);
    let fees: Vec<_> = fills(&out).iter().map(|fill| (fill.taker, fill.fee)).collect();
    assert_eq!(fees, [(true, Usd::micros(257_400)), (false, Usd::ZERO)]);
}

#[test]
fn settings_out_of_range_are_named() {
    let check = |settings: ExchangeSettings, expect: &str| {
        assert_eq!(settings.validate().map_err(|error| error.to_string()), Err(expect.to_owned()));
    };
    let defaults = ExchangeSettings::default;
    assert_eq!(defaults().validate(), Ok(()));
    check(
        ExchangeSettings { fill_probability: 1.5, ..defaults() },
        "exchange setting `fill_probability` is 1.5: it must lie within 0..1",
    );
    check(
        ExchangeSettings { latency_mean_ms: f64::NAN, ..defaults() },
        "exchange setting `latency_mean_ms` is NaN: it must lie within 0..86400000",
    );
    check(
        ExchangeSettings { overreaction: 2.1, ..defaults() },
        "exchange setting `overreaction` is 2.1: it must lie within 0..2",
    );
}

#[test]
fn fills_can_be_one_tick_of_their_market_worse() {
    let check = |ticks: Ticks, side: Side, limit: i32, expect: &str| {
        let settings =
            ExchangeSettings { one_tick_worse: true, fill_model: FillModel::Instant, ..ExchangeSettings::default() };
        let (mut exchange, mut out) = (SimulatedExchange::new(settings), Vec::new());
        exchange.list(&Market { ticks, ..market(None) });
        exchange.place(&order(1, side, limit, 5, 0), &quote(0, 4_200, 4_400), &mut out);
        let [fill] = describe(&out).try_into().unwrap();
        assert!(fill.starts_with(&format!("1 filled 5 at {expect} as ")), "{side} at {limit}: {fill}");
    };
    let band = |start, end, step| Band { start: Price(start), end: Price(end), step: Price(step) };
    let fine = Ticks::of_bands(vec![band(0, 1_000, 10), band(1_000, 9_000, 100), band(9_000, 10_000, 10)]).unwrap();
    check(Ticks::CENT, Side::Buy, 4_300, "0.44");
    check(Ticks::CENT, Side::Sell, 4_300, "0.42");
    check(fine.clone(), Side::Buy, 1_000, "0.11");
    check(fine, Side::Sell, 1_000, "0.099");
    // Beyond the last price lies none.
    check(Ticks::CENT, Side::Buy, 9_900, "0.99");
    check(Ticks::CENT, Side::Sell, 100, "0.01");
}
