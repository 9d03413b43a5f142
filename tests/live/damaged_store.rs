//! A store that is damaged, locked, full or not the account's: the start is refused with the reason, no order is
//! sent, and the store is left as it is.

use std::fs;

use rusqlite::{Connection, TransactionBehavior};

use crate::support::files::copy;
use crate::support::rig::{Rig, live};
use crate::support::small_disk;
use crate::support::wait::eventually;
use crate::support::webhook::WebServer;

/// An account that has traded, and whose host has stopped.
fn traded() -> Rig {
    let rig = Rig::running();
    let mut host = rig.host();
    rig.wait_for_orders(30);
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
    rig
}

/// Asserts that a start fails with 1 and a message that contains all of `words`, and sends no order.
#[track_caller]
fn refused(rig: &Rig, words: &[&str]) {
    let before = rig.orders().len();
    let said = rig.environment.run(&format!("{} --for 2s", live())).failure(1);
    println!("---\n{said}");
    assert!(words.iter().all(|word| said.contains(word)) && said.contains("hint: "), "{words:?}:\n{said}");
    assert_eq!(rig.orders().len(), before);
}

#[test]
fn a_damaged_store_is_refused_and_left_as_it_is() {
    let rig = traded();
    let journal = rig.account("account.journal");
    let whole = fs::read(&journal).expect("a journal");
    let check = |content: &[u8], words: &[&str]| {
        fs::write(&journal, content).expect("written");
        refused(&rig, words);
        assert!(fs::read(&journal).expect("a journal") == content, "{words:?}: it was changed");
    };
    let opened = "the account's store cannot be opened, so nothing is traded";
    check(b"", &[opened, "is no journal of this host", "move that file away"]);
    check(b"some text\n", &[opened, "is no journal of this host", "move that file away"]);
    check(&whole[..whole.len() / 2], &["is damaged", "from a backup", "`host kill`"]);
    let other = rig.environment.path("other.db");
    Connection::open(&other)
        .expect("SQLite")
        .execute_batch("CREATE TABLE mine (a); INSERT INTO mine VALUES (1)")
        .expect("SQL");
    check(&fs::read(other).expect("a file"), &[opened, "is no journal of this host", "move that file away"]);

    fs::write(&journal, &whole).expect("written");
    let before = rig.orders().len();
    let _host = rig.host();
    rig.wait_for_orders(before);
}

#[test]
fn an_unreadable_engine_state_is_refused() {
    let rig = traded();
    let connection = Connection::open(rig.account("account.journal")).expect("a journal");
    connection.execute("UPDATE snapshots SET body = '{\"cash\": \"cats\"}'", []).expect("SQL");
    drop(connection);
    refused(&rig, &["the engine's last state cannot be read, so nothing is traded", "from a backup"]);
    fs::write(rig.account("tape/tape.json"), "{\"cats\"").expect("written");
    refused(&rig, &["the recording of what was polled cannot be opened", "tape.json", "move that folder away"]);
}

#[test]
fn an_engine_state_of_another_version_is_refused() {
    let rig = traded();
    let connection = Connection::open(rig.account("account.journal")).expect("a journal");
    connection.execute("UPDATE snapshots SET version = 99", []).expect("SQL");
    drop(connection);
    let what = "the engine's last state is of another version of the host";
    let before = fs::read(rig.account("account.journal")).expect("a journal");
    refused(&rig, &[what, "version 99, this host works with version 4", "go on with the host that kept"]);
    assert!(fs::read(rig.account("account.journal")).expect("a journal") == before, "it was changed");
}

#[test]
fn a_journal_that_is_ahead_of_the_venues_time_is_refused() {
    let rig = traded();
    let connection = Connection::open(rig.account("account.journal")).expect("a journal");
    let ahead = |ns: i64| connection.execute("UPDATE snapshots SET time = time + ?", [ns]).expect("SQL");
    // Two days, as after a clock that was wrong; and seconds, as after one that was corrected a little.
    let days = 2 * 86_400_000_000_000;
    ahead(days);
    let words = ["the account's journal goes to 20", "ahead of the venue's time", "start again after 20", "a backup"];
    refused(&rig, &words);
    ahead(5_000_000_000 - days);
    drop(connection);
    let before = rig.orders().len();
    let _host = rig.host();
    rig.wait_for_orders(before);
}

