//! Shadows after a restart: each is made again from the event with which it began, and is shown what came since.

use std::collections::BTreeMap;

use host_core::engine::Engine;
use host_core::{Market, SlotId};
use host_sandbox::trust::{Judgement, read_beside};
use host_session::pretend::PretendTerms;
use host_session::replay::newcomer::newcomer;
use host_session::replay::source::JournalSource;
use host_session::start::Started;
use host_store::journal::Journal;
use host_store::journal::events::LoggedEvent;
use host_store::live::{LiveStore, ShadowStep};

use super::running::Shadow;
use super::{KeptShadow, SHADOWS, Shadows};
use crate::error::{LiveError, Result};
use crate::notice::{NoticeCode, Notices};
use crate::swap::{Preparer, SwapCandidate};

/// Makes the shadows that `store` keeps again. Of those that cannot be, people are told.
///
/// # Errors
/// The store refuses.
pub fn rebuild(
    store: &mut LiveStore,
    preparer: &Preparer,
    terms: &PretendTerms,
    engine: &Engine,
    notices: &Notices,
) -> Result<Shadows> {
    let kept: Option<BTreeMap<SlotId, KeptShadow>> = store.meta(SHADOWS).map_err(LiveError::StoreFailed)?;
    let mut shadows = Shadows::default();
    for (slot, kept) in kept.into_iter().flatten() {
        let last = store.last_shadow(slot, &kept.order.sha256).map_err(LiveError::StoreFailed)?;
        let journal = store.journal().map_err(LiveError::StoreFailed)?;
        let name = kept.order.slot.clone();
        match again(&journal, preparer, terms, engine.markets(), &kept, last) {
            Ok((shadow, steps)) => {
                store.note_shadows(&steps).map_err(LiveError::StoreFailed)?;
                shadows.add(slot, shadow);
            }
            Err(why) => {
                let text = format!("slot {name}: its shadow is dropped: {why}");
                notices.alert(engine.now(), NoticeCode::Shadow, text);
            }
        }
    }
    store.set_meta(SHADOWS, &shadows.kept()).map_err(LiveError::StoreFailed)?;
    Ok(shadows)
}

/// Makes one shadow again. Returns it with those of its records that are not kept yet, after event number `last`.
fn again(
    journal: &Journal,
    preparer: &Preparer,
    terms: &PretendTerms,
    markets: &[Market],
    kept: &KeptShadow,
    last: Option<i64>,
) -> Result<(Shadow, Vec<ShadowStep>), String> {
    let text = |error: &dyn std::error::Error| error.to_string();
    let seat = preparer.seats.named(&kept.order.slot).ok_or("its slot is not loaded")?;
    let steps = journal.steps_after(kept.begun - 1).map_err(|error| text(&error))?;
    let mut steps = steps.ok_or("what it was shown is in the archive")?;
    let first = steps.next().ok_or("the journal lacks its beginning")?.map_err(|error| text(&error))?;
    let LoggedEvent::Shadow(begun) = first.event else { return Err("the journal lacks its beginning".to_owned()) };
    let started: Started = serde_json::from_value(begun.started).map_err(|error| text(&error))?;
    let source = JournalSource::new(journal, preparer.sandbox.cache().clone(), preparer.sandbox.limits().clone());
    let component = source.component(&preparer.sandbox, &started).map_err(|error| text(&error))?;
    let settings = started.settings(preparer.poll_interval);
    let strategy = component.start(&settings).map_err(|error| text(&error))?;
    let newcomer = newcomer(Box::new(strategy), begun.knowledge, markets, &source).map_err(|error| text(&error))?;
    let session = terms.session(newcomer, &seat.slot, markets, begun.time).map_err(|error| text(&error))?;
    let bytes = journal.component(&started.sha256).map_err(|error| text(&error))?.unwrap_or_default();
    let signature = read_beside(&preparer.folder.component(&started.sha256)).unwrap_or_default();
    let Judgement { signer, .. } = preparer
        .trust
        .judge(&seat.slot.name, &component, &bytes, signature.as_deref())
        .map_err(|failure| [failure.message].into_iter().chain(failure.causes).collect::<Vec<_>>().join(": "))?;
    let (slot, order) = (seat.slot, kept.order.clone());
    let candidate = SwapCandidate { slot, component, bytes, settings, signature, signer, order };
    let mut shadow = Shadow::new(candidate, session, (kept.begun, begun.time), begun.until);
    shadow.kept = last.unwrap_or(kept.begun);
    let mut unkept = Vec::new();
    for step in steps {
        let step = step.map_err(|error| text(&error))?;
        shadow.note_trading(&step.records);
        let records = shadow.show(step.seq, &step.event);
        if !records.is_empty() {
            let (slot, sha256) = (shadow.candidate.slot.number, shadow.sha256().to_owned());
            unkept.push(ShadowStep { slot, sha256, event_seq: step.seq, records });
        }
    }
    Ok((shadow, unkept))
}
