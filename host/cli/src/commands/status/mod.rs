//! `host status`: shows a live account's status, from the running host or from what the last one stored.

use host_live::account_dir::AccountDir;
use host_live::control::client::{NoAnswer, ask};
use host_live::control::protocol::{Reply, Request};
use host_live::control::status::StatusView;
use host_session::SessionError;
use host_store::decisions;
use offline::OfflineStatus;
use serde_json::{Value, json};

use super::account::account_dir;
use super::journal;
use crate::context::Context;
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::output::{self, Format};

mod offline;
mod table;

/// Most notes that JSON lists, the latest first.
const NOTES: usize = 8;

/// Show a live account's state, equity, positions, open orders, and what keeps it from trading
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  host status\n  host status --account alex --format json")]
pub struct Args {
    /// Account to show [default: live.account]
    #[arg(long, value_name = "NAME")]
    account: Option<String>,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs `host status`.
///
/// # Errors
/// No account is named, the account was never live, or a host seems to be running but does not answer.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    let config = context.config()?.config;
    let folder = account_dir(&config, args.account.as_deref())?;
    match ask(&folder, &Request::Status, &mut |_| {}) {
        Ok(Reply::Status(view)) => running(&view, &folder, args.format, context),
        Ok(_) => Err(Report::new(Kind::Internal, "the host's answer does not match the request")),
        Err(NoAnswer::NotRunning) => offline(&folder, args.format, context),
        Err(NoAnswer::Hung(why)) => {
            Err(Report::new(Kind::Venue, "a host seems to be running but does not answer").because(why).hint(
                "`host kill` works without it, at the venue directly; then end the host's process and start it again",
            ))
        }
    }
}

fn running(view: &StatusView, folder: &AccountDir, format: Format, context: &Context) -> Result<()> {
    match format {
        Format::Table => output::write(&table::render(view, context.ui.colour_out)),
        Format::Json => output::print_json(&json!({ "running": true, "host": view, "notes": notes(folder)? })),
        Format::Csv => output::print_flat_csv(view),
    }
}

/// Returns the latest notes, the newest first. They are people's, in the account's folder: the host's loop has no part
/// in them.
fn notes(folder: &AccountDir) -> Result<Vec<Value>> {
    let latest = decisions::latest(folder.path(), NOTES).map_err(SessionError::from)?;
    Ok(journal::jsons(latest.iter().rev()))
}

/// Shows an account that no host is trading.
fn offline(folder: &AccountDir, format: Format, context: &Context) -> Result<()> {
    if !folder.path().exists() {
        return Err(Report::user(format!("there is no live account in {}", folder.path().display()))
            .hint("check live.folder and live.account: `host config show` prints them"));
    }
    let status = OfflineStatus::read(folder)?;
    match format {
        Format::Json => {
            let mut json = status.json();
            json["notes"] = notes(folder)?.into();
            output::print_json(&json)
        }
        Format::Csv => output::print_flat_csv(&status.json()),
        Format::Table => output::write(&status.table(folder, context.ui.colour_out)),
    }
}
