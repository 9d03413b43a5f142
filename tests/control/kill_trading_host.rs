//! The kill switch of a trading host: no further order leaves, open ones are cancelled and verified, and it holds
//! until a resume.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use rusqlite::{Connection, TransactionBehavior};
use serde_json::{Value, json};

use crate::support::rig::Rig;
use crate::support::wait::{PATIENCE, eventually};

/// Orders that may be on the wire when a host is killed: it sends ten a second, after a burst of eight. On a machine
/// that is busy with other tests, "at once" cannot be timed; `cargo bench -p host --bench live` measures it.
const IN_FLIGHT: usize = 16;

/// Runs `host kill` with `args`, which must end verified. Asserts that once it says "no further order leaves", only
/// orders that were on the wire still arrive.
#[track_caller]
fn kill_at_once(rig: &Rig, args: &str) {
    let mut command = rig.environment.command(&format!("kill {args}"));
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
    let lines = BufReader::new(child.stderr.take().expect("its words")).lines().map_while(Result::ok);
    let (mut said, mut accepted) = (Vec::new(), None);
    for line in lines {
        if line.contains("no further order leaves") {
            accepted.get_or_insert(rig.orders().len());
        }
        said.push(line);
    }
    let mut stdout = String::new();
    child.stdout.take().expect("its stdout").read_to_string(&mut stdout).expect("text");
    assert!(child.wait().expect("it ends").success(), "{}", said.join("\n"));
    assert_verified(&stdout);
    let accepted = accepted.unwrap_or_else(|| panic!("it does not say that no order leaves:\n{}", said.join("\n")));
    let late = rig.orders().len() - accepted;
    assert!(late <= IN_FLIGHT, "{late} orders after \"no further order leaves\"");
}

/// Asserts that no order rests and that none leaves with the next polls; returns the number of orders so far.
#[track_caller]
fn assert_no_more_orders(rig: &Rig) -> usize {
    // Orders on the wire have arrived by then.
    rig.wait_for_polls(1);
    let accepted = none_rests(rig);
    rig.wait_for_polls(2);
    assert_eq!((rig.orders().len(), rig.resting()), (accepted, 0), "orders left after the kill");
    accepted
}

/// Waits until no order rests; returns the number of orders so far.
#[track_caller]
fn none_rests(rig: &Rig) -> usize {
    eventually("no order rests", || (rig.resting() == 0).then_some(()));
    rig.orders().len()
}

#[track_caller]
fn assert_verified(stdout: &str) {
    assert!(stdout.starts_with("verified: 0 open orders at kalshi 20") && stdout.ends_with("Z\n"), "{stdout}");
}

#[test]
fn a_kill_stops_orders_at_once_and_across_restarts_until_a_resume() {
    let rig = Rig::running();
    let mut host = rig.host();
    rig.wait_for_orders(100);
    kill_at_once(&rig, "--reason drill");
    let accepted = assert_no_more_orders(&rig);
    host.wait_for("ALERT HALTED: alex (host kill): drill");

    host.signal("INT");
    assert!(host.end().success());
    let mut host = rig.host();
    host.wait_for("ALERT HALTED: alex (host kill): drill");
    rig.wait_for_polls(3);
    let status = rig.status();
    assert_eq!(status["host"]["killed"]["reason"], "drill");
    assert_eq!(status["host"]["status"]["state"], "halted");
    assert!(status["host"]["status"]["reasons"][0].as_str().is_some_and(|why| why.contains("drill")), "{status}");
    assert_eq!(rig.orders().len(), accepted);

    let said = rig.environment.command("resume").args(["--reason", " "]).output().expect("the binary runs");
    assert_eq!(said.status.code(), Some(2));
    assert_eq!(rig.orders().len(), accepted);
    rig.environment.run("resume --reason explained").success();
    rig.wait_for_orders(accepted);

    let log = rig.journal("SELECT what || ' by ' || who || ': ' || reason FROM operator_log ORDER BY number");
    assert_eq!(log.first().map(String::as_str), Some("kill by alex (host kill): drill"), "{log:?}");
    assert_eq!(log.last().map(String::as_str), Some("resume by alex (host resume): explained"), "{log:?}");
    let commands = rig.journal("SELECT body FROM events WHERE kind = 'command' ORDER BY seq");
    let at = |words: &str| commands.iter().position(|command| command.contains(words));
    let (killed, resumed) = (at("alex (host kill): drill"), at("alex (host resume): explained"));
    assert!(killed.is_some() && killed < resumed, "{commands:?}");
}

