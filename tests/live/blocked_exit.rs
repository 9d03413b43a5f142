//! An exit that cannot be worked is told while it lasts, and when it is over.

use crate::account::restless;
use crate::support::process::Host;
use crate::support::rig::Rig;
use crate::support::strategies::confirm;
use crate::support::wait::eventually;

#[test]
fn a_blocked_exit_is_told_on_console_and_in_status_until_it_is_free() {
    let rig = Rig::stepped();
    for (setting, value) in [
        ("poll = \"1s\"", "poll = \"10m\""),
        ("sync = \"1s\"", "sync = \"5m\""),
        ("order_expiry = \"10s\"", "order_expiry = \"25m\""),
        ("entry_pricing = \"behind 2\"", "entry_pricing = \"cross\""),
    ] {
        rig.configure(setting, value);
    }
    confirm(&rig.environment, &restless());
    let args = "--live --venue kalshi --yes-i-mean-live=alex --no-go-anyway=test --param wishes=20";
    let mut host = Host::start(&rig.environment, &format!("run --strategy {} {args}", restless()));
    eventually("a position", || {
        rig.running_status().filter(|status| status["positions"].as_array().is_some_and(|held| !held.is_empty()))
    });
    rig.environment.run("kill --reason drill").success();
    host.wait_for("cannot be closed since");
    let status = rig.environment.run("status").success();
    assert!(status.contains("BLOCKED EXIT") && status.contains("because"), "{status}");
    rig.environment.run("resume --reason over").success();
    host.wait_for("can be closed again, or is closed");
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
}
