//! Changes to the configuration file, to its trust list and by a calibration: comments, order and everything else stay
//! as they are.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use host_sandbox::trust::TrustedKey;
use host_system::guard::guarded;
use host_system::{capped, files};
use toml_edit::{ArrayOfTables, DocumentMut, InlineTable, Item, Table, TableLike, value};

use crate::terminal::error::{Kind, Report, Result};

const SECTION: &str = "trust";
const KEYS: &str = "keys";
const NAME: &str = "name";
/// Stands in the notes of calibrations.
const CALIBRATED: &str = ": calibrated from ";

/// Adds `key` to the trust list in the file `path`, which is made if it is not there.
///
/// # Errors
/// The file cannot be read or written, or its trust list is of another form.
pub fn add_trusted_key(path: &Path, key: &TrustedKey) -> Result<()> {
    edit(path, |document| {
        let section =
            document.entry(SECTION).or_insert_with(implicit_table).as_table_like_mut().ok_or_else(no_section)?;
        let list = section.entry(KEYS).or_insert_with(|| Item::ArrayOfTables(ArrayOfTables::new()));
        match list {
            Item::ArrayOfTables(tables) => {
                let mut table = Table::new();
                fill(&mut table, key);
                tables.push(table);
            }
            other => {
                let mut table = InlineTable::new();
                fill(&mut table, key);
                other.as_array_mut().ok_or_else(no_list)?.push(table);
            }
        }
        Ok(())
    })
}

/// Removes the key with `name` from the trust list in the file `path`. Returns false if it is not in there.
///
/// # Errors
/// Those of [`add_trusted_key`].
pub fn remove_trusted_key(path: &Path, name: &str) -> Result<bool> {
    let mut is_removed = false;
    edit(path, |document| {
        let section = document.get_mut(SECTION).and_then(Item::as_table_like_mut);
        let Some(list) = section.and_then(|section| section.get_mut(KEYS)) else { return Ok(()) };
        let is_meant = |table: &dyn TableLike| table.get(NAME).and_then(Item::as_str) == Some(name);
        match list {
            Item::ArrayOfTables(tables) => {
                let before = tables.len();
                tables.retain(|table| !is_meant(table));
                is_removed = tables.len() < before;
            }
            other => {
                let array = other.as_array_mut().ok_or_else(no_list)?;
                let before = array.len();
                array.retain(|entry| !entry.as_inline_table().is_some_and(|table| is_meant(table)));
                is_removed = array.len() < before;
            }
        }
        Ok(())
    })?;
    Ok(is_removed)
}

/// Sets `settings` (`section.key`, value and note) in the file `path`, which is made if it is not there. Each note
/// becomes a comment above its key, in place of the one that such a change left there before.
///
/// # Errors
/// The file cannot be read or written, or a section is of another form.
pub fn set_calibrated(path: &Path, settings: &[(&str, toml::Value, String)]) -> Result<()> {
    edit(path, |document| {
        for (key, setting, note) in settings {
            let Some((section, leaf)) = key.split_once('.') else { continue };
            let no_table = || Report::new(Kind::Config, format!("`{section}` is a section: write `[{section}]`"));
            let fresh = || Item::Table(Table::new());
            let table = document.entry(section).or_insert_with(fresh).as_table_like_mut().ok_or_else(no_table)?;
            let parsed = setting.to_string().parse::<toml_edit::Value>();
            let Ok(mut new) = parsed else { continue };
            match table.get_mut(leaf) {
                // In its place: an insertion would lose the comments above the key.
                Some(item) => {
                    if let Some(before) = item.as_value() {
                        *new.decor_mut() = before.decor().clone();
                    }
                    *item = Item::Value(new);
                }
                None => drop(table.insert(leaf, Item::Value(new))),
            }
            if let Some(mut key) = table.key_mut(leaf) {
                let decor = key.leaf_decor_mut();
                let before = decor.prefix().and_then(|prefix| prefix.as_str()).unwrap_or_default().to_owned();
                let kept = before.lines().filter(|line| !line.contains(CALIBRATED)).map(|line| format!("{line}\n"));
                decor.set_prefix(format!("{}# {note}\n", kept.collect::<String>()));
            }
        }
        Ok(())
    })
}

