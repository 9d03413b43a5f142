//! The dashboard as a person with a phone uses it: signs in, watches a fill arrive, stops, sees it verified.

use std::net::TcpListener;

use serde_json::{Value, json};

use crate::browser::run_script;
use crate::support::rig::Rig;

/// Orders that are filled at once.
const TAKE: &str = "--set execution.entry_pricing=cross --set execution.exit_pricing=cross";

#[test]
fn a_fill_arrives_and_a_held_button_stops_the_account() {
    let rig = Rig::running();
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    let listen = format!("--set dashboard.listen={free}");
    let mut host = rig.host_with(&format!("{TAKE} {listen} --set dashboard.enabled=true"));
    host.wait_for("the dashboard is served at ");
    let link = rig.environment.run(&format!("dashboard login --name phone --scope kill {listen}")).success();
    let Some(seen) = run_script("dashboard.mjs", link.trim(), "dashboard") else { return };
    assert_eq!((&seen["violations"], &seen["said"]), (&json!([]), &json!([])), "{seen}");
    for width in seen["widths"].as_array().expect("widths") {
        assert_eq!(width[1], width[2], "{} is wider than the screen", width[0]);
    }
    let is = |name: &str, expect: Value| assert_eq!(seen[name], expect, "{name}");
    is("address", json!(format!("http://{free}/")));
    is("streamed", json!(true));
    is("in_view", json!(true));
    is("after_letting_go", json!("/"));
    assert!(seen["bytes"].as_u64() < Some(60_000) && seen["hold_height"].as_f64() >= Some(56.0), "{seen}");
    let text = |name: &str| seen[name].as_str().expect("text").to_owned();
    assert!(text("stopped").contains("verified: 0 open orders at kalshi"), "{}", text("stopped"));
    assert!(text("after").contains("Stopped by phone (dashboard)"), "{}", text("after"));
    assert!(text("without_script").contains("Open positions"), "{}", text("without_script"));
    let killed = std::fs::read_to_string(rig.account("KILLED")).expect("it is latched");
    assert!(killed.contains("phone (dashboard)") && rig.resting() == 0, "{killed}");
}

#[test]
fn a_pause_and_an_announcement_of_the_venue_are_on_the_page() {
    let rig = Rig::running();
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a free port");
    let listen = format!("--set dashboard.listen={free}");
    let mut host = rig.host_with(&format!("{TAKE} {listen} --set dashboard.enabled=true"));
    host.wait_for("the dashboard is served at ");
    rig.wait_for_orders(0);
    let message = format!("Delays <script>alert(1)</script> {}", "https://status.example/".repeat(8));
    for (what, body) in
        [("announcement", json!({ "type": "warning", "message": message })), ("status", json!({ "status": "paused" }))]
    {
        assert_eq!(rig.exchange.post(&format!("/simulation/{what}"), &body).0, 200);
    }
    host.wait_for("the venue says that trading is paused");
    host.wait_for("kalshi announces (warning");
    let link = rig.environment.run(&format!("dashboard login --name phone {listen}")).success();
    let argument = format!("{}|trading is paused", link.trim());
    let Some(seen) = run_script("venue.mjs", &argument, "venue") else { return };
    assert_eq!((&seen["violations"], &seen["state"]), (&json!([]), &json!("Venue paused")), "{seen}");
    for width in seen["widths"].as_array().expect("widths") {
        assert_eq!(width[0], width[1], "wider than the screen");
    }
    let venue = seen["venue"].as_str().expect("text");
    for words in ["kalshi: trading is paused", "Next change", "): Delays <script>alert(1)</script> https"] {
        assert!(venue.contains(words), "no {words} in:\n{venue}");
    }
}
