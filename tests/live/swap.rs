//! Another version of a strategy takes over its slot while the host trades, is refused, comes back, or decides in the
//! shadow.

use std::time::Duration;

use host_core::{Span, Timestamp};
use serde_json::Value;

use crate::account::{Account, Begun, JOURNAL};
use crate::faults;
use crate::support::process::Host;
use crate::support::rig::{LIVE, Rig};
use crate::support::strategies::{build, confirm, environment, write_version};
use crate::support::wait::{eventually, within};

/// 2026-01-01, the start of the exchange.
const BEGIN_NS: i64 = 1_767_225_600_000_000_000;

/// A version of the strategy whose state is a count, with parts of its source replaced.
pub fn counting(version: &str, replaced: &[(&str, &str)]) -> String {
    let mut source = include_str!("../support/sources/stateful.rs").to_owned();
    for (from, to) in replaced {
        assert!(source.contains(from), "{from}");
        source = source.replace(from, to);
    }
    build(write_version(&environment(), ("counting", version), &source))
}

/// One that reads no state that the first version saves.
fn forgetful() -> String {
    counting("2.0.0", &[("(u32, u32) = (1, 1)", "(u32, u32) = (2, 2)")])
}

/// The slot of the running host.
fn slot(said: &str) -> Value {
    let said: Value = serde_json::from_str(said).expect("JSON");
    said["slots"][0].clone()
}

/// Version and standing of the strategy in the slot.
fn trading(said: &str) -> (String, String) {
    let slot = slot(said);
    (slot["version"].as_str().unwrap_or("").to_owned(), slot["standing"].as_str().unwrap_or("").to_owned())
}

/// Waits until the run has come to `day`, counted from 0.
#[track_caller]
fn wait_for_day(account: &Account, begun: &mut Begun, day: i64) {
    within(Duration::from_secs(600), &format!("day {day}"), || {
        begun.still_runs();
        (account.last_event_ns() >= BEGIN_NS + day * Span::DAY.0).then_some(())
    });
}

#[test]
fn three_weeks_with_faults_cross_five_swaps() {
    let first = counting("1.0.0", &[]);
    let account = Account::open(&faults::all("5d"), 40, &[&first], "");
    account.configure("poll = \"10m\"", "poll = \"3m\"");
    let mut begun = account.begin("--for 16d");
    wait_for_day(&account, &mut begun, 2);
    let same = account.host(&format!("swap counting {first} --reason same"));
    assert!(same.starts_with("swapped: counting 1.0.0 (") && same.contains("goes on from the state of"), "{same}");

    wait_for_day(&account, &mut begun, 5);
    let second = counting("1.1.0", &[]);
    let newer = account.host(&format!("swap counting {} --reason newer", account.confirmed_component(&second)));
    assert!(newer.starts_with("swapped: counting 1.1.0 ("), "{newer}");

    wait_for_day(&account, &mut begun, 8);
    let other = forgetful();
    let refused = account.refused(&format!("swap counting {} --reason other", account.confirmed_component(&other)));
    assert!(refused.contains("it reads states of layout 2 and later, not 1"), "{refused}");
    assert_eq!(trading(&account.host("slots --format json")), ("1.1.0".to_owned(), "trading".to_owned()));

    wait_for_day(&account, &mut begun, 11);
    // Forty markets at each poll: an hour later, and within its time of trial.
    let failing = counting("1.2.0", &[("FAILS_AFTER: u64 = 0", "FAILS_AFTER: u64 = 900")]);
    account.confirmed_component(&failing);
    let swapped = account.host(&format!("swap counting {failing} --rollback 7d --reason hasty"));
    assert!(swapped.starts_with("swapped: counting 1.2.0 ("), "{swapped}");
    let back = "SELECT count(*) FROM records WHERE kind = 'swapped' AND body LIKE '%it fails as it was made to%'";
    within(Duration::from_secs(120), "the version from before", || (account.count(back) == 1).then_some(()));
    assert_eq!(trading(&account.host("slots --format json")), ("1.1.0".to_owned(), "trading".to_owned()));
    assert_eq!(account.count("SELECT count(*) FROM records WHERE kind = 'fault'"), 0, "a quarantine");
    begun.ends_with(0);
    let before = account.agree();
    assert!(before.orders.len() > 1_000 && before.fills.len() > 500, "{} orders", before.orders.len());

    // By restart: with a component that was not swapped in.
    let account = account.with(&[&counting("1.3.0", &[])]);
    let outcome = account.trade("--for 5d");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert!(outcome.stderr.contains("that of its former version, and has caught up with"), "{outcome}");
    assert!(account.agree().orders.len() > before.orders.len() + 50);
    let alone = "SELECT count(*) FROM events WHERE kind = 'command' AND body LIKE '%wind_down%'";
    assert_eq!(account.count(alone), 0);
    let swapped = account.count("SELECT count(*) FROM records WHERE kind = 'swapped'");
    assert_eq!(swapped, 4, "same, newer, failing and back");
    let what_if = account.host(&format!("replay {JOURNAL} --strategy {first} --format json"));
    let what_if: Value = serde_json::from_str(&what_if).expect("JSON");
    // All versions decide alike, and the one that failed decided nothing on the row at which it did.
    assert_eq!(what_if["differing_rows"], 0, "{what_if}");
}

