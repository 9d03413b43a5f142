//! A replay gives the journaled records again, to the last one.

use host_store::journal::Journal;

use crate::ran;
use crate::support::strategies::{RANGE_BUYER, build, calendar_spread, environment, mean_reversion, write_crate};

/// Asserts that the journal `j` of `environment` has at least `least_records` records and is replayed to its end.
fn assert_identical(environment: &crate::Environment, least_records: u64) {
    let journal = Journal::open(environment.path("j")).expect("a journal");
    let (events, records) = (journal.count_events().expect("events"), journal.count().expect("records"));
    assert!(records >= least_records, "{records} records are no test");
    let found: serde_json::Value =
        serde_json::from_str(&environment.run("replay j --format json").success()).expect("JSON");
    let expected = serde_json::json!({
        "events": events, "records": records, "identical": true, "difference": null, "unchecked": []
    });
    assert_eq!(found, expected);
}

#[test]
fn a_paper_run_is_replayed_record_by_record() {
    let environment = ran(&[mean_reversion()], "--for 21d --markets 20");
    assert_identical(&environment, 1_000);
    let said = environment.run("replay j").success();
    assert!(said.starts_with("replayed ") && said.ends_with(" records: identical\n"), "{said}");
}

#[test]
fn several_strategies_with_random_fills_are_replayed_record_by_record() {
    let both = [mean_reversion(), RANGE_BUYER];
    let environment = ran(&both, "--for 14d --markets 20 --fill-model coin --param mean-reversion.threshold=1.2");
    assert_identical(&environment, 1_000);
    let three = ran(&[calendar_spread(), RANGE_BUYER, mean_reversion()], "--for 5d --markets 30");
    assert_identical(&three, 100);
}

#[test]
fn a_journal_needs_nothing_else_to_be_replayed() {
    let environment =
        ran(&[RANGE_BUYER], "--for 7d --markets 10 --set risk.max_order_size=7 --set execution.order_expiry=3m");
    // Neither the present configuration nor the files at the strategy's former path matter.
    let elsewhere = crate::support::strategies::environment();
    elsewhere.write("j", std::fs::read(environment.path("j")).expect("a journal"));
    elsewhere.write("host.toml", "[risk]\nmax_order_size = 3\n");
    assert_identical(&elsewhere, 50);
}

#[test]
fn a_run_in_which_a_strategy_fails_is_replayed_with_its_failure() {
    let environment = environment();
    let source = r#"
use strategy_sdk::time::Duration;
use strategy_sdk::{About, Action, Row, Signal, Strategy, about};

strategy_sdk::export!(Brief);

/// Panics on its thousandth row: in the midst of what it is shown ahead.
pub struct Brief(u32);

impl Strategy for Brief {
    type Parameters = ();
    const ABOUT: About = about!();

    fn new((): (), _: Duration) -> Result<Brief, String> {
        Ok(Brief(0))
    }

    fn on_row(&mut self, row: &Row, signals: &mut Vec<Signal>) -> f64 {
        self.0 += 1;
        assert!(self.0 < 10_001, "enough");
        signals.push(Signal::new(row, Action::Buy));
        row.bid
    }
}
"#;
    let brief = build(write_crate(&environment, "brief", source));
    let run = |strategies: &str| {
        let _ = std::fs::remove_file(environment.path("j"));
        environment.run(&format!("run {strategies} --journal j -q --history 0s --for 4d --markets 10"))
    };
    // Alone, its failure ends the run in the middle of a batch; otherwise, the other strategy runs on.
    for strategies in [format!("--strategy {brief}"), format!("--strategy {brief} --strategy {RANGE_BUYER}")] {
        let outcome = run(&strategies);
        assert_eq!(outcome.code, Some(5), "{outcome}");
        assert_identical(&environment, 10);
    }
}
