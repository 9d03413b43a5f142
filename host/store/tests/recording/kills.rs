//! Kills at every byte and at every file operation, full disks, damage, and a concurrent reader.

use std::sync::atomic::{AtomicI64, Ordering};

use host_core::{Outcome, Settlement};
use host_store::recording::{Disk, RecordingError};
use proptest::prelude::*;

use super::*;

#[test]
fn a_segment_cut_at_any_byte_gives_back_every_whole_frame() {
    let folder = tempfile::tempdir().unwrap();
    let (mut recording, _) = Recording::open(folder.path()).unwrap();
    recording.list(&markets(3)).unwrap();
    let mut ends = vec![fs::metadata(segment(folder.path())).unwrap().len()];
    let polls: Vec<Quotes> = (0..4).map(|n| poll(MIDNIGHT + n * MINUTE, 3)).collect();
    for poll in &polls {
        recording.append(&poll.all()).unwrap();
        ends.push(fs::metadata(segment(folder.path())).unwrap().len());
    }
    drop(recording);
    let bytes = fs::read(segment(folder.path())).unwrap();
    for cut in 0..=bytes.len() {
        fs::write(segment(folder.path()), &bytes[..cut]).unwrap();
        let whole = ends.iter().filter(|&&end| end <= cut as u64).count();
        let kept = &polls[..whole.saturating_sub(1)];
        assert_eq!(read_folder(folder.path()), all_bits(kept), "a reader, {cut} bytes");
        let (mut recording, recovered) = Recording::open(folder.path()).unwrap();
        assert_eq!((recovered.polls, recovered.rows), (kept.len() as u64, 3 * kept.len() as u64));
        let end = ends[..whole].last().copied().unwrap_or(if cut < 16 { 0 } else { 16 });
        assert_eq!(recovered.cut_bytes, cut as u64 - end);
        recording.list(&markets(3)).unwrap();
        let later = poll(MIDNIGHT + 9 * MINUTE, 3);
        recording.append(&later.all()).unwrap();
        assert_eq!(read_folder(folder.path()), all_bits(kept.iter().chain([&later])), "{cut} bytes");
    }
}

/// Number of file operations that begin a new recording.
const BEGUN: u64 = 14;

/// Three days of polls: two of them end, and one is closed within the day and continues.
fn polls() -> Vec<Quotes> {
    let minutes = [0, 1, 2, 1_440, 1_441, 1_442, 1_443, 4_320];
    minutes.into_iter().map(|minute| poll(MIDNIGHT + minute * MINUTE, if minute < 1_442 { 2 } else { 3 })).collect()
}

/// Number of polls that the first of two hosts records before it is stopped within a day.
const FIRST: usize = 5;

/// Records those of the first `count` polls that are not recorded yet, as a host does after a start. Ended days are
/// moved after every `lag`th poll, and at the end. `acked` is set to the time of the last append that succeeded.
fn go_on(folder: &Path, disk: Disk, count: usize, lag: usize, acked: &mut i64) -> Result<(), RecordingError> {
    let (mut recording, _) = Recording::open_on(folder, disk)?;
    recording.list(&markets(2))?;
    recording.settled(&Settlement { market: MarketId(1), time: Timestamp(MIDNIGHT), outcome: Outcome::No })?;
    for (number, rows) in polls()[..count].iter().enumerate() {
        if recording.last().is_none_or(|last| rows.time[0] > last.0) {
            recording.list(&markets(rows.len() as u32))?;
            recording.append(&rows.all())?;
            *acked = rows.time[0];
            if number % lag == lag - 1 {
                recording.wait()?;
            }
        }
    }
    recording.close()
}

/// Checks that nothing is left to be finished, and that the tape has all rows.
fn check_done(folder: &Path, context: &str) {
    assert_eq!(read_tape(folder), all_bits(&polls()), "{context}");
    assert_eq!(Tape::open(folder).unwrap().settlements().len(), 1, "{context}");
    let names = files(folder);
    let is_left = |name: &String| name.contains("unfinished") || name.ends_with(".segment");
    assert!(!names.iter().any(is_left), "{context}: {names:?}");
}

/// Checks that the recording has the polls up to `acked`, and at most the one that was being appended.
fn check_rows(found: &[[u64; 8]], acked: i64, context: &str) {
    let expected = all_bits(&polls());
    assert!(expected.starts_with(found), "{context}: rows are a beginning of what was polled");
    let last = found.last().map_or(i64::MIN, |row| row[1].cast_signed());
    assert!(last >= acked, "{context}: an acknowledged poll is missing");
    assert_eq!(
        found.len(),
        expected.iter().filter(|row| row[1].cast_signed() <= last).count(),
        "{context}: whole polls"
    );
}

