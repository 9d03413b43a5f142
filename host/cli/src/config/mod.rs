//! The configuration in layers, each overriding the one before: defaults, file, environment, command line. The origin
//! of every key is kept.
//!
//! An unknown key or invalid value is never skipped: all problems are reported at once, each with its place. Settings
//! are read nowhere else, and every key is described in [`keys::KEYS`].

pub mod changes;
mod credentials;
pub mod edit;
pub mod keys;
pub mod layer;
mod near_miss;
mod problem;
mod renamed;
pub mod schedule_keys;
pub mod sections;
pub mod slot_keys;
pub mod template;
mod venue_section;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value};

pub use self::problem::{Origin, Problem};
pub use self::renamed::RenamedKey;
pub use self::sections::Config;

use self::credentials::Credentials;
use self::keys::{KEYS, Key, STRATEGY};
use self::layer::Entry;
use self::near_miss::{NearMiss, near_misses};
use self::renamed::RENAMED;
use self::schedule_keys::SCHEDULE;
use self::slot_keys::SLOT;
use crate::terminal::error::{Kind, Report, Result};
use host_store::suggest::did_you_mean;

/// The effective configuration and the origin of its values.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub config: Config,
    /// The strategies' parameters by strategy name, to be checked against the strategy's manifest.
    pub parameters: BTreeMap<String, Vec<Entry>>,
    /// The limits of slots, as they were set.
    pub slot_limits: Vec<Entry>,
    /// The keys that were set under their old names.
    pub renamed: Vec<RenamedKey>,
    /// One warning for each setting whose meaning has changed.
    pub changed: Vec<String>,
    /// Environment variables that are not read, although they seem to be meant as settings.
    pub near_misses: Vec<NearMiss>,
    /// The configuration file, as it was found.
    pub file: Option<PathBuf>,
    tree: Table,
    origins: BTreeMap<&'static str, Origin>,
}

impl Loaded {
    /// Returns every key in display order, with its value and origin.
    pub fn settings(&self) -> impl Iterator<Item = (&'static Key, Option<&Value>, Origin)> {
        KEYS.iter().map(|key| (key, get(&self.tree, key.name), self.origin(key.name)))
    }

    /// Returns the folder of the configuration file; the working directory, as an empty path, if there is none.
    pub fn folder(&self) -> &Path {
        self.file.as_ref().and_then(|file| file.parent()).unwrap_or(Path::new(""))
    }

    /// Returns a warning for each key that is set under its old name, or whose meaning has changed.
    pub fn warnings(&self) -> Vec<String> {
        self.renamed.iter().map(ToString::to_string).chain(self.changed.iter().cloned()).collect()
    }

    pub fn origin(&self, key: &str) -> Origin {
        self.origins.get(key).cloned().unwrap_or(Origin::Default)
    }
}

/// Loads the configuration from all layers.
///
/// # Errors
/// The named file is missing, a file is not valid TOML, or any layer has unknown keys or invalid values: all reported
/// at once.
pub fn load(file: Option<&Path>, set: &[String]) -> Result<Loaded> {
    load_here(file, set, |_| true)
}

/// A configuration as far as it can be read, with all that is wrong with it.
#[derive(Debug)]
pub struct Examined {
    /// Settings with problems have their defaults.
    pub loaded: Loaded,
    pub problems: Vec<Problem>,
}

/// Reads all layers as far as they can be read, for somebody who says what is wrong: nothing may be traded with it.
///
/// # Errors
/// The file cannot be read, or is not valid TOML.
pub fn examine(file: Option<&Path>, set: &[String]) -> Result<Examined> {
    let (examined, folder) = examine_here(file, set, &|_| true)?;
    resolved(examined, &folder)
}

/// Loads only `sections` from all layers. Everything else keeps its default, and problems there are ignored.
///
/// # Errors
/// As [`load`], for these sections.
pub fn load_sections(file: Option<&Path>, set: &[String], sections: &[&str]) -> Result<Loaded> {
    let is_wanted = |key: &str| sections.contains(&key.split_once('.').map_or(key, |(section, _)| section));
    load_here(file, set, is_wanted)
}

