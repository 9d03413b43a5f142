//! Back tests small enough to be worked out by hand: every figure is right to the cent.

use crate::support::environment::Environment;
use crate::support::strategies::{RANGE_BUYER, environment};
use crate::support::tapes::{figures, import, quotes_csv};

/// Two markets: one rises from 36 to 65 cents, the other is bought and expires worthless.
fn two_markets() -> Environment {
    let environment = environment();
    let csv = quotes_csv([
        (0, "A-1", 34, 38),
        (0, "B-1", 20, 24),
        (60, "A-1", 34, 35),
        (60, "B-1", 20, 21),
        (120, "A-1", 45, 47),
        (120, "B-1", 20, 24),
        (180, "A-1", 55, 57),
        (240, "A-1", 62, 64),
        (300, "A-1", 64, 66),
        (360, "A-1", 64, 66),
    ]);
    environment.write("quotes.csv", csv);
    environment.write("facts.csv", "ticker,category,close_time,result\nB-1,rates,2026-01-05T23:00:00Z,no\n");
    environment.run("data import quotes.csv --out tape --price-unit cents --markets facts.csv").success();
    environment
}

fn backtest(environment: &Environment, options: &str) -> host_report::Report {
    let args = format!("backtest --strategy {RANGE_BUYER} --tape tape --format json {options}");
    figures(&environment.run(&args).success())
}

/// The profits and losses of a report, as text.
fn account(report: &host_report::Report) -> String {
    let by_market = report.by_market.iter().map(|line| {
        let pnl = line.net_pnl.expect("all is closed or marked");
        format!("{}: {pnl} with {} fills of {} contracts\n", line.name, line.fills, line.contracts)
    });
    let (net, open, drawdown) = (report.net_pnl, report.open_pnl, report.max_drawdown);
    by_market.chain([format!("in all: {net}, of it open {open}, largest fall {drawdown}\n")]).collect()
}

