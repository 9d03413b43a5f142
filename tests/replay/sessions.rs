//! A journal of several sessions, as a live host leaves it: the second session starts from a snapshot and is warmed
//! up with rows of the recording beside the journal.

use host_core::engine::{Effect, Engine};
use host_core::{Event, Market, OrderId, Qty, Quote, Quotes, Record, SlotId, Span, Timestamp, Usd};
use host_sandbox::{Sandbox, SandboxLimits, Settings, StrategyComponent};
use host_session::start::{Beginning, ENGINE_VERSION, NamedSlot, Start, Started};
use host_store::journal::events::{EventRef, JournalStep, WarmUp};
use host_store::journal::{Durability, Journal, JournalWriter, Mode, RunInfo};
use host_store::recording::{Recording, rows_checksum};
use rusqlite::Connection;
use serde_json::Value;

use crate::support::environment::Environment;
use crate::support::strategies::{RANGE_BUYER, environment, user_cache};

const MINUTE: i64 = 60_000_000_000;
const BEGIN: i64 = 1_767_571_200_000_000_000;

fn market() -> Market {
    let closes = Some(Timestamp(BEGIN + 9_000 * MINUTE));
    Market { category: "weather".into(), closes, ..host_testkit::market(0) }
}

/// The poll of minute `minute`; from the hundredth on, its price is low enough to buy.
fn poll(minute: i64) -> Quotes {
    let bid = if minute < 100 { 5_000 } else { 3_000 };
    let time = Timestamp(BEGIN + minute * MINUTE);
    let quote = Quote { volume: Some(Qty::contracts(100_000)), ..host_testkit::quote(0, time, bid, bid + 300) };
    let mut rows = Quotes::default();
    rows.push(&quote);
    rows
}

/// Writes a journal as a live host does.
struct LiveWriter {
    writer: JournalWriter,
    component: StrategyComponent,
    /// The version that the next session says it is of.
    engine_version: &'static str,
    records: usize,
}

impl LiveWriter {
    fn start(&self, from: Beginning) -> Start {
        let slot = NamedSlot { number: SlotId(0), name: "range-buyer".to_owned() };
        let (settings, limits) = (Settings { parameters: vec![], poll_interval: Span::minutes(1) }, Default::default());
        Start {
            engine_version: self.engine_version.to_owned(),
            from,
            execution: Default::default(),
            limits,
            sandbox: SandboxLimits::default(),
            poll_interval: Span::minutes(1),
            entry_cost: Default::default(),
            tape: None,
            strategies: vec![Started::of(slot, &self.component, &settings)],
            vacant: Default::default(),
            waits: Default::default(),
        }
    }

    fn begin(&mut self, from: Beginning, markets: &[Market]) -> Engine {
        let start = self.start(from);
        let mut engine = start.engine(markets).expect("an engine");
        engine.add_strategy("range-buyer", Box::new(self.component.start(&start.settings(0)).expect("a strategy")));
        self.write(EventRef::Start(&start.to_json().expect("JSON")), &[]);
        engine
    }

    fn step(&mut self, engine: &mut Engine, event: Event<'_>) {
        let mut effects = Vec::new();
        engine.step(event, &mut effects);
        self.write(EventRef::from(event), &effects);
    }

    fn warm_up(&mut self, engine: &mut Engine, tape: &Recording, from: Timestamp, to: Timestamp) {
        let (mut rows, mut batch) = (tape.rows_between(from, to).expect("rows"), Quotes::default());
        let (mut count, mut checksum) = (0, 0);
        while rows.next_batch(&mut batch).expect("rows") {
            engine.warm_up(batch.all());
            count += batch.len() as u64;
            checksum = rows_checksum(&batch.all(), checksum);
        }
        let told = WarmUp { from, to, rows: count, checksum: format!("{checksum:016x}") };
        self.write(EventRef::WarmUp(&told), &[]);
    }

    fn write(&mut self, event: EventRef<'_>, effects: &[Effect]) {
        let (mut records, mut cancels): (Vec<Record>, Vec<OrderId>) = Default::default();
        for effect in effects {
            match effect {
                Effect::Record(record) => records.push(record.clone()),
                Effect::Cancel(order) => cancels.push(*order),
                Effect::Place(_) => {}
            }
        }
        self.records += records.len();
        self.writer.append_steps([JournalStep { event, records: &records, cancels: &cancels }]).expect("room");
    }
}

/// An environment with two sessions in the journal `j`, and the recording `tape` beside it.
fn two_sessions() -> Environment {
    sessions_of([ENGINE_VERSION; 2])
}

