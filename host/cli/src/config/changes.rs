//! The difference between two configurations, key by key.

use std::collections::BTreeMap;
use std::fmt;

use toml::Value;

use super::{Loaded, layer};

/// A key whose value is not what it was.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyChange {
    /// Dotted; an entry of the schedule is `schedule.NAME`.
    pub key: String,
    /// As they may be printed; `None` where there was, or is, none.
    was: Option<Value>,
    is: Option<Value>,
}

impl fmt::Display for KeyChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.was == self.is {
            // Secrets look alike.
            return write!(f, "{}: another {}", self.key, shown(self.is.as_ref()));
        }
        write!(f, "{}: {} → {}", self.key, shown(self.was.as_ref()), shown(self.is.as_ref()))
    }
}

/// Returns what of `is` differs from `was`: keys in display order, then limits of slots, parameters and the schedule.
pub fn changes(was: &Loaded, is: &Loaded) -> Vec<KeyChange> {
    let (was_tree, is_tree) = (was.config.clone().into_tree(), is.config.clone().into_tree());
    // A tree has placeholders for secrets: so these are compared as they are.
    let alerts_differ = was.config.alerts != is.config.alerts;
    let mut found = Vec::new();
    for ((key, former, _), (_, present, _)) in was.settings().zip(is.settings()) {
        let own = super::get(&was_tree, key.name) != super::get(&is_tree, key.name);
        let is_secret = key.section() == "alerts" && alerts_differ && former != present;
        if own || is_secret {
            let shown = |value: Option<&Value>| value.map(|value| layer::shown(key.name, value));
            found.push(KeyChange { key: key.name.to_owned(), was: shown(former), is: shown(present) });
        }
    }
    let others = |loaded: &Loaded| -> BTreeMap<String, Value> {
        let entries = loaded.slot_limits.iter().chain(loaded.parameters.values().flatten());
        let entries = entries.map(|entry| (entry.key.clone(), layer::shown(&entry.key, &entry.value)));
        entries.chain(loaded.schedule().into_iter().map(|(key, value, _)| (key, value))).collect()
    };
    let (mut former, mut present) = (others(was), others(is));
    let keys: Vec<String> =
        former.keys().chain(present.keys().filter(|key| !former.contains_key(*key))).cloned().collect();
    for key in keys {
        let (was, is) = (former.remove(&key), present.remove(&key));
        if was != is {
            found.push(KeyChange { key, was, is });
        }
    }
    found
}

fn shown(value: Option<&Value>) -> String {
    match value {
        None => "(none)".to_owned(),
        Some(Value::String(text)) if text.is_empty() => "(empty)".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}
