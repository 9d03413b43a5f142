//! Every metric against an example computed by hand, with the arithmetic beside it.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

mod common;

use common::*;
use host_core::{OrderState, Outcome, Price, Qty, Record, Side, SlotId, Usd};
use host_report::{MarkedPosition, Money, Report, RunFigures};

fn usd(text: &str) -> Money {
    Money::parse(text).unwrap()
}

fn close_to(found: Option<f64>, expect: f64) {
    let found = found.expect("a figure");
    assert!((found - expect).abs() <= 1e-9 * expect.abs().max(1.0), "{found} is not {expect}");
}

/// Returns the report of a run with equity 1,000 at the start, then `equity` at the ends of days.
fn of_equity(closes: &[i64]) -> Report {
    let mut recorder = recorder(closes.len() as i64);
    for (day, equity) in closes.iter().enumerate() {
        recorder.record(&day_close(day as i64, Usd::dollars(*equity)));
    }
    recorder.finish(&run(Usd::dollars(*closes.last().unwrap())), &[])
}

#[test]
fn trades_are_counted_net_of_fees_and_ties_apart() {
    let hours = 3_600;
    let records = [
        trade(0, Usd::dollars(30), 0, 2 * hours),
        trade(0, Usd::dollars(15), 0, 4 * hours),
        trade(1, Usd::dollars(-20), 0, 6 * hours),
        trade(1, Usd::ZERO, 0, 8 * hours),
    ];
    let report = report(&records, 1);
    assert_eq!((report.trades, report.wins, report.losses, report.ties), (4, 2, 1, 1));
    close_to(report.win_rate, 0.5); // 2 / 4
    assert_eq!(report.average_win, Some(usd("22.50"))); // (30 + 15) / 2
    assert_eq!(report.average_loss, Some(usd("20"))); // positive, 20 / 1
    close_to(report.profit_factor, 2.25); // 45 / 20
    assert_eq!(report.expectancy, Some(usd("6.25"))); // 25 / 4
    close_to(report.average_holding_seconds, 5.0 * 3_600.0); // (2 + 4 + 6 + 8) / 4 hours
}

#[test]
fn sharpe_and_sortino_are_of_daily_returns_over_a_year_of_365_days() {
    // Returns 0.10, -0.10, 0, flat: 1,100 / 1,000, 990 / 1,100, 990, 990.
    let report = of_equity(&[1_100, 990, 990, 990]);
    assert_eq!(report.sharpe_days, 4);
    close_to(report.sharpe, 0.0); // mean 0
    close_to(report.sortino, 0.0);
    // SE = sqrt((1 + 0) / 4) * sqrt(365)
    close_to(report.sharpe_standard_error, 365f64.sqrt() / 2.0);

    // Returns 0.2 and -0.1: mean 0.05; deviations ± 0.15, variance 2 * 0.0225 / 1, stdev 0.2121320343559643.
    // Sharpe_d = 0.05 / 0.21213203 = 0.23570226039551584; downside = sqrt(0.01 / 2) = 0.07071067811865475.
    let report = of_equity(&[1_200, 1_080]);
    close_to(report.sharpe, 0.235_702_260_395_515_84 * 365f64.sqrt());
    close_to(report.sharpe_standard_error, ((1.0 + 0.055_555_555_555_555_55 / 2.0) / 2.0f64).sqrt() * 365f64.sqrt());
    close_to(report.sortino, 0.05 / 0.070_710_678_118_654_75 * 365f64.sqrt());
}

#[test]
fn days_without_a_close_are_flat_days_and_midnight_begins_none() {
    let mut recorder = recorder(5);
    recorder.record(&day_close(0, Usd::dollars(1_200)));
    recorder.record(&day_close(4, Usd::dollars(1_080)));
    let report = recorder.finish(&run(Usd::dollars(1_080)), &[]);
    // Days 1 to 3 have no close, so the returns are 0.2, 0, 0, 0, -0.1.
    assert_eq!((report.days, report.sharpe_days), (5, 5));
    let profits: Vec<String> = report.by_day.iter().map(|day| format!("{} {}", day.date, day.net_pnl)).collect();
    let expect = ["2026-01-01 200.00", "2026-01-02 0.00", "2026-01-03 0.00", "2026-01-04 0.00", "2026-01-05 -120.00"];
    assert_eq!(profits, expect);
    // mean 0.02, squares (0.18^2 + 3 * 0.02^2 + 0.12^2) / 4 = 0.012
    close_to(report.sharpe, 0.02 / 0.012f64.sqrt() * 365f64.sqrt());
}

