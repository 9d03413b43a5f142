//! The layers of settings: the file, the environment, the command line. Each is read into a flat list of [`Entry`], which
//! keeps for every key where it was set. That a key exists or its value makes sense is checked elsewhere.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};

use host_venues::kalshi::settings::is_key_text;
use serde::Deserialize;
use toml::Value;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::terminal::error::{Kind, Report, Result};

/// The file that is read if `--config` names none and it exists.
pub const DEFAULT_FILE: &str = "host.toml";

/// Environment variables are `HOST_SECTION__KEY`, as in `HOST_RISK__MAX_DAILY_LOSS`.
const ENVIRONMENT_PREFIX: &str = "HOST_";

/// The setting that holds the place of the private key.
const KEY_FILE: &str = "venue.key_file";

/// The text that is shown instead of a private key's.
const NOT_SHOWN: &str = "(the text of a key: not shown)";

/// The place where a setting was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nowhere: the host's own default.
    Default,
    /// In a file.
    File {
        /// As the user named it.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
    },
    /// In an environment variable of this name.
    Environment(String),
    /// On the command line.
    CommandLine,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File { path, line } => write!(f, "{}:{line}", path.display()),
            Origin::Environment(name) => write!(f, "environment {name}"),
            Origin::CommandLine => f.write_str("command line"),
        }
    }
}

/// One setting, as said.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Dotted: `risk.max_daily_loss`, `strategy.mean-reversion.threshold`.
    pub key: String,
    /// Never a table.
    pub value: Value,
    pub origin: Origin,
}

/// A wrong setting: what is wrong, and where it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem(String);

impl Problem {
    pub fn new(origin: &Origin, what: impl AsRef<str>) -> Problem {
        Problem(format!("{origin}: {}", what.as_ref()))
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The value of `key` for people to read: the text of a private key, which belongs into no setting, is not repeated.
pub fn shown(key: &str, value: &Value) -> Value {
    // Where the key's file belongs even a part of a key is known, and a list may be its lines.
    let is_part = key == KEY_FILE && value.as_str().is_none_or(is_key_text);
    if is_part || begins_key(&value.to_string()) { Value::String(NOT_SHOWN.to_owned()) } else { value.clone() }
}

fn begins_key(text: &str) -> bool {
    text.contains("-----BEGIN")
}

/// The file's text: of `named`, or of the default file if there is one.
///
/// # Errors
/// A named file that cannot be read; a default file that is there but cannot be read.
pub fn read_file(named: Option<&Path>) -> Result<Option<(PathBuf, String)>> {
    let path = named.unwrap_or(Path::new(DEFAULT_FILE));
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some((path.to_owned(), text))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && named.is_none() => Ok(None),
        Err(error) => {
            let report = Report::new(Kind::Config, format!("cannot read the configuration {}", path.display()));
            let hint = (error.kind() == std::io::ErrorKind::NotFound).then(|| {
                format!("`host config init --out {}` writes one with every key and its default", path.display())
            });
            Err(report.because(error).maybe_hint(hint))
        }
    }
}

/// The entries of a TOML file, in the order of their lines.
///
/// # Errors
/// Text that is no TOML, with the place.
pub fn from_file(path: &Path, text: &str) -> Result<(Vec<Entry>, Vec<Problem>)> {
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line_of(text, span.start));
        // The error shows its line, which may be that of a key.
        let because = if begins_key(text) { error.message().to_owned() } else { error.to_string() };
        Report::new(Kind::Config, format!("{}:{line} is no TOML", path.display())).because(because)
    })?;
    let mut reader = FileReader { path, text, entries: Vec::new(), problems: Vec::new() };
    reader.table("", table.get_ref());
    reader.entries.sort_by_key(|entry| match entry.origin {
        Origin::File { line, .. } => line,
        _ => 0,
    });
    Ok((reader.entries, reader.problems))
}

struct FileReader<'a> {
    path: &'a Path,
    text: &'a str,
    entries: Vec<Entry>,
    problems: Vec<Problem>,
}