#[test]
fn a_recording_that_does_not_match_the_journal_is_refused() {
    let rig = traded();
    let (journal, kept) = (rig.account("account.journal"), rig.environment.path("kept"));
    let what = "the recording of what was polled is not that of the account's journal";
    // A journal from before the last market was listed, and one of another account.
    let check = |sql: &str, word: &str| {
        fs::copy(&journal, &kept).expect("a copy");
        Connection::open(&journal).expect("a journal").execute_batch(sql).expect("SQL");
        refused(&rig, &[what, "in the recording, and ", word, "[FOLDER]/live/kalshi-alex/tape away"]);
        fs::copy(&kept, &journal).expect("a copy");
    };
    check("DELETE FROM markets WHERE id = (SELECT max(id) FROM markets)", "unknown in the journal");
    check(
        "UPDATE markets SET ticker = 'KXOTHER', body = json_set(body, '$.ticker', 'KXOTHER') WHERE id = 0",
        "`KXOTHER` in the journal",
    );
    fs::rename(&journal, &kept).expect("moved");
    refused(&rig, &[what, "there is no journal at [FOLDER]/live/kalshi-alex/account.journal", "tape away"]);
    assert!(!journal.exists(), "an account was begun beside the old recording");
    fs::rename(rig.account("tape"), rig.environment.path("old-tape")).expect("moved");
    let before = rig.orders().len();
    let _host = rig.host();
    rig.wait_for_orders(before);
}

#[test]
fn a_locked_store_is_refused_until_it_is_released() {
    let rig = traded();
    let mut other = Connection::open(rig.account("account.journal")).expect("the journal");
    let held = other.transaction_with_behavior(TransactionBehavior::Exclusive).expect("a lock");
    refused(&rig, &["is locked by another process"]);
    drop(held);
    let before = rig.orders().len();
    let _host = rig.host();
    rig.wait_for_orders(before);
}

#[test]
fn a_second_host_with_the_same_key_is_refused_whatever_its_folder() {
    let rig = Rig::running();
    let host = rig.host();
    rig.wait_for_orders(10);
    let said = rig.environment.run(&format!("{} --for 2s", live())).failure(1);
    assert!(said.contains(&format!("another host (process {}) works with", host.pid())), "{said}");
    assert!(said.contains("`host status`"), "{said}");
    // The same key under another account name, or with another folder: at the venue, it is one account.
    let named = format!("{} --for 3s --set live.account=bert", live()).replace("live=alex", "live=bert");
    for beside in [named, format!("{} --for 3s --set live.folder=elsewhere", live())] {
        let said = rig.environment.run(&beside).failure(1);
        let first = format!("another host (process {}) works with `[FOLDER]/live/kalshi-alex`", host.pid());
        assert!(said.contains(&first), "{said}");
    }
    assert!(!rig.environment.path("live/kalshi-bert").exists() && !rig.environment.path("elsewhere").exists());
    assert_eq!(rig.status()["host"]["identity"]["pid"], host.pid());
}

#[test]
fn a_full_disk_stops_the_host_cancels_its_orders_loses_nothing_and_is_told() {
    let (rig, told) = (Rig::running(), WebServer::start(&[]));
    let text = rig.environment.read("host.toml");
    let alerts = format!("[[alerts.webhook]]\nkind = \"json\"\nurl = \"{}\"\n", told.url("/a"));
    rig.environment.write("host.toml", format!("{text}{alerts}"));
    let Some(output) = small_disk::run(&rig.environment, "3m", "live", &live()) else { return };
    let (code, said) = (output.status.code(), String::from_utf8_lossy(&output.stderr));
    println!("{}", said.lines().filter(|line| !line.contains(" order ")).collect::<Vec<_>>().join("\n"));
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("error: ") && said.contains("the disk is full") && said.contains("ALERT stopped: "),
        "{said}"
    );
    // The queue of alerts and the log are on the same disk: people hear of it all the same.
    assert!(told.received().iter().any(|request| request.body.contains("emergency_stop")), "{:?}", told.received());
    let accepted = rig.orders().len();
    assert!(accepted > 0, "it was full before the first order");
    assert_eq!(rig.resting(), 0);
    // Once there is room again, the journal catches up with everything that the venue has.
    copy(&rig.environment.path("kept"), &rig.environment.path("live"));
    rig.configure("[live]\n", "[live]\nreconcile = \"2s\"\n");
    let _host = rig.host();
    rig.wait_for_orders(accepted);
    eventually("a clean comparison", || {
        let found = rig.journal("SELECT CAST(clean AS TEXT) FROM reconciliations ORDER BY number DESC LIMIT 1");
        (found == ["1"]).then_some(())
    });
}
