//! Members' keys: generation, and PEM (RFC 7468) encoding and decoding.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{
    ED25519, Ed25519KeyPair, KeyPair, ParsedPublicKey, RSA_PSS_2048_8192_SHA256, VerificationAlgorithm,
};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use thiserror::Error;

/// The key types that the venue accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// 2,048-bit RSA: signatures are RSA-PSS with SHA-256 and a 32-byte salt.
    Rsa,
    Ed25519,
}

/// Reasons why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum KeyError {
    #[error("no key could be generated: the system's source of randomness failed")]
    NotGenerated,
    /// The text is not the PEM of a public key.
    #[error(
        "not a public key in PEM: it must begin with `-----BEGIN PUBLIC KEY-----`, like the public file of a new pair"
    )]
    NotPem,
    /// The PEM contains something else.
    #[error("neither an RSA key of at least 2048 bits nor an Ed25519 key: make a new pair")]
    UnknownKind,
}

/// Generates a key pair in PEM: the private key (PKCS#8) and the public key (SPKI).
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

/// Returns an id for a key, in the venue's format. It is derived from the public key, so no two pairs share one.
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

/// Returns the public key in a PEM, of either type.
///
/// # Errors
/// If the text is not a PEM, or the key inside is of no accepted type.
pub fn read_public(text: &str) -> Result<ParsedPublicKey, KeyError> {
    let der = unpem("PUBLIC KEY", text).ok_or(KeyError::NotPem)?;
    let kinds: [&'static dyn VerificationAlgorithm; 2] = [&RSA_PSS_2048_8192_SHA256, &ED25519];
    let mut keys = kinds.into_iter().filter_map(|kind| ParsedPublicKey::new(kind, &der).ok());
    keys.next().ok_or(KeyError::UnknownKind)
}

/// Decodes base64 with padding, in which the venue expects signatures.
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