#[test]
fn orders_queued_before_a_kill_are_not_sent_after_a_resume() {
    let rig = Rig::running();
    let _host = rig.host();
    // Sixty signals at once, and a rate limit of eight at first and then ten a second: most orders are still queued.
    rig.wait_for_orders(0);
    let _ = rig.environment.run("kill").success();
    let before: i64 = rig.journal("SELECT CAST(max(order_id) AS TEXT) FROM outbox")[0].parse().expect("a number");
    // Orders on the wire have arrived by then.
    rig.wait_for_polls(1);
    let sent = rig.orders().len();
    rig.environment.run("resume --reason explained").success();
    rig.wait_for_orders(sent + 20);
    let names = format!("SELECT client_order_id FROM outbox WHERE order_id <= {before}");
    let old: BTreeSet<String> = rig.journal(&names).into_iter().collect();
    assert!(old.len() > sent, "all {sent} orders had left before the kill");
    let late = rig.orders()[sent..].iter().filter(|order| old.contains(&order.client_id)).count();
    assert_eq!(late, 0, "of {} orders from before the kill", old.len());
}

#[test]
fn a_kill_succeeds_while_30_percent_of_requests_fail() {
    let rig = Rig::running();
    let _host = rig.host();
    rig.wait_for_orders(100);
    rig.faults(&json!({ "preset": "all", "chance": 0.3, "seed": 3 }));
    kill_at_once(&rig, "");
    rig.faults(&json!({ "rules": [] }));
    assert_no_more_orders(&rig);
}

#[test]
fn sigusr1_and_the_kill_file_stop_a_trading_host() {
    let rig = Rig::running();
    let mut host = rig.host();
    rig.wait_for_orders(50);
    host.signal("USR1");
    host.wait_for("killed by signal SIGUSR1");
    host.wait_for("killed: no further order leaves");
    let accepted = assert_no_more_orders(&rig);

    rig.environment.run("resume --reason explained").success();
    rig.wait_for_orders(accepted + 50);
    rig.environment.write("live/kalshi-alex/KILLED", "");
    host.wait_for("was made by hand");
    assert_no_more_orders(&rig);
}

#[test]
fn a_kill_does_not_wait_for_a_strategy_that_loops() {
    let rig = Rig::running();
    // Long enough for the kill to come in the middle of the loop, which the sandbox stops in the end.
    let args = "--param loop_after=200 --set sandbox.call_ms=40000 --set sandbox.fuel_base=1000000000000";
    let mut host = rig.host_with(args);
    rig.wait_for_orders(50);
    let age = |rig: &Rig| rig.status()["host"]["status_age_seconds"].as_f64().unwrap_or_default();
    eventually("its loop hangs", || (age(&rig) > 2.5).then_some(()));
    kill_at_once(&rig, "--reason loop");
    assert!(age(&rig) > 2.0, "the loop was over before the kill was");
    let accepted = none_rests(&rig);
    assert_eq!(rig.status()["host"]["killed"]["reason"], "loop");
    host.wait_for("ALERT strategy eager failed");
    // Its slot is quarantined, which a person may end: the host stays.
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
    assert_eq!((rig.orders().len(), rig.resting()), (accepted, 0), "orders left after the kill");
    let log = rig.journal("SELECT reason FROM operator_log");
    assert_eq!(log, ["loop"], "the journal hears of the kill once the loop is over");
}

#[test]
fn a_kill_does_not_wait_for_a_locked_store() {
    let rig = Rig::running();
    let mut host = rig.host();
    rig.wait_for_orders(50);
    let mut other = Connection::open(rig.account("account.journal")).expect("the journal");
    other.busy_timeout(PATIENCE).expect("a pragma");
    let held = other.transaction_with_behavior(TransactionBehavior::Exclusive).expect("a lock");
    kill_at_once(&rig, "--reason locked");
    // The host waits some seconds for the lock, and then stops rather than trade without a journal.
    assert_eq!(host.end().code(), Some(1));
    let said = host.said();
    assert!(said.contains("nothing more is sent") && said.contains("locked"), "{said}");
    drop(held);

    let accepted = none_rests(&rig);
    let mut host = rig.host();
    host.wait_for("ALERT HALTED: alex (host kill): locked");
    rig.wait_for_polls(2);
    assert_eq!(rig.journal("SELECT reason FROM operator_log"), ["locked"]);
    assert_eq!(rig.orders().len(), accepted);
}