#[test]
fn returns_are_annualised_only_where_there_is_enough_of_a_year() {
    let check = |days: usize, total: f64, cagr: Option<f64>, calmar: Option<f64>| {
        // Falls by 100 from 1,000 on the first day, ends at 1,210.
        let mut closes = vec![900; days];
        closes[days - 1] = 1_210;
        let report = of_equity(&closes);
        close_to(report.total_return, total);
        assert_eq!(report.cagr.is_some(), cagr.is_some(), "{days} days");
        assert_eq!(report.calmar.is_some(), calmar.is_some(), "{days} days");
        cagr.inspect(|&expect| close_to(report.cagr, expect));
        calmar.inspect(|&expect| close_to(report.calmar, expect));
    };
    check(29, 0.21, None, None);
    check(30, 0.21, None, Some(0.21 / 0.1));
    check(89, 0.21, None, Some(0.21 / 0.1));
    // 1.21^(365 / 182.5) needs a half year; 365 days: 21 %.
    check(365, 0.21, Some(0.21), Some(0.21 / 0.1));
    // Two years: sqrt(1.21) - 1 = 10 %.
    check(730, 0.21, Some(0.1), Some(0.1 / 0.1));
}

#[test]
fn fill_rate_counts_contracts_and_orders_apart() {
    let records = [
        placed(1, 0, Side::Buy, 10, 0),
        filled(1, 0, Side::Buy, 42, 4, 30),
        filled(1, 0, Side::Buy, 42, 6, 60),
        // The record of the end changes nothing after a full fill.
        done(1, OrderState::Filled, 10, 60),
        placed(2, 0, Side::Buy, 10, 0),
        filled(2, 0, Side::Buy, 42, 5, 90),
        done(2, OrderState::Expired, 5, 600),
        placed(3, 0, Side::Buy, 10, 0),
        done(3, OrderState::Cancelled, 0, 600),
        placed(4, 0, Side::Buy, 10, 0),
        done(4, OrderState::Rejected, 0, 1),
        placed(5, 0, Side::Buy, 10, 0),
    ];
    let report = report(&records, 1);
    assert_eq!((report.orders, report.fills), (5, 3));
    close_to(report.fill_rate, 0.3); // (4 + 6 + 5) / 50 contracts
    let fills = report.order_fills;
    assert_eq!((fills.fully, fills.partly, fills.none), (1, 1, 2));
    close_to(fills.rate, 0.5); // 2 / 4 ended
    let ends = report.order_ends;
    assert_eq!((ends.filled, ends.expired, ends.cancelled, ends.rejected, ends.working), (1, 1, 1, 1, 1));
    close_to(report.cancel_ratio, 0.5); // (1 + 1) / 4
    // First fills after 30 s and 90 s: nearest rank puts the median at the first, p95 at the second.
    assert_eq!(report.time_to_fill.orders, 2);
    close_to(report.time_to_fill.p50_seconds, 30.0);
    close_to(report.time_to_fill.p95_seconds, 90.0);
}

