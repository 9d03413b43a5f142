//! The output that people and programs see.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

mod common;

use common::*;
use host_core::{Intent, MarketId, Order, OrderState, Outcome, Price, Qty, Record, Side, SlotId, Usd};
use host_report::{Detail, MarkedPosition, Report, RunFigures, WishFigures, csv, side_by_side, table};

/// Returns a report of two days with a value for every metric.
fn sample() -> Report {
    let mut recorder = recorder(2);
    let mut show = |record: Record| recorder.record(&record);
    show(signal(0, None, 0));
    show(placed(1, 0, Side::Buy, 10, 0));
    show(filled_as(1, 0, Side::Buy, Price(4_200), Qty::contracts(10), 30, false, Usd::micros(20_000)));
    show(placed(2, 0, Side::Sell, 10, 50_400));
    show(leaving(filled(2, 0, Side::Sell, 47, 10, 50_430), 0));
    show(trade(0, Usd::micros(480_000), 30, 50_430));
    show(fallen(0, Usd::micros(1_000_480_000), Usd::micros(200_000), Usd::micros(1_000_100_000)));
    show(placed(3, 1, Side::Sell, 20, 90_000));
    show(filled_as(3, 1, Side::Sell, Price(4_100), Qty::contracts(15), 90_030, true, Usd::micros(100_000)));
    show(done(3, OrderState::Expired, 15, 90_600));
    show(trade(1, Usd::micros(-8_950_000), 90_030, 100_000));
    show(settled(1, Outcome::Yes, 100_000));
    show(placed(4, 2, Side::Buy, 5, 120_000));
    show(filled(4, 2, Side::Buy, 42, 5, 120_030));
    show(placed(5, 2, Side::Buy, 5, 130_000));
    show(refused("max_spread", 130_000));
    show(refused("daily_loss", 130_001));
    show(refused("max_spread", 130_002));
    show(fallen(1, Usd::micros(991_555_000), Usd::micros(8_950_000), Usd::micros(1_000_480_000)));
    let open = MarkedPosition {
        slot: SlotId(0),
        market: MarketId(2),
        qty: Qty::contracts(5),
        cost: Usd::micros(2_100_000),
        mark_doubled: 8_500,
    };
    let run = RunFigures {
        updates: 31_104_000,
        polls: 691_200,
        seconds: 2.5,
        final_positions: vec![open],
        strategies: vec!["mean-reversion".into()],
        ..run(Usd::micros(991_555_000))
    };
    let long = "KXGDPGROWTHQUARTERLYESTIMATE-26Q1-ABOVE-3";
    recorder.finish(&run, &[market(0, "FED-26JAN", "Rates"), market(1, "CPI-26JAN", "Prices"), market(2, long, "")])
}