/// Gives the setting `old` (`section.key`) in the file `path` the name `new`, with its value and its comments. Where
/// `new` is set too, which wins, `old` is removed.
///
/// # Errors
/// The file cannot be read or written, or a section is of another form.
pub fn rename_key(path: &Path, old: &str, new: &str) -> Result<()> {
    edit(path, |document| {
        let (Some((section, leaf)), Some((new_section, new_leaf))) = (old.split_once('.'), new.split_once('.')) else {
            return Ok(());
        };
        let no_table = |name: &str| Report::new(Kind::Config, format!("`{name}` is a section: write `[{name}]`"));
        let Some(found) = document.get_mut(section) else { return Ok(()) };
        let table = found.as_table_like_mut().ok_or_else(|| no_table(section))?;
        let above = table.key(leaf).map(|key| key.leaf_decor().clone());
        let Some(item) = table.remove(leaf) else { return Ok(()) };
        let fresh = || Item::Table(Table::new());
        let table = document.entry(new_section).or_insert_with(fresh).as_table_like_mut();
        let table = table.ok_or_else(|| no_table(new_section))?;
        if table.contains_key(new_leaf) {
            return Ok(());
        }
        table.insert(new_leaf, item);
        if let (Some(mut key), Some(above)) = (table.key_mut(new_leaf), above) {
            *key.leaf_decor_mut() = above;
        }
        Ok(())
    })
}

fn fill(table: &mut dyn TableLike, key: &TrustedKey) {
    table.insert(NAME, value(&key.name));
    table.insert("public_key", value(key.public_key.to_string()));
    if let Some(day) = key.expires {
        table.insert("expires", value(day.to_string()));
    }
}

/// A table without a line of its own: `[[trust.keys]]` says enough.
fn implicit_table() -> Item {
    let mut table = Table::new();
    table.set_implicit(true);
    Item::Table(table)
}

fn no_section() -> Report {
    Report::new(Kind::Config, "`trust` is a section: write `[trust]` with its keys below it")
}

fn no_list() -> Report {
    Report::new(Kind::Config, "`trust.keys` is a list of tables: write `[[trust.keys]]` for each")
}

/// Applies `change` to the file, and replaces it if it has changed.
fn edit(path: &Path, change: impl FnOnce(&mut DocumentMut) -> Result<()>) -> Result<()> {
    let unusable = |what: &str, error: &std::io::Error| Report::io(format!("cannot {what} {}", path.display()), error);
    let before = match capped::read_to_string(path, capped::SETTINGS) {
        Err(error) if error.kind() == ErrorKind::NotFound => String::new(),
        text => text.map_err(|error| unusable("read", &error))?,
    };
    let invalid = |error: toml_edit::TomlError| {
        Report::new(Kind::Config, format!("{} is not valid TOML", path.display())).because(error.message())
    };
    let parsed = guarded("the file", || before.parse()).map_err(|panicked| Report::user(panicked.to_string()))?;
    let mut document: DocumentMut = parsed.map_err(invalid)?;
    change(&mut document)?;
    let after = document.to_string();
    if after == before { Ok(()) } else { write(path, &after).map_err(|error| unusable("write", &error)) }
}

