//! Who asks: signed requests, as the venue checks them.
//!
//! A request is signed over the time in milliseconds, its method and its path without the query, with RSA-PSS (SHA-256,
//! salt of 32 bytes) or Ed25519. The venue does not refuse a signature that it has seen; neither do we.

use std::collections::BTreeMap;

use aws_lc_rs::signature::ParsedPublicKey;
use axum::http::HeaderMap;
use host_core::{Span, Timestamp};
use thiserror::Error;

use super::clock::ClientTimes;
use super::keys::read_base64;
use super::limits::Tier;
use crate::venue::MemberId;

/// The id of the key.
pub const KEY_HEADER: &str = "kalshi-access-key";
/// When the request was signed, in milliseconds since the epoch.
pub const TIMESTAMP_HEADER: &str = "kalshi-access-timestamp";
/// The signature in base64.
pub const SIGNATURE_HEADER: &str = "kalshi-access-signature";

/// The keys that open the door.
#[derive(Debug, Default)]
pub struct Keyring(BTreeMap<String, Holder>);

#[derive(Debug)]
struct Holder {
    member: MemberId,
    tier: Tier,
    key: ParsedPublicKey,
}

/// Why a request is not believed. All are 401 on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AccessError {
    /// Not signed at all.
    #[error("the request is not signed: send KALSHI-ACCESS-KEY, KALSHI-ACCESS-TIMESTAMP and KALSHI-ACCESS-SIGNATURE")]
    NotSigned,
    /// Some headers, but not all, or one that is no text.
    #[error("header {0} is missing or unreadable")]
    Header(&'static str),
    /// The time is not a number of milliseconds.
    #[error("KALSHI-ACCESS-TIMESTAMP must be milliseconds since 1970")]
    Timestamp,
    /// Signed too long ago, or in the future.
    #[error("the request was signed too far from the exchange's time: correct the clock")]
    Skewed,
    /// Nobody's key.
    #[error("no such API key")]
    UnknownKey,
    /// Signed with another key, or over another text.
    #[error("incorrect signature")]
    Signature,
}

impl Keyring {
    /// Adds a member's key; `false` if there is one with this id already.
    pub fn add(&mut self, key_id: &str, key: ParsedPublicKey, member: MemberId, tier: Tier) -> bool {
        if self.0.contains_key(key_id) {
            return false;
        }
        self.0.insert(key_id.to_owned(), Holder { member, tier, key });
        true
    }

    /// How much a member may ask for; [`Tier::Basic`] for one who has no key.
    pub fn tier(&self, member: MemberId) -> Tier {
        self.0.values().find(|holder| holder.member == member).map_or(Tier::default(), |holder| holder.tier)
    }
}

/// Who signed a request of `method` (upper case) and `path` (without the query), if it was within `window` of what his
/// clock may show, `now`.
///
/// # Errors
/// If it was not signed, or not by anyone known, or not now.
pub fn verify(
    keyring: &Keyring,
    method: &str,
    path: &str,
    headers: &HeaderMap,
    now: ClientTimes,
    window: Span,
) -> Result<MemberId, AccessError> {
    if [KEY_HEADER, TIMESTAMP_HEADER, SIGNATURE_HEADER].iter().all(|name| !headers.contains_key(*name)) {
        return Err(AccessError::NotSigned);
    }
    let header =
        |name: &'static str| headers.get(name).and_then(|value| value.to_str().ok()).ok_or(AccessError::Header(name));
    let (key_id, time, signature) = (header(KEY_HEADER)?, header(TIMESTAMP_HEADER)?, header(SIGNATURE_HEADER)?);
    let signed_ms: i64 = time.parse().map_err(|_| AccessError::Timestamp)?;
    let holder = keyring.0.get(key_id).ok_or(AccessError::UnknownKey)?;
    let signature = read_base64(signature).ok_or(AccessError::Signature)?;
    let text = format!("{time}{method}{path}");
    holder.key.verify_sig(text.as_bytes(), &signature).map_err(|_| AccessError::Signature)?;
    if !now.are_near(Timestamp(signed_ms.saturating_mul(1_000_000)), window) {
        return Err(AccessError::Skewed);
    }
    Ok(holder.member)
}
