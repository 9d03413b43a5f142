//! The account that a command works on: its folder, and the user's state folder.

use std::path::PathBuf;

use host_live::VENUE;
use host_live::account_dir::{AccountDir, fault_of_name, is_there, reference, split_reference};
use host_live::account_lock::LockPlaces;
use host_sandbox::trust::TradingMode;

use crate::config::Config;
use crate::terminal::error::{Kind, Report, Result};

/// The host's folder inside the user's state folder.
pub const STATE_DIR_NAME: &str = "host";

/// The name of a pretend account, unless one is configured.
pub const PAPER_NAME: &str = "main";

/// Returns the folder of `account`, or else of the account in `config`. The name of a pretend account is `paper:NAME`;
/// a name alone means the real account, or the pretend one where there is no real one of that name.
///
/// # Errors
/// No account is named, or its name is not valid.
pub fn account_dir(config: &Config, account: Option<&str>) -> Result<AccountDir> {
    let given = account.unwrap_or(&config.live.account);
    let (mode, name) = split_reference(given);
    let of = |mode, name: &str| AccountDir::of(mode, &config.live.folder, VENUE, name);
    if name.is_empty() {
        let paper = of(TradingMode::Paper, PAPER_NAME);
        return if mode.is_none() && is_there(&paper.journal()) { Ok(paper) } else { Err(unnamed()) };
    }
    if let Some(fault) = fault_of_name(name) {
        return Err(Report::usage(format!("`{name}` is not a valid account name: it {fault}")));
    }
    if let Some(mode) = mode {
        return Ok(of(mode, name));
    }
    let (live, paper) = (of(TradingMode::Live, name), of(TradingMode::Paper, name));
    Ok(if !is_there(&live.journal()) && is_there(&paper.journal()) { paper } else { live })
}

fn unnamed() -> Report {
    Report::new(Kind::Config, "no account is named: live.account is not set")
        .hint("write `account = \"NAME\"` under [live] in host.toml, or pass `--account NAME`")
}

/// Returns the name of the account in `folder` as people give it, where `name` is that of a real one.
pub fn reference_of(folder: &AccountDir, name: &str) -> String {
    reference(folder.mode(), if name.is_empty() { PAPER_NAME } else { split_reference(name).1 })
}

/// Returns the places in which the locks of this user's hosts stand.
pub fn lock_places() -> LockPlaces {
    LockPlaces::of_user(state_dir())
}

/// Returns the host's own folder for state that is neither configuration nor cache (XDG Base Directory Specification).
pub fn state_dir() -> PathBuf {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")));
    state.map_or_else(
        || std::env::temp_dir().join(format!("{STATE_DIR_NAME}-{}", host_system::user::id())),
        |state| state.join(STATE_DIR_NAME),
    )
}