/// Loads the layers of this process. Relative paths, whichever layer sets them, are resolved against the folder of the
/// configuration file, so that a command finds the same account from any folder. Without a file, they are resolved
/// against the working directory.
fn load_here(named: Option<&Path>, set: &[String], is_wanted: impl Fn(&str) -> bool) -> Result<Loaded> {
    let (examined, folder) = examine_here(named, set, &is_wanted)?;
    if !examined.problems.is_empty() {
        return Err(report(&examined.problems));
    }
    Ok(resolved(examined, &folder)?.loaded)
}

/// Resolves the paths against `folder`.
fn resolved(mut examined: Examined, folder: &Path) -> Result<Examined> {
    let config = &mut examined.loaded.config;
    config
        .resolve_paths(folder, &Credentials::of_process())
        .map_err(|error| Report::io("there is no working directory", &error))?;
    Ok(examined)
}

/// Reads the layers of this process, and returns the folder that relative paths start at.
fn examine_here(
    named: Option<&Path>,
    set: &[String],
    is_wanted: &impl Fn(&str) -> bool,
) -> Result<(Examined, PathBuf)> {
    let here = std::env::current_dir().map_err(|error| Report::io("there is no working directory", &error))?;
    let file = layer::read_file(named, &here)?;
    let folder = file.as_ref().and_then(|(path, _)| path.parent()).unwrap_or(Path::new(""));
    // A file that was found above is named from here, but paths in it are shown without the way back and forth.
    let folder = match folder.components().filter(|part| *part == Component::ParentDir).count() {
        above if above > 0 && named.is_none() => here.ancestors().nth(above).unwrap_or(folder).to_owned(),
        _ => folder.to_owned(),
    };
    let mut examined = examine_from(file, std::env::vars_os(), set, is_wanted)?;
    let near_misses = near_misses(std::env::vars_os().map(|(name, _)| name));
    examined.loaded.near_misses = near_misses.into_iter().filter(|miss| is_wanted(miss.section)).collect();
    Ok((examined, folder))
}

/// Returns the names of this process's environment variables that are settings.
pub fn settings_in_environment() -> Vec<OsString> {
    std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_str().is_some_and(layer::is_setting)).collect()
}

/// Loads from text and arguments alone, without the environment.
///
/// # Errors
/// As [`load`].
pub fn load_text(file: &str, set: &[String]) -> Result<Loaded> {
    let examined = examine_text(file, set)?;
    if examined.problems.is_empty() { Ok(examined.loaded) } else { Err(report(&examined.problems)) }
}

/// Examines text and arguments alone, without the environment.
///
/// # Errors
/// As [`examine`].
pub fn examine_text(file: &str, set: &[String]) -> Result<Examined> {
    examine_from(Some(("host.toml".into(), file.to_owned())), std::iter::empty(), set, &|_| true)
}

fn examine_from(
    file: Option<(std::path::PathBuf, String)>,
    environment: impl Iterator<Item = (OsString, OsString)>,
    set: &[String],
    is_wanted: &impl Fn(&str) -> bool,
) -> Result<Examined> {
    let (mut entries, mut problems) = match &file {
        Some((path, text)) => layer::from_file(path, text)?,
        None => (Vec::new(), Vec::new()),
    };
    entries.extend(layer::from_environment(environment));
    entries.extend(layer::from_command_line(set)?);

    let mut loaded = Loaded {
        config: Config::default(),
        parameters: BTreeMap::new(),
        slot_limits: Vec::new(),
        renamed: Vec::new(),
        changed: Vec::new(),
        near_misses: Vec::new(),
        file: file.map(|(path, _)| path),
        tree: Config::default().into_tree(),
        origins: BTreeMap::new(),
    };
    for entry in entries.into_iter().filter(|entry| is_wanted(&entry.key)) {
        if let Err(problem) = loaded.apply(entry) {
            problems.push(problem);
        }
    }
    problems.extend(loaded.check());
    Ok(Examined { loaded, problems })
}

