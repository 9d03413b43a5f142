//! Starting, stopping and stepping the exchange, and all kinds of bad input.

use std::net::TcpListener;

use serde_json::json;

use crate::support::environment::Environment;
use crate::support::process::Running;

const STATUS: &str = "/trade-api/v2/exchange/status";
const MARKETS: &str = "/trade-api/v2/markets?limit=1000";

#[test]
fn it_serves_without_accounts_and_ends_cleanly_when_asked() {
    for signal in ["TERM", "INT"] {
        let exchange = Running::start(&Environment::new(), "--markets 3");
        assert_eq!(exchange.get(STATUS).0, 200);
        assert_eq!(exchange.get("/trade-api/v2/portfolio/balance").0, 401);
        assert_eq!(exchange.get("/simulation/clock").0, 404, "not unless it is asked for");
        exchange.signal(signal);
        let (status, stdout, stderr) = exchange.end();
        assert_eq!((status.code(), stdout.as_str()), (Some(0), ""), "{signal}: {stderr}");
        for said in ["serving 3 synthetic markets, seed 0", "no accounts", "host exchange keygen", "has closed"] {
            assert!(stderr.contains(said), "{signal}: no `{said}` in {stderr}");
        }
    }
}

#[test]
fn the_same_seed_serves_the_same_markets() {
    let markets = |seed: u32| {
        let args = format!("--markets 4 --start 2026-01-05 --stepped --seed {seed}");
        let exchange = Running::start(&Environment::new(), &args);
        let moved = exchange.post("/simulation/advance", &json!({ "to_ns": 1_767_660_000_000_000_000i64 }));
        assert_eq!(moved, (200, json!({ "now_ns": 1_767_660_000_000_000_000i64 })));
        exchange.get(MARKETS)
    };
    let (status, first) = markets(7);
    assert_eq!((status, first["markets"].as_array().map(Vec::len)), (200, Some(4)));
    assert_eq!(markets(7).1, first);
    assert_ne!(markets(8).1, first);
}

#[test]
fn a_tape_is_served_from_its_beginning() {
    let environment = Environment::new();
    environment.run("data generate --markets 2 --for 2d --poll 5m --start 2026-01-05 --seed 3 --out tape").success();
    let exchange = Running::start(&environment, "--tape tape --stepped");
    assert_eq!(exchange.get("/simulation/clock").1, json!({ "now_ns": 1_767_571_200_000_000_000i64 }));
    assert_eq!(exchange.get(MARKETS).1["markets"].as_array().map(Vec::len), Some(2));
    exchange.signal("TERM");
    assert!(exchange.end().2.contains("serving 2 markets of the tape tape, starting at 2026-01-05T00:00:00.000Z"));
}

/// A market without a known close trades until its last row.
#[test]
fn a_market_of_a_tape_closes_at_its_last_row() {
    let environment = Environment::new();
    let row = |second: i64, market: &str| format!("{},{market},0.40,0.44\n", 1_767_571_200 + second);
    let rows = [(0, "KXA-1"), (0, "KXB-1"), (60, "KXA-1"), (600, "KXB-1")];
    let rows = rows.map(|(second, market)| row(second, market)).concat();
    environment.write("quotes.csv", format!("time,market,bid,ask\n{rows}"));
    environment.run("data import quotes.csv --out tape").success();
    let exchange = Running::start(&environment, "--tape tape --stepped");
    for (second, expect) in [(59, ["active", "active"]), (60, ["closed", "active"]), (599, ["closed", "active"])] {
        let to_ns = (1_767_571_200 + second) * 1_000_000_000i64;
        assert_eq!(exchange.post("/simulation/advance", &json!({ "to_ns": to_ns })).0, 200);
        let statuses = ["KXA-1", "KXB-1"].map(|ticker| {
            let market = exchange.get(&format!("/trade-api/v2/markets/{ticker}")).1;
            market["market"]["status"].as_str().unwrap_or_default().to_owned()
        });
        assert_eq!(statuses, expect, "after {second} s");
    }
}

#[test]
fn it_ends_by_itself_after_its_span() {
    let exchange = Running::start(&Environment::new(), "--markets 1 --for 1h --speed 36000");
    let (status, _, stderr) = exchange.end();
    assert_eq!(status.code(), Some(0), "{stderr}");
}

#[test]
fn faults_come_from_a_file_a_preset_or_a_request() {
    let environment = Environment::new();
    let rule =
        "[[rules]]\nendpoint = \"GET /exchange/status\"\nfault = { kind = \"status\", status = 503 }\nat = [2]\n";
    environment.write("faults.toml", rule);
    let exchange = Running::start(&environment, "--markets 1 --faults faults.toml --fault-seed 9 --simulation");
    let seen = [exchange.get(STATUS).0, exchange.get(STATUS).0, exchange.get(STATUS).0];
    assert_eq!(seen, [200, 503, 200]);
    let report = exchange.get("/simulation/faults").1;
    assert_eq!((&report["plan"]["seed"], &report["injected"]), (&json!(9), &json!({ "status": 1 })));
    let refused = json!({ "rules": [{ "endpoint": "*", "fault": { "kind": "status", "status": 500 } }] });
    assert_eq!(exchange.put("/simulation/faults", &refused).0, 200);
    assert_eq!(exchange.get(STATUS).0, 500);
    let named = Running::start(&Environment::new(), "--markets 1 --faults all:0.3 --simulation");
    let plan = named.get("/simulation/faults").1["plan"].clone();
    assert!(plan["rules"].as_array().is_some_and(|rules| rules.len() > 50), "{plan}");
}

