//! Go or no-go as a person meets it: a first start is refused, a restart is not asked about, and the next stage is.

use std::path::Path;
use std::process::Stdio;

use serde_json::Value;

use crate::support::process::signal as signal_to;
use crate::support::rig::{Rig, eager};
use crate::support::wait::eventually;
use crate::support::webhook::WebServer;

/// The arguments of a live run that is asked about.
fn asked() -> String {
    format!("run --strategy {} --live --venue kalshi --yes-i-mean-live=alex", eager())
}

/// Thresholds that a few seconds on paper reach, and a channel of alerts.
fn settings(hook: &str) -> String {
    format!(
        "\n[gonogo]\npaper_days = 0\npaper_gaps = 1.0\npaper_profit = -1.0\nmarkets = 0\n\
         [capital]\nstage = 0.5\nstage_days = 0\nstage_profit = -100.0\nstage_fall = 1.0\n\
         [[alerts.webhook]]\nkind = \"json\"\nurl = \"{hook}\"\n"
    )
}

fn verdict(rig: &Rig, code: i32) -> Value {
    let outcome = rig.environment.run("gonogo --format json");
    assert_eq!(outcome.code, Some(code), "{outcome}");
    serde_json::from_str(&outcome.stdout).expect("JSON")
}

/// The verdict on `key`, with all of its criterion.
fn criterion(verdict: &Value, key: &str) -> Value {
    let all = verdict["criteria"].as_array().expect("criteria");
    all.iter().find(|one| one["key"] == key).unwrap_or_else(|| panic!("no {key} in {verdict}")).clone()
}

#[test]
fn a_first_start_is_asked_about_and_a_restart_is_not() {
    let rig = Rig::quiet();
    let channel = WebServer::start(&[]);
    let text = rig.environment.read("host.toml");
    rig.environment.write("host.toml", text + &settings(&channel.url("/alerts")));
    let refused = rig.environment.run(&format!("{} --for 3s", asked())).failure(10);
    for words in ["not started: this account has never traded real money", "there is no paper run", "--no-go-anyway"] {
        assert!(refused.contains(words), "no {words} in:\n{refused}");
    }
    assert!(!rig.account("account.journal").exists(), "a refused start changes nothing");
    let empty = rig.environment.run(&format!("{} --no-go-anyway=", asked())).failure(2);
    assert!(empty.contains("needs a reason"), "{empty}");

    rig.environment.run(&format!("run --strategy {} --venue kalshi --for 6s", eager())).success();
    let open = verdict(&rig, 10);
    assert_eq!(criterion(&open, "paper")["verdict"], "pass", "{open}");
    assert_eq!(criterion(&open, "risk")["verdict"], "fail", "{open}");
    assert_eq!(criterion(&open, "replay")["verdict"], "pass", "{open}");

    // The case study holds all drills: `tests/cli/readme.rs`.
    rig.environment.run("drill risk").success();
    let held = verdict(&rig, 10);
    for key in ["risk", "limits", "paper", "profit"] {
        assert_eq!(criterion(&held, key)["verdict"], "pass", "{held}");
    }
    assert_eq!(criterion(&held, "runbook")["verdict"], "fail", "{held}");
    // What the machine cannot know of a few seconds without a trade; a failure is not signed away.
    for key in ["profit-factor", "forecasts", "runbook"] {
        rig.environment.run(&format!("gonogo sign {key} --reason tested")).success();
    }
    let signed = verdict(&rig, 10);
    for (key, verdict) in [("profit-factor", "not_known"), ("forecasts", "not_known"), ("runbook", "fail")] {
        let found = criterion(&signed, key);
        assert!(found["verdict"] == verdict && found["signature"]["reason"] == "tested", "{found}");
    }
    let cure = criterion(&signed, "runbook")["cure"].to_string();
    assert!(cure.contains("a failure cannot be signed"), "{cure}");

    rig.environment.run(&format!("{} --no-go-anyway=tested-first --for 3s", asked())).success();
    std::fs::remove_file(rig.account("drills.jsonl")).expect("the drills");
    let host = rig.environment.run(&format!("{} --for 2s", asked()));
    assert_eq!(host.code, Some(0), "a restart is not asked about: {host}");
    let journal = rig.environment.run("journal list --format csv").success();
    assert_eq!(journal.matches(",no-go-anyway,,tested-first").count(), 1, "{journal}");

    rig.configure("stage = 0.5", "stage = 1.0");
    rig.environment.run("stage down --reason careful").success();
    rig.environment.run(&format!("{} --for 2s", asked())).success();
    let refused = rig.environment.run("stage up --reason ready").failure(10);
    assert!(refused.contains("the account stays at its stage") && refused.contains("was never held"), "{refused}");
    rig.environment.run("stage up --reason ready --no-go-anyway=tested").success();
    let journal = rig.environment.run("journal list --format csv").success();
    assert_eq!(journal.matches(",no-go-anyway,,tested\n").count(), 1, "{journal}");
}

#[test]
fn a_wrong_key_is_not_signed() {
    let rig = Rig::quiet();
    let wrong = rig.environment.run("gonogo sign profitfactor --reason x").failure(2);
    assert!(wrong.contains("there is no criterion `profitfactor`") && wrong.contains("profit-factor"), "{wrong}");
    assert!(!rig.account("decisions.jsonl").exists());
}

/// Number of processes that work below `folder`.
fn processes_in(folder: &Path) -> usize {
    let processes = std::fs::read_dir("/proc").expect("processes").flatten();
    processes.filter(|one| std::fs::read_link(one.path().join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder))).count()
}

#[test]
fn an_interrupted_drill_leaves_nothing_running_and_proves_nothing() {
    let rig = Rig::quiet();
    for (signal, code) in [("INT", Some(130)), ("KILL", None)] {
        let folder = rig.environment.path(signal);
        std::fs::create_dir(&folder).expect("a folder");
        let start = || {
            let mut command = rig.environment.command("drill crash");
            command.env("TMPDIR", &folder).stdout(Stdio::null()).stderr(Stdio::null());
            command.spawn().expect("the binary runs")
        };
        let mut drill = start();
        eventually("an exchange and a process beside it", || {
            // A machine that is too busy for a drill has none, which is said and proves nothing: another one then.
            if drill.try_wait().expect("a child").is_some_and(|ended| ended.code() != Some(0)) {
                drill = start();
            }
            (processes_in(&folder) >= 2).then_some(())
        });
        signal_to(&drill, signal);
        assert_eq!(drill.wait().expect("it ends").code(), code, "{signal}");
        eventually("the end of its processes", || (processes_in(&folder) == 0).then_some(()));
        assert!(!rig.account("drills.jsonl").exists(), "{signal}");
    }
    let left = std::fs::read_dir(rig.environment.path("INT")).expect("a folder").count();
    assert_eq!(left, 0, "its folder is removed");
}
