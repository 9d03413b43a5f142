//! A former run, read back from its journal: its description, figures, course and equity. Nothing is decided again;
//! a journal that this host's engine cannot replay is read like any other.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use host_core::engine::EngineSnapshot;
use host_core::risk::RiskLimits;
use host_core::{MarketId, Span, Timestamp, Usd};
use host_report::{Column, Course, Recorder, RecorderSettings, Report, RunFigures, Window};
use host_store::journal::events::{LoggedEvent, LoggedStep};
use host_store::journal::{Journal, JournalError, Mode, RunInfo};
use host_store::kept_scores::{self, KeptScoresError};
use host_store::lines::{self, LinePoint};
use host_store::live::{account_lines, account_summary};

use crate::capital::CapitalAtWork;
use crate::error::{Reason, Result, SessionError, with_causes};
use crate::row_history::RowHistory;
use crate::start::{Beginning, Start};
use crate::tape_ref::TapeRef;

/// A run as its journal tells it.
#[derive(Clone, Debug)]
pub struct Past {
    pub info: RunInfo,
    /// The figures: those that the run ended with, or a live account's up to the last state that its host kept.
    pub report: Report,
    /// The course of it, with the prices of the markets that made or lost most.
    pub course: Course,
    /// The equity within the window, in 1/10,000,000,000 dollar.
    pub equity: Vec<Column>,
    /// The limits in force at the last start.
    pub limits: RiskLimits,
    /// The time between polls.
    pub poll: Span,
    /// The reason why there are no prices, if there are none.
    pub no_prices: Option<String>,
}

/// Reads the run of `journal`, with the prices of the `markets` markets that made or lost most. `tape` is where a back
/// test's tape lies now, if it was moved.
///
/// # Errors
/// The journal cannot be read, or its run has no figures: it was broken off.
pub fn read(journal: &Journal, tape: Option<&Path>, markets: usize) -> Result<Past> {
    let info = journal.run_info().map_err(SessionError::JournalNotRead)?;
    let first = first_start(journal)?;
    let (report, mut course, start) = match info.mode {
        Mode::Backtest | Mode::Paper => {
            let report = kept_figures(journal)?;
            let window = report.window().unwrap_or_else(|| Window::moment(first.trade_from()));
            let course = course_of(journal, Course::new(window))?;
            (report, course, first.clone())
        }
        Mode::Live | Mode::PaperAtVenue => account(journal, &info, &first)?,
    };
    course.follow(notable(&report, &course, &info, markets));
    let read = show_prices(journal, (info.mode, start.tape.as_ref(), tape), &mut course);
    let window = course.window();
    let mut equity = journal.equity().map_err(SessionError::JournalNotRead)?;
    equity.retain(|point| (window.from()..window.until()).contains(&point.start));
    let capital = CapitalAtWork::read(journal, capital(&first, report.start_equity.0))?;
    let equity = equity.iter().filter(|point| capital.is_steady_in(point)).map(|point| capital.column(point)).collect();
    let no_prices = read.err().map(|error| with_causes(&error));
    let Start { limits, poll_interval: poll, .. } = start;
    Ok(Past { info, report, course, equity, limits, poll, no_prices })
}

/// Adds the scores in the file `path` to the course of `past`, as a back test has written them.
///
/// # Errors
/// The file cannot be read.
pub fn add_scores(past: &mut Past, path: &Path) -> std::result::Result<(), KeptScoresError> {
    let ids: BTreeMap<String, MarketId> =
        past.info.markets.iter().map(|market| (market.ticker.clone(), market.id)).collect();
    kept_scores::read(path, &mut |time, ticker, score| {
        if let Some(market) = ids.get(ticker) {
            past.course.on_score(*market, time, score);
        }
    })
}

