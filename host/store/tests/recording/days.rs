//! Days that end, days without polls, and days that continue after a close.

use super::*;

fn record(folder: &Path, minutes: &[i64]) -> Recording {
    let (mut recording, _) = Recording::open(folder).unwrap();
    recording.list(&markets(2)).unwrap();
    for minute in minutes {
        recording.append(&poll(MIDNIGHT + minute * MINUTE, 2).all()).unwrap();
    }
    recording
}

fn expected(minutes: &[i64]) -> Vec<[u64; 8]> {
    let polls: Vec<Quotes> = minutes.iter().map(|minute| poll(MIDNIGHT + minute * MINUTE, 2)).collect();
    all_bits(&polls)
}

#[test]
fn a_day_is_finished_by_the_first_poll_of_a_later_one() {
    let folder = tempfile::tempdir().unwrap();
    let check = |recording: &Recording, finished: &[i64], all: &[i64]| {
        assert_eq!(read_tape(folder.path()), expected(finished));
        let (from, until) = always();
        assert_eq!(read(recording.rows_between(from, until).unwrap()), expected(all));
        let meta = Tape::open(folder.path()).unwrap().meta().clone();
        assert_eq!(recording.finished_until(), Some(meta.last).filter(|_| meta.rows > 0));
    };
    let mut recording = record(folder.path(), &[]);
    check(&recording, &[], &[]);
    for (at, finished) in [(0, 0), (1_439, 0), (1_440, 2), (1_441, 2), (5_000, 4)] {
        let polled = [0, 1_439, 1_440, 1_441, 5_000];
        let all = &polled[..=polled.iter().position(|&minute| minute == at).unwrap()];
        recording.append(&poll(MIDNIGHT + at * MINUTE, 2).all()).unwrap();
        recording.wait().unwrap();
        check(&recording, &all[..finished], all);
    }
    assert_eq!(
        files(folder.path()),
        [
            "additions.jsonl",
            "markets.parquet",
            "open.json",
            "quotes",
            "recording.lock",
            "tape.json",
            "unfinished.segment"
        ]
    );
    assert_eq!(files(&folder.path().join("quotes")), ["2024-10-04.parquet", "2024-10-05.parquet"]);
}

#[test]
fn a_closed_day_goes_on_in_another_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut all = Vec::new();
    for minute in 0..12 {
        all.push(minute);
        record(folder.path(), &[minute]).close().unwrap();
        assert_eq!(read_tape(folder.path()), expected(&all));
        assert!(!segment(folder.path()).exists());
    }
    record(folder.path(), &[]).close().unwrap();
    let tape = Tape::open(folder.path()).unwrap();
    assert_eq!(tape.meta().days.len(), 12, "closing without a row adds no file");
    assert_eq!(tape.meta().days[1].file, "quotes/2024-10-04_02.parquet");
    assert_eq!(read_tape(tape.path()), expected(&all));
    assert_eq!(host_store::info::info(&tape).unwrap().days, 1);
}

#[test]
fn an_unfinished_day_survives_any_number_of_kills() {
    let folder = tempfile::tempdir().unwrap();
    let all: Vec<i64> = (0..20).map(|n| n * 200).collect();
    for (n, &minute) in all.iter().enumerate() {
        let (recording, recovered) = Recording::open(folder.path()).unwrap();
        assert_eq!(recovered.last.map(|last| last.0), n.checked_sub(1).map(|n| MIDNIGHT + all[n] * MINUTE));
        assert_eq!((recovered.cut_bytes, recovered.damaged_frames), (0, 0));
        drop(recording);
        drop(record(folder.path(), &[minute]));
        assert_eq!(read_folder(folder.path()), expected(&all[..=n]));
    }
}

#[test]
fn only_the_days_of_the_wanted_rows_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let minutes = [0, 1_440, 2_880, 4_320];
    let mut recording = record(folder.path(), &minutes);
    recording.wait().unwrap();
    fs::write(folder.path().join("quotes/2024-10-04.parquet"), "damaged").unwrap();
    fs::write(folder.path().join("quotes/2024-10-06.parquet"), "damaged").unwrap();
    let at = |minute: i64| Timestamp(MIDNIGHT + minute * MINUTE);
    let check = |from, until, expect: &[i64]| {
        assert_eq!(read(recording.rows_between(from, until).unwrap()), expected(expect));
    };
    check(at(1_440), at(2_880), &[1_440]);
    check(at(1_441), at(2_880), &[]);
    check(at(4_320), at(4_321), &[4_320]);
    check(at(4_320), at(4_320), &[]);
    check(at(9_000), at(0), &[]);
    let mut damaged = recording.rows_between(at(0), at(9_000)).unwrap();
    let error = damaged.next().unwrap().unwrap_err().to_string();
    assert!(error.contains("quotes/2024-10-04.parquet` is truncated or damaged"), "{error}");
    assert!(damaged.next().is_none(), "nothing comes after an error");
}

#[test]
fn the_description_survives_kills_and_never_claims_a_wrong_interval() {
    let folder = tempfile::tempdir().unwrap();
    let interval = |seconds| Some(Span::seconds(seconds));
    let check = |minute: i64, poll: Option<Span>, expect: Option<Span>| {
        let mut recording = record(folder.path(), &[]);
        recording.describe("a venue", poll).unwrap();
        recording.append(&poll_of(minute).all()).unwrap();
        drop(recording);
        let tape = Tape::open(folder.path()).unwrap();
        assert_eq!((tape.meta().source.description.as_str(), tape.meta().poll), ("a venue", expect));
        read_tape(folder.path());
    };
    check(0, interval(60), interval(60));
    check(1, interval(60), interval(60));
    check(1_440, interval(60), interval(60));
    check(1_441, interval(30), None);
    check(1_442, interval(60), None);
    assert_eq!(read_folder(folder.path()), expected(&[0, 1, 1_440, 1_441, 1_442]));
}

fn poll_of(minute: i64) -> Quotes {
    poll(MIDNIGHT + minute * MINUTE, 2)
}
