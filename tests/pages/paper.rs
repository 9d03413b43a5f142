//! The dashboard of a paper run: marked PAPER, from its journal alone, without a stop, while it goes on and when it is
//! over.

use std::net::TcpListener;
use std::process::{Command, Stdio};

use host_core::Usd;
use serde_json::{Value, json};

use crate::browser::run_script;
use crate::support::process::Host;
use crate::support::strategies::{RANGE_BUYER, environment};
use crate::support::tapes::figures;
use crate::support::wait::eventually;

#[test]
fn a_run_that_goes_on_is_shown_as_paper_and_told_to_be_over_when_it_is() {
    let environment = environment();
    let mut command: Command =
        environment.command(&format!("run --strategy {RANGE_BUYER} --markets 20 --for 90d --speed 3000 --format json"));
    let printed = environment.path("figures.json");
    command.stdout(std::fs::File::create(&printed).map(Stdio::from).expect("a file"));
    let mut run = Host::of(&environment, command);
    let runs = environment.path("runs");
    eventually("a run", || {
        let names = std::fs::read_dir(&runs).ok()?.flatten().map(|entry| entry.path().join("run.json"));
        names.into_iter().any(|path| path.is_file()).then_some(())
    });
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    let listen = format!("--set dashboard.listen={free}");
    let mut dashboard = Host::start(&environment, &format!("dashboard latest {listen}"));
    dashboard.wait_for("lets a browser in");
    let link = environment.run(&format!("dashboard login --paper --scope kill {listen}")).success();
    // The script ends the run with this, as a person does with Ctrl-C.
    let argument = format!("{} {}", link.trim(), run.id());
    let Some(seen) = run_script("paper.mjs", &argument, "paper") else { return };
    assert_eq!((&seen["violations"], &seen["said"]), (&json!([]), &json!([])), "{seen}");
    for width in seen["widths"].as_array().expect("widths") {
        assert_eq!(width[1], width[2], "{} is wider than the screen", width[0]);
    }
    let is = |name: &str, expect: Value| assert_eq!(seen[name], expect, "{name}");
    is("mark", json!("PAPER"));
    is("solid", json!(false));
    is("streamed", json!(true));
    is("in_view", json!(true));
    is("stop_forms", json!(0));
    is("refused", json!([403, 403, 403]));
    is("app", json!("host paper"));
    let text = |name: &str| seen[name].as_str().expect("text").to_owned();
    assert!(text("title").starts_with("PAPER paper-"), "{}", text("title"));
    assert!(text("running").contains("Ctrl-C where it runs ends the run"), "{}", text("running"));
    assert!(text("over").contains("Ended at "), "{}", text("over"));
    assert!(text("noted").contains("looks as it should"), "{}", text("noted"));
    assert_eq!(run.end().code(), Some(130), "{}", run.said());
    // The page's equity is that of the run's own figures.
    let report = figures(&std::fs::read_to_string(&printed).expect("its figures"));
    let equity = text("equity").replace(['$', ','], "").parse().ok().and_then(Usd::from_dollars);
    let cents = |amount: Usd| (amount.as_dollars() * 100.0).round() as i64;
    assert_eq!(equity.map(cents), Some(cents(report.final_equity.0)), "{}", text("equity"));
    assert!(seen["positions"].as_u64() > Some(0), "{seen}");
}
