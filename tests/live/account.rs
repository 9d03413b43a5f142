//! An exchange in stepped time with one account, and hosts that trade on it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

use crate::books::{self, Books};
use crate::support::environment::{Environment, Outcome};
use crate::support::journal;
use crate::support::ledger::Ledger;
use crate::support::process::Running;
use crate::support::small_disk;
use crate::support::strategies::{build, confirm, environment, write_crate};

/// The first deposit, in 1/10,000,000,000 dollar.
const DEPOSIT: i64 = 100_000_000_000_000;

/// Limits so wide that only faults hinder trading, and prices that get filled.
pub const SETTINGS: &str = r#"
[feed]
poll = "10m"
[capital]
target = 5000.0
[live]
account = "alex"
sync = "5m"
reconcile = "30m"
snapshot = "1h"
[execution]
exit_pricing = "cross"
order_expiry = "25m"
[risk]
max_position_size = 200
max_position_value = 500.0
max_order_size = 40.0
max_daily_loss = 15.0
max_open_positions = 30
max_drawdown = 4500.0
max_consecutive_losses = 100000
max_portfolio_exposure = 4500.0
max_category_exposure = 4500.0
max_price_deviation = 0.2
max_volume_fraction = 0.5
min_spread = 0.0
max_error_rate = 1.0
max_repeated_executions = 100000
"#;

/// An account and the strategies that trade on it.
pub struct Account {
    environment: Environment,
    exchange: Running,
    /// A `--strategy …` for each strategy.
    strategies: String,
}

/// A run that was started.
pub struct Begun {
    pub child: Child,
    /// The file that it writes its notices to.
    said: PathBuf,
}

impl Begun {
    /// Starts `command`, whose notices go to the file `said`.
    pub fn of(mut command: Command, said: PathBuf) -> Begun {
        let file = File::create(&said).expect("a file");
        let child = command.stdout(Stdio::null()).stderr(file).spawn().expect("the binary runs");
        Begun { child, said }
    }

    /// Everything that it has said.
    pub fn said(&self) -> String {
        std::fs::read_to_string(&self.said).expect("its notices")
    }

    /// Fails if the run is over.
    #[track_caller]
    pub fn still_runs(&mut self) {
        let ended = self.child.try_wait().expect("a child");
        assert!(ended.is_none(), "it ends by itself with {ended:?}:\n{}", self.last_notices());
    }

    /// Waits for the end of the run, which must be `code`.
    #[track_caller]
    pub fn ends_with(&mut self, code: i32) {
        self.ends_with_one_of(&[code]);
    }

    /// Waits for the end of the run, whose code must be one of `codes`, and returns it.
    #[track_caller]
    pub fn ends_with_one_of(&mut self, codes: &[i32]) -> i32 {
        let ended = self.child.wait().expect("it ends");
        let code = ended.code().filter(|code| codes.contains(code));
        code.unwrap_or_else(|| panic!("{ended:?}, not one of {codes:?}:\n{}", self.last_notices()))
    }

    /// Kills it with SIGKILL, which it cannot handle.
    pub fn die(mut self) {
        self.child.kill().expect("it runs");
        let _ = self.child.wait();
    }

    fn last_notices(&self) -> String {
        let said = self.said();
        let lines: Vec<&str> = said.lines().collect();
        lines[lines.len().saturating_sub(60)..].join("\n")
    }
}

fn options(strategies: &[&str]) -> String {
    strategies.iter().map(|path| format!("--strategy {path} ")).collect()
}

impl Account {
    /// Opens an account at an exchange that begins on 2026-01-01 with the faults of `plan`. `venue` is appended to
    /// the section `[venue]`.
    pub fn open(plan: &Value, markets: usize, strategies: &[&str], venue: &str) -> Account {
        let environment = environment();
        environment.run("exchange keygen --account alex --deposit 10000 --out keys").success();
        environment.write("plan.json", plan.to_string());
        let flags = "--accounts keys/exchange-accounts.json --stepped --seed 7 --start 2026-01-01 --poll 1m";
        let exchange = Running::start(&environment, &format!("{flags} --markets {markets} --faults plan.json"));
        let accounts: Value = serde_json::from_str(&environment.read("keys/exchange-accounts.json")).expect("JSON");
        let account = accounts.get(0).unwrap_or_else(|| &accounts["accounts"][0]);
        let key = account["key_id"].as_str().expect("a key id");
        let address = &exchange.address;
        let venue = format!(
            "[venue]\nbase_url = \"http://{address}/trade-api/v2\"\nkey_id = \"{key}\"\n\
             key_file = \"keys/alex.key.pem\"\nclock = \"stepped\"\nrequest_timeout = \"1s\"\n{venue}"
        );
        environment.write("host.toml", format!("{venue}{SETTINGS}"));
        Account { environment, exchange, strategies: String::new() }.with(strategies)
    }

    /// The same account, whose next run is started with `strategies`.
    pub fn with(self, strategies: &[&str]) -> Account {
        strategies.iter().for_each(|path| confirm(&self.environment, path));
        Account { strategies: options(strategies), ..self }
    }