fn report(problems: &[Problem]) -> Report {
    let count = if problems.len() == 1 { "a problem" } else { "problems" };
    let report = Report::new(Kind::Config, format!("the configuration has {count}"));
    problems
        .iter()
        .fold(report, Report::because)
        .hint("`host config show` lists every key; `host config init` writes a file that explains them")
}

impl Loaded {
    /// Returns `entry` under its current name, and records a warning if it was set under the old one.
    fn renamed(&mut self, entry: Entry) -> Entry {
        let Some((old, new)) = RENAMED.iter().find(|(old, _)| *old == entry.key) else { return entry };
        self.renamed.push(RenamedKey { old, new, origin: entry.origin.clone() });
        Entry { key: (*new).to_owned(), ..entry }
    }

    /// Records a warning if `entry` is of a file and names the fill model whose meaning has changed. To be dropped with
    /// the release after next.
    fn tell_of_change(&mut self, entry: &Entry) {
        let is_of_file = matches!(entry.origin, Origin::File { .. });
        if is_of_file && entry.key == "exchange.fill_model" && entry.value.as_str() == Some("probabilistic") {
            self.changed.push(format!(
                "{}: the fill model `probabilistic` draws places in the queue now; what it was, fills by the toss of a \
                 coin, is called `coin`: write that to keep it",
                entry.origin
            ));
        }
    }

    /// Applies `entry` over the layers below it.
    fn apply(&mut self, entry: Entry) -> Result<(), Problem> {
        let entry = self.renamed(entry);
        self.tell_of_change(&entry);
        if let Some(rest) = entry.key.strip_prefix("strategy.") {
            let Some((name, _)) = rest.split_once('.') else {
                let what =
                    format!("`{}` does not name a strategy: write `[{STRATEGY}.NAME]` above its parameters", entry.key);
                return Err(Problem::new(&entry.origin, what));
            };
            self.parameters.entry(name.to_owned()).or_default().push(entry);
            return Ok(());
        }
        if entry.key == SLOT || entry.key.starts_with("slot.") {
            return self.apply_slot_limit(entry);
        }
        if entry.key == SCHEDULE {
            return self.apply_schedule(entry);
        }
        let Some(key) = KEYS.iter().find(|key| key.name == entry.key) else {
            return Err(unknown(&entry));
        };
        let mut tree = self.tree.clone();
        set(&mut tree, key.name, entry.value.clone());
        match Config::deserialize(Value::Table(tree.clone())) {
            Ok(config) => self.config = config,
            Err(error) => return Err(wrong_value(&entry, key.unit, error.message())),
        }
        self.tree = tree;
        self.origins.insert(key.name, entry.origin);
        Ok(())
    }

    /// Applies the schedule in place of that of the layers below it.
    fn apply_schedule(&mut self, entry: Entry) -> Result<(), Problem> {
        schedule_keys::set(&mut self.tree, &entry)?;
        self.config = Config::deserialize(Value::Table(self.tree.clone()))
            .map_err(|error| wrong_value(&entry, "a list of tables", error.message()))?;
        self.origins.insert(SCHEDULE, entry.origin);
        Ok(())
    }

    /// Returns the entries of the schedule, each with its key, value and origin.
    pub fn schedule(&self) -> Vec<(String, Value, Origin)> {
        let list = self.tree.get(SCHEDULE).and_then(Value::as_array).into_iter().flatten();
        let named = list.zip(&self.config.schedule);
        named
            .map(|(value, entry)| (format!("{SCHEDULE}.{}", entry.name), value.clone(), self.origin(SCHEDULE)))
            .collect()
    }

