//! `host trust`, and what paper trading tells of components that nobody vouches for.

use std::fs;

use crate::support::environment::{Environment, Outcome, assert_refused};
use crate::support::strategies::{RANGE_BUYER, environment, mean_reversion};

/// A public key that nobody uses.
const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

/// An environment with a component `x.wasm` that `alex.key` has signed; whether that counts is yet open.
fn signed() -> Environment {
    let environment = environment().with("USER", "alex");
    environment.write("x.wasm", fs::read(RANGE_BUYER).expect("a component"));
    environment.run("sign --new-key alex.key --no-password").success();
    environment.run("sign x.wasm --key alex.key").success();
    environment
}

#[test]
fn the_trust_list_is_edited_and_the_rest_of_the_file_stays() {
    let environment = Environment::new();
    let before = "# mine\n[capital]\ntarget = 500.0 # dollars\n";
    environment.write("host.toml", before);
    environment.write("alex.pub", format!("untrusted comment: minisign public key E7620F1842B4E81F\n{KEY}\n"));
    let outcome = environment.run("trust add alex alex.pub --expires 2999-01-01");
    assert_eq!(outcome.stderr, "host.toml: signatures of alex count until 2999-01-01, key E7620F1842B4E81F\n");
    let entry = format!("[[trust.keys]]\nname = \"alex\"\npublic_key = \"{KEY}\"\nexpires = \"2999-01-01\"\n");
    assert_eq!(environment.read("host.toml"), format!("{before}\n{entry}"));
    insta::assert_snapshot!(environment.run("trust list").success(), @"
    key   id                state    expires     public key
    alex  E7620F1842B4E81F  trusted  2999-01-01  RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3
    ");
    insta::assert_snapshot!(environment.run("trust list --format csv").success(), @"
    key,id,state,expires,public_key
    alex,E7620F1842B4E81F,trusted,2999-01-01,RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3
    ");
    let json: serde_json::Value =
        serde_json::from_str(&environment.run("trust list --format json").success()).expect("JSON");
    assert_eq!((&json["live"], &json["keys"][0]["expires"]), (&"require".into(), &"2999-01-01".into()));
    let shown = environment.run("config show").success();
    let line = shown.lines().find(|line| line.starts_with("trust.keys ")).unwrap_or_default();
    assert!(line.contains(KEY) && line.ends_with("host.toml:5"), "{line}");
    let outcome = environment.run("trust remove alex");
    assert!(outcome.stderr.starts_with("host.toml: signatures of alex count no more\n"), "{outcome}");
    assert_eq!(environment.read("host.toml"), before);
    assert_eq!(environment.run("trust list").success(), "");
}

#[test]
fn keys_that_cannot_be_trusted_are_refused() {
    let prepare = |environment: &Environment| {
        environment.run("sign --new-key alex.key --no-password").success();
        environment.run(&format!("trust add bert {KEY}")).success();
    };
    let check = |args: &str, code: i32, expect: &[&str]| assert_refused(prepare, args, code, expect);
    check("trust add alex alex.key", 1, &["this is a secret key: give the public one", "`.pub` file"]);
    check("trust add alex nowhere.pub", 1, &["there is no file of that name", "no public key of minisign"]);
    check("trust add bert alex.pub", 1, &["two keys cannot both have the name `bert`", "`host trust remove NAME`"]);
    check(&format!("trust add alex {KEY}"), 1, &["two keys cannot both have the id E7620F1842B4E81F"]);
    check("trust add a/b alex.pub", 1, &["the name of a key has 1 to 64 letters"]);
    check("trust add alex alex.pub --expires soon", 2, &["such as 2027-01-31"]);
    check("trust add alex alex.pub --set trust.keys=[]", 1, &["trust.keys is set by the command line"]);
    check("trust remove brt", 1, &["there is no key `brt`", "did you mean `bert`?"]);
    check("config show --set trust.live=maybe", 1, &["trust.live", "`tell` or `require`"]);
    check("config show --set trust.keys=7", 1, &["trust.keys", "a list in brackets"]);
    // A secret key that was pasted is not repeated.
    let environment = Environment::new();
    prepare(&environment);
    let secret = environment.read("alex.key").lines().nth(1).expect("a key").to_owned();
    let said = environment.run(&format!("trust add alex {secret}")).failure(1);
    assert!(said.contains("this is a secret key") && !said.contains(&secret[60..120]), "{said}");
}

#[test]
fn inspect_says_who_signed_a_component() {
    let environment = signed();
    let signer = || {
        let shown = environment.run("inspect x.wasm --format json").success();
        serde_json::from_str::<serde_json::Value>(&shown).expect("JSON")["signer"].clone()
    };
    let rejected = signer();
    assert_eq!(rejected["state"], "rejected");
    assert!(rejected["reason"].as_str().expect("text").contains("not in the trust list"), "{rejected}");
    environment.run("trust add alex alex.pub").success();
    let trusted = signer();
    assert_eq!((&trusted["state"], &trusted["name"]), (&"trusted".into(), &"alex".into()));
    assert!(trusted["comment"].as_str().expect("text").contains(" strategy:range-buyer 1.0.0 sha256:"), "{trusted}");
    fs::remove_file(environment.path("x.wasm.minisig")).expect("it is there");
    assert_eq!(signer(), serde_json::json!({"state": "unsigned"}));
}

fn paper(environment: &Environment, more: &str) -> Outcome {
    environment.run(&format!("run --strategy x.wasm --for 1h --markets 3 {more}"))
}

/// The lines of the card of the one strategy that runs, by their first word.
fn card<'a>(said: &'a str, line: &str) -> &'a str {
    let found = said.lines().find_map(|one| one.strip_prefix(&format!("  {line} ")));
    found.unwrap_or_else(|| panic!("no line `{line}` in:\n{said}")).trim()
}

