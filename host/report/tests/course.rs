//! The course of a run: orders by market, the use of limits, and prices of the markets that are followed.

#![allow(clippy::expect_used, reason = "helpers of tests are tests")]

use host_core::record::{Refused, Verdict};
use host_core::risk::RefusalCode;
use host_core::{
    Intent, MarketId, Order, OrderId, OrderState, Price, Qty, Quote, Quotes, Record, Side, SlotId, Span, TimeInForce,
    Timestamp, Usd,
};
use host_report::{Course, Point, Window};

fn at(minute: i64) -> Timestamp {
    Timestamp(0) + Span::minutes(minute)
}

fn course() -> Course {
    Course::new(Window::new(at(10), at(3_000)).expect("a window"))
}

fn verdict(code: &str, value: &str, limit: &str) -> Verdict {
    Verdict { code: code.to_owned(), value: value.to_owned(), limit: limit.to_owned() }
}

fn placed(id: u64, minute: i64, verdicts: Vec<Verdict>) -> Record {
    let order = Order {
        id: OrderId(id),
        slot: SlotId(0),
        market: MarketId(3),
        side: Side::Buy,
        price: Price(4_400),
        qty: Qty::contracts(5),
        time_in_force: TimeInForce::ImmediateOrCancel,
        intent: Intent::Entry,
        created: at(minute),
        arrival_mid_doubled: 8_900,
    };
    Record::Placed { order, verdicts }
}

#[test]
fn the_fullest_use_of_each_limit_is_kept_and_the_highest_exposure_of_each_day() {
    let mut course = course();
    let exposure = |value: &str| verdict("max_portfolio_exposure", value, "2000.00");
    // Before the window.
    course.record(&placed(1, 5, vec![exposure("1999.00")]));
    course.record(&placed(2, 20, vec![exposure("22.00"), verdict("max_open_positions", "1", "5")]));
    course.record(&placed(3, 30, vec![exposure("15.50"), verdict("max_open_positions", "4", "5")]));
    course.record(&placed(
        4,
        1_500,
        vec![exposure("18.00"), verdict("min_spread", "0.01", "0.01"), verdict("max_odd", "1", "2")],
    ));
    let uses: Vec<(RefusalCode, f64, Option<f64>)> =
        course.limits.fullest_first().iter().map(|used| (used.code, used.highest, used.share())).collect();
    let expect =
        [(RefusalCode::MaxOpenPositions, 4.0, Some(0.8)), (RefusalCode::MaxPortfolioExposure, 22.0, Some(0.011))];
    assert_eq!(uses, expect);
    let days: Vec<(i64, Usd)> = course.exposure.into_iter().collect();
    assert_eq!(days, [(0, Usd::dollars(22)), (1, Usd::dollars(18))]);
}

#[test]
fn orders_work_until_they_are_done_and_refusals_are_counted() {
    let mut course = course();
    course.record(&placed(1, 20, Vec::new()));
    course.record(&placed(2, 25, Vec::new()));
    let (order, time, state) = (OrderId(1), at(30), OrderState::Expired);
    course.record(&Record::Done { order, time, state, filled: Qty::ZERO, reason: String::new() });
    let refused = Refused {
        time: at(40),
        slot: SlotId(0),
        market: MarketId(9),
        side: None,
        qty: Qty::ZERO,
        price: None,
        verdict: verdict("no_price", "no bid", "a bid"),
    };
    course.record(&Record::Refused(refused));
    let ends: Vec<Option<Timestamp>> = course.markets[&MarketId(3)].orders.iter().map(|order| order.ended).collect();
    assert_eq!(ends, [Some(at(30)), None]);
    assert_eq!((course.markets.len(), course.limits.refused["no_price"]), (1, 1));
}

#[test]
fn only_followed_prices_within_the_window_are_kept() {
    let mut course = course();
    course.follow([MarketId(1)]);
    let mut rows = Quotes::default();
    for (minute, market) in [(5, 1), (10, 0), (11, 1), (12, 2), (3_000, 1)] {
        let (bid, ask) = (Some(Price(4_000)), Some(Price(4_400)));
        rows.push(&Quote { bid, ask, ..Quote::empty(MarketId(market), at(minute)) });
    }
    rows.push(&Quote { bid: Some(Price(4_000)), ..Quote::empty(MarketId(1), at(13)) });
    course.on_quotes(&rows.all());
    let points: Vec<Point> =
        course.price(MarketId(1)).unwrap().as_slice().iter().flat_map(|one| one.points()).collect();
    assert_eq!(points, [Point { time: at(11), value: 8_400 }]);
    assert!(course.price(MarketId(0)).is_none());
}
