//! The text around the figures: what they are of, the way from rows to fills, and the line of equity.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]

mod common;

use std::collections::BTreeMap;

use common::*;
use host_core::{OrderState, Record, Side, Span, Usd};
use host_report::{
    About, ComponentLine, Detail, FillGround, FunnelFacts, LookAhead, Money, Origin, Proof, Report, RunFigures,
    RunKind, Stopped, StoppedBy, csv, sparkline, table,
};

fn about() -> About {
    About {
        kind: RunKind::Backtest,
        origin: Origin::Synthetic,
        data: "synthetic markets, seed 3".into(),
        capital_target: Money(Usd::dollars(4_000)),
        capital_stage: 0.25,
        fill_model: "touch".into(),
        flatters: None,
        fees: "none".into(),
    }
}

fn facts() -> FunnelFacts {
    FunnelFacts {
        rows: 3_000,
        scored: 1_200,
        largest_score: 1.314,
        signals: 7,
        history_asked: Span::hours(72),
        longest_history: Span::hours(29),
        markets: 84,
        allowed: 84,
        fill_model: "touch".into(),
    }
}

/// Returns the report of 21 days in which `records` happened.
fn report_of(records: &[Record], facts: FunnelFacts, stopped: Option<Stopped>) -> Report {
    let mut recorder = recorder(21);
    records.iter().for_each(|record| recorder.record(record));
    let figures = RunFigures { funnel: Some(facts), about: Some(about()), stopped, ..run(Usd::dollars(1_000)) };
    let parameters = BTreeMap::from([("threshold".to_owned(), "1.3".to_owned())]);
    let component = |name: &str, parameters: BTreeMap<String, String>| ComponentLine {
        name: name.into(),
        version: "1.2.0".into(),
        sha256: String::new(),
        parameters,
    };
    let components = vec![component("mean-reversion", parameters), component("other", BTreeMap::new())];
    Report { components, ..recorder.finish(&figures, &[]) }
}

#[test]
fn a_table_begins_with_what_its_figures_are_of() {
    let text = table(&report_of(&[], facts(), None), Detail::Short);
    let (header, _) = text.split_once("Metric").expect("figures");
    insta::assert_snapshot!(header);
    let stopped = Stopped { at: at(3 * 86_400 + 3_600), by: StoppedBy::Interrupt };
    let text = table(&report_of(&[], facts(), Some(stopped)), Detail::Short);
    let (header, _) = text.split_once("Metric").expect("figures");
    insta::assert_snapshot!(header);
}

