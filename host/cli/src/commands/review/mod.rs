//! `host review`: the weekly review of a run or an account.

mod page;
mod text;

use std::path::PathBuf;

use clap::ArgGroup;
use host_core::{Span, Timestamp};
use host_evaluate::review::{Baseline, review};
use host_evaluate::run::RunSource;
use host_report::Window;
use host_session::config_keys::as_written;
use host_sim::fill::FillModel;
use host_system::guard::guarded;
use toml::Table;

use super::named_run::{self, without_journal};
use super::page_file;
use crate::config::Config;
use crate::context::Context;
use crate::terminal::error::{Report, Result};
use crate::terminal::output::{self, Format};
use crate::terminal::units::{parse_time, parse_week};

/// Review a week of a run or an account
///
/// P&L by market, day, weekday and hour; execution quality against the weeks before; each refusal followed up to what
/// it would have made or lost; the health of the system; signals, their accuracy and their drift from a back test; the
/// actions of people; and the next steps that follow by rule. "Change nothing" is one of them.
#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("period").args(["week", "from"]))]
#[command(after_help = "Examples:
  host review
  host review --week 2026-W31
  host review kalshi-main --against backtest-20260131
  host review latest --html review.html
  host review latest --from 2026-01-05 --until 2026-01-26 --format json")]
pub struct Args {
    /// A run as `host runs list` lists it or its beginning, `latest`, a folder, a journal, or the name of an account
    /// [default: the account in the configuration if it has traded, else the latest run]
    #[arg(value_name = "RUN|ACCOUNT")]
    run: Option<String>,

    /// The week, Monday to Sunday, UTC [default: the last one in which the run traded]
    #[arg(long, value_name = "YEAR-WEEK", value_parser = parse_week)]
    week: Option<Timestamp>,

    /// Start of the period, in place of a week
    #[arg(long, value_name = "TIME", value_parser = parse_time)]
    from: Option<Timestamp>,

    /// End of the period, which does not belong to it [default: the end of the run]
    #[arg(long, value_name = "TIME", value_parser = parse_time, requires = "from")]
    until: Option<Timestamp>,

    /// The run that signals, fill rate and slippage are measured by: mostly the back test
    #[arg(long, value_name = "RUN")]
    against: Option<String>,

    /// Write the review to FILE as a page, in place of printing it
    #[arg(long, value_name = "FILE", conflicts_with = "format")]
    html: Option<PathBuf>,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs `host review`.
///
/// # Errors
/// The run cannot be read, has no journal, or has traded at no time; or the period is empty.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    let source = match &args.run {
        Some(name) => named_run::open(name, context)?,
        None => named_run::open_default(context)?,
    };
    let window = window(args, &source)?;
    let baseline = args.against.as_ref().map(|name| named_run::open(name, context)).transpose()?;
    let found = review(&source, window, Baseline { run: baseline.as_ref(), fill_rate: assumed_fill_rate(&source) });
    if let Some(file) = &args.html {
        return page_file::write(file, page::html(&found, args.run.as_deref()));
    }
    match args.format {
        Format::Json => output::print_json(&found),
        Format::Csv => output::print_flat_csv(&found),
        Format::Table => output::print(&text::text(&found)),
    }
}

fn window(args: &Args, source: &RunSource) -> Result<Window> {
    if source.journal.is_none() {
        return Err(without_journal(source)
            .hint("`host report` prints figures; a review needs the trades, orders and refusals of a journal"));
    }
    let own = source
        .period()
        .ok_or_else(|| Report::user(format!("{} has traded at no time, so there is nothing to review", source.name)))?;
    let last = Timestamp(own.until().0 - 1);
    let (from, until) = match (args.week, args.from) {
        (Some(monday), _) => (monday, monday + Span::days(7)),
        (None, Some(from)) => (from, args.until.unwrap_or(own.until())),
        (None, None) => {
            // Day 0 was a Thursday.
            let monday = Timestamp::start_of_day(last.day() - (last.day() + 3).rem_euclid(7));
            (monday, monday + Span::days(7))
        }
    };
    let traded = Window::new(from.max(own.from()), until.min(own.until()));
    Window::new(from, until).filter(|_| traded.is_some()).ok_or_else(|| {
        Report::user(format!("{} did not trade between {from} and {until}", source.name)).hint(format!(
            "it traded from {} to {}",
            own.from(),
            own.until()
        ))
    })
}

/// Returns the share of orders that the run's own fill model was set to fill.
fn assumed_fill_rate(source: &RunSource) -> Option<f64> {
    let text = &source.info()?.config;
    let read = || toml::from_str::<Table>(text).and_then(|kept| as_written(kept).try_into::<Config>());
    let config = guarded("the configuration", read).ok()?.ok()?;
    (config.exchange.fill_model == FillModel::Coin).then_some(config.exchange.fill_probability)
}
