//! The files of a running host are deleted, replaced, moved or written over: it stops within a minute, its orders are
//! cancelled, and it says what to do.

use std::fs;

use crate::support::files::copy;
use crate::support::process::Host;
use crate::support::rig::Rig;
use crate::support::wait::eventually;

/// Runs a host until it has orders at the venue, lets `harm` do something to its files, and returns what it says.
fn after(harm: impl FnOnce(&Rig)) -> (Rig, String) {
    let rig = Rig::quiet();
    let mut host = rig.host();
    eventually("resting orders", || (rig.resting() > 0).then_some(()));
    harm(&rig);
    let ended = host.end();
    let said = host.said();
    println!("---\n{said}");
    assert_eq!(ended.code(), Some(1), "{said}");
    assert!(said.contains("the account's store cannot be written, so nothing more is sent"), "{said}");
    assert!(said.contains("the open orders were cancelled") && said.contains("`host kill` cancels"), "{said}");
    assert_eq!(rig.resting(), 0, "orders rest at the venue");
    (rig, said)
}

/// Starts a host, which goes on with the account, and waits for its next order.
fn goes_on(rig: &Rig) -> Host {
    let before = rig.orders().len();
    let host = rig.host();
    rig.wait_for_orders(before);
    host
}

#[test]
fn a_deleted_account_ends_the_run() {
    let (_rig, said) = after(|rig| fs::remove_dir_all(rig.account("")).expect("a folder"));
    assert!(said.contains("account.journal` was deleted or moved away while the host was writing it"), "{said}");
    assert!(said.contains("put it back where it was") && said.contains("--restore`"), "{said}");
}

#[test]
fn a_deleted_log_ends_the_run() {
    let (_rig, said) = after(|rig| fs::remove_file(rig.account("account.journal-wal")).expect("a log"));
    // Another connection of the host may have made a new log by then.
    let is_told = ["was deleted or moved away", "was replaced by another file"]
        .iter()
        .any(|how| said.contains(&format!("account.journal-wal` {how} while the host was writing it")));
    assert!(is_told, "{said}");
}

#[test]
fn an_account_that_is_moved_away_ends_the_run_and_goes_on_once_it_is_back() {
    let away = |rig: &Rig| rig.environment.path("elsewhere");
    let (rig, said) = after(|rig| fs::rename(rig.account(""), away(rig)).expect("moved"));
    assert!(said.contains("account.journal` was deleted or moved away while the host was writing it"), "{said}");
    let _ = fs::remove_dir_all(rig.account(""));
    fs::rename(away(&rig), rig.account("")).expect("moved");
    let _host = goes_on(&rig);
}

#[test]
fn a_replaced_journal_ends_the_run_and_goes_on_with_the_former_one() {
    let (rig, said) = after(|rig| {
        let (journal, kept) = (rig.account("account.journal"), rig.environment.path("kept"));
        fs::copy(&journal, &kept).expect("a copy");
        fs::rename(&journal, rig.account("former")).expect("moved");
        fs::rename(&kept, &journal).expect("moved");
    });
    assert!(said.contains("account.journal` was replaced by another file while the host was writing it"), "{said}");
    fs::rename(rig.account("former"), rig.account("account.journal")).expect("moved");
    let _host = goes_on(&rig);
}

#[test]
fn a_journal_that_is_written_over_ends_the_run() {
    let old = |rig: &Rig| rig.environment.path("old");
    let first = Rig::quiet();
    let mut host = first.host();
    eventually("resting orders", || (first.resting() > 0).then_some(()));
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
    let another = fs::read(first.account("account.journal")).expect("a journal");
    let (rig, said) = after(|rig| {
        copy(&rig.account(""), &old(rig));
        fs::write(rig.account("account.journal"), another).expect("written");
    });
    assert!(said.contains("account.journal` was written over while the host was writing it"), "{said}");
    // The write-ahead log of the lost journal does not go with the one that was put in its place.
    let started = rig.environment.run(&format!("{} --for 2s", crate::support::rig::live())).failure(1);
    assert!(started.contains("its write-ahead log is that of another journal"), "{started}");
}
