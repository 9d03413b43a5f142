//! The machine's clock is set while a host runs: forward by an hour, and back. What people are told is told as soon as
//! ever, and once. libfaketime sets it for the host alone.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::installed::install;
use crate::support::process::Host;
use crate::support::rig::{Rig, live};
use crate::support::wait::eventually;
use crate::support::webhook::WebServer;

/// A host whose clock is the machine's plus the seconds in a file.
struct SetClock {
    rig: Rig,
    host: Host,
}

impl SetClock {
    fn start(rig: Rig) -> SetClock {
        install("faketime");
        let library = Command::new("find").args(["/usr/lib", "-name", "libfaketimeMT.so.1"]).output().expect("find");
        let library = String::from_utf8(library.stdout).expect("text").trim().to_owned();
        let offset = rig.environment.write("offset", "+0\n");
        let mut command = rig.environment.command(&live());
        command.env("LD_PRELOAD", library).env("FAKETIME_TIMESTAMP_FILE", offset);
        command.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        command.stdout(std::process::Stdio::null());
        let host = Host::of(&rig.environment, command);
        SetClock { rig, host }
    }

    fn set(&self, offset: &str) {
        fs::write(self.rig.environment.path("offset"), format!("{offset}\n")).expect("a file");
    }
}

/// The number of messages that `server` took in which a notice says `text`.
fn times_told(server: &WebServer, text: &str) -> usize {
    let received = server.received();
    received.iter().filter(|request| request.line.starts_with("POST") && request.body.contains(text)).count()
}

#[test]
fn a_clock_that_is_set_delays_no_alert_and_repeats_none() {
    let (works, fails) = (WebServer::start(&[]), WebServer::start(&["503 Busy", "503 Busy", "503 Busy"]));
    let rig = Rig::quiet();
    let hook = |server: &WebServer| {
        format!("[[alerts.webhook]]\nkind = \"json\"\nurl = \"{}\"\nmin_severity = \"critical\"\n", server.url("/a"))
    };
    let alerts = format!("[alerts]\ngroup = \"1s\"\n{}{}", hook(&works), hook(&fails));
    let text = rig.environment.read("host.toml");
    rig.environment.write("host.toml", format!("{text}{alerts}"));
    let mut clock = SetClock::start(rig);
    clock.host.wait_for("trading: the venue agrees again");
    clock.set("+3600");
    eventually("what is wrong with the clock", || times_told(&works, "clock_skew").checked_sub(1));
    // The other server refuses it for some seconds, and the clock goes back meanwhile.
    eventually("a refusal", || times_told(&fails, "clock_skew").checked_sub(1));
    clock.set("+0");
    let begun = Instant::now();
    clock.rig.environment.run("kill --reason drill").success();
    let drill = "(host kill): drill";
    let told = eventually(drill, || works.received().into_iter().find(|request| request.body.contains(drill)));
    assert!(told.at - begun < Duration::from_secs(5), "{:?}", told.at - begun);
    let begun = Instant::now();
    eventually("all that waits", || {
        let log = clock.rig.environment.run("notify log --format json").success();
        let entries: Vec<Value> = serde_json::from_str(&log).expect("JSON");
        entries.iter().all(|entry| entry["state"] == "sent").then_some(())
    });
    assert!(begun.elapsed() < Duration::from_secs(30), "{:?}", begun.elapsed());
    assert!(times_told(&fails, drill) > 0, "{:?}", fails.received());
    assert_eq!(times_told(&works, drill), 1, "{:?}", works.received());
    clock.host.signal("INT");
    assert!(clock.host.end().success(), "{}", clock.host.said());
}
