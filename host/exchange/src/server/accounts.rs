//! The file of accounts: who trades on the exchange, with which key and how much money.

use std::collections::BTreeSet;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use host_core::Usd;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::access::Keyring;
use super::keys::{KeyError, read_public};
use super::limits::Tier;
use crate::venue::{self, Venue, VenueError};

pub use super::keys::{KeyKind, generate, key_id};

/// All accounts, in the order in which they join.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accounts {
    /// One a member.
    pub accounts: Vec<Account>,
}

/// A member to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// For people; unique.
    pub name: String,
    /// What requests name the key by; unique.
    pub key_id: String,
    /// RSA or Ed25519, as `-----BEGIN PUBLIC KEY-----`.
    pub public_key_pem: String,
    /// What the member begins with; in the file, a number of dollars.
    #[serde(with = "dollars")]
    pub deposit: Usd,
    /// How much he may ask for.
    #[serde(default)]
    pub tier: Tier,
}

/// Why there are no accounts.
#[derive(Debug, Error)]
pub enum AccountsError {
    /// The file cannot be read.
    #[error("cannot read the accounts file {path}: {source}")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file cannot be written.
    #[error("cannot write the accounts file {path}: {source}")]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not a list of accounts.
    #[error("{path} is no accounts file: {source}")]
    Form {
        /// Which.
        path: PathBuf,
        /// Where and why.
        source: serde_json::Error,
    },
    /// Two accounts share what must be unique.
    #[error("account `{name}`: its name or key id is taken by another account")]
    Taken {
        /// The second one.
        name: String,
    },
    /// A key is no key.
    #[error("account `{name}`: {source}")]
    Key {
        /// Whose.
        name: String,
        /// Why.
        source: KeyError,
    },
    /// The exchange refuses the deposit.
    #[error("account `{name}`: {source}")]
    Deposit {
        /// Whose.
        name: String,
        /// Why.
        source: VenueError,
    },
}

impl Accounts {
    /// Reads the file.
    ///
    /// # Errors
    /// If it cannot be read, or is not a list of accounts. Keys and uniqueness are checked by [`Accounts::join`].
    pub fn load(path: &Path) -> Result<Accounts, AccountsError> {
        let text = std::fs::read(path).map_err(|source| AccountsError::Read { path: path.to_owned(), source })?;
        serde_json::from_slice(&text).map_err(|source| AccountsError::Form { path: path.to_owned(), source })
    }

    /// Writes the file, readable for its owner only; one that is there is replaced as a whole or not at all.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn save(&self, path: &Path) -> Result<(), AccountsError> {
        let error = |source| AccountsError::Write { path: path.to_owned(), source };
        let text = serde_json::to_string_pretty(self).map_err(|source| error(source.into()))?;
        let beside = path.with_extension("new");
        std::fs::remove_file(&beside)
            .or_else(|e| if e.kind() == ErrorKind::NotFound { Ok(()) } else { Err(e) })
            .map_err(error)?;
        let mut file = private_file(&beside).map_err(error)?;
        file.write_all(text.as_bytes()).and_then(|()| file.write_all(b"\n")).map_err(error)?;
        file.sync_all().map_err(error)?;
        std::fs::rename(&beside, path).map_err(error)
    }

    /// Makes everyone a member of `venue`, in order, with his deposit; returns their keys.
    ///
    /// # Errors
    /// If names or key ids repeat, a key is none, or a deposit is absurd. Some may have joined by then.
    pub fn join(&self, venue: &mut Venue) -> Result<Keyring, AccountsError> {
        let (mut keyring, mut names) = (Keyring::default(), BTreeSet::new());
        for account in &self.accounts {
            let name = || account.name.clone();
            let key =
                read_public(&account.public_key_pem).map_err(|source| AccountsError::Key { name: name(), source })?;
            let member = venue.add_member(&account.name);
            if !names.insert(&account.name) || !keyring.add(&account.key_id, key, member, account.tier) {
                return Err(AccountsError::Taken { name: name() });
            }
            if account.deposit != Usd::ZERO {
                venue
                    .deposit(venue::Account::primary(member), account.deposit, venue.now())
                    .map_err(|source| AccountsError::Deposit { name: name(), source })?;
            }
        }
        Ok(keyring)
    }
}

/// A new file that nobody else can read.
fn private_file(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Dollars as a number.
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