#[test]
fn entries_exits_and_settlements_pay_what_is_worked_out_by_hand() {
    let report = backtest(&two_markets(), "");
    // A: bought one tick above the bid of 34; 50 contracts are half of the largest position; sold when the bid rises
    // to the ask of 64. B: bought at 21, pays nothing. Its last mid was 22, so the highest equity was 2,015.00.
    insta::assert_snapshot!(account(&report), @"
    A-1: 14.50 with 2 fills of 100 contracts
    B-1: -10.50 with 1 fills of 50 contracts
    in all: 4.00, of it open 0.00, largest fall 11.00
    ");
    assert_eq!((report.updates, report.polls, report.orders, report.trades, report.wins), (10, 7, 3, 2, 1));
    assert_eq!((report.win_rate, report.fill_rate), (Some(0.5), Some(1.0)));
    // From entry to exit: 240 s for A, 23 h less a minute for B.
    assert_eq!(report.average_holding_seconds, Some((240.0 + 82_740.0) / 2.0));
    assert_eq!(report.profit_factor.map(|factor| (factor * 1e6) as i64), Some(1_380_952));
}

#[test]
fn pricing_policies_and_fees_cost_what_is_worked_out_by_hand() {
    let environment = two_markets();
    let set = "--set execution.entry_pricing=cross --set execution.exit_pricing=cross";
    // Orders take at once: A is bought at 38 and sold at 62, B is bought at 24 and pays nothing. The highest mids
    // were 63 and 22.
    insta::assert_snapshot!(account(&backtest(&environment, set)), @"
    A-1: 12.00 with 2 fills of 100 contracts
    B-1: -12.00 with 1 fills of 50 contracts
    in all: 0.00, of it open 0.00, largest fall 11.50
    ");
    // Fee: 0.07 x 50 x p x (1 - p), which is twice 0.8246 for A and 0.6384 for B; settlement is free.
    insta::assert_snapshot!(account(&backtest(&environment, &format!("{set} --set exchange.fees=kalshi"))), @"
    A-1: 10.3508 with 2 fills of 100 contracts
    B-1: -12.6384 with 1 fills of 50 contracts
    in all: -2.2876, of it open 0.00, largest fall 12.3246
    ");
    // What is taken at once is the same if nothing else may happen; at other prices nothing is, and nothing rests.
    let immediate = "--set execution.entry_time_in_force=immediate --set execution.exit_time_in_force=immediate";
    let same = backtest(&environment, &format!("{set} {immediate}"));
    assert_eq!(account(&same), account(&backtest(&environment, set)));
    let inside = backtest(&environment, immediate);
    assert_eq!((inside.fills, inside.orders > 2), (0, true), "{} orders", inside.orders);
    // No ask falls to 33 or 19.
    environment.write("host.toml", "[execution]\nentry_pricing = \"behind 1\"\n");
    let behind = backtest(&environment, "");
    assert_eq!((behind.fills, behind.trades), (0, 0));
}

#[test]
fn nothing_after_the_end_of_the_period_is_counted() {
    let report = backtest(&two_markets(), "--until 2026-01-05T00:04:00Z");
    // Both are held and marked: A at 56, B at 22, whose result is not known yet.
    insta::assert_snapshot!(account(&report), @"
    A-1: 10.50 with 1 fills of 50 contracts
    B-1: 0.50 with 1 fills of 50 contracts
    in all: 11.00, of it open 11.00, largest fall 0.50
    ");
    assert_eq!((report.final_positions.len(), report.trades, report.updates), (2, 0, 7));
}

#[test]
fn a_fill_between_a_poll_and_the_settlement_counts_as_it_does_without_polls() {
    let quotes = [
        (0, "A-1", 34, 38),
        (0, "B-1", 70, 72),
        (60, "A-1", 34, 38),
        (60, "B-1", 70, 72),
        (75, "A-1", 34, 35),
        (120, "B-1", 70, 72),
        (180, "B-1", 70, 72),
    ];
    for (settled, fills) in [("00:01:10", 0), ("00:01:15", 0), ("00:01:16", 1), ("00:01:59", 1), ("00:02:00", 1)] {
        let environment = environment();
        environment.write("quotes.csv", quotes_csv(quotes));
        let time = format!("2026-01-05T{settled}Z");
        environment.write("facts.csv", format!("ticker,settle_time,result\nA-1,{time},yes\n"));
        environment.run("data import quotes.csv --out tape --price-unit cents --markets facts.csv").success();
        let outcome = |options: &str| {
            let report = backtest(&environment, options);
            (report.fills, report.net_pnl.to_string())
        };
        // Fifty bought at 35 pay a dollar each.
        let expect = (fills, if fills == 0 { "0.00" } else { "32.50" }.to_owned());
        assert_eq!((outcome("--poll 1m"), outcome("")), (expect.clone(), expect), "{settled}");
    }
}

#[test]
fn strategies_see_polls_and_orders_meet_every_row() {
    let environment = environment();
    let csv = quotes_csv([(10, "A-1", 34, 38), (70, "A-1", 34, 35), (75, "A-1", 45, 47), (170, "A-1", 50, 52)]);
    import(&environment, &csv);
    let report = backtest(&environment, "--poll 1m --scores scores.csv");
    // The order of the poll at 00:01 is filled at 35 by the ask of 00:01:10, which no poll sees.
    assert_eq!((report.updates, report.fills, report.time_to_fill.p50_seconds), (2, 1, Some(10.0)));
    insta::assert_snapshot!(account(&report), @"
    A-1: 5.50 with 1 fills of 50 contracts
    in all: 5.50, of it open 5.50, largest fall 0.00
    ");
    insta::assert_snapshot!(environment.read("scores.csv"), @"
    time,market,score
    2026-01-05T00:01:00.000Z,A-1,-0.14
    2026-01-05T00:02:00.000Z,A-1,-0.040000000000000036
    ");
}