/// Kills a host that records up to `count` polls at each of its file operations, with the polls up to `before`
/// recorded. Ended days wait for up to `lag` polls.
fn kill_at_each_operation(before: usize, count: usize, lag: usize) -> u64 {
    for operation in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let (path, mut acked) = (folder.path(), i64::MIN);
        if before > 0 {
            go_on(path, Disk::default(), before, 1, &mut acked).unwrap();
        }
        if go_on(path, Disk::stopped(operation..u64::MAX), count, lag, &mut acked).is_ok() {
            return operation;
        }
        let context = format!("killed at operation {operation}, with a lag of {lag}");
        if path.join("tape.json").exists() {
            check_rows(&read_folder(path), acked, &context);
            assert!(all_bits(&polls()).starts_with(&read_tape(path)), "{context}");
        }
        go_on(path, Disk::default(), count, 1, &mut acked).unwrap();
        go_on(path, Disk::default(), polls().len(), 1, &mut acked).unwrap();
        check_done(path, &context);
    }
    unreachable!("a host has few operations")
}

#[test]
fn a_kill_at_any_operation_loses_nothing() {
    for lag in [1, 2, 9] {
        assert!(kill_at_each_operation(0, FIRST, lag) > 30);
        assert!(kill_at_each_operation(FIRST, polls().len(), lag) > 30);
    }
    assert!(kill_at_each_operation(0, polls().len(), 9) > 60, "with several days waiting");
}

#[test]
fn a_kill_at_any_operation_of_a_recovery_loses_nothing() {
    for first in (BEGUN..50).step_by(5) {
        for second in (0..30).step_by(2) {
            let folder = tempfile::tempdir().unwrap();
            let mut acked = i64::MIN;
            let count = polls().len();
            let _ = go_on(folder.path(), Disk::stopped(first..u64::MAX), count, 1, &mut acked);
            let _ = go_on(folder.path(), Disk::stopped(second..u64::MAX), count, 2, &mut acked);
            check_rows(&read_folder(folder.path()), acked, &format!("killed at {first}, then at {second}"));
            go_on(folder.path(), Disk::default(), count, 1, &mut acked).unwrap();
            check_done(folder.path(), &format!("killed at {first}, then at {second}"));
        }
    }
}

#[test]
fn a_disk_that_was_full_for_a_while_leaves_the_recording_working() {
    for length in [1, 2, 5] {
        for operation in BEGUN..60 {
            let folder = tempfile::tempdir().unwrap();
            let (mut recording, _) =
                Recording::open_on(folder.path(), Disk::stopped(operation..operation + length)).unwrap();
            while recording.list(&markets(3)).is_err() {}
            let mut kept = Vec::new();
            for rows in polls() {
                match recording.append(&rows.all()) {
                    Ok(()) => kept.push(rows),
                    Err(error) => assert!(error.to_string().contains("the disk is full; free some space"), "{error}"),
                }
                assert_eq!(read_folder(folder.path()), all_bits(&kept), "{length} from {operation}");
                if let Err(error) = recording.wait() {
                    assert!(error.to_string().contains("the disk is full; free some space"), "{error}");
                }
                assert_eq!(read_folder(folder.path()), all_bits(&kept), "{length} from {operation}");
            }
            assert!(polls().len() - kept.len() <= length as usize);
            // After a failed `close`, the next open does the rest.
            while recording.close().is_err() {
                recording = Recording::open(folder.path()).unwrap().0;
            }
            assert_eq!(read_tape(folder.path()), all_bits(&kept), "{length} from {operation}");
        }
    }
}

/// The path of a poll costs the same on any day: a rename, a cut and a write, however long the day was.
#[test]
fn the_first_poll_of_a_day_waits_for_no_file_of_the_day_before() {
    for polls in [1, 50] {
        let folder = tempfile::tempdir().unwrap();
        // A disk that never fails, on which nothing moves by itself.
        let (mut recording, _) = Recording::open_on(folder.path(), Disk::stopped(0..0)).unwrap();
        recording.list(&markets(3)).unwrap();
        for n in 0..polls {
            recording.append(&poll(MIDNIGHT + n * MINUTE, 3).all()).unwrap();
        }
        let before = recording.operations();
        recording.append(&poll(MIDNIGHT + 1_440 * MINUTE, 3).all()).unwrap();
        assert_eq!(recording.operations() - before, 3, "{polls} polls");
        assert!(Tape::open(folder.path()).unwrap().meta().days.is_empty());
        assert_eq!(read_folder(folder.path()).len() as i64, 3 * (polls + 1));
    }
}