#[test]
fn a_fill_model_that_flatters_says_so_below_the_figures_and_in_json() {
    let report = report_of(&[], facts(), None);
    assert!(!table(&report, Detail::Short).contains("flatters"));
    assert!(!serde_json::to_string(&report).unwrap().contains("flatters"));
    let how = "it fills at the own price although nobody came for it: about 1.3 c a contract too good on each side";
    let about = About { fill_model: "instant".into(), flatters: Some(how.into()), ..about() };
    let report = Report { about: Some(about), ..report };
    let text = table(&report, Detail::Short);
    let (_, below) = text.split_once("Profit factor").unwrap();
    let note = below.split("\n\n").find(|part| part.contains("flatters")).unwrap();
    insta::assert_snapshot!(note, @"
    `instant` flatters: it fills at the own price although nobody came for it: about
      1.3 c a contract too good on each side
    ");
    assert_eq!(serde_json::to_value(&report).unwrap()["about"]["flatters"], how);
}

#[test]
fn a_table_says_what_is_known_of_look_ahead() {
    let check = |look_ahead, expect: &str| {
        let proof = Some(Proof { look_ahead, decisions: 31_104 });
        let text = table(&Report { proof, ..report_of(&[], facts(), None) }, Detail::Short);
        assert!(text.contains(&format!("\nProof     {expect}\n")), "{text}");
    };
    check(LookAhead::None, "no look-ahead: 31,104 of 31,104 decisions the same");
    check(LookAhead::Impossible, "no look-ahead: each poll was decided before the next was shown");
    check(LookAhead::NotProven, "not proven (--no-proof): decisions may depend on later rows");
}

#[test]
fn json_and_csv_say_where_the_data_came_from_and_what_was_changed() {
    let report = report_of(&[], facts(), None);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!((&json["about"]["origin"], &json["about"]["kind"]), (&"synthetic".into(), &"backtest".into()));
    assert_eq!((&json["about"]["capital_stage"], &json["about"]["fees"]), (&0.25.into(), &"none".into()));
    assert_eq!(json["components"][0]["parameters"]["threshold"], "1.3");
    let text = csv(&report).unwrap();
    assert!(text.contains("\nabout.origin,synthetic\n") && text.contains("\nfunnel.rows,3000\n"), "{text}");
}

#[test]
fn silence_is_explained_at_the_step_at_which_it_begins() {
    let check = |records: &[Record], facts: FunnelFacts, step: &str, expect: &str| {
        let report = report_of(records, facts, None);
        let funnel = report.funnel.clone().expect("a funnel");
        let reason = funnel.reasons.get(step).unwrap_or_else(|| panic!("no reason for {step}: {funnel:?}"));
        assert_eq!(reason, expect);
        let text = table(&report, Detail::Short);
        assert!(text.contains(&format!("\n  no {}: {expect}\n", step.replace("scored", "scores"))), "{text}");
    };
    let unscored = FunnelFacts { scored: 0, largest_score: 0.0, signals: 0, ..facts() };
    check(&[], unscored.clone(), "scored", "no market had 72 h of history; the longest 29 h");
    let enough = FunnelFacts { longest_history: Span::hours(100), ..unscored };
    check(&[], enough, "scored", "the strategy gave none on any row");
    let quiet = FunnelFacts { signals: 0, ..facts() };
    check(&[], quiet, "signals", "none of 1,200 scores led to one; the largest was 1.31 from zero");
    check(&[], facts(), "signals", "none of 7 came after the warm-up and asked for anything new");
    let refusals = [signal(0, None, 0), refused("max_spread", 1), refused("no_price", 2), refused("max_spread", 3)];
    check(&refusals, facts(), "orders", "the risk manager refused all: max_spread 2, no_price 1");
    let none = FunnelFacts { allowed: 0, ..facts() };
    check(&refusals, none, "orders", "allowed_markets matches none of 84");
    let orders = [
        signal(0, None, 0),
        placed(1, 0, Side::Buy, 10, 0),
        done(1, OrderState::Expired, 0, 600),
        placed(2, 0, Side::Buy, 10, 700),
    ];
    let expect = "no order met a price under the fill model touch: 1 expired, 0 were cancelled, 1 work still";
    check(&orders, facts(), "fills", expect);
    // What came through needs no reason, with scores or without.
    let filled = [signal(0, None, 0), placed(1, 0, Side::Buy, 10, 0), filled(1, 0, Side::Buy, 42, 10, 30)];
    let report = report_of(&filled, FunnelFacts { scored: 0, ..facts() }, None);
    let text = table(&report, Detail::Short);
    let expect = "\nrows 3,000 \u{2192} scored 0 \u{2192} signals 1 \u{2192} orders 1 \u{2192} fills 1\n";
    assert!(text.contains(expect) && !text.contains("  no "), "{text}");
}

#[test]
fn equity_is_drawn_from_its_lowest_to_its_highest_day() {
    let drawn = |days: i64| {
        let mut recorder = recorder(days);
        (0..days).for_each(|day| recorder.record(&day_close(day, Usd::dollars(1_000 + 10 * (day % 7)))));
        sparkline(&recorder.finish(&run(Usd::dollars(1_060)), &[]))
    };
    assert_eq!(drawn(1), None);
    insta::assert_snapshot!(drawn(7).expect("a line"), @"
    equity  ▁▁▂▃▄▅▆▇
            $1,000.00 to $1,060.00
    ");
    let long = drawn(700).expect("a line");
    let line = long.lines().next().expect("a line");
    assert_eq!((line.chars().count(), line.ends_with('\u{2587}')), (68, true), "{long}");
}

#[test]
fn the_lower_estimate_stands_beside_the_best_one_and_what_fills_stand_on_below() {
    let of = |fill_model: &str, orders: u64| {
        let mut records = Vec::new();
        for id in 0..orders {
            records.extend([placed(id, id as u32, Side::Buy, 10, 0), filled(id, id as u32, Side::Buy, 42, 10, 30)]);
        }
        let report = report_of(&records, facts(), None);
        Report { about: Some(About { fill_model: fill_model.into(), ..about() }), funnel: None, ..report }
    };
    let ground = FillGround { orders: 1_200, unknown_place: 30, without_trades: 1_200 };
    let lower_estimate = Some(Box::new(of("touch", 1).as_estimate()));
    let report = Report { lower_estimate, fill_ground: Some(ground), ..of("queue", 3) };
    let text = table(&report, Detail::Short);
    let (_, figures) = text.split_once("\n\n").unwrap();
    insta::assert_snapshot!(figures, @"
    Metric                best estimate: queue  lower: touch
    Total trades                             0             0
    Win rate                               n/a           n/a
    Average win                            n/a           n/a
    Average loss                           n/a           n/a
    Profit factor                          n/a           n/a
    Net P&L                              $0.00         $0.00
      realised                           $0.00         $0.00
      open                               $0.00         $0.00
    Max drawdown                         $0.00         $0.00
    Max drawdown (%)                       n/a           n/a
    Sharpe ratio                           n/a           n/a
      standard error                       n/a           n/a
    Average holding time                   n/a           n/a
    Fill rate                           100.0%        100.0%
      per order                         100.0%        100.0%
      per wish                          100.0%        100.0%
    Average slippage                  -$0.0100      -$0.0100
    Fees                                 $0.00         $0.00
    Signals                                  0             0
    Orders                                   3             1
    Fills                                    3             1
    Open positions                           0

    Fills: no trades are known: decreases of the displayed size stood in for them

    Fills: 30 of 1,200 orders had no known place in the queue (no displayed size at
      their price): until they had one, only what went beyond their price filled
      them, as under `touch`

    Rejections  0

    0 updates
    ");
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(
        (&json["lower_estimate"]["fills"], &json["lower_estimate"]["by_day"]),
        (&1.into(), &serde_json::json!([]))
    );
    assert_eq!(serde_json::from_value::<Report>(json).unwrap(), report);
}
