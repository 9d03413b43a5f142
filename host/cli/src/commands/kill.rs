//! `host kill`: blocks new orders and cancels all open ones, with or without a running host.

use std::collections::BTreeSet;

use host_core::{Span, Timestamp};
use host_live::account_dir::AccountDir;
use host_live::control::cancel_all::named;
use host_live::control::client::{NoAnswer, ask};
use host_live::control::protocol::{Failure, Reply, Request};
use host_live::control::server::final_reply;
use host_live::control::{KillSwitch, VenueAccess};
use host_live::{VENUE, account_lock};
use host_store::decisions::{self, Decision};
use host_venues::clock::Clock;
use host_venues::kalshi::ClockKind;
use host_venues::model::VenueOrder;

use super::account::{account_dir, lock_places, operator};
use crate::config::Config;
use crate::context::Context;
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::output;

/// Orders of this time are known before a kill looks for those of a host elsewhere.
const RECENT: Span = Span::minutes(2);

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
    let folder = folder_of_running_host(&config, account_dir(&config, args.account.as_deref())?, context);
    let by = operator("kill");
    let request = Request::Kill { reason: args.reason.clone(), by: by.clone() };
    let reply = match ask(&folder, &request, &mut |text| context.ui.say(text)) {
        Ok(reply) => reply,
        Err(why) => {
            print_reason(&why, context);
            kill_at_venue(&config, &folder, poll(context), (&args.reason, &by), context)?
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
    match account_lock::running(&lock_places(), &config.venue) {
        Some(path) if path != folder.path() => {
            context.ui.say(&format!("the host that trades with this key keeps its books in {}", path.display()));
            AccountDir::at(path)
        }
        _ => folder,
    }
}

fn print_reason(why: &NoAnswer, context: &Context) {
    match why {
        NoAnswer::NotRunning => {
            context.ui.say("no host is running here as this user: cancelling at the venue directly");
        }
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
fn kill_at_venue(
    config: &Config,
    folder: &AccountDir,
    poll: Span,
    (reason, by): (&str, &str),
    context: &Context,
) -> Result<Reply> {
    let latched = KillSwitch::load(folder).engage(reason, by);
    match &latched {
        Ok(()) => {
            context.ui.say(&format!("killed: {}", folder.killed().display()));
            note(folder, reason, by, context);
        }
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
        verify_twice(&access, poll, context).await
    });
    Ok(final_reply(cancelled, latched))
}

/// Notes a kill that no host has journaled, and that a resume would leave no trace of.
fn note(folder: &AccountDir, reason: &str, by: &str, context: &Context) {
    let time = Timestamp(host_system::clock::unix_nanos());
    let (who, what, text) = (by.to_owned(), "kill".to_owned(), reason.to_owned());
    let noted = decisions::add(folder.path(), &Decision { time, who, what, text, about: None });
    // Orders wait to be cancelled: a note is no reason to stop.
    if let Err(error) = noted {
        context.ui.say(&format!("warning: {error}"));
    }
}

/// Cancels everything, and once more what a host elsewhere has placed within the time of a poll: that one is not
/// stopped by a kill from here.
async fn verify_twice(access: &VenueAccess, poll: Span, context: &Context) -> Result<String, Failure> {
    let mut say = |text: String| context.ui.say(&text);
    let time = match access.verify_no_open_orders(&|| false, &mut say).await {
        Ok(time) => time,
        failed => return access.explain(failed),
    };
    let known = match access.orders_since(time - RECENT).await {
        Ok(orders) => orders.into_iter().map(|order| order.order_id).collect::<BTreeSet<_>>(),
        Err(error) => return access.explain(Err(error)),
    };
    say(format!("a host elsewhere may trade with this key: looking for its orders again in {poll}"));
    access.clock.sleep(poll).await;
    let placed: Vec<VenueOrder> = match access.orders_since(time - RECENT).await {
        Ok(orders) => orders.into_iter().filter(|order| !known.contains(&order.order_id)).collect(),
        Err(error) => return access.explain(Err(error)),
    };
    let verified = access.explain(access.verify_no_open_orders(&|| false, &mut say).await);
    if placed.is_empty() {
        return verified;
    }
    let what = format!("a host elsewhere trades on with this key: it placed {} orders after the kill", placed.len());
    let failure = Failure::new(what).because(named(&placed).trim_start());
    let failure = match verified {
        Ok(verified) => failure.because(format!("they were cancelled; {verified}")),
        Err(Failure { message, causes, .. }) => causes.into_iter().fold(failure.because(message), Failure::because),
    };
    let key = &access.settings.key_id;
    Err(failure
        .hint("end that host: `host kill` on its machine, as its user, or `kill -9`; `host kill` again then")
        .hint(format!("or revoke the key {key} at {VENUE}, which stops every host that has it")))
}

/// Returns the time between polls, as configured, a minute at most. A mistake in that section must not prevent a kill.
fn poll(context: &Context) -> Span {
    let poll = context.poll().unwrap_or_else(|_| Config::default().feed.poll);
    poll.min(Span::minutes(1))
}
