//! `host backup export`: what an account or a run did, as tables.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use host_store::backup::{self, BackupError};
use host_store::journal::Journal;
use host_store::ledger::{self, LotTotals};
use host_store::live::JOURNAL_FILE;
use host_system::files;
use serde::Serialize;

use super::failure::failed;
use crate::commands::named_run::{self, NamedRun};
use crate::context::Context;
use crate::terminal::error::{Report, Result};
use crate::terminal::output::{self, Format};
use crate::terminal::progress::Progress;

/// The tables, each as CSV and as Parquet.
const TABLES: &str = "orders, fills, trades, daily and lots";

#[derive(Debug, clap::Args)]
pub struct ExportArgs {
    /// An account, a run as `host runs list` names it, a folder, a journal, or a backup
    #[arg(value_name = "ACCOUNT|RUN|FILE")]
    name: String,

    /// Folder to make
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// The outcome of an export, as it is printed for programs.
#[derive(Debug, Serialize)]
struct Exported {
    folder: PathBuf,
    lots: u64,
    /// Dollars.
    gain: String,
}

/// Writes the tables into a new folder: all of them, or none.
///
/// # Errors
/// There is no such account, run or backup, it cannot be read, or the folder is there already.
pub fn run(args: &ExportArgs, context: &Context) -> Result<()> {
    let out = &args.out;
    if std::fs::symlink_metadata(out).is_ok() {
        let report = Report::user(format!("not exported: {} exists already, and is not replaced", out.display()));
        return Err(report.hint("`--out` names a new folder"));
    }
    let unwritable = |error| Report::io(format!("not exported: cannot write {}", out.display()), &error);
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    std::fs::create_dir_all(parent).map_err(unwritable)?;
    let scratch = files::private_scratch_folder(parent, ".host-export-").map_err(unwritable)?;
    let journal = journal(&args.name, scratch.path(), context)?;
    let made = scratch.path().join("tables");
    std::fs::create_dir(&made).map_err(unwritable)?;
    let totals = write(&journal, &made)?;
    files::rename_durably(&made, out).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty => {
            Report::user(format!("not exported: {} exists already, and is not replaced", out.display()))
        }
        _ => unwritable(error),
    })?;
    print(out, totals, args.format)
}

/// Opens the journal that `name` means; that of a backup is unpacked into `scratch`.
fn journal(name: &str, scratch: &Path, context: &Context) -> Result<Journal> {
    let path = Path::new(name);
    let unread = |error: &dyn std::error::Error| Report::user(format!("cannot read `{name}`")).because_of(error);
    if path.is_file() {
        let unpacked = scratch.join("backup");
        let bar = Progress::bar(&context.ui, "unpack", 0, "bytes");
        let restored = backup::restore(path, &unpacked, &|_| None, &mut |done, total| bar.advance_of(done, total));
        return match restored {
            Ok(_) => Journal::open(unpacked.join(JOURNAL_FILE)).map_err(|error| unread(&error)),
            // A journal, then, which says itself what is wrong with it.
            Err(BackupError::NotABackup { .. }) => Journal::open(path).map_err(|error| unread(&error)),
            Err(error) => Err(failed("exported", &error)),
        };
    }
    let found = match named_run::find(name, &context.config()?.config)? {
        NamedRun::Account(folder) => folder.join(JOURNAL_FILE),
        NamedRun::Kept(run) => run.path.join(&run.facts.journal),
    };
    if !found.is_file() {
        let report = Report::user(format!("`{name}` has no journal: {} is not there", found.display()));
        return Err(report.hint("its tables, if it kept any, are in its folder"));
    }
    Journal::open(&found).map_err(|error| unread(&error))
}

fn write(journal: &Journal, folder: &Path) -> Result<LotTotals> {
    let failed = |error: &dyn std::error::Error| Report::user("not exported").because_of(error);
    ledger::export(journal, folder).map_err(|error| failed(&error))?;
    ledger::export_lots(journal, folder).map_err(|error| failed(&error))
}

fn print(out: &Path, LotTotals { lots, gain }: LotTotals, format: Format) -> Result<()> {
    let exported = Exported { folder: out.to_owned(), lots, gain: gain.to_string() };
    match format {
        Format::Json => output::print_json(&exported),
        Format::Csv => output::print_flat_csv(&exported),
        Format::Table => {
            output::print_line(&format!("wrote {TABLES} to {}, as CSV and Parquet", out.display()))?;
            output::print_line(&format!("{lots} lots were closed, with a gain of {}", gain.shown_signed()))
        }
    }
}
