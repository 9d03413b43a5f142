//! The account that a command works on: its folder, and the user's state folder.

use std::path::PathBuf;

use host_live::VENUE;
use host_live::account_dir::{AccountDir, fault_of_name};
use host_live::account_lock::LockPlaces;

use crate::config::Config;
use crate::terminal::error::{Kind, Report, Result};

/// The host's folder inside the user's state folder.
const STATE_DIR_NAME: &str = "host";

/// Returns the folder of `account`, or else of the account in `config`.
///
/// # Errors
/// No account is named, or its name is not valid.
pub fn account_dir(config: &Config, account: Option<&str>) -> Result<AccountDir> {
    let account = account.unwrap_or(&config.live.account);
    if account.is_empty() {
        return Err(Report::new(Kind::Config, "no account is named: live.account is not set")
            .hint("write `account = \"NAME\"` under [live] in host.toml, or pass `--account NAME`"));
    }
    match fault_of_name(account) {
        Some(fault) => Err(Report::usage(format!("`{account}` is not a valid account name: it {fault}"))),
        None => Ok(AccountDir::new(&config.live.folder, VENUE, account)),
    }
}

/// Returns the places in which the locks of this user's hosts stand.
pub fn lock_places() -> LockPlaces {
    LockPlaces::of_user(state_dir())
}

/// Returns the host's own folder for state that is neither configuration nor cache (XDG Base Directory Specification).
fn state_dir() -> PathBuf {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")));
    state.map_or_else(
        || std::env::temp_dir().join(format!("{STATE_DIR_NAME}-{}", host_system::user::id())),
        |state| state.join(STATE_DIR_NAME),
    )
}
