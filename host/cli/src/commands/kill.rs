//! `host kill`: blocks new orders and cancels all open ones, with or without a running host.

use host_live::account_dir::AccountDir;
use host_live::control::client::{NoAnswer, ask};
use host_live::control::protocol::{Failure, Reply, Request};
use host_live::control::server::final_reply;
use host_live::control::{KillSwitch, VenueAccess};
use host_live::{VENUE, account_lock};
use host_venues::clock::Clock;
use host_venues::kalshi::ClockKind;

use super::account::{account_dir, operator, state_dir};
use crate::config::Config;
use crate::context::Context;
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::output;

/// Stop a live account: block new orders, cancel all open orders, and verify that none is left
///
/// The running host does this, whatever folder it keeps its books in. If no host is running, or it does not answer,
/// this command goes to the venue itself, with the configured key. The account stays killed, across restarts too, until
/// `host resume`. Killing twice does no harm. Positions are kept.
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
    let folder = folder_of_running_host(&config, account_dir(&config, args.account.as_deref())?, context);
    let by = operator("kill");
    let request = Request::Kill { reason: args.reason.clone(), by: by.clone() };
    let reply = match ask(&folder, &request, &mut |text| context.ui.say(text)) {
        Ok(reply) => reply,
        Err(why) => {
            print_reason(&why, context);
            kill_at_venue(&config, &folder, &args.reason, &by, context)?
        }
    };
    match reply {
        Reply::Done(verified) => output::print(&format!("{verified}\n")),
        Reply::Failed(failure) => Err(Report::from_failure(Kind::Venue, failure)),
        Reply::Status(_) | Reply::Progress(_) => {
            Err(Report::new(Kind::Internal, "the host's answer does not match the request"))
        }
    }
}

/// Returns the folder of a host that already trades with the same key, perhaps under another folder, or else `folder`.
fn folder_of_running_host(config: &Config, folder: AccountDir, context: &Context) -> AccountDir {
    match account_lock::running(&state_dir(), &config.venue) {
        Some(path) if path != folder.path() => {
            context.ui.say(&format!("the host that trades with this key keeps its books in {}", path.display()));
            AccountDir::at(path)
        }
        _ => folder,
    }
}

fn print_reason(why: &NoAnswer, context: &Context) {
    match why {
        NoAnswer::NotRunning => context.ui.say("no host is running: cancelling at the venue directly"),
        NoAnswer::Hung(reason) => {
            context.ui.say(&format!(
                "a host seems to be running but does not answer ({reason}): cancelling at the venue directly"
            ));
            context.ui.say(
                "if it stays unresponsive, end its process (`kill -9`): it notices the kill only when it recovers",
            );
        }
    }
}

/// Engages the kill switch first, so that no host starts or goes on trading, then cancels at the venue.
fn kill_at_venue(config: &Config, folder: &AccountDir, reason: &str, by: &str, context: &Context) -> Result<Reply> {
    let latched = KillSwitch::load(folder).engage(reason, by);
    match &latched {
        Ok(()) => context.ui.say(&format!("killed: {}", folder.killed().display())),
        Err(error) => context.ui.say(&error.to_string()),
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Report::io("cannot start the connection to the venue", &error))?;
    let cancelled = runtime.block_on(async {
        let clock = match config.venue.clock {
            ClockKind::Wall => Clock::wall(),
            ClockKind::Stepped => Clock::stepped(&config.venue.base_url).await.map_err(|error| {
                Failure::new("the exchange's clock cannot be read").because(error).hint("is the exchange running?")
            })?,
        };
        let patience = config.live.cancel_timeout();
        let access = VenueAccess { name: VENUE.to_owned(), settings: config.venue.clone(), clock, patience };
        let verified = access.verify_no_open_orders(&|| false, &mut |text| context.ui.say(&text)).await;
        access.explain(verified)
    });
    Ok(final_reply(cancelled, latched))
}
