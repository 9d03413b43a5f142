//! Limits by the hour, in back tests and on paper: what they refuse, what the journal says, and the same in a replay.

use std::path::Path;

use host_core::record::Record;
use host_core::{Intent, Timestamp};
use host_store::journal::Journal;

use crate::support::environment::Environment;
use crate::support::strategies::{RANGE_BUYER, environment};

/// Weekends in New York, without entries; the days of the week, with small orders.
const SCHEDULE: &str = r#"
[[schedule]]
name = "weekend"
days = ["sat", "sun"]
zone = "America/New_York"
pause_entries = true
note = "thin"

[[schedule]]
name = "daytime"
days = ["mon", "tue", "wed", "thu", "fri"]
hours = "10:00-16:30"
zone = "America/New_York"
limits = { max_order_size = 2 }
"#;

/// Returns the records of a journal.
fn records(path: &Path) -> Vec<Record> {
    let journal = Journal::open(path).expect("a journal");
    journal.steps().flat_map(|step| step.expect("a step").records).collect()
}

/// Returns the name of what is in force at a moment of winter, when New York is five hours behind.
fn due(time: Timestamp) -> Option<&'static str> {
    let local = time.0.div_euclid(1_000_000_000) - 5 * 3_600;
    let (day, minute) = (local.div_euclid(86_400), local.rem_euclid(86_400) / 60);
    // The first day of 1970 was a Thursday.
    match (day + 3).rem_euclid(7) {
        5 | 6 => Some("weekend"),
        _ if (600..990).contains(&minute) => Some("daytime"),
        _ => None,
    }
}

/// Asserts that the run with the journal `name` kept to [`SCHEDULE`], and is replayed to its end. Returns its entries
/// by day.
fn assert_kept(environment: &Environment, name: &str) -> u32 {
    let (mut placed, mut by_day, mut named, mut changes) = (0, 0, 0, 0);
    for record in records(&environment.path(name)) {
        match record {
            Record::Placed { order, .. } if order.intent == Intent::Entry => {
                placed += 1;
                assert_ne!(due(order.created), Some("weekend"), "{order:?}");
                if due(order.created) == Some("daytime") {
                    by_day += 1;
                    assert!(order.qty.0 <= 2_000_000, "{order:?}");
                }
            }
            Record::Refused(refused) if refused.verdict.code == "schedule_paused" => {
                assert_eq!((due(refused.time), refused.verdict.value.as_str()), (Some("weekend"), "weekend"));
                named += 1;
            }
            Record::Schedule { time, name, entries_paused, note } => {
                assert_eq!(name.as_deref(), due(time));
                assert_eq!(
                    (entries_paused, note.as_str()),
                    if due(time) == Some("weekend") { (true, "thin") } else { (false, "") }
                );
                changes += 1;
            }
            _ => {}
        }
    }
    assert!(placed >= 20 && named > 0, "{placed} orders, {named} paused");
    // Ten weekdays with a beginning and an end each, and two weekends, at least.
    assert!(changes >= 20, "{changes} changes");
    let said = environment.run(&format!("replay {name}")).success();
    assert!(said.ends_with(": identical\n"), "{said}");
    by_day
}

#[test]
fn a_paper_run_keeps_to_its_schedule_and_is_replayed() {
    let environment = environment();
    environment.write("host.toml", SCHEDULE);
    environment.run(&format!("run --strategy {RANGE_BUYER} --journal j -q --for 14d --markets 20")).success();
    let _ = assert_kept(&environment, "j");
    // What the schedule was is in the journal: neither the file nor the rules of zones matter any more.
    environment.write("host.toml", "");
    let _ = assert_kept(&environment, "j");
}

#[test]
fn a_back_test_keeps_to_its_schedule_whatever_was_shown_ahead() {
    let environment = environment();
    environment.write("host.toml", SCHEDULE);
    environment.run("data generate --markets 20 --for 14d --poll 30s --seed 5 --start 2026-01-01 --out tape").success();
    environment.run(&format!("backtest --strategy {RANGE_BUYER} --tape tape -q")).success();
    let kept = std::fs::read_dir(environment.path("runs")).expect("runs").next().expect("a run").expect("a folder");
    let by_day = assert_kept(&environment, &format!("runs/{}/run.journal", kept.file_name().display()));
    assert!(by_day > 5, "{by_day} small orders prove nothing");
}
