//! Events of a journal through the public interface: they are read back with their effects.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::path::Path;

use host_core::record::{DayClose, TradingState};
use host_core::{
    Command, Disputed, Fill, Market, MarketId, OrderId, OrderState, Outcome, Price, Qty, Quote, Quotes, Record,
    Settlement, Timestamp, Usd, VenueEvent,
};
use host_store::journal::events::{JournalStep, LoggedEvent, LoggedStep, WarmUp};
use host_store::journal::{Durability, Journal, JournalError, Mode, RunInfo};
use rusqlite::Connection;

fn run() -> RunInfo {
    RunInfo {
        mode: Mode::Live,
        engine_version: "0.1.0".into(),
        started: Timestamp(1),
        ended: None,
        seed: 1,
        data: "venue".into(),
        data_digest: "ab".into(),
        config: String::new(),
        strategies: Vec::new(),
        markets: Vec::new(),
    }
}

fn rows(count: u32) -> Quotes {
    let mut rows = Quotes::default();
    for market in 0..count {
        rows.push(&Quote {
            market: MarketId(market),
            time: Timestamp(30),
            bid: Some(Price(4_200)),
            ask: None,
            bid_size: None,
            ask_size: Some(Qty::hundredths(150)),
            last: None,
            volume: Some(Qty::contracts(9)),
        });
    }
    // No absent values, so that rows can be compared: NaN differs from itself.
    for column in [&mut rows.ask, &mut rows.bid_size, &mut rows.last] {
        column.fill(0.1 + 0.2);
    }
    rows
}

fn market() -> Market {
    Market { event_time: Some(Timestamp(5)), ..host_testkit::market(0) }
}

fn trading(n: i64) -> Record {
    Record::Trading { time: Timestamp(n), state: TradingState::Reduce, reason: format!("{n}") }
}

/// Returns one step of each kind, with 0, 1 or 2 records and cancels.
fn steps() -> Vec<LoggedStep> {
    let fill = Fill::at_price(OrderId(3), Timestamp(31), Price(4_300), Qty::hundredths(150), Usd::micros(7), true);
    let closed =
        VenueEvent::Closed { order: OrderId(4), time: Timestamp(32), state: OrderState::Rejected, reason: "no".into() };
    let day = DayClose {
        day: 0,
        equity: Usd::micros(1),
        realised: Usd::micros(2),
        max_drawdown: Usd::micros(3),
        max_drawdown_peak: Usd::micros(4),
    };
    let warm_up = WarmUp { from: Timestamp(1), to: Timestamp(9), rows: 12, checksum: "ab".into() };
    let events = vec![
        LoggedEvent::Start(serde_json::json!({ "capital": 500, "nested": [1.5, null] })),
        LoggedEvent::WarmUp(warm_up),
        LoggedEvent::Market(market()),
        LoggedEvent::Preview(rows(5)),
        LoggedEvent::NextPolls { rows: 3 },
        LoggedEvent::Poll(rows(2)),
        LoggedEvent::Poll(Quotes::default()),
        LoggedEvent::Venue(VenueEvent::Filled(fill)),
        LoggedEvent::Venue(closed),
        LoggedEvent::Settled(Settlement { market: MarketId(0), time: Timestamp(33), outcome: Outcome::No }),
        LoggedEvent::Command(Command::Kill { time: Timestamp(34), reason: "drill".into() }),
        LoggedEvent::Command(Command::Mismatch {
            time: Timestamp(35),
            reason: "3 more".into(),
            disputed: Disputed::Everything,
        }),
        LoggedEvent::Command(Command::Reconciled { time: Timestamp(36) }),
        LoggedEvent::Command(Command::Capital { time: Timestamp(37), capital: Usd::dollars(20) }),
        LoggedEvent::Command(Command::Unseen { time: Timestamp(38), reason: "no answer".into() }),
        LoggedEvent::Command(Command::Seen { time: Timestamp(39) }),
        LoggedEvent::Command(Command::VenuePaused { time: Timestamp(40), reason: "maintenance".into() }),
        LoggedEvent::Command(Command::VenueResumed { time: Timestamp(41), reason: "it trades".into() }),
        LoggedEvent::Finish,
    ];
    let step = |(n, event): (usize, LoggedEvent)| {
        let few = (0..(n % 3) as i64).collect::<Vec<_>>();
        LoggedStep {
            seq: n as i64 + 1,
            event,
            records: few.iter().map(|&n| if n == 0 { trading(n) } else { Record::DayClose(day) }).collect(),
            cancels: few.iter().map(|n| OrderId(n.unsigned_abs())).collect(),
        }
    };
    events.into_iter().enumerate().map(step).collect()
}