    /// Replaces `from`, which must be there, by `to` in the configuration.
    pub fn configure(&self, from: &str, to: &str) {
        let text = self.environment.read("host.toml");
        assert!(text.contains(from), "{from} is not in:\n{text}");
        self.environment.write("host.toml", text.replace(from, to));
    }

    fn arguments(&self, options: &str) -> String {
        format!("run {}--live --venue kalshi --no-go-anyway=test {options}", self.strategies)
    }

    fn confirmed(&self, options: &str) -> String {
        self.arguments(&format!("--yes-i-mean-live=alex {options}"))
    }

    /// Takes back what people have said about its components.
    pub fn unconfirm(&self) {
        std::fs::remove_file(self.environment.path("host.lock")).expect("it is there");
    }

    /// A run that is not confirmed on the command line, ready to start.
    pub fn unconfirmed(&self, options: &str) -> Command {
        self.environment.command(&self.arguments(options))
    }

    /// Trades to the end of the run.
    pub fn trade(&self, options: &str) -> Outcome {
        self.environment.run(&self.confirmed(options))
    }

    /// Trades to the end of the run, with a file system of `size` at `folder`; see [`small_disk::run`].
    pub fn trade_on_small_disk(&self, size: &str, folder: &str, options: &str) -> Option<Output> {
        small_disk::run(&self.environment, size, folder, &self.confirmed(options))
    }

    /// Starts a run.
    pub fn begin(&self, options: &str) -> Begun {
        Begun::of(self.environment.command(&self.confirmed(options)), self.environment.path("begun.txt"))
    }

    /// Runs another command, which must succeed; returns stdout.
    pub fn host(&self, args: &str) -> String {
        self.environment.run(args).success()
    }

    /// Runs another command to its end.
    pub fn run(&self, args: &str) -> Outcome {
        self.environment.run(args)
    }

    /// Another command, ready to start.
    pub fn command(&self, args: &str) -> Command {
        self.environment.command(args)
    }

