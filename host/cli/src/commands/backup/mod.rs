//! `host backup`: copies a live account into one file, verifies such a file, and restores it; exports what an account
//! or a run did as tables.

mod export;
mod failure;

use std::path::{Path, PathBuf};

use host_core::Timestamp;
use host_live::account_dir::AccountDir;
use host_store::backup::{self, BackupContents, BackupManifest, LastBackup};
use host_store::live::JOURNAL_FILE;
use serde::Serialize;

use clap::Subcommand;
use host_live::VENUE;
use host_sandbox::trust::TradingMode;

use self::export::ExportArgs;
use self::failure::failed;
use super::account::account_dir;
use crate::context::Context;
use crate::terminal::error::{Report, Result};
use crate::terminal::output::{self, Format, Rows};
use crate::terminal::progress::Progress;
use crate::terminal::units::grouped;

/// Copy a live account into one file, also while its host trades
///
/// The file holds the journal, the recording, the state of the kill switch, and everything else in the account's
/// folder, as of one moment. It is a tar archive under zstd, with a digest of all its bytes at the end. Files that
/// exist are never replaced.
///
/// A copy that is made by other means (`cp`, `rsync`) while a host trades lacks what was written last, and is refused.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
#[command(after_help = "Examples:
  host backup alex --out alex-20260131.backup
  host backup --verify alex-20260131.backup
  host backup --restore alex-20260131.backup --out live/kalshi-alex
  host backup export alex --out alex-2026")]
pub struct Args {
    #[command(subcommand)]
    action: Option<BackupAction>,

    /// Account to copy [default: live.account]
    #[arg(value_name = "ACCOUNT", conflicts_with_all = ["verify", "restore"])]
    account: Option<String>,

    /// File to write; with --restore, folder to make
    #[arg(long, value_name = "FILE|DIR", required_unless_present = "verify")]
    out: Option<PathBuf>,

    /// Check every byte of a backup, its journal from end to end, and show what it holds
    #[arg(long, value_name = "FILE", conflicts_with_all = ["out", "restore"])]
    verify: Option<PathBuf>,

    /// Unpack a backup into a new folder, once all its bytes were checked
    #[arg(long, value_name = "FILE")]
    restore: Option<PathBuf>,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Debug, Subcommand)]
enum BackupAction {
    /// Write orders, fills, trades, P&L by day and closed lots as CSV and Parquet
    ///
    /// Of a live account, also while its host trades, of a paper run or back test, or of a backup. `lots` is made for
    /// tax forms: a row for each lot of contracts that was sold or paid out, with its dates, proceeds, cost, fees and
    /// gain. What was held longest goes first; a short position is one of NO contracts.
    #[command(after_help = "Examples:
  host backup export alex --out alex-2026
  host backup export latest --out run
  host backup export alex-20260131.backup --out alex-january")]
    Export(ExportArgs),
}

/// Runs `host backup`.
///
/// # Errors
/// No account is named or there is none, a file exists already, or a backup is damaged.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    if let Some(BackupAction::Export(args)) = &args.action {
        return export::run(args, context);
    }
    let progress = |task: &str| {
        let bar = Progress::bar(&context.ui, task, 0, "bytes");
        move |done: u64, total: u64| bar.advance_of(done, total)
    };
    match (&args.verify, &args.restore, &args.out) {
        (Some(file), ..) => {
            let found = backup::verify(file, &mut progress("verify")).map_err(|error| failed("verified", &error))?;
            print(&found, &found.manifest, ["verified", &file.display().to_string()], held(&found), args.format)
        }
        (None, Some(file), Some(out)) => {
            let is_meant = |manifest: &BackupManifest| other_account(out, manifest, context);
            let manifest = backup::restore(file, out, &is_meant, &mut progress("restore"))
                .map_err(|error| failed("restored", &error))?;
            print(&manifest, &manifest, ["restored", &out.display().to_string()], Vec::new(), args.format)
        }
        (None, None, Some(out)) => {
            let config = context.config()?.config;
            let folder = account_dir(&config, args.account.as_deref())?;
            require_journal(&folder)?;
            let now = Timestamp(host_system::clock::unix_nanos());
            let version = env!("CARGO_PKG_VERSION");
            let manifest = backup::create(folder.path(), out, version, now, &mut progress("backup"))
                .map_err(|error| failed("backed up", &error))?;
            // The backup is whole without it: only its age will not be known.
            if let Err(error) = LastBackup::note(folder.path(), out, now) {
                context.ui.say(&format!("warning: {error}"));
            }
            print(&manifest, &manifest, ["written", &out.display().to_string()], Vec::new(), args.format)
        }
        (None, _, None) => Err(Report::usage("`--out` is missing")),
    }
}

/// Returns the account whose folder `out` is by its name, if that is not the one of the backup. A folder elsewhere is
/// nobody's.
fn other_account(out: &Path, manifest: &BackupManifest, context: &Context) -> Option<String> {
    // A mistake in the configuration does not stand in the way of a restore.
    let root = context.config_of_account().ok()?.config.live.folder;
    let out = std::path::absolute(out).ok()?;
    if out.parent() != Some(root.as_path()) {
        return None;
    }
    let is_meant = |mode| AccountDir::of(mode, &root, VENUE, &manifest.account).path() == out;
    if [TradingMode::Live, TradingMode::Paper].into_iter().any(is_meant) {
        return None;
    }
    Some(out.file_name()?.to_string_lossy().into_owned())
}

fn require_journal(folder: &AccountDir) -> Result<()> {
    match folder.path().join(JOURNAL_FILE).exists() {
        true => Ok(()),
        false => Err(Report::user(format!("there is no live account in {}", folder.path().display()))
            .hint("check live.folder and live.account: `host config show` prints them")),
    }
}

fn held(found: &BackupContents) -> Vec<(&'static str, String)> {
    vec![("open orders", found.open_orders.to_string()), ("positions", found.positions.to_string())]
}

/// Prints `value`; as a table its `manifest`, between what was done to which file and more facts.
fn print(
    value: &impl Serialize,
    manifest: &BackupManifest,
    done: [&str; 2],
    more: Vec<(&'static str, String)>,
    format: Format,
) -> Result<()> {
    match format {
        Format::Json => return output::print_json(value),
        Format::Csv => return output::print_flat_csv(value),
        Format::Table => {}
    }
    let BackupManifest { venue, account, created, host_version, events, last_event, records, files, .. } = manifest;
    let mut rows = Rows::new(&done);
    let bytes: u64 = files.iter().map(|file| file.bytes).sum();
    let until = last_event.as_deref().map_or(String::new(), |time| format!(", the last of {time}"));
    rows.push(["account".to_owned(), format!("{account} at {venue}")]);
    rows.push(["made".to_owned(), format!("{created} by version {host_version}")]);
    rows.push(["journal".to_owned(), format!("{} events{until}; {} records", grouped(*events), grouped(*records))]);
    rows.push(["files".to_owned(), format!("{}, {} bytes", files.len(), grouped(bytes))]);
    for (name, value) in more {
        rows.push([name.to_owned(), value]);
    }
    output::print(&rows.table())
}
