//! Odd figures: nothing at all, far too much, and markets that nobody knows.

#![allow(clippy::expect_used, reason = "helpers of tests are tests")]

use host_core::record::Trade;
use host_core::risk::RiskLimits;
use host_core::{MarketId, Price, Qty, Record, Side, SlotId, Span, Timestamp, Usd};
use host_pages::numbers::change;
use host_pages::tear_sheet::{HandEntry, RunOrigin, RunStrategy, Subject, html};
use host_report::{
    Calibration, CalibrationBin, Column, Course, DayLine, Money, Point, ProbabilityScores, ProfitLine, Report, Window,
};

/// Midnight of 2026-01-05.
const MIDNIGHT: Timestamp = Timestamp(1_767_571_200_000_000_000);

fn at(day: i64) -> Timestamp {
    MIDNIGHT + Span::days(day)
}

fn course(days: i64) -> Course {
    Course::new(Window::new(MIDNIGHT, at(days)).expect("a window"))
}

fn page(report: &Report, course: &Course, equity: &[Column], origin: &RunOrigin) -> String {
    html(&Subject {
        report,
        course,
        equity,
        markets: &[],
        limits: &RiskLimits::default(),
        poll: Span::seconds(30),
        no_prices: None,
        by_hand: Some(&[]),
        origin,
    })
    .expect("a page")
}

fn assert_sound(page: &str) {
    for bad in ["NaN", "inf\"", "inf ", "-$", "None", "Some("] {
        assert!(!page.contains(bad), "{bad} is on the page");
    }
    assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
    assert_eq!(page.matches("<section").count(), page.matches("</section>").count());
}

#[test]
fn a_report_of_nothing_is_a_page() {
    let page = page(&Report::default(), &course(1), &[], &RunOrigin::default());
    assert_sound(&page);
    assert!(page.contains("No strategy made nothing on $0 in 0 days") && page.contains("Nothing was done by hand"));
    assert!(page.contains("The journal keeps no equity over time"));
}

#[test]
fn amounts_of_millions_and_a_thousand_markets_are_shown_in_full() {
    let loss = Usd::micros(-12_345_678_900_000);
    let mut course = course(2);
    for market in 0..1_000 {
        let (opened, closed) = (at(0), at(1));
        let trade = Trade {
            slot: SlotId(0),
            market: MarketId(market),
            side: Side::Sell,
            qty: Qty::contracts(1_000_000),
            opened,
            closed,
            entry_price: Price(4_450),
            exit_price: Price(9_999),
            fees: Usd::ZERO,
            net: loss,
            settled: false,
        };
        course.record(&Record::Trade(trade));
    }
    let line =
        |name: String| ProfitLine { name, net_pnl: Some(Money(loss)), trades: 1, fills: 2, ..ProfitLine::default() };
    let day = |date: &str| DayLine { date: date.to_owned(), net_pnl: Money(loss), ..DayLine::default() };
    let report = Report {
        net_pnl: Money(loss),
        max_drawdown: Money(Usd::ZERO - loss),
        days: 2,
        by_day: vec![day("2026-01-05"), day("2026-01-06")],
        by_market: (0..1_000).map(|market| line(format!("MARKET-{market}"))).collect(),
        by_category: vec![line("<u>".to_owned())],
        ..Report::default()
    };
    let point = |time, value: i64| Column::of(Point { time, value });
    let equity = [point(at(0), 0), point(at(1), loss.0)];
    let strategy = RunStrategy { name: "<em>".to_owned(), ..RunStrategy::default() };
    let origin = RunOrigin { strategies: vec![strategy], ..RunOrigin::default() };
    let page = page(&report, &course, &equity, &origin);
    assert_sound(&page);
    assert!(page.contains(&change(Money(loss))) && page.contains("lost $12,345,678.90"));
    assert_eq!(page.matches("MARKET-").count(), 1_000);
    assert!(!page.contains("<em>") && !page.contains("<u>"), "a name became markup");
    assert!(page.contains("1,000,000 NO, 55.5¢ \u{2192} 0.01¢"));
}

#[test]
fn calibration_is_drawn_and_what_was_done_by_hand_is_escaped() {
    let bin = |mean, frequency| CalibrationBin { from: 0.0, forecasts: 12, mean, market: 0.5, frequency };
    let scores = ProbabilityScores { resolved: 24, ..Default::default() };
    let calibration = Calibration { bins: vec![bin(0.25, 0.5), bin(1.0, 1.0)], ..Calibration::default() };
    let report = Report { probabilities: Some(scores), calibration: Some(calibration), ..Report::default() };
    let entry = HandEntry {
        time: at(0),
        who: "alex".to_owned(),
        what: "kill".to_owned(),
        reason: "<script>alert(1)</script>".to_owned(),
    };
    let origin = RunOrigin::default();
    let course = course(1);
    let subject = Subject {
        report: &report,
        course: &course,
        equity: &[],
        markets: &[],
        limits: &RiskLimits::default(),
        poll: Span::seconds(30),
        no_prices: Some("<tape> is gone"),
        by_hand: Some(&[entry]),
        origin: &origin,
    };
    let page = html(&subject).unwrap();
    assert_sound(&page);
    assert!(
        page.contains("<use href=\"#dot\" x=\"25%\" y=\"114\"/>")
            && page.contains("<use href=\"#dot\" x=\"100%\" y=\"14\"/>")
    );
    assert!(page.contains("24 of 0 forecasts") && !page.contains("<script") && !page.contains("<tape>"));
}
