//! Downloads that are killed, or stopped, and go on.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::thread::sleep;
use std::time::Duration;

use super::stand::{PERIOD, SERIES, Stand, command, report, url};
use crate::support::process::Host;
use crate::support::proxy::Proxy;

/// Requests under way at a time: those that a kill may lose the answers of.
const AT_ONCE: usize = 4;
/// Kills after which a download is left to itself.
const MOST_KILLS: usize = 25;

/// Returns the content of all files in a folder that have rows or markets.
fn content(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.path().is_dir() {
            found.extend(content(&entry.path()).into_iter().map(|(inner, bytes)| (format!("{name}/{inner}"), bytes)));
        } else if name != "tape.json" {
            found.insert(name, fs::read(entry.path()).expect("a file"));
        }
    }
    found
}

/// Returns how often each request for the past was asked.
fn asked(proxy: &Proxy) -> BTreeMap<String, usize> {
    let mut asked = BTreeMap::new();
    for request in proxy.requests().into_iter().filter(|request| !request.contains("/exchange/status")) {
        *asked.entry(request).or_default() += 1;
    }
    asked
}

#[test]
fn killed_at_any_time_it_goes_on_to_the_same_tape_and_asks_nothing_twice() {
    let stand = Stand::new("");
    let what = format!("{SERIES} {PERIOD} --trades --format json");
    let _ = report(stand.download(&format!("{what} --out whole")));
    let whole = content(&stand.environment.path("whole"));
    let mut all_kills = 0;
    for round in 0..3 {
        let (proxy, out) = (Proxy::to(&stand.exchange.address), format!("tape-{round}"));
        // Slow enough that a kill finds it at work.
        let args = command(&url(&proxy.address), &format!("{what} --out {out}")).replace("--rate 500", "--rate 12");
        let mut kills = 0;
        while kills < MOST_KILLS && !stand.environment.path(&out).exists() {
            let mut process = stand.environment.command(&args);
            process.stdout(Stdio::null());
            let host = Host::of(&stand.environment, process);
            sleep(Duration::from_millis(60 + 131 * (kills as u64 + 5 * round) % 500));
            host.die();
            kills += 1;
        }
        if !stand.environment.path(&out).exists() {
            let _ = report(stand.environment.run(&args));
        }
        let asked = asked(&proxy);
        let repeated: usize = asked.values().map(|times| times - 1).sum();
        assert!(repeated <= kills * AT_ONCE, "{kills} kills, and {repeated} requests were repeated: {asked:?}");
        assert!(content(&stand.environment.path(&out)) == whole, "the tape of round {round} is another one");
        all_kills += kills;
        // The windows are a day old: they are never asked for again.
        let windows = || proxy.requests().iter().filter(|request| request.contains("_ts=")).count();
        let before = windows();
        let _ = report(stand.environment.run(&args));
        assert_eq!(windows(), before, "{:?}", proxy.requests());
        assert!(content(&stand.environment.path(&out)) == whole, "the tape of round {round} is another one");
        let left = fs::read_dir(stand.environment.path(&format!("{out}.download"))).expect("the folder").flatten();
        let mut left: Vec<String> = left.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        left.retain(|name| !name.starts_with('.'));
        left.sort();
        assert_eq!(left, ["answers", "lock", "plan.json"]);
    }
    assert!(all_kills >= 9, "only {all_kills} kills found a download at work");
}

#[test]
fn ctrl_c_keeps_what_has_arrived_and_says_how_to_go_on() {
    let stand = Stand::new("");
    let args = command(&stand.url(), &format!("{SERIES} {PERIOD} --out tape")).replace("--rate 500", "--rate 1");
    let mut host = Host::start(&stand.environment, &args);
    let answers = stand.environment.path("tape.download/answers");
    crate::support::wait::eventually("an answer", || fs::read_dir(&answers).ok()?.next().map(drop));
    host.signal("INT");
    assert_eq!(host.end().code(), Some(130), "{}", host.said());
    for said in ["stopped by Ctrl-C: the tape is not complete", "the same command goes on from there"] {
        assert!(host.said().contains(said), "{}", host.said());
    }
    assert!(!stand.environment.path("tape").exists());
    let _ = stand.download(&format!("{SERIES} {PERIOD} --out tape")).success();
    stand.assert_is_ledger("tape", (0, 86_400 + 18 * 3_600), false);
}

#[test]
fn two_downloads_into_one_tape_do_not_mix() {
    let stand = Stand::new("");
    let args = format!("{SERIES} {PERIOD} --out tape");
    let slow = command(&stand.url(), &args).replace("--rate 500", "--rate 1");
    let host = Host::start(&stand.environment, &slow);
    let plan = stand.environment.path("tape.download/plan.json");
    crate::support::wait::eventually("a plan", || plan.exists().then_some(()));
    let said = stand.download(&args).failure(1);
    assert!(said.contains("another download into `tape` is running"), "{said}");
    host.die();
    let _ = stand.download(&args).success();
}
