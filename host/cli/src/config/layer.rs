//! The layers of the configuration: file, environment, command line. Each is read into a flat list of entries that
//! remember where they were set. Unknown keys and invalid values are the caller's to find.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use host_system::capped;
use host_system::guard::{ParserPanicked, guarded};
use host_venues::kalshi::settings::is_key_text;
use serde::Deserialize;
use toml::Value;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::problem::{Origin, Problem};
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::paths;

/// The file that is read if `--config` is not given: the one in the working folder, or the nearest above it.
pub const DEFAULT_FILE: &str = "host.toml";

/// Environment variables are named `HOST_SECTION__KEY`, such as `HOST_RISK__MAX_DAILY_LOSS`.
pub(super) const ENVIRONMENT_PREFIX: &str = "HOST_";

/// The setting that holds the path of the private key.
const KEY_FILE: &str = "venue.key_file";

/// The section whose settings hold passwords and addresses that work like passwords.
const ALERTS: &str = "alerts";

/// Most keys of a file: there are a few hundred, and more for each strategy.
const MOST_KEYS: usize = 10_000;

/// Names of such settings by themselves.
const SECRETS: [&str; 2] = ["password", "heartbeat_url"];

/// Names of the settings of a webhook that may be shown. All others may be an address, under whatever name.
const SHOWN_OF_WEBHOOK: [&str; 5] = ["kind", "url_file", "token_file", "chat", "min_severity"];

/// Printed in place of one.
const SECRET_NOT_SHOWN: &str = "(a secret: not shown)";

/// Printed in place of a private key.
const NOT_SHOWN: &str = "(a private key: not shown)";

/// A setting as the user wrote it.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Dotted, such as `risk.max_daily_loss` or `strategy.mean-reversion.threshold`.
    pub key: String,
    /// Never a table.
    pub value: Value,
    pub origin: Origin,
}

/// Returns the value of `key` as it may be printed. Secrets are replaced, and so is the text of a private key that was
/// pasted by mistake.
pub fn shown(key: &str, value: &Value) -> Value {
    if key.split('.').next() == Some(ALERTS) {
        return without_secrets(key.rsplit('.').next().unwrap_or_default(), value);
    }
    // In the setting for the key's path, even part of a key is recognised; a list may be the lines of one.
    let is_part = key == KEY_FILE && value.as_str().is_none_or(is_key_text);
    if is_part || begins_key(&value.to_string()) { Value::String(NOT_SHOWN.to_owned()) } else { value.clone() }
}

/// Returns the value of the alerts' setting `name` without secrets. What should be a table or a list, and is none, may
/// be one.
fn without_secrets(name: &str, value: &Value) -> Value {
    let is_secret = SECRETS.contains(&name) || matches!(name, ALERTS | "mail" | "webhook");
    let of_webhook = |(name, value): (&String, &Value)| {
        let value = if SHOWN_OF_WEBHOOK.contains(&name.as_str()) { value.clone() } else { SECRET_NOT_SHOWN.into() };
        (name.clone(), value)
    };
    match value {
        Value::String(text) if text.is_empty() => value.clone(),
        Value::Array(list) => Value::Array(list.iter().map(|value| without_secrets(name, value)).collect()),
        Value::Table(table) => Value::Table(table.iter().map(of_webhook).collect()),
        _ if begins_key(&value.to_string()) => NOT_SHOWN.into(),
        _ if is_secret => SECRET_NOT_SHOWN.into(),
        _ => value.clone(),
    }
}

fn begins_key(text: &str) -> bool {
    text.contains("-----BEGIN")
}

/// Returns the path and text of the file `named`, or else of the default file in `here` or the nearest folder above
/// it.
///
/// # Errors
/// The file cannot be read. Only the default file may be missing.
pub fn read_file(named: Option<&Path>, here: &Path) -> Result<Option<(PathBuf, String)>> {
    let Some(path) = named.map(Path::to_owned).or_else(|| default_file(here)) else { return Ok(None) };
    match capped::read_to_string(&path, capped::SETTINGS) {
        Ok(text) => Ok(Some((path, text))),
        Err(error) => {
            let report = Report::new(Kind::Config, format!("cannot read the configuration {}", path.display()));
            let is_missing = error.kind() == std::io::ErrorKind::NotFound;
            let init =
                || format!("`host config init --out {}` writes one with every key and its default", path.display());
            let report = paths::did_you_mean(report.because(error), paths::similar(&path));
            Err(report.maybe_hint(is_missing.then(init)))
        }
    }
}