/// A host in wall-clock time with the first version, after its state was kept.
fn started(rig: &Rig, strategy: &str) -> Host {
    let host = started_without_state(rig, strategy);
    eventually("a state", || {
        let said = rig.environment.run("slots --format json");
        (said.code == Some(0) && slot(&said.stdout)["state"].is_string()).then_some(())
    });
    host
}

/// Runs `swap ARGS`, which must fail with `code` and say what is expected, and leave the first version as it is.
#[track_caller]
fn check_refused(rig: &Rig, args: &str, code: i32, expect: &[&str]) {
    let outcome = rig.environment.run(&format!("swap {args} --reason test"));
    assert_eq!(outcome.code, Some(code), "{args}: {outcome}");
    for part in expect {
        assert!(outcome.stderr.contains(part), "{args}: no `{part}` in {outcome}");
    }
    let slots = rig.environment.run("slots --format json").success();
    let (version, standing) = trading(&slots);
    assert!(version == "1.0.0" && ["warming up", "trading"].contains(&standing.as_str()), "{standing} after {args}");
}

/// The same for the component `new`, which a person has confirmed.
#[track_caller]
fn check_cannot(rig: &Rig, new: &str, expect: &[&str]) {
    confirm(&rig.environment, new);
    check_refused(rig, &format!("counting {new}"), 1, expect);
}

/// A version whose parameter has the same name and another unit.
fn other_units() -> String {
    counting("1.4.0", &[("Signals in a hundred rows.", "Signals in a thousand rows.")])
}

#[test]
fn what_cannot_take_over_leaves_the_version_in_the_slot_as_it_is() {
    let rig = Rig::quiet();
    let mut host = started(&rig, &counting("1.0.0", &[]));
    let newer = counting("1.1.0", &[]);
    let check = |args: &str, code: i32, expect: &[&str]| check_refused(&rig, args, code, expect);
    check(&format!("counting {newer}"), 1, &["not swapped: nothing runs that is not trusted"]);
    confirm(&rig.environment, &newer);
    check(&format!("countin {newer}"), 1, &["there is no slot `countin`", "did you mean `counting`?"]);
    check("counting nowhere.wasm", 1, &["nowhere.wasm"]);
    rig.environment.write("text.wasm", "no strategy");
    check("counting text.wasm", 1, &["text.wasm"]);
    check(&format!("counting {newer} --param wihses=4"), 1, &["did you mean `wishes`?"]);
    check(&format!("counting {newer} --param wishes=101"), 1, &["0..100"]);
    check(&format!("counting {newer} --at yesterday"), 2, &["is no time"]);
    check(&format!("counting {newer} --at 2020-01-01T00:00:00Z"), 2, &["is over"]);
    check(&format!("counting {newer} --back"), 2, &["cannot be used with"]);
    check("counting --back", 1, &["no version from before that could come back"]);
    check("counting --promote", 1, &["has no shadow"]);
    check("counting --end-shadow", 1, &["has no shadow"]);
    let layout = "it reads states of layout 2 and later, not 1";
    check_cannot(&rig, &forgetful(), &["cannot take over counting", layout, "--warm-up"]);
    let failing = counting("1.2.0", &[("self.rows += 1;", "panic!(\"it fails as it was made to\");")]);
    check_cannot(&rig, &failing, &["it fails as it was made to"]);
    let meaning = ["has parameters of another meaning", "Signals in a thousand rows.", "--param wishes="];
    check_cannot(&rig, &other_units(), &meaning);
    let takes = "std::mem::forget(std::hint::black_box(vec![1u8; 300 << 20])); Ok(Counting {";
    check_cannot(&rig, &counting("1.5.0", &[("Ok(Counting {", takes)]), &["memory"]);
    let outcome = rig.environment.run(&format!("swap counting {newer} --reason  "));
    assert_eq!(outcome.code, Some(2), "{outcome}");
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
    let outcome = rig.environment.run(&format!("swap counting {newer} --reason test"));
    assert!(outcome.code == Some(1) && outcome.stderr.contains("no host trades this account now"), "{outcome}");
}

