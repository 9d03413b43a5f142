//! `host journal`: notes about runs, with what they are about.

use crate::support::environment::{Environment, assert_refused};
use crate::support::strategies::{RANGE_BUYER, environment};
use crate::support::tapes::{import, quotes_csv};

const NOTE: &str = "No action taken. System working as designed.";

/// Runs `host journal` with `args`, of which the first may have spaces in it.
fn journal(environment: &Environment, args: &[&str]) -> (Option<i32>, String, String) {
    let output = environment.command("journal").args(args).output().expect("the binary runs");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn back_test() -> Environment {
    let environment = environment().with("USER", "alex");
    import(&environment, &quotes_csv((0..200).map(|poll| (poll * 30, "FED", 30 + poll % 10, 32 + poll % 10))));
    environment.run(&format!("backtest --strategy {RANGE_BUYER} --tape tape -q")).success();
    environment
}

#[test]
fn a_note_is_listed_exported_and_shown_on_the_tear_sheet() {
    let environment = back_test();
    let (code, printed, said) = journal(&environment, &["add", NOTE, "--run", "latest"]);
    assert_eq!((code, printed.as_str()), (Some(0), ""), "{said}");
    assert!(said.contains("noted in runs/backtest-") && said.contains("decisions.jsonl"), "{said}");
    assert_eq!(journal(&environment, &["add", "Filled late", "--about", "1", "--run", "latest"]).0, Some(0));
    assert_eq!(journal(&environment, &["add", "Too early", "--about", "FED", "--run", "latest"]).0, Some(0));
    let csv = environment.run("journal list --run latest --format csv").success();
    let lines: Vec<&str> = csv.lines().map(|line| line.split_once(',').map_or(line, |(_, rest)| rest)).collect();
    let expect =
        ["who,what,about,text", "alex,note,,No action taken. System working as designed.", "alex,note,1,Filled late"];
    assert_eq!(&lines[..3], &expect);
    assert_eq!(environment.run("journal export notes.csv --run latest").success(), "notes.csv\n");
    assert_eq!(environment.read("notes.csv"), csv);
    environment.run("journal export notes.json --run latest").success();
    let notes: serde_json::Value = serde_json::from_str(&environment.read("notes.json")).expect("JSON");
    assert_eq!((notes[0]["text"].as_str(), notes[2]["about"].as_str()), (Some(NOTE), Some("FED")));
    environment.run("report latest --html page.html").success();
    assert!(environment.read("page.html").contains(NOTE));
}

#[test]
fn a_note_about_nothing_is_refused() {
    let environment = back_test();
    let check = |args: &[&str], code: i32, expect: &str| {
        let (found, printed, said) = journal(&environment, args);
        assert_eq!((found, printed.as_str()), (Some(code), ""), "{args:?}: {said}");
        assert!(said.contains(expect), "{args:?}: {said}");
    };
    check(&["add", " ", "--run", "latest"], 2, "a note needs a text");
    check(&["add", NOTE, "--about", "FRD", "--run", "latest"], 1, "did you mean `FED`?");
    check(&["add", NOTE, "--about", "999", "--run", "latest"], 1, "the run has no order 999");
    check(&["add", NOTE], 1, "no account is named");
    check(&["add", NOTE, "--run", "lastest"], 1, "did you mean `latest`?");
    check(&["export", "no/such/notes.csv", "--run", "latest"], 1, "cannot write no/such/notes.csv");
    let configured = |environment: &Environment| drop(environment.write("host.toml", "[live]\naccount = \"alex\"\n"));
    assert_refused(configured, "journal list", 1, &["there is no live account in", "--run latest"]);
}
