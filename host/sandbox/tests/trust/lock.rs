//! The lock: what it records, what it tells of changes, and what happens to a damaged one.

use std::fs;

use host_core::Span;
use host_core::risk::RiskLimits;
use host_sandbox::trust::{ComponentLock, LOCK_FILE, LockFile, Signer, is_named_by, short_digest};

use super::*;

/// The change that is told before `candidate` runs.
fn change(trust: &TrustSettings, candidate: &Candidate<'_>, lock: &ComponentLock) -> Option<String> {
    let judgement = trust.judge(TradingMode::Paper, candidate, lock, NOW).unwrap();
    judgement.change.map(|change| change.to_string())
}

#[test]
fn a_run_is_recorded_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = LockFile::within(folder.path());
    assert_eq!(file.read().unwrap(), ComponentLock::default());
    let candidate = ONE.candidate(None);
    let record = |now: Timestamp| {
        file.update(|lock| {
            lock.record(TradingMode::Live, &candidate, &Signer::Unsigned, &RiskLimits::default(), now);
            lock.confirm(&candidate, "alex (host trust confirm)", now);
        })
        .unwrap();
    };
    record(NOW);
    record(NOW + Span::days(1));
    let text = fs::read_to_string(folder.path().join(LOCK_FILE)).unwrap();
    insta::assert_snapshot!(text.replace(&ONE.component.digest, "[DIGEST]"));
    let lock = file.read().unwrap();
    assert_eq!(lock.components(TradingMode::Live)["demo"].size_caps.len(), 4);
    assert!(lock.components(TradingMode::Paper).is_empty());
    assert_eq!(lock.confirmations().len(), 1);
    assert!(lock.confirmation(&ONE.component.digest).is_some() && lock.confirmation(&OTHER.component.digest).is_none());
}

#[test]
fn a_change_in_a_slot_is_told_in_its_mode_until_it_has_run() {
    let (alex, secret) = pair();
    let trust = trusting(&[("alex", &alex, None)]);
    let signature = secret.sign(&ONE.bytes, "x").unwrap();
    let signed = ONE.candidate(Some(signature.as_bytes()));
    let mut lock = ComponentLock::default();
    let run = |mode: TradingMode, candidate: &Candidate<'_>, lock: &mut ComponentLock| {
        let signer = trust.signer(candidate.bytes, candidate.signature, NOW);
        lock.record(mode, candidate, &signer, &RiskLimits::default(), NOW);
    };
    assert_eq!(change(&trust, &signed, &lock), None);
    run(TradingMode::Paper, &signed, &mut lock);
    assert_eq!(change(&trust, &signed, &lock), None);
    let (one, other) = (&ONE.component.digest[..16], &OTHER.component.digest[..16]);
    let by_alex = format!("signed by alex (key {})", alex.id());
    let told = format!("it is 1.2.3, sha256 {other}, unsigned; before it was 1.2.3, sha256 {one}, {by_alex}");
    assert_eq!(change(&trust, &OTHER.candidate(None), &lock), Some(told));
    let told = format!("it is 1.2.3, sha256 {one}, unsigned; before it was 1.2.3, sha256 {one}, {by_alex}");
    assert_eq!(change(&trust, &ONE.candidate(None), &lock), Some(told));
    assert_eq!(change(&trust, &Candidate { slot: "another", ..OTHER.candidate(None) }, &lock), None);
    // A run in live trading does not make it known on paper.
    run(TradingMode::Live, &OTHER.candidate(None), &mut lock);
    assert!(change(&trust, &OTHER.candidate(None), &lock).is_some());
    run(TradingMode::Paper, &OTHER.candidate(None), &mut lock);
    assert_eq!(change(&trust, &OTHER.candidate(None), &lock), None);
}

#[test]
fn a_lock_that_cannot_be_read_is_an_error_and_stays_as_it_is() {
    let check = |content: &[u8], expect: &[&str]| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(LOCK_FILE);
        fs::write(&path, content).unwrap();
        let file = LockFile::within(folder.path());
        for error in [file.read().unwrap_err(), file.update(|lock| *lock = ComponentLock::default()).unwrap_err()] {
            let said = format!("{error}; {}", error.hint());
            assert!(expect.iter().all(|word| said.contains(word)), "{said}");
        }
        assert_eq!(fs::read(&path).unwrap(), content);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    };
    check(b"", &["host.lock is damaged: line 1: missing field `version`", "move it away"]);
    check(b"version = 1\n[live.demo]\nsha256 = \"", &["is damaged: line 3", "version control"]);
    check(b"version = 1\n[live.demo]\nsha256 = \"aa\"\n", &["is damaged: line 2: missing field `component`"]);
    check(b"version = 1\nconfirm = []\n", &["is damaged: line 2: unknown field `confirm`"]);
    check(b"\xff\xfe", &["is damaged: it is no text"]);
    check(b"version = 2\nfuture = true\n", &["has the form 2, and this host knows forms up to 1", "use the host that"]);
    check(b"version = \"one\"\n", &["is damaged: line 1"]);
    let forged = "[[confirmed]]\nsha256 = \"aa\"\ncomponent = \"x\\u001b[2J\"\nby = \"alex\"\nat = \"now\"\n";
    check(format!("version = 1\n{forged}").as_bytes(), &["is damaged: it has texts that no host writes"]);
}

#[test]
fn two_hosts_that_record_at_once_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = LockFile::within(folder.path());
    std::thread::scope(|scope| {
        for host in 0..8 {
            let file = &file;
            scope.spawn(move || {
                let slot = format!("slot-{host}");
                let candidate = Candidate { slot: &slot, ..ONE.candidate(None) };
                let (signer, limits) = (Signer::Unsigned, RiskLimits::default());
                file.update(|lock| lock.record(TradingMode::Live, &candidate, &signer, &limits, NOW)).unwrap();
            });
        }
    });
    assert_eq!(file.read().unwrap().components(TradingMode::Live).len(), 8);
}

#[test]
fn a_digest_is_named_by_its_first_eight_digits_or_more() {
    let digest = "0123abcd".repeat(8);
    let check = |given: &str, expect: bool| assert_eq!(is_named_by(&digest, given), expect, "{given}");
    check(&digest, true);
    check(short_digest(&digest), true);
    check("0123ABCD0", true);
    check("0123abc", false);
    check("0123abce", false);
    check("", false);
    check(&format!("{digest}0"), false);
    check("0123abcö", false);
}
