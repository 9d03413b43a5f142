//! A strategy that took over a slot, with the knowledge that it began with then.

use host_core::engine::{Newcomer, ResumedStrategy};
use host_core::{Market, Strategy};
use host_store::journal::events::Knowledge;

use super::source::JournalSource;
use crate::error::{Result, SessionError};

/// Gives `strategy`, which has just been started, the `knowledge` that it began with. `markets` are those that the
/// engine knew, by number.
///
/// # Errors
/// It does not go on from it, or the recording beside the journal of `source` lacks it.
pub fn newcomer(
    strategy: Box<dyn Strategy>,
    knowledge: Knowledge,
    markets: &[Market],
    source: &JournalSource<'_>,
) -> Result<Newcomer> {
    let not_resumed = |fault: host_core::Fault| SessionError::NotResumed(fault.message.into());
    match knowledge {
        Knowledge::State(ResumedStrategy { state, markets: unannounced, fills, .. }) => {
            let listed = markets.iter().filter(|market| unannounced.contains(&market.id)).cloned().collect();
            Newcomer::resumed(strategy, &state, listed, fills).map_err(not_resumed)
        }
        Knowledge::WarmUp(wanted) => {
            let mut newcomer = Newcomer::cold(strategy, markets.to_vec());
            source.show_recorded(&wanted, &mut |rows| newcomer.warm_up(rows).map_err(not_resumed))?;
            Ok(newcomer)
        }
    }
}