impl FileReader<'_> {
    fn table(&mut self, prefix: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            let key = format!("{prefix}{}", name.get_ref());
            let line = line_of(self.text, name.span().start);
            let origin = Origin::File { path: self.path.to_owned(), line };
            match value.get_ref() {
                DeValue::Table(inner) => self.table(&format!("{key}."), inner),
                _ => match Value::deserialize(ValueDeserializer::from(value.clone())) {
                    Ok(value) => self.entries.push(Entry { key, value, origin }),
                    Err(error) => self.problems.push(Problem::new(&origin, format!("`{key}`: {}", error.message()))),
                },
            }
        }
    }
}

/// The line of byte `offset` in `text`, counted from 1.
fn line_of(text: &str, offset: usize) -> usize {
    1 + text.bytes().take(offset).filter(|&byte| byte == b'\n').count()
}

/// The entries of the environment, in the order of their names. Variables without `__` are someone else's.
pub fn from_environment(variables: impl Iterator<Item = (OsString, OsString)>) -> Vec<Entry> {
    let mut entries: Vec<Entry> = variables
        .filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            let key = name.strip_prefix(ENVIRONMENT_PREFIX)?;
            key.contains("__").then(|| Entry {
                key: key.to_lowercase().replace("__", "."),
                value: value_of(&value.to_string_lossy()),
                origin: Origin::Environment(name.clone()),
            })
        })
        .collect();
    entries.sort_by(|one, other| one.key.cmp(&other.key));
    entries
}

/// The entries of `--set section.key=value`, in their order.
///
/// # Errors
/// An argument without `=`.
pub fn from_command_line(settings: &[String]) -> Result<Vec<Entry>> {
    settings
        .iter()
        .map(|setting| match setting.split_once('=') {
            Some((key, value)) => {
                Ok(Entry { key: key.trim().to_owned(), value: value_of(value.trim()), origin: Origin::CommandLine })
            }
            None => Err(Report::usage(format!(
                "`--set {}` sets nothing",
                if begins_key(setting) { NOT_SHOWN } else { setting }
            ))
            .hint("write `--set section.key=value`, such as `--set risk.max_daily_loss=100`")),
        })
        .collect()
}

/// A value without quotes: what TOML reads as a number, a truth or a list is that; anything else is text.
pub fn value_of(text: &str) -> Value {
    let parsed = ValueDeserializer::parse(text).and_then(Value::deserialize);
    match parsed {
        Ok(Value::Datetime(_) | Value::Table(_)) | Err(_) => Value::String(text.to_owned()),
        Ok(value) => value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_files_entries_know_their_lines() {
        let text = "# first\n[risk]\nb = 1\na = \"x\"\n\n[strategy.mean-reversion]\nthreshold = 1.3\n";
        let (entries, problems) = from_file(Path::new("host.toml"), text).unwrap();
        let shown: Vec<String> = entries.iter().map(|e| format!("{} {} {}", e.origin, e.key, e.value)).collect();
        assert_eq!(
            shown,
            ["host.toml:3 risk.b 1", "host.toml:4 risk.a \"x\"", "host.toml:7 strategy.mean-reversion.threshold 1.3"]
        );
        assert!(problems.is_empty());
    }

    #[test]
    fn text_that_is_no_toml_is_refused_with_its_line() {
        let report = from_file(Path::new("host.toml"), "[risk]\nmax = = 1\n").unwrap_err();
        let text = report.render(false);
        assert!(text.starts_with("error: host.toml:2 is no TOML\n"), "{text}");
    }

    #[test]
    fn the_environment_names_keys_with_two_underscores() {
        let variables = [("HOST_RISK__MAX_DAILY_LOSS", "100"), ("HOST_NAME", "box"), ("PATH", "/bin")];
        let entries = from_environment(variables.into_iter().map(|(name, value)| (name.into(), value.into())));
        assert_eq!(entries.len(), 1);
        assert_eq!((entries[0].key.as_str(), &entries[0].value), ("risk.max_daily_loss", &Value::Integer(100)));
    }

    #[test]
    fn values_need_no_quotes() {
        let check = |text: &str, expect: Value| assert_eq!(value_of(text), expect, "{text}");
        check("10", Value::Integer(10));
        check("0.5", Value::Float(0.5));
        check("true", Value::Boolean(true));
        check("10m", Value::String("10m".into()));
        check("inside 1", Value::String("inside 1".into()));
        check("\"quoted\"", Value::String("quoted".into()));
        check("2026-01-31", Value::String("2026-01-31".into()));
        check("", Value::String(String::new()));
    }
}
