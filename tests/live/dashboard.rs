//! A dashboard that cannot be served costs the dashboard, and nothing else.

use std::net::TcpListener;

use crate::support::rig::Rig;

#[test]
fn a_port_that_is_taken_is_told_and_trading_goes_on() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let listen = taken.local_addr().expect("an address");
    let rig = Rig::quiet();
    let mut host = rig.host_with(&format!("--set dashboard.enabled=true --set dashboard.listen={listen}"));
    host.wait_for("the dashboard is not served: ");
    rig.wait_for_orders(0);
    let status = rig.status();
    let notices = status["host"]["status"]["notices"].as_array().expect("notices");
    assert!(notices.iter().any(|notice| notice["code"] == "dashboard_not_served"), "{status}");
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
}
