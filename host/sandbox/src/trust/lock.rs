//! The content of `host.lock`: the components that ran last in each mode, and those that people have confirmed.

use std::collections::BTreeMap;
use std::fmt;

use host_core::risk::RiskLimits;
use host_core::{Timestamp, foreign};
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::candidate::{Candidate, Signer};
use crate::limits::SandboxLimits;

/// The limits of a slot's size that the lock records: keys of [`RiskLimits`].
pub const SIZE_CAPS: [&str; 4] = ["max_order_size", "max_order_value", "max_position_size", "max_position_value"];

/// Most letters of a text in the lock.
const MOST_LETTERS: usize = 100;

/// Fewest digits by which a person names a digest: fewer could be met by trying.
const FEWEST_DIGITS: usize = 8;

/// Returns true if a person means the component with the digest `sha256` by `given`: all of its digits, or the first
/// eight or more, in hexadecimal.
pub fn is_named_by(sha256: &str, given: &str) -> bool {
    given.len() >= FEWEST_DIGITS && sha256.starts_with(&given.to_ascii_lowercase())
}

/// Returns the fewest digits that a person may name the digest `sha256` by.
pub fn short_digest(sha256: &str) -> &str {
    sha256.get(..FEWEST_DIGITS).unwrap_or(sha256)
}

/// The ways to trade that trust is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TradingMode {
    Paper,
    Live,
}

/// The components that ran last, by mode and slot, and the confirmed ones. Its text is TOML.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComponentLock {
    version: u32,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    paper: BTreeMap<String, LockedComponent>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    live: BTreeMap<String, LockedComponent>,
    /// In the order in which they were confirmed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    confirmed: Vec<Confirmation>,
}

/// A component as it ran in a slot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedComponent {
    /// The strategy's name for itself.
    pub component: String,
    pub version: String,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// Name and id of the key that signed it, or that nobody did.
    pub signer: String,
    /// The contract with its version.
    pub contract: String,
    /// The times of the first and the last start with it in this slot.
    pub first_run: String,
    pub last_run: String,
    /// The caps on the slot's size, as [`RiskLimits`] has them.
    pub size_caps: Table,
    /// The limits of the sandbox.
    pub sandbox: SandboxLimits,
}

/// A person's word that the component of one digest may run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confirmation {
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// The strategy's name and version, for readers.
    pub component: String,
    /// The person, and the command they gave.
    pub by: String,
    pub at: String,
}

/// The difference between a slot's component and the one that ran there last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The former one's version, digest and signer.
    pub before: [String; 3],
    /// The new one's.
    pub now: [String; 3],
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |[version, digest, signer]: &[String; 3]| {
            format!("{version}, sha256 {}, {signer}", digest.get(..16).unwrap_or(digest))
        };
        write!(f, "it is {}; before it was {}", shown(&self.now), shown(&self.before))
    }
}

impl Default for ComponentLock {
    fn default() -> ComponentLock {
        ComponentLock {
            version: ComponentLock::VERSION,
            paper: BTreeMap::new(),
            live: BTreeMap::new(),
            confirmed: Vec::new(),
        }
    }
}

impl ComponentLock {
    /// The version of the form that this host reads and writes.
    pub const VERSION: u32 = 1;

    /// Returns the components that ran last in `mode`, by slot.
    pub fn components(&self, mode: TradingMode) -> &BTreeMap<String, LockedComponent> {
        match mode {
            TradingMode::Paper => &self.paper,
            TradingMode::Live => &self.live,
        }
    }

    /// Returns the first confirmation of the component with this digest.
    pub fn confirmation(&self, sha256: &str) -> Option<&Confirmation> {
        self.confirmed.iter().find(|confirmed| confirmed.sha256 == sha256)
    }

    /// Returns all confirmations, oldest first.
    pub fn confirmations(&self) -> &[Confirmation] {
        &self.confirmed
    }

    /// Returns true if all texts that are printed are as this host writes them: one line, without control characters.
    pub(super) fn is_printable(&self) -> bool {
        let components = self.paper.values().chain(self.live.values());
        let of_components = components.flat_map(|one| [&one.version, &one.sha256, &one.signer]);
        let of_confirmed = self.confirmed.iter().flat_map(|one| [&one.sha256, &one.component, &one.by, &one.at]);
        of_components.chain(of_confirmed).all(|text| one_line(text) == *text)
    }

    /// Returns the difference between `candidate`, signed by `signer`, and what ran last in its slot; none if nothing
    /// did, or if they are the same.
    pub(super) fn change(&self, mode: TradingMode, candidate: &Candidate<'_>, signer: &Signer) -> Option<Change> {
        let before = self.components(mode).get(candidate.slot)?;
        let component = candidate.component;
        let now = [one_line(&component.manifest.version), component.digest.clone(), signer.to_string()];
        let before = [before.version.clone(), before.sha256.clone(), before.signer.clone()];
        (now[1..] != before[1..]).then_some(Change { before, now })
    }

    /// Records that a person, `by`, has confirmed the digest of `candidate`. A second time changes nothing.
    pub fn confirm(&mut self, candidate: &Candidate<'_>, by: &str, now: Timestamp) {
        let component = candidate.component;
        if self.confirmation(&component.digest).is_none() {
            self.confirmed.push(Confirmation {
                sha256: component.digest.clone(),
                component: one_line(&format!("{} {}", component.manifest.name, component.manifest.version)),
                by: one_line(by),
                at: now.to_string(),
            });
        }
    }

    /// Records that a run of `candidate` begins `now`, signed by `signer`, within `limits`.
    pub fn record(
        &mut self,
        mode: TradingMode,
        candidate: &Candidate<'_>,
        signer: &Signer,
        limits: &RiskLimits,
        now: Timestamp,
    ) {
        let component = candidate.component;
        let slots = match mode {
            TradingMode::Paper => &mut self.paper,
            TradingMode::Live => &mut self.live,
        };
        let before = slots.get(candidate.slot).filter(|before| before.sha256 == component.digest);
        let locked = LockedComponent {
            component: one_line(&component.manifest.name),
            version: one_line(&component.manifest.version),
            sha256: component.digest.clone(),
            signer: signer.to_string(),
            contract: component.contract(),
            first_run: before.map_or_else(|| now.to_string(), |before| before.first_run.clone()),
            last_run: now.to_string(),
            size_caps: size_caps(limits),
            sandbox: component.limits.clone(),
        };
        slots.insert(candidate.slot.to_owned(), locked);
    }
}

fn size_caps(limits: &RiskLimits) -> Table {
    let all = match Value::try_from(limits) {
        Ok(Value::Table(all)) => all,
        // Cannot happen: limits are numbers, texts and lists, which TOML has.
        _ => Table::new(),
    };
    all.into_iter().filter(|(name, _)| SIZE_CAPS.contains(&name.as_str())).collect()
}
/// Returns `text` as it is kept and printed: others wrote it, and may have written over the file.
fn one_line(text: &str) -> String {
    foreign::line(text, MOST_LETTERS)
}
