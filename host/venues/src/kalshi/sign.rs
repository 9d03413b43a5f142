//! Signed requests: `timestamp in ms + METHOD + path`, with the prefix, without the query. The body is not signed.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::RSA_PSS_SHA256;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use host_core::Timestamp;

use super::credentials::{Credentials, Key};

/// Names of the three headers, in the order of [`headers`].
pub(super) const NAMES: [&str; 3] = ["KALSHI-ACCESS-KEY", "KALSHI-ACCESS-TIMESTAMP", "KALSHI-ACCESS-SIGNATURE"];

/// The values of the three headers for a request at `time`.
///
/// # Errors
/// The library could not sign: the system's randomness is exhausted.
pub(super) fn headers(by: &Credentials, time: Timestamp, method: &str, path: &str) -> Result<[String; 3], String> {
    let millis = (time.0.div_euclid(1_000_000)).to_string();
    let text = format!("{millis}{method}{path}");
    let signature = match by.key() {
        Key::Ed25519(key) => STANDARD.encode(key.sign(text.as_bytes())),
        Key::Rsa(key) => {
            let mut signature = vec![0; key.public_modulus_len()];
            // This scheme's salt is as long as its digest: 32 bytes, as the venue demands.
            key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
                .map_err(|_| "the request could not be signed".to_owned())?;
            STANDARD.encode(signature)
        }
    };
    Ok([by.key_id().to_owned(), millis, signature])
}
