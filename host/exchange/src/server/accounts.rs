//! The accounts file: who trades on the exchange, with which key and how much money.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use host_core::Usd;
use host_system::{capped, files};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::auth::Keyring;
use super::keys::{KeyError, read_public};
use super::limits::Tier;
use crate::venue::{self, Venue, VenueError};

pub use super::keys::{KeyKind, generate, key_id};

/// Accounts in the order in which they join.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    /// One account per member.
    pub accounts: Vec<AccountEntry>,
    /// Further keys of these accounts: a key is rotated while the one before still works.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_keys: Vec<FurtherKey>,
}

/// A further key of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FurtherKey {
    /// Name of the account.
    pub account: String,
    /// As [`AccountEntry::key_id`].
    pub key_id: String,
    /// As [`AccountEntry::public_key_pem`].
    pub public_key_pem: String,
}

/// A future member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountEntry {
    /// Unique among all accounts.
    pub name: String,
    /// Names the key in requests; unique.
    pub key_id: String,
    /// RSA or Ed25519, as `-----BEGIN PUBLIC KEY-----`.
    pub public_key_pem: String,
    /// Initial deposit; in the file, a number of dollars.
    #[serde(with = "dollars")]
    pub deposit: Usd,
    /// Rate-limit tier.
    #[serde(default)]
    pub tier: Tier,
}

/// Reasons why accounts cannot be loaded, saved or joined.
#[derive(Debug, Error)]
pub enum AccountsError {
    #[error("cannot read the accounts file {path}: {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("cannot write the accounts file {path}: {source}")]
    Write { path: PathBuf, source: std::io::Error },
    /// The file is not a list of accounts.
    #[error("{path} is not an accounts file: {source}")]
    Form { path: PathBuf, source: serde_json::Error },
    /// A further key is of no account in the file.
    #[error("there is no account `{name}` that a further key could open")]
    NoAccount { name: String },
    /// Two accounts share a name or key id.
    #[error("account `{name}`: its name or key id is taken by another account")]
    Taken {
        /// The second of the two.
        name: String,
    },
    #[error("account `{name}`: {source}")]
    Key { name: String, source: KeyError },
    #[error("account `{name}`: {source}")]
    Deposit { name: String, source: VenueError },
}

impl Accounts {
    /// Reads the accounts file.
    ///
    /// # Errors
    /// If it cannot be read or is not a list of accounts. Keys and uniqueness are checked by [`Accounts::join`].
    pub fn load(path: &Path) -> Result<Accounts, AccountsError> {
        let text = capped::read(path, capped::SETTINGS)
            .map_err(|source| AccountsError::Read { path: path.to_owned(), source })?;
        serde_json::from_slice(&text).map_err(|source| AccountsError::Form { path: path.to_owned(), source })
    }

    /// Writes the file, readable only by its owner. An existing file is replaced as a whole or not at all.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), AccountsError> {
        let error = |source| AccountsError::Write { path: path.to_owned(), source };
        let mut text = serde_json::to_string_pretty(self).map_err(|source| error(source.into()))?;
        text.push('\n');
        files::replace_private(path, text.as_bytes()).map_err(error)
    }

    /// Makes all accounts members of `venue`, in order, with their deposits; returns their keys.
    ///
    /// # Errors
    /// If names or key ids repeat, a key is invalid, or a deposit is refused. Some accounts may have joined by then.
    pub fn join(&self, venue: &mut Venue) -> Result<Keyring, AccountsError> {
        let (mut keyring, mut members) = (Keyring::default(), BTreeMap::new());
        for account in &self.accounts {
            let name = || account.name.clone();
            let key =
                read_public(&account.public_key_pem).map_err(|source| AccountsError::Key { name: name(), source })?;
            let member = venue.add_member(&account.name);
            let is_new = members.insert(account.name.as_str(), (member, account.tier)).is_none();
            if !is_new || !keyring.add(&account.key_id, key, member, account.tier) {
                return Err(AccountsError::Taken { name: name() });
            }
            if account.deposit != Usd::ZERO {
                venue
                    .deposit(venue::AccountId::primary(member), account.deposit, venue.now())
                    .map_err(|source| AccountsError::Deposit { name: name(), source })?;
            }
        }
        for FurtherKey { account, key_id, public_key_pem } in &self.further_keys {
            let name = || account.clone();
            let key = read_public(public_key_pem).map_err(|source| AccountsError::Key { name: name(), source })?;
            let known = members.get(account.as_str()).copied();
            let (member, tier) = known.ok_or_else(|| AccountsError::NoAccount { name: name() })?;
            if !keyring.add(key_id, key, member, tier) {
                return Err(AccountsError::Taken { name: name() });
            }
        }
        Ok(keyring)
    }
}

/// Serialises dollars as a number.
mod dollars {
    use host_core::Usd;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(amount: &Usd, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(amount.as_dollars())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Usd, D::Error> {
        let dollars = f64::deserialize(deserializer)?;
        Usd::from_dollars(dollars).ok_or_else(|| serde::de::Error::custom("a deposit is a number of dollars"))
    }
}
