//! Reads the PEM envelope (RFC 7468) of private keys, as far as key files need it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretSlice, SecretString};

/// The contents of a key file.
pub(super) enum Contents {
    /// A private key of any kind in PKCS#8.
    Pkcs8(SecretSlice<u8>),
    /// An RSA private key in PKCS#1.
    Pkcs1(SecretSlice<u8>),
    Public,
    Encrypted,
    /// A private key in an envelope that only other kinds of keys use.
    OtherKind,
    Damaged,
    NotPem,
}

/// Reads the first PEM block of a file.
pub(super) fn read(file: &SecretSlice<u8>) -> Contents {
    let Ok(text) = std::str::from_utf8(file.expose_secret()) else { return Contents::NotPem };
    let Some((_, block)) = text.split_once("-----BEGIN ") else { return Contents::NotPem };
    let Some((label, rest)) = block.split_once("-----") else { return Contents::NotPem };
    let envelope: fn(SecretSlice<u8>) -> Contents = match label {
        "PRIVATE KEY" => Contents::Pkcs8,
        "RSA PRIVATE KEY" => Contents::Pkcs1,
        "ENCRYPTED PRIVATE KEY" => return Contents::Encrypted,
        label if label.ends_with("PUBLIC KEY") || label.ends_with("CERTIFICATE") => return Contents::Public,
        label if label.ends_with("PRIVATE KEY") => return Contents::OtherKind,
        _ => return Contents::NotPem,
    };
    let Some((body, _)) = rest.split_once(&format!("-----END {label}-----")) else { return Contents::Damaged };
    // The older envelope (RFC 1421) states the encryption in a header.
    if body.contains("ENCRYPTED") {
        return Contents::Encrypted;
    }
    let mut joined = String::with_capacity(body.len());
    joined.extend(body.split_ascii_whitespace());
    let joined = SecretString::from(joined);
    match STANDARD.decode(joined.expose_secret()) {
        Ok(der) => envelope(der.into()),
        Err(_) => Contents::Damaged,
    }
}
