//! What the configuration must say before real money is at work, and what the key file must be like.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use toml::Value;

use super::Refusal;
use crate::config::{Loaded, Origin};

/// The limits that a person must have set for himself: those of the case study. A default is nobody's decision.
pub const LIMITS: [&str; 9] = [
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

/// Everything that is missing or wrong in the settings.
pub fn check(loaded: &Loaded) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    refusals.extend(limits(loaded));
    if loaded.config.live.account.is_empty() {
        let what = "live.account is not set: it names the account, is confirmed at each start, and names its folder";
        refusals.push(Refusal::new(what, "write into host.toml:\n[live]\naccount = \"a name of your choice\""));
    }
    let venue = &loaded.config.venue;
    if venue.key_id.is_empty() {
        let fix = "write venue.key_id into host.toml, or set HOST_VENUE__KEY_ID; the venue shows the id beside the key";
        refusals.push(Refusal::new("venue.key_id is not set", fix));
    }
    refusals.extend(key_file(&venue.key_file));
    refusals
}

/// The limits that nobody has set, and the lines that set them.
fn limits(loaded: &Loaded) -> Option<Refusal> {
    let unset: Vec<(&str, Option<&Value>)> = loaded
        .settings()
        .filter(|(key, _, origin)| LIMITS.contains(&key.name) && *origin == Origin::Default)
        .map(|(key, value, _)| (key.name, value))
        .collect();
    if unset.is_empty() {
        return None;
    }
    let names: Vec<&str> = unset.iter().map(|(name, _)| *name).collect();
    let what = format!("limits that are not set by you: {}", names.join(", "));
    let mut fix = String::from("decide on each, then write into host.toml (these are the defaults):\n[risk]");
    for (name, value) in unset {
        let leaf = name.trim_start_matches("risk.");
        fix.push_str(&format!("\n{leaf} = {}", value.map_or(String::new(), ToString::to_string)));
    }
    Some(Refusal::new(what, fix))
}

/// What is wrong with the file of the private key.
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
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        let what = format!("the key file {shown} can be read by others (mode {mode:04o})");
        return Some(Refusal::new(what, format!("chmod 600 {shown}")));
    }
    let readable = fs::File::open(path).err();
    readable.map(|error| Refusal::new(format!("the key file {shown} cannot be read: {error}"), "check who may read it"))
}
