//! Authentication: verifies signed requests by the venue's rules.
//!
//! A request is signed over its time in milliseconds, method, and path without the query, with RSA-PSS (SHA-256,
//! 32-byte salt) or Ed25519. Like the venue, this does not reject a signature seen before.

use std::collections::BTreeMap;

use aws_lc_rs::signature::ParsedPublicKey;
use axum::http::HeaderMap;
use host_core::{Span, Timestamp};
use thiserror::Error;

use super::clock::ClientTimes;
use super::keys::read_base64;
use super::limits::Tier;
use crate::venue::MemberId;

/// Key id.
pub const KEY_HEADER: &str = "kalshi-access-key";
/// Time of signing, in milliseconds since the epoch.
pub const TIMESTAMP_HEADER: &str = "kalshi-access-timestamp";
/// Signature in base64.
pub const SIGNATURE_HEADER: &str = "kalshi-access-signature";

/// The members' public keys.
#[derive(Debug, Default)]
pub struct Keyring(BTreeMap<String, KeyHolder>);

#[derive(Debug)]
struct KeyHolder {
    member: MemberId,
    tier: Tier,
    key: ParsedPublicKey,
}

/// Reasons why authentication fails; all are 401 on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AuthError {
    #[error("the request is not signed: send KALSHI-ACCESS-KEY, KALSHI-ACCESS-TIMESTAMP and KALSHI-ACCESS-SIGNATURE")]
    NotSigned,
    /// A header is missing, or is not text.
    #[error("header {0} is missing or unreadable")]
    Header(&'static str),
    /// The time is not a number of milliseconds.
    #[error("KALSHI-ACCESS-TIMESTAMP must be milliseconds since 1970")]
    Timestamp,
    /// Signed too long ago, or in the future.
    #[error("the request was signed too far from the exchange's time")]
    Skewed,
    #[error("no such API key")]
    UnknownKey,
    /// Signed with another key, or over another text.
    #[error("incorrect signature")]
    Signature,
}

impl Keyring {
    /// Adds a member's key; returns `false` if the id is already taken.
    pub fn add(&mut self, key_id: &str, key: ParsedPublicKey, member: MemberId, tier: Tier) -> bool {
        if self.0.contains_key(key_id) {
            return false;
        }
        self.0.insert(key_id.to_owned(), KeyHolder { member, tier, key });
        true
    }

    /// Returns the ids of a member's keys.
    pub fn key_ids(&self, member: MemberId) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(_, holder)| holder.member == member).map(|(id, _)| id.as_str())
    }

    /// Returns a member's rate-limit tier; [`Tier::Basic`] for a member without a key.
    pub fn tier(&self, member: MemberId) -> Tier {
        self.0.values().find(|holder| holder.member == member).map_or(Tier::default(), |holder| holder.tier)
    }
}

/// Returns the member who signed a request of `method` (upper case) and `path` (without the query). The signature's
/// time must lie within `window` of `now`, the times that the member's clock may show.
///
/// # Errors
/// If the request is not signed, not by a known key, or not recently.
pub fn verify(
    keyring: &Keyring,
    method: &str,
    path: &str,
    headers: &HeaderMap,
    now: ClientTimes,
    window: Span,
) -> Result<MemberId, AuthError> {
    if [KEY_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER].iter().all(|name| !headers.contains_key(*name)) {
        return Err(AuthError::NotSigned);
    }
    let header =
        |name: &'static str| headers.get(name).and_then(|value| value.to_str().ok()).ok_or(AuthError::Header(name));
    let (key_id, time, signature) = (header(KEY_HEADER)?, header(TIMESTAMP_HEADER)?, header(SIGNATURE_HEADER)?);
    let signed_ms: i64 = time.parse().map_err(|_| AuthError::Timestamp)?;
    let holder = keyring.0.get(key_id).ok_or(AuthError::UnknownKey)?;
    let signature = read_base64(signature).ok_or(AuthError::Signature)?;
    let text = format!("{time}{method}{path}");
    holder.key.verify_sig(text.as_bytes(), &signature).map_err(|_| AuthError::Signature)?;
    if !now.are_near(Timestamp(signed_ms.saturating_mul(1_000_000)), window) {
        return Err(AuthError::Skewed);
    }
    Ok(holder.member)
}
