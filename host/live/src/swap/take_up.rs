//! The swaps that a former session has left: those that it made, and those that it had planned.

use std::collections::BTreeMap;

use host_core::Timestamp;
use host_store::live::LiveStore;

use super::prepare::{PLANNED_SWAPS, Preparer};
use super::swapped_in::{SWAPPED_IN, SwappedIn};
use super::swaps::{FAULTS, Swaps};
use crate::control::protocol::SwapOrder;
use crate::error::{LiveError, Result};
use crate::notice::{NoticeCode, Notices};

/// Returns the swaps of an account with those that a former session has planned. `swapped_in` are the strategies that
/// it has swapped in and that go on: people are told of them.
///
/// # Errors
/// The store refuses.
pub fn take_up(
    store: &mut LiveStore,
    preparer: &Preparer,
    swapped_in: &BTreeMap<String, SwappedIn>,
    now: Timestamp,
    notices: &Notices,
) -> Result<Swaps> {
    for (slot, SwappedIn { started, given, .. }) in swapped_in {
        let (name, version) = (&started.name, &started.version);
        let text = format!(
            "slot {slot} goes on with {name} {version}, which was swapped in; the start names the component {} from \
             before",
            given.get(..8).unwrap_or(given)
        );
        notices.info(now, NoticeCode::StrategySwapped, text);
    }
    store.set_meta(SWAPPED_IN, swapped_in).map_err(LiveError::StoreFailed)?;
    let planned: Option<Vec<SwapOrder>> = store.meta(PLANNED_SWAPS).map_err(LiveError::StoreFailed)?;
    let mut candidates = Vec::new();
    for order in planned.into_iter().flatten() {
        match preparer.take_up_planned(&order) {
            Ok(candidate) => candidates.push(candidate),
            Err(failure) => {
                let why = failure.causes.into_iter().fold(failure.message, |text, cause| format!("{text}: {cause}"));
                let text = format!("slot {}: the swap that was planned is dropped: {why}", order.slot);
                notices.alert(now, NoticeCode::SwapRefused, text);
            }
        }
    }
    let faults = store.meta(FAULTS).map_err(LiveError::StoreFailed)?.unwrap_or_default();
    Ok(Swaps::new(preparer, swapped_in).with_planned(candidates).with_faults(faults))
}
