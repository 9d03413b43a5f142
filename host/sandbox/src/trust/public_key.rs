//! Public keys in minisign's format, and the ids by which signatures name them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The id of a key pair, which its public key and its signatures carry. It is chosen at random and proves nothing: it
/// only says which key to verify with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(into = "String")]
pub struct KeyId(u64);

impl KeyId {
    /// Returns the id in minisign's form of eight bytes; other lengths are none of its.
    pub(crate) fn of(bytes: &[u8]) -> KeyId {
        KeyId(bytes.try_into().map_or(0, u64::from_le_bytes))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016X}", self.0)
    }
}

impl From<KeyId> for String {
    fn from(id: KeyId) -> String {
        id.to_string()
    }
}

/// The text that should have been a public key, which is never printed: it may be a secret one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    #[error("this is a secret key: give the public one, the last line of its `.pub` file")]
    Secret,
    #[error("this is no public key of minisign, which has 56 letters and begins with RW")]
    NoKey,
}

/// A public key. Its text is minisign's: 56 letters in base64.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicKey(minisign::PublicKey);

impl PublicKey {
    /// Algorithm, key id and key: two, eight and 32 bytes in base64.
    const LETTERS: usize = 56;
    /// The algorithm's name, Ed25519.
    const ALGORITHM: [u8; 2] = *b"Ed";

    pub(crate) fn new(key: minisign::PublicKey) -> PublicKey {
        PublicKey(key)
    }

    pub fn id(&self) -> KeyId {
        KeyId::of(self.0.keynum())
    }

    pub(crate) fn key(&self) -> &minisign::PublicKey {
        &self.0
    }

    /// Returns the content of a file of the key, as minisign writes it.
    pub fn file(&self) -> String {
        format!("untrusted comment: minisign public key {}\n{self}\n", self.id())
    }
}

impl FromStr for PublicKey {
    type Err = KeyError;

    /// Reads a key, alone or as a `.pub` file has it: below a line of comment.
    fn from_str(text: &str) -> Result<PublicKey, KeyError> {
        let line = text.trim().lines().last().unwrap_or_default().trim();
        if line.len() > PublicKey::LETTERS && line.starts_with("RW") {
            return Err(KeyError::Secret);
        }
        let key = minisign::PublicKey::from_base64(line).map_err(|_| KeyError::NoKey)?;
        // The library reads other algorithms and forgives loose ends; both would be another key in the eyes of others.
        let is_whole = key.to_bytes().starts_with(&PublicKey::ALGORITHM) && key.to_base64() == line;
        if is_whole { Ok(PublicKey(key)) } else { Err(KeyError::NoKey) }
    }
}

impl TryFrom<String> for PublicKey {
    type Error = KeyError;

    fn try_from(text: String) -> Result<PublicKey, KeyError> {
        text.parse()
    }
}

impl From<PublicKey> for String {
    fn from(key: PublicKey) -> String {
        key.to_string()
    }
}

impl fmt::Display for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_base64())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({self})")
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &PublicKey) -> bool {
        // The library's own comparison leaves the id out.
        self.id() == other.id() && self.0 == other.0
    }
}

impl Eq for PublicKey {}