/// Adds the lines that strategies drew in the run or the account in `folder` to the course of `past`: a live account
/// keeps them in its journal. Of several strategies with lines in one market, those of the first slot by name are
/// taken.
///
/// # Errors
/// They cannot be read.
pub fn add_lines(past: &mut Past, folder: &Path) -> Result<()> {
    let points = match past.info.mode {
        Mode::Live | Mode::PaperAtVenue => account_lines(folder)?,
        Mode::Backtest | Mode::Paper => lines::read(folder).map_err(SessionError::LinesNotRead)?,
    };
    let ids: BTreeMap<&str, MarketId> =
        past.info.markets.iter().map(|market| (market.ticker.as_str(), market.id)).collect();
    let mut slots: BTreeMap<MarketId, String> = BTreeMap::new();
    for LinePoint { time, slot, market, name, value } in points {
        let Some(&market) = ids.get(market.as_str()) else { continue };
        if *slots.entry(market).or_insert_with(|| slot.clone()) == slot {
            past.course.on_line(market, time, &name, value);
        }
    }
    Ok(())
}

/// Returns the start of the first session.
fn first_start(journal: &Journal) -> Result<Start> {
    match journal.steps().next().transpose().map_err(SessionError::JournalNotRead)? {
        Some(LoggedStep { event: LoggedEvent::Start(start), .. }) => Start::from_json(start),
        _ => Err(SessionError::JournalInconsistent("it does not begin with a start".into())),
    }
}

/// Returns the figures that the run ended with.
fn kept_figures(journal: &Journal) -> Result<Report> {
    let summary = journal.summary().map_err(SessionError::JournalNotRead)?;
    let summary = summary.ok_or(SessionError::NoFigures(Reason("the run goes on, or was broken off".to_owned())))?;
    serde_json::from_value(summary).map_err(|error| SessionError::NoFigures(Reason(error.to_string())))
}

fn course_of(journal: &Journal, mut course: Course) -> Result<Course> {
    for record in journal.records_of(&Course::RECORDS) {
        course.record(&record.map_err(SessionError::JournalNotRead)?);
    }
    Ok(course)
}

/// Returns the figures and the course of a live account up to the last state that its host kept, and its last start.
fn account(journal: &Journal, info: &RunInfo, first: &Start) -> Result<(Report, Course, Start)> {
    let (snapshot, last) = (last_state(journal)?, last_start(journal, first)?);
    let started = info.started.min(snapshot.now());
    let until = Timestamp(snapshot.now().0.saturating_add(1));
    let window = Window::new(started, until).unwrap_or_else(|| Window::moment(started));
    let mut strategies = Vec::new();
    for strategy in &info.strategies {
        let place = usize::from(strategy.slot.0);
        strategies.resize(strategies.len().max(place + 1), String::new());
        strategies[place].clone_from(&strategy.name);
    }
    let from = Beginning::Restored { snapshot, open_since: None };
    let engine = Start { from, ..last.clone() }.engine(&info.markets)?;
    let settings = RecorderSettings { start_equity: engine.portfolio().start(), window };
    let capital = CapitalAtWork::read(journal, capital(first, engine.portfolio().start()))?;
    let (recorder, course, seen) = match record_steps(journal, settings, &capital) {
        // Rows are lost with the recording; figures but those of later prices need none.
        Err(SessionError::JournalNotRead(JournalError::PollLost { .. })) => {
            record_records(journal, settings, &capital)?
        }
        recorded => recorded?,
    };
    let figures =
        RunFigures { updates: seen.rows, polls: seen.polls, strategies, ..RunFigures::of(engine.portfolio()) };
    Ok((recorder.finish(&figures, &info.markets), course, last))
}

/// Returns the capital at work in the run of `journal`, from its beginning on.
///
/// # Errors
/// The journal cannot be read, or does not begin with a start.
pub fn capital_at_work(journal: &Journal) -> Result<CapitalAtWork> {
    CapitalAtWork::read(journal, capital(&first_start(journal)?, Usd::ZERO))
}

/// Returns the capital at the beginning of a run.
fn capital(first: &Start, start: Usd) -> Usd {
    match first.from {
        Beginning::Fresh { capital, .. } => capital,
        Beginning::Restored { .. } => start,
    }
}

