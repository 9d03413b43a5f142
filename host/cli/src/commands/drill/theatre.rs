//! The place of a drill: the embedded exchange and a live host, in processes of their own and in a folder that is
//! removed afterwards. No real venue and no real key is near.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use host_core::{Span, Timestamp};
use host_exchange::server::REST_PREFIX;
use host_live::account_dir::{AccountDir, VENUE};
use host_live::control::client::ask;
use host_live::control::protocol::{Reply, Request};
use host_live::control::status::{Status, StatusView};
use host_system::capped;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::child::{Process, run_to_end};
use super::copy::{ACCOUNT, COLUMNS, MarketFiles, Own, configuration};
use super::http::Http;
use super::receiver::Receiver;
use super::steps::{Since, Steps};
use crate::config::Config;
use crate::terminal::error::{Kind, Report, Result};

/// The strategy of drills, which wants to buy every market on every poll: built of `strategies/drill`, because whoever
/// holds a drill need not have a toolchain.
const STRATEGY: &[u8] = include_bytes!("../../../../../strategies/drill/drill.wasm");
/// Name of its file.
const STRATEGY_FILE: &str = "drill.wasm";
/// Files of what the processes say.
const EXCHANGE_SAID: &str = "exchange.txt";
const HOST_SAID: &str = "host.txt";
/// Largest error of the exchange's clock: half of what a live host tolerates.
const OFF: Span = Span::seconds(1);
/// Most starts of the exchange, until its clock is right.
const STARTS: usize = 20;
/// Time that a start may take until orders work, which is none of the times of a drill.
const READY: Duration = Duration::from_secs(90);

/// The place of a drill.
#[derive(Debug)]
pub(super) struct Theatre {
    // The processes end before the folder is removed.
    host: Option<Process>,
    _exchange: Process,
    pub(super) http: Http,
    pub(super) receiver: Receiver,
    address: String,
    /// Address of the dashboard.
    pub(super) page: String,
    folder: TempDir,
}

impl Theatre {
    /// Opens the exchange, with the copy of `config`. No host runs yet.
    ///
    /// # Errors
    /// A process cannot be started, or a file not be written.
    pub(super) fn open(config: &Config, steps: &Steps) -> Result<Theatre> {
        let folder = tempfile::tempdir().map_err(|error| Report::io("cannot make a folder for the drill", &error))?;
        let path = folder.path();
        let failed = |why: String| Report::new(Kind::Internal, "the drill's place cannot be made").because(why);
        let write = |name: &str, bytes: &[u8]| {
            std::fs::write(path.join(name), bytes).map_err(|error| Report::io(format!("cannot write {name}"), &error))
        };
        let keys =
            run_to_end(path, &["exchange", "keygen", "--account", ACCOUNT, "--kind", "ed25519"]).map_err(failed)?;
        let key = |name: &str| {
            let found = keys.lines().find_map(|line| line.strip_prefix(name)?.trim().strip_prefix("= "));
            found.map(|value| value.trim_matches('"').to_owned()).ok_or_else(|| failed(format!("no {name} in {keys}")))
        };
        let (key_id, key_file) = (key("key_id")?, PathBuf::from(key("key_file")?));
        let markets = MarketFiles::around(now(), config);
        write("quotes.csv", markets.quotes.as_bytes())?;
        write("markets.csv", markets.markets.as_bytes())?;
        write(STRATEGY_FILE, STRATEGY)?;
        let columns = COLUMNS.map(|name| format!("{name}={name}")).join(",");
        let import =
            ["data", "import", "quotes.csv", "--markets", "markets.csv", "--out", "tape", "--columns", &columns];
        run_to_end(path, &import).map_err(failed)?;
        let http = Http::new()?;
        let (exchange, address) = exchange_on_time(path, &http, steps)?;
        let receiver = Receiver::start()?;
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let dashboard = free.map_err(|error| Report::io("no port is free", &error))?.port();
        let own =
            Own { address: &address, key_id: &key_id, key_file: &key_file, dashboard, receiver: &receiver.address };
        write("host.toml", configuration(config, own).as_bytes())?;
        run_to_end(path, &["trust", "confirm", STRATEGY_FILE]).map_err(failed)?;
        let page = format!("http://127.0.0.1:{dashboard}");
        Ok(Theatre { host: None, _exchange: exchange, http, receiver, address, page, folder })
    }

