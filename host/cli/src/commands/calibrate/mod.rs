//! `host calibrate`: the fill models, fitted to the orders of a run.

mod change;
mod text;

use std::path::PathBuf;

use host_evaluate::EvaluateError;
use host_evaluate::calibrate::calibrate;
use host_system::clock;

use self::change::{SettingChange, changes};
use super::named_run::{self, without_journal};
use crate::config::edit::set_calibrated;
use crate::config::layer::DEFAULT_FILE;
use crate::context::Context;
use crate::terminal::error::{Report, Result};
use crate::terminal::output::{self, Format};

/// Fit the fill models to the orders of a live account
///
/// Takes the orders that rested at the venue, and what became of them. For `coin` it estimates the share that fills,
/// the share of these that fills in part, the slippage and the time to a fill, each with an interval that holds the
/// true value in nine of ten such samples. For `queue` it places the same orders once more on the rows that the account
/// saw, under each rule by which others cancel, and takes the rule that comes nearest. Where there are too few orders
/// it concludes nothing, and says how many more it takes.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  host calibrate --live kalshi-main
  host calibrate --live kalshi-main --paper paper-20260131
  host calibrate --live kalshi-main --write
  host calibrate --live live/kalshi-main/journal.db --format json")]
pub struct Args {
    /// The run with real fills: the name of an account, a run as `host runs list` lists it, a folder or a journal
    #[arg(long, value_name = "RUN")]
    live: String,

    /// A run of the same strategies on simulated fills, to be shown beside it
    #[arg(long, value_name = "RUN")]
    paper: Option<String>,

    /// Write what is concluded into host.toml; comments and order stay, and a note says why
    #[arg(long)]
    write: bool,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs `host calibrate`.
///
/// # Errors
/// A run cannot be read or has no orders, the paper run is of other strategies, or nothing can be concluded and is to
/// be written.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    let loaded = context.config()?;
    let exchange = &loaded.config.exchange;
    let live = named_run::open(&args.live, context)?;
    let paper = args.paper.as_ref().map(|name| named_run::open(name, context)).transpose()?;
    if let Some(source) = [Some(&live), paper.as_ref()].into_iter().flatten().find(|source| source.journal.is_none()) {
        return Err(without_journal(source));
    }
    let found = calibrate(&live, paper.as_ref(), exchange).map_err(failed)?;
    match args.format {
        Format::Json => output::print_json(&found)?,
        Format::Csv => output::print_flat_csv(&found)?,
        Format::Table => output::print(&text::text(&found))?,
    }
    let changes = changes(&found, exchange);
    if !args.write {
        return Ok(());
    }
    if changes.written.is_empty() {
        let report = Report::user("nothing is written: no setting can be concluded, or all are as they should be");
        return Err(changes.kept.iter().fold(report, Report::because));
    }
    let path = loaded.file.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_FILE));
    let today = &host_core::Timestamp(clock::unix_nanos()).to_string()[..10];
    let notes = |change: &SettingChange| format!("{today}: {}", change.why);
    let all: Vec<_> = changes.written.iter().map(|change| (change.key, change.value.clone(), notes(change))).collect();
    set_calibrated(&path, &all)?;
    for change in &changes.written {
        context.ui.say(&format!("{}: {} = {}", path.display(), change.key, change.value));
    }
    for kept in &changes.kept {
        context.ui.say(kept);
    }
    Ok(())
}

fn failed(error: EvaluateError) -> Report {
    match error {
        EvaluateError::Session(error) => Report::from(error),
        other => Report::user("nothing is calibrated").because_of(&other),
    }
}