/// Returns the default file in `here` or the nearest folder above it, as a path relative to `here`. Above it, files of
/// other users are passed over: they would set this user's limits.
fn default_file(here: &Path) -> Option<PathBuf> {
    let is_own = |path: &Path| std::fs::metadata(path).is_ok_and(|found| host_system::user::or_root_owns(&found));
    let found = here.ancestors().zip(0..).find(|(folder, depth)| {
        let path = folder.join(DEFAULT_FILE);
        // Anything of that name where the user stands is meant, so that what is wrong with it is said.
        if *depth == 0 { path.symlink_metadata().is_ok() } else { path.is_file() && is_own(&path) }
    });
    found.map(|(_, depth)| (0..depth).map(|_| "..").collect::<PathBuf>().join(DEFAULT_FILE))
}

/// Returns the entries of a TOML file in line order, and the values that cannot be read.
///
/// # Errors
/// The text is not valid TOML; the report names the line.
pub fn from_file(path: &Path, text: &str) -> Result<(Vec<Entry>, Vec<Problem>)> {
    let invalid = |panicked: ParserPanicked| {
        Report::new(Kind::Config, format!("{} is not valid TOML", path.display())).because(panicked)
    };
    let lines = LineFeeds::of(text);
    let table = guarded("the file", || DeTable::parse(text)).map_err(invalid)?.map_err(|error| {
        let line = error.span().map_or(1, |span| lines.line_of(span.start));
        // The parser's error quotes the line, which may be part of a private key, or a password.
        let because =
            if begins_key(text) || text.contains(ALERTS) { error.message().to_owned() } else { error.to_string() };
        Report::new(Kind::Config, format!("{}:{line} is not valid TOML", path.display())).because_lines(because)
    })?;
    let mut reader = FileReader { path, lines, entries: Vec::new(), problems: Vec::new() };
    reader.table("", table.get_ref());
    if reader.entries.len() + reader.problems.len() > MOST_KEYS {
        return Err(Report::new(Kind::Config, format!("{} has more than {MOST_KEYS} keys", path.display()))
            .hint("`host config init` writes a file with every key that there is"));
    }
    reader.entries.sort_by_key(|entry| match entry.origin {
        Origin::File { line, .. } => line,
        _ => 0,
    });
    Ok((reader.entries, reader.problems))
}

struct FileReader<'a> {
    path: &'a Path,
    lines: LineFeeds,
    entries: Vec<Entry>,
    problems: Vec<Problem>,
}

impl FileReader<'_> {
    fn table(&mut self, prefix: &str, table: &DeTable<'_>) {
        for (name, value) in table {
            if self.entries.len() + self.problems.len() > MOST_KEYS {
                return;
            }
            let key = format!("{prefix}{}", name.get_ref());
            let line = self.lines.line_of(name.span().start);
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

/// The places of the line feeds of a text.
struct LineFeeds(Vec<usize>);

impl LineFeeds {
    fn of(text: &str) -> LineFeeds {
        LineFeeds(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect())
    }

    /// Returns the line of the byte at `offset`, counted from 1.
    fn line_of(&self, offset: usize) -> usize {
        1 + self.0.partition_point(|feed| *feed < offset)
    }
}

/// Returns the entries of the environment, sorted by key. Variables without `__` belong to other programs.
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

/// Returns true if the environment variable `name` is a setting.
pub fn is_setting(name: &str) -> bool {
    name.strip_prefix(ENVIRONMENT_PREFIX).is_some_and(|key| key.contains("__"))
}

/// Returns the entries of the `--set section.key=value` arguments, in their order.
///
/// # Errors
/// An argument has no `=`.
pub fn from_command_line(settings: &[String]) -> Result<Vec<Entry>> {
    settings
        .iter()
        .map(|setting| match setting.split_once('=') {
            Some((key, value)) => {
                Ok(Entry { key: key.trim().to_owned(), value: value_of(value.trim()), origin: Origin::CommandLine })
            }
            None => Err(Report::usage(format!(
                "`--set {}` has no `=`",
                if begins_key(setting) { NOT_SHOWN } else { setting }
            ))
            .hint("write `--set section.key=value`, such as `--set risk.max_daily_loss=100`")),
        })
        .collect()
}

/// Parses a value that needs no quotes: a TOML number, boolean or list; anything else is text.
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
    fn invalid_toml_is_refused_with_its_line() {
        let report = from_file(Path::new("host.toml"), "[risk]\nmax = = 1\n").unwrap_err();
        let text = report.render(false).to_string();
        assert!(text.starts_with("error: host.toml:2 is not valid TOML\n"), "{text}");
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
