//! The guarantees of each level of file writing, as far as a running system can show them.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use host_system::files;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn every_level_replaces_the_whole_file_and_leaves_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file.json");
    fs::write(folder.path().join("public"), "").unwrap();
    let by_umask = mode(&folder.path().join("public"));
    fs::remove_file(folder.path().join("public")).unwrap();
    type Replace = fn(&Path, &[u8]) -> io::Result<()>;
    let plain: Replace = |path, content| files::replace(path, &[&content[..1], &content[1..]]);
    for (replace, expected) in
        [(plain, by_umask), (files::replace_private as Replace, 0o600), (files::replace_durably as Replace, 0o600)]
    {
        for content in ["a long first content", "second"] {
            replace(&path, content.as_bytes()).unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), content);
            assert_eq!(mode(&path), expected);
            assert_eq!(names(folder.path()), ["file.json"]);
        }
    }
}

#[test]
fn a_file_that_cannot_be_replaced_is_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("taken");
    // A folder with content cannot be replaced by a file.
    fs::create_dir(&path).unwrap();
    fs::write(path.join("inside"), "kept").unwrap();
    assert!(files::replace(&path, &[b"new"]).is_err());
    assert!(files::replace_durably(&path, b"new").is_err());
    assert_eq!(fs::read_to_string(path.join("inside")).unwrap(), "kept");
    assert_eq!(names(folder.path()), ["taken"]);
}

#[test]
fn a_leftover_that_others_can_read_does_not_lend_its_permissions() {
    let folder = tempfile::tempdir().unwrap();
    let leftover = folder.path().join("accounts.new");
    fs::write(&leftover, "half").unwrap();
    fs::set_permissions(&leftover, fs::Permissions::from_mode(0o644)).unwrap();
    let path = folder.path().join("accounts.json");
    files::replace_private(&path, b"{}").unwrap();
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn a_private_file_never_replaces_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key.pem");
    files::create_private(&path, b"first").unwrap();
    assert_eq!(mode(&path), 0o600);
    assert_eq!(files::create_private(&path, b"second").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read_to_string(&path).unwrap(), "first");
}

#[test]
fn what_is_not_there_is_removed_without_complaint() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("KILLED");
    for remove in [files::remove_if_present, files::remove_durably] {
        fs::write(&path, "").unwrap();
        remove(&path).unwrap();
        assert!(!path.exists());
        remove(&path).unwrap();
    }
}

#[test]
fn leftovers_of_killed_writers_are_removed_by_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scores.csv");
    let age = |path: &Path| {
        let hour_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(3_600);
        fs::File::open(path).unwrap().set_modified(hour_ago).unwrap();
    };
    let (old, young) = (".scores.csv-being-written-a", ".scores.csv-being-written-b");
    for name in [old, young, ".other.csv-being-written-c", "scores.csv-being-written-d"] {
        fs::write(folder.path().join(name), "half").unwrap();
        if name != young {
            age(&folder.path().join(name));
        }
    }
    fs::create_dir_all(folder.path().join(".tape-being-written-x/day")).unwrap();
    age(&folder.path().join(".tape-being-written-x"));
    let writing = files::scratch_file(&path).unwrap();
    age(writing.path());
    let building = files::scratch_folder(folder.path(), ".tape-being-written-").unwrap();
    age(building.path());
    // The next writers leave those that are at work alone.
    files::replace(&path, &[b"whole"]).unwrap();
    drop(files::private_scratch_folder(folder.path(), ".tape-being-written-").unwrap());
    assert!(writing.path().exists() && building.path().exists());
    drop((writing, building));
    assert_eq!(names(folder.path()), [".other.csv-being-written-c", young, "scores.csv", "scores.csv-being-written-d"]);
}
