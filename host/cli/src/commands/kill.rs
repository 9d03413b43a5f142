//! `host kill`: lets no order leave and cancels all, with or without a running host.

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

/// Stop a live account: let no order leave, cancel all that are open, and verify it
///
/// Asks the running host, in whatever folder it keeps its books. If none runs, or it does not answer, it goes straight at the venue with the configured key. The
/// account stays killed, over restarts too, until `host resume`. To kill twice does no harm. Positions are kept.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Other ways to kill a running host: `kill -USR1 PID`, or `touch KILLED` in the account's folder.

Examples:
  host kill
  host kill --reason 'the venue pays out nonsense'
  host kill --account alex --set live.cancel_timeout=60s"
)]
pub struct Args {
    /// Why, for the journal
    #[arg(long, value_name = "TEXT", default_value = "not said")]
    reason: String,

    /// Which account [default: live.account]
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
}

/// Runs `host kill`.
///
/// # Errors
/// Open orders at the venue are not verified to be 0, or the account would trade again after a restart.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    let elsewise = "a host that runs is also killed by `kill -USR1 PID`, and by a file KILLED in the account's folder";
    let config = context.config_of_account().map_err(|report| report.hint(elsewise))?.config;
    let folder = where_it_runs(&config, account_dir(&config, args.account.as_deref())?, context);
    let by = operator("kill");
    let request = Request::Kill { reason: args.reason.clone(), by: by.clone() };
    let reply = match ask(&folder, &request, &mut |text| context.ui.say(text)) {
        Ok(reply) => reply,
        Err(why) => {
            say_why(&why, context);
            straight_at_the_venue(&config, &folder, &args.reason, &by, context)?
        }
    };
    match reply {
        Reply::Done(verified) => output::print(&format!("{verified}\n")),
        Reply::Failed(failure) => Err(Report::from_failure(Kind::Venue, failure)),
        Reply::Status(_) | Reply::Progress(_) => Err(Report::new(Kind::Internal, "the host answers another question")),
    }
}

/// The account's folder; or that of the host which trades with the same key under another one: that is the one to stop.
fn where_it_runs(config: &Config, folder: AccountDir, context: &Context) -> AccountDir {
    match account_lock::running(&state_dir(), &config.venue) {
        Some(path) if path != folder.path() => {
            context.ui.say(&format!("the host that trades with this key has its books in {}", path.display()));
            AccountDir::at(path)
        }
        _ => folder,
    }
}

fn say_why(why: &NoAnswer, context: &Context) {
    match why {
        NoAnswer::NotRunning => context.ui.say("no host runs: straight at the venue"),
        NoAnswer::Hung(reason) => {
            context.ui.say(&format!("a host seems to run, but does not answer ({reason}): straight at the venue"));
            context.ui.say("end its process (`kill -9`) if it does not come back: it sees the latch, but only then");
        }
    }
}

/// The latch first, so that no host starts or goes on; then the venue.
fn straight_at_the_venue(
    config: &Config,
    folder: &AccountDir,
    reason: &str,
    by: &str,
    context: &Context,
) -> Result<Reply> {
    let latched = KillSwitch::load(folder).engage(reason, by);
    match &latched {
        Ok(()) => context.ui.say(&format!("killed: {}", folder.killed().display())),
        Err(error) => context.ui.say(&error.to_string()),
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Report::io("cannot start what talks to the venue", &error))?;
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
