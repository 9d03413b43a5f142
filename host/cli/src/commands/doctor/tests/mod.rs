//! Each thing that may be wrong is broken here, found, and cured where `--fix` cures it. What needs a venue or a host
//! is in `tests/live/doctor.rs`.

mod account;
mod settings;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::diagnosis::CODES;
use super::*;

/// The tests of whole processes.
const OF_PROCESSES: &str = include_str!("../../../../../../tests/live/doctor.rs");

/// The patient whose `host.toml` has `text`.
fn patient(text: &str) -> Patient {
    let examined = crate::config::examine_text(text, &[]).unwrap();
    Patient::new(examined, None, Timestamp(host_system::clock::unix_nanos())).unwrap()
}

/// The codes of what is wrong.
fn wrong(found: &[Diagnosis]) -> Vec<&str> {
    found.iter().filter(|found| found.severity >= Condition::Warning).map(|found| found.code).collect()
}

/// Asserts that `look` finds `code`, with `words` in what it says, and a cure.
#[track_caller]
fn finds(found: &[Diagnosis], code: &str, words: &[&str]) -> Diagnosis {
    let it = found.iter().find(|found| found.code == code && found.severity >= Condition::Warning);
    let it = it.unwrap_or_else(|| panic!("no {code} in {found:#?}"));
    assert!(words.iter().all(|word| it.finding.contains(word)), "{words:?}: {it:?}");
    assert!(it.cure.as_ref().is_some_and(|cure| !cure.is_empty()), "{it:?}");
    it.clone()
}

/// Asserts that `look` finds `code`, that its remedy works, and that `look` finds it no more.
#[track_caller]
fn cures(look: impl Fn() -> Vec<Diagnosis>, code: &str, words: &[&str]) {
    let found = finds(&look(), code, words);
    found.remedy.expect("a remedy").apply().unwrap();
    assert!(!wrong(&look()).contains(&code), "{:#?}", look());
}

/// Writes a file with `mode`.
fn write(path: &Path, text: &str, mode: u32) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn everything_that_may_be_found_is_broken_in_a_test() {
    let tests = [include_str!("account.rs"), include_str!("settings.rs"), OF_PROCESSES].concat();
    let without: Vec<_> = CODES.iter().filter(|code| !tests.contains(&format!("\"{code}\""))).collect();
    assert!(without.is_empty(), "no test breaks {without:?}");
}

#[test]
fn a_remedy_that_fails_says_why_and_the_problem_stays() {
    let folder = tempfile::tempdir().unwrap();
    let gone = folder.path().join("gone");
    let args = Args {
        account: None,
        fix: true,
        dry_run: false,
        notify: false,
        offline: true,
        quick: true,
        format: Format::Table,
    };
    let treated = treat(Diagnosis::open("key_open", "the key file", gone, 0o644), &args);
    assert!(matches!(&treated.outcome, Fate::Failed(why) if why.contains("cannot change")), "{treated:?}");
    assert_eq!(treated.condition(), Condition::Problem);
    assert!(judge(&[treated]).is_err());
}
