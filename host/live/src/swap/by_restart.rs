//! A swap by restart: another component under the same slot. What its parameters mean is checked as with any swap.

use host_sandbox::{Sandbox, StrategyComponent};
use host_session::setup::{LoadedStrategy, Setup};
use host_store::live::LiveStore;

use super::parameters::changed_meaning;
use crate::error::{LiveError, Result};
use crate::last_start::LastStart;
use crate::preflight;
use crate::refusal::{Checked, Refusal};

/// Refuses a start with components whose parameters mean something else than in those that ran before, unless their
/// values are set.
///
/// # Errors
/// Each parameter that has to be set; or the store cannot be read.
pub fn refuse_changed_meaning(
    setup: &Setup,
    last: Option<&LastStart>,
    store: &LiveStore,
    sandbox: &Sandbox,
) -> Result<()> {
    let mut refusals = Vec::new();
    for strategy in &setup.strategies {
        let LoadedStrategy { slot, component, settings, .. } = strategy;
        let former = last.and_then(|last| last.component(slot)).filter(|former| *former != component.digest);
        let Some(former) = former.map(|former| load(former, store, sandbox)).transpose()?.flatten() else { continue };
        let is_set = |name: &str| settings.parameters.iter().any(|(set, _)| set == name);
        refusals.extend(changed_meaning(&former.manifest, &component.manifest, is_set).into_iter().map(|changed| {
            let what = format!("slot {slot}: {changed}");
            Refusal::new(what, format!("or set it under [strategy.{slot}] in host.toml"))
        }));
    }
    preflight::require(Checked::Settings, refusals)
}

/// Returns the component with the digest `sha256`; `None` if the journal lacks it, or this host cannot load it.
fn load(sha256: &str, store: &LiveStore, sandbox: &Sandbox) -> Result<Option<StrategyComponent>> {
    let journal = store.journal().map_err(LiveError::StoreFailed)?;
    let Ok(Some(bytes)) = journal.component(sha256) else { return Ok(None) };
    Ok(sandbox.load_bytes("the component from before", &bytes).ok())
}
