//! The reference run: six markets, twelve minutes across midnight, and a strategy that trades all the time. The host
//! steps the clock of the exchange, which keeps running when the host is killed.

use std::cell::Cell;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::paper_ledger;
use crate::support::environment::Environment;
use crate::support::files;
use crate::support::ledger::Ledger;
use crate::support::process::Running;
use crate::support::strategies;

/// Start of the run.
const BEGIN: &str = "2026-01-05T23:54:00Z";
/// Start of the run, in milliseconds since 1970.
const BEGIN_MS: i64 = 1_767_657_240_000;
/// Length of the run.
const SPAN_MS: i64 = 12 * 60_000;
/// Longer than any run takes on a busy machine: a run that takes longer hangs.
const PATIENCE: Duration = Duration::from_secs(300);

/// Everything that runs share: quotes, keys, the component.
pub struct Scenario {
    environment: Environment,
    strategy: String,
    key_id: String,
    /// The account is pretend: its venue is the ledger in its folder.
    is_on_paper: bool,
}

/// One run: a host's folder and its exchange.
pub struct Run<'a> {
    scenario: &'a Scenario,
    environment: Environment,
    exchange: Running,
    /// Number of looks at the ledger of the pretend account, each at a copy.
    reads: Cell<u32>,
}

/// The end of a process.
pub struct Ended {
    /// Exit code, unless a signal ended it.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    pub stderr: String,
}

impl Scenario {
    pub fn new() -> Scenario {
        let environment = strategies::environment();
        let source = include_str!("../support/sources/busy.rs");
        let strategy = strategies::build(strategies::write_crate(&environment, "busy", source));
        environment.write("quotes.csv", quotes());
        environment.write("markets.csv", markets());
        let columns = ["time", "market", "bid", "ask", "bid_size", "ask_size", "last", "volume"];
        let columns = columns.map(|name| format!("{name}={name}")).join(",");
        let import = format!("data import quotes.csv --columns {columns} --markets markets.csv --price-unit cents");
        environment.run(&format!("{import} --out tape")).success();
        environment.run("exchange keygen --account alex --deposit 10000 --kind ed25519").success();
        let accounts: serde_json::Value =
            serde_json::from_str(&environment.read("exchange-accounts.json")).expect("JSON");
        let key_id = accounts["accounts"][0]["key_id"].as_str().expect("a key id").to_owned();
        Scenario { environment, strategy, key_id, is_on_paper: false }
    }

    /// The same with a pretend account.
    pub fn on_paper() -> Scenario {
        Scenario { is_on_paper: true, ..Scenario::new() }
    }

    /// The account's folder.
    pub fn account(&self) -> &'static str {
        if self.is_on_paper { "live/paper-kalshi-alex" } else { "live/kalshi-alex" }
    }

    fn path(&self, name: &str) -> String {
        self.environment.path(name).display().to_string()
    }
}

/// The markets that pay, and minutes from [`BEGIN`] after which they have no row.
const PAYS: [i64; 2] = [3, 5];
const PAYS_AFTER_MINUTES: i64 = 3;

/// Every minute, each market moves by a cent at most, trades a little, and shows a few contracts on each side, so
/// that orders fill at once, in parts, later, or never.
fn quotes() -> String {
    let mut csv = "time,market,bid,ask,bid_size,ask_size,last,volume\n".to_owned();
    for minute in 0..40_i64 {
        // What is over has no rows: a result is paid after the last one.
        for market in (0..6_i64).filter(|market| !PAYS.contains(market) || minute - 14 < PAYS_AFTER_MINUTES) {
            let bid = 30 + 5 * market + [0, 1, 2, 1, 0, -1][((minute + market) % 6) as usize];
            let size = 3 + (minute + market) % 3;
            let last = bid + [0, 1, 2, 1, 1][((minute + 2 * market) % 5) as usize];
            let (time, volume) = (BEGIN_MS / 1_000 + 60 * (minute - 14), 100_000 + 200 * minute);
            let ask = bid + 2;
            csv += &format!("{time},KX{market}-A-{market},{bid},{ask},{size},{},{last},{volume}\n", size + 1);
        }
    }
    csv
}