/// A failure in the background is told once, costs nothing, and is tried again.
#[test]
fn a_day_that_cannot_be_moved_is_told_and_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let (mut recording, _) = Recording::open(folder.path()).unwrap();
    recording.list(&markets(3)).unwrap();
    // A folder where the day's file is to be written.
    let obstacle = folder.path().join("2024-10-04.parquet.unfinished");
    fs::create_dir(&obstacle).unwrap();
    let polls: Vec<Quotes> = [0, 1_440].map(|minute| poll(MIDNIGHT + minute * MINUTE, 3)).into();
    for rows in &polls {
        recording.append(&rows.all()).unwrap();
    }
    let mut later = 1_441;
    let mut append = |recording: &mut Recording| {
        recording.append(&poll(MIDNIGHT + later * MINUTE, 3).all()).unwrap();
        later += 1;
        std::thread::sleep(std::time::Duration::from_millis(1));
    };
    let problem = loop {
        append(&mut recording);
        if let Some(problem) = recording.take_problem() {
            break problem.to_string();
        }
    };
    assert!(problem.contains("2024-10-04.parquet"), "{problem}");
    (0..20).for_each(|_| append(&mut recording));
    assert!(recording.take_problem().is_none(), "told once");
    assert!(read_folder(folder.path()).starts_with(&all_bits(&polls)));
    fs::remove_dir(&obstacle).unwrap();
    while recording.finished_until().is_none() {
        append(&mut recording);
    }
    assert_eq!(read_tape(folder.path()), bits(&polls[0]));
    assert!(recording.wait().is_ok() && recording.take_problem().is_none());
}

#[test]
fn the_error_of_a_full_disk_names_the_file_and_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    let (mut recording, _) = Recording::open_on(folder.path(), Disk::stopped(BEGUN..BEGUN + 1)).unwrap();
    assert_eq!(recording.operations(), BEGUN);
    let error = recording.list(&markets(1)).unwrap_err().to_string().replace(&folder.path().display().to_string(), "");
    // Not with insta, which starts `cargo`: a child process inherits the other tests' locks until it executes its
    // program.
    assert_eq!(
        error,
        "cannot append to `/unfinished.segment`: no storage space: the disk is full; free some space or write \
         elsewhere"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_row_of_a_damaged_frame_is_ever_used(at in 0.0f64..1.0, flip in 1u8..) {
        let folder = tempfile::tempdir().unwrap();
        let (mut recording, _) = Recording::open(folder.path()).unwrap();
        recording.list(&markets(3)).unwrap();
        let polls: Vec<Quotes> = (0..40).map(|n| poll(MIDNIGHT + n * MINUTE, 3)).collect();
        for poll in &polls {
            recording.append(&poll.all()).unwrap();
        }
        drop(recording);
        let mut bytes = fs::read(segment(folder.path())).unwrap();
        let place = 16 + ((bytes.len() - 16) as f64 * at) as usize;
        bytes[place] ^= flip;
        fs::write(segment(folder.path()), bytes).unwrap();
        let (recording, recovered) = Recording::open(folder.path()).unwrap();
        prop_assert!(recovered.cut_bytes > 0 || recovered.damaged_frames > 0);
        let found = read_folder(folder.path());
        let whole = all_bits(&polls);
        prop_assert!(found.len() < whole.len() && found.iter().all(|row| whole.contains(row)));
        recording.close().unwrap();
        prop_assert_eq!(read_tape(folder.path()), found);
    }
}

#[test]
fn a_reader_sees_whole_polls_and_all_that_was_acknowledged_while_the_host_writes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let (mut recording, _) = Recording::open(path).unwrap();
    recording.list(&markets(3)).unwrap();
    let polls: Vec<Quotes> = (0..300).map(|n| poll(MIDNIGHT + n * 47 * MINUTE, 3)).collect();
    let expected = all_bits(&polls);
    let acked = AtomicI64::new(i64::MIN);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for rows in &polls {
                recording.append(&rows.all()).unwrap();
                acked.store(rows.time[0], Ordering::SeqCst);
            }
        });
        loop {
            let before = acked.load(Ordering::SeqCst);
            let found = read_folder(path);
            assert!(expected.starts_with(&found) && found.len().is_multiple_of(3));
            assert!(
                found.last().map_or(i64::MIN, |row| row[1].cast_signed()) >= before,
                "an acknowledged poll is missing"
            );
            assert!(expected.starts_with(&read_tape(path)));
            if found.len() == expected.len() {
                break;
            }
        }
    });
}
