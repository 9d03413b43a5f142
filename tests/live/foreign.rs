//! A venue's words steer nothing: titles and messages are escaped where they leave, and a market whose name steers is
//! left out and told, while the others trade on.

use host_core::foreign::is_plain;
use serde_json::json;

use crate::fresh_eyes::proxied;

/// Steers, forges, reorders.
const WORDS: &str = "\u{1b}[2J\u{7}\r\nLIVE alex 2026-01-01 ALERT all is well\u{202e}\u{2028}\u{9b}31m";

/// Most letters of a line: a string of JSON has up to 4,000, each perhaps as an escape of six.
const LONGEST: usize = 25_000;

#[track_caller]
fn assert_safe(what: &str, text: &str) {
    for line in text.split('\n') {
        assert!(line.chars().all(is_plain), "{what}: {line:?}");
        assert!(line.chars().count() <= LONGEST, "{what}: {} letters", line.chars().count());
        assert!(!line.starts_with("LIVE alex 2026-01-01 ALERT all is well"), "{what}: {line}");
    }
}

#[test]
fn a_venue_that_wants_to_steer_is_read_and_told_safely() {
    let (rig, proxy) = proxied();
    let mut fails = 0;
    proxy.change(move |request, status, mut body| {
        if request.starts_with("GET /trade-api/v2/portfolio/positions") {
            fails += 1;
            if (3..6).contains(&fails) {
                return (400, json!({ "error": { "code": WORDS, "message": WORDS.repeat(5_000) } }));
            }
        }
        if let Some(rows) = body["markets"].as_array_mut() {
            let strange = rows.first().cloned().map(|mut row| {
                row["ticker"] = format!("A{WORDS}").into();
                row
            });
            rows.iter_mut().for_each(|row| row["title"] = WORDS.repeat(100).into());
            rows.extend(strange);
        }
        (status, body)
    });
    let mut host = rig.host();
    rig.wait_for_orders(0);
    host.wait_for("left out a malformed row");
    host.wait_for("all is well");
    rig.wait_for_polls(2);
    rig.wait_for_orders(rig.orders().len());
    let run = |args: &str| {
        let outcome = rig.environment.run(args);
        assert_safe(args, &outcome.stdout);
        assert_safe(args, &outcome.stderr);
    };
    for command in ["status", "slots", "logs", "stage", "journal list", "compare latest latest"] {
        for format in ["table", "json", "csv"] {
            run(&format!("{command} --format {format}"));
        }
    }
    host.signal("INT");
    let _ = host.end();
    assert_safe("the host", &host.said());
    run("status");
    run("report live/kalshi-alex --html page.html");
    for file in std::fs::read_dir(rig.account("logs")).expect("logs") {
        let path = file.expect("a file").path();
        assert_safe(&path.display().to_string(), &std::fs::read_to_string(&path).expect("text"));
    }
}
