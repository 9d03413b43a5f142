//! A start and the end of a day cost what is open, however much is over; a recording of a former release goes on.

use host_core::{Outcome, Settlement};
use host_store::recording::Disk;

use super::*;

/// Markets that open each day, and are closed by the next.
const A_DAY: u32 = 40;

/// Returns the bytes that `act` makes this thread read and write.
fn bytes_moved(act: impl FnOnce()) -> u64 {
    let moved = || {
        let io = fs::read_to_string("/proc/thread-self/io").unwrap();
        let value = |line: &str| line.split_once(": ").unwrap().1.parse::<u64>().unwrap();
        io.lines().filter(|line| line.starts_with("rchar") || line.starts_with("wchar")).map(value).sum::<u64>()
    };
    let before = moved();
    act();
    moved() - before
}

/// The markets of the `day`th day; the first market of all stays open.
fn markets_of(day: u32) -> Vec<Market> {
    let closes = |id: u32| Timestamp(MIDNIGHT + (if id == 0 { 9_999 } else { i64::from(day) + 1 }) * Span::DAY.0);
    let ids = day * A_DAY..(day + 1) * A_DAY;
    ids.map(|id| Market { closes: Some(closes(id)), ticker: format!("KX-{id:07}"), ..market(id) }).collect()
}

/// A poll of the first market and those of the `day`th day.
fn poll_of(day: u32, minute: i64) -> Quotes {
    let mut rows = poll(MIDNIGHT + i64::from(day) * Span::DAY.0 + minute * MINUTE, A_DAY + 1);
    rows.market = std::iter::once(0).chain((day * A_DAY).max(1)..(day + 1) * A_DAY).collect();
    let len = rows.market.len();
    rows.time.truncate(len);
    for column in [&mut rows.bid, &mut rows.ask, &mut rows.bid_size, &mut rows.ask_size, &mut rows.last] {
        column.truncate(len);
    }
    rows.volume.truncate(len);
    rows
}

/// Opens the recording so that days are finished by this thread alone.
fn open(folder: &Path) -> Recording {
    Recording::open_on(folder, Disk::stopped(0..0)).unwrap().0
}

/// Records the `day`th day, and ends the day before.
fn record_day(recording: &mut Recording, day: u32) {
    recording.list(&markets_of(day)).unwrap();
    for minute in 0..3 {
        recording.append(&poll_of(day, minute).all()).unwrap();
    }
    if let Some(before) = day.checked_sub(1) {
        let time = Timestamp(MIDNIGHT + i64::from(day) * Span::DAY.0);
        let id = MarketId(before * A_DAY + 1);
        recording.settled(&Settlement { market: id, time, outcome: Outcome::Yes }).unwrap();
    }
    recording.wait().unwrap();
}

/// Returns the bytes that a start and the end of a day move after `days` days.
fn costs(folder: &Path, days: u32) -> (u64, u64) {
    let mut recording = open(folder);
    (0..days).for_each(|day| record_day(&mut recording, day));
    drop(recording);
    let mut opened = None;
    let start = bytes_moved(|| {
        let recording = open(folder);
        let from = Timestamp(MIDNIGHT + i64::from(days - 2) * Span::DAY.0);
        assert!(!read(recording.rows_between(from, Timestamp(i64::MAX)).unwrap()).is_empty());
        opened = Some(recording);
    });
    let mut recording = opened.unwrap();
    let end = bytes_moved(|| record_day(&mut recording, days));
    (start, end)
}

#[test]
fn neither_a_start_nor_the_end_of_a_day_grows_with_markets_that_are_over() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    // Days enough that all that is kept is full.
    let (start, end) = costs(folders[0].path(), 8);
    let (later_start, later_end) = costs(folders[1].path(), 80);
    let all = fs::metadata(folders[1].path().join("additions.jsonl")).unwrap().len();
    assert!(all > 3 * start.max(end), "{all} bytes are listed, of which {start} and {end} are moved");
    // Numbers become longer.
    assert!(later_start < start + start / 20, "a start: {start}, and later {later_start}");
    // The table for other programs is copied, compressed.
    let copied = 100 * u64::from((80 - 8) * A_DAY);
    assert!(later_end < end + end / 20 + copied, "the end of a day: {end}, and later {later_end}");
    let reader = Recording::open_read(folders[1].path()).unwrap();
    assert_eq!(reader.markets(), (0..=80).flat_map(markets_of).collect::<Vec<_>>());
    assert_eq!(reader.settlements().len(), 80);
}