    /// Returns the account's folder.
    pub(super) fn account(&self) -> AccountDir {
        AccountDir::new(&self.folder.path().join("live"), VENUE, ACCOUNT)
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts the host.
    ///
    /// # Errors
    /// The process cannot be started.
    pub(super) fn start_host(&mut self) -> Result<()> {
        let confirmed = format!("--yes-i-mean-live={ACCOUNT}");
        let run =
            ["run", "--strategy", STRATEGY_FILE, "--live", "--venue", VENUE, &confirmed, "--no-go-anyway=a drill"];
        self.host = Some(Process::start(self.folder.path(), &run, HOST_SAID)?);
        Ok(())
    }

    /// Kills the host as a crash does.
    pub(super) fn crash_host(&mut self) {
        if let Some(host) = self.host.take() {
            host.kill();
        }
    }

    /// Starts the host and waits until its orders rest at the venue. Returns false, with a step that says why, if none
    /// does.
    ///
    /// # Errors
    /// The process cannot be started, or the drill is interrupted.
    pub(super) fn start_trading(&mut self, steps: &mut Steps) -> Result<bool> {
        self.start_host()?;
        let since = Since::now();
        steps.wait("orders work", (since, READY), || match self.resting()? {
            0 => Err(self.why_nothing_works()),
            number => Ok(format!("{number} orders rest at the venue")),
        })
    }

    /// Returns why no order rests, as far as the host says.
    fn why_nothing_works(&self) -> String {
        match self.status() {
            Ok(status) if !status.refusals.is_empty() => {
                let codes: Vec<&str> = status.refusals.keys().map(String::as_str).collect();
                format!("the limits let none of the drill's orders leave: {}", codes.join(", "))
            }
            Ok(_) => "the host trades, and no order rests".to_owned(),
            Err(_) => self.last_line(),
        }
    }

    /// Returns what the host said last.
    pub(super) fn last_line(&self) -> String {
        let said = said(self.folder.path(), HOST_SAID);
        let error = said.lines().find(|line| line.starts_with("error"));
        error.or(said.lines().last()).unwrap_or("the host says nothing").to_owned()
    }

    /// Returns the host's status.
    pub(super) fn view(&self) -> Result<StatusView, String> {
        match ask(&self.account(), &Request::Status, &mut |_| {}) {
            Ok(Reply::Status(view)) => Ok(*view),
            Ok(_) => Err("its answer is no status".to_owned()),
            Err(_) => Err("the host does not answer".to_owned()),
        }
    }

    /// Returns the status of the host's loop.
    pub(super) fn status(&self) -> Result<Status, String> {
        self.view()?.status.ok_or_else(|| "the host has not begun".to_owned())
    }

    /// Says that the books agree and entries may leave; an error says why not.
    pub(super) fn trades_again(&self) -> Result<String, String> {
        let status = self.status()?;
        if let Some(reason) = status.reasons.first() {
            return Err(reason.clone());
        }
        match status.reconciliation {
            Some(compared) if compared.mismatches.is_empty() => Ok("the books agree with the venue's".to_owned()),
            Some(compared) => Err(compared.mismatches.join("; ")),
            None => Err("the books were not compared yet".to_owned()),
        }
    }

    /// Returns the orders of the account at the venue.
    pub(super) fn orders(&self) -> Result<Vec<Value>, String> {
        let ledger = self.http.get(&format!("http://{}/simulation/ledger", self.address), "")?.json();
        ledger["members"][0]["orders"].as_array().cloned().ok_or_else(|| "the venue shows no orders".to_owned())
    }

    /// Returns the number of orders that rest at the venue.
    pub(super) fn resting(&self) -> Result<usize, String> {
        Ok(self.orders()?.iter().filter(|order| order["status"] == "resting").count())
    }

    /// Lets the venue answer every request with 503, or as usual.
    pub(super) fn fail_venue(&self, fails: bool) -> Result<(), String> {
        let fault = json!({ "kind": "status", "status": 503, "body": true });
        let rules = if fails { json!([{ "endpoint": "*", "chance": 1.0, "fault": fault }]) } else { json!([]) };
        let url = format!("http://{}/simulation/faults", self.address);
        let answer = self.http.put(&url, &json!({ "rules": rules }))?;
        if answer.status == 200 { Ok(()) } else { Err(format!("the exchange takes no faults: {}", answer.text)) }
    }
}

/// Starts the exchange on the tape, with a clock that shows this machine's time. The time that a start takes is known
/// only afterwards: if the clock is off, the start is repeated with that correction.
fn exchange_on_time(folder: &Path, http: &Http, steps: &Steps) -> Result<(Process, String)> {
    let mut takes = Span::ZERO;
    for _ in 0..STARTS {
        let start = (now() + takes).to_string();
        let args = ["exchange", "--listen", "127.0.0.1:0", "--simulation", "--tape", "tape", "--seed", "7"];
        let args: Vec<&str> = args.into_iter().chain(["--start", start.as_str()]).collect();
        let mut exchange = Process::start(folder, &args, EXCHANGE_SAID)?;
        let address = loop {
            steps.rest(Duration::from_millis(50))?;
            let said = said(folder, EXCHANGE_SAID);
            if said.contains(REST_PREFIX) {
                break said.lines().find(|line| line.starts_with("127.0.0.1:")).unwrap_or_default().to_owned();
            }
            if exchange.has_ended() {
                return Err(Report::new(Kind::Internal, "the embedded exchange does not serve").because(said));
            }
        };
        let clock = http.get(&format!("http://{address}/simulation/clock"), "");
        let shown = clock.ok().and_then(|answer| answer.json()["now_ns"].as_i64());
        let behind = Span(now().0 - shown.unwrap_or_default());
        if behind.0.abs() <= OFF.0 {
            return Ok((exchange, address));
        }
        takes = Span(takes.0 + behind.0);
    }
    Err(Report::user("this machine is too busy to hold a drill").hint("try again when it is quieter"))
}

/// Returns the wall-clock time.
pub(super) fn now() -> Timestamp {
    Timestamp(host_system::clock::unix_nanos())
}

/// Returns what a process has said; nothing if that cannot be read.
fn said(folder: &Path, file: &str) -> String {
    let bytes = capped::read(&folder.join(file), capped::RESULTS).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}
