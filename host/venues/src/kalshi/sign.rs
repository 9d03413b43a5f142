//! Signs requests: the text is `timestamp in ms + METHOD + path`, where the path has the API's prefix but no query. The
//! body is not signed.
//!
//! Source: <https://docs.kalshi.com/getting_started/api_keys>.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::RSA_PSS_SHA256;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use host_core::Timestamp;

use super::credentials::{Credentials, SigningKey};

/// Names of the three headers, in the order of the values from [`headers`].
pub(super) const NAMES: [&str; 3] = ["KALSHI-ACCESS-KEY", "KALSHI-ACCESS-TIMESTAMP", "KALSHI-ACCESS-SIGNATURE"];

/// Returns the values of the three headers for a request sent at `time`.
///
/// # Errors
/// The library cannot sign because the system gives no randomness.
pub(super) fn headers(by: &Credentials, time: Timestamp, method: &str, path: &str) -> Result<[String; 3], String> {
    let millis = (time.0.div_euclid(1_000_000)).to_string();
    let text = format!("{millis}{method}{path}");
    let signature = match by.key() {
        SigningKey::Ed25519(key) => STANDARD.encode(key.sign(text.as_bytes())),
        SigningKey::Rsa(key) => {
            let mut signature = vec![0; key.public_modulus_len()];
            // The scheme's salt is as long as its digest, 32 bytes, as the venue demands.
            key.sign(&RSA_PSS_SHA256, &SystemRandom::new(), text.as_bytes(), &mut signature)
                .map_err(|_| "the request could not be signed".to_owned())?;
            STANDARD.encode(signature)
        }
    };
    Ok([by.key_id().to_owned(), millis, signature])
}
