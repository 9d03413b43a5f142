//! An exchange in stepped time, and hosts that trade on paper beside it, without a key.

use std::path::PathBuf;

use serde_json::Value;

use crate::account::{Begun, SETTINGS, same};
use crate::books::{self, Books};
use crate::support::environment::{Environment, Outcome};
use crate::support::journal;
use crate::support::process::Running;
use crate::support::proxy::Proxy;
use crate::support::strategies::{confirm, environment};

/// The path of the journal.
pub const JOURNAL: &str = "live/paper-kalshi-alex/account.journal";

/// A pretend account `alex`, and the strategies that trade on it.
pub struct PaperAccount {
    environment: Environment,
    pub exchange: Running,
    /// Between host and exchange.
    pub proxy: Proxy,
    /// A `--strategy …` for each strategy.
    strategies: String,
}

impl PaperAccount {
    /// Opens one at an exchange that begins on 2026-01-01 with the faults of `plan`.
    pub fn open(plan: &Value, markets: usize, strategies: &[&str]) -> PaperAccount {
        let environment = environment();
        environment.run("exchange keygen --account other --out keys").success();
        environment.write("plan.json", plan.to_string());
        let flags = "--accounts keys/exchange-accounts.json --stepped --seed 7 --start 2026-01-01 --poll 1m";
        let exchange = Running::start(&environment, &format!("{flags} --markets {markets} --faults plan.json"));
        let proxy = Proxy::to(&exchange.address);
        let venue =
            "[venue]\nbase_url = \"http://ADDRESS/trade-api/v2\"\nclock = \"stepped\"\nrequest_timeout = \"1s\"\n";
        environment.write("host.toml", format!("{venue}{SETTINGS}").replace("ADDRESS", &exchange.address));
        let strategies = strategies.iter().map(|path| format!("--strategy {path} ")).collect();
        PaperAccount { environment, exchange, proxy, strategies }
    }

    /// Replaces `from`, which must be there, by `to` in the configuration.
    pub fn configure(&self, from: &str, to: &str) {
        let text = self.environment.read("host.toml");
        assert!(text.contains(from), "{from} is not in:\n{text}");
        self.environment.write("host.toml", text.replace(from, to));
    }

    /// Gives the host a key of the exchange, with `venue` in its section: a stream needs one. No order goes there.
    pub fn give_key(&self, venue: &str) {
        let accounts: Value =
            serde_json::from_str(&self.environment.read("keys/exchange-accounts.json")).expect("accounts");
        let key = accounts["accounts"][0]["key_id"].as_str().expect("a key");
        self.configure("clock =", &format!("key_id = \"{key}\"\nkey_file = \"keys/other.key.pem\"\n{venue}clock ="));
    }

    fn arguments(&self, options: &str) -> String {
        format!("run {}--venue kalshi {options}", self.strategies)
    }

    /// Trades to the end of the run.
    pub fn trade(&self, options: &str) -> Outcome {
        self.environment.run(&self.arguments(options))
    }

    /// Starts a run.
    pub fn begin(&self, options: &str) -> Begun {
        Begun::of(self.environment.command(&self.arguments(options)), self.path("begun.txt"))
    }

    /// Runs another command to its end.
    pub fn run(&self, args: &str) -> Outcome {
        self.environment.run(args)
    }

    /// Confirms `component`, as a person does who has looked at it; returns it.
    pub fn confirmed<'a>(&self, component: &'a str) -> &'a str {
        confirm(&self.environment, component);
        component
    }

    /// A path in the folder that the hosts run in.
    pub fn path(&self, name: &str) -> PathBuf {
        self.environment.path(name)
    }

    /// The time of the last journaled event; 0 before the first one.
    pub fn last_event_ns(&self) -> i64 {
        books::last_event_ns(&self.path(JOURNAL)).unwrap_or(0)
    }

    /// The number that `sql` selects from the journal.
    pub fn count(&self, sql: &str) -> i64 {
        let connection = journal::open(&self.path(JOURNAL)).expect("a journal");
        connection.query_row(sql, [], |row| row.get(0)).expect("a count")
    }

    /// Asserts that ledger and host agree on every order, fill, position and cent, that the fills of each side add up
    /// to its positions and cash, that the exchange has no order, and that the journal is replayed identically. Returns
    /// the host's books.
    #[track_caller]
    pub fn agree(&self) -> Books {
        let ledger = Books::of_paper(&self.path("live/paper-kalshi-alex/paper.ledger"));
        let host = Books::of_host(&self.path(JOURNAL));
        let mut placed = host.orders.clone();
        placed.retain(|_, order| !matches!(order.state.as_str(), "rejected" | "not_placed"));
        same("order", &ledger.orders, &placed);
        same("fill", &ledger.fills, &host.fills);
        same("position", &ledger.positions, &host.positions);
        same("payout", &ledger.payouts, &host.payouts);
        assert_eq!(ledger.fees, host.fees, "fees");
        assert_eq!(ledger.cash, host.cash, "cash");
        for (side, books) in [("ledger", &ledger), ("host", &host)] {
            assert_eq!(books.held_by_fills(), books.positions, "the {side}'s fills are not its positions");
            assert_eq!(books.cash_by_fills(), books.cash, "the {side}'s fills are not its cash");
        }
        assert!(self.exchange.ledger().orders.is_empty(), "an order is at the exchange");
        let replayed = self.run(&format!("replay {JOURNAL}")).success();
        assert!(replayed.ends_with(": identical\n"), "{replayed}");
        host
    }
}