#[test]
fn slippage_is_against_the_mid_at_decision_weighted_by_quantity() {
    let records = [
        // Bought 10 at 0.42, mid 0.43: gains 1 cent. Sold 30 at 0.425 as taker: costs half a cent, and 0.30 in fees.
        filled_as(1, 0, Side::Buy, Price(4_200), Qty::contracts(10), 0, false, Usd::ZERO),
        filled_as(2, 0, Side::Sell, Price(4_250), Qty::contracts(30), 0, true, Usd::micros(300_000)),
    ];
    let report = report(&records, 1);
    // (-0.01 * 10 + 0.005 * 30) / 40 = 0.00125
    assert_eq!(report.average_slippage, Some(usd("0.00125")));
    // 0.05 / (0.42 * 10 + 0.425 * 30 = 16.95) = 29.4985… bps
    close_to(report.average_slippage_bps, 0.05 / 16.95 * 1e4);
    assert_eq!(report.maker.average_slippage, Some(usd("-0.01")));
    assert_eq!(report.taker.average_slippage, Some(usd("0.005")));
    assert_eq!((report.fees, report.maker.fees, report.taker.fees), (usd("0.30"), usd("0"), usd("0.30")));
    close_to(report.maker.share, 0.25);
    close_to(report.taker.share, 0.75);
    assert_eq!(report.notional, Some(usd("16.95")));
}

#[test]
fn markouts_use_the_first_mid_that_comes_in_time() {
    let mut recorder = recorder(1);
    recorder.record(&filled(1, 0, Side::Buy, 42, 10, 0));
    assert!(recorder.pending_markouts());
    // 1 s: the mid at 1 s, 0.43, not the one of the fill's own time. 10 s: 17 s is later than 15 s, so none.
    // 1 m: at 90 s, just in time. 5 m: the row at 300 s is of another market, the next at 330 s counts.
    let rows = [(0, 0, 9_900), (1, 0, 8_600), (17, 0, 9_900), (90, 0, 8_000), (300, 1, 9_900), (330, 0, 8_800)];
    recorder.on_quotes(&quotes(&rows).all());
    assert!(recorder.pending_markouts(), "30 minutes have not passed");
    recorder.record(&settled(0, Outcome::Yes, 600));
    assert!(!recorder.pending_markouts(), "settlement answers all");
    let report = recorder.finish(&run(Usd::dollars(1_000)), &[]);
    let found: Vec<_> = report.markouts.iter().map(|m| (m.horizon.as_str(), m.fills, m.average)).collect();
    let expect = [
        ("1s", 1, Some(usd("0.01"))), // 0.43 - 0.42
        ("10s", 0, None),
        ("1m", 1, Some(usd("-0.02"))), // 0.40 - 0.42
        ("5m", 1, Some(usd("0.02"))),  // 0.44 - 0.42
        ("30m", 1, Some(usd("0.58"))), // stopped at the payout: 1 - 0.42
        ("close", 1, Some(usd("0.58"))),
    ];
    assert_eq!(found, expect);
    assert!(report.markouts.iter().all(|m| m.maker == m.average && m.taker.is_none()));
}

#[test]
fn a_payout_long_after_a_horizon_is_no_markout() {
    let mut recorder = recorder(1);
    recorder.record(&placed(1, 0, Side::Buy, 10, 0));
    recorder.record(&filled(1, 0, Side::Buy, 42, 4, 0));
    recorder.record(&done(1, OrderState::Expired, 4, 600));
    // A minute's window ends at 90 s, five minutes' at 450 s, half an hour's at 2,700 s, the order's at 900 s.
    recorder.record(&settled(0, Outcome::Yes, 901));
    let report = recorder.finish(&run(Usd::dollars(1_000)), &[]);
    let fills: Vec<u64> = report.markouts.iter().map(|markout| markout.fills).collect();
    assert_eq!(fills, [0, 0, 0, 0, 1, 1]);
    let shortfall = report.implementation_shortfall;
    assert_eq!((shortfall.missed_without_mid, shortfall.opportunity, shortfall.total), (1, None, None));
    assert!(!recorder.pending_markouts());
}

#[test]
fn a_sale_gains_when_the_market_falls() {
    let mut recorder = recorder(1);
    let sale =
        |taker, contracts| filled_as(1, 3, Side::Sell, Price(6_000), Qty::contracts(contracts), 0, taker, Usd::ZERO);
    recorder.record(&sale(true, 10));
    recorder.record(&sale(false, 30));
    recorder.on_quotes(&quotes(&[(60, 3, 11_000)]).all());
    recorder.record(&settled(3, Outcome::No, 61));
    let report = recorder.finish(&run(Usd::dollars(1_000)), &[]);
    // -(0.55 - 0.60) after a minute, -(0 - 0.60) at the close.
    assert_eq!(report.markouts[2].taker, Some(usd("0.05")));
    assert_eq!(report.markouts[5].maker, Some(usd("0.60")));
    assert_eq!(report.markouts[5].fills, 2);
}