#[test]
fn a_named_value_lets_a_version_take_over_and_a_person_can_put_the_one_before_back() {
    let rig = Rig::quiet();
    let mut host = started(&rig, &counting("1.0.0", &[]));
    let units = other_units();
    confirm(&rig.environment, &units);
    let named = rig.environment.run(&format!("swap counting {units} --param wishes=5 --reason named")).success();
    assert!(named.starts_with("swapped: counting 1.4.0"), "{named}");
    let shown = rig.environment.run("slots").success();
    assert!(shown.contains("comes back if it fails") && shown.contains("counting 1.0.0 ("), "{shown}");
    let back = rig.environment.run("swap counting --back --reason again").success();
    assert!(back.starts_with("swapped back: counting 1.0.0"), "{back}");
    check_refused(&rig, "counting --back", 1, &["no version from before"]);
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
    let replayed = rig.environment.run("replay live/kalshi-alex/account.journal").success();
    assert!(replayed.ends_with(": identical\n"), "{replayed}");
}

#[test]
fn no_poll_is_missed_and_none_is_decided_twice() {
    let first = counting("1.0.0", &[]);
    let account = Account::open(&serde_json::json!({ "rules": [] }), 20, &[&first], "");
    // Made before it begins: simulated days pass faster than a build.
    let versions = [(1, "1.1.0"), (3, "1.3.0"), (5, "1.1.0")].map(|(day, version)| (day, counting(version, &[])));
    for (_, next) in &versions {
        account.confirmed_component(next);
    }
    let mut begun = account.begin("--for 20d");
    for (day, next) in versions {
        wait_for_day(&account, &mut begun, day);
        let swapped = account.host(&format!("swap counting {next} --reason test"));
        assert!(swapped.starts_with("swapped: "), "{swapped}");
    }
    begun.ends_with(0);
    assert_eq!(account.count("SELECT count(*) FROM records WHERE kind = 'swapped'"), 3);
    let gaps = "SELECT count(*) FROM (SELECT time - lag(time) OVER (ORDER BY seq) AS gap FROM events \
                WHERE kind IN ('poll', 'recorded_poll')) WHERE gap <> 600000000000";
    assert_eq!(account.count(gaps), 0, "polls that are not ten minutes apart");
    let twice = "SELECT count(*) - count(DISTINCT time || ' ' || market) FROM records WHERE kind = 'signal'";
    assert_eq!(account.count(twice), 0, "a row that was decided twice");
    account.agree();
}

#[test]
fn a_file_that_changed_since_it_was_checked_is_not_taken() {
    let rig = Rig::quiet();
    let mut host = started(&rig, &counting("1.0.0", &[]));
    let mut order = serde_json::json!({ "swap": {
        "slot": "counting", "file": rig.environment.path("new.wasm"), "sha256": "0".repeat(64), "parameters": [],
        "at": null, "keep": 0, "warm_up": false, "shadow": null, "reason": "test", "by": "test"
    } });
    std::fs::copy(counting("1.1.0", &[]), rig.environment.path("new.wasm")).expect("a copy");
    let ask = |order: &Value| {
        use std::io::{BufRead, BufReader, Write};
        let mut stream = std::os::unix::net::UnixStream::connect(rig.account("control.sock")).expect("a socket");
        writeln!(stream, "{order}").expect("it is sent");
        let lines = BufReader::new(stream).lines().map(|line| line.expect("a line"));
        lines.last().expect("an answer")
    };
    let said = ask(&order);
    assert!(said.contains("has changed since it was checked"), "{said}");
    order["swap"]["slot"] = "another".into();
    assert!(ask(&order).contains("there is no slot `another`"));
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
}

