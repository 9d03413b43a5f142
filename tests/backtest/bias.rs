//! `host check --tape`: what a back test hangs on, on tapes small enough to be worked out by hand, and on a larger one.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::environment::Environment;
use crate::support::strategies::{average, build, environment, mean_reversion, scripted, write_crate};
use crate::support::tapes::{figures, import, quotes_csv, tape};

/// Two markets, each bought for 50 contracts and left later by orders that take at once: A at 0.42 and 0.50, B at 0.62
/// and 0.66. B is told to at odd rows, between the polls of a minute.
fn two_trades() -> Environment {
    let environment = environment();
    let mut quotes = "time,market,bid,ask,bid_size,ask_size,volume\n".to_owned();
    for row in 0..20_i64 {
        let late = row >= 8;
        let told = |buy, leave| match row {
            row if row == buy => 1_001_999,
            row if row == leave => 1_003_000,
            _ => 1_000_000,
        };
        let time = 1_772_452_800 + 30 * row;
        let (a, b) = (if late { "0.50,0.51" } else { "0.41,0.42" }, if late { "0.66,0.67" } else { "0.61,0.62" });
        writeln!(quotes, "{time},A-1,{a},5000,5000,{}", told(4, 10)).expect("text");
        writeln!(quotes, "{time},B-1,{b},5000,5000,{}", told(5, 11)).expect("text");
    }
    environment.write("quotes.csv", quotes);
    environment.write("facts.csv", "ticker,category\nA-1,a\nB-1,b\n");
    environment.write(
        "host.toml",
        "[execution]\nsizing = \"fixed 50\"\nentry_pricing = \"cross\"\nexit_pricing = \"cross\"\n\
         [risk]\nmin_spread = 0.0\n",
    );
    let columns = "time=time,market=market,bid=bid,ask=ask,bid_size=bid_size,ask_size=ask_size,volume=volume";
    environment.run(&format!("data import quotes.csv --out tape --markets facts.csv --columns {columns}")).success();
    environment
}

fn findings(environment: &Environment, args: &str) -> Vec<Value> {
    let json = environment.run(&format!("check {args} --format json --markets 2 --days 4")).success();
    let mut json: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["bias"]["complete"], Value::Bool(true));
    match json["bias"]["findings"].take() {
        Value::Array(findings) => findings,
        other => panic!("{other}"),
    }
}

fn named<'a>(findings: &'a [Value], name: &str) -> &'a Value {
    let of_name = |finding: &&Value| finding["variation"].as_str().is_some_and(|found| found.starts_with(name));
    findings.iter().find(of_name).unwrap_or_else(|| panic!("no {name} in {findings:?}"))
}

fn reading<'a>(findings: &'a [Value], name: &str) -> &'a str {
    named(findings, name)["reading"].as_str().expect("a sentence")
}

