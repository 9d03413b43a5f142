//! Paper runs that are cut short: Ctrl-C gives a complete result, and SIGKILL loses no committed record.

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use host_report::StoppedBy;
use host_store::journal::Journal;

use crate::paper::journal;
use crate::support::environment::Environment;
use crate::support::strategies::{RANGE_BUYER, environment};
use crate::support::tapes::figures;

/// Starts a run that would take hours and waits until its journal has some records.
fn start(environment: &Environment) -> Child {
    let args = format!("run --strategy {RANGE_BUYER} --markets 20 --speed 2000 --format json --journal j");
    let mut command = environment.command(&args);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    let journal = environment.path("j");
    wait_for(&mut child, || recorded(&journal) >= 10);
    child
}

fn recorded(path: &Path) -> u64 {
    Journal::open(path).and_then(|journal| journal.count()).unwrap_or(0)
}

fn wait_for(child: &mut Child, condition: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(120);
    while !condition() {
        assert_eq!(child.try_wait().expect("a child"), None, "it ended by itself");
        assert!(Instant::now() < patience, "nothing happens");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn signal(child: Child, name: &str) -> Output {
    let sent = Command::new("kill").args([name, &child.id().to_string()]).status().expect("kill");
    assert!(sent.success());
    child.wait_with_output().expect("it ends")
}

#[test]
fn ctrl_c_leaves_a_complete_result() {
    for (name, code, cause) in [("-INT", 130, StoppedBy::Interrupt), ("-TERM", 143, StoppedBy::Terminate)] {
        let environment = environment();
        let output = signal(start(&environment), name);
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains("stopped by ") && said.contains(": the figures end there"), "{said}");
        assert!(said.contains("journal: j\n"), "{said}");
        let report = figures(&String::from_utf8(output.stdout).expect("text"));
        assert_eq!((report.complete, report.stopped_by), (false, Some(cause)));
        assert!(journal::is_ended(&environment.path("j")));
        journal::check(&environment.path("j"), &report);
        let files: Vec<_> = std::fs::read_dir(environment.path("")).expect("a folder").flatten().collect();
        let left = files.iter().filter(|file| file.file_name().to_string_lossy().starts_with('j')).count();
        assert_eq!(left, 1, "{files:?}");
    }
}

#[test]
fn ctrl_c_during_the_warm_up_leaves_a_complete_result() {
    let environment = environment();
    // A year of warm-up, polled every second, cannot be over when the journal appears.
    let source = include_str!("../support/sources/late.rs");
    let strategy =
        crate::support::strategies::build(crate::support::strategies::write_crate(&environment, "late", source));
    let args = format!("run --strategy {strategy} --format json --journal j --set feed.poll=1s");
    let args = format!("{args} --set sandbox.max_warm_up=366d --history 365d");
    let mut child = environment.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("it runs");
    let path = environment.path("j");
    wait_for(&mut child, || Journal::open(&path).and_then(|journal| journal.run_info()).is_ok());
    let output = signal(child, "-INT");
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    let report = figures(&String::from_utf8(output.stdout).expect("text"));
    assert_eq!((report.trades, report.orders, report.complete), (0, 0, false));
    // Nothing of the period that was asked for has been seen.
    assert_eq!((report.days, report.start, report.end), (0, None, None));
    assert!(journal::is_ended(&path));
}

#[test]
fn sigkill_keeps_every_committed_record() {
    let environment = environment();
    let child = start(&environment);
    let path = environment.path("j");
    let before = journal::records(&path);
    let output = signal(child, "-KILL");
    assert_eq!((output.status.code(), output.stdout.len()), (None, 0));
    let after = journal::records(&path);
    assert!(after.len() >= before.len() && after[..before.len()] == before[..], "records were lost or changed");
    assert!(!journal::is_ended(&path), "it was killed, and yet says that it ended");
    // Another run does not write to it.
    let said = environment.run(&format!("run --strategy {RANGE_BUYER} --for 1h --journal j")).failure(1);
    assert!(said.contains("exists already"), "{said}");
    assert_eq!(journal::records(&path), after);
}