#[test]
fn a_restart_goes_on_with_what_was_swapped_in_and_with_what_is_planned() {
    let rig = Rig::running();
    let (first, newer) = (counting("1.0.0", &[]), counting("1.1.0", &[]));
    let host = started(&rig, &first);
    confirm(&rig.environment, &newer);
    rig.environment.run(&format!("swap counting {newer} --reason test")).success();
    let at = Timestamp(rig.exchange.now_ns()) + Span::hours(1);
    let later = counting("1.6.0", &[]);
    confirm(&rig.environment, &later);
    let planned = rig.environment.run(&format!("swap counting {later} --at {at} --reason test")).success();
    assert!(planned.starts_with("planned: slot counting: counting 1.6.0"), "{planned}");
    host.die();

    let mut host = started(&rig, &first);
    let said = host.said();
    assert!(said.contains("slot counting goes on with counting 1.1.0, which was swapped in"), "{said}");
    let slots = rig.environment.run("slots --format json").success();
    assert_eq!(trading(&slots), ("1.1.0".to_owned(), "trading".to_owned()));
    assert!(slot(&slots)["coming"].as_str().is_some_and(|coming| coming.contains("1.6.0")), "{slots}");
    let called_off = rig.environment.run("swap counting --back --reason test").success();
    assert!(called_off.contains("it was called off"), "{called_off}");
    let soon = Timestamp(rig.exchange.now_ns()) + Span::seconds(5);
    rig.environment.run(&format!("swap counting {later} --at {soon} --reason test")).success();
    eventually("the planned swap", || {
        let slots = rig.environment.run("slots --format json").success();
        (trading(&slots).0 == "1.6.0").then_some(())
    });
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());

    // Another component under the slot is a swap by restart, whose parameters must mean the same.
    let units = other_units();
    confirm(&rig.environment, &units);
    let live = |strategy: &str| format!("run --strategy {strategy} {LIVE}");
    let outcome = rig.environment.run(&format!("{} --for 3s", live(&units)));
    assert!(outcome.code == Some(1) && outcome.stderr.contains("Signals in a thousand rows."), "{outcome}");
    let mut host = started(&rig, &format!("{units} --param wishes=4"));
    let slots = rig.environment.run("slots --format json").success();
    assert_eq!(trading(&slots), ("1.4.0".to_owned(), "warming up".to_owned()));
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
    let replayed = rig.environment.run("replay live/kalshi-alex/account.journal").success();
    assert!(replayed.ends_with(": identical\n"), "{replayed}");
}

#[test]
fn a_shadow_decides_beside_the_version_that_trades_over_a_kill_and_takes_over() {
    let first = counting("1.0.0", &[]);
    let account = Account::open(&faults::all("5d"), 40, &[&first], "");
    let mut begun = account.begin("--for 40d");
    wait_for_day(&account, &mut begun, 1);
    let eager = counting("1.7.0", &[("self.parameters.wishes {", "3 * self.parameters.wishes {")]);
    account.confirmed_component(&eager);
    let told = account.host(&format!("swap counting {eager} --shadow 2d --reason eager"));
    assert!(told.starts_with("begun: counting 1.7.0 ("), "{told}");
    wait_for_day(&account, &mut begun, 3);
    let shown = account.host("slots --shadow");
    let rows: Vec<&str> = shown.lines().filter(|line| line.starts_with("counting")).collect();
    assert!(rows.len() == 2 && rows[0].contains("trading") && rows[1].contains("shadow"), "{shown}");
    begun.child.kill().expect("it runs");
    let _ = begun.child.wait();
    let before = account.shadow_records();
    assert!(before.len() > 100, "{} records", before.len());

    let mut begun = account.begin("--for 4d");
    eventually("the shadow", || {
        let said = account.try_host("slots --shadow --format csv")?;
        said.contains("shadow").then_some(())
    });
    wait_for_day(&account, &mut begun, 5);
    let after = account.shadow_records();
    assert_eq!(after[..before.len()], before, "a restart changes what a shadow has decided");
    let doubled = "SELECT count(*) - count(DISTINCT event_seq || kind || body) FROM shadow_records";
    assert_eq!(account.count(doubled), 0, "records are kept twice");
    let slots = slot(&account.host("slots --format json"));
    let (own, trading) = (&slots["shadow"]["figures"], &slots["shadow"]["trading"]);
    assert!(own["signals"].as_u64() > trading["signals"].as_u64().map(|signals| 2 * signals), "{slots}");
    let promoted = account.host("swap counting --promote --reason better");
    assert!(promoted.starts_with("swapped: counting 1.7.0 ("), "{promoted}");
    begun.ends_with(0);
    account.agree();
}

