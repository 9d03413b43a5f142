//! The findings about a paper run, in figures.

use std::collections::{BTreeMap, BTreeSet};

use host_core::{Timestamp, Usd};
use host_report::Window;
use host_session::SessionError;
use host_session::stage::days_traded;
use host_store::journal::{Mode, StrategyInfo};
use host_store::live::account_history;
use host_store::runs::RunState;

use super::interval::{Interval, of_profit_factor};
use super::paper_runs::{PaperRun, written};
use super::same_strategies::differences;
use crate::calibrate::estimate::Z;
use crate::error::Result;
use crate::review::{Baseline, review};
use crate::run::{RunSource, RunView, TripEnd};

/// The findings about a paper run.
#[derive(Clone, Debug, PartialEq)]
pub struct Papered {
    /// The run's name, as commands take it.
    pub name: String,
    /// The kind of its markets, as text for people.
    pub data: String,
    /// True if its markets were made up and its time was not the real one, as on the embedded exchange.
    pub made_up: bool,
    /// Differences between its strategies and those that are to trade.
    pub other: Vec<String>,
    /// UTC days of which at least half were traded.
    pub days: u64,
    /// Crashes and faults, each with its number.
    pub crashes: BTreeMap<String, u64>,
    /// The part of its time that lacks polls.
    pub gaps: f64,
    /// Wall-clock time of its end; `None` while it runs.
    pub ended: Option<Timestamp>,
    pub profit: Usd,
    pub max_drawdown: Usd,
    /// The limit of the drawdown that it ran with.
    pub drawdown_limit: Option<Usd>,
    pub trades: u64,
    /// Number of markets in which it closed trades.
    pub markets: u64,
    pub profit_factor: Option<f64>,
    pub profit_factor_interval: Option<Interval>,
    /// Advantage of its forecasts over the market's, with its interval; `None` without forecasts that were resolved.
    pub advantage: Option<(f64, Interval)>,
    pub fill_rate: Option<f64>,
    /// Comparisons of its books with its venue's ledger, and those that found a difference; `None` where it has no
    /// venue of its own.
    pub compared: Option<(u64, u64)>,
    /// The profit by its figures less that of its fills.
    pub off_by: Option<Usd>,
}

impl Papered {
    /// Reads `run`, opened as `source`, which is to speak for the strategies `wanted`. `running` is true while a
    /// process trades it. `None` if it has traded at no time.
    ///
    /// # Errors
    /// Its sessions cannot be read.
    pub fn read(run: &PaperRun, source: &RunSource, wanted: &[StrategyInfo], running: bool) -> Result<Option<Papered>> {
        let Some(own) = source.period() else { return Ok(None) };
        let from = run.since.map_or(own.from(), |since| since.max(own.from()));
        let Some(window) = Window::new(from, own.until()) else { return Ok(None) };
        let view = RunView::load(source, window);
        let review = review(source, window, Baseline::default());
        let points: Vec<_> = source.equity.iter().filter(|point| point.start >= from).copied().collect();
        let gaps: i64 = review.health.gaps.iter().map(|gap| gap.seconds).sum();
        let is_account = source.info().is_some_and(|info| info.mode.is_account());
        let mut crashes = BTreeMap::new();
        let mut add = |what: &str, number: u64| {
            if number > 0 {
                crashes.insert(what.to_owned(), number);
            }
        };
        add("strategy faults", review.health.faults);
        add("runs broken off", u64::from(source.state == Some(RunState::Broken)));
        if is_account {
            let sessions = account_history(&run.path).map_err(SessionError::from)?.sessions;
            let over = &sessions[..sessions.len() - usize::from(running && !sessions.is_empty())];
            let broken = over.iter().filter(|session| session.started >= from && session.ended.is_none());
            add("sessions broken off", broken.count() as u64);
        }
        let journal = source.journal.as_ref().map(|(journal, _)| journal.path().to_owned());
        let ended = source.info().and_then(|info| info.ended).or_else(|| written(&journal?));
        Ok(Some(Papered {
            name: source.name.clone(),
            data: source.info().map(|info| info.data.clone()).unwrap_or_default(),
            made_up: source.info().is_some_and(|info| info.mode == Mode::Paper),
            other: differences(wanted, &run.strategies),
            days: days_traded(&points),
            crashes,
            gaps: gaps as f64 / window.length().as_seconds(),
            ended: ended.filter(|_| !running),
            compared: is_account.then(|| {
                let count = |found: Option<u64>| found.unwrap_or_default();
                (count(review.health.comparisons), count(review.health.differing))
            }),
            drawdown_limit: source.start.as_ref().map(|start| start.limits.max_drawdown),
            ..Papered::figures(&view)
        }))
    }

    /// Returns what the figures and the trades of `view` show; the rest is empty.
    fn figures(view: &RunView) -> Papered {
        let report = &view.report;
        let trips = view.trips.as_deref().unwrap_or_default();
        let closed = || trips.iter().filter(|trip| trip.end != TripEnd::Open);
        let event = |trip: &crate::run::RoundTrip| {
            let market = view.markets.iter().find(|market| market.id == trip.market);
            market.map_or_else(|| view.ticker(trip.market), |market| market.event.clone())
        };
        let events: Vec<(String, Usd)> = closed().map(|trip| (event(trip), trip.net())).collect();
        let by_fills: Option<Usd> = view.trips.as_ref().map(|trips| trips.iter().map(|trip| trip.net()).sum());
        let forecasts = report.probabilities.and_then(|scores| {
            let (advantage, error) = scores.brier_advantage.zip(scores.brier_advantage_error)?;
            let reach = Z * error;
            Some((advantage, Interval { lower: advantage - reach, upper: advantage + reach }))
        });
        Papered {
            name: String::new(),
            data: String::new(),
            made_up: false,
            other: Vec::new(),
            days: 0,
            crashes: BTreeMap::new(),
            gaps: 0.0,
            ended: None,
            profit: report.net_pnl.0,
            max_drawdown: report.max_drawdown.0,
            drawdown_limit: None,
            trades: report.trades,
            markets: closed().map(|trip| trip.market).collect::<BTreeSet<_>>().len() as u64,
            profit_factor: report.profit_factor,
            profit_factor_interval: of_profit_factor(events.iter().map(|(event, net)| (event.as_str(), *net))),
            advantage: forecasts,
            fill_rate: report.fill_rate,
            compared: None,
            off_by: by_fills.map(|fills| report.net_pnl.0 - fills),
        }
    }
}
