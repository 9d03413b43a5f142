//! Strategies that were swapped in while a former host ran: a restart goes on with them, as long as its command line
//! names the component from before.

use std::collections::BTreeMap;

use host_live::account_dir::AccountDir;
use host_live::swap::{SwappedIn, swapped_in};
use host_sandbox::Sandbox;
use host_session::setup::LoadedStrategy;

use crate::config::Config;
use crate::strategies::load::{self, user_cache};
use crate::strategies::trusted::signature_beside;
use crate::terminal::error::{Report, Result};

/// Puts the strategies that were swapped in into the places of those that `strategies` names. Returns them, by slot. A
/// component that is not the one from before the swap takes over by itself: that is a swap by restart.
///
/// # Errors
/// The account's journal lacks one of them, or one cannot be loaded any more.
pub fn take_over(
    strategies: &mut [LoadedStrategy],
    folder: &AccountDir,
    config: &Config,
) -> Result<BTreeMap<String, SwappedIn>> {
    let missing = |why: String| Report::user("the account's journal has not what was swapped in").because(why);
    let mut swapped = swapped_in(folder).map_err(missing)?;
    swapped.retain(|slot, swapped| {
        let mut named = strategies.iter().filter(|strategy| strategy.slot == *slot);
        named.any(|strategy| strategy.component.digest == swapped.given)
    });
    for strategy in strategies.iter_mut() {
        let Some(SwappedIn { started, bytes, .. }) = swapped.get(&strategy.slot) else { continue };
        let sandbox = Sandbox::new(config.sandbox.clone(), user_cache(&config.trust));
        let sandbox = sandbox.map_err(|error| load::report(&error))?;
        let path = folder.component(&started.sha256);
        let signature = signature_beside(&path)?;
        let component = sandbox.load_signed(&path.display().to_string(), bytes, signature.as_deref());
        strategy.component = component.map_err(|error| load::report(&error))?;
        strategy.bytes.clone_from(bytes);
        strategy.settings = started.settings(strategy.settings.poll_interval);
    }
    Ok(swapped)
}
