//! Reviews of made-up runs: figures worked out by hand.

#![expect(clippy::expect_used, reason = "a test that cannot set itself up has failed")]

mod common;

use common::{Act, Prices, at, write};
use host_core::{Intent, Outcome, Price, Side, SignalAction, Usd};
use host_evaluate::review::{Baseline, Review, review};
use host_evaluate::run::RunSource;
use host_report::Window;

/// Minutes of a day.
const DAY: usize = 24 * 60;

fn flat(minutes: usize) -> Prices {
    vec![[(4_200, 4_400); 3]; minutes]
}

fn order(market: u32, side: Side, intent: Intent, contracts: i64, price: i32) -> Act {
    Act::Order { market, side, intent, contracts, filled: contracts, price, fee_cents: 0 }
}

fn buy(contracts: i64, price: i32) -> Act {
    order(0, Side::Buy, Intent::Entry, contracts, price)
}

fn sell(contracts: i64, price: i32) -> Act {
    order(0, Side::Sell, Intent::Exit, contracts, price)
}

/// Reviews minutes of a run over `prices`.
fn reviewed(prices: &Prices, acts: &[(usize, Act)], minutes: std::ops::Range<i64>) -> Review {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.journal");
    write(&path, prices, acts);
    let source = RunSource::open(&path, "a").expect("a run");
    review(&source, Window::new(at(minutes.start), at(minutes.end)).expect("a period"), Baseline::default())
}

#[test]
fn profit_is_by_market_and_day_from_mark_to_mark() {
    // Bought at 43 cents, marked at 45 cents at midnight, sold at 44 on the second day.
    let mut prices = flat(2 * DAY);
    prices[600..].iter_mut().for_each(|row| row[0] = (4_400, 4_600));
    let acts = [
        (300, buy(10, 4_300)),
        (DAY + 60, sell(10, 4_400)),
        (DAY + 120, order(1, Side::Sell, Intent::Entry, 5, 4_200)),
    ];
    let found = reviewed(&prices, &acts, 0..2 * DAY as i64);
    let profit = &found.profit;
    let shown = |days: &[Option<host_report::Money>]| -> Vec<Option<String>> {
        days.iter().map(|day| day.map(|money| money.to_string())).collect()
    };
    assert_eq!(profit.days, ["2026-01-05", "2026-01-06"]);
    let lines: Vec<_> = profit.by_market.iter().map(|line| (line.market.as_str(), shown(&line.by_day))).collect();
    let expected = [
        ("KX-0", vec![Some("0.20".to_owned()), Some("-0.10".to_owned())]),
        // Short at 42 cents, marked at 43.
        ("KX-1", vec![None, Some("-0.05".to_owned())]),
    ];
    assert_eq!(lines, expected);
    assert_eq!((profit.trades, profit.wins, profit.total.to_string()), (1, 1, "0.05".to_owned()));
    assert_eq!(profit.not_explained.0, Usd::ZERO);
    assert_eq!((profit.weekdays.days, profit.weekend.days), (2, 0));
    let hours: Vec<(usize, String)> = profit
        .by_hour
        .iter()
        .enumerate()
        .filter(|(_, money)| money.0 != Usd::ZERO)
        .map(|(hour, money)| (hour, money.to_string()))
        .collect();
    // 20 cents when the price moves at 10:00, and both losses at 01:00 and 02:00 of the next day.
    assert_eq!(hours, [(1, "-0.10".to_owned()), (2, "-0.05".to_owned()), (10, "0.20".to_owned())]);
}

#[test]
fn a_period_within_a_run_begins_with_the_marks_of_its_start() {
    let mut prices = flat(3 * DAY);
    prices[DAY + 600..].iter_mut().for_each(|row| row[0] = (4_000, 4_200));
    let found = reviewed(&prices, &[(300, buy(10, 4_250))], DAY as i64..2 * DAY as i64);
    // 43 to 41 cents; the half cent gained on entry was the day before.
    assert_eq!(found.profit.total.to_string(), "-0.20");
    assert_eq!(found.profit.by_market.len(), 1);
    assert_eq!(found.profit.not_explained.0, Usd::ZERO);
}

