//! A run as it lies on disk: a folder, a journal, the file of a result, or a live account.

use std::path::{Path, PathBuf};

use host_core::{Span, Timestamp};
use host_report::{Report, Window};
use host_session::capital::CapitalAtWork;
use host_session::past::capital_at_work;
use host_session::row_history::RowHistory;
use host_session::start::Start;
use host_store::journal::events::LoggedEvent;
use host_store::journal::{EQUITY_SPAN, EquityPoint, Journal, RunInfo};
use host_store::live::{JOURNAL_FILE as ACCOUNT_JOURNAL, account_summary};
use host_store::runs::{KeptRun, RunState, is_run};
use host_system::capped;

use crate::error::{EvaluateError, Result};

/// A run, opened for reading. It may be damaged or incomplete: `notes` say what cannot be computed then, and why.
#[derive(Debug)]
pub struct RunSource {
    /// The name by which it was asked for.
    pub name: String,
    /// The state of a kept run; `None` for a bare journal, a result and an account.
    pub state: Option<RunState>,
    /// The figures of the whole run, if it has ended.
    pub report: Option<Report>,
    /// The journal with the description of its run, if it can be read.
    pub journal: Option<(Journal, RunInfo)>,
    /// The start of its first session, if this host can read it.
    pub start: Option<Start>,
    /// Equity per five minutes, as if the present capital had been at work throughout.
    pub equity: Vec<EquityPoint>,
    /// The capital at work of an account; `None` of other runs, whose capital stays.
    pub(crate) capital: Option<CapitalAtWork>,
    /// Statements of what is missing or unusual.
    pub notes: Vec<String>,
    path: PathBuf,
    /// True while a process may be writing it.
    is_written: bool,
}

impl RunSource {
    /// Opens the run at `path`, called `name`.
    ///
    /// # Errors
    /// There is no run at the path, or nothing of it can be read.
    pub fn open(path: &Path, name: &str) -> Result<RunSource> {
        let mut source = RunSource {
            name: name.to_owned(),
            state: None,
            report: None,
            journal: None,
            start: None,
            equity: Vec::new(),
            capital: None,
            notes: Vec::new(),
            path: path.to_owned(),
            is_written: false,
        };
        if is_run(path) && !path.join(ACCOUNT_JOURNAL).is_file() {
            source.open_kept(KeptRun::open(path)?)?;
        } else if path.join(ACCOUNT_JOURNAL).is_file() {
            source.open_journal(&path.join(ACCOUNT_JOURNAL))?;
            source.is_written = has_open_session(path);
        } else if path.extension().is_some_and(|ending| ending == "json") {
            source.open_result(path)?;
        } else if path.is_file() {
            source.open_journal(path)?;
        } else {
            return Err(EvaluateError::NotARun(path.to_owned()));
        }
        Ok(source)
    }

    fn open_kept(&mut self, run: KeptRun) -> Result<()> {
        self.state = Some(run.state);
        self.is_written = run.state == RunState::Running;
        match run.state {
            RunState::Running => self.note("it is still being written: its figures end with what is there"),
            RunState::Broken => self.note("it was broken off: its figures end with what is there"),
            RunState::Ended => {}
        }
        let unread = |error: &dyn std::error::Error| {
            let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            format!("its report.json cannot be read ({cause}): figures are made anew")
        };
        match run.report().map(|report| report.map(serde_json::from_value::<Report>).transpose()) {
            Ok(Ok(report)) => self.report = report,
            Ok(Err(error)) => self.note(&unread(&error)),
            Err(error) => self.note(&unread(&error)),
        }
        match self.open_journal(&run.journal()) {
            Err(error) if self.report.is_some() => {
                self.note(&format!("{error}; only its figures are known, not its trades"));
                Ok(())
            }
            result => result,
        }
    }

