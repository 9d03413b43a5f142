//! The machine's clock is set while a host runs: forward by an hour, and back by two. What people are told is told as
//! soon as ever, and once. libfaketime sets it for the host alone.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

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

    /// Stops the account for `reason`, waits until `server` is told, and lets it trade again. Returns the time taken.
    fn stop_and_resume(&self, server: &WebServer, reason: &str) -> Duration {
        let begun = Instant::now();
        self.rig.environment.run(&format!("kill --reason {reason}")).success();
        eventually(reason, || times_told(server, reason).checked_sub(1));
        let took = begun.elapsed();
        self.rig.environment.run("resume --reason over").success();
        took
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
    let forward = clock.stop_and_resume(&works, "forward");
    // The other server refuses it for some seconds, and the clock goes back meanwhile.
    eventually("a refusal", || (times_told(&fails, "forward") > 0).then_some(()));
    clock.set("-3600");
    let back = clock.stop_and_resume(&works, "backward");
    eventually("the delivery", || (fails.received().len() >= 5 && times_told(&fails, "backward") > 0).then_some(()));
    assert!(forward.max(back) < Duration::from_secs(10), "{forward:?}, {back:?}");
    clock.rig.wait_for_polls(1);
    clock.host.signal("INT");
    assert!(clock.host.end().success(), "{}", clock.host.said());
    for reason in ["forward", "backward"] {
        assert_eq!(times_told(&works, &format!("(host kill): {reason}")), 1, "{reason}: {:?}", works.received());
    }
    let log = clock.rig.environment.run("notify log --format csv").success();
    assert!(!log.contains(",waiting,") && !log.contains(",failed,"), "{log}");
}