/// Asserts that `args`, run in a folder with `files`, fail with 1 and a message that contains all of `expect`.
#[track_caller]
fn check(files: &[(&str, &str)], args: &str, expect: &[&str]) {
    let environment = Environment::new();
    for (name, content) in files {
        environment.write(name, content);
    }
    let said = environment.run(args).failure(1);
    for expect in expect {
        assert!(said.contains(expect), "`host {args}` does not say `{expect}`:\n{said}");
    }
}

#[test]
fn an_address_in_use_is_reported() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("its address");
    let expect = [&format!("cannot listen on {address}"), "in use", "hint: ", "--listen 127.0.0.1:0"];
    check(&[], &format!("exchange --markets 1 --listen {address}"), &expect);
    check(&[], "exchange --markets 1 --listen 192.0.2.1:80", &["cannot listen on 192.0.2.1:80", "hint: "]);
}

#[test]
fn unusable_accounts_are_reported() {
    let account = |key: &str| {
        format!(r#"{{"accounts": [{{"name": "a", "key_id": "k", "public_key_pem": "{key}", "deposit": 1}}]}}"#)
    };
    let args = "exchange --markets 1 --accounts a.json";
    check(&[], args, &["a.json", "No such file", "host exchange keygen"]);
    check(&[("a.json", "{\"accounts\": [\n{}]}")], args, &["a.json", "line 2", "missing field `name`"]);
    check(&[("a.json", &account("no key"))], args, &["account `a`", "BEGIN PUBLIC KEY", "hint: "]);
    // The default file is treated as if it were named.
    check(&[("exchange-accounts.json", "no JSON")], "exchange --markets 1", &["exchange-accounts.json", "line 1"]);
}

#[test]
fn a_bad_faults_file_is_refused_with_its_line_and_the_fix() {
    let toml = |rule: &str| format!("seed = 3\n\n[[rules]]\n{rule}");
    let check_toml = |rule: &str, expect: &[&str]| {
        let expect = [&["faults.toml is not a valid fault plan", "hint: ", "[[rules]]"], expect].concat();
        check(&[("faults.toml", &toml(rule))], "exchange --markets 1 --faults faults.toml", &expect);
    };
    check_toml("endpoint = \"ordres\"\nfault = { kind = \"html\" }\n", &["line 4", "`ordres`", "market-data, orders"]);
    check_toml("endpoint = \"*\"\nfault = { kind = \"fire\" }\n", &["line 5", "`fire`", "late_acceptance"]);
    check_toml("endpoint = \"*\"\nfault = { kind = \"html\" }\nchance = 2.0\n", &["line 6", "from 0 to 1"]);
    check_toml("endpoint = \"*\"\nfault = { kind = \"html\" }\nonce = true\n", &["line 6", "unknown field `once`"]);
    check_toml("endpoint = \"*\"\n", &["line 3", "missing field `fault`"]);
    check_toml("endpoint = \n", &["line 4"]);
    let json = "{\"rules\": [\n{\"endpoint\": \"*\",\n\"fault\": {\"kind\": \"html\"}, \"chance\": -1}]}";
    check(&[("f.json", json)], "exchange --markets 1 --faults f.json", &["f.json", "line 3", "from 0 to 1"]);
    check(&[], "exchange --markets 1 --faults al", &["cannot read the faults file al", "none, all"]);
}

#[test]
fn other_bad_input_is_reported() {
    check(&[], "exchange --tape tape", &["cannot read the tape tape", "nothing is there"]);
    let environment = Environment::new();
    environment.run("data generate --markets 1 --for 1d --poll 1h --start 2026-01-05 --out tape").success();
    let said = environment.run("exchange --tape tape --start 2027-01-01").failure(1);
    assert!(said.contains("ends before 2027-01-01") && said.contains("2026-01-05"), "{said}");
    for (args, expect) in [
        ("exchange --listen nowhere", "--listen"),
        ("exchange --speed 0", "0.001"),
        ("exchange --speed 2 --stepped", "cannot be used with"),
        ("exchange --faults all:2", "from 0 to 1"),
        ("exchange --tape t --markets 3", "cannot be used with"),
        ("exchange --start tomorrow", "2026-01-31"),
        ("exchange keygen", "--account"),
        ("exchange keygen --account ../x", "letters, digits"),
        ("exchange keygen --account x --deposit much", "10000"),
        ("exchange keygen --account x --kind dsa", "rsa"),
    ] {
        let said = Environment::new().run(args).failure(2);
        assert!(said.contains(expect), "`host {args}` does not say `{expect}`:\n{said}");
    }
}
