//! `host trust list`: the keys whose signatures count, the components that people have confirmed, and the folders whose
//! code a build may run.

use host_sandbox::trust::{CalendarDay, ListedFolder, TrustSettings, TrustedKey};
use serde_json::{Value, json};

use crate::config::Loaded;
use crate::context::Context;
use crate::strategies::load::user_folders;
use crate::strategies::{folders, trusted};
use crate::terminal::error::Result;
use crate::terminal::output::{self, Format, Rows};

/// Prints the list; CSV has the keys only.
///
/// # Errors
/// The lock cannot be read, or stdout cannot be written.
pub fn run(loaded: &Loaded, format: Format, context: &Context) -> Result<()> {
    let TrustSettings { keys, paper, live } = &loaded.config.trust;
    let lock = trusted::lock_file(loaded)?.read().map_err(|error| trusted::report(&error))?;
    let folders = user_folders().list().map_err(|error| folders::list_report(&error))?;
    let rows = key_rows(keys);
    match format {
        Format::Csv => output::print_csv(rows.csv()),
        Format::Json => output::print_json(&json!({
            "paper": paper,
            "live": live,
            "keys": keys.iter().map(key_json).collect::<Vec<_>>(),
            "confirmed": lock.confirmations(),
            "folders": folders.iter().map(folder_json).collect::<Vec<_>>(),
        })),
        Format::Table => {
            if keys.is_empty() {
                context.ui.say("no key is trusted: `host trust add NAME KEY` adds one");
            }
            let mut confirmed = Rows::new(&["confirmed", "sha256", "by", "at"]);
            for one in lock.confirmations() {
                confirmed.push([one.component.clone(), one.sha256.clone(), one.by.clone(), one.at.clone()]);
            }
            let mut trusted = Rows::new(&["folder", "by", "at"]);
            for one in &folders {
                trusted.push([one.path.display().to_string(), one.by.clone(), one.at.clone()]);
            }
            let confirmed = (confirmed, lock.confirmations().len());
            let tables = [(rows, keys.len()), confirmed, (trusted, folders.len())];
            let shown = tables.iter().filter(|(_, count)| *count > 0).map(|(rows, _)| rows.table());
            output::print(&shown.collect::<Vec<_>>().join("\n"))
        }
    }
}

fn folder_json(folder: &ListedFolder) -> Value {
    json!({"path": folder.path, "by": folder.by, "at": folder.at})
}

fn key_rows(keys: &[TrustedKey]) -> Rows {
    let mut rows = Rows::new(&["key", "id", "state", "expires", "public key"]);
    for key in keys {
        let expires = key.expires.map_or("never".to_owned(), |day| day.to_string());
        let id = key.public_key.id().to_string();
        rows.push([key.name.clone(), id, state(key).to_owned(), expires, key.public_key.to_string()]);
    }
    rows
}

fn key_json(key: &TrustedKey) -> Value {
    json!({
        "name": key.name,
        "id": key.public_key.id(),
        "state": state(key),
        "expires": key.expires,
        "public_key": key.public_key,
    })
}

fn state(key: &TrustedKey) -> &'static str {
    if key.is_valid(CalendarDay::of(trusted::now())) { "trusted" } else { "expired" }
}
