//! Files of the release before this one: `tests/compat/host-0.1.0` keeps a journal of a paper run, and the folder of a
//! live account whose host was killed while positions were open and orders worked.

use std::fs;
use std::path::{Path, PathBuf};

use host_core::engine::EngineSnapshot;
use host_core::{Market, Qty, Timestamp, Usd};
use host_session::start::{Beginning, Start};
use host_store::journal::events::LoggedEvent;
use host_store::journal::{ArchiveJob, Journal, Mode};
use host_store::live::{LiveInfo, LiveStore, StoreError, account_history, account_summary};
use rusqlite::Connection;

use crate::support::environment::Environment;

/// Views, and those of their columns that both versions have.
const VIEWS: [(&str, &str); 4] = [
    ("orders", "seq, ticker, side, qty, price, state, filled"),
    ("fills", "seq, ticker, order_id, qty, price, fee, position"),
    ("days", "day, equity, realised, max_drawdown"),
    ("refusals", "seq, ticker, qty, price, code, value"),
];

fn kept(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/compat/host-0.1.0").join(name)
}

/// Returns a place with copies of what is kept: `paper.journal`, and the account's folder `live`.
fn copies() -> Environment {
    let environment = Environment::new();
    environment.write("paper.journal", fs::read(kept("paper.journal")).expect("a journal"));
    environment.write("live/account.journal", fs::read(kept("live/account.journal")).expect("a journal"));
    for file in fs::read_dir(kept("live/tape")).expect("a folder") {
        let file = file.expect("a file");
        let name = format!("live/tape/{}", file.file_name().display());
        environment.write(&name, fs::read(file.path()).expect("a file"));
    }
    environment
}

fn change(journal: &Path, sql: &str) {
    Connection::open(journal).expect("a database").execute_batch(sql).expect("SQL");
}

fn shown(journal: &Path) -> Vec<String> {
    let connection = Connection::open(journal).expect("a database");
    let mut lines = Vec::new();
    for (view, columns) in VIEWS {
        let mut select = connection.prepare(&format!("SELECT {columns} FROM {view}")).expect("a view");
        let count = select.column_count();
        let mut rows = select.query([]).expect("rows");
        while let Some(row) = rows.next().expect("a row") {
            let values = (0..count).map(|column| format!("{:?}", row.get_ref(column).expect("a value")));
            lines.push(format!("{view}: {}", values.collect::<Vec<_>>().join(" ")));
        }
    }
    lines
}

/// Opens the live account as the host of this version does.
fn upgrade(environment: &Environment) -> LiveStore {
    open(environment).expect("a store")
}

fn open(environment: &Environment) -> Result<LiveStore, StoreError> {
    let info = LiveInfo {
        mode: Mode::Live,
        venue: "kalshi".into(),
        environment: "loopback".into(),
        account: "alex".into(),
        key_id: "another".into(),
        engine_version: "0.2.0".into(),
        state_version: EngineSnapshot::VERSION,
        started: Timestamp(1_767_230_100_000_000_000),
        config: String::new(),
        strategies: Vec::new(),
    };
    LiveStore::open(environment.path("live"), &info)
}

#[test]
fn sessions_of_the_former_release_are_named_with_the_version_that_can_check_them() {
    let environment = copies();
    let check = |file: &str| {
        let said = environment.run(&format!("replay {file}")).failure(1);
        let nothing = format!("nothing of {file} was checked");
        for words in [nothing.as_str(), "session 1 was run by host 0.1.0: check it with that version"] {
            assert!(said.contains(words), "{said}");
        }
    };
    check("paper.journal");
    check("live/account.journal");
    drop(upgrade(&environment));
    check("live/account.journal");
}

#[test]
fn an_account_is_carried_over_with_its_positions_and_working_orders() {
    let environment = copies();
    let before = shown(&environment.path("live/account.journal"));
    assert!(before.len() > 12, "{before:?}");
    let mut store = upgrade(&environment);
    assert_eq!(store.upgraded_from(), Some(2));
    assert_eq!(shown(&environment.path("live/account.journal")), before, "decimals are the same in both units");
    let recovery = store.recover(Timestamp(1_767_230_100_000_000_000)).expect("what was left");
    let held: Vec<_> = recovery.positions.iter().map(|held| (held.ticker.as_str(), held.qty, held.cost)).collect();
    let expect = [
        ("SYNAPPROVE-26JAN09-T40.0", Qty::contracts(15), Usd::micros(4_350_000)),
        ("SYNAPPROVE-26JAN23-T40.0", Qty::contracts(12), Usd::micros(3_840_000)),
        ("SYNSTORM-26JAN30-T2.0", Qty::contracts(1), Usd::micros(380_000)),
    ];
    assert_eq!(held, expect);
    let open: Vec<_> = store.open_orders().expect("orders").into_iter().map(|row| row.order).collect();
    assert_eq!(open.iter().map(|order| order.qty).collect::<Vec<_>>(), [Qty::contracts(2), Qty::contracts(7)]);

    let kept = recovery.snapshot.expect("a state");
    assert!((EngineSnapshot::OLDEST..=EngineSnapshot::VERSION).contains(&kept.version));
    let snapshot: EngineSnapshot = serde_json::from_str(&kept.body).expect("a state of this version");
    let journal = Journal::open(environment.path("live/account.journal")).expect("a journal");
    let first = journal.steps().next().expect("an event").expect("a step");
    let LoggedEvent::Start(start) = first.event else { panic!("a journal begins with a start") };
    let start = Start::from_json(start).expect("a start of this version");
    assert_eq!(start.engine_version, "0.1.0");
    let Beginning::Fresh { capital, .. } = start.from else { panic!("the first session was a fresh one") };
    assert_eq!(capital, Usd::dollars(2_000));
    let markets: Vec<Market> = store.markets(Timestamp(0)).expect("markets");
    let engine = Start { from: Beginning::Restored { snapshot, open_since: None }, ..start }
        .engine(&markets)
        .expect("an engine");
    assert_eq!(engine.portfolio().cash(), Usd::micros(1_991_430_000));
    assert_eq!(engine.portfolio().positions().count(), 3);
    assert_eq!(engine.working().map(|(order, _, _)| order.clone()).collect::<Vec<_>>(), open);

    drop(store);
    assert_eq!(upgrade(&environment).upgraded_from(), None, "once is enough");
}

