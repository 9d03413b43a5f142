//! `host resume`: the operator's order that a stopped account may trade again.

use std::io::{IsTerminal, stderr, stdin};

use host_live::account_dir::AccountDir;
use host_live::control::client::{NoAnswer, ask};
use host_live::control::protocol::{Reply, Request, SlotOrder};
use host_live::control::{KillSwitch, ResumeNote};
use host_live::{Difference, TOLD};
use host_store::live::account_meta;

use super::account::account_dir;
use crate::context::Context;
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::operator::operator;
use crate::terminal::output;
use crate::terminal::stderr::ask as ask_at_terminal;
use crate::terminal::text::Text;

/// Let a stopped live account trade again; the reason is kept in its journal
///
/// Releases the kill switch, and the limits that stop trading until the operator resumes: drawdown, losing trades,
/// errors, mismatches. The daily loss limit is released only by the next day. If no host is running, the resume is kept
/// for the next start. With `--slot`, a running host lets that slot go on: its own limits, its day's loss among them,
/// are measured anew, and a strategy in quarantine is made again.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  host resume --reason 'the venue has explained the outage'
  host resume   # asks for the reason
  host resume --slot mean-reversion --reason 'bad prices, since mended'")]
pub struct Args {
    /// Reason for the journal; asked for at a terminal if not given
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,

    /// Slot to resume: ends its own latches and its quarantine, and nothing of the account's
    #[arg(long, value_name = "NAME")]
    slot: Option<String>,

    /// Account to resume [default: live.account]
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
}

/// Runs `host resume`.
///
/// # Errors
/// There is no reason, the host refuses or does not answer, or the kill switch cannot be released.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    let config = context.config()?.config;
    let folder = account_dir(&config, args.account.as_deref())?;
    let reason = reason(args.reason.as_deref())?;
    let by = operator("resume");
    if let Some(slot) = &args.slot {
        return resume_slot(&folder, SlotOrder { slot: slot.clone(), reason, by }, context);
    }
    let request = Request::Resume { reason: reason.clone(), by: by.clone() };
    match ask(&folder, &request, &mut |text| context.ui.say(text)) {
        Ok(Reply::Done(text)) => output::print_line(&text),
        Ok(Reply::Failed(failure)) => Err(Report::from_failure(Kind::RiskRefused, failure)),
        Ok(_) => Err(Report::new(Kind::Internal, "the host's answer does not match the request")),
        Err(NoAnswer::NotRunning) => for_the_next_start(&folder, &reason, &by),
        Err(NoAnswer::Hung(why)) => Err(Report::user("not resumed: a host seems to be running but does not answer")
            .because(why)
            .hint("end its process, then resume again")),
    }
}

/// Lets one slot of a running host go on. Without one nothing is kept: a host can be started with the slot as it is.
fn resume_slot(folder: &AccountDir, order: SlotOrder, context: &Context) -> Result<()> {
    match ask(folder, &Request::ResumeSlot(order), &mut |text| context.ui.say(text)) {
        Ok(Reply::Done(text)) => output::print_line(&text),
        Ok(Reply::Failed(failure)) => Err(Report::from_failure(Kind::RiskRefused, failure)),
        Ok(_) => Err(Report::new(Kind::Internal, "the host's answer does not match the request")),
        Err(NoAnswer::NotRunning) => Err(Report::user("not resumed: no host is running")
            .hint("start the host, which keeps the slot stopped while others trade, then resume it")),
        Err(NoAnswer::Hung(why)) => {
            Err(Report::user("not resumed: a host seems to be running but does not answer").because(why))
        }
    }
}

/// Returns the given reason, or asks for one at the terminal.
fn reason(given: Option<&str>) -> Result<String> {
    let mut typed = String::new();
    if given.is_none() && stdin().is_terminal() {
        typed = ask_at_terminal(&Text::part("reason to trade again: "), &mut stdin().lock(), &mut stderr())
            .map_err(|error| Report::io("cannot ask for the reason", &error))?;
    }
    let reason = given.unwrap_or(&typed).trim();
    if reason.is_empty() {
        return Err(Report::usage("a resume needs a reason: it is kept in the journal")
            .hint("write `host resume --reason '...'`: what happened, and why it is resolved"));
    }
    Ok(reason.to_owned())
}

/// Leaves a note for the next start and releases the kill switch. The note comes first: if it cannot be written, the
/// account stays killed.
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
        Some(killed) => output::print_line(&format!(
            "resumed from the kill of {} by {} ({}): the next start may trade",
            killed.time, killed.by, killed.reason
        )),
        None => output::print_line("the account was not killed; the resume is kept for the next start"),
    }?;
    tell_accepted(folder)
}

/// Says which differences between the books the resume accepts: those that a host has told, and no others.
fn tell_accepted(folder: &AccountDir) -> Result<()> {
    let told: Vec<Difference> = account_meta(folder.path(), TOLD).ok().flatten().unwrap_or_default();
    for difference in &told {
        output::print_line(&format!("accepted as yours, if it is still so at the next start: {difference}"))?;
    }
    if told.is_empty() {
        output::print_line(
            "no difference between the books has been told: one that the next start finds waits for its own resume",
        )?;
    }
    Ok(())
}
