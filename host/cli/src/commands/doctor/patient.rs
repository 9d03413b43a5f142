//! The subject of an examination: the configuration as far as it can be read, and the account that it names.

use host_core::Timestamp;
use host_live::VENUE;
use host_live::account_dir::{AccountDir, fault_of_name, is_there, split_reference};
use host_sandbox::trust::TradingMode;

use crate::commands::account::{PAPER_NAME, account_dir};
use crate::config::{Config, Examined, Loaded, Problem};
use crate::terminal::error::Result;

/// A configuration, and an account.
#[derive(Debug)]
pub struct Patient {
    /// Settings with problems have their defaults.
    pub loaded: Loaded,
    pub problems: Vec<Problem>,
    /// The account's folder; none if no account is named.
    pub folder: Option<AccountDir>,
    /// Real money or paper.
    pub mode: TradingMode,
    /// The machine's time.
    pub now: Timestamp,
}

impl Patient {
    /// Takes in what was examined, with `account`, or else the configured one. An account that nobody has begun is
    /// real if a key is configured, and pretend if none is.
    ///
    /// # Errors
    /// `account` is not a valid name.
    pub fn new(examined: Examined, account: Option<&str>, now: Timestamp) -> Result<Patient> {
        let Examined { loaded, problems } = examined;
        let config = &loaded.config;
        let name = account.unwrap_or(&config.live.account);
        let folder = match name {
            "" => pretend(config, PAPER_NAME),
            name if account.is_none() && fault_of_name(name).is_some() => None,
            name if is_unbegun(config, name) && !has_key(config) => Some(of_paper(config, name)),
            name => Some(account_dir(config, Some(name))?),
        };
        let mode = folder.as_ref().map_or(TradingMode::Paper, AccountDir::mode);
        Ok(Patient { loaded, problems, folder, mode, now })
    }

    pub fn config(&self) -> &Config {
        &self.loaded.config
    }

    pub fn is_live(&self) -> bool {
        self.mode == TradingMode::Live
    }

    /// Returns the account's folder, if a host has begun the account.
    pub fn begun(&self) -> Option<&AccountDir> {
        self.folder.as_ref().filter(|folder| is_there(folder.path()))
    }

    /// Returns true if a host trades the account just now.
    pub fn is_running(&self) -> bool {
        self.folder.as_ref().is_some_and(AccountDir::is_locked)
    }
}

fn of_paper(config: &Config, name: &str) -> AccountDir {
    AccountDir::of(TradingMode::Paper, &config.live.folder, VENUE, name)
}

/// Returns the folder of the pretend account `name`, if it was begun.
fn pretend(config: &Config, name: &str) -> Option<AccountDir> {
    Some(of_paper(config, name)).filter(|folder| is_there(&folder.journal()))
}

/// Returns true if `name` says neither that it is real nor that it is pretend, and no host has begun either.
fn is_unbegun(config: &Config, name: &str) -> bool {
    let of = |mode| AccountDir::of(mode, &config.live.folder, VENUE, name);
    let (mode, _) = split_reference(name);
    mode.is_none()
        && fault_of_name(name).is_none()
        && ![TradingMode::Live, TradingMode::Paper].into_iter().any(|mode| is_there(&of(mode).journal()))
}

fn has_key(config: &Config) -> bool {
    !config.venue.key_id.is_empty() || !config.venue.key_file.as_os_str().is_empty()
}