#[test]
fn a_summary_is_the_same_before_and_after_the_upgrade() {
    let environment = copies();
    let summary = || account_summary(&environment.path("live")).expect("a summary");
    let before = summary();
    assert_eq!(before.open_orders.iter().map(|order| order.left).collect::<Vec<_>>(), [2, 7].map(Qty::contracts));
    drop(upgrade(&environment));
    let after = summary();
    assert_eq!((before.open_orders, before.positions), (after.open_orders, after.positions));
}

#[test]
fn the_history_of_an_account_is_read_before_and_after_the_upgrade() {
    let environment = copies();
    let history = || account_history(&environment.path("live")).expect("a history");
    let before = history();
    assert_eq!(before.sessions.iter().map(|one| one.engine_version.as_str()).collect::<Vec<_>>(), ["0.1.0"]);
    drop(upgrade(&environment));
    let after = history();
    assert_eq!((&after.sessions[0], after.sessions.len()), (&before.sessions[0], 2));
    assert_eq!(after.reconciliation_days, before.reconciliation_days);
}

/// The archive has what the journal no longer has, and goes with a backup.
#[test]
fn a_backup_has_the_archive_and_replays_from_it() {
    let environment = copies();
    fs::create_dir(environment.path("accounts")).expect("a folder");
    let mut store = upgrade(&environment);
    let journal = environment.path("live/account.journal");
    let middle = "SELECT time FROM events WHERE time IS NOT NULL ORDER BY seq LIMIT 1 OFFSET 30";
    let connection = Connection::open(&journal).expect("a database");
    let middle: i64 = connection.query_row(middle, [], |row| row.get(0)).expect("a time");
    drop(connection);
    let last = ArchiveJob::begin(&journal, Timestamp(middle)).and_then(ArchiveJob::take).expect("an archive");
    while store.forget_archived(1_000).expect("room") {}
    store.close(Timestamp(middle)).expect("room");
    let left: i64 = Connection::open(&journal)
        .and_then(|connection| connection.query_row("SELECT min(seq) FROM events", [], |row| row.get(0)))
        .expect("events");
    assert!(last > 20 && left > last, "{last} are archived, and {left} is the first of the others");
    fs::rename(environment.path("live"), environment.path("accounts/kalshi-alex")).expect("moved");
    fs::rename(environment.path("accounts"), environment.path("live")).expect("moved");

    let printed = environment.run("backup alex --out b --format json").success();
    let part = format!("archive/events-000000000001-{last:012}.jsonl.zst");
    assert!(printed.contains(&part) && printed.contains("\"events\": 60"), "{printed}");
    environment.run("backup --verify b").success();
    environment.run("backup --restore b --out restored").success();
    let kept = |folder: &str| fs::read(environment.path(folder).join(&part)).expect("a part");
    assert!(kept("restored") == kept("live/kalshi-alex"));
    let said = environment.run("replay restored/account.journal").failure(1);
    assert!(said.contains("session 1 was run by host 0.1.0: check it with that version"), "{said}");
    fs::remove_dir_all(environment.path("restored/archive")).expect("a folder");
    let said = environment.run("replay restored/account.journal").failure(1);
    assert!(said.contains("event 1 is missing"), "{said}");
}

/// A journal, a live store or a start of a later version: the message says what it is, where, and what to do, and the
/// file stays as it is.
#[test]
fn what_a_later_release_wrote_is_refused_with_words() {
    let refused = |name: &str, sql: &str, words: &[&str]| {
        let environment = copies();
        drop(upgrade(&environment));
        let path = environment.path(name);
        change(&path, sql);
        let before = fs::read(&path).expect("a journal");
        let mut said = environment.run(&format!("replay {name}")).failure(1);
        if name.starts_with("live/") {
            said = open(&environment).map(drop).expect_err("a later version is opened").to_string();
        }
        assert!(words.iter().all(|word| said.contains(word)) && !said.contains("damaged"), "{sql}: {said}");
        assert!(fs::read(&path).expect("a journal") == before, "{sql}: it was changed");
    };
    let table = ["account.journal", "is a live account of version 4, this host works with 3: go on with the host that"];
    let state = ["the engine's state in", "account.journal` is of version 9, this host works with version 4: go on"];
    for (sql, words) in [("UPDATE account SET version = 4", table), ("UPDATE snapshots SET version = 9", state)] {
        let environment = copies();
        drop(upgrade(&environment));
        let path = environment.path("live/account.journal");
        change(&path, sql);
        let before = fs::read(&path).expect("a journal");
        let said = open(&environment).map(drop).expect_err("a later version is opened").to_string();
        assert!(words.iter().all(|word| said.contains(word)) && !said.contains("damaged"), "{sql}: {said}");
        assert!(fs::read(&path).expect("a journal") == before, "{sql}: it was changed");
    }
    let schema = "has schema version 4, this host reads up to 3; use the host that wrote it";
    refused("paper.journal", "PRAGMA user_version = 4", &["paper.journal", schema]);
    refused("live/account.journal", "PRAGMA user_version = 4", &["account.journal", schema]);
}
