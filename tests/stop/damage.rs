//! A store that cannot be read or written: nothing is sent, nothing of it is changed, and what was lost is said.

use std::fs;

use rusqlite::{Connection, TransactionBehavior};

use crate::rig::{Rig, live};
use crate::support::files::copy;
use crate::support::small_disk;
use crate::support::wait::eventually;

/// An account that has traded, without a host.
fn traded() -> Rig {
    let rig = Rig::running();
    let mut host = rig.host();
    rig.wait_for_orders(30);
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
    rig
}

/// A start that ends in 1, having said all of `words` and sent nothing.
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
fn a_state_that_makes_no_sense_is_refused() {
    let rig = traded();
    let connection = Connection::open(rig.account("account.journal")).expect("a journal");
    connection.execute("UPDATE snapshots SET body = '{\"cash\": \"cats\"}'", []).expect("SQL");
    drop(connection);
    refused(&rig, &["the engine's last state cannot be read, so nothing is traded", "from a backup"]);
    fs::write(rig.account("tape/tape.json"), "{\"cats\"").expect("written");
    refused(&rig, &["the recording of what was polled cannot be opened", "tape.json", "move that folder away"]);
}

#[test]
fn a_locked_store_is_refused_until_it_is_let_go() {
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
fn a_second_host_is_refused_and_other_accounts_are_not() {
    let rig = Rig::running();
    let host = rig.host();
    rig.wait_for_orders(10);
    let said = rig.environment.run(&format!("{} --for 2s", live())).failure(1);
    assert!(said.contains(&format!("another host (process {}) works with", host.pid())), "{said}");
    assert!(said.contains("`host status`"), "{said}");
    // The same key under another name: the venue knows one account, but that is for its owner to know.
    let beside = format!("{} --for 3s --set live.account=bert", live()).replace("live=alex", "live=bert");
    rig.environment.run(&beside).success();
    assert!(rig.environment.path("live/kalshi-bert/account.journal").exists());
    assert_eq!(rig.status()["host"]["identity"]["pid"], host.pid());
}

#[test]
fn a_full_disk_stops_the_host_with_its_orders_cancelled_and_nothing_lost() {
    let rig = Rig::running();
    let Some(output) = small_disk::run(&rig.environment, "3m", "live", &live()) else { return };
    let (code, said) = (output.status.code(), String::from_utf8_lossy(&output.stderr));
    println!("{}", said.lines().filter(|line| !line.contains(" order ")).collect::<Vec<_>>().join("\n"));
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("error: ") && said.contains("the disk is full") && said.contains("ALERT stopped: "),
        "{said}"
    );
    let accepted = rig.orders().len();
    assert!(accepted > 0, "it was full before the first order");
    assert_eq!(rig.resting(), 0);
    // With room again, all that the venue has is found in the books.
    copy(&rig.environment.path("kept"), &rig.environment.path("live"));
    rig.configure("[live]\n", "[live]\nreconcile = \"2s\"\n");
    let _host = rig.host();
    rig.wait_for_orders(accepted);
    eventually("a clean comparison", || {
        let found = rig.journal("SELECT CAST(clean AS TEXT) FROM reconciliations ORDER BY number DESC LIMIT 1");
        (found == ["1"]).then_some(())
    });
}
