//! `host run --live`: from arguments to a live run and its last words.

use host_core::{Span, Timestamp};

use super::preflight::LiveMark;
use super::shell::End;
use super::start::{Started, VENUE, start};
use crate::app::Context;
use crate::error::{Kind, Report, Result};
use crate::interrupt::Interrupt;
use crate::output::{self, Format};
use crate::shell::setup::{Setup, TradeArgs};

/// The options of live trading.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Live trading")]
pub struct LiveArgs {
    /// Trade real money at a venue: needs your limits, a key, and that you confirm the account
    #[arg(long, requires = "venue", conflicts_with_all = ["start", "speed", "seed", "markets", "journal", "fill_model", "full"])]
    pub live: bool,

    /// The venue to trade at: kalshi
    #[arg(long, value_name = "NAME", value_parser = [VENUE], requires = "live")]
    pub venue: Option<String>,

    /// Confirm the account without being asked: must be the name in live.account
    #[arg(long, value_name = "ACCOUNT", requires = "live", require_equals = true)]
    pub yes_i_mean_live: Option<String>,
}

/// Trades live until Ctrl-C, or for `span`.
///
/// # Errors
/// What is missing or wrong at the start; a store that cannot be written; a strategy's fault that left none to trade.
pub fn run(trade: &TradeArgs, args: &LiveArgs, span: Option<Span>, format: Format, context: &Context) -> Result<()> {
    let setup = Setup::new(trade, |config| config.feed.poll, context)?;
    let interrupt = Interrupt::listen()?;
    let Started { mut shell, control, one_host } = start(&setup, args.yes_i_mean_live.as_deref(), context)?;
    let config = &setup.loaded.config;
    let names: Vec<&str> = setup.components.iter().map(|component| component.manifest.name.as_str()).collect();
    let from = shell.venue.now();
    let where_to = format!("{VENUE}, {}", config.venue.base_url);
    shell
        .voice
        .say(from, &format!("trading {} at {where_to}; Ctrl-C stops, `host kill` from anywhere", names.join(", ")));
    let until: Option<Timestamp> = span.map(|span| from + span);
    let outcome = shell.run(until, &interrupt);
    let figures = shell.summary.figures(&config.live.account, &shell.engine);
    let ended = outcome.and_then(|end| shell.close(end).map(|()| end));
    drop((control, one_host));
    let mark = LiveMark::new(&config.live.account, context.ui.colour_out);
    match format {
        Format::Json => output::print_json(&figures)?,
        Format::Table => output::print(&format!("{}\n", mark.lines(&figures.lines())))?,
        Format::Csv => output::print(&figures.csv())?,
    }
    match ended? {
        End::Faulted => {
            Err(Report::new(Kind::StrategyFault, "no strategy is left that answers: see the journal's faults"))
        }
        End::Asked | End::Time => Ok(()),
    }
}