/// Replaces the file atomically, with the permissions that it has. A link stays one.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let path = path.canonicalize().unwrap_or(path.to_owned());
    let mut file = files::scratch_file(&path)?;
    if let Ok(found) = fs::metadata(&path) {
        file.as_file().set_permissions(found.permissions())?;
    }
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(&path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3";

    fn key(name: &str, expires: Option<&str>) -> TrustedKey {
        let expires = expires.map(|day| day.parse().unwrap());
        TrustedKey { name: name.to_owned(), public_key: KEY.parse().unwrap(), expires }
    }

    /// The file after `key` was added, and after it was removed again.
    fn added_and_removed(before: &str, key: &TrustedKey) -> [String; 2] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host.toml");
        fs::write(&path, before).unwrap();
        add_trusted_key(&path, key).unwrap();
        let added = fs::read_to_string(&path).unwrap();
        assert!(remove_trusted_key(&path, &key.name).unwrap(), "{added}");
        assert!(!remove_trusted_key(&path, &key.name).unwrap());
        [added, fs::read_to_string(&path).unwrap()]
    }

    #[test]
    fn comments_and_order_stay() {
        let before = "# mine\n[risk] # limits\nmax_daily_loss = 7 # dollars\n\n[live]\naccount = \"alex\"\n";
        let [added, removed] = added_and_removed(before, &key("bert", Some("2027-01-01")));
        let expires = "expires = \"2027-01-01\"\n";
        assert_eq!(added, format!("{before}\n[[trust.keys]]\nname = \"bert\"\npublic_key = \"{KEY}\"\n{expires}"));
        assert_eq!(removed, before);
    }

    #[test]
    fn keys_join_those_that_are_there_in_either_form() {
        let check = |list: &str, expect: &str| {
            let before = format!("[trust]\n# Strict.\npaper = \"require\"\n{list}\n[feed]\npoll = \"1m\"\n");
            let [added, removed] = added_and_removed(&before, &key("bert", None));
            assert!(added.contains(expect) && added.contains("# Strict.\n"), "{added}");
            let loaded = crate::config::load_text(&added, &[]);
            // Both have one id, which the configuration refuses: the list itself was read.
            let said = loaded.map_or_else(|report| report.render(false).to_string(), |_| String::new());
            assert!(said.is_empty() || said.contains("cannot both have the id"), "{said}");
            assert_eq!(removed.replace("keys = []\n", ""), before.replace("keys = []\n", ""));
        };
        let entry = format!("{{ name = \"bert\", public_key = \"{KEY}\" }}");
        check("", "[[trust.keys]]\nname = \"bert\"\n");
        check("keys = []\n", &format!("keys = [{entry}]"));
        check(&format!("keys = [{{ name = \"alex\", public_key = \"{KEY}\" }}]\n"), &format!(", {entry}]"));
        let table = format!("[[trust.keys]]\nname = \"alex\" # Me.\npublic_key = \"{KEY}\"\n");
        check(&table, &format!("{table}\n[[trust.keys]]\nname = \"bert\"\n"));
    }

    #[test]
    fn a_file_that_is_not_there_is_made_and_one_of_another_form_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host.toml");
        add_trusted_key(&path, &key("alex", None)).unwrap();
        assert!(fs::read_to_string(&path).unwrap().starts_with("[[trust.keys]]\n"));
        for (text, expect) in [("trust = 1", "is a section"), ("[trust]\nkeys = 1", "is a list"), ("x = = 1", "TOML")] {
            fs::write(&path, text).unwrap();
            let said = add_trusted_key(&path, &key("alex", None)).unwrap_err().render(false).to_string();
            assert!(said.contains(expect) && fs::read_to_string(&path).unwrap() == text, "{said}");
        }
    }

    #[test]
    fn a_calibration_keeps_comments_and_order_and_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host.toml");
        let before =
            "# mine\n[exchange] # fills\n# The study's.\nfill_probability = 0.8 # of all\n\n[live]\naccount = \"a\"\n";
        fs::write(&path, before).unwrap();
        let set = |value: f64, note: &str| {
            let probability = ("exchange.fill_probability", toml::Value::Float(value), note.to_owned());
            let cancels = ("exchange.queue_cancels", toml::Value::String("back".into()), note.to_owned());
            set_calibrated(&path, &[probability, cancels]).unwrap();
            fs::read_to_string(&path).unwrap()
        };
        let _ = set(0.6, "2026-01-01: calibrated from a");
        let note = "# 2026-02-01: calibrated from b\n";
        let expect = before.replace(
            "fill_probability = 0.8 # of all\n",
            &format!("{note}fill_probability = 0.7 # of all\n{note}queue_cancels = \"back\"\n"),
        );
        assert_eq!(set(0.7, "2026-02-01: calibrated from b"), expect);
    }
}