#[test]
fn a_strategy_without_positions_is_swapped_by_warm_up() {
    let rig = Rig::quiet();
    let stateless = [("export!(Counting, stateful)", "export!(Counting)")];
    let mut host = started_without_state(&rig, &counting("3.0.0", &stateless));
    let other = counting("3.1.0", &stateless);
    confirm(&rig.environment, &other);
    let swapped = rig.environment.run(&format!("swap counting {other} --reason test")).success();
    assert!(swapped.contains("begins from") && swapped.contains("rows recorded since"), "{swapped}");
    rig.wait_for_polls(2);
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
    let replayed = rig.environment.run("replay live/kalshi-alex/account.journal").success();
    assert!(replayed.ends_with(": identical\n"), "{replayed}");
}

fn started_without_state(rig: &Rig, strategy: &str) -> Host {
    confirm(&rig.environment, strategy.split(' ').next().expect("a path"));
    let args = format!("run --strategy {strategy} {LIVE}");
    let mut host = Host::start(&rig.environment, &args);
    host.wait_for("trading: the venue agrees again");
    rig.wait_for_polls(3);
    host
}

#[test]
fn a_version_takes_over_only_if_somebody_vouches_for_it_and_a_restart_knows_who() {
    let rig = Rig::quiet();
    let run = |args: &str| rig.environment.run(args);
    run("sign --new-key alex.key --no-password").success();
    run("trust add alex alex.pub").success();
    let first = counting("1.0.0", &[]);
    let host = started(&rig, &first);
    let copy = |version: &str, name: &str| {
        std::fs::copy(counting(version, &[]), rig.environment.path(name)).expect("a copy");
    };
    copy("1.1.0", "v2.wasm");
    copy("1.3.0", "v3.wasm");
    run("sign v2.wasm --key alex.key").success();
    std::fs::copy(rig.environment.path("v2.wasm.minisig"), rig.environment.path("v3.wasm.minisig")).expect("a copy");
    let refused = run("swap counting v3.wasm --reason test");
    assert!(refused.code == Some(1) && refused.stderr.contains("not swapped"), "{refused}");
    let swapped = run("swap counting v2.wasm --reason test");
    assert!(swapped.stderr.contains("checked, signed by alex (key "), "{swapped}");
    let swapped = swapped.success();
    assert!(swapped.starts_with("swapped: counting 1.1.0"), "{swapped}");
    let lock = rig.environment.read("host.lock");
    assert!(lock.contains("version = \"1.1.0\""), "{lock}");
    host.die();

    let mut host = started(&rig, &first);
    let slots = run("slots --format json").success();
    assert_eq!(trading(&slots), ("1.1.0".to_owned(), "trading".to_owned()));
    assert!(slot(&slots)["signer"].as_str().is_some_and(|signer| signer.starts_with("signed by alex")), "{slots}");
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
    // Without the key nobody vouches for what was swapped in: it does not trade.
    run("trust remove alex").success();
    let refused = run(&format!("run --strategy {first} {LIVE} --for 3s"));
    assert!(refused.code == Some(1) && refused.stderr.contains("not started"), "{refused}");
}
