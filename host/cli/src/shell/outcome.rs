//! How a run's end is told: its figures, what restricts trading, and why it ended.

use host_core::TradingState;
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

/// What restricts trading at the end of `session`, if anything does.
pub fn restriction(session: &Session) -> Option<TradingState> {
    Some(session.engine().risk().state()).filter(|state| *state != TradingState::Active)
}

/// Says that trading was restricted when the run ended: figures after that would mislead whoever does not know.
pub fn say_restriction(restriction: Option<TradingState>, context: &Context) {
    match restriction {
        None | Some(TradingState::Active) => {}
        Some(TradingState::Reduce) => {
            context.ui.say("note: at the end, the risk manager let only orders out that reduce a position");
        }
        Some(TradingState::Halted) => context.ui.say("note: at the end, trading was halted"),
    }
}

/// What the run's end means for the exit code. The figures have been printed.
///
/// # Errors
/// A strategy's fault, a damaged tape, or a disk that could take no more.
pub fn end(end: End, context: &Context) -> Result<()> {
    match end {
        End::Feed => Ok(()),
        End::Interrupted => {
            context.ui.say("stopped by Ctrl-C: the figures are those up to there");
            Ok(())
        }
        End::Faulted(fault) => Err(fault_report("the strategy failed, and the run ended there", &fault)),
        End::Damaged(error) => {
            Err(Report::user("the tape cannot be read to its end: the figures are those up to there")
                .because_of(&error))
        }
        End::Unwritable(report) => Err(report),
    }
}
