//! `host reload`: lets a running host work with changed limits, alerts and schedules.

use host_live::control::client::{NoAnswer, ask};
use host_live::control::protocol::{Reply, Request};

use super::account::account_dir;
use crate::context::Context;
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::operator::operator;
use crate::terminal::output;

/// Let a running host take up changed limits, alerts and schedules, without a restart
///
/// The host reads host.toml anew, with the environment and the options that it was started with, and prints each key
/// that has changed: old → new. It is kept in the journal, so that a replay decides the same. What a running host
/// cannot take up, such as its strategies, its account, the venue or its folders, is named; then nothing is taken up,
/// and neither is a file with a problem. A host without a terminal does the same at SIGHUP.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  host reload
  host reload alex
  systemctl reload host-kalshi-alex")]
pub struct Args {
    /// Account whose host reloads [default: live.account]
    #[arg(value_name = "ACCOUNT")]
    account: Option<String>,
}

/// Runs `host reload`.
///
/// # Errors
/// No host runs or answers, the settings have a problem, or one has changed that a running host cannot take up.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    // Whatever else is wrong with the settings is for the host to say, which reads them itself.
    let config = context.config_of_account()?.config;
    let folder = account_dir(&config, args.account.as_deref())?;
    let request = Request::Reload { by: operator("reload") };
    match ask(&folder, &request, &mut |text| context.ui.say(text)) {
        Ok(Reply::Done(changes)) => changes.lines().try_for_each(output::print_line),
        Ok(Reply::Failed(failure)) => Err(Report::from_failure(Kind::Config, failure)),
        Ok(Reply::Status(_) | Reply::Progress(_)) => {
            Err(Report::new(Kind::Internal, "the host's answer does not match the request"))
        }
        Err(NoAnswer::NotRunning) => Err(Report::user(format!("no host trades in {}", folder.path().display()))
            .hint("the next start reads the settings")),
        Err(NoAnswer::Hung(why)) => Err(Report::user("the host does not answer").because(why)),
    }
}
