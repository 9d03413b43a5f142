//! `host kill`: blocks new orders and cancels all open ones, with or without a running host.

use host_core::Span;
use host_live::account_dir::AccountDir;
use host_live::account_lock;
use host_live::control::protocol::Reply;
use host_live::control::stop::StopTerms;
use host_sandbox::trust::TradingMode;

use super::account::{account_dir, lock_places};
use crate::config::Config;
use crate::context::Context;
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::operator::operator;
use crate::terminal::output;

/// Stop a live account: block new orders, cancel all open orders, and verify that none is left
///
/// The running host does this, whatever folder it keeps its books in. If no host is found, or it does not answer, this
/// command goes to the venue itself, with the configured key, and looks again after the time of a poll (`feed.poll`, a
/// minute at most): a host elsewhere that trades with the same key would have sent orders meanwhile. The account stays
/// killed, across restarts too, until `host resume`. Killing twice does no harm. Positions are kept.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Other ways to kill a running host: `kill -USR1 PID`, or `touch KILLED` in the account's folder.

Examples:
  host kill
  host kill --reason 'the venue settles at wrong prices'
  host kill --account alex --set live.cancel_timeout=60s"
)]
pub struct Args {
    /// Reason for the journal
    #[arg(long, value_name = "TEXT", default_value = "not said")]
    reason: String,

    /// Account to stop [default: live.account]
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
}

/// Runs `host kill`.
///
/// # Errors
/// The venue is not verified to have no open order, or the kill cannot be saved and a restarted host would trade.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    let other_ways = "`kill -USR1 PID`, or a file KILLED in the account's folder, also kills a running host";
    let config = context.config_of_account().map_err(|report| report.hint(other_ways))?.config;
    let folder = account_dir(&config, args.account.as_deref())?;
    // Who names a pretend account does not mean the real one.
    let folder = match args.account.is_some() && folder.mode() == TradingMode::Paper {
        true => folder,
        false => folder_of_running_host(&config, folder, context),
    };
    if folder.mode() == TradingMode::Paper {
        context.ui.say("this is the pretend account: `host kill --account live:NAME` stops a real one");
    }
    let terms = StopTerms::new(folder, &config.venue, &config.live, poll(context));
    let reply = terms.stop(&args.reason, &operator("kill"), &mut |text| context.ui.say(text));
    match reply {
        Reply::Done(verified) => output::print_line(&verified),
        Reply::Failed(failure) => Err(Report::from_failure(Kind::Venue, failure)),
        Reply::Status(_) | Reply::Progress(_) => {
            Err(Report::new(Kind::Internal, "the host's answer does not match the request"))
        }
    }
}

/// Returns the folder of a host that already trades with the same key, perhaps under another folder, or else `folder`.
fn folder_of_running_host(config: &Config, folder: AccountDir, context: &Context) -> AccountDir {
    match account_lock::running(&lock_places(), &config.venue) {
        Some(path) if path != folder.path() => {
            context.ui.say(&format!("the host that trades with this key keeps its books in {}", path.display()));
            AccountDir::at(path)
        }
        _ => folder,
    }
}

/// Returns the time between polls, as configured. A mistake in that section must not prevent a kill.
fn poll(context: &Context) -> Span {
    context.poll().unwrap_or_else(|_| Config::default().feed.poll)
}