#[test]
fn short_table() {
    insta::assert_snapshot!(table(&sample(), Detail::Short), @"
    Metric                    Value
    Total trades                  2
    Win rate                  50.0%
    Average win               $0.48
    Average loss              $8.95
    Profit factor              0.05
    Net P&L                  -$8.45
      realised               -$8.47
      open                   +$0.03
    Max drawdown              $8.95
    Max drawdown (%)           0.9%
    Sharpe ratio             -12.13
      standard error          14.81
    Average holding time  8.4 hours
    Fill rate                 80.0%
      per order              100.0%
      per wish               100.0%
    Average slippage       -$0.0063
    Fees                      $0.12
    Signals                       1
    Orders                        5
    Fills                         4
    Open positions                1

    Rejections    3
      daily_loss  1
      max_spread  2

    31,104,000 updates in 2.5 seconds, 12,441,600 a second
    ");
}

/// Wishes over several orders: what counts is that any of it came.
#[test]
fn a_wish_lasts_over_its_orders_until_any_of_it_fills_or_nothing_follows() {
    let mut recorder = recorder(2);
    let mut show = |record: Record| recorder.record(&record);
    // Two orders for one wish, the second one filled in part; then another wish, which is given up.
    show(placed(1, 0, Side::Buy, 10, 0));
    show(done(1, OrderState::Expired, 0, 600));
    show(placed(2, 0, Side::Buy, 10, 630));
    show(filled(2, 0, Side::Buy, 42, 4, 700));
    show(done(2, OrderState::Expired, 4, 1_230));
    show(placed(3, 0, Side::Buy, 6, 1_260));
    show(done(3, OrderState::Expired, 0, 1_860));
    // The same again, but too late to be the same wish.
    show(placed(4, 0, Side::Buy, 6, 2_500));
    show(done(4, OrderState::Cancelled, 0, 2_600));
    // Exits are no wishes; the other side is another one, and still open.
    if let Record::Placed { order, verdicts } = placed(5, 0, Side::Sell, 4, 2_700) {
        show(Record::Placed { order: Order { intent: Intent::Exit, ..order }, verdicts });
    }
    show(placed(6, 0, Side::Sell, 4, 2_700));
    let report = recorder.finish(&run(Usd::dollars(1_000)), &[]);
    assert_eq!(report.wishes, WishFigures { filled: 1, given_up: 2, open: 1 });
    assert_eq!(report.fill_rate_per_wish, Some(1.0 / 3.0));
    assert_eq!(report.fill_rate_per_order, Some(0.25));
}

#[test]
fn full_table() {
    insta::assert_snapshot!(table(&sample(), Detail::Full));
}

#[test]
fn comparison() {
    let paper = report(&[trade(0, Usd::dollars(-2), 0, 60)], 1);
    insta::assert_snapshot!(side_by_side(&[("Backtest", &sample()), ("Paper", &paper)]), @"
    Metric                 Backtest         Paper
    Total trades                  2             1
    Win rate                  50.0%          0.0%
    Average win               $0.48           n/a
    Average loss              $8.95         $2.00
    Profit factor              0.05          0.00
    Net P&L                  -$8.45         $0.00
      realised               -$8.47         $0.00
      open                   +$0.03         $0.00
    Max drawdown              $8.95         $0.00
    Max drawdown (%)           0.9%           n/a
    Sharpe ratio             -12.13           n/a
      standard error          14.81           n/a
    Average holding time  8.4 hours  60.0 seconds
    Fill rate                 80.0%           n/a
      per order              100.0%           n/a
      per wish               100.0%           n/a
    Average slippage       -$0.0063           n/a
    Fees                      $0.12         $0.00
    Signals                       1             0
    Orders                        5             0
    Fills                         4             0
    Open positions                1             0
    Rejections                    3             0
    ");
}

#[test]
fn json() {
    let report = Report { notes: Vec::new(), ..sample() };
    insta::assert_snapshot!(serde_json::to_string_pretty(&report).unwrap());
}

#[test]
fn spreadsheet() {
    let text = csv(&report(&[refused("odd, \"code\"", 1)], 1)).unwrap();
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with("markouts")).take(24).collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    metric,value
    about,
    average_holding_seconds,
    average_loss,
    average_slippage,
    average_slippage_bps,
    average_win,
    by_day.0.date,2026-01-01
    by_day.0.equity,1000.00
    by_day.0.fees,0.00
    by_day.0.fills,0
    by_day.0.net_pnl,0.00
    by_day.0.open_pnl,0.00
    by_day.0.realised_pnl,0.00
    by_day.0.trades,0
    cagr,
    calmar,
    cancel_ratio,
    complete,true
    days,1
    drawdown.amount,0.00
    drawdown.daily_fraction,
    drawdown.days_under_water,
    drawdown.deepest,
    ");
    assert!(text.contains("\"rejections.odd, \"\"code\"\"\",1\n"), "{text}");
}

/// Programs may rely on these keys: design §10.
#[test]
fn keys_that_stay_put() {
    let json = serde_json::to_value(sample()).unwrap();
    let keys = "updates seconds updates_per_second signals orders fills trades win_rate average_win average_loss \
        profit_factor max_drawdown sharpe average_holding_seconds fees net_pnl fill_rate average_slippage rejections \
        final_positions";
    for key in keys.split_whitespace() {
        assert!(json.get(key).is_some(), "{key} is missing");
    }
    for money in ["average_win", "average_loss", "max_drawdown", "fees", "net_pnl", "average_slippage"] {
        assert!(json[money].is_string(), "{money} is {}", json[money]);
    }
    assert!(json["rejections"].is_object() && json["final_positions"].is_array());
}

#[test]
fn tables_fit_80_columns_and_keep_the_ends_of_long_lists() {
    let mut recorder = recorder(500);
    for id in 0..500u32 {
        recorder.record(&filled(u64::from(id), id, Side::Buy, 42, 1_000, i64::from(id) * 86_400));
        recorder.record(&trade(id, Usd::dollars(-i64::from(id) * 100), 0, 1));
        recorder.record(&settled(id, Outcome::No, i64::from(id) * 86_400));
    }
    let markets: Vec<_> = (0..500).map(|id| market(id, &format!("{}-{id}", "LONG".repeat(20)), "C")).collect();
    let report = recorder.finish(&run(Usd::dollars(-123_456_789)), &markets);
    let text = table(&report, Detail::Full);
    let widest = text.lines().max_by_key(|line| line.chars().count()).unwrap();
    assert!(widest.chars().count() <= 80, "{widest}");
    assert_eq!(text.matches("\u{2026} 460 more, see JSON").count(), 2, "{text}");
    assert!(text.lines().count() < 260);
}
