//! The keys of a configuration that a journal keeps as text.

use std::collections::BTreeMap;

use toml::{Table, Value};

/// The section of the embedded exchange.
const EXCHANGE: &str = "exchange";
/// A key that every configuration has since `probabilistic` draws places in the queue.
const SINCE_QUEUES: &str = "queue_cancels";

/// Returns the values of `config`, which is TOML, by their dotted names; a text that cannot be read has none.
pub fn read(config: &str) -> BTreeMap<String, String> {
    let mut keys = BTreeMap::new();
    for (section, value) in as_written(config.parse::<Table>().unwrap_or_default()) {
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

/// Returns the configuration that a journal keeps in the words of this host: what a former one called
/// `probabilistic` is `coin` here.
pub fn as_written(mut config: Table) -> Table {
    if let Some(Value::Table(exchange)) = config.get_mut(EXCHANGE)
        && !exchange.contains_key(SINCE_QUEUES)
        && let Some(model) = exchange.get_mut("fill_model").filter(|model| model.as_str() == Some("probabilistic"))
    {
        *model = Value::String("coin".to_owned());
    }
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_probabilistic_is_the_coin() {
        let check = |config: &str, expect: Option<&str>| {
            let expect = expect.map(|expect| format!("\"{expect}\""));
            assert_eq!(read(config).get("exchange.fill_model").cloned(), expect, "{config}");
        };
        check("[exchange]\nfill_model = \"probabilistic\"\n", Some("coin"));
        check("[exchange]\nfill_model = \"probabilistic\"\nqueue_cancels = \"back\"\n", Some("probabilistic"));
        check("[exchange]\nfill_model = \"touch\"\n", Some("touch"));
        check("[exchange]\n", None);
        check("exchange = 1\n", None);
        check("no TOML", None);
    }
}
