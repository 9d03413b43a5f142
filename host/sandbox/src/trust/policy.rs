//! The judgement: may this component run in this mode?

use host_core::Timestamp;

use super::candidate::{Candidate, Signer};
use super::day::CalendarDay;
use super::lock::{Change, ComponentLock, Confirmation, TradingMode};
use super::settings::{Requirement, TrustSettings};
use super::signature::{DetachedSignature, SignatureFault};
use crate::cache::digest;

/// The judgement on a component that may run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    pub signer: Signer,
    /// The person who has confirmed the digest, if one has.
    pub confirmed: Option<Confirmation>,
    /// The difference from what ran in the slot before: people are told before it runs.
    pub change: Option<Change>,
}

/// The reason why a component may not run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotTrusted {
    #[error("it was changed since it was checked")]
    Changed,
    #[error("{0}")]
    Signature(SignatureFault),
    #[error("nobody has signed it, and nobody has confirmed its digest, sha256 {sha256}")]
    Unconfirmed { sha256: String, change: Option<Box<Change>> },
}

impl NotTrusted {
    /// Returns the fix for the component in `file`.
    pub fn hint(&self, file: &str) -> String {
        let without = format!("or remove {file}.minisig and confirm the component itself");
        match self {
            NotTrusted::Changed => "start again: it is read and checked anew".to_owned(),
            NotTrusted::Signature(SignatureFault::Damaged(_)) => {
                format!("get the signature again from its author, or sign it yourself (`host sign`); {without}")
            }
            NotTrusted::Signature(SignatureFault::UnknownKey(id)) => {
                format!("if you trust the holder of key {id}: `host trust add NAME PUBLIC_KEY`; {without}")
            }
            NotTrusted::Signature(SignatureFault::Expired { name, .. }) => {
                format!("have it signed with a current key; or, if {name} goes on, give the key a later `expires`")
            }
            NotTrusted::Signature(SignatureFault::OtherBytes { .. }) => {
                format!("get component and signature again from their author, or sign it (`host sign`); {without}")
            }
            NotTrusted::Unconfirmed { sha256, .. } => format!(
                "look at what it is, then `host trust confirm {file}`, or start with `--confirm-component {}`; or \
                 have it signed: `host sign`",
                sha256.get(..16).unwrap_or(sha256)
            ),
        }
    }
}

impl TrustSettings {
    /// Returns who vouches for `bytes` by `signature`, at the time `now`.
    pub fn signer(&self, bytes: &[u8], signature: Option<&[u8]>, now: Timestamp) -> Signer {
        match signature.map(|signature| self.verify(bytes, signature, now)) {
            None => Signer::Unsigned,
            Some(Ok(signer)) => signer,
            Some(Err(fault)) => Signer::Rejected(fault),
        }
    }

    fn verify(&self, bytes: &[u8], signature: &[u8], now: Timestamp) -> Result<Signer, SignatureFault> {
        let signature = DetachedSignature::parse(signature)?;
        let id = signature.key_id();
        // Ids are unique in the list. Even if they were not, a key that does not verify cannot stand in for another.
        let key = self.keys.iter().find(|key| key.public_key.id() == id).ok_or(SignatureFault::UnknownKey(id))?;
        let name = key.name.clone();
        if !signature.verifies(bytes, &key.public_key) {
            return Err(SignatureFault::OtherBytes { name, id });
        }
        match key.expires.filter(|_| !key.is_valid(CalendarDay::of(now))) {
            Some(day) => Err(SignatureFault::Expired { name, id, day }),
            None => Ok(Signer::Trusted { name, id, comment: signature.comment() }),
        }
    }

    /// Judges `candidate` for `mode`. `lock` says what ran before and which digests people have confirmed.
    ///
    /// A signature that is there and counts for nothing keeps a component from live trading whatever the policy is, and
    /// whoever has confirmed it: something is wrong with it.
    ///
    /// # Errors
    /// It may not run.
    pub fn judge(
        &self,
        mode: TradingMode,
        candidate: &Candidate<'_>,
        lock: &ComponentLock,
        now: Timestamp,
    ) -> Result<Judgement, NotTrusted> {
        let sha256 = &candidate.component.digest;
        if digest(candidate.bytes) != *sha256 {
            return Err(NotTrusted::Changed);
        }
        let signer = self.signer(candidate.bytes, candidate.signature, now);
        let confirmed = lock.confirmation(sha256).cloned();
        let change = lock.change(mode, candidate, &signer);
        let must = self.requirement(mode) == Requirement::Require;
        match &signer {
            Signer::Rejected(fault) if must || mode == TradingMode::Live => Err(NotTrusted::Signature(fault.clone())),
            Signer::Unsigned if must && confirmed.is_none() => {
                Err(NotTrusted::Unconfirmed { sha256: sha256.clone(), change: change.map(Box::new) })
            }
            _ => Ok(Judgement { signer, confirmed, change }),
        }
    }
}
