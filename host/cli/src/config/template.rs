//! The file that `host config init` writes: every key with what it means, its unit and its default, commented out, so that a
//! user sees what there is and only what he changes is his.

use std::fmt::Write as _;

use super::keys::{KEYS, SECTIONS};
use super::{Config, get};

/// The text of a fresh `host.toml`.
pub fn render() -> String {
    let tree = Config::default().into_tree();
    let mut text = String::from(
        "# Settings of `host`. Every key stands here with its default, commented out: remove the # to change it.\n\
         # `host config show` prints each key with its value and where it came from.\n",
    );
    for (section, about) in SECTIONS {
        let _ = write!(text, "\n# {about}\n[{section}]\n");
        for key in KEYS.iter().filter(|key| key.section() == *section) {
            let Some(default) = get(&tree, key.name) else { continue };
            let _ = writeln!(text, "# {} ({})\n#{} = {default}", key.doc, key.unit, key.leaf());
        }
    }
    text.push_str(
        "\n# Parameters of a strategy, under its name; `host inspect` lists them.\n# [strategy.mean-reversion]\n# threshold = 1.5\n",
    );
    text
}