#[test]
fn the_card_says_who_vouches_for_a_strategy_and_what_it_may_do() {
    let environment = signed();
    environment.run("trust add alex alex.pub").success();
    let shown = |outcome: Outcome| {
        let said = outcome.stderr.clone();
        outcome.success();
        said
    };
    let said = shown(paper(&environment, "--set risk.allowed_markets=[\"SYNCPI*\",\"SYNGDP*\"]"));
    assert!(said.contains("\nrange-buyer 1.0.0, sha256 b54f64f4208a8fa0…, trading:strategy@1.0.0\n"), "{said}");
    assert!(card(&said, "signer").starts_with("alex, key "), "{said}");
    assert_eq!(card(&said, "markets"), "3 at a time, synthetic markets, seed 0; of them only SYNCPI*, SYNGDP*");
    let size = "at most 50 contracts and $50.00 an order, 100 contracts and $500.00 a market";
    assert_eq!(card(&said, "size"), size);
    let sandbox = "at most 50,000,000 fuel a call and 200,000 a row, 268.4 MB of memory";
    assert_eq!(card(&said, "sandbox"), sandbox);
    environment.run("check x.wasm --markets 3 --days 3").success();
    let said = shown(paper(&environment, "--set capital.stage=0.25"));
    assert!(card(&said, "checks").starts_with("passed all "), "{said}");
    assert!(card(&said, "size").ends_with(", 25 contracts and $125.00 a market"), "{said}");
    assert!(!said.contains("warning"), "{said}");
    environment.run("check x.wasm --markets 3 --days 3 --param wait_rows=1").success();
    assert_eq!(shown(paper(&environment, "-q")), "");
}

#[test]
fn paper_trading_tells_of_what_nobody_vouches_for_and_of_changes() {
    let environment = signed();
    let told = |more: &str, signer: &str, warning: &str| {
        let outcome = paper(&environment, more);
        assert_eq!(outcome.code, Some(0), "{outcome}");
        assert!(card(&outcome.stderr, "signer").starts_with(signer), "{outcome}");
        let warnings: Vec<&str> = outcome.stderr.lines().filter(|line| line.starts_with("warning: ")).collect();
        assert_eq!(warnings.is_empty(), warning.is_empty(), "{outcome}");
        assert!(warnings.join("\n").contains(warning), "{outcome}");
    };
    told("", "nobody that counts: its signature names the key ", "live trading refuses it");
    environment.run("trust add alex alex.pub").success();
    told("", "alex, key ", "before it was 1.0.0, sha256 b54f64f4208a8fa0, signature not accepted");
    told("", "alex, key ", "");
    environment.write("x.wasm", fs::read(mean_reversion()).expect("a component"));
    told("", "nobody that counts: its signature, by the name of alex (", "none of these bytes");
    fs::remove_file(environment.path("x.wasm.minisig")).expect("it is there");
    told("", "nobody", "of mean-reversion was changed: it is 0.1.0, ");
    told("", "nobody", "");
    // The slot's name counts, whatever the component calls itself.
    let outcome = environment.run("run --strategy range-buyer=x.wasm --for 1h --markets 3");
    let change = "warning: the component of range-buyer was changed: it is 0.1.0, sha256 ";
    assert!(outcome.stderr.contains(change), "{outcome}");
    assert!(outcome.stderr.contains(", unsigned; before it was 1.0.0, sha256 b54f64f4208a8fa0, signed by alex (key "));
    let lock = environment.read("host.lock");
    assert!(lock.contains("[paper.range-buyer]") && lock.contains("component = \"mean-reversion\""), "{lock}");
    assert!(!lock.contains("[live"), "{lock}");
}

