//! The section `[trust]` of the configuration: the trust list, and the policy for each mode.

use serde::{Deserialize, Serialize};

use super::day::CalendarDay;
use super::lock::TradingMode;
use super::public_key::PublicKey;

/// The trust list and the policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TrustSettings {
    /// The keys whose signatures count.
    pub keys: Vec<TrustedKey>,
    /// Treatment of components that nobody vouches for in paper trading.
    pub paper: Requirement,
    /// The same in live trading.
    pub live: Requirement,
}

/// A key whose signatures count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustedKey {
    /// The operator's name for its holder.
    pub name: String,
    pub public_key: PublicKey,
    /// The day from whose beginning, in UTC, it counts no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<CalendarDay>,
}

/// The treatment of a component that is neither signed by a trusted key nor confirmed by a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Requirement {
    /// It runs, and people are told.
    Tell,
    /// It does not run.
    Require,
}

impl Default for TrustSettings {
    fn default() -> TrustSettings {
        TrustSettings { keys: Vec::new(), paper: Requirement::Tell, live: Requirement::Require }
    }
}

impl TrustedKey {
    /// Returns true if the key counts on `day`.
    pub fn is_valid(&self, day: CalendarDay) -> bool {
        self.expires.is_none_or(|expires| day < expires)
    }
}

impl TrustSettings {
    pub fn requirement(&self, mode: TradingMode) -> Requirement {
        match mode {
            TradingMode::Paper => self.paper,
            TradingMode::Live => self.live,
        }
    }

    /// Returns what is wrong with the trust list beyond single keys: the key to blame, and why.
    pub fn refusals(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        for (number, key) in self.keys.iter().enumerate() {
            let before = &self.keys[..number];
            if let Some(fault) = fault_of_name(&key.name) {
                found.push(fault.to_owned());
            }
            if before.iter().any(|other| other.name == key.name) {
                found.push(format!("two keys cannot both have the name `{}`", key.name));
            }
            if before.iter().any(|other| other.public_key.id() == key.public_key.id()) {
                found.push(format!("two keys cannot both have the id {}", key.public_key.id()));
            }
        }
        found.into_iter().map(|fault| ("trust.keys".to_owned(), fault)).collect()
    }
}

/// Returns what is wrong with the name of a key, if anything is: it is printed, and typed.
fn fault_of_name(name: &str) -> Option<&'static str> {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.@".contains(letter);
    let is_name = !name.is_empty() && name.len() <= 64 && name.chars().all(is_plain);
    (!is_name).then_some("the name of a key has 1 to 64 letters, digits and `-`, `_`, `.` or `@`")
}
