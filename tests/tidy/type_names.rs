//! One type name means one thing.

use std::collections::{BTreeMap, BTreeSet};

use crate::findings::{self, Finding};
use crate::modules::{self, Crate};
use crate::tree::Tree;

const REASON: &str = "one name for three things makes readers guess which is meant; the model's type keeps the plain \
                      name, a helper gets the name of what it is";

const MOST_PLACES: usize = 2;

/// Names that say what they are only together with their module, by a custom of the language.
const BY_CUSTOM: [(&str, &str); 4] = [
    ("Error", "the error enum of a library or module"),
    ("Result", "the standard one with such an error"),
    ("Args", "the arguments of a command"),
    ("Settings", "the section of the configuration that a module takes"),
];

fn repeated_names(crates: &[Crate]) -> Vec<Finding> {
    let mut places: BTreeMap<String, BTreeSet<(String, usize)>> = BTreeMap::new();
    for module in crates.iter().flat_map(Crate::production) {
        for (name, line) in &module.types {
            places.entry(name.clone()).or_default().insert((module.file.clone(), *line));
        }
    }
    places.retain(|name, _| BY_CUSTOM.iter().all(|(allowed, _)| allowed != name));
    let repeated = places.into_iter().filter(|(_, places)| places.len() > MOST_PLACES);
    let findings = repeated.flat_map(|(name, places)| {
        let what = format!("type `{name}` stands in {} places", places.len());
        places.into_iter().map(move |(path, line)| Finding::new(&path, line, &*what)).collect::<Vec<_>>()
    });
    findings.collect()
}

#[test]
fn a_type_name_means_one_thing() {
    findings::expect_none(REASON, repeated_names(modules::of_checkout()));
}

#[test]
fn finds_repeated_names() {
    let tree = Tree::made_up(&[
        ("a/Cargo.toml", "package.name = \"a\""),
        ("b/Cargo.toml", "package.name = \"b\""),
        ("c/Cargo.toml", "package.name = \"c\""),
        ("a/src/lib.rs", "pub struct Book; pub enum Error {} type Pair = ();"),
        ("b/src/lib.rs", "mod m { trait Book {} } enum Error {} #[cfg(test)] mod tests { type Pair = (); }"),
        ("c/src/lib.rs", "enum Error {} #[cfg(test)] mod tests;\nfn f() { type Book = u8; }"),
        ("c/src/tests.rs", "type Pair = ();"),
        ("c/tests/t.rs", "type Pair = ();"),
    ]);
    findings::expect(
        repeated_names(&modules::crates(&tree)),
        &[
            "a/src/lib.rs:1: type `Book` stands in 3 places",
            "b/src/lib.rs:1: type `Book` stands in 3 places",
            "c/src/lib.rs:2: type `Book` stands in 3 places",
        ],
    );
}
