//! `host report`: the figures of a run, on the terminal or as a tear sheet.

mod gather;

use std::path::PathBuf;

use host_session::past::add_scores;

use self::gather::Gathered;
use super::{named_run, outcome, page_file};
use crate::context::Context;
use crate::terminal::error::{Report, Result};
use crate::terminal::output::Format;

/// Show the figures of a run, or write them as a tear sheet
///
/// RUN is a back test, a paper run or a live account. A live account is shown as of the last state that its host kept:
/// that of its end, or of a few minutes ago while it runs.
///
/// The tear sheet is one HTML file. It needs no network and no script, reads on a phone as on paper, and holds what
/// runs the run again: the command, all parameters, the configuration, and the digests of strategy, data and
/// configuration.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  host report latest --html tear-sheet.html
  host report paper-20260131T120000-123456789 --full
  host report main --html main.html         # the live account `main`
  host report latest --format json > figures.json")]
pub struct Args {
    /// Name of a run, its beginning, `latest`, an account, or a path
    #[arg(value_name = "RUN")]
    run: String,

    /// Write a tear sheet to FILE in place of printing figures
    #[arg(long, value_name = "FILE", conflicts_with_all = ["format", "full"])]
    html: Option<PathBuf>,

    /// The tape of a back test, if it is no longer where it was
    #[arg(long, value_name = "TAPE")]
    tape: Option<PathBuf>,

    /// Draw the scores that a back test wrote with `--scores FILE` below the prices
    #[arg(long, value_name = "FILE", requires = "html")]
    scores: Option<PathBuf>,

    /// Print all figures, breakdowns and definitions
    #[arg(long)]
    full: bool,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs `host report`.
///
/// # Errors
/// There is no such run, its journal cannot be read, it has no figures, or the file cannot be written.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    let config = context.config()?.config;
    let run = named_run::find(&args.run, &config)?;
    let mut gathered = Gathered::of(&run, args.tape.as_deref(), args.html.is_some())?;
    if let Some(file) = &args.scores {
        let failed = |error| Report::user("cannot draw the scores").because(error);
        add_scores(&mut gathered.past, file).map_err(failed)?;
    }
    let Some(file) = &args.html else {
        return outcome::print(&gathered.past.report, args.format, args.full);
    };
    if let Some(reason) = &gathered.past.no_prices {
        context.ui.say(&format!("warning: the page has no prices: {reason}"));
    }
    page_file::write(file, gathered.tear_sheet())
}