/// Returns the engine's state that the last host of an account kept.
fn last_state(journal: &Journal) -> Result<EngineSnapshot> {
    let none = |why: &str| SessionError::NoFigures(Reason(why.to_owned()));
    let folder = journal.path().parent().unwrap_or(Path::new(""));
    let summary = account_summary(folder).map_err(|error| none(&error.to_string()))?;
    let kept = summary.snapshot.ok_or_else(|| none("its host has not kept a state yet"))?;
    if !(EngineSnapshot::OLDEST..=EngineSnapshot::VERSION).contains(&kept.version) {
        return Err(none("another version of the host kept its state"));
    }
    serde_json::from_str(&kept.body).map_err(|error| none(&error.to_string()))
}

/// Returns the start of the last session.
fn last_start(journal: &Journal, first: &Start) -> Result<Start> {
    let last = journal.last_start().map_err(SessionError::JournalNotRead)?;
    last.map_or_else(|| Ok(first.clone()), Start::from_json)
}

/// Number of rows and polls that an account has seen.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    rows: u64,
    polls: u64,
}

fn record_steps(
    journal: &Journal,
    settings: RecorderSettings,
    capital: &CapitalAtWork,
) -> Result<(Recorder, Course, Seen)> {
    let (mut recorder, mut course) = (Recorder::new(settings), Course::new(settings.window));
    let mut seen = Seen::default();
    for step in journal.steps() {
        let step = step.map_err(SessionError::JournalNotRead)?;
        if let LoggedEvent::Poll(rows) = &step.event {
            seen = Seen { rows: seen.rows + rows.len() as u64, polls: seen.polls + 1 };
            if recorder.pending_markouts() {
                recorder.on_quotes(&rows.all());
            }
        }
        for record in step.records {
            let record = capital.record(record);
            recorder.record(&record);
            course.record(&record);
        }
    }
    Ok((recorder, course, seen))
}

fn record_records(
    journal: &Journal,
    settings: RecorderSettings,
    capital: &CapitalAtWork,
) -> Result<(Recorder, Course, Seen)> {
    let (mut recorder, mut course) = (Recorder::new(settings), Course::new(settings.window));
    for record in journal.records() {
        let record = capital.record(record.map_err(SessionError::JournalNotRead)?);
        recorder.record(&record);
        course.record(&record);
    }
    Ok((recorder, course, Seen::default()))
}

/// Returns the traded markets that made or lost most.
fn notable(report: &Report, course: &Course, info: &RunInfo, most: usize) -> Vec<MarketId> {
    let profit = |market: MarketId| {
        let ticker = info.markets.get(market.index()).map(|market| market.ticker.as_str());
        let line = report.by_market.iter().find(|line| Some(line.name.as_str()) == ticker);
        line.and_then(|line| line.net_pnl).map_or(Usd::ZERO, |money| money.0.abs())
    };
    let mut traded: Vec<(Usd, bool, MarketId)> =
        course.markets.iter().map(|(id, market)| (profit(*id), !market.fills.is_empty(), *id)).collect();
    traded.sort_by_key(|(profit, filled, id)| (std::cmp::Reverse((*profit, *filled)), *id));
    traded.into_iter().take(most).map(|(.., id)| id).collect()
}

/// Shows `course` the rows of the markets that it follows, if it follows any. A back test of `mode` refers to a tape,
/// which lies elsewhere if it was moved.
fn show_prices(
    journal: &Journal,
    (mode, tape, elsewhere): (Mode, Option<&TapeRef>, Option<&Path>),
    course: &mut Course,
) -> Result<()> {
    let followed: BTreeSet<MarketId> = course.followed().collect();
    if followed.is_empty() {
        return Ok(());
    }
    let rows = RowHistory::open(journal.path(), mode, tape, elsewhere)?;
    let window = course.window().from()..course.window().until();
    rows.within(&[window], Some(&followed), &mut |rows| course.on_quotes(&rows))
}
