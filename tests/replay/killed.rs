//! A run that was killed is replayed up to the end of its journal.

use std::process::Stdio;
use std::time::{Duration, Instant};

use host_store::journal::Journal;

use crate::support::strategies::{RANGE_BUYER, environment, mean_reversion};

/// Starts a run with `options` and the journal `j`, and kills it once it has written `events` events.
fn killed(options: &str, events: u64) -> crate::Environment {
    let environment = environment();
    let mut command = environment.command(&format!("run {options} --journal j"));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the binary runs");
    let path = environment.path("j");
    let patience = Instant::now() + Duration::from_secs(120);
    while Journal::open(&path).and_then(|journal| journal.count_events()).unwrap_or(0) < events {
        assert_eq!(child.try_wait().expect("a child"), None, "it ended by itself");
        assert!(Instant::now() < patience, "nothing happens");
        std::thread::sleep(Duration::from_millis(5));
    }
    // SIGKILL, so that the run cannot finish its journal.
    child.kill().expect("it is ours");
    child.wait().expect("it ends");
    environment
}

#[test]
fn a_killed_run_is_replayed_up_to_its_last_event() {
    let as_fast_as_it_goes = format!("--strategy {} --for 2000d --markets 40", mean_reversion());
    let in_simulated_time = format!("--strategy {RANGE_BUYER} --markets 20 --speed 2000");
    for (options, events) in [(as_fast_as_it_goes, 3_000), (in_simulated_time, 40)] {
        let environment = killed(&options, events);
        let journal = Journal::open(environment.path("j")).expect("a journal");
        assert_eq!(journal.run_info().expect("the run").ended, None, "it was not killed midway");
        let found: serde_json::Value =
            serde_json::from_str(&environment.run("replay j --format json").success()).expect("JSON");
        assert_eq!(found["identical"], true);
        assert_eq!(found["events"], journal.count_events().expect("events"));
    }
}
