//! Tapes that tests share, and reports read back.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use super::environment::Environment;
use super::strategies::environment;

/// A tape of synthetic markets; deleted when no test holds it any more.
pub struct SharedTape {
    environment: Environment,
}

impl SharedTape {
    /// The tape's folder.
    pub fn path(&self) -> String {
        self.environment.path("tape").display().to_string()
    }
}

/// The arguments that the shared tape is generated with.
pub const TAPE: &str = "--markets 6 --for 40d --poll 5m --seed 3 --start 2026-01-01";

/// Returns the shared tape: six markets, forty days, polled every five minutes.
pub fn tape() -> Arc<SharedTape> {
    static TAPE_HELD: Mutex<Weak<SharedTape>> = Mutex::new(Weak::new());
    let mut held = TAPE_HELD.lock().unwrap_or_else(PoisonError::into_inner);
    held.upgrade().unwrap_or_else(|| {
        let environment = environment();
        environment.run(&format!("data generate {TAPE} --out tape")).success();
        let shared = Arc::new(SharedTape { environment });
        *held = Arc::downgrade(&shared);
        shared
    })
}

/// Writes quotes as CSV, from seconds after midnight of 2026-01-05, ticker, bid and ask in cents.
pub fn quotes_csv(rows: impl IntoIterator<Item = (i64, &'static str, i64, i64)>) -> String {
    let midnight = 1_767_571_200;
    let lines =
        rows.into_iter().map(|(second, ticker, bid, ask)| format!("{},{ticker},{bid},{ask}\n", midnight + second));
    std::iter::once("time,market,bid,ask\n".to_owned()).chain(lines).collect()
}

/// Imports quotes as written by [`quotes_csv`] into the tape `tape`.
pub fn import(environment: &Environment, csv: &str) {
    environment.write("quotes.csv", csv);
    environment.run("data import quotes.csv --out tape --price-unit cents").success();
}

/// Reads a report from `json`.
pub fn figures(json: &str) -> host_report::Report {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{error} in:\n{json}"))
}

/// Removes the two figures that depend on the clock from a JSON report.
pub fn without_clock(json: &str) -> String {
    let clock =
        |line: &&str| ["\"seconds\":", "\"updates_per_second\":"].iter().any(|key| line.trim().starts_with(key));
    json.lines().filter(|line| !clock(line)).map(|line| format!("{line}\n")).collect()
}
