//! An exchange and hosts that trade on it in wall-clock time, as processes of their own, and the exchange's view of
//! the account.

use std::path::PathBuf;
use std::sync::OnceLock;

use host_core::{Span, Timestamp};
use serde_json::Value;

use super::environment::Environment;
use super::journal;
use super::ledger::Order;
use super::process::{Host, Running};
use super::strategies;
use super::wait::{eventually, now_ns};

/// The strategy of every host here.
pub fn eager() -> &'static str {
    static BUILT: OnceLock<String> = OnceLock::new();
    BUILT.get_or_init(|| {
        let environment = strategies::environment();
        strategies::build(strategies::write_crate(&environment, "eager", include_str!("sources/eager.rs")))
    })
}

/// An account `alex` at an exchange of its own.
pub struct Rig {
    /// The folder that the hosts run in.
    pub environment: Environment,
    pub exchange: Running,
}

impl Rig {
    /// An exchange in wall-clock time, with `exchange_args`.
    pub fn new(exchange_args: &str) -> Rig {
        Rig::after("", |_| (), |environment, args| Running::start_now(environment, &format!("{args} {exchange_args}")))
    }

    /// Makes the keys with `keygen_args`, runs `prepare`, and only then starts the exchange, because its clock begins
    /// with it.
    fn after(
        keygen_args: &str,
        prepare: impl FnOnce(&Environment),
        start: impl FnOnce(&Environment, &str) -> Running,
    ) -> Rig {
        let environment = strategies::environment().with("USER", "alex");
        let printed =
            environment.run(&format!("exchange keygen --account alex --kind ed25519 {keygen_args}")).success();
        prepare(&environment);
        let exchange = start(&environment, "--accounts exchange-accounts.json --seed 7 --simulation");
        let printed = at(&printed, &exchange.address).replace("[FOLDER]/", &environment.path("").display().to_string());
        environment.write("host.toml", format!("{printed}{}", include_str!("rig.toml")));
        strategies::confirm(&environment, eager());
        Rig { environment, exchange }
    }

    /// An exchange in wall-clock time whose sixty markets have traded for a day, because volume limits are a share of
    /// that.
    pub fn running() -> Rig {
        let midnight = now_ns() / Span::DAY.0 * Span::DAY.0;
        let yesterday = Timestamp(midnight - Span::DAY.0);
        let generate = format!("data generate --markets 60 --for 3d --poll 2m --seed 3 --out tape --start {yesterday}");
        Rig::after(
            "",
            |environment| drop(environment.run(&generate).success()),
            |environment, args| Running::start_now(environment, &format!("{args} --tape tape")),
        )
    }

    /// The same markets in stepped time, which passes only when somebody waits for it.
    pub fn stepped() -> Rig {
        Rig::stepped_with(60)
    }

    /// The same with so many markets.
    pub fn stepped_with(markets: u32) -> Rig {
        let generate =
            format!("data generate --markets {markets} --for 3d --poll 2m --seed 3 --out tape --start 2026-01-01");
        Rig::playing(|environment| drop(environment.run(&generate).success()), "--start 2026-01-02")
    }

    /// An exchange in stepped time that plays the tape `tape`, which `prepare` writes, with `exchange_args`.
    pub fn playing(prepare: impl FnOnce(&Environment), exchange_args: &str) -> Rig {
        let rig = Rig::after("", prepare, |environment, args| {
            Running::start(environment, &format!("{args} --tape tape --stepped {exchange_args}"))
        });
        rig.configure("[venue]\n", "[venue]\nclock = \"stepped\"\n");
        rig
    }

    /// An exchange of two markets that do not move, so that no order of the host is ever filled. The host compares
    /// its books every second. There is a second account, `bert`.
    pub fn quiet() -> Rig {
        Rig::quiet_with("")
    }

    /// The same, with more arguments for the account's keys.
    pub fn quiet_with(keygen_args: &str) -> Rig {
        let rig = Rig::after(
            keygen_args,
            |environment| {
                environment.run("exchange keygen --account bert --kind ed25519").success();
                write_quiet_tape(environment);
            },
            |environment, args| Running::start_now(environment, &format!("{args} --tape tape")),
        );
        rig.configure("[live]\n", "[live]\nreconcile = \"1s\"\n");
        rig
    }

    /// The same, whose account has a second key, `alex-2.key.pem`. Returns the lines of `host.toml` that name it.
    pub fn quiet_with_two_keys() -> (Rig, String) {
        let mut second = String::new();
        let rig = Rig::after(
            "",
            |environment| {
                let keygen = "exchange keygen --account alex --kind ed25519 --further-key 2";
                second = environment.run(keygen).success();
                write_quiet_tape(environment);
            },
            |environment, args| Running::start_now(environment, &format!("{args} --tape tape")),
        );
        let second = at(&second, &rig.exchange.address);
        let second = second.replace("[FOLDER]/", &rig.environment.path("").display().to_string());
        rig.configure("[live]\n", "[live]\nreconcile = \"1s\"\n");
        (rig, second)
    }

