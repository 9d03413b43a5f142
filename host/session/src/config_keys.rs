//! The keys of a configuration that a journal keeps as text.

use std::collections::BTreeMap;

use toml::{Table, Value};

/// Returns the values of `config`, which is TOML, by their dotted names; a text that cannot be read has none.
pub fn read(config: &str) -> BTreeMap<String, String> {
    let mut keys = BTreeMap::new();
    for (section, value) in config.parse::<Table>().unwrap_or_default() {
        match value {
            Value::Table(own) => {
                keys.extend(own.into_iter().map(|(key, value)| (format!("{section}.{key}"), value.to_string())));
            }
            value => {
                keys.insert(section, value.to_string());
            }
        }
    }
    keys
}
