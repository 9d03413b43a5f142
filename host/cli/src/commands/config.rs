//! `host config`: writes a commented configuration file, or shows the effective configuration with its origins.

use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use clap::Subcommand;
use serde_json::json;
use toml::Value;

use crate::config::{layer, template};
use crate::context::Context;
use crate::terminal::error::{Report, Result};
use crate::terminal::output::{Format, Rows};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: ConfigAction,
}

#[derive(Debug, Subcommand)]
enum ConfigAction {
    /// Write a configuration file that explains every key
    #[command(after_help = "Examples:\n  host config init\n  host config init --out paper.toml")]
    Init {
        /// File to write
        #[arg(long, value_name = "FILE", default_value = layer::DEFAULT_FILE)]
        out: PathBuf,
        /// Replace the file if it exists
        #[arg(long)]
        force: bool,
    },
    /// Print every key with its value and origin
    #[command(after_help = "Examples:\n  host config show\n  host config show --format json\n  \
                            HOST_RISK__MAX_DAILY_LOSS=100 host config show --set capital.stage=0.25")]
    Show {
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

/// Runs `host config`.
///
/// # Errors
/// The file cannot be written, or the configuration has problems.
pub fn run(args: Args, context: &Context) -> Result<()> {
    match args.action {
        ConfigAction::Init { out, force } => init(&out, force, context),
        ConfigAction::Show { format } => show(format, context),
    }
}

fn init(path: &Path, force: bool, context: &Context) -> Result<()> {
    let mut options = OpenOptions::new();
    // Without --force, the system refuses an existing file, which leaves no gap between a check and the write.
    options.write(true).create(true).create_new(!force).truncate(force);
    let mut file = options.open(path).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Report::user(format!("{} already exists", path.display()))
            .hint("`--force` replaces it, `--out FILE` writes another"),
        _ => Report::io(format!("cannot write {}", path.display()), &error),
    })?;
    file.write_all(template::render().as_bytes())
        .map_err(|error| Report::io(format!("cannot write {}", path.display()), &error))?;
    context.ui.say(&format!("wrote {}: every key is in it, commented out", path.display()));
    Ok(())
}

fn show(format: Format, context: &Context) -> Result<()> {
    let loaded = context.config()?;
    context.say_if_no_file(&loaded);
    let mut rows = Rows::new(&["key", "value", "origin"]);
    let mut json = Vec::new();
    for (key, value, origin) in loaded.settings() {
        let value = value.map_or_else(|| Value::String(String::new()), |value| layer::shown(key.name, value));
        rows.push([key.name.to_owned(), bare(&value), origin.to_string()]);
        json.push(json!({"key": key.name, "value": value, "unit": key.unit, "origin": origin.to_string()}));
    }
    for entry in loaded.slot_limits.iter().chain(loaded.parameters.values().flatten()) {
        let value = layer::shown(&entry.key, &entry.value);
        rows.push([entry.key.clone(), bare(&value), entry.origin.to_string()]);
        json.push(json!({"key": entry.key, "value": value, "unit": null, "origin": entry.origin.to_string()}));
    }
    for (key, value, origin) in loaded.schedule() {
        rows.push([key.clone(), value.to_string(), origin.to_string()]);
        json.push(json!({"key": key, "value": value, "unit": null, "origin": origin.to_string()}));
    }
    rows.print(format, &json)
}

/// Returns the value without TOML's quotes.
fn bare(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}
