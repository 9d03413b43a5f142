//! The end of a run as the user reads it: its figures, restrictions of trading, and the reason.

use host_core::{Fault, TradingState};
use host_report::{Detail, Report as Figures, csv, table};
use host_session::drive::RunEnd;
use host_session::session::Session;

use crate::context::Context;
use crate::strategies::load::fault_report;
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::output::{self, Format};

/// Prints the figures to stdout.
///
/// # Errors
/// Stdout cannot be written to.
pub fn print(figures: &Figures, format: Format, full: bool) -> Result<()> {
    match format {
        Format::Json => output::print_json(figures),
        Format::Table => output::print(&table(figures, if full { Detail::Full } else { Detail::Short })),
        Format::Csv => {
            let text =
                csv(figures).map_err(|error| Report::new(Kind::Internal, "cannot write CSV").because_of(&error))?;
            output::print(&text)
        }
    }
}

/// The facts that a user needs beside the figures, taken from a session before it is concluded.
#[derive(Debug)]
pub struct RunOutcome {
    trading: TradingState,
    /// By the strategy's name.
    faults: Vec<(String, Fault)>,
}

impl RunOutcome {
    /// That of `session`.
    pub fn of(session: &Session) -> RunOutcome {
        let engine = session.engine();
        let name = |slot| engine.manifest(slot).map_or_else(String::new, |manifest| manifest.name.clone());
        let faults = session.faults().iter().map(|(slot, fault)| (name(*slot), fault.clone())).collect();
        RunOutcome { trading: engine.risk().state(), faults }
    }

    /// Says that trading was restricted when the run ended: figures after that would mislead whoever does not know.
    pub fn say_restriction(&self, context: &Context) {
        match self.trading {
            TradingState::Active => {}
            TradingState::Reduce => {
                context.ui.say("note: at the end, the risk manager let only orders out that reduce a position");
            }
            TradingState::Halted => context.ui.say("note: at the end, trading was halted"),
        }
    }

    /// Turns the run's end into the command's result. The figures have been printed.
    ///
    /// # Errors
    /// A strategy's fault, even if others ran on; a damaged tape, or a disk that could take no more.
    pub fn end(&self, end: RunEnd, context: &Context) -> Result<()> {
        let what = match end {
            RunEnd::Feed => "the others ran on",
            RunEnd::Interrupted => {
                context.ui.say("stopped by Ctrl-C: the figures are those up to there");
                "the others ran on"
            }
            RunEnd::Faulted => "the run ended there",
            RunEnd::Damaged(error) => {
                return Err(Report::user("the tape cannot be read to its end: the figures are those up to there")
                    .because_of(&error));
            }
            RunEnd::Unwritable(error) => return Err(error.into()),
        };
        // The last one ended the run, if any did.
        let Some(((name, fault), earlier)) = self.faults.split_last() else { return Ok(()) };
        let report = fault_report(&format!("the strategy `{name}` failed, and {what}"), fault);
        Err(earlier.iter().fold(report, |report, (name, fault)| {
            report.because(format!("before it, `{name}` failed: {}", fault.message))
        }))
    }
}
