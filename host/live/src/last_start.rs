//! The settings of the last start that decide differently if they change: people are told, in case they did not mean
//! it.

use std::collections::BTreeMap;

use host_core::{Span, Timestamp};
use host_session::setup::Setup;
use host_store::live::{LiveStore, StoreError};
use serde::{Deserialize, Serialize};

use crate::notice::{NoticeCode, Notices};
use crate::swap::{SWAPPED_IN, SwappedIn};

/// The store's name for it.
const LAST_START: &str = "last_start";

/// The settings of a start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastStart {
    poll_interval: Span,
    stage_percent: u32,
    /// Version and digest of each component, by slot.
    components: BTreeMap<String, (String, String)>,
}

impl LastStart {
    /// Describes a start of `setup` at a stage.
    pub fn of(setup: &Setup, stage_percent: u32) -> LastStart {
        let line = |strategy: &host_session::setup::LoadedStrategy| {
            let component = &strategy.component;
            (strategy.slot.clone(), (component.manifest.version.clone(), component.digest.clone()))
        };
        let components = setup.strategies.iter().map(line).collect();
        LastStart { poll_interval: setup.poll_interval, stage_percent, components }
    }

    /// Returns the settings that `store` has, with the components that were swapped in since; `None` before the first
    /// start.
    ///
    /// # Errors
    /// The store refuses.
    pub fn read(store: &LiveStore) -> Result<Option<LastStart>, StoreError> {
        let Some(mut last) = store.meta::<LastStart>(LAST_START)? else { return Ok(None) };
        let swapped: Option<BTreeMap<String, SwappedIn>> = store.meta(SWAPPED_IN)?;
        let swapped = swapped.into_iter().flatten();
        last.components.extend(swapped.map(|(slot, one)| (slot, (one.started.version, one.started.sha256))));
        Ok(Some(last))
    }

    /// Returns the digest of the component that ran last in `slot`.
    pub fn component(&self, slot: &str) -> Option<&str> {
        self.components.get(slot).map(|(_, digest)| digest.as_str())
    }

    /// Tells people what is not as it was at the last start of `store`, and keeps this one in its place.
    ///
    /// # Errors
    /// The store refuses.
    pub fn take_over(&self, store: &mut LiveStore, now: Timestamp, notices: &Notices) -> Result<(), StoreError> {
        let last = LastStart::read(store)?;
        for text in last.iter().flat_map(|last| self.changes(last)) {
            notices.warn(now, NoticeCode::SettingsChanged, text);
        }
        if last.as_ref() == Some(self) {
            return Ok(());
        }
        // A slot that is not in this start keeps its component for the next.
        let mut kept = self.clone();
        for (slot, component) in last.into_iter().flat_map(|last| last.components) {
            kept.components.entry(slot).or_insert(component);
        }
        store.set_meta(LAST_START, &kept)
    }

    /// Returns what is not as it was at the start `before`, each in words.
    fn changes(&self, before: &LastStart) -> Vec<String> {
        let mut changes = Vec::new();
        if self.poll_interval != before.poll_interval {
            let (now, then) = (self.poll_interval, before.poll_interval);
            changes.push(format!("feed.poll is {now}, it was {then} at the last start: averages count polls"));
        }
        if self.stage_percent != before.stage_percent {
            let (now, then) = (self.stage_percent, before.stage_percent);
            changes.push(format!("the stage is {now} %, it was {then} % at the last start"));
        }
        for (slot, (version, digest)) in &self.components {
            let Some((former, former_digest)) = before.components.get(slot) else { continue };
            if digest != former_digest {
                changes.push(match version == former {
                    true => format!("the component of {slot} is another one than at the last start, also {version}"),
                    false => format!("the component of {slot} is version {version}, it was {former} at the last start"),
                });
            }
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start(poll: i64, stage_percent: u32, version: &str, digest: &str) -> LastStart {
        let components = [("mr".to_owned(), (version.to_owned(), digest.to_owned()))].into();
        LastStart { poll_interval: Span::seconds(poll), stage_percent, components }
    }

    #[test]
    fn each_change_is_told_with_both_values() {
        let before = start(30, 25, "1.0.0", "aa");
        let told = |now: LastStart| now.changes(&before).join("; ");
        assert_eq!(told(before.clone()), "");
        assert_eq!(
            told(start(60, 25, "1.0.0", "aa")),
            "feed.poll is 1m, it was 30s at the last start: averages count polls"
        );
        assert_eq!(told(start(30, 50, "1.0.0", "aa")), "the stage is 50 %, it was 25 % at the last start");
        assert_eq!(
            told(start(30, 25, "1.1.0", "bb")),
            "the component of mr is version 1.1.0, it was 1.0.0 at the last start"
        );
        assert_eq!(
            told(start(30, 25, "1.0.0", "bb")),
            "the component of mr is another one than at the last start, also 1.0.0"
        );
    }
}