#[test]
fn what_is_over_is_still_told_apart_and_may_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut recording = open(folder.path());
    (0..8).for_each(|day| record_day(&mut recording, day));
    for _ in 0..2 {
        assert_eq!((recording.market(MarketId(1)), recording.next_market()), (None, MarketId(8 * A_DAY)));
        assert_eq!(recording.market(MarketId(0)), Some(&markets_of(0)[0]), "it is still open");
        assert!(recording.market(MarketId(7 * A_DAY)).is_some());
        drop(recording);
        recording = open(folder.path());
    }
    // A longer warm-up asks for more.
    recording.keep(Span::days(30)).unwrap();
    assert_eq!(recording.market(MarketId(1)), Some(&markets_of(0)[1]));
    recording.keep(Span::days(2)).unwrap();
    drop(recording);
    let mut recording = open(folder.path());
    record_day(&mut recording, 8);
    assert_eq!(recording.market(MarketId(1)), None);
    let late = Market { title: "reopened".into(), ..markets_of(0)[1].clone() };
    recording.list(std::slice::from_ref(&late)).unwrap();
    let corrected = Settlement { market: MarketId(1), time: Timestamp(MIDNIGHT), outcome: Outcome::No };
    recording.settled(&corrected).unwrap();
    recording.close().unwrap();
    let tape = Tape::open(folder.path()).unwrap();
    assert_eq!((&tape.markets()[1], tape.markets().len()), (&late, 9 * A_DAY as usize));
    assert_eq!(tape.settlements().first(), Some(&corrected));
    assert_eq!(tape.settlements().len(), 8, "a correction replaces the result");
    read_tape(folder.path());
}

/// `open.json` is made anew if it is gone, damaged, or of another recording; lines that are lost are noticed.
#[test]
fn the_small_file_is_derived_from_the_lines() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mut recording = open(folder.path());
    (0..4).for_each(|day| record_day(&mut recording, day));
    drop(recording);
    let head = fs::read(path("open.json")).unwrap();
    let lines = fs::read(path("additions.jsonl")).unwrap();
    let before = read_folder(folder.path());
    let of_other = String::from_utf8(head.clone()).unwrap().replace("\"end\":", "\"end\":1");
    for damaged in [&b""[..], b"{", b"{}", &head[..head.len() / 2], of_other.as_bytes()] {
        fs::write(path("open.json"), damaged).unwrap();
        assert_eq!(read_folder(folder.path()), before);
        drop(open(folder.path()));
        assert_eq!(fs::read(path("open.json")).unwrap(), head);
    }
    fs::remove_file(path("open.json")).unwrap();
    drop(open(folder.path()));
    assert_eq!(fs::read(path("open.json")).unwrap(), head);

    let refused = |expect: &str| {
        for error in [Recording::open(folder.path()).map(drop), Recording::open_read(folder.path()).map(drop)] {
            let error = error.unwrap_err().to_string();
            assert!(error.contains(expect), "{error}");
        }
    };
    let first = lines.iter().position(|&byte| byte == b'\n').unwrap() + 1;
    fs::write(path("additions.jsonl"), &lines[..first]).unwrap();
    let error = Recording::open(folder.path()).unwrap_err().to_string();
    assert!(error.contains("recorded days are no longer listed; bring back the file"), "{error}");
    fs::remove_file(path("additions.jsonl")).unwrap();
    refused("additions.jsonl");
    fs::write(path("additions.jsonl"), &lines).unwrap();
    fs::rename(path("quotes/2024-10-04.parquet"), path("moved")).unwrap();
    refused("it lists `quotes/2024-10-04.parquet`, which is missing");
    fs::rename(path("moved"), path("quotes/2024-10-04.parquet")).unwrap();
    assert_eq!(read_folder(folder.path()), before);
}

/// Makes of the recording in `folder` what release 0.1.0 would have left: whole lists, and no lines.
fn as_of_former_release(folder: &Path) {
    let tape = Tape::open(folder).unwrap();
    fs::write(folder.join("tape.json"), serde_json::to_vec_pretty(tape.meta()).unwrap()).unwrap();
    fs::write(folder.join("markets.json"), serde_json::to_vec_pretty(tape.markets()).unwrap()).unwrap();
    fs::remove_file(folder.join("additions.jsonl")).unwrap();
    fs::remove_file(folder.join("open.json")).unwrap();
}

#[test]
fn a_recording_of_a_former_release_goes_on_wherever_its_host_is_killed() {
    for operation in 0.. {
        let folder = tempfile::tempdir().unwrap();
        let mut recording = open(folder.path());
        (0..3).for_each(|day| record_day(&mut recording, day));
        drop(recording);
        as_of_former_release(folder.path());
        let (former, rows) = (Tape::open(folder.path()).unwrap(), read_folder(folder.path()));
        let killed = Recording::open_on(folder.path(), Disk::stopped(operation..u64::MAX)).is_err();
        let found = Tape::open(folder.path()).unwrap();
        assert_eq!((found.meta(), found.markets()), (former.meta(), former.markets()), "operation {operation}");
        assert_eq!(found.digest().unwrap(), former.digest().unwrap());
        assert_eq!(read_folder(folder.path()), rows, "operation {operation}");
        let mut recording = open(folder.path());
        assert!(!folder.path().join("markets.json").exists());
        record_day(&mut recording, 3);
        recording.close().unwrap();
        let tape = Tape::open(folder.path()).unwrap();
        assert_eq!(tape.markets(), (0..4).flat_map(markets_of).collect::<Vec<_>>());
        assert_eq!(read_tape(folder.path()).len(), rows.len() + 3 * (A_DAY as usize + 1));
        assert_eq!(tape.settlements().len(), 3);
        if !killed {
            assert!(operation > 5, "{operation}");
            return;
        }
    }
}
