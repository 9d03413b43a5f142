//! How a run's end is told: its figures, what restricts trading, and why it ended.

use host_core::{Fault, TradingState};
use host_report::{Detail, Report as Figures, csv, table};

use super::drive::End;
use super::session::Session;
use crate::app::Context;
use crate::error::{Kind, Report, Result};
use crate::output::{self, Format};
use crate::strategy::fault_report;

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

/// What a user has to know beside the figures, taken from a session before it is concluded.
#[derive(Debug)]
pub struct Aftermath {
    trading: TradingState,
    /// By the strategy's name.
    faults: Vec<(String, Fault)>,
}

impl Aftermath {
    /// That of `session`.
    pub fn of(session: &Session) -> Aftermath {
        let engine = session.engine();
        let name = |slot| engine.manifest(slot).map_or_else(String::new, |manifest| manifest.name.clone());
        let faults = session.faults().iter().map(|(slot, fault)| (name(*slot), fault.clone())).collect();
        Aftermath { trading: engine.risk().state(), faults }
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

    /// What the run's end means for the exit code. The figures have been printed.
    ///
    /// # Errors
    /// A strategy's fault, even if others ran on; a damaged tape, or a disk that could take no more.
    pub fn end(&self, end: End, context: &Context) -> Result<()> {
        let what = match end {
            End::Feed => "the others ran on",
            End::Interrupted => {
                context.ui.say("stopped by Ctrl-C: the figures are those up to there");
                "the others ran on"
            }
            End::Faulted => "the run ended there",
            End::Damaged(error) => {
                return Err(Report::user("the tape cannot be read to its end: the figures are those up to there")
                    .because_of(&error));
            }
            End::Unwritable(report) => return Err(report),
        };
        // The last one ended the run, if any did.
        let Some(((name, fault), earlier)) = self.faults.split_last() else { return Ok(()) };
        let report = fault_report(&format!("the strategy `{name}` failed, and {what}"), fault);
        Err(earlier.iter().fold(report, |report, (name, fault)| {
            report.because(format!("before it, `{name}` failed: {}", fault.message))
        }))
    }
}
