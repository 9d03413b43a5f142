//! Units of systemd: what they say, what systemd says of them, and what an installation leaves alone.

use std::process::Command;

use crate::support::environment::Environment;
use crate::support::installed::install_from;
use crate::support::strategies::RANGE_BUYER;

const UNIT: &str = "host-kalshi-alex.service";

/// A folder with the settings, the key and the component of a live account.
fn account() -> Environment {
    let environment = Environment::new();
    environment.run("exchange keygen --account alex --kind ed25519 --out keys").success();
    std::fs::copy(RANGE_BUYER, environment.path("x.wasm")).expect("a component");
    let settings = "[live]\naccount = \"alex\"\n[venue]\nkey_id = \"k\"\nkey_file = \"keys/alex.key.pem\"\n";
    environment.write("host.toml", settings);
    environment
}

/// The arguments of a live service.
const LIVE: &str = "-- --strategy x.wasm --live --venue kalshi --yes-i-mean-live=alex";

#[test]
fn systemd_takes_the_unit_and_finds_it_hardened() {
    let environment = account();
    let analyze = install_from("systemd-analyze", "systemd");
    environment.run(&format!("service install --out units {LIVE}")).success();
    let unit = environment.path("units").join(UNIT);
    let check = |args: &[&str]| {
        let output = Command::new(&analyze).args(args).arg(&unit).output().expect("it runs");
        let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
        assert!(output.status.success(), "{args:?}: {said}");
        said
    };
    assert_eq!(check(&["verify"]), "", "it complains");
    let said = check(&["security", "--offline=true", "--threshold=25", "--no-pager"]);
    assert!(said.contains("Overall exposure level"), "{said}");
    let text = environment.read(&format!("units/{UNIT}"));
    let key = format!("LoadCredential=venue.key_file:{}", environment.path("keys/alex.key.pem").display());
    for line in [key.as_str(), "RestartPreventExitStatus=1 2 4 10", "Type=notify", "WatchdogSec=30"] {
        assert!(text.lines().any(|found| found == line), "no {line} in:\n{text}");
    }
    assert!(!text.lines().any(|line| line.starts_with("MemoryDenyWriteExecute")), "{text}");
}

#[test]
fn another_unit_is_shown_and_stays_unless_it_is_to_be_replaced() {
    let environment = account();
    let install = |args: &str| environment.run(&format!("service install --out units {args} {LIVE}"));
    let shown = environment.run(&format!("service show {LIVE}")).success();
    assert_eq!(install("--dry-run").success(), shown);
    assert!(!environment.path("units").exists() && !environment.path("live").exists(), "a dry run writes nothing");
    install("").success();
    let text = environment.read(&format!("units/{UNIT}"));
    let folder = environment.path("").display().to_string();
    assert_eq!(text.replace(folder.trim_end_matches('/'), "[FOLDER]"), shown);
    assert!(environment.path("live/kalshi-alex").is_dir(), "systemd hands over only what is there");
    assert!(install("").success().contains("is as it should be"));
    let other = text.replace("WatchdogSec=30", "WatchdogSec=5");
    environment.write(&format!("units/{UNIT}"), &other);
    let said = install("").failure(1);
    assert!(said.contains("-WatchdogSec=5\n  +WatchdogSec=30") && said.contains("--replace"), "{said}");
    assert_eq!(environment.read(&format!("units/{UNIT}")), other);
    install("--replace").success();
    assert_eq!(environment.read(&format!("units/{UNIT}")), text);
}

#[test]
fn what_a_service_cannot_run_is_refused() {
    let environment = account();
    let check = |args: &str, code: i32, words: &str| {
        let said = environment.run(&format!("service show -- {args}")).failure(code);
        assert!(said.contains(words), "{args}: {said}");
    };
    let live = "--venue kalshi --live";
    check("--strategy x.wasm", 2, "add `--venue kalshi`");
    check(&format!("--strategy x.wasm {live}"), 2, "--yes-i-mean-live=alex");
    check(&format!("--strategy x.wasm {live} --yes-i-mean-live=bert"), 2, "is not the account, `alex`");
    check("--strategy x.wasm --venue kalshi --stratgy y", 2, "unexpected argument '--stratgy'");
    check("--strategy none.wasm --venue kalshi", 1, "there is no component `none.wasm`");
    check("--strategy keys --venue kalshi", 1, "`host build keys");
    let said = environment.run(&format!("service show --run-as nobody-of-this-name {LIVE}")).failure(1);
    assert!(said.contains("this machine has no user"), "{said}");
    let paper = environment.run("service show -- --strategy x.wasm --venue kalshi").success();
    assert!(paper.contains("Description=Trading host, PAPER alex\n"), "{paper}");
    assert!(paper.contains(" reload paper:alex\n"), "{paper}");
    let user = environment.run("service show --user -- --strategy x.wasm --venue kalshi").success();
    assert!(user.contains("WantedBy=default.target") && !user.contains("\nUser="), "{user}");
}
