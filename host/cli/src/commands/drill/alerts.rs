//! The drill of alerts: simulated failures must reach a receiver on this machine, and, where it is asked for, a test
//! the configured channels.

use std::time::Duration;

use host_monitor::alerts::{Message, channels};

use super::steps::{Since, Steps};
use super::theatre::Theatre;
use crate::commands::notify::try_all;
use crate::config::Config;
use crate::terminal::error::Result;

/// Time from the event to the message.
const GOAL: Duration = Duration::from_secs(5);
/// Time until the host must have noticed that the account is not seen: live.max_unseen, which is 5 s here, and polls.
const NOTICED: Duration = Duration::from_secs(20);

/// Lets the venue fail and a person stop trading, and waits for the messages.
pub(super) fn hold(config: &Config, steps: &mut Steps) -> Result<()> {
    let mut theatre = Theatre::open(config, steps)?;
    if !theatre.start_trading(steps)? {
        return Ok(());
    }
    let arrived = |theatre: &Theatre, before: usize, words: &str| {
        let received = theatre.receiver.received();
        let found = received.iter().skip(before).find(|message| message.contains(words));
        found.map(|_| format!("a message with {words}")).ok_or_else(|| format!("no message with {words} arrived"))
    };
    let before = theatre.receiver.received().len();
    let since = Since::now();
    if let Err(why) = theatre.fail_venue(true) {
        steps.note("the venue fails", false, why);
        return Ok(());
    }
    steps.wait("an outage is noticed and told", (since, NOTICED + GOAL), || {
        arrived(&theatre, before, "account_unseen").or_else(|_| arrived(&theatre, before, "venue"))
    })?;
    if let Err(why) = theatre.fail_venue(false) {
        steps.note("the venue answers again", false, why);
        return Ok(());
    }
    let before = theatre.receiver.received().len();
    let since = Since::now();
    let stopped = super::child::run_to_end(theatre.folder(), &["kill", "--reason", "a drill of alerts"]);
    if let Err(why) = stopped {
        steps.note("trading is stopped", false, why);
        return Ok(());
    }
    steps.wait("a stop is told", (since, GOAL), || arrived(&theatre, before, "a drill of alerts"))?;
    theatre.crash_host();
    Ok(())
}

/// Sends a test through each configured channel.
pub(super) fn send(config: &Config, steps: &mut Steps) -> Result<()> {
    let channels = channels(&config.alerts)?;
    if channels.is_empty() {
        steps.note("a test is delivered", false, "[alerts] names no channel");
        return Ok(());
    }
    for channel in &channels {
        let since = Since::now();
        let outcome = try_all(std::slice::from_ref(channel), &Message::test(&config.live.account))?;
        let failed = outcome.into_iter().find_map(|outcome| outcome.err().map(|error| error.to_string()));
        steps.wait(&format!("{} takes a test", channel.name), (since, GOAL), || match &failed {
            None => Ok("delivered".to_owned()),
            Some(why) => Err(why.clone()),
        })?;
    }
    Ok(())
}
