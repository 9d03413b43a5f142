//! A host as a service: what it tells its manager, settings that it takes up while it trades, a stop that keeps its
//! orders, and another version that takes over.

use std::os::unix::net::UnixDatagram;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use serde_json::Value;

use crate::support::process::Host;
use crate::support::rig::{Rig, live};
use crate::support::wait::{PATIENCE, eventually};

/// The manager's end of a service.
struct Manager {
    socket: UnixDatagram,
    heard: Vec<String>,
}

impl Manager {
    /// Starts a host that is to give a sign of life every half second.
    fn start(rig: &Rig) -> (Manager, Host) {
        let path = rig.environment.path("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        socket.set_read_timeout(Some(Duration::from_millis(50))).expect("a time");
        let mut command = rig.environment.command(&live());
        command.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "500000").env_remove("WATCHDOG_PID");
        command.stdin(Stdio::null()).stdout(Stdio::null());
        (Manager { socket, heard: Vec::new() }, Host::of(&rig.environment, command))
    }

    /// Listens for `span`; returns the number of signs of life.
    fn listen(&mut self, span: Duration) -> usize {
        let (until, mut bytes, known) = (Instant::now() + span, [0; 4_096], self.heard.len());
        while Instant::now() < until {
            let Ok(length) = self.socket.recv(&mut bytes) else { continue };
            self.heard.extend(String::from_utf8_lossy(&bytes[..length]).lines().map(str::to_owned));
        }
        self.heard[known..].iter().filter(|line| *line == "WATCHDOG=1").count()
    }

    fn wait_for(&mut self, line: &str) {
        let until = Instant::now() + PATIENCE;
        while !self.heard.iter().any(|heard| heard == line) {
            assert!(Instant::now() < until, "no {line} in {:?}", self.heard);
            self.listen(Duration::from_millis(100));
        }
    }
}

#[test]
fn a_service_is_ready_alive_reloaded_stopped_and_taken_over() {
    let rig = Rig::quiet();
    rig.configure("[live]\n", "[live]\norders_at_stop = \"keep\"\n");
    rig.configure("order_expiry = \"10s\"", "order_expiry = \"10m\"");
    let (mut manager, mut host) = Manager::start(&rig);
    manager.wait_for("READY=1");
    eventually("resting orders", || (rig.resting() > 0).then_some(()));
    let compared = rig.status()["host"]["status"]["reconciliation"]["mismatches"].clone();
    assert_eq!(compared, Value::Array(Vec::new()), "ready means compared");

    // The market is quiet, and the loop turns.
    assert!(manager.listen(Duration::from_secs(2)) >= 4, "{:?}", manager.heard);
    reloads(&rig, &host);

    // The store is locked: the loop hangs, however well the threads beside it are.
    let journal = Connection::open(rig.account("account.journal")).expect("a journal");
    journal.execute_batch("BEGIN IMMEDIATE").expect("a lock");
    manager.listen(Duration::from_millis(1_500));
    assert_eq!(manager.listen(Duration::from_secs(1)), 0, "{:?}", manager.heard);
    journal.execute_batch("ROLLBACK").expect("no lock");
    drop(journal);
    assert!(manager.listen(Duration::from_secs(2)) > 0, "{:?}", manager.heard);

    host.signal("TERM");
    assert!(host.end().success(), "{}", host.said());
    manager.wait_for("STOPPING=1");
    assert!(host.said().contains("open orders work on until they expire"), "{}", host.said());
    let kept = rig.resting();
    assert!(kept > 0, "{}", host.said());
    is_taken_over(&rig, kept);
}

/// Limits are taken up by command and by signal; nothing is where something cannot be.
fn reloads(rig: &Rig, host: &Host) {
    let changed =
        |from: &str, to: &str| rig.configure(&format!("max_daily_loss = {from}"), &format!("max_daily_loss = {to}"));
    changed("1000.0", "900.0");
    let printed = rig.environment.run("reload").success();
    assert_eq!(printed, "risk.max_daily_loss: 1000.0 \u{2192} 900.0\n");
    assert_eq!(rig.environment.run("reload alex").success().lines().count(), 1, "nothing has changed since");
    let limits = "SELECT body ->> '$.limits.max_daily_loss' || '' FROM events WHERE kind = 'command' \
        AND body ->> '$.command' = 'stage'";
    assert_eq!(rig.journal(limits), ["900.0"]);
    let said = rig.journal("SELECT reason FROM operator_log WHERE what = 'reload'");
    assert_eq!(said, ["risk.max_daily_loss: 1000.0 \u{2192} 900.0"]);

    changed("900.0", "-5.0");
    let refused = rig.environment.run("reload").failure(1);
    assert!(refused.contains("not reloaded") && refused.contains("risk.max_daily_loss"), "{refused}");
    changed("-5.0", "800.0");
    rig.configure("poll = \"1s\"", "poll = \"2s\"");
    let refused = rig.environment.run("reload").failure(1);
    assert!(refused.contains("feed.poll: 1s \u{2192} 2s: needs a restart"), "{refused}");
    assert_eq!(rig.journal(limits).len(), 1, "half of it was taken up");
    rig.configure("poll = \"2s\"", "poll = \"1s\"");
    host.signal("HUP");
    eventually("another limit", || (rig.journal(limits) == ["900.0", "800.0"]).then_some(()));
}

/// Another version takes over what this one left, and a format of the future is left as it is.
fn is_taken_over(rig: &Rig, kept: usize) {
    let path = rig.account("account.journal");
    let change = |sql: &str| Connection::open(&path).expect("a journal").execute_batch(sql).expect("a change");
    change("UPDATE sessions SET engine_version = '0.1.99'; UPDATE run SET engine_version = '0.1.99'");
    let mut host = rig.host();
    host.wait_for("trading eager");
    let agrees = || {
        let status = rig.running_status()?;
        let agree = status["reconciliation"]["mismatches"] == Value::Array(Vec::new());
        (agree && status["orders"].as_array()?.len() >= kept).then_some(())
    };
    eventually("the orders of the version before, and books that agree", agrees);
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());

    change("PRAGMA user_version = 99; PRAGMA wal_checkpoint(TRUNCATE)");
    let before = std::fs::read(&path).expect("a journal");
    let refused = rig.environment.run(&live()).failure(1);
    assert!(refused.contains("has schema version 99") && refused.contains("use the host that wrote it"), "{refused}");
    assert_eq!(std::fs::read(&path).expect("a journal"), before, "it was changed");
}