    /// Applies a limit of one slot over the layers below it.
    fn apply_slot_limit(&mut self, entry: Entry) -> Result<(), Problem> {
        let mut tree = self.tree.clone();
        let key = slot_keys::set(&mut tree, &entry)?;
        self.config = Config::deserialize(Value::Table(tree.clone()))
            .map_err(|error| wrong_value(&entry, key.unit, error.message()))?;
        self.tree = tree;
        self.slot_limits.retain(|other| other.key != entry.key);
        self.slot_limits.push(entry);
        Ok(())
    }

    /// Returns the problems of values that have the right type, at most one for each key.
    fn check(&self) -> Vec<Problem> {
        let value_of = |key: &str| {
            get(&self.tree, key).map_or_else(String::new, |value| format!(" = {}", layer::shown(key, value)))
        };
        let problem =
            |key: &str, what: &str| Problem::new(&self.origin(key), format!("`{key}{}`: {what}", value_of(key)));
        let mut problems: BTreeMap<String, Problem> = BTreeMap::new();
        for key in KEYS {
            if let Some(broken) = get(&self.tree, key.name).and_then(|value| key.bound.broken_by(value)) {
                problems.insert(key.name.to_owned(), problem(key.name, &broken));
            }
        }
        for (key, what) in self.config.refusals() {
            let of_slot = self.slot_limits.iter().find(|entry| entry.key == key);
            let of_schedule = schedule_keys::problem(&key, &what, &self.origin(SCHEDULE));
            let found = || match of_slot {
                _ if let Some(problem) = of_schedule => problem,
                Some(entry) => Problem::new(&entry.origin, format!("`{key}` {what}")),
                None => problem(&key, &what),
            };
            problems.entry(key.clone()).or_insert_with(found);
        }
        problems.into_values().collect()
    }
}

fn unknown(entry: &Entry) -> Problem {
    let mut sections = KEYS.iter().map(Key::section).collect::<Vec<_>>();
    sections.dedup();
    if sections.contains(&entry.key.as_str()) {
        let value = layer::shown(&entry.key, &entry.value);
        let what = format!("`{0} = {value}`: {0} is a section: write `[{0}]` with its keys below it", entry.key);
        return Problem::new(&entry.origin, what);
    }
    let guess = did_you_mean(&entry.key, KEYS.iter().map(|key| key.name));
    Problem::new(
        &entry.origin,
        format!("unknown key `{}`{}", entry.key, guess.map_or(String::new(), |guess| format!(": {guess}"))),
    )
}

/// Returns the problem that the value of `entry` is not of its key's type, as serde `said`. A value that must not be
/// printed is in serde's message too.
fn wrong_value(entry: &Entry, unit: &str, said: &str) -> Problem {
    let value = layer::shown(&entry.key, &entry.value);
    let is_shown = value == entry.value;
    let said = if is_shown { expectation(said, unit) } else { format!("expected {unit}") };
    Problem::new(&entry.origin, format!("`{} = {value}`: {said}", entry.key))
}

/// Rewords serde's error message about a value for users.
fn expectation(said: &str, unit: &str) -> String {
    let Some((_, expected)) = said.rsplit_once(", expected ") else { return said.trim().to_owned() };
    let expected = match expected.trim() {
        "f64" | "f32" => "a number",
        "u64" | "u32" | "u16" | "u8" | "usize" => "a whole number, not negative",
        "i64" | "i32" => "a whole number",
        "a string" => "text in quotes",
        "a boolean" => "true or false",
        "a sequence" => "a list in brackets",
        other => other,
    };
    format!("expected {expected} ({unit})")
}

fn get<'a>(tree: &'a Table, key: &str) -> Option<&'a Value> {
    match key.split_once('.') {
        Some((section, rest)) => get(tree.get(section)?.as_table()?, rest),
        None => tree.get(key),
    }
}

fn set(tree: &mut Table, key: &str, value: Value) {
    let Some((section, rest)) = key.split_once('.') else {
        tree.insert(key.to_owned(), value);
        return;
    };
    if let Value::Table(section) = tree.entry(section).or_insert_with(|| Value::Table(Table::new())) {
        set(section, rest, value);
    }
}

#[cfg(test)]
mod keys_tests;
#[cfg(test)]
mod tests;
