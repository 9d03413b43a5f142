//! The account's key: read once from a file that only its owner can read, and never shown.

mod pem;

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use aws_lc_rs::signature::{Ed25519KeyPair, RsaKeyPair};
use secrecy::{ExposeSecret, SecretSlice};
use thiserror::Error;

use pem::Contents;

/// Largest key file, in bytes; a real one has about 2 kB.
const LARGEST_FILE: u64 = 64 * 1024;

/// Smallest modulus of an RSA key that the venue accepts, in bytes (2,048 bits).
const SMALLEST_MODULUS: usize = 256;

/// A key that cannot be used. No variant holds anything that was read from the file.
#[derive(Debug, Error)]
pub enum CredentialsError {
    #[error("no key id is set: set venue.key_id to the id that the venue shows beside the key")]
    NoKeyId,
    #[error("the key id has characters that no key id has: copy it again from the venue's page of API keys")]
    BadKeyId,
    #[error("no key file is set: set venue.key_file to the file of the private key (PEM) that the venue gave you")]
    NoKeyFile,
    #[error("the key file {} does not exist: set venue.key_file to where the private key is", .path.display())]
    Missing { path: PathBuf },
    #[error("the key file {} cannot be read ({reason}): give it to the user who runs the host", .path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error("the key file {} is no file: set venue.key_file to the PEM file itself", .path.display())]
    NoFile { path: PathBuf },
    #[error(
        "the key file {} can be read by others (mode {mode:03o}): run `chmod 600 {}`; if others use this machine, \
         replace the key at the venue", .path.display(), .path.display()
    )]
    Exposed { path: PathBuf, mode: u32 },
    #[error("the key file {} is no PEM file: it must hold `-----BEGIN ... PRIVATE KEY-----`", .path.display())]
    NotPem { path: PathBuf },
    #[error(
        "the key file {} holds a public key or a certificate: the host signs with the private key, which the venue \
         showed once when it was made", .path.display()
    )]
    Public { path: PathBuf },
    #[error(
        "the key file {} is encrypted: write it without a passphrase (`openssl pkey -in OLD -out NEW`, then \
         `chmod 600 NEW`)", .path.display()
    )]
    Encrypted { path: PathBuf },
    #[error("the key file {} is damaged: copy the private key again, whole", .path.display())]
    Damaged { path: PathBuf },
    #[error(
        "the key file {} holds a key of another kind: the venue takes RSA (2048 bit or more) and Ed25519 keys",
        .path.display()
    )]
    WrongKind { path: PathBuf },
}

/// A key pair that can sign, and nothing else.
pub(super) enum SigningKey {
    Rsa(RsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// The identity that requests are signed with.
pub(super) struct Credentials {
    key_id: String,
    key: SigningKey,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(..)")
    }
}

impl Credentials {
    /// Reads the key from its file.
    ///
    /// # Errors
    /// A key that is missing or cannot be used; the message says what to do.
    pub(super) fn load(key_id: &str, path: &Path) -> Result<Credentials, CredentialsError> {
        if key_id.is_empty() {
            return Err(CredentialsError::NoKeyId);
        }
        if key_id.len() > 128 || !key_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)) {
            return Err(CredentialsError::BadKeyId);
        }
        if path.as_os_str().is_empty() {
            return Err(CredentialsError::NoKeyFile);
        }
        let key = key_of(&read(path)?, path)?;
        Ok(Credentials { key_id: key_id.to_owned(), key })
    }

    pub(super) fn key_id(&self) -> &str {
        &self.key_id
    }

    pub(super) fn key(&self) -> &SigningKey {
        &self.key
    }
}

/// Reads the file, unless others can read it. One handle serves both, so that the checked file is the one read.
fn read(path: &Path) -> Result<SecretSlice<u8>, CredentialsError> {
    let at = || path.to_path_buf();
    let unreadable =
        |error: std::io::Error| CredentialsError::Unreadable { path: at(), reason: error.kind().to_string() };
    let file = File::open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => CredentialsError::Missing { path: at() },
        _ => unreadable(error),
    })?;
    let metadata = file.metadata().map_err(unreadable)?;
    if !metadata.is_file() {
        return Err(CredentialsError::NoFile { path: at() });
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = metadata.permissions().mode() & 0o777;
        if host_system::user::is_exposed(&metadata) {
            return Err(CredentialsError::Exposed { path: at(), mode });
        }
    }
    if metadata.len() > LARGEST_FILE {
        return Err(CredentialsError::NotPem { path: at() });
    }
    // Room for the whole file from the start: a buffer that grows leaves copies of the key in memory.
    let mut bytes = Vec::with_capacity(LARGEST_FILE as usize + 1);
    file.take(LARGEST_FILE).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes.into())
}

fn key_of(file: &SecretSlice<u8>, path: &Path) -> Result<SigningKey, CredentialsError> {
    let path = || path.to_path_buf();
    let key = match pem::read(file) {
        Contents::Pkcs8(der) => match Ed25519KeyPair::from_pkcs8(der.expose_secret()) {
            Ok(key) => return Ok(SigningKey::Ed25519(key)),
            Err(_) => RsaKeyPair::from_pkcs8(der.expose_secret()),
        },
        Contents::Pkcs1(der) => RsaKeyPair::from_der(der.expose_secret()),
        Contents::Public => return Err(CredentialsError::Public { path: path() }),
        Contents::Encrypted => return Err(CredentialsError::Encrypted { path: path() }),
        Contents::OtherKind => return Err(CredentialsError::WrongKind { path: path() }),
        Contents::Damaged => return Err(CredentialsError::Damaged { path: path() }),
        Contents::NotPem => return Err(CredentialsError::NotPem { path: path() }),
    };
    match key {
        Ok(key) if key.public_modulus_len() >= SMALLEST_MODULUS => Ok(SigningKey::Rsa(key)),
        // The library does not distinguish a key of another kind from a damaged one; another kind is far more likely.
        _ => Err(CredentialsError::WrongKind { path: path() }),
    }
}
