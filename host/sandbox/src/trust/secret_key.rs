//! Secret keys in minisign's format: made, opened with their password, and signed with.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minisign::{KeyPair, SecretKeyBox};

use super::public_key::{KeyId, PublicKey};

/// The base64 of `EdScB2`, with which an encrypted key begins: Ed25519, scrypt, BLAKE2b.
const ENCRYPTED: &str = "RWRTY0Iy";
/// The base64 of `Ed`, two zeros and `B2`, with which a key without a password begins.
const PLAIN: &str = "RWQAAEIy";

/// Bytes of a key: algorithms, salt, limits of scrypt, key id, key and checksum.
const KEY_BYTES: usize = 158;
const CHECKSUM_BYTES: usize = 32;

/// The reason why a secret key cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretKeyError {
    #[error("it is no secret key of minisign")]
    NoKey,
    #[error("it is a public key: sign with the secret one")]
    Public,
    #[error("it needs its password")]
    NoPassword,
    #[error("the password is wrong, or the key is damaged")]
    WrongPassword,
    #[error("it is damaged")]
    Damaged,
    #[error("the system gives no random numbers")]
    NoRandomness,
}

/// A secret key, open.
pub struct SecretKey(minisign::SecretKey);

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretKey({})", self.id())
    }
}

/// Returns true if the key in `text` needs a password.
///
/// # Errors
/// The text is no secret key.
pub fn is_encrypted(text: &str) -> Result<bool, SecretKeyError> {
    match text.trim().lines().nth(1).unwrap_or_default().trim() {
        line if line.starts_with(ENCRYPTED) => Ok(true),
        line if line.starts_with(PLAIN) => Ok(false),
        _ if text.parse::<PublicKey>().is_ok() => Err(SecretKeyError::Public),
        _ => Err(SecretKeyError::NoKey),
    }
}

/// Makes a key pair. Returns the public key, and the text of the secret one's file: under `password` if there is one.
///
/// # Errors
/// [`SecretKeyError::NoRandomness`].
pub fn new_pair(password: Option<String>) -> Result<(PublicKey, String), SecretKeyError> {
    let (pair, comment) = match password {
        Some(password) => (KeyPair::generate_encrypted_keypair(Some(password)), "minisign encrypted secret key"),
        None => (KeyPair::generate_unencrypted_keypair(), "minisign secret key"),
    };
    let pair = pair.map_err(|_| SecretKeyError::NoRandomness)?;
    let secret = pair.sk.to_box(Some(comment)).map_err(|_| SecretKeyError::NoRandomness)?;
    Ok((PublicKey::new(pair.pk), secret.to_string()))
}

/// Returns the key in `text`, which has no password, if zeros stand in place of its checksum: `minisign -G -W` writes
/// it so, which the library takes for damage. Whether the pair fits together is seen when it signs.
fn without_checksum(text: &str) -> Result<minisign::SecretKey, SecretKeyError> {
    let line = text.trim().lines().nth(1).unwrap_or_default().trim();
    let bytes = STANDARD.decode(line).map_err(|_| SecretKeyError::Damaged)?;
    let is_unchecked = bytes.len() == KEY_BYTES && bytes.ends_with(&[0; CHECKSUM_BYTES]);
    let key = is_unchecked.then(|| minisign::SecretKey::from_bytes(&bytes).ok());
    key.flatten().ok_or(SecretKeyError::Damaged)
}

impl SecretKey {
    /// Opens the key in `text`. A password is ignored if the key has none.
    ///
    /// # Errors
    /// The text is no key, or the password does not open it.
    pub fn open(text: &str, password: Option<String>) -> Result<SecretKey, SecretKeyError> {
        let sealed = SecretKeyBox::from(text.trim().to_owned());
        let key = match (is_encrypted(text)?, password) {
            (false, _) => match minisign::SecretKey::from_unencrypted_box(sealed) {
                Ok(key) => Ok(key),
                Err(_) => without_checksum(text),
            },
            (true, Some(password)) => {
                minisign::SecretKey::from_box(sealed, Some(password)).map_err(|_| SecretKeyError::WrongPassword)
            }
            (true, None) => Err(SecretKeyError::NoPassword),
        };
        key.map(SecretKey)
    }

    pub fn id(&self) -> KeyId {
        KeyId::of(self.0.keynum())
    }

    /// Returns the public key of the pair.
    ///
    /// # Errors
    /// [`SecretKeyError::Damaged`].
    pub fn public(&self) -> Result<PublicKey, SecretKeyError> {
        minisign::PublicKey::from_secret_key(&self.0).map(PublicKey::new).map_err(|_| SecretKeyError::Damaged)
    }

    /// Signs `bytes` and `comment`, which must be one line. Returns the content of the `.minisig` file.
    ///
    /// # Errors
    /// The pair does not fit together, or the system gives no random numbers.
    pub fn sign(&self, bytes: &[u8], comment: &str) -> Result<String, SecretKeyError> {
        let untrusted = format!("signature from minisign secret key {}", self.id());
        let public = self.public()?;
        let signed = minisign::sign(Some(public.key()), &self.0, bytes, Some(comment), Some(&untrusted));
        let signature = signed.map_err(|_| SecretKeyError::NoRandomness)?;
        // A damaged pair would sign what nobody can verify.
        let verified = minisign::verify(public.key(), &signature, std::io::Cursor::new(bytes), true, false, false);
        verified.map(|()| signature.into_string()).map_err(|_| SecretKeyError::Damaged)
    }
}
