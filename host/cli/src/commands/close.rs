//! `host close`: lets no entry leave, and closes all positions of a live account.

use host_live::control::client::{NoAnswer, ask};
use host_live::control::protocol::{Reply, Request};

use super::account::account_dir;
use crate::context::Context;
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::operator::operator;
use crate::terminal::output;

/// Close all positions of a live account: no entry leaves, and exits take the other side of the book
///
/// The running host does it, within the collar on prices (`risk.max_price_deviation`), and goes on until each position
/// is closed; `host status` shows what is left. Entries wait until `host resume`, across restarts too. After `host
/// kill` nothing leaves, exits neither: resume first.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  host close --reason 'out for two weeks'
  host close --reason 'the edge is gone' --account alex")]
pub struct Args {
    /// Reason for the journal
    #[arg(long, value_name = "TEXT")]
    reason: String,

    /// Account whose positions to close [default: live.account]
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
}

/// Runs `host close`.
///
/// # Errors
/// There is no reason, no host runs or answers, or trading is halted.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    let reason = args.reason.trim().to_owned();
    if reason.is_empty() {
        return Err(Report::usage("closing needs a reason: it is kept in the journal"));
    }
    let config = context.config_of_account()?.config;
    let folder = account_dir(&config, args.account.as_deref())?;
    let request = Request::Close { reason, by: operator("close") };
    match ask(&folder, &request, &mut |text| context.ui.say(text)) {
        Ok(Reply::Done(text)) => output::print_line(&text),
        Ok(Reply::Failed(failure)) => Err(Report::from_failure(Kind::RiskRefused, failure)),
        Ok(_) => Err(Report::new(Kind::Internal, "the host's answer does not match the request")),
        Err(NoAnswer::NotRunning) => Err(Report::user("no host runs here, so nothing can close the positions")
            .hint("start it and close then, or close them at the venue by hand")),
        Err(NoAnswer::Hung(why)) => Err(Report::user("a host seems to be running but does not answer")
            .because(why)
            .hint("`host kill` cancels all orders without it; close positions at the venue by hand")),
    }
}
