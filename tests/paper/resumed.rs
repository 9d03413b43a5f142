//! A paper run that is killed and gone on with decides as if it never had been.

use std::process::{Child, Stdio};
use std::time::Duration;

use host_store::journal::Journal;

use crate::paper::journal;
use crate::support::strategies::{environment, mean_reversion};
use crate::support::wait::within;

#[test]
fn kills_and_resumes_change_no_record_and_no_figure() {
    let environment = environment();
    let args = |name: &str, more: &str| {
        let quick = "--param ema_span_hours=12 --param min_history_hours=6 --set feed.poll=10m";
        format!(
            "run --strategy {} {quick} --markets 12 --for 4d --speed 40000 --format json --journal {name} {more}",
            mean_reversion()
        )
    };
    let whole = environment.run(&args("whole", "")).success();
    let start = |more: &str| -> Child {
        let mut command = environment.command(&args("killed", more));
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary runs")
    };
    let events = || Journal::open(environment.path("killed")).and_then(|journal| journal.count_events()).unwrap_or(0);
    let mut child = start("");
    let said = environment.run(&args("whole", "--resume")).failure(1);
    assert!(said.contains("its run has ended"), "{said}");
    for round in 1..=4 {
        let before = events();
        within(Duration::from_secs(120), "more events", || (events() > before + 40 * round).then_some(()));
        if round == 1 {
            let said = environment.run(&args("killed", "--resume")).failure(1);
            assert!(said.contains("another process writes it"), "{said}");
        }
        child.kill().expect("killed");
        child.wait().expect("it ends");
        child = start("--resume");
    }
    child.kill().expect("killed");
    child.wait().expect("it ends");
    let other = environment.run(&args("killed", "--resume --seed 9")).failure(1);
    assert!(other.contains("cannot be gone on with: its run has another seed"), "{other}");
    let resumed = environment.run(&args("killed", "--resume")).success();
    assert_eq!(journal::records(&environment.path("killed")), journal::records(&environment.path("whole")));
    let figures = |text: &str| -> serde_json::Value {
        let mut figures: serde_json::Value = serde_json::from_str(text).expect("JSON");
        let map = figures.as_object_mut().expect("an object");
        ["seconds", "updates_per_second"].iter().for_each(|key| drop(map.remove(*key)));
        figures
    };
    assert_eq!(figures(&resumed), figures(&whole));
    assert!(figures(&whole)["orders"].as_u64() > Some(0), "{whole}");
    let replayed = environment.run("replay killed").success();
    assert!(replayed.contains("identical"), "{replayed}");
}