/// Two of the markets close and pay while a position is held.
fn markets() -> String {
    let of = |market: i64| {
        let pays = PAYS.contains(&market);
        let closes = if pays { "2026-01-05T23:56:40Z" } else { "2026-02-06T00:00:00Z" };
        let result = if pays { format!("yes,{closes}") } else { ",".to_owned() };
        format!("KX{market}-A-{market},weather,2026-01-05T00:00:00Z,{closes},{result}\n")
    };
    "ticker,category,opens,closes,result,settle_time\n".to_owned() + &(0..6).map(of).collect::<String>()
}

impl<'a> Run<'a> {
    /// Starts a new exchange for a host that has never run.
    pub fn new(scenario: &'a Scenario) -> Run<'a> {
        let environment = strategies::environment();
        let (tape, accounts) = (scenario.path("tape"), scenario.path("exchange-accounts.json"));
        let exchange = Running::start(
            &environment,
            &format!("-q --accounts {accounts} --tape {tape} --stepped --start {BEGIN} --settle-after 1m --seed 7"),
        );
        let (key_file, key_id) = (scenario.path("alex.key.pem"), &scenario.key_id);
        let base_url = format!("http://{}/trade-api/v2", exchange.address);
        environment.write(
            "host.toml",
            include_str!("host.toml")
                .replace("BASE_URL", &base_url)
                .replace("KEY_ID", key_id)
                .replace("KEY_FILE", &key_file),
        );
        strategies::confirm(&environment, &scenario.strategy);
        Run { scenario, environment, exchange, reads: Cell::new(0) }
    }

    /// The command that runs the host for the rest of the scenario, or for a second if there is none.
    pub fn trade(&self) -> Command {
        let now_ns = self.exchange.now_ns();
        let left_ms = (BEGIN_MS + SPAN_MS - now_ns / 1_000_000).max(1_000);
        let strategy = &self.scenario.strategy;
        if self.scenario.is_on_paper {
            // It counts from the beginning of the account.
            let options = format!("--fill-model touch --for {SPAN_MS}ms --format json");
            return self.environment.command(&format!("run --strategy {strategy} --venue kalshi {options}"));
        }
        self.environment.command(&format!(
            "run --strategy {strategy} --live --venue kalshi --yes-i-mean-live=alex --no-go-anyway=test \
             --for {left_ms}ms --format json"
        ))
    }

    /// Runs a process to its end.
    pub fn end(&self, command: Command) -> Ended {
        self.end_within(command, Duration::MAX)
    }

    /// Runs a process to its end, and kills it once it has run for `life`.
    pub fn end_within(&self, mut command: Command, life: Duration) -> Ended {
        let path = self.path("stderr");
        let file = File::create(&path).expect("a file");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(file);
        let mut child = command.spawn().expect("it starts");
        let begun = Instant::now();
        let status = loop {
            match child.try_wait().expect("a child") {
                Some(status) => break status,
                None if begun.elapsed() > PATIENCE => {
                    let _ = child.kill();
                    panic!("the host hangs:\n{}", fs::read_to_string(&path).unwrap_or_default());
                }
                None if begun.elapsed() >= life => child.kill().expect("it can be killed"),
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        };
        let stderr = fs::read_to_string(&path).expect("text");
        Ended { code: status.code(), signal: status.signal(), stderr }
    }

    /// The venue's books: the exchange's, or the ledger of the pretend account.
    pub fn ledger(&self) -> Ledger {
        if !self.scenario.is_on_paper {
            return self.exchange.ledger();
        }
        assert!(self.exchange.ledger().orders.is_empty(), "an order on paper is at the exchange");
        let read = self.reads.get();
        self.reads.set(read + 1);
        paper_ledger::read(&self.copy(&format!("ledger-{read}")))
    }

    /// Replays the journal; fails if the replay differs.
    pub fn replay(&self) -> Result<(), String> {
        let outcome = self.environment.run(&format!("replay {}/account.journal", self.scenario.account()));
        let same = outcome.code == Some(0) && outcome.stdout.ends_with("identical\n");
        if same { Ok(()) } else { Err(format!("the replay differs: {outcome}")) }
    }

    /// A path in the host's folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.environment.path(name)
    }

    /// Copies the account's folder, because reading it repairs it as a start does.
    pub fn copy(&self, name: &str) -> PathBuf {
        let to = self.path(name);
        files::copy(&self.path(self.scenario.account()), &to);
        to
    }
}