#[test]
fn paper_trading_can_be_as_strict_as_live_trading() {
    let environment = signed();
    let strict = "--set trust.paper=require";
    let said = paper(&environment, strict).failure(1);
    assert!(said.contains("not started") && said.contains("which is not in the trust list"), "{said}");
    assert!(!environment.path("runs").exists() && !environment.path("host.lock").exists(), "it has begun");
    fs::remove_file(environment.path("x.wasm.minisig")).expect("it is there");
    let said = paper(&environment, strict).failure(1);
    assert!(said.contains("nobody has confirmed its digest") && said.contains("`host trust confirm x.wasm`"), "{said}");
    let said = paper(&environment, &format!("{strict} --confirm-component 01234567")).failure(1);
    assert!(said.contains("`--confirm-component 01234567` is none of the strategies' digests"), "{said}");
    let _ = paper(&environment, &format!("{strict} --confirm-component b54f64f")).failure(2);
    paper(&environment, &format!("{strict} --confirm-component b54f64f4")).success();
    paper(&environment, strict).success();
    let lock = environment.read("host.lock");
    assert!(lock.contains("by = \"alex (host run --confirm-component)\""), "{lock}");
    // A back test risks nothing and asks nobody; it writes no lock.
    environment.write("x.wasm", fs::read(mean_reversion()).expect("a component"));
    let said = paper(&environment, strict).failure(1);
    assert!(said.contains("nobody has confirmed its digest"), "{said}");
    environment.run("data generate --markets 3 --for 4d --poll 10m --out tape").success();
    environment.run(&format!("backtest --strategy x.wasm --tape tape {strict}")).success();
    assert_eq!(environment.read("host.lock"), lock);
}

#[test]
fn a_damaged_lock_ends_a_start_and_stays_as_it_is() {
    let environment = signed();
    let check = |lock: &str, expect: &[&str]| {
        environment.write("host.lock", lock);
        for said in [paper(&environment, "").failure(1), environment.run("trust list").failure(1)] {
            assert!(expect.iter().all(|word| said.contains(word)), "{said}");
        }
        assert_eq!(environment.read("host.lock"), lock);
    };
    check("version = 1\n[paper", &["host.lock is damaged: line 2", "version control", "move it away"]);
    check("", &["host.lock is damaged: line 1: missing field `version`"]);
    check("version = 9\n", &["has the form 9", "use the host that wrote it"]);
    fs::remove_file(environment.path("x.wasm.minisig")).expect("it is there");
    environment.write("host.lock", "version = 1\nnoise = 1\n");
    let said = environment.run("trust confirm x.wasm").failure(1);
    assert!(said.contains("unknown field `noise`"), "{said}");
    fs::remove_file(environment.path("host.lock")).expect("it is there");
    fs::create_dir(environment.path("host.lock")).expect("a folder");
    let said = paper(&environment, "").failure(1);
    assert!(said.contains("cannot read [FOLDER]/host.lock") && said.contains("check who may read"), "{said}");
}

#[test]
fn a_confirmation_is_not_given_for_a_signature_that_does_not_count() {
    let environment = signed();
    let said = environment.run("trust confirm x.wasm").failure(1);
    assert!(said.contains("a person's word would not help it") && said.contains("`host trust add`"), "{said}");
    environment.run("trust add alex alex.pub --expires 2026-01-01").success();
    let said = environment.run("trust confirm x.wasm").failure(1);
    assert!(said.contains("is not trusted since 2026-01-01"), "{said}");
    fs::remove_file(environment.path("x.wasm.minisig")).expect("it is there");
    environment.run("trust confirm x.wasm").success();
    let listed = environment.run("trust list").success();
    assert!(listed.contains("range-buyer 1.0.0  b54f64f4208a8fa0"), "{listed}");
    assert!(listed.contains("alex (host trust confirm)") && listed.contains("expired"), "{listed}");
}
