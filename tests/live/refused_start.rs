//! Keys, clocks, settings and venues that a live start refuses: it says what is wrong and what to do, and sends no
//! order.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use crate::support::rig::{Rig, live};

/// Asserts that a live start with `args` fails with `code` and a message that contains all of `words`, and sends no
/// order.
#[track_caller]
fn check(rig: &Rig, args: &str, code: i32, words: &[&str]) {
    let said = rig.environment.run(&format!("{} --for 2s --set live.start_timeout=1s {args}", live())).failure(code);
    println!("--- {args}\n{said}");
    for word in words {
        assert!(said.contains(word), "`{word}` is not in:\n{said}");
    }
    assert!(said.contains("hint: "), "{said}");
    assert_eq!(rig.orders().len(), 0, "{said}");
}

fn quiet() -> Rig {
    Rig::new("--markets 5")
}

#[test]
fn an_unusable_key_is_refused() {
    let rig = quiet();
    rig.environment.run("exchange keygen --account bert --kind ed25519 --out other").success();
    check(
        &rig,
        "--set venue.key_file=other/bert.key.pem",
        3,
        &["does not accept the key", "INCORRECT_API_KEY_SIGNATURE", "are one pair"],
    );
    check(&rig, "--set venue.key_id=unknown", 3, &["does not accept the key unknown", "NOT_FOUND"]);
    check(&rig, "--set venue.key_file=nowhere.pem", 1, &["nowhere.pem cannot be read", "correct venue.key_file"]);
    let accounts: serde_json::Value =
        serde_json::from_str(&rig.environment.read("exchange-accounts.json")).expect("JSON");
    let public = accounts["accounts"][0]["public_key_pem"].as_str().expect("a key");
    let only_owner = || std::fs::Permissions::from_mode(0o600);
    let key = |name: &str, text: &str| {
        let path = rig.environment.write(name, text);
        std::fs::set_permissions(path, only_owner()).expect("permissions");
        format!("--set venue.key_file={name}")
    };
    check(&rig, &key("public.pem", public), 1, &["public key", "private key"]);
    check(&rig, &key("noise.pem", "noise"), 1, &["noise.pem"]);
    check(&rig, &key("empty.pem", ""), 1, &["empty.pem"]);
    let alex = rig.environment.path("alex.key.pem");
    std::fs::set_permissions(alex, std::fs::Permissions::from_mode(0o644)).expect("permissions");
    check(&rig, "", 1, &["can be read by others (mode 0644)", "chmod 600 [FOLDER]/alex.key.pem"]);
}

#[test]
fn a_clock_that_is_off_is_refused() {
    let rig = quiet();
    for (seconds, words) in
        [(20, "s behind the venue's"), (60, "s behind the venue's"), (-60, "s ahead of the venue's")]
    {
        let fault = json!({ "kind": "clock_skew", "seconds": seconds });
        rig.faults(&json!({ "rules": [{ "endpoint": "*", "fault": fault }] }));
        check(&rig, "", 3, &["this machine's clock is", words, "timedatectl set-ntp true"]);
    }
}

#[test]
fn missing_or_wrong_settings_are_refused() {
    let rig = quiet();
    check(&rig, "--set venue.series=[\"KXNOPE\"]", 3, &["the venue has no series `KXNOPE`", "correct venue.series"]);
    check(&rig, "--set venue.base_url=http://example.com/trade-api/v2", 1, &["`http` is not encrypted", "use `https`"]);
    check(&rig, "--set live.account=bert", 1, &["`--yes-i-mean-live=alex` does not match live.account", "`bert`"]);
    let refused = |args: &str, code: i32, words: &[&str]| {
        let said = rig.environment.run(args).failure(code);
        println!("--- {args}\n{said}");
        assert!(words.iter().all(|word| said.contains(word)), "{said}");
        assert_eq!(rig.orders().len(), 0);
    };
    let unconfirmed = live().replace(" --yes-i-mean-live=alex", "");
    refused(&unconfirmed, 1, &["has not been confirmed", "--yes-i-mean-live=alex"]);
    refused(&live().replace("--venue kalshi ", ""), 2, &["--venue <NAME>"]);
    refused(&live().replace("--live ", ""), 2, &["--live"]);
    refused(&live().replace("kalshi", "polymarket"), 2, &["polymarket", "kalshi"]);
    rig.configure("max_daily_loss = 1000.0\n", "");
    check(&rig, "", 1, &["not set by you: risk.max_daily_loss", "max_daily_loss = 200.0"]);
}

/// A server that gives one fixed answer; it ends with the process.
struct Canned {
    address: String,
    /// The number of requests that may have been orders.
    posts: Arc<AtomicUsize>,
}

impl Canned {
    /// Starts a server that answers every request with `answer`.
    fn new(answer: &'static str) -> Canned {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address").to_string();
        let posts: Arc<AtomicUsize> = Arc::default();
        let counted = posts.clone();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut request = [0; 4096];
                let length = stream.read(&mut request).unwrap_or_default();
                counted.fetch_add(usize::from(!request[..length].starts_with(b"GET ")), Ordering::Relaxed);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Canned { address, posts }
    }

    /// Asserts that a start at this venue fails with 3 and a message that contains all of `words`.
    #[track_caller]
    fn check(&self, rig: &Rig, words: &[&str]) {
        check(rig, &format!("--set venue.base_url=http://{}/trade-api/v2", self.address), 3, words);
        assert_eq!(self.posts.load(Ordering::Relaxed), 0, "something was sent that may be an order");
    }
}

#[test]
fn a_venue_that_answers_wrongly_or_not_at_all_is_refused() {
    let rig = quiet();
    // The messages do not depend on the number of attempts.
    rig.configure("[venue]\n", "[venue]\nread_attempts = 1\n");
    let rule = |fault: serde_json::Value| json!({ "rules": [{ "endpoint": "*", "fault": fault }] });
    rig.faults(&rule(json!({ "kind": "html" })));
    check(
        &rig,
        "",
        3,
        &["the venue does not answer as it should", "makes no sense", "<!DOCTYPE html>", "venue.base_url"],
    );
    rig.faults(&rule(json!({ "kind": "status", "status": 503 })));
    check(&rig, "", 3, &["the venue does not answer", "with 503", "status page"]);
    rig.faults(&json!({ "rules": [] }));

    Canned::new("garbage\r\n\r\n\u{0}\u{7f}").check(&rig, &["could not be reached", "venue.base_url"]);
    let wrong = "HTTP/1.1 200 OK\r\ncontent-length: 13\r\nconnection: close\r\n\r\n{\"cats\": [1]}";
    Canned::new(wrong).check(&rig, &["makes no sense", "exchange_active", "{\"cats\": [1]}"]);
    let paused = "HTTP/1.1 200 OK\r\ncontent-length: 49\r\nconnection: close\r\n\r\n\
                  {\"exchange_active\":true, \"trading_active\":false}\n";
    Canned::new(paused).check(&rig, &["trading is paused at the exchange", "wait until it trades again"]);
    check(
        &rig,
        "--set venue.base_url=http://127.0.0.1:9/trade-api/v2",
        3,
        &["could not be reached", "Connection refused"],
    );
}
