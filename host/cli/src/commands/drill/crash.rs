//! The drill of a crash: `kill -9` while orders work, and a start.

use std::time::Duration;

use super::child::run_to_end;
use super::steps::{Since, Steps};
use super::theatre::Theatre;
use crate::config::Config;
use crate::terminal::error::Result;

/// Time in which a start must have compared the books, and trade.
const GOAL: Duration = Duration::from_secs(30);

/// Kills the host and starts it again.
pub(super) fn hold(config: &Config, steps: &mut Steps) -> Result<()> {
    let mut theatre = Theatre::open(config, steps)?;
    if !theatre.start_trading(steps)? {
        return Ok(());
    }
    theatre.crash_host();
    let since = Since::now();
    theatre.start_host()?;
    if !steps.wait("it trades again, with books that agree", (since, GOAL), || theatre.trades_again())? {
        return Ok(());
    }
    let ids = theatre.orders().map(|orders| {
        let mut ids: Vec<String> = orders.iter().map(|order| order["client_order_id"].to_string()).collect();
        let all = ids.len();
        ids.sort();
        ids.dedup();
        (all, ids.len())
    });
    let (twice, found) = match ids {
        Ok((all, distinct)) => (all != distinct, format!("{all} orders, each of its own id")),
        Err(why) => (true, why),
    };
    steps.note("no order was sent twice", !twice, found);
    replayed(&mut theatre, steps);
    Ok(())
}

/// Ends the host, and replays the journal over the crash.
fn replayed(theatre: &mut Theatre, steps: &mut Steps) {
    theatre.crash_host();
    let journal = theatre.account().journal().display().to_string();
    match run_to_end(theatre.folder(), &["replay", &journal]) {
        Ok(said) => steps.note("a replay decides the same", said.contains("identical"), said.trim()),
        Err(why) => steps.note("a replay decides the same", false, why),
    };
}
