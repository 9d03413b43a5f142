//! The procedures of `host/docs/RUNBOOK.md`: each is performed by a test. Those without one elsewhere are performed
//! here.

use std::fs;
use std::path::Path;

use crate::support::environment::Environment;
use crate::support::process::Host;
use crate::support::rig::{Rig, live};
use crate::support::strategies::{self, REPOSITORY};
use crate::support::wait::eventually;

/// Each procedure, with the tests that perform it: file and name.
const PERFORMED: &[(&str, &[(&str, &str)])] = &[
    (
        "Stop everything",
        &[
            ("tests/control/kill_trading_host.rs", "a_kill_stops_orders_at_once_and_across_restarts_until_a_resume"),
            ("tests/control/kill_without_host.rs", "kill_cancels_all_orders_verifies_and_latches_each_time"),
            ("tests/live/close.rs", "positions_are_closed_and_no_entry_leaves_until_a_resume"),
        ],
    ),
    (
        "Restart after a crash",
        &[
            ("tests/crash/main.rs", "random_kills"),
            ("tests/live/doctor.rs", "what_a_killed_host_left_and_what_was_opened_is_found_and_cured"),
        ],
    ),
    (
        "Restore from a backup",
        &[("tests/live/backups.rs", "a_backup_of_a_trading_host_is_restored_replayed_and_traded_on")],
    ),
    ("Move to another machine", &[("tests/live/runbook.rs", "an_account_moves_to_another_machine_and_is_traded_on")]),
    ("Rotate the API key", &[("tests/live/runbook.rs", "a_key_is_rotated_and_the_account_is_traded_on")]),
    (
        "Roll back a strategy",
        &[("tests/live/swap.rs", "a_named_value_lets_a_version_take_over_and_a_person_can_put_the_one_before_back")],
    ),
    (
        "Sit out a venue outage",
        &[
            ("tests/live/two_hosts.rs", "a_start_waits_for_a_venue_that_is_down_for_a_while"),
            ("tests/live/venue_says.rs", "a_paused_venue_gets_no_order_until_it_takes_them_again"),
        ],
    ),
    (
        "Settle books that disagree",
        &[
            ("tests/live/reconciliation.rs", "trading_continues_after_the_operator_accepts_a_mismatch"),
            ("tests/live/reconciliation.rs", "trading_continues_after_a_mismatch_is_undone"),
        ],
    ),
    (
        "Make room on a full disk",
        &[("tests/live/damaged_store.rs", "a_full_disk_stops_the_host_cancels_its_orders_loses_nothing_and_is_told")],
    ),
];

#[test]
fn every_procedure_is_performed_by_a_test_that_there_is() {
    let read = |file: &str| fs::read_to_string(Path::new(REPOSITORY).join(file)).expect("a file of the repository");
    let runbook = read("host/docs/RUNBOOK.md");
    let procedures = runbook.split("\n## Procedures\n").nth(1).expect("the procedures");
    let named: Vec<&str> = procedures.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    assert_eq!(named, PERFORMED.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    for (procedure, tests) in PERFORMED {
        assert!(!tests.is_empty(), "{procedure}");
        for (file, test) in *tests {
            assert!(read(file).contains(&format!("fn {test}()")), "{procedure}: {file} has no test {test}");
        }
    }
}

/// Starts a host in `environment`, and waits until it trades.
fn start(environment: &Environment) -> Host {
    let mut host = Host::start(environment, &live());
    host.wait_for("trading: the venue agrees again");
    host
}

/// Stops `host` in order.
fn stop(mut host: Host) {
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
}

#[test]
fn a_key_is_rotated_and_the_account_is_traded_on() {
    let (rig, second) = Rig::quiet_with_two_keys();
    let host = start(&rig.environment);
    eventually("resting orders", || (rig.resting() > 0).then_some(()));
    stop(host);
    let before = rig.environment.read("host.toml");
    let (_, rest) = before.split_once("[live]").expect("the section");
    rig.environment.write("host.toml", format!("{second}\n[live]{rest}"));
    let looked = rig.environment.run("doctor --format csv").success();
    assert!(looked.contains("the key opens the account"), "{looked}");
    let orders = rig.orders().len();
    let host = start(&rig.environment);
    assert!(host.said().contains("it was "), "the change is told: {}", host.said());
    rig.wait_for_orders(orders);
    assert_eq!(rig.journal("SELECT count(DISTINCT key_id) || '' FROM sessions"), ["2"]);
    stop(host);
    // The old key's file is gone, and nothing asks for it.
    fs::remove_file(rig.environment.path("alex.key.pem")).expect("the old key");
    rig.environment.run("doctor --quick").success();
    assert!(rig.environment.run("kill --reason rotated").success().contains("verified: 0 open orders"));
}

#[test]
fn an_account_moves_to_another_machine_and_is_traded_on() {
    let rig = Rig::quiet();
    let host = start(&rig.environment);
    eventually("resting orders", || (rig.resting() > 0).then_some(()));
    stop(host);
    let left = rig.status();
    assert_eq!(left["store"]["orders"].as_array().map(Vec::len), Some(0), "{left}");
    rig.environment.run("backup --out alex-move.backup").success();
    // Another machine: another home, and nothing but what was copied.
    let new = strategies::environment().with("USER", "alex");
    for name in ["alex-move.backup", "host.lock", "alex.key.pem"] {
        fs::copy(rig.environment.path(name), new.path(name)).expect("a copy");
    }
    let (old_folder, new_folder) = (rig.environment.path(""), new.path(""));
    let settings = rig.environment.read("host.toml");
    new.write("host.toml", settings.replace(&old_folder.display().to_string(), &new_folder.display().to_string()));
    fs::remove_file(rig.environment.path("alex.key.pem")).expect("the key");
    new.run("backup --verify alex-move.backup").success();
    new.run("backup --restore alex-move.backup --out live/kalshi-alex").success();
    let looked = new.run("doctor --format csv").success();
    assert!(looked.contains("the journal is whole") && looked.contains("the key opens the account"), "{looked}");
    let orders = rig.orders().len();
    let host = start(&new);
    rig.wait_for_orders(orders);
    let journal = crate::support::journal::open(&new.path("live/kalshi-alex/account.journal")).expect("a journal");
    let sessions: Vec<i64> =
        crate::support::journal::select(&journal, "SELECT number FROM sessions", |row| row.get(0)).expect("numbers");
    assert_eq!(sessions, [1, 2], "the account goes on where it was");
    stop(host);
    // Nobody starts the old host by habit.
    let refused = rig.environment.run(&live()).failure(1);
    assert!(refused.contains("alex.key.pem cannot be read"), "{refused}");
}
