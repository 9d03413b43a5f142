//! Keys of members: generation, and PEM (RFC 7468) in and out.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ED25519, Ed25519KeyPair, KeyPair, ParsedPublicKey, RSA_PSS_2048_8192_SHA256, VerificationAlgorithm,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use thiserror::Error;

/// The two kinds of keys that the venue takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// RSA of 2,048 bits: signatures are RSA-PSS with SHA-256 and a salt of 32 bytes.
    Rsa,
    /// Ed25519.
    Ed25519,
}

/// Why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    /// The system gave no randomness.
    #[error("no key could be generated: the system's source of randomness failed")]
    NotGenerated,
    /// Not a PEM of a public key.
    #[error(
        "no public key in PEM: it must begin with `-----BEGIN PUBLIC KEY-----`, as the public file of a new pair does"
    )]
    NotPem,
    /// A PEM with something else inside.
    #[error("neither an RSA key of 2048 bits or more nor an Ed25519 key: make a new pair")]
    UnknownKind,
}

/// A new pair in PEM: the private key (PKCS#8), and the public one (SPKI).
///
/// # Errors
/// [`KeyError::NotGenerated`].
pub fn generate(kind: KeyKind) -> Result<(String, String), KeyError> {
    let pair = match kind {
        KeyKind::Rsa => rsa(),
        KeyKind::Ed25519 => ed25519(),
    };
    pair.map_err(|Unspecified| KeyError::NotGenerated)
}

/// An id for a key, as the venue's look like: from the public key, so that no two pairs share one.
pub fn key_id(public_pem: &str) -> String {
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, public_pem.as_bytes());
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(digest.as_ref()).for_each(|(byte, digested)| *byte = *digested);
    uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
}

fn rsa() -> Result<(String, String), Unspecified> {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048)?;
    let private: Pkcs8V1Der = pair.as_der()?;
    let public: PublicKeyX509Der = pair.public_key().as_der()?;
    Ok((pem("PRIVATE KEY", private.as_ref()), pem("PUBLIC KEY", public.as_ref())))
}

fn ed25519() -> Result<(String, String), Unspecified> {
    let pair = Ed25519KeyPair::generate()?;
    let private: Pkcs8V1Der = pair.as_der()?;
    let public: PublicKeyX509Der = pair.public_key().as_der()?;
    Ok((pem("PRIVATE KEY", private.as_ref()), pem("PUBLIC KEY", public.as_ref())))
}

/// The public key in a PEM, whichever kind it is.
///
/// # Errors
/// If the text is not one, or the key inside is of no kind that the venue takes.
pub fn read_public(text: &str) -> Result<ParsedPublicKey, KeyError> {
    let der = unpem("PUBLIC KEY", text).ok_or(KeyError::NotPem)?;
    let kinds: [&'static dyn VerificationAlgorithm; 2] = [&RSA_PSS_2048_8192_SHA256, &ED25519];
    let mut keys = kinds.into_iter().filter_map(|kind| ParsedPublicKey::new(kind, &der).ok());
    keys.next().ok_or(KeyError::UnknownKind)
}

/// Bytes as the venue takes signatures: base64 with padding.
pub(super) fn read_base64(text: &str) -> Option<Vec<u8>> {
    BASE64.decode(text).ok()
}

fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    let mut body = BASE64.encode(der);
    while !body.is_empty() {
        let rest = body.split_off(body.len().min(64));
        text.push_str(&body);
        text.push('\n');
        body = rest;
    }
    text + &format!("-----END {label}-----\n")
}

fn unpem(label: &str, text: &str) -> Option<Vec<u8>> {
    let (_, body) = text.split_once(&format!("-----BEGIN {label}-----"))?;
    let (body, _) = body.split_once(&format!("-----END {label}-----"))?;
    read_base64(&body.split_whitespace().collect::<String>())
}