    /// The number of the host's own orders.
    pub fn host_orders(&self) -> usize {
        self.orders().iter().filter(|order| !order.client_id.starts_with("by-hand")).count()
    }

    /// Replaces `from`, which must be there, by `to` in the configuration.
    pub fn configure(&self, from: &str, to: &str) {
        let text = self.environment.read("host.toml");
        assert!(text.contains(from), "{from} is not in:\n{text}");
        self.environment.write("host.toml", text.replace(from, to));
    }

    /// Starts a host that trades live until it is stopped.
    pub fn host(&self) -> Host {
        self.host_with("")
    }

    /// Starts a host with more arguments.
    pub fn host_with(&self, args: &str) -> Host {
        Host::start(&self.environment, &format!("{} {args}", live()))
    }

    /// All orders of the account, oldest first.
    pub fn orders(&self) -> Vec<Order> {
        self.exchange.ledger().orders
    }

    /// The number of resting orders.
    pub fn resting(&self) -> usize {
        self.orders().iter().filter(|order| order.status == "resting").count()
    }

    /// Waits until the venue has accepted more than `count` orders; returns their number.
    #[track_caller]
    pub fn wait_for_orders(&self, count: usize) -> usize {
        eventually(&format!("more than {count} orders at the venue"), || {
            let found = self.orders().len();
            (found > count).then_some(found)
        })
    }

    /// Replaces the exchange's plan of faults.
    pub fn faults(&self, plan: &Value) {
        let (status, answer) = self.exchange.put("/simulation/faults", plan);
        assert_eq!(status, 200, "{answer}");
    }

    /// The path of a file in the account's folder.
    pub fn account(&self, name: &str) -> PathBuf {
        self.environment.path("live/kalshi-alex").join(name)
    }

    /// Waits until the host has finished another `count` polls.
    #[track_caller]
    pub fn wait_for_polls(&self, count: usize) {
        let polled = || self.status()["host"]["status"]["last_poll"]["time"].as_str().map(str::to_owned);
        let mut last = polled();
        for _ in 0..count {
            last = Some(eventually("another poll", || polled().filter(|time| last.as_ref() != Some(time))));
        }
    }

    /// `host status` as JSON.
    pub fn status(&self) -> Value {
        serde_json::from_str(&self.environment.run("status --format json").success()).expect("JSON")
    }

    /// The status that the running host gives; none while no host runs.
    pub fn running_status(&self) -> Option<Value> {
        let answer: Value = serde_json::from_str(&self.environment.run("status --format json").stdout).ok()?;
        answer["host"].get("status").cloned()
    }

    /// The first column of the rows that `sql` selects from the account's journal, as text.
    pub fn journal(&self, sql: &str) -> Vec<String> {
        let connection = journal::open(&self.account("account.journal")).expect("a journal");
        journal::select(&connection, sql, |row| row.get(0)).expect("text")
    }
}

/// Makes a tape around the present of two markets at 0.40 to 0.44, in which others trade, because volume limits are a
/// share of that.
fn write_quiet_tape(environment: &Environment) {
    let now = now_ns() / 1_000_000_000;
    let columns = ["time", "market", "bid", "ask", "bid_size", "ask_size", "last", "volume"];
    let mut quotes = format!("{}\n", columns.join(","));
    for second in (now - 600..now + 3_600).step_by(5) {
        for market in ["KXQUIET-1", "KXQUIET-2"] {
            quotes += &format!("{second},{market},0.40,0.44,1000,1000,0.44,{}\n", 100 * (second - now + 601));
        }
    }
    environment.write("quotes.csv", quotes);
    let market = |ticker: &str| format!("{ticker},economics,{},{}\n", now - 600, now + 86_400);
    let markets = ["KXQUIET-1", "KXQUIET-2"].map(market).concat();
    environment.write("markets.csv", format!("ticker,category,opens,closes\n{markets}"));
    let columns = columns.map(|name| format!("{name}={name}")).join(",");
    environment.run(&format!("data import quotes.csv --columns {columns} --markets markets.csv --out tape")).success();
}

/// The options of a live run: a first start is asked about, and a test goes on anyway.
pub const LIVE: &str = "--live --venue kalshi --yes-i-mean-live=alex --no-go-anyway=test";

/// The arguments of a live run.
pub fn live() -> String {
    format!("run --strategy {} {LIVE}", eager())
}

/// Replaces the exchange's address in a configuration.
pub fn at(text: &str, address: &str) -> String {
    let line = |line: &str| match line.starts_with("base_url") {
        true => format!("base_url = \"http://{address}/trade-api/v2\"\n"),
        false => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}
