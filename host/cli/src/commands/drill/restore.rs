//! The drill of a lost disk: a backup that was taken while the host traded is verified, restored and traded on.

use std::time::Duration;

use super::child::run_to_end;
use super::copy::ACCOUNT;
use super::steps::{Since, Steps};
use super::theatre::Theatre;
use crate::config::Config;
use crate::terminal::error::Result;

/// Time for a backup, and for its verification.
const COPIED: Duration = Duration::from_secs(30);
/// Time from the loss until the restored account trades.
const GOAL: Duration = Duration::from_secs(60);
/// Name of the backup.
const FILE: &str = "drill.backup";

/// Backs the account up, loses it, and restores it.
pub(super) fn hold(config: &Config, steps: &mut Steps) -> Result<()> {
    let mut theatre = Theatre::open(config, steps)?;
    if !theatre.start_trading(steps)? {
        return Ok(());
    }
    let account = theatre.account().path().display().to_string();
    let backup = ["backup", ACCOUNT, "--out", FILE];
    if !done(&theatre, steps, ("a backup is taken while it trades", COPIED), &backup)?
        || !done(&theatre, steps, ("the backup is verified", COPIED), &["backup", "--verify", FILE])?
    {
        return Ok(());
    }
    theatre.crash_host();
    if let Err(error) = std::fs::remove_dir_all(&account) {
        steps.note("the account is lost", false, error.to_string());
        return Ok(());
    }
    let since = Since::now();
    if !done(&theatre, steps, ("it is restored", COPIED), &["backup", "--restore", FILE, "--out", &account])? {
        return Ok(());
    }
    theatre.start_host()?;
    steps.wait("it trades again, with books that agree", (since, GOAL), || theatre.trades_again())?;
    Ok(())
}

/// Runs `args`, as the step says.
fn done(theatre: &Theatre, steps: &mut Steps, (step, goal): (&str, Duration), args: &[&str]) -> Result<bool> {
    let since = Since::now();
    let outcome = run_to_end(theatre.folder(), args);
    steps.wait(step, (since, goal), || match &outcome {
        Ok(said) => Ok(said.lines().next().unwrap_or("done").to_owned()),
        Err(why) => Err(why.clone()),
    })
}
