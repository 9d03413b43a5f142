//! The drill of an outage: the venue answers nothing but errors for a while.

use std::time::Duration;

use super::steps::{Since, Steps};
use super::theatre::Theatre;
use crate::config::Config;
use crate::terminal::error::Result;

/// Time in which entries must be held: the account is overdue by more than live.max_unseen, which is 5 s here.
const HELD: Duration = Duration::from_secs(20);
/// Time for which nothing may leave.
const QUIET: Duration = Duration::from_secs(3);
/// Time in which trading must go on once the venue answers.
const RECOVERED: Duration = Duration::from_secs(60);

/// Lets the venue fail, and answer again.
pub(super) fn hold(config: &Config, steps: &mut Steps) -> Result<()> {
    let mut theatre = Theatre::open(config, steps)?;
    if !theatre.start_trading(steps)? {
        return Ok(());
    }
    let since = Since::now();
    if let Err(why) = theatre.fail_venue(true) {
        steps.note("the venue fails", false, why);
        return Ok(());
    }
    let held = steps.wait("entries are held", (since, HELD), || {
        let status = theatre.status()?;
        status.reasons.into_iter().next().ok_or_else(|| "entries may leave".to_owned())
    })?;
    if held {
        // Faults do not reach the exchange's own books.
        let count = || theatre.orders().map(|orders| orders.len());
        let before = count();
        steps.rest(QUIET)?;
        let same = before.is_ok() && before == count();
        steps.note("no order leaves meanwhile", same, format!("looked at for {} s", QUIET.as_secs()));
    }
    let since = Since::now();
    if let Err(why) = theatre.fail_venue(false) {
        steps.note("the venue answers again", false, why);
        return Ok(());
    }
    steps.wait("it trades again, with books that agree", (since, RECOVERED), || theatre.trades_again())?;
    Ok(())
}
