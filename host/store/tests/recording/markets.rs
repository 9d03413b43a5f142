//! Markets keep their numbers; data that breaks a rule is refused and leaves nothing behind.

use host_core::{Outcome, Settlement};
use host_store::recording::RecordingError;
use host_store::tape::{Listing, SourceKind, TapeSource, TapeWriter};

use super::*;

fn settlement(market: u32, time: i64, outcome: Outcome) -> Settlement {
    Settlement { market: MarketId(market), time: Timestamp(time), outcome }
}

#[test]
fn markets_and_results_survive_kills_and_closes() {
    let folder = tempfile::tempdir().unwrap();
    let mut listed = markets(3);
    let mut settled = Vec::new();
    for round in 0..4 {
        let (mut recording, _) = Recording::open(folder.path()).unwrap();
        let reader = Recording::open_read(folder.path()).unwrap();
        assert_eq!(
            (reader.markets(), reader.settlements()),
            (&listed[..if round == 0 { 0 } else { listed.len() }], &settled[..])
        );
        listed[1].closes = Some(Timestamp(round));
        if round > 0 {
            listed.push(market(2 + round as u32));
        }
        recording.list(&listed).unwrap();
        let size = fs::metadata(segment(folder.path())).unwrap().len();
        recording.list(&listed).unwrap();
        settled.push(settlement(round as u32, MIDNIGHT + round, Outcome::Yes));
        assert_eq!(fs::metadata(segment(folder.path())).unwrap().len(), size, "what is known is not written again");
        recording.settled(&settled[round as usize]).unwrap();
        recording.settled(&settled[round as usize]).unwrap();
        let reader = Recording::open_read(folder.path()).unwrap();
        assert_eq!((reader.markets(), reader.settlements()), (&listed[..], &settled[..]));
        if round == 2 {
            recording.close().unwrap();
            let tape = Tape::open(folder.path()).unwrap();
            assert_eq!((tape.markets(), tape.settlements()), (&listed[..], &settled[..]));
        }
    }
    let (mut recording, _) = Recording::open(folder.path()).unwrap();
    recording.settled(&settlement(0, MIDNIGHT + 99, Outcome::No)).unwrap();
    recording.close().unwrap();
    let tape = Tape::open(folder.path()).unwrap();
    assert_eq!(tape.settlements().last(), Some(&settlement(0, MIDNIGHT + 99, Outcome::No)));
}

fn listed(folder: &Path) -> Vec<Market> {
    Recording::open_read(folder).unwrap().markets().to_vec()
}

#[test]
fn a_number_never_changes() {
    let folder = tempfile::tempdir().unwrap();
    let (mut recording, _) = Recording::open(folder.path()).unwrap();
    recording.list(&markets(2)).unwrap();
    drop(recording);
    let (mut recording, _) = Recording::open(folder.path()).unwrap();
    let mut check = |given: Vec<(u32, &str)>, expect: &str| {
        let given: Vec<Market> =
            given.into_iter().map(|(id, ticker)| Market { ticker: ticker.into(), ..market(id) }).collect();
        assert_eq!(recording.list(&given).unwrap_err().to_string(), expect);
        assert_eq!(listed(folder.path()), markets(2));
    };
    check(vec![(1, "KX-0")], "market `KX-0` is recorded as number 0, but came as 1: numbers never change");
    check(vec![(2, "KX-0")], "market `KX-0` is recorded as number 0, but came as 2: numbers never change");
    check(vec![(2, "A"), (3, "A")], "market `A` is recorded as number 2, but came as 3: numbers never change");
    check(vec![(1, "A")], "cannot record this: number 1 of market `A` is that of `KX-1`; nothing was recorded");
    check(vec![(2, "A"), (2, "B")], "cannot record this: number 2 of market `B` is that of `A`; nothing was recorded");
    check(vec![(3, "A")], "cannot record this: market `A` has number 3, but the next one is 2; nothing was recorded");
    recording.list(&[market(3), market(2)]).unwrap();
    assert_eq!(listed(folder.path()), markets(4));
    assert_eq!((recording.next_market(), recording.market(MarketId(3))), (MarketId(4), Some(&market(3))));
}

#[test]
fn what_breaks_a_rule_is_refused_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (mut recording, _) = Recording::open(folder.path()).unwrap();
    recording.list(&markets(2)).unwrap();
    recording.append(&poll(MIDNIGHT + MINUTE, 2).all()).unwrap();
    let before = fs::read(segment(folder.path())).unwrap();
    let mut check = |rows: Quotes, expect: &str| {
        assert_eq!(recording.append(&rows.all()).unwrap_err().to_string(), expect);
        assert_eq!(fs::read(segment(folder.path())).unwrap(), before);
    };
    let last = "the last one that was recorded, 2024-10-04T00:01:00.000Z; nothing was recorded";
    check(poll(MIDNIGHT, 2), &format!("the poll of 2024-10-04T00:00:00.000Z is not later than {last}"));
    check(poll(MIDNIGHT + MINUTE, 2), &format!("the poll of 2024-10-04T00:01:00.000Z is not later than {last}"));
    let of = "of the poll of 2024-10-04T00:02:00.000Z";
    check(
        poll(MIDNIGHT + 2 * MINUTE, 3),
        &format!("cannot record this: row 2 {of}: it names market 2, but 2 markets are listed; nothing was recorded"),
    );
    let mut rows = poll(MIDNIGHT + 2 * MINUTE, 2);
    rows.bid[1] = 1.5;
    check(
        rows.clone(),
        &format!("cannot record this: row 1 {of}: its bid is 1.5: prices are dollars in 0..1; nothing was recorded"),
    );
    rows.time[1] += 1;
    check(rows, "cannot record this: its rows have several times: append one poll at a time; nothing was recorded");
    let error = recording.settled(&settlement(2, MIDNIGHT, Outcome::Yes)).unwrap_err();
    assert_eq!(error.to_string(), "cannot record this: it settles market 2, which is not listed; nothing was recorded");
    recording.append(&Quotes::default().all()).unwrap();
    assert_eq!(fs::read(segment(folder.path())).unwrap(), before);
}

#[test]
fn only_one_process_writes_and_nothing_foreign_is_added_to() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("recording");
    let (recording, _) = Recording::open(&path).unwrap();
    assert!(matches!(Recording::open(&path).unwrap_err(), RecordingError::InUse { .. }));
    drop(recording);
    Recording::open(&path).unwrap();

    let refused = |path: &Path, expect: &str| {
        let error = Recording::open(path).unwrap_err();
        assert!(error.to_string().contains(expect), "{error}");
    };
    fs::write(segment(&path), "something that the user keeps here").unwrap();
    refused(&path, "it does not begin as a segment does");
    fs::remove_file(path.join("tape.json")).unwrap();
    refused(&path, "it holds rows but no `tape.json`: restore that");

    let tape = folder.path().join("tape");
    let mut writer = TapeWriter::create(&tape).unwrap();
    writer.append(poll(MIDNIGHT, 2).all()).unwrap();
    let source = TapeSource::new(SourceKind::Imported, String::new());
    writer
        .finish(Listing { markets: markets(2), settlements: Vec::new(), source, poll: None, inferred_ticks: 0 })
        .unwrap();
    refused(&tape, "it is a tape that was imported or generated; choose another folder");
}
