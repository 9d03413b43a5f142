//! The subject of a tear sheet.

use host_core::risk::RiskLimits;
use host_core::{Market, MarketId, Span, Timestamp};
use host_report::{Column, Course, Report};

/// A run, with everything that its tear sheet shows.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    pub report: &'a Report,
    pub course: &'a Course,
    /// Equity over time, in 1/10,000,000,000 dollar.
    pub equity: &'a [Column],
    /// The markets by number.
    pub markets: &'a [Market],
    /// The limits in force at the last start.
    pub limits: &'a RiskLimits,
    /// The time between polls.
    pub poll: Span,
    /// The reason why there are no prices, if there are none.
    pub no_prices: Option<&'a str>,
    /// The actions by hand and the notes; `None` for a run that keeps no such log.
    pub by_hand: Option<&'a [HandEntry]>,
    pub origin: &'a RunOrigin,
}

/// An entry of the operator's log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandEntry {
    pub time: Timestamp,
    pub who: String,
    /// The action in one word.
    pub what: String,
    pub reason: String,
}

/// The facts that make a run again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunOrigin {
    /// Name of the run or the account.
    pub name: String,
    /// The command line, with the program's name.
    pub command: String,
    /// Version of the host.
    pub engine_version: String,
    /// The venue's environment that a live account trades in; `None` for a run on simulated fills.
    pub environment: Option<String>,
    /// The source of the market data, in words.
    pub data: String,
    /// Digest of the market data; empty if it has none.
    pub data_digest: String,
    /// Folder of the tape, if there is one.
    pub tape: Option<String>,
    /// SHA-256 of the configuration, in hexadecimal; empty if nobody kept it.
    pub config_digest: String,
    /// The configuration, as TOML.
    pub config: String,
    pub seed: u64,
    pub strategies: Vec<RunStrategy>,
    /// The journal.
    pub journal: String,
}

/// A strategy that took part in a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunStrategy {
    pub name: String,
    pub version: String,
    /// SHA-256 of the component, in hexadecimal.
    pub sha256: String,
    /// All parameters as text, in the order of their names.
    pub parameters: Vec<ParameterText>,
}

/// A parameter of a strategy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParameterText {
    pub name: String,
    pub value: String,
    /// True if it is not the default.
    pub changed: bool,
}

impl<'a> Subject<'a> {
    /// Returns the title of a market, or what it is called where it has none.
    pub(super) fn title(&self, market: MarketId) -> String {
        let found = self.markets.get(market.index());
        found.map_or_else(|| format!("market {}", market.0), |market| market.shown_title().to_owned())
    }

    /// Returns a market's ticker.
    pub(super) fn ticker(&self, market: MarketId) -> &'a str {
        self.markets.get(market.index()).map_or("", |market| market.ticker.as_str())
    }
}