#[test]
fn refusals_are_followed_up_by_the_fill_model_and_to_settlement() {
    let refused = |market, side| Act::Refused { market, side, code: "max_spread" };
    // The refused orders are of 5 contracts at 50 cents. In market 0 the ask comes down to 49 after five minutes, in
    // market 1 never; 14 hours later the mid of market 0 is 61 cents.
    let mut prices: Prices = vec![[(5_200, 5_400); 3]; 2 * DAY];
    prices[105][0] = (4_700, 4_900);
    prices[900..].iter_mut().for_each(|row| row[0] = (6_000, 6_200));
    let acts = [
        (100, refused(0, Side::Buy)),
        // The same wish again, and after three hours another one that never fills.
        (110, refused(0, Side::Buy)),
        (100, refused(1, Side::Buy)),
        (400, refused(0, Side::Buy)),
        (DAY + 700, Act::Settle { market: 0, outcome: Outcome::No }),
    ];
    let found = reviewed(&prices, &acts, 0..2 * DAY as i64);
    let line = &found.refusals[0];
    assert_eq!((line.code.as_str(), line.times, line.openings), ("max_spread", 4, 3));
    let follow = line.by_fill_model;
    assert_eq!((follow.known, follow.filled, follow.better, follow.pnl.to_string()), (3, 1, 1, "0.55".to_owned()));
    assert!(line.cost_money.is_some_and(|share| (share - 1.0 / 3.0).abs() < 1e-12), "{line:?}");
    // Both openings of market 0 lose 50 cents a contract in the end; market 1 has not settled.
    let settled = line.to_settlement;
    assert_eq!((settled.known, settled.better, settled.pnl.to_string()), (2, 0, "-5.00".to_owned()));
    assert!(!line.meaning.is_empty());
}

#[test]
fn signals_are_counted_and_held_against_payouts() {
    let signal = |market, action| Act::Signal { market, action };
    let acts = [
        (10, signal(0, SignalAction::Buy)),
        (20, signal(0, SignalAction::Sell)),
        (30, signal(1, SignalAction::Sell)),
        (40, signal(2, SignalAction::Buy)),
        (500, Act::Settle { market: 0, outcome: Outcome::Yes }),
        (500, Act::Settle { market: 1, outcome: Outcome::Yes }),
    ];
    let found = reviewed(&flat(DAY), &acts, 0..DAY as i64);
    assert_eq!((found.signals.count, found.signals.by_day.as_slice()), (4, [4].as_slice()));
    assert_eq!((found.signals.accuracy.settled, found.signals.accuracy.right), (2, 1));
    // All have a confidence of one half.
    assert_eq!(found.signals.confidence[5].to_bits(), 1.0_f64.to_bits());
}

#[test]
fn a_quiet_period_is_told_to_change_nothing() {
    let found = reviewed(&flat(DAY), &[], 0..DAY as i64);
    assert_eq!(found.next_steps, ["nothing asks for a decision: change nothing"]);
    assert_eq!((found.profit.total.0, found.profit.by_market.len(), found.refusals.len()), (Usd::ZERO, 0, 0));
    assert_eq!((found.health.uptime, found.health.gaps.len()), (None, 0));
    assert!(found.execution.trend.is_none() && found.execution.periods[0].fill_rate.is_none());
}

#[test]
fn the_first_week_of_the_case_study_comes_out_as_it_has_it() {
    // Eight orders at 43.4 cents, 0.4 above the mid, of which five fill; markets pay what makes the week's trades.
    let entered = |contracts, filled| Act::Order {
        market: 0,
        side: Side::Buy,
        intent: Intent::Entry,
        contracts,
        filled,
        price: 4_340,
        fee_cents: 0,
    };
    let paid = |price| Act::Settle { market: 0, outcome: Outcome::Value(Price(price)) };
    let trades = [(15, 4_590), (10, 3_560), (10, 5_240), (10, 5_340), (5, 3_830)];
    let filled = trades.into_iter().enumerate().flat_map(|(day, (contracts, price))| {
        [(day * DAY + 600, entered(contracts, contracts)), (day * DAY + 1_200, paid(price))]
    });
    let expired = (0..3).map(|day| (day * DAY + 300, entered(10, 0)));
    let acts: Vec<(usize, Act)> = filled.chain(expired).collect();
    let found = reviewed(&flat(7 * DAY), &acts, 0..7 * DAY as i64);
    let week = &found.summary;
    assert_eq!((week.trades, week.wins, week.win_rate), (5, 3, Some(0.6)));
    assert_eq!(week.total_pnl.to_string(), "1.24");
    assert_eq!(week.max_drawdown.map(|fall| fall.to_string()).as_deref(), Some("0.82"));
    assert_eq!((week.orders_filled, week.orders_ended), (5, 8));
    assert_eq!(week.average_slippage.map(|slippage| slippage.to_string()).as_deref(), Some("0.004"));
    assert_eq!((found.profit.weekdays.days, found.profit.weekend.days), (5, 2));
}

#[test]
fn a_time_without_polls_is_a_gap() {
    // No price for forty minutes: rows at minutes 0 to 99 and 140 to 239.
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.journal");
    common::write_at(&path, &flat(200), &[], |minute| if minute < 100 { minute } else { minute + 40 });
    let source = RunSource::open(&path, "a").expect("a run");
    let found = review(&source, Window::new(at(0), at(240)).expect("a period"), Baseline::default());
    let gap = &found.health.gaps[0];
    assert_eq!((found.health.gaps.len(), gap.seconds, gap.from.as_str()), (1, 2_400, "2026-01-05T01:40:00.000Z"));
    assert_eq!(found.next_steps, ["1 gap in the data, the longest of 40 minutes: prices were not seen"]);
}
