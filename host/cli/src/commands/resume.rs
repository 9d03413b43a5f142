//! `host resume`: a person's word that a stopped account may trade again.

use std::io::{BufRead, IsTerminal, Write};

use host_live::account_dir::AccountDir;
use host_live::control::client::{NoAnswer, ask};
use host_live::control::protocol::{Reply, Request};
use host_live::control::{KillSwitch, ResumeNote};

use super::account::{account_dir, operator};
use crate::context::Context;
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::output;

/// Let a stopped live account trade again, for a reason that is kept in its journal
///
/// Releases the kill switch and the limits that wait for a person: drawdown, losing trades, errors, mismatches. A day's loss
/// is released by the next day only. If no host runs, the word is kept for the next start.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  host resume --reason 'the venue has explained the outage'\n  host resume   # asks why"
)]
pub struct Args {
    /// Why; asked for on a terminal unless given
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,

    /// Which account [default: live.account]
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
}

/// Runs `host resume`.
///
/// # Errors
/// No reason, a host that refuses or does not answer, or a latch that cannot be removed.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    let config = context.config()?.config;
    let folder = account_dir(&config, args.account.as_deref())?;
    let reason = reason(args.reason.as_deref())?;
    let by = operator("resume");
    let request = Request::Resume { reason: reason.clone(), by: by.clone() };
    match ask(&folder, &request, &mut |text| context.ui.say(text)) {
        Ok(Reply::Done(text)) => output::print(&format!("{text}\n")),
        Ok(Reply::Failed(failure)) => Err(Report::from_failure(Kind::RiskRefused, failure)),
        Ok(_) => Err(Report::new(Kind::Internal, "the host answers another question")),
        Err(NoAnswer::NotRunning) => for_the_next_start(&folder, &reason, &by),
        Err(NoAnswer::Hung(why)) => Err(Report::user("not resumed: a host seems to run, but does not answer")
            .because(why)
            .hint("end its process, then resume again")),
    }
}

/// Returns the reason that was given, or that a person types.
fn reason(given: Option<&str>) -> Result<String> {
    let mut typed = String::new();
    if given.is_none() && std::io::stdin().is_terminal() {
        let mut stderr = std::io::stderr();
        write!(stderr, "why may it trade again? ")
            .and_then(|()| stderr.flush())
            .and_then(|()| std::io::stdin().lock().read_line(&mut typed))
            .map_err(|error| Report::io("cannot ask for the reason", &error))?;
    }
    let reason = given.unwrap_or(&typed).trim();
    if reason.is_empty() {
        return Err(Report::usage("a resume needs a reason: it is kept in the journal")
            .hint("write `host resume --reason '...'`: what happened, and why it is over"));
    }
    Ok(reason.to_owned())
}

/// The note first: if it cannot be written, the account stays killed.
fn for_the_next_start(folder: &AccountDir, reason: &str, by: &str) -> Result<()> {
    if !folder.path().exists() {
        return Err(Report::user(format!("there is no live account in {}", folder.path().display()))
            .hint("check live.folder and live.account: `host config show` prints them"));
    }
    ResumeNote::write(folder, reason, by)
        .map_err(|error| Report::io(format!("not resumed: cannot write {}", folder.resumed().display()), &error))?;
    let switch = KillSwitch::load(folder);
    let was = switch.killed();
    switch.release(switch.engagements()).map_err(|error| Report::user("not resumed").because(error))?;
    match was {
        Some(killed) => output::print(&format!(
            "resumed from the kill of {} by {} ({}): the next start may trade\n",
            killed.time, killed.by, killed.reason
        )),
        None => output::print("it was not killed; the next start hears that it may trade\n"),
    }
}