/// The same with sessions that say they are of these `versions`.
fn sessions_of(versions: [&'static str; 2]) -> Environment {
    let environment = environment();
    let sandbox = Sandbox::new(SandboxLimits::default(), user_cache()).expect("a sandbox");
    let bytes = std::fs::read(RANGE_BUYER).expect("a component");
    let component = sandbox.load_bytes("range-buyer", &bytes).expect("a strategy");
    let run = RunInfo {
        mode: Mode::Live,
        engine_version: String::new(),
        started: Timestamp(BEGIN),
        ended: None,
        seed: 0,
        data: String::new(),
        data_digest: "ab".into(),
        config: String::new(),
        strategies: Vec::new(),
        markets: vec![market()],
    };
    let writer = Journal::create(environment.path("j"), &run, Durability::Process).expect("a journal");
    let mut host = LiveWriter { writer, component, engine_version: versions[0], records: 0 };
    let (mut tape, _) = Recording::open(environment.path("tape")).expect("a recording");
    tape.list(&[market()]).expect("room");

    let fresh = Beginning::Fresh { capital: Usd::dollars(2_000), trade_from: Timestamp(BEGIN) };
    let mut engine = host.begin(fresh, &[]);
    host.step(&mut engine, Event::Market(&market()));
    for minute in 0..120 {
        tape.append(&poll(minute).all()).expect("room");
        host.step(&mut engine, Event::Poll(poll(minute).all()));
    }
    let before = host.records;
    assert!(before > 0, "a session without a record is no test");

    host.engine_version = versions[1];
    let restored = Beginning::Restored { snapshot: engine.snapshot(), open_since: None };
    let mut engine = host.begin(restored, &[market()]);
    let (from, to) = (Timestamp(BEGIN + 60 * MINUTE), Timestamp(BEGIN + 120 * MINUTE));
    host.warm_up(&mut engine, &tape, from, to);
    let working: Vec<OrderId> = engine.working().map(|(order, ..)| order.id).collect();
    assert!(!working.is_empty(), "nothing works over the restart");
    for order in working {
        let state = host_core::OrderState::Expired;
        let time = Timestamp(BEGIN + 121 * MINUTE);
        let closed = host_core::VenueEvent::Closed { order, time, state, reason: "late".into() };
        host.step(&mut engine, Event::Venue(&closed));
    }
    for minute in 122..140 {
        host.step(&mut engine, Event::Poll(poll(minute).all()));
    }
    assert!(host.records > before + 1, "the second session does nothing");
    // A live host keeps its components beside the journal, not in its table.
    environment.write(&format!("components/{}.wasm", host.component.digest), bytes);
    environment
}

#[test]
fn sessions_are_replayed_across_a_restart() {
    let environment = two_sessions();
    let said = environment.run("replay j").success();
    assert!(said.ends_with(" records: identical\n"), "{said}");
}

/// A journal in which hosts of several versions took turns: this one checks its own sessions to the last record, and
/// says who can check the others.
#[test]
fn sessions_of_this_engine_are_checked_among_those_of_others() {
    let counts = |environment: &Environment| {
        let printed = environment.run("replay j --format json").success();
        let found: Value = serde_json::from_str(&printed).expect("JSON");
        (found["events"].as_u64().expect("events"), found["records"].as_u64().expect("records"))
    };
    let all = counts(&two_sessions());
    let mut sum = (0, 0);
    for (versions, foreign) in [(["0.3.0", ENGINE_VERSION], 1), ([ENGINE_VERSION, "0.3.0"], 2)] {
        let environment = sessions_of(versions);
        // As a later release may well write it.
        let later = "UPDATE events SET body = json_set(body, '$.version', '9.9', '$.more', 1) \
                     WHERE kind = 'start' AND body ->> 'engine_version' = '0.3.0'";
        let connection = Connection::open(environment.path("j")).expect("a journal");
        assert_eq!(connection.execute(later, []).expect("SQL"), 1);
        drop(connection);
        let said = environment.run("replay j").success();
        let other = format!("session {foreign} was run by host 0.3.0: check it with that version\n");
        assert!(said.contains(": identical\n") && said.ends_with(&other), "{said}");
        let (events, records) = counts(&environment);
        assert!(events > 0 && records > 0 && events < all.0, "{events} events and {records} records");
        sum = (sum.0 + events, sum.1 + records);
        // What is wrong in a session of its own is still found, and in the other one nobody looks.
        for (session, is_found) in [(foreign, false), (3 - foreign, true)] {
            let environment = sessions_of(versions);
            let event = if session == 1 { "min" } else { "max" };
            let sql = format!(
                "UPDATE events SET cancels = '[77]' WHERE seq = (SELECT {event}(seq) FROM events \
                               WHERE kind = 'poll')"
            );
            let connection = Connection::open(environment.path("j")).expect("a journal");
            assert_eq!(connection.execute(&sql, []).expect("SQL"), 1, "session {session}");
            drop(connection);
            match is_found {
                true => assert!(environment.run("replay j").failure(1).contains("replays differently")),
                false => drop(environment.run("replay j").success()),
            }
        }
    }
    assert_eq!(sum, all, "each session is checked by one of them");
}

#[test]
fn a_start_of_a_later_version_is_refused_with_words() {
    let environment = two_sessions();
    let later = "UPDATE events SET body = json_set(body, '$.version', '4.2') WHERE kind = 'start'";
    let connection = Connection::open(environment.path("j")).expect("a journal");
    assert_eq!(connection.execute(later, []).expect("SQL"), 2);
    connection.close().expect("room");
    let before = std::fs::read(environment.path("j")).expect("a journal");
    let said = environment.run("replay j").failure(1);
    assert!(said.contains("the journal's starts are of version 4.2, this host reads 3.4"), "{said}");
    assert!(said.contains("hint: ") && !said.contains("damaged"), "{said}");
    assert!(std::fs::read(environment.path("j")).expect("a journal") == before, "it was changed");
}

#[test]
fn a_missing_or_different_recording_is_an_error() {
    let environment = two_sessions();
    std::fs::rename(environment.path("tape"), environment.path("elsewhere")).expect("a move");
    let said = environment.run("replay j").failure(1);
    assert!(said.contains("cannot read the recording tape"), "{said}");
    let (mut tape, _) = Recording::open(environment.path("tape")).expect("a recording");
    tape.list(&[market()]).expect("room");
    (0..119).for_each(|minute| tape.append(&poll(minute).all()).expect("room"));
    let said = environment.run("replay j").failure(1);
    assert!(said.contains("then: 60 rows") && said.contains("now:  59 rows"), "{said}");
}