    fn open_result(&mut self, path: &Path) -> Result<()> {
        let unread = |source| EvaluateError::Result { path: path.to_owned(), source };
        let text =
            capped::read_to_string(path, capped::RESULTS).map_err(|error| unread(serde_json::Error::io(error)))?;
        self.report = Some(serde_json::from_str(&text).map_err(unread)?);
        self.note("it is a result without a journal: only its figures are known, not its trades");
        Ok(())
    }

    fn open_journal(&mut self, path: &Path) -> Result<()> {
        let journal = Journal::open(path)?;
        let info = journal.run_info()?;
        if self.report.is_none() && !info.mode.is_account() {
            let summary = journal.summary().unwrap_or_default();
            self.report = summary.and_then(|summary| serde_json::from_value(summary).ok());
        }
        match journal.steps().next() {
            Some(Ok(step)) => {
                if let LoggedEvent::Start(start) = step.event {
                    match Start::from_json(start) {
                        Ok(start) => self.start = Some(start),
                        Err(error) => self.note(&format!("its start cannot be read: {error}")),
                    }
                }
            }
            Some(Err(error)) => self.note(&error.to_string()),
            None => self.note("its journal has no events"),
        }
        if info.mode.is_account() {
            match capital_at_work(&journal) {
                Ok(capital) => self.capital = Some(capital),
                Err(error) => self.note(&format!("changes of its capital cannot be read: {error}")),
            }
        }
        match journal.equity() {
            Ok(equity) => {
                self.equity = match &self.capital {
                    Some(capital) => capital.points(equity),
                    None => equity,
                };
            }
            Err(error) => self.note(&format!("its equity cannot be read: {error}")),
        }
        self.journal = Some((journal, info));
        Ok(())
    }

    pub(crate) fn note(&mut self, note: &str) {
        self.notes.push(note.to_owned());
    }

    /// Returns the description of the run, if it has a journal.
    pub fn info(&self) -> Option<&RunInfo> {
        self.journal.as_ref().map(|(_, info)| info)
    }

    /// Returns the period that it traded; `None` if it has traded at no time.
    pub fn period(&self) -> Option<Window> {
        if let Some(report) = self.report.as_ref().filter(|report| report.start.is_some()) {
            return report.window();
        }
        let traded = self.start.as_ref().map_or(Timestamp(i64::MIN), Start::trade_from);
        let first = self.equity.iter().map(|point| point.start).find(|start| *start + EQUITY_SPAN > traded)?;
        // The last point of a run that is still written goes on while it is read.
        let last = self.equity.last()?.start + if self.is_written { Span::ZERO } else { EQUITY_SPAN };
        Window::new(first.max(traded), last)
    }

    /// Returns true if the capital at work was changed in `window`.
    pub(crate) fn capital_changed(&self, window: Window) -> bool {
        let live = self.journal.as_ref().filter(|(_, info)| info.mode.is_account());
        live.is_some_and(|(journal, _)| journal.capital_changed(window.from(), window.until()).unwrap_or(false))
    }

    /// Returns the rows of the run, wherever they are kept.
    ///
    /// # Errors
    /// They are nowhere, or elsewhere than they were.
    pub fn rows(&self) -> Result<RowHistory> {
        let Some((journal, info)) = &self.journal else { return Err(EvaluateError::NotARun(self.path.clone())) };
        let tape = self.start.as_ref().and_then(|start| start.tape.as_ref());
        Ok(RowHistory::open(journal.path(), info.mode, tape, None)?)
    }

    /// Returns the interval between its polls, as far as it is known.
    pub fn poll(&self) -> Option<Span> {
        self.start.as_ref().map(|start| start.poll_interval)
    }
}

/// Returns true if the last session of the account in `folder` has no end: its host runs still, or was killed.
fn has_open_session(folder: &Path) -> bool {
    let summary = account_summary(folder).ok();
    summary.and_then(|summary| summary.session).is_some_and(|(_, ended)| ended.is_none())
}