#[test]
fn shortfall_counts_what_was_never_filled() {
    let mut recorder = recorder(1);
    recorder.record(&placed(1, 0, Side::Buy, 10, 0));
    recorder.record(&filled_as(1, 0, Side::Buy, Price(4_400), Qty::contracts(4), 1, true, Usd::micros(70_000)));
    recorder.record(&done(1, OrderState::Expired, 4, 600));
    recorder.record(&placed(2, 1, Side::Sell, 5, 0));
    recorder.record(&done(2, OrderState::Expired, 0, 600));
    // Order 1 ended at a mid of 0.45; order 2's market showed none within five minutes.
    recorder.on_quotes(&quotes(&[(600, 0, 9_000), (901, 1, 9_000)]).all());
    let shortfall = recorder.finish(&run(Usd::dollars(1_000)), &[]).implementation_shortfall;
    assert_eq!(shortfall.execution, Some(usd("0.04"))); // (0.44 - 0.43) * 4
    assert_eq!(shortfall.opportunity, Some(usd("0.12"))); // (0.45 - 0.43) * 6
    assert_eq!(shortfall.fees, usd("0.07"));
    assert_eq!(shortfall.total, Some(usd("0.23")));
    assert_eq!((shortfall.missed_orders, shortfall.missed_without_mid), (2, 1));
}

#[test]
fn profit_by_market_category_strategy_and_day_adds_up_to_the_total() {
    let mut recorder = recorder(2);
    let mut show = |record: Record| recorder.record(&record);
    // FED: bought 10 at 0.40 for 0.20 of fees, sold at 0.50: +1 - 0.20 = 0.80.
    show(filled_as(1, 0, Side::Buy, Price(4_000), Qty::contracts(10), 0, true, Usd::micros(200_000)));
    show(leaving(filled(2, 0, Side::Sell, 50, 10, 3_600), 0));
    show(trade(0, Usd::micros(800_000), 0, 3_600));
    // CPI: sold 20 at 0.30, settled NO: keeps 6.00.
    show(filled(3, 1, Side::Sell, 30, 20, 7_200));
    show(trade(1, Usd::dollars(6), 7_200, 90_000));
    show(settled(1, Outcome::No, 90_000));
    // GDP: bought 10 at 0.60, still open at a mid of 0.555: -0.45.
    show(filled(4, 2, Side::Buy, 60, 10, 90_000));
    show(day_close(0, Usd::dollars(1_001)));
    show(day_close(1, Usd::micros(1_006_350_000)));
    let markets = [market(0, "FED", "Rates"), market(1, "CPI", "Prices"), market(2, "GDP", "")];
    let open = MarkedPosition {
        slot: SlotId(0),
        market: host_core::MarketId(2),
        qty: Qty::contracts(10),
        cost: Usd::dollars(6),
        mark_doubled: 11_100,
    };
    let strategies = vec!["mean-reversion".to_owned()];
    let run = RunFigures { final_positions: vec![open], strategies, ..run(Usd::micros(1_006_350_000)) };
    let report = recorder.finish(&run, &markets);

    let lines = |lines: &[host_report::ProfitLine]| -> Vec<String> {
        lines.iter().map(|line| format!("{} {}", line.name, line.net_pnl.unwrap())).collect()
    };
    assert_eq!(lines(&report.by_market), ["CPI 6.00", "FED 0.80", "GDP -0.45"]);
    assert_eq!(lines(&report.by_category), ["Prices 6.00", "Rates 0.80", "uncategorised -0.45"]);
    assert_eq!(lines(&report.by_strategy), ["mean-reversion 6.35"]);
    assert_eq!((report.net_pnl, report.open_pnl, report.realised_pnl), (usd("6.35"), usd("-0.45"), usd("6.80")));
    let position = &report.final_positions[0];
    assert_eq!((position.market.as_str(), position.contracts), ("GDP", 10.0));
    assert_eq!((position.average_price, position.mark), (Some(usd("0.60")), usd("0.555")));
    let days: Vec<_> = report.by_day.iter().map(|day| (day.net_pnl, day.trades, day.fills, day.fees)).collect();
    assert_eq!(days, [(usd("1"), 1, 3, usd("0.20")), (usd("5.35"), 1, 1, usd("0"))]);
    let parts = |net: Money, realised: Money, open: Money| assert_eq!(net.0, realised.0 + open.0, "{net}");
    report.by_day.iter().for_each(|day| parts(day.net_pnl, day.realised_pnl, day.open_pnl));
    let gdp = &report.by_market[2];
    assert_eq!((gdp.realised_pnl, gdp.open_pnl), (Some(usd("0")), Some(usd("-0.45"))));
    for line in report.by_market.iter().chain(&report.by_category).chain(&report.by_strategy) {
        parts(line.net_pnl.unwrap(), line.realised_pnl.unwrap(), line.open_pnl.unwrap());
    }
    // Open from 0 s to 3,600 s, from 7,200 s to 90,000 s, and from there to the end at 172,800 s.
    close_to(report.time_in_market, (3_600.0 + 165_600.0) / 172_800.0);
    // (4 + 5 + 6 + 6) over the mean of 1,001 and 1,006.35
    close_to(report.turnover, 21.0 / 1_003.675);
}

