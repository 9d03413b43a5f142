//! The check of the settings: what a person must have decided before real money is at work, and the key file.

use std::fs;
use std::path::Path;

use host_sandbox::trust::TradingMode;
use host_system::files::open_to_others;
use host_venues::kalshi::KalshiSettings;

use crate::refusal::Refusal;
use crate::settings::LiveSettings;

/// The limits that the operator must have set: those of the case study. A default is nobody's decision.
pub const OWN_LIMITS: [&str; 9] = [
    "risk.max_position_size",
    "risk.max_position_value",
    "risk.max_order_size",
    "risk.max_daily_loss",
    "risk.max_portfolio_exposure",
    "risk.max_category_exposure",
    "risk.max_price_deviation",
    "risk.max_volume_fraction",
    "risk.min_spread",
];

/// One of [`OWN_LIMITS`] that nobody has set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsetLimit {
    /// The key, such as `risk.max_order_size`.
    pub key: &'static str,
    /// Its default, as TOML.
    pub default: String,
}

/// Returns everything that is missing or wrong in the settings. `unset` are the limits that nobody has set. A pretend
/// account asks for a name alone.
pub fn check(unset: &[UnsetLimit], mode: TradingMode, live: &LiveSettings, venue: &KalshiSettings) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let is_real = mode == TradingMode::Live;
    refusals.extend(check_limits(unset).filter(|_| is_real));
    if live.account.is_empty() {
        let what = "live.account is not set: it names the account, is confirmed at each start, and names its folder";
        refusals.push(Refusal::new(what, "write into host.toml:\n[live]\naccount = \"a name of your choice\""));
    }
    if is_real {
        refusals.extend(check_key(venue));
    }
    refusals
}

/// Returns what is wrong with the key: its id, and the file of its private part.
pub fn check_key(venue: &KalshiSettings) -> Vec<Refusal> {
    let fix = "write venue.key_id into host.toml, or set HOST_VENUE__KEY_ID; the venue shows the id beside the key";
    let no_id = venue.key_id.is_empty().then(|| Refusal::new("venue.key_id is not set", fix));
    no_id.into_iter().chain(key_file(&venue.key_file)).collect()
}

/// Refuses limits that nobody has set, with the lines that set them.
pub fn check_limits(unset: &[UnsetLimit]) -> Option<Refusal> {
    if unset.is_empty() {
        return None;
    }
    let names: Vec<&str> = unset.iter().map(|limit| limit.key).collect();
    let what = format!("limits that are not set by you: {}", names.join(", "));
    let mut fix = String::from("decide on each, then write into host.toml (these are the defaults):\n[risk]");
    for UnsetLimit { key, default } in unset {
        fix.push_str(&format!("\n{} = {default}", key.trim_start_matches("risk.")));
    }
    Some(Refusal::new(what, fix))
}

/// Returns what is wrong with the file of the private key, if anything is.
fn key_file(path: &Path) -> Option<Refusal> {
    let shown = path.display();
    if path.as_os_str().is_empty() {
        let fix = "write venue.key_file into host.toml, or set HOST_VENUE__KEY_FILE: the path of the private key (PEM)";
        return Some(Refusal::new("venue.key_file is not set", fix));
    }
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) => {
            let fix = "correct venue.key_file, or make a new key at the venue";
            return Some(Refusal::new(format!("the key file {shown} cannot be read: {error}"), fix));
        }
    };
    if !metadata.is_file() {
        return Some(Refusal::new(format!("the key file {shown} is no file"), "correct venue.key_file"));
    }
    if let Ok(Some(mode)) = open_to_others(path) {
        let what = format!("the key file {shown} can be read by others (mode {mode:04o})");
        return Some(Refusal::new(what, format!("chmod 600 {shown}")));
    }
    let readable = fs::File::open(path).err();
    readable.map(|error| Refusal::new(format!("the key file {shown} cannot be read: {error}"), "check who may read it"))
}
