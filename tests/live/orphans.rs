//! Positions that nobody would look after: those of a slot that is gone, those that a new account finds, and those of a
//! market that was declared void.

use std::fs;

use crate::support::process::Host;
use crate::support::rig::{LIVE, Rig, live};
use crate::support::strategies::{RANGE_BUYER, confirm};
use crate::support::wait::eventually;

/// Runs a host in stepped time until it holds positions, and returns the tickers of those.
fn with_positions() -> (Rig, Vec<String>) {
    let rig = Rig::stepped();
    rig.configure("poll = \"1s\"", "poll = \"1m\"");
    rig.configure("entry_pricing = \"behind 2\"", "entry_pricing = \"cross\"\nexit_pricing = \"cross\"");
    let mut host = rig.host();
    host.wait_for("trading: the venue agrees again");
    let held = eventually("positions", || {
        let held = rig.journal("SELECT DISTINCT ticker FROM positions ORDER BY ticker");
        (held.len() > 2).then_some(held)
    });
    assert!(!held.is_empty());
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
    let held = rig.journal("SELECT DISTINCT ticker FROM positions ORDER BY ticker");
    assert!(!held.is_empty(), "{}", host.said());
    (rig, held)
}

fn tickers(rig: &Rig) -> Vec<String> {
    let mut held: Vec<String> = rig.exchange.ledger().positions.into_keys().collect();
    held.sort();
    held
}

#[test]
fn a_new_account_that_finds_positions_asks_before_it_trades() {
    let (rig, held) = with_positions();
    fs::remove_dir_all(rig.account("")).expect("a folder");
    let said = rig.environment.run(&live()).failure(1);
    assert!(said.contains("the account holds positions that this host did not open"), "{said}");
    assert!(held.iter().all(|ticker| said.contains(ticker.as_str())), "{said}");
    assert!(said.contains("`--leave-positions` starts all the same"), "{said}");
    assert!(!rig.account("account.journal").exists(), "it has begun all the same");
    let mut host = rig.host_with("--leave-positions");
    host.wait_for("trading: the venue agrees again");
    assert!(tickers(&rig).iter().any(|ticker| held.contains(ticker)), "they stay");
}

#[test]
fn a_slot_that_is_gone_with_positions_is_refused_or_wound_down() {
    let (rig, held) = with_positions();
    confirm(&rig.environment, RANGE_BUYER);
    let without = format!("run --strategy {RANGE_BUYER} {LIVE}");
    let said = rig.environment.run(&without).failure(1);
    assert!(said.contains("and its strategy is not loaded:"), "{said}");
    assert!(held.iter().all(|ticker| said.contains(ticker.as_str())), "{said}");
    assert!(said.contains("close them with `--wind-down`"), "{said}");
    let mut host = Host::start(&rig.environment, &format!("{without} --wind-down --for 30m"));
    host.wait_for("positions are closed");
    assert!(host.end().success(), "{}", host.said());
    let left = rig.journal("SELECT ticker FROM positions JOIN slots USING (slot) WHERE name = 'eager'");
    assert!(left.len() < held.len(), "of {held:?} are left {left:?}\n{}", host.said());
}

#[test]
fn a_market_is_closed_in_the_books_at_a_persons_word() {
    let (rig, held) = with_positions();
    let [first, second, ..] = &held[..] else { panic!("two positions: {held:?}") };
    let settle = |args: &str| rig.environment.run(&format!("settle {args}"));
    let said = settle("KXNOTHING 0.42 --reason void").failure(1);
    assert!(said.contains("the account holds no position in KXNOTHING"), "{said}");
    settle(&format!("{first} 1.5 --reason void")).failure(2);
    // While no host runs, it waits for the next start.
    let said = settle(&format!("{first} 0.42 --reason void")).success();
    assert!(said.contains(&format!("the next start books that {first} has paid 0.42")), "{said}");
    let mut host = rig.host();
    host.wait_for(&format!("{first} is closed in the books at 0.42"));
    let settled = |ticker: &str| {
        rig.journal(&format!(
            "SELECT CAST(body ->> 'outcome' AS TEXT) FROM events WHERE kind = 'settled' AND body ->> 'market' = \
             (SELECT id FROM markets WHERE ticker = '{ticker}')"
        ))
    };
    assert_eq!(settled(first).len(), 1);
    if rig.journal("SELECT DISTINCT ticker FROM positions").contains(second) {
        let answered = settle(&format!("{second} 0 --reason void"));
        // An order of the strategy may be open in it just then.
        assert!(answered.stdout.contains("settled: ") || answered.stderr.contains("is open still"), "{answered:?}");
    }
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
    assert!(!rig.account("SETTLED").exists());
    let replayed = rig.environment.run("replay live/kalshi-alex/account.journal").success();
    assert!(replayed.contains("identical"), "{replayed}");
}