    /// Confirms `component`, as a person does who has looked at it; returns it.
    pub fn confirmed_component<'a>(&self, component: &'a str) -> &'a str {
        confirm(&self.environment, component);
        component
    }

    /// Runs a command; returns stdout if it succeeds.
    pub fn try_host(&self, args: &str) -> Option<String> {
        let outcome = self.environment.run(args);
        (outcome.code == Some(0)).then_some(outcome.stdout)
    }

    /// Runs another command, which must fail with the user's mistake; returns stderr.
    #[track_caller]
    pub fn refused(&self, args: &str) -> String {
        let outcome = self.environment.run(args);
        assert_eq!(outcome.code, Some(1), "{outcome}");
        outcome.stderr
    }

    /// All records of shadows, in order.
    pub fn shadow_records(&self) -> Vec<String> {
        let connection = journal::open(&self.journal()).expect("a journal");
        let sql = "SELECT event_seq || ' ' || slot || ' ' || body FROM shadow_records ORDER BY number";
        journal::select(&connection, sql, |row| row.get(0)).expect("records")
    }

    /// The private key, as its file holds it.
    pub fn key(&self) -> String {
        self.environment.read("keys/alex.key.pem")
    }

    /// The folder of everything that the host writes.
    pub fn folder(&self) -> PathBuf {
        self.environment.path("live")
    }

    fn journal(&self) -> PathBuf {
        self.environment.path(JOURNAL)
    }

    /// The time of the last journaled event; 0 before the first one.
    pub fn last_event_ns(&self) -> i64 {
        books::last_event_ns(&self.journal()).unwrap_or(0)
    }

    /// The number of polls whose rows are in the recording alone.
    pub fn recorded_polls(&self) -> i64 {
        let connection = journal::open(&self.journal()).expect("a journal");
        let count = "SELECT count(*) FROM events WHERE kind = 'recorded_poll'";
        connection.query_row(count, [], |row| row.get(0)).expect("a count")
    }

    /// The number that `sql` selects from the journal.
    pub fn count(&self, sql: &str) -> i64 {
        let connection = journal::open(&self.journal()).expect("a journal");
        connection.query_row(sql, [], |row| row.get(0)).expect("a count")
    }

    /// The content of the file `name` beside the account's folder.
    pub fn written(&self, name: &str) -> String {
        self.environment.read(name)
    }

    /// The text that `sql` selects from the journal.
    pub fn text(&self, sql: &str) -> String {
        let connection = journal::open(&self.journal()).expect("a journal");
        connection.query_row(sql, [], |row| row.get(0)).expect("a text")
    }

    /// The slots of the last run's strategies, with their names.
    pub fn slots(&self) -> Vec<(i64, String)> {
        let connection = journal::open(&self.journal()).expect("a journal");
        let sql = "SELECT slot, name FROM strategies ORDER BY slot";
        journal::select(&connection, sql, |row| Ok((row.get(0)?, row.get(1)?))).expect("slots")
    }

    /// The signals, orders and fills of a slot, sorted and as text: without the numbers of orders, the times of
    /// fills, and what checks have measured.
    pub fn records_of(&self, slot: &str) -> Vec<String> {
        let connection = journal::open(&self.journal()).expect("a journal");
        let signals = "time || ' ' || market || ' ' || (body ->> '$.action')";
        let placed = "time || ' ' || market || ' ' || json_remove(body -> '$.order', '$.id', '$.slot')";
        let filled = "market || ' ' || json_remove(body, '$.fill.order', '$.fill.time', '$.slot')";
        let sql = format!(
            "SELECT kind || ' ' || CASE kind WHEN 'signal' THEN {signals} \
             WHEN 'placed' THEN {placed} ELSE {filled} END FROM records \
             WHERE slot = (SELECT slot FROM slots WHERE name = '{slot}') \
             AND kind IN ('signal', 'placed', 'filled') ORDER BY 1"
        );
        journal::select(&connection, &sql, |row| row.get(0)).expect("records")
    }

    /// The number of the first event that is in the journal itself, and not in its archive.
    pub fn first_event(&self) -> i64 {
        let connection = journal::open(&self.journal()).expect("a journal");
        connection.query_row("SELECT min(seq) FROM events", [], |row| row.get(0)).expect("a number")
    }

    /// Asks the exchange for `what`, one of its extras.
    #[track_caller]
    pub fn simulate(&self, what: &str, body: &Value) {
        let (status, answer) = self.exchange.post(&format!("/simulation/{what}"), body);
        assert_eq!(status, 200, "{answer}");
    }

    /// The JSON at `path` of the exchange.
    fn get(&self, path: &str) -> Value {
        let (status, answer) = self.exchange.get(path);
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// Asserts that venue and host agree on every order, fill, position and cent, that the fills of each side add up
    /// to its positions and cash, and that the journal is replayed identically. Returns the host's books.
    #[track_caller]
    pub fn agree(&self) -> Books {
        let ledger = Ledger::of(&self.get("/simulation/ledger"));
        let (venue, host) = (Books::of_venue(ledger, DEPOSIT), Books::of_host(&self.journal()));
        let mut placed = host.orders.clone();
        // Orders that were never placed, according to the host, must be unknown to the venue.
        placed.retain(|_, order| !matches!(order.state.as_str(), "rejected" | "not_placed"));
        same("order", &venue.orders, &placed);
        same("fill", &venue.fills, &host.fills);
        same("position", &venue.positions, &host.positions);
        same("payout", &venue.payouts, &host.payouts);
        assert_eq!(venue.fees, host.fees, "fees");
        assert_eq!(venue.cash, host.cash, "cash");
        for (side, books) in [("venue", &venue), ("host", &host)] {
            assert_eq!(books.held_by_fills(), books.positions, "the {side}'s fills are not its positions");
            assert_eq!(books.cash_by_fills(), books.cash, "the {side}'s fills are not its cash");
        }
        let replayed = self.host(&format!("replay {JOURNAL}"));
        assert!(replayed.ends_with(": identical\n"), "{replayed}");
        host
    }

    /// Asserts that each rule of the plan for `endpoint` has injected its fault; each rule at all if `endpoint` is
    /// empty.
    #[track_caller]
    pub fn faults_happened(&self, endpoint: &str) {
        let report = self.get("/simulation/faults");
        let list = |value: &Value| value.as_array().expect("rules").clone();
        let rules = list(&report["rules"]).into_iter().zip(list(&report["plan"]["rules"]));
        let idle: Vec<String> = rules
            .filter(|(count, _)| count["injected"] == 0 && (endpoint.is_empty() || count["endpoint"] == endpoint))
            .map(|(count, rule)| format!("0 of {} requests: {rule}", count["seen"]))
            .collect();
        assert!(idle.is_empty(), "these faults never happened:\n{}\n{}", idle.join("\n"), report["injected"]);
        assert!(report["late"]["accepted"].as_u64() > Some(0) && report["late"]["waiting"] == 0, "{}", report["late"]);
    }
}

/// The path of the journal.
pub const JOURNAL: &str = "live/kalshi-alex/account.journal";

/// Asserts that both sides are the same, and shows the differences.
#[track_caller]
pub fn same<T: PartialEq + Debug>(what: &str, venue: &BTreeMap<String, T>, host: &BTreeMap<String, T>) {
    let keys: BTreeSet<&String> = venue.keys().chain(host.keys()).collect();
    let differ = keys.into_iter().filter(|key| venue.get(*key) != host.get(*key));
    let differ: Vec<String> = differ
        .map(|key| format!("{what} {key}:\n  venue: {:?}\n  host:  {:?}", venue.get(key), host.get(key)))
        .collect();
    assert!(differ.is_empty(), "{} differ\n{}", differ.len(), differ.join("\n"));
}

/// The component of the strategy that trades all the time.
pub fn restless() -> String {
    build(write_crate(&environment(), "restless", include_str!("../support/sources/restless.rs")))
}