fn borrowed(step: &LoggedStep) -> JournalStep<'_> {
    JournalStep { event: step.event.as_ref(), records: &step.records, cancels: &step.cancels }
}

/// Writes a journal of [`steps`] in two appends.
fn written(path: &Path) {
    let mut writer = Journal::create(path, &run(), Durability::Process).unwrap();
    let steps = steps();
    let (first, second) = steps.split_at(5);
    writer.append_steps(first.iter().map(borrowed)).unwrap();
    writer.append_steps(second.iter().map(borrowed)).unwrap();
    writer.keep_component("ab", b"\0asm").unwrap();
    writer.keep_component("ab", b"\0asm").unwrap();
}

fn read(path: &Path) -> (Vec<LoggedStep>, Option<JournalError>) {
    let journal = Journal::open(path).unwrap();
    let (mut all, mut end) = (Vec::new(), None);
    for step in journal.steps() {
        match step {
            Ok(step) => all.push(step),
            Err(error) => end = Some(error),
        }
    }
    (all, end)
}

#[test]
fn every_event_comes_back_with_what_it_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("j");
    written(&path);
    let (all, error) = read(&path);
    assert!(error.is_none(), "{error:?}");
    assert_eq!(all, steps());
    let journal = Journal::open(&path).unwrap();
    assert_eq!(journal.count_events().unwrap(), all.len() as u64);
    assert_eq!(journal.run_info().unwrap().mode, Mode::Live);
    let records: Vec<Record> = journal.records().map(Result::unwrap).collect();
    assert_eq!(records, all.into_iter().flat_map(|step| step.records).collect::<Vec<_>>());
    assert_eq!(journal.component("ab").unwrap().as_deref(), Some(b"\0asm".as_slice()));
    assert_eq!(journal.component("cd").unwrap(), None);
}

#[test]
fn what_is_missing_or_changed_is_an_error_after_what_came_before() {
    let check = |sql: &str, kept: usize, expect: &str| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        written(&path);
        Connection::open(&path).unwrap().execute_batch(sql).unwrap();
        let (all, error) = read(&path);
        assert_eq!(all.len(), kept, "{sql}");
        let error = error.map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains(expect), "{sql}: `{error}`");
    };
    check("DELETE FROM events WHERE seq = 4", 3, "event 4 is missing");
    check("DELETE FROM records WHERE seq = 2", 2, "record 2 is missing");
    check("UPDATE events SET kind = 'tick' WHERE seq = 5", 4, "event 5 is of the unknown kind `tick`");
    check("UPDATE events SET body = x'FF' WHERE seq = 6", 5, "event 6 cannot be read: the rows are damaged at byte 0");
    check("UPDATE events SET body = '{}' WHERE seq = 8", 7, "event 8 cannot be read");
    check("UPDATE events SET body = x'FF' WHERE seq = 8", 7, "event 8 is no text");
    check("UPDATE events SET record_to = 0 WHERE seq = 5", 4, "events go back from record 3 to 0");
    check("UPDATE events SET cancels = '[-1]' WHERE seq = 2", 1, "the cancels of event 2 cannot be read");
}

#[test]
fn a_journal_of_the_first_schema_still_opens_but_has_no_events() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("j");
    let mut writer = Journal::create(&path, &run(), Durability::Process).unwrap();
    writer.append(&[trading(1)]).unwrap();
    drop(writer);
    let first = "DROP TABLE events; DROP TABLE components; PRAGMA user_version = 1";
    Connection::open(&path).unwrap().execute_batch(first).unwrap();
    let journal = Journal::open(&path).unwrap();
    assert_eq!(journal.records().map(Result::unwrap).collect::<Vec<_>>(), [trading(1)]);
    assert_eq!((journal.count_events().unwrap(), journal.component("ab").unwrap()), (0, None));
    let (all, error) = read(&path);
    assert_eq!(all, []);
    assert!(error.unwrap().to_string().ends_with("it can be read and reported on, but not replayed"));
}
