//! Client order ids. They are derived from the order, so that an order found at the venue can be attributed, and the
//! same order can never get two ids.

use host_core::OrderId;
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

/// Domain separator: the same fields, hashed for another purpose, give another digest.
const PURPOSE: &[u8] = b"host client order id 2";

/// Returns the client order id of order number `order` in the market `ticker`, decided by the component with the digest
/// `strategy_sha256` (hexadecimal) in the session `nonce` of the store `deployment`.
///
/// It is 128 bits of a SHA-256 in the form of a UUID of version 8 (RFC 9562, 36 characters), as venues expect. A store
/// restored from a backup assigns some numbers for the second time; its random session nonce makes the ids differ.
pub fn client_order_id(deployment: Uuid, nonce: Uuid, strategy_sha256: &str, ticker: &str, order: OrderId) -> String {
    let mut digest = Sha256::new();
    // The length before each field makes the encoding unambiguous.
    let (store, session, number) = (deployment.as_bytes(), nonce.as_bytes(), order.0.to_be_bytes());
    for field in [PURPOSE, store, session, strategy_sha256.as_bytes(), ticker.as_bytes(), &number] {
        digest.update((field.len() as u64).to_be_bytes());
        digest.update(field);
    }
    let digest: [u8; 32] = digest.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(bytes).into_uuid().hyphenated().to_string()
}
