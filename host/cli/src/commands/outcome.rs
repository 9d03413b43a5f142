//! The end of a run: prints its figures and restrictions of trading, and turns its end into the command's result.

use std::io::IsTerminal as _;

use host_core::{Fault, SlotId, TradingState};
use host_report::{Detail, Report as Figures, csv, sparkline, table};
use host_session::SessionError;
use host_session::drive::RunEnd;
use host_session::kept_run::{KeptPaths, KeptRun};
use host_session::session::Session;

use crate::context::Context;
use crate::strategies::load::fault_report;
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::interrupt::cut_short;
use crate::terminal::output::{self, Format};

/// Prints the figures to stdout.
///
/// # Errors
/// Stdout cannot be written to.
pub fn print(figures: &Figures, format: Format, full: bool) -> Result<()> {
    match format {
        Format::Json => output::print_json(figures),
        Format::Table => {
            let text = table(figures, if full { Detail::Full } else { Detail::Short });
            // A picture for people: in a file or a pipe it would be noise.
            let equity = sparkline(figures).filter(|_| std::io::stdout().is_terminal());
            output::print(&equity.map_or(text.clone(), |line| format!("{text}\n{line}")))
        }
        Format::Csv => {
            let text =
                csv(figures).map_err(|error| Report::new(Kind::Internal, "cannot write CSV").because_of(&error))?;
            output::print_csv(text)
        }
    }
}

/// Says where a run is kept: its folder, and the journal if that is elsewhere.
pub fn print_kept(kept: Option<KeptPaths>, context: &Context) {
    let Some(KeptPaths { folder, journal, notes }) = kept else { return };
    notes.iter().for_each(|note| context.ui.say(&format!("note: {note}")));
    if let Some(journal) = journal {
        context.ui.say(&format!("journal: {}", journal.display()));
    }
    context.ui.say(&format!("kept in {}", folder.display()));
}

/// Returns the end of a run, with what was kept of it.
///
/// # Errors
/// Its strategy looked ahead: then nothing is kept, since no figure counts.
pub fn refuse_look_ahead(end: RunEnd, kept: Option<KeptRun>) -> Result<(RunEnd, Option<KeptRun>)> {
    let RunEnd::LookedAhead(difference) = end else { return Ok((end, kept)) };
    let report = Report::from(SessionError::LookedAhead(difference));
    Err(match kept.map(KeptRun::discard) {
        Some(Err(error)) => report.because("what was kept of the run cannot be removed").because_of(&error),
        _ => report,
    })
}

/// Facts that users need beside the figures, taken from a session before it is concluded.
#[derive(Debug)]
pub struct RunOutcome {
    trading: TradingState,
    /// Each with its slot's name, in the order in which they happened.
    faults: Vec<(String, Fault)>,
    /// Strategies that were made again after a fault, and slots that their own limits stopped: one line each.
    notes: Vec<String>,
    /// The positions that were to be closed and could not be: one line each.
    blocked_exits: Vec<String>,
}

impl RunOutcome {
    pub fn of(session: &Session) -> RunOutcome {
        let engine = session.engine();
        let name = |slot| engine.slot_name(slot).to_owned();
        let faults = session.faults().iter().map(|(slot, fault)| (name(*slot), fault.clone())).collect();
        let blocked = engine.blocked_exits().map(|exit| {
            let ticker = engine.market(exit.market).map_or("", |market| market.ticker.as_str());
            exit.describe(ticker)
        });
        let restarts = session.restarts().iter().map(|(slot, fault)| {
            format!("the strategy `{}` failed and was made again: {}", name(*slot), fault.message)
        });
        let slots = (0..).map(SlotId).zip(engine.slot_names());
        let stopped = slots.flat_map(|(slot, name)| {
            let reasons = engine.risk().slot_reasons(slot);
            reasons.into_iter().map(move |reason| format!("at the end, slot {name} opened nothing: {reason}"))
        });
        let notes = restarts.chain(stopped).collect();
        RunOutcome { trading: engine.risk().state(), faults, notes, blocked_exits: blocked.collect() }
    }

    /// Prints a note if trading was restricted when the run ended, or a position could not be closed. Without it the
    /// figures would mislead.
    pub fn print_restriction(&self, context: &Context) {
        for note in &self.notes {
            context.ui.say(&format!("note: {note}"));
        }
        for blocked in &self.blocked_exits {
            context.ui.say(&format!("note: at the end, {blocked}"));
        }
        match self.trading {
            TradingState::Active => {}
            TradingState::Reduce => {
                context.ui.say("note: at the end, the risk manager allowed only orders that reduce a position");
            }
            TradingState::Halted => context.ui.say("note: at the end, trading was halted"),
        }
    }

    /// Turns the run's end into the command's result. The figures have been printed.
    ///
    /// # Errors
    /// A strategy failed, even if others went on; the run was cut short; the tape is damaged; or a file cannot be
    /// written.
    pub fn end(&self, end: RunEnd) -> Result<()> {
        let what = match end {
            RunEnd::Feed => "the others went on",
            RunEnd::Interrupted(signal) => return Err(cut_short(signal, "the figures end there")),
            RunEnd::Faulted => "the run ended there",
            RunEnd::LookedAhead(difference) => return Err(SessionError::LookedAhead(difference).into()),
            RunEnd::Damaged(error) => {
                return Err(Report::user("the tape cannot be read to its end: the figures end at the damage")
                    .because_of(&error));
            }
            RunEnd::Unwritable(error) => return Err(error.into()),
        };
        // The last fault is the one that ended the run, if one did.
        let Some(((name, fault), earlier)) = self.faults.split_last() else { return Ok(()) };
        let report = fault_report(&format!("the strategy `{name}` failed, and {what}"), fault);
        Err(earlier.iter().fold(report, |report, (name, fault)| {
            report.because(format!("before that, `{name}` failed: {}", fault.message))
        }))
    }
}
