//! An honest strategy beside hostile ones, each slot with its share of the account: it decides and trades as it does
//! alone, record for record.

use std::path::PathBuf;
use std::sync::OnceLock;

use rusqlite::Connection;
use serde_json::Value;

use crate::support::environment::Environment;
use crate::support::strategies::{RANGE_BUYER, build, environment, write_crate};
use crate::support::tapes::{import, quotes_csv};

/// Shares that add up to the account's limits.
const SHARES: &str = "
[risk]
max_category_exposure = 2000
max_event_exposure = 2000
max_portfolio_exposure = 2000
max_open_positions = 5
max_daily_loss = 200
max_drawdown = 500
max_consecutive_losses = 10
max_messages_per_minute = 120

[sandbox]
fuel_per_minute = 60000
log_lines_per_minute = 1

[slot.honest]
markets = [\"H-*\"]
max_exposure = 1000
max_open_positions = 2
max_daily_loss = 100
max_drawdown = 250
max_consecutive_losses = 5
max_messages_per_minute = 60

[slot.hostile]
markets = [\"X-*\"]
max_exposure = 1000
max_open_positions = 3
max_daily_loss = 100
max_drawdown = 250
max_consecutive_losses = 5
max_messages_per_minute = 60
";

const DAYS: i64 = 12;

fn neighbour() -> &'static str {
    static BUILT: OnceLock<String> = OnceLock::new();
    BUILT.get_or_init(|| {
        let source = include_str!("../support/sources/neighbour.rs");
        build(write_crate(&environment(), "neighbour", source))
    })
}

/// An environment with six markets, each polled every five minutes, whose prices go up and down.
fn prepared() -> Environment {
    let environment = environment();
    let tickers = [("H-1", 97), ("H-2", 131), ("H-3", 171), ("X-1", 83), ("X-2", 113), ("X-3", 151)];
    let polls = (0..DAYS * 288).flat_map(|poll| {
        tickers.into_iter().map(move |(ticker, period)| {
            let along = poll % (2 * period);
            let bid = 30 + 40 * along.min(2 * period - along) / period;
            (poll * 300, ticker, bid, bid + 2)
        })
    });
    import(&environment, &quotes_csv(polls));
    environment.write("host.toml", SHARES);
    environment
}

/// Returns what the journal of the only run holds of slot `honest`, without what another slot may change: numbers of
/// orders, and the account's figures that checks measured.
fn records(environment: &Environment) -> Vec<(String, Value)> {
    let mut runs: Vec<PathBuf> =
        std::fs::read_dir(environment.path("runs")).expect("runs").flatten().map(|entry| entry.path()).collect();
    let run = runs.pop().expect("a run");
    let connection = Connection::open(run.join("run.journal")).expect("a journal");
    let sql = "SELECT kind, body FROM records WHERE slot = (SELECT slot FROM strategies WHERE name = 'honest') \
               AND kind IN ('signal', 'placed', 'refused', 'filled', 'trade', 'fault', 'slot_trading') ORDER BY seq";
    let mut statement = connection.prepare(sql).expect("records");
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)));
    let read = rows.expect("records").map(|row| {
        let (kind, body) = row.expect("a record");
        let mut body: Value = serde_json::from_str(&body).expect("JSON");
        // Where a share and the account are both used up, the account's check comes first.
        forget(&mut body, &["id", "verdicts", "verdict", "order_id"]);
        if let Some(fill) = body.get_mut("fill") {
            forget(fill, &["order"]);
        }
        if kind == "placed" {
            forget(&mut body["order"], &["id"]);
        }
        (kind, body)
    });
    read.collect()
}

fn forget(body: &mut Value, keys: &[&str]) {
    if let Some(map) = body.as_object_mut() {
        keys.iter().for_each(|key| drop(map.remove(*key)));
    }
}

/// Runs the honest strategy, with a neighbour that does this harm if one is given, and returns its records.
fn run(harm: Option<&str>) -> (Vec<(String, Value)>, String) {
    let environment = prepared();
    let beside =
        harm.map_or(String::new(), |harm| format!("--strategy hostile={} --param hostile.harm={harm}", neighbour()));
    let args = format!("backtest --strategy honest={RANGE_BUYER} {beside} --tape tape --format json");
    let outcome = environment.run(&args);
    assert!(matches!(outcome.code, Some(0 | 5)), "{outcome}");
    if harm.is_some() {
        let runs = environment.path("runs");
        let run = std::fs::read_dir(runs).expect("runs").flatten().next().expect("a run").path();
        let said = environment.run(&format!("replay {}", run.display())).success();
        assert!(said.ends_with(" records: identical\n"), "{harm:?}: {said}");
    }
    (records(&environment), outcome.stderr)
}

#[test]
fn an_honest_strategy_trades_beside_hostile_ones_as_it_does_alone() {
    let (alone, _) = run(None);
    let count = |kind: &str| alone.iter().filter(|(of, _)| of == kind).count();
    assert!(count("signal") > 20 && count("filled") > 20 && count("trade") > 10, "too few records prove nothing");
    for harm in ["loop", "memory", "trap", "flip", "signals", "log", "output", "burn"] {
        let (beside, said) = run(Some(harm));
        if let Some((one, other)) = alone.iter().zip(&beside).find(|(one, other)| one != other) {
            panic!("beside {harm}:\n{other:?}\nalone:\n{one:?}");
        }
        assert_eq!(beside.len(), alone.len(), "beside {harm}");
        let fails = !matches!(harm, "flip" | "signals" | "log");
        assert_eq!(said.contains("`hostile` failed"), fails, "{harm}: {said}");
    }
}