#[test]
fn what_a_tick_fees_and_polls_cost_is_worked_out_by_hand() {
    let environment = two_trades();
    let strategy = scripted();
    let all = environment.run(&format!("check {strategy} --tape tape --markets 2 --days 4")).success();
    let (_, bias) = all.rsplit_once("\n\n").expect("a table of its own");
    // 50 contracts gain 0.08 and 0.04: 6.00. A tick on each of four fills of 50 is 2.00. B is never told to in polls of
    // a minute. Fees are 0.07 x 50 x p x (1 - p) for p of 0.42, 0.50, 0.62 and 0.66: 0.8526 + 0.875 + 0.8246 + 0.7854.
    insta::assert_snapshot!(bias, @"
    back test with                        net P&L  change  decisions that differ  reading
    history of 2m, not none                 $6.00   $0.00  0 of 32 (0.0 %)        the same decisions: no warm-up, as the manifest has it, is enough
    polls every 1m, not 30s (feed.poll)     $4.00  -$2.00  0 of 20 (0.0 %)        the same decisions on the rows that both have; 67 % of the profit is left
    each fill one tick worse                $4.00  -$2.00  0 of 40 (0.0 %)        67 % of the profit is left
    fees: Kalshi's, not none                $2.66  -$3.34  0 of 40 (0.0 %)        44 % of the profit is left
    fill model: instant, not touch          $6.00   $0.00  0 of 40 (0.0 %)        net P&L stays the same
    fill model: probabilistic, not touch    $6.00   $0.00  0 of 40 (0.0 %)        net P&L stays the same
    fill model: queue, not touch            $6.00   $0.00  0 of 40 (0.0 %)        net P&L stays the same
    fill model: coin, not touch             $6.54  +$0.54  0 of 40 (0.0 %)        the profit is 1.1 times as large
    ");
    let findings = findings(&environment, &format!("{strategy} --tape tape"));
    insta::assert_snapshot!(serde_json::to_string_pretty(named(&findings, "fees")).expect("JSON"), @r#"
    {
      "figures": {
        "differing_rows": 0,
        "differing_share": 0.0,
        "fills": 4,
        "last_difference": null,
        "net_pnl": "6.00",
        "pnl_change": "-3.3376",
        "restricted": false,
        "rows": 40,
        "rows_with_signal": 4,
        "varied_fills": 4,
        "varied_net_pnl": "2.6624",
        "varied_restricted": false
      },
      "reading": "44 % of the profit is left",
      "variation": "fees: Kalshi's, not none"
    }
    "#);
    let csv = environment.run(&format!("check {strategy} --tape tape --markets 2 --days 4 --format csv")).success();
    let lines =
        csv.lines().filter(|line| ["check,", "deterministic", "each fill"].iter().any(|one| line.starts_with(one)));
    insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"), @"
    check,result,detail,net_pnl,varied_net_pnl,pnl_change,fills,varied_fills,rows,rows_with_signal,differing_rows
    deterministic: the same decisions on a second run,pass,,,,,,,,,
    each fill one tick worse,,67 % of the profit is left,6.00,4.00,-2.00,4,4,40,4,0
    ");
    // Nothing is kept of it.
    assert!(!environment.path("runs").exists());
}

#[test]
fn net_pnl_is_that_of_the_back_test_and_the_settings_are_its_settings() {
    let (environment, tape) = (environment(), tape());
    let settings = format!("--tape {} --param threshold=1.2 --set exchange.fees=kalshi", tape.path());
    let findings = findings(&environment, &format!("{} {settings}", mean_reversion()));
    let json = environment.run(&format!("backtest --strategy {} {settings} --format json", mean_reversion())).success();
    let net = |options: &str| {
        let args = format!("backtest --strategy {} {settings} {options} --no-journal --format json", mean_reversion());
        figures(&environment.run(&args).success()).net_pnl.to_string()
    };
    let plain = figures(&json).net_pnl.to_string();
    for (name, options) in [
        ("fees: none, not Kalshi's", "--set exchange.fees=none"),
        ("fill model: instant", "--fill-model instant"),
        ("fill model: probabilistic", "--fill-model probabilistic"),
        ("fill model: coin", "--fill-model coin"),
        ("polls every 10m, not 5m", "--poll 10m"),
    ] {
        let figures = &named(&findings, name)["figures"];
        let found = (figures["net_pnl"].as_str(), figures["varied_net_pnl"].as_str());
        assert_eq!(found, (Some(plain.as_str()), Some(net(options).as_str())), "{name}");
    }
}

/// Twenty days of a market with a row each five minutes, whose price wobbles about a slow wave.
fn waves() -> Environment {
    let environment = environment();
    let rows = (0..20 * 288_i64).map(|row| {
        let wave = (row % 1_500 - 750).abs() / 25;
        let bid = 30 + wave + row * 7 % 11;
        (300 * row, "A-1", bid, bid + 2)
    });
    import(&environment, &quotes_csv(rows));
    environment
}

#[test]
fn a_warm_up_that_is_too_short_is_told_from_one_that_is_enough() {
    let environment = waves();
    let of = |strategy: &str, span: u32| findings(&environment, &format!("{strategy} --tape tape --param span={span}"));
    // An average over one row needs no history, and the manifest asks for none.
    let none = of(average(), 1);
    assert_eq!(reading(&none, "history"), "the same decisions: no warm-up, as the manifest has it, is enough");
    // The tape does not say how often it was polled.
    assert_eq!(named(&none, "polls")["variation"], "polls every 1m, not 30s (feed.poll)");
    let short = of(average(), 2_000);
    assert!(reading(&short, "history of 7198m, not none").contains("is too short"), "{short:?}");
    // Two days are 576 rows: the average of 20 has forgotten by then what was before, that of 2,000 has not.
    let warmed = warmed_average(&environment);
    let enough = of(&warmed, 20);
    for name in ["history of 2x the warm-up of 2d, not 1x", "history of 4x"] {
        let same = "the same decisions: the warm-up that the manifest asks for is enough";
        assert_eq!(reading(&enough, name), same, "{name}");
        assert!(named(&enough, name)["figures"]["rows_with_signal"].as_u64() > Some(1_000), "{enough:?}");
    }
    let short = of(&warmed, 2_000);
    let rows = |name: &str| named(&short, name)["figures"]["rows"].as_u64();
    for name in ["history of 2x", "history of 4x"] {
        assert!(named(&short, name)["figures"]["differing_rows"].as_u64() > Some(10), "{short:?}");
        assert!(reading(&short, name).contains("the warm-up that the manifest asks for is too short"), "{short:?}");
    }
    // Each is compared on what is left of the twenty days.
    assert_eq!((rows("history of 2x"), rows("history of 4x")), (Some(16 * 288), Some(12 * 288)));
}

/// Builds a version of `sources/average.rs` that asks for two days, and for polls of five minutes at most.
fn warmed_average(environment: &Environment) -> String {
    let source = include_str!("../support/sources/average.rs");
    let start = "    fn new(parameters: Parameters, _: Duration) -> Result<Average, String> {\n";
    assert!(source.contains(start));
    let warmed = "    fn warm_up() -> Duration {\n        2 * strategy_sdk::time::DAY\n    }\n\n\
                  \x20   fn new(parameters: Parameters, poll: Duration) -> Result<Average, String> {\n\
                  \x20       if poll > 5 * strategy_sdk::time::MINUTE {\n\
                  \x20           return Err(\"polls are too rare\".to_owned());\n        }\n";
    build(write_crate(environment, "average", &source.replace(start, warmed)))
}

#[test]
fn what_cannot_be_computed_says_why_and_the_rest_is() {
    let environment = environment();
    environment.run("data generate --markets 2 --for 3d --poll 5m --seed 3 --start 2026-01-01 --out tape").success();
    let warmed = warmed_average(&environment);
    let found = findings(&environment, &format!("{warmed} --tape tape"));
    let short = reading(&found, "history of 2x");
    assert!(
        short.starts_with("not computed: the tape has rows of ") && short.ends_with("to trade after 4d"),
        "{short}"
    );
    assert_eq!(named(&found, "history of 2x")["figures"], Value::Null);
    let refused = reading(&found, "polls every 10m");
    assert!(refused.starts_with("not computed: the back test fails with this change: "), "{refused}");
    assert!(refused.contains("polls are too rare"), "{refused}");
    assert!(named(&found, "each fill one tick worse")["figures"]["rows"].as_u64() > Some(500), "{found:?}");
    // Three days are less than the history that it wants, so it never trades.
    let silent = findings(&environment, &format!("{} --tape tape", mean_reversion()));
    let tick = "each fill one tick worse";
    assert_eq!(reading(&silent, tick), "no fill in either, which says nothing of the profit");
    environment.run(&format!("check {warmed} --tape nothing")).failure(1);
}