#[test]
fn a_position_without_a_mark_has_no_profit() {
    let report = report(&[filled(1, 0, Side::Buy, 42, 10, 0)], 1);
    assert_eq!((report.by_market[0].name.as_str(), report.by_market[0].net_pnl), ("market 0", None));
    assert_eq!(report.by_strategy[0].name, "slot 0");
}

#[test]
fn rejections_faults_and_restrictions_are_counted() {
    let records = [refused("max_spread", 1), refused("max_spread", 2), refused("daily_loss", 3), halted(4)];
    let report = report(&records, 1);
    let found: Vec<_> = report.rejections.iter().map(|(code, count)| (code.as_str(), *count)).collect();
    assert_eq!(found, [("daily_loss", 1), ("max_spread", 2)]);
    assert_eq!((report.restrictions, report.faults), (1, 0));
}

#[test]
fn probabilities_are_scored_once_a_market_and_only_where_given() {
    let mut recorder = recorder(1);
    recorder.record(&signal(9, None, 0));
    assert_eq!(recorder.finish(&run(Usd::ZERO), &[]).probabilities, None);
    for (market, probability) in [(0, 0.8), (1, 0.4), (2, 0.5)] {
        recorder.record(&signal(market, Some(probability), 0));
        recorder.record(&placed(u64::from(market), market, Side::Buy, 1, 0));
    }
    // A later forecast of the same market overlaps with the first, and one that led to no order does not count.
    recorder.record(&signal(0, Some(0.1), 10));
    recorder.record(&placed(10, 0, Side::Buy, 1, 10));
    recorder.record(&signal(5, Some(0.1), 10));
    recorder.record(&settled(0, Outcome::Yes, 20));
    recorder.record(&settled(1, Outcome::No, 20));
    let scores = recorder.finish(&run(Usd::ZERO), &[]).probabilities.unwrap();
    assert_eq!((scores.forecasts, scores.resolved), (3, 2));
    close_to(scores.brier, 0.1); // (0.2^2 + 0.4^2) / 2
    close_to(scores.market_brier, (0.57f64.powi(2) + 0.43f64.powi(2)) / 2.0); // the mid was 0.43
    close_to(scores.brier_advantage, (0.57f64.powi(2) + 0.43f64.powi(2)) / 2.0 - 0.1);
    // Advantages of 0.2849 and 0.0249: their spread is 0.26, and the error of the mean of two half of that.
    close_to(scores.brier_advantage_error, 0.13);
    close_to(scores.log_loss, -(0.8f64.ln() + 0.6f64.ln()) / 2.0);
}
