//! Two hosts on one machine: paper beside live, two accounts, and a second host with the same key from another home.

use serde_json::json;

use crate::support::environment::Environment;
use crate::support::proxy::Proxy;
use crate::support::rig::{Rig, at, eager, live};
use crate::support::strategies::confirm;
use crate::support::wait::eventually;

/// Another home, with the configuration and the keys of `rig`.
fn elsewhere(rig: &Rig) -> Environment {
    let other = Environment::new();
    for name in ["host.toml", "alex.key.pem"] {
        let text = rig
            .environment
            .read(name)
            .replace(&rig.environment.path("").display().to_string(), &other.path("").display().to_string());
        let path = other.write(name, text);
        let only_owner = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(path, only_owner).expect("permissions");
    }
    confirm(&other, eager());
    other
}

#[test]
fn a_second_host_with_the_same_key_is_refused_from_another_home_and_a_kill_from_there_reaches_the_first() {
    let rig = Rig::quiet();
    let mut host = rig.host();
    rig.wait_for_orders(0);
    let other = elsewhere(&rig);
    // Whatever it calls the account and wherever it keeps it.
    let named = live().replace("live=alex", "live=bert");
    for beside in [live(), format!("{} --set live.folder=x", live()), format!("{named} --set live.account=bert")] {
        let said = other.run(&format!("{beside} --for 2s")).failure(1);
        let first = format!("another host (process {}) works with `", host.pid());
        assert!(said.contains("another host trades this account at the venue") && said.contains(&first), "{said}");
        assert!(said.contains("live/kalshi-alex`") && said.contains("`host status`"), "{said}");
    }
    // Paper needs no account, and disturbs none.
    let paper = format!("run --strategy {} --for 1d --set feed.poll=10m --journal paper.journal", eager());
    rig.environment.run(&paper).success();
    // A kill from the other home finds the host by its key.
    let killed = other.run("kill --reason drill");
    assert!(killed.stderr.contains("the host that trades with this key keeps its books in "), "{killed}");
    let verified = killed.success();
    assert!(verified.starts_with("verified: 0 open orders at kalshi 20"), "{verified}");
    assert!(rig.account("KILLED").exists() && !other.path("live/kalshi-alex/KILLED").exists());
    host.wait_for("HALTED: ");
    assert_eq!(rig.resting(), 0);
}

#[test]
fn another_account_trades_beside_the_first() {
    let rig = Rig::quiet();
    let _host = rig.host();
    rig.wait_for_orders(0);
    let accounts: serde_json::Value =
        serde_json::from_str(&rig.environment.read("exchange-accounts.json")).expect("JSON");
    let mut accounts = accounts["accounts"].as_array().expect("accounts").iter();
    let bert = accounts.find(|known| known["name"] == "bert").expect("bert")["key_id"].as_str().expect("a key id");
    let key = format!("--set venue.key_id={bert} --set venue.key_file=bert.key.pem --set live.account=bert");
    let beside = format!("{} --for 5s {key}", live().replace("live=alex", "live=bert"));
    rig.environment.run(&beside).success();
    assert!(rig.account("../kalshi-bert/account.journal").exists());
    assert_eq!(rig.status()["host"]["status"]["state"], "active", "the first one goes on");
}

/// The lock does not reach hosts on other machines. Here the key is used through another address, which is as far away.
#[test]
fn a_kill_that_cannot_stop_a_host_elsewhere_says_that_it_trades_on() {
    let rig = Rig::quiet();
    let host = rig.host();
    rig.wait_for_orders(0);
    let other = elsewhere(&rig);
    let proxy = Proxy::to(&rig.exchange.address);
    other.write("host.toml", at(&other.read("host.toml"), &proxy.address));
    // The eager host needs a few seconds to send its next orders, whatever the machine is busy with.
    let said = other.run("kill --set feed.poll=20s --set live.cancel_timeout=2m").failure(3);
    assert!(said.contains("a host elsewhere trades on with this key: it placed "), "{said}");
    assert!(said.contains("buy 1 KXQUIET-") || said.contains("sell 1 KXQUIET-"), "{said}");
    assert!(said.contains("end that host: ") && said.contains("or revoke the key "), "{said}");
    assert!(!said.contains("verified: 0 open orders at kalshi 20") || said.contains("they were cancelled"), "{said}");
    // Without a host, the second look finds nothing.
    drop(host);
    let outcome = other.run("kill --set feed.poll=1s --set live.cancel_timeout=2m");
    assert!(outcome.stderr.contains("a host elsewhere may trade with this key"), "{outcome}");
    outcome.success();
    eventually("no order", || (rig.resting() == 0).then_some(()));
}

#[test]
fn a_start_waits_for_a_venue_that_is_down_for_a_while() {
    let rig = Rig::quiet();
    rig.configure("[venue]\n", "[venue]\nread_attempts = 1\n");
    let down = json!({ "kind": "status", "status": 503, "body": true });
    rig.faults(&json!({ "rules": [{ "endpoint": "*", "fault": down, "times": 2 }] }));
    let mut host = rig.host();
    host.wait_for("not started yet, and tried again for 60 s: the venue does not answer: ");
    host.wait_for("trading: the venue agrees again");
    assert_eq!(host.said().matches("not started yet").count(), 1, "{}", host.said());
}

#[test]
fn a_start_that_waits_for_its_venue_can_be_stopped() {
    let rig = Rig::quiet();
    let down = json!({ "kind": "status", "status": 503, "body": true });
    rig.faults(&json!({ "rules": [{ "endpoint": "*", "fault": down }] }));
    let mut host = rig.host();
    host.wait_for("not started yet, and tried again for 60 s");
    host.signal("TERM");
    assert_eq!(host.end().code(), Some(143));
    host.wait_for("not started: stopped before the venue had answered");
}