#[test]
fn a_kill_does_not_need_a_valid_configuration() {
    let rig = Rig::running();
    let _host = rig.host();
    rig.wait_for_orders(20);
    rig.configure("max_daily_loss = 1000.0", "max_daily_loss = \"cats\"");
    let said = rig.environment.run("status").failure(1);
    assert!(said.contains("risk.max_daily_loss"), "{said}");
    kill_at_once(&rig, "");
    // `host status`, with which the polls are counted, needs a valid configuration.
    rig.configure("max_daily_loss = \"cats\"", "max_daily_loss = 1000.0");
    assert_no_more_orders(&rig);
    rig.configure("[live]", "[live");
    let said = rig.environment.run("kill").failure(1);
    assert!(said.contains("is not valid TOML") && said.contains("a file KILLED in the account's folder"), "{said}");
}

#[test]
fn a_kill_from_another_folder_reaches_the_host_of_the_configuration() {
    let rig = Rig::running();
    let whole = rig.environment.path("alex.key.pem").display().to_string();
    rig.configure(&whole, "alex.key.pem");
    let mut host = rig.host();
    rig.wait_for_orders(20);
    let elsewhere = tempfile::tempdir().expect("a folder");
    let configuration = rig.environment.path("host.toml");
    let run = |args: &str| {
        let mut command = rig.environment.command(args);
        command.arg("--config").arg(&configuration).current_dir(elsewhere.path());
        let output = command.output().expect("the binary runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{}", text(&output.stderr));
        (text(&output.stdout), text(&output.stderr))
    };
    let (stdout, stderr) = run("kill --reason drill");
    assert_verified(&stdout);
    assert!(!stderr.contains("no host is running"), "{stderr}");
    host.wait_for("ALERT HALTED: alex (host kill): drill");
    rig.environment.run("resume --reason drill").success();
    host.wait_for("trading: alex (host resume): drill");
    // Another folder for the journal makes no difference: the running host is found by its key.
    let (stdout, stderr) = run("kill --reason again --set live.folder=other");
    assert_verified(&stdout);
    assert!(stderr.contains("the host that trades with this key keeps its books in"), "{stderr}");
    host.wait_for("ALERT HALTED: alex (host kill): again");
    // The key file is found from there also if no host runs.
    host.signal("INT");
    assert!(host.end().success());
    let (stdout, stderr) = run("kill");
    assert_verified(&stdout);
    assert!(stderr.contains("no host is running"), "{stderr}");
    assert_eq!(std::fs::read_dir(elsewhere.path()).expect("a folder").count(), 0);
}

#[test]
fn a_kill_keeps_trying_while_the_venue_answers_500_and_exits_with_3() {
    let rig = Rig::running();
    rig.configure("cancel_timeout = \"2m\"", "cancel_timeout = \"2s\"");
    let _host = rig.host();
    rig.wait_for_orders(50);
    rig.faults(&json!({ "rules": [{ "endpoint": "*", "fault": { "kind": "status", "status": 500 } }] }));
    let said = rig.environment.run("kill").failure(3);
    assert!(said.contains("not verified to be 0") && said.contains("`host kill` again"), "{said}");
    rig.faults(&json!({ "rules": [] }));
    // Two seconds are short on a busy machine, so the kill is repeated.
    let verified = eventually("a kill that is verified", || {
        let said = rig.environment.run("kill");
        (said.code == Some(0)).then_some(said.stdout)
    });
    assert_verified(&verified);
    assert_no_more_orders(&rig);
    let killed: Value = serde_json::from_slice(&std::fs::read(rig.account("KILLED")).expect("a latch")).expect("JSON");
    assert_eq!(killed["by"], "alex (host kill)");
}
