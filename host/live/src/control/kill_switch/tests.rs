use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::*;

struct TestAccount {
    _root: tempfile::TempDir,
    folder: AccountDir,
}

fn test_account() -> TestAccount {
    let root = tempfile::tempdir().unwrap();
    let folder = AccountDir::new(root.path(), "kalshi", "alex");
    folder.create().unwrap();
    TestAccount { _root: root, folder }
}

#[test]
fn whatever_stands_in_the_file_it_kills() {
    let check = |content: Option<&[u8]>, killed: bool, reason: &str| {
        let place = test_account();
        if let Some(content) = content {
            fs::write(place.folder.killed(), content).unwrap();
        }
        let switch = KillSwitch::load(&place.folder);
        assert_eq!(switch.is_engaged(), killed, "{content:?}");
        let said = switch.killed().map(|killed| killed.reason).unwrap_or_default();
        assert!(said.contains(reason), "{said}");
    };
    check(None, false, "");
    check(Some(br#"{"time": "2026-01-01", "by": "alex", "reason": "bad day"}"#), true, "bad day");
    check(Some(b""), true, "was made by hand");
    check(Some(b"stop it\nnow"), true, "says: stop it");
    check(Some(b"{\"time\": "), true, "says: {\"time\": ");
    check(Some(&[0xff, 0xfe, 0x00]), true, "says: ");
}

#[test]
fn a_file_that_cannot_be_read_kills() {
    let place = test_account();
    fs::create_dir(place.folder.killed()).unwrap();
    assert!(KillSwitch::load(&place.folder).is_engaged());
    let place = self::test_account();
    std::os::unix::fs::symlink("nowhere", place.folder.killed()).unwrap();
    assert!(KillSwitch::load(&place.folder).is_engaged());
}

#[test]
fn killed_stays_killed_over_a_restart_until_it_is_released() {
    let place = test_account();
    let switch = KillSwitch::load(&place.folder);
    switch.engage("bad day", "alex").unwrap();
    switch.engage("again", "someone else").unwrap();
    assert!(switch.is_engaged() && switch.clone().is_engaged());
    assert_eq!(fs::metadata(place.folder.killed()).unwrap().permissions().mode() & 0o777, 0o600);

    let restarted = KillSwitch::load(&place.folder);
    assert!(restarted.is_engaged());
    let killed = restarted.killed().unwrap();
    assert_eq!((killed.by.as_str(), killed.reason.as_str()), ("alex", "bad day"), "who came first is to blame");

    restarted.release(restarted.engagements()).unwrap();
    assert!(!restarted.is_engaged() && restarted.killed().is_none());
    assert!(!KillSwitch::load(&place.folder).is_engaged());
    assert_eq!(fs::read_dir(place.folder.path()).unwrap().count(), 0, "nothing is left behind");
}

#[test]
fn a_kill_after_the_request_to_resume_wins() {
    let place = test_account();
    let switch = KillSwitch::load(&place.folder);
    switch.engage("first", "alex").unwrap();
    let seen = switch.engagements();
    switch.engage("second", "alex").unwrap();
    assert!(matches!(switch.release(seen), Err(KillSwitchError::KilledAgain)));
    assert!(switch.is_engaged() && place.folder.killed().exists());
}

#[test]
fn a_file_that_cannot_be_written_kills_all_the_same_and_is_tried_again() {
    let place = test_account();
    let switch = KillSwitch::load(&place.folder);
    // A file where the folder should be: nobody may write below it, not even root.
    fs::remove_dir(place.folder.path()).unwrap();
    fs::write(place.folder.path(), "").unwrap();
    let error = switch.engage("bad day", "alex").unwrap_err();
    assert!(error.to_string().contains("a restart would trade again"), "{error}");
    assert!(switch.is_engaged());

    fs::remove_file(place.folder.path()).unwrap();
    assert_eq!(switch.look().unwrap(), FileLook::Latched);
    assert_eq!(KillSwitch::load(&place.folder).killed().unwrap().reason, "bad day");
}

#[test]
fn a_look_finds_what_was_done_by_hand() {
    let place = test_account();
    let switch = KillSwitch::load(&place.folder);
    assert_eq!(switch.look().unwrap(), FileLook::Same);
    fs::write(place.folder.killed(), "").unwrap();
    assert_eq!(switch.look().unwrap(), FileLook::Engaged);
    assert!(switch.is_engaged());
    assert_eq!(switch.look().unwrap(), FileLook::Same);
    // Removing the file is no way to resume a host that runs.
    fs::remove_file(place.folder.killed()).unwrap();
    assert_eq!(switch.look().unwrap(), FileLook::Latched);
    assert!(switch.is_engaged() && place.folder.killed().exists());
}

#[test]
fn a_kill_voids_a_resume_that_waits() {
    let place = test_account();
    ResumeNote::write(&place.folder, "all well", "alex").unwrap();
    assert_eq!(ResumeNote::pending(&place.folder).unwrap().reason, "all well");
    KillSwitch::load(&place.folder).engage("not at all", "alex").unwrap();
    assert_eq!(ResumeNote::pending(&place.folder), None);
    fs::remove_file(place.folder.killed()).unwrap();
    assert_eq!(ResumeNote::pending(&place.folder), None, "it must not come back with the file gone");

    ResumeNote::write(&place.folder, "all well", "alex").unwrap();
    fs::write(place.folder.killed(), "").unwrap();
    assert_eq!(ResumeNote::pending(&place.folder), None, "a file made by hand is a kill too");
}

#[test]
fn engaging_from_many_threads_while_one_releases_never_ends_released_by_an_old_request() {
    for _ in 0..50 {
        let place = test_account();
        let switch = KillSwitch::load(&place.folder);
        switch.engage("first", "alex").unwrap();
        let seen = switch.engagements();
        let killer = {
            let switch = switch.clone();
            std::thread::spawn(move || switch.engage("second", "alex"))
        };
        // Either order may win, but after the second kill it is killed.
        let _ = switch.release(seen);
        killer.join().unwrap().unwrap();
        assert!(switch.is_engaged());
        assert!(place.folder.killed().exists());
    }
}
