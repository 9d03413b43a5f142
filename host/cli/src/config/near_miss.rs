//! Environment variables that no setting is read from, although they are named almost like one. They are never passed
//! over in silence: a limit that somebody set and nobody reads is worse than none.

use std::ffi::OsString;
use std::fmt;

use host_store::suggest::nearest;

use super::keys::{KEYS, Key, SECTIONS, STRATEGY};
use super::layer::ENVIRONMENT_PREFIX;

/// A variable that is not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearMiss {
    name: String,
    /// The section that it seems to belong to.
    pub section: &'static str,
    /// The variable that is read, if it is clear which was meant.
    meant: Option<String>,
}

impl fmt::Display for NearMiss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the environment variable {} is not read: ", self.name)?;
        match &self.meant {
            Some(meant) => write!(f, "did you mean {meant}?"),
            None => write!(f, "settings are named {ENVIRONMENT_PREFIX}SECTION__KEY, with two underscores"),
        }
    }
}

/// Returns the near misses among `variables`, by name.
pub fn near_misses(variables: impl Iterator<Item = OsString>) -> Vec<NearMiss> {
    let mut found: Vec<NearMiss> =
        variables.filter_map(|name| name.into_string().ok()).filter_map(|name| near_miss(&name)).collect();
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

fn near_miss(name: &str) -> Option<NearMiss> {
    if name.strip_prefix(ENVIRONMENT_PREFIX).is_some_and(|rest| rest.contains("__")) {
        return None;
    }
    let upper = name.to_uppercase();
    let rest = upper.strip_prefix(ENVIRONMENT_PREFIX)?.replace("__", "_");
    let variable = |key: &Key| format!("{ENVIRONMENT_PREFIX}{}", key.name.to_uppercase().replace('.', "__"));
    let miss =
        |key: &'static Key| NearMiss { name: name.to_owned(), section: key.section(), meant: Some(variable(key)) };
    let is_limit = |key: &Key| key.section() == "risk" && key.leaf().to_uppercase() == rest;
    let exact = KEYS.iter().find(|key| key.name.to_uppercase().replace('.', "_") == rest || is_limit(key));
    if let Some(key) = exact {
        return Some(miss(key));
    }
    let sections = SECTIONS.iter().map(|(section, _)| *section).chain([STRATEGY]);
    let (section, leaf) = sections
        .filter_map(|section| Some((section, rest.strip_prefix(&section.to_uppercase())?.strip_prefix('_')?)))
        .next()?;
    let wanted = format!("{section}.{}", leaf.to_lowercase());
    let of_section = KEYS.iter().filter(|key| key.section() == section);
    let guess = nearest(&wanted, of_section.map(|key| key.name));
    let meant = guess.and_then(|guess| KEYS.iter().find(|key| key.name == guess)).map(variable);
    Some(NearMiss { name: name.to_owned(), section, meant })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_almost_settings_are_found() {
        let check = |name: &str, meant: Option<&str>| {
            let found = near_misses(std::iter::once(name.into()));
            assert_eq!(found.first().map(|miss| miss.meant.as_deref()), Some(meant), "{name}");
        };
        check("HOST_RISK_MAX_DAILY_LOSS", Some("HOST_RISK__MAX_DAILY_LOSS"));
        check("host_risk__max_daily_loss", Some("HOST_RISK__MAX_DAILY_LOSS"));
        check("HOST_RISK_MAX_DAYLY_LOSS", Some("HOST_RISK__MAX_DAILY_LOSS"));
        check("HOST_MAX_DAILY_LOSS", Some("HOST_RISK__MAX_DAILY_LOSS"));
        check("HOST_CAPITAL_STAGE", Some("HOST_CAPITAL__STAGE"));
        check("HOST_RISK_ZZZ", None);
        check("HOST_STRATEGY_MEAN_THRESHOLD", None);
    }

    #[test]
    fn other_programs_names_are_left_alone() {
        for name in ["HOST_RISK__MAX_DAILY_LOSS", "HOST_RISK__ZZZ", "HOST_NAME", "HOST_CACHE_DIR", "HOST", "RISK_MAX"] {
            assert_eq!(near_misses(std::iter::once(name.into())), [], "{name}");
        }
    }
}
