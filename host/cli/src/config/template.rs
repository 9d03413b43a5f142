//! The file that `host config init` writes: every key with its meaning, unit and default, commented out, so that users
//! see all keys but set only those that they change.

use std::fmt::Write as _;

use super::keys::{KEYS, SECTIONS};
use super::schedule_keys::EXAMPLE;
use super::slot_keys::SLOT_KEYS;
use super::{Config, get};

/// Returns the text of a new `host.toml`.
pub fn render() -> String {
    let tree = Config::default().into_tree();
    let mut text = String::from(
        "# Settings of `host`. Every key is listed with its default, commented out: remove the # to change it.\n\
         # `host config show` prints each key with its value and where it was set.\n",
    );
    for (section, about) in SECTIONS {
        let _ = write!(text, "\n# {about}\n[{section}]\n");
        for key in KEYS.iter().filter(|key| key.section() == *section) {
            let Some(default) = get(&tree, key.name) else { continue };
            let _ = writeln!(text, "# {} ({})\n#{} = {default}", key.doc, key.unit, key.leaf());
        }
    }
    text.push_str(
        "\n# Parameters of a strategy, under its name; `host inspect` lists them.\n\
         # [strategy.mean-reversion]\n\
         # threshold = 1.5\n",
    );
    text.push_str(
        "\n# Limits of one slot, inside the account's, under its name. What is left out is the account's.\n\
         # [slot.mean-reversion]\n",
    );
    for key in SLOT_KEYS {
        let _ = writeln!(text, "# {} ({})\n# {} =", key.doc, key.unit, key.name);
    }
    text.push_str("\n# Limits by the hour: any number of entries, of which at most one is in force at a time.\n");
    for line in EXAMPLE.lines() {
        let _ = writeln!(text, "# {line}");
    }
    text
}
