//! The account's store: its journal and recording from end to end, what the last host left, and the age of its backup.

use host_core::{Quotes, Span, Timestamp};
use host_live::account_dir::{AccountDir, is_there};
use host_store::backup::LastBackup;
use host_store::journal::JournalError;
use host_store::live::{AccountSummary, StoreError, VerifiedAccount, account_summary, verify_account};
use host_store::recording::{Recording, RecordingError};

use super::diagnosis::Diagnosis;
use super::patient::Patient;
use crate::terminal::units::grouped;

const GROUP: &str = "store";
/// Age at which a backup is old: a week of trading would be lost with the disk.
const OLD: Span = Span::days(7);
const RESTORE: &str = "stop the host, move the account's folder away, and restore the last backup: \
                       `host backup --restore FILE --out FOLDER`";

/// Looks at the store; at its ends alone if `is_quick`.
pub fn look(patient: &Patient, is_quick: bool) -> Vec<Diagnosis> {
    let Some(folder) = patient.begun() else {
        return vec![Diagnosis::unseen(GROUP, "no account is named, or it has not been begun: there is no store yet")];
    };
    let mut found = journal(patient, folder, is_quick);
    found.extend(recording(folder, is_quick));
    if is_there(&folder.journal()) {
        found.push(backup(folder, patient.now));
    }
    found
}

fn journal(patient: &Patient, folder: &AccountDir, is_quick: bool) -> Vec<Diagnosis> {
    if !is_there(&folder.journal()) {
        let has_books = is_there(&folder.tape()) || is_there(&folder.ledger());
        let gone = format!("{} is gone, and other files of the account are there", folder.journal().display());
        return match has_books {
            true => vec![Diagnosis::problem("journal_gone", gone, RESTORE)],
            false => vec![Diagnosis::unseen(GROUP, "the account has no journal yet")],
        };
    }
    let read = match is_quick {
        true => account_summary(folder.path()).map(|summary| (summary, "can be opened".to_owned())),
        false => verify_account(folder.path()).map(|VerifiedAccount { events, records, summary }| {
            let (events, records) = (grouped(events), grouped(records));
            (summary, format!("is whole: {events} events and {records} records were read"))
        }),
    };
    match read {
        Ok((summary, how)) => {
            let whole = Diagnosis::ok(GROUP, format!("the journal {how}"));
            let left = if patient.is_running() { Vec::new() } else { left_behind(&summary) };
            std::iter::once(whole).chain(left).collect()
        }
        Err(StoreError::Journal(JournalError::Version { .. }) | StoreError::Version { .. }) => {
            vec![Diagnosis::unseen(GROUP, "the journal is of another version, and was not read")]
        }
        Err(error) => vec![Diagnosis::problem("journal_damaged", error.to_string(), RESTORE)],
    }
}

/// Says what the last host left, while none runs.
pub fn left_behind(summary: &AccountSummary) -> Vec<Diagnosis> {
    let mut found = Vec::new();
    if let Some((started, None)) = summary.session {
        let finding = format!("the host that started {started} did not end in good order");
        found.push(Diagnosis::warning("not_ended", finding, "start it again: every start recovers what was left"));
    }
    let open = summary.open_orders.len();
    if open > 0 {
        let finding = format!("{open} orders are open, or not known to have ended, and no host looks after them");
        found.push(Diagnosis::warning("orders_left", finding, "start the host again, or cancel them with `host kill`"));
    }
    found
}

fn recording(folder: &AccountDir, is_quick: bool) -> Option<Diagnosis> {
    if !is_there(&folder.tape()) {
        return None;
    }
    let cure = "trading is not affected, but the next warm-up lacks those polls: check the disk, and restore the \
                folder `tape` from a backup if you need them";
    Some(match read_recording(folder, is_quick) {
        Err(error) => Diagnosis::problem("recording_damaged", error.to_string(), cure),
        Ok(Read { damaged, .. }) if damaged > 0 => {
            let finding = format!("{damaged} polls of the recording are damaged, and left out");
            Diagnosis::warning("recording_damaged", finding, cure)
        }
        Ok(Read { rows: Some(rows), .. }) => {
            Diagnosis::ok(GROUP, format!("the recording is whole: {} rows were read", grouped(rows)))
        }
        Ok(_) => Diagnosis::ok(GROUP, "the recording can be opened"),
    })
}

/// A recording that could be read.
struct Read {
    damaged: u64,
    /// Rows that were read; none if only its ends were looked at.
    rows: Option<u64>,
}

fn read_recording(folder: &AccountDir, is_quick: bool) -> Result<Read, RecordingError> {
    let reader = Recording::open_read(folder.tape())?;
    let unfinished = reader.unfinished();
    let damaged = unfinished.damaged_frames;
    if is_quick {
        return Ok(Read { damaged, rows: None });
    }
    let tape = reader.tape()?;
    let (mut finished, mut batch, mut rows) = (tape.reader(), Quotes::default(), unfinished.rows);
    while tape.meta().rows > 0 && finished.next_batch(&mut batch)? {
        rows += batch.len() as u64;
    }
    Ok(Read { damaged, rows: Some(rows) })
}

fn backup(folder: &AccountDir, now: Timestamp) -> Diagnosis {
    let cure = "host backup --out FILE, each day, onto another disk (a timer of systemd, or cron)";
    let Some(LastBackup { made_ns, path }) = LastBackup::of(folder.path()) else {
        return Diagnosis::warning("backup_none", "no backup of the account was ever made", cure);
    };
    let (made, is_there) = (Timestamp(made_ns), is_there(&path));
    let path = path.display();
    if now - made > OLD {
        let days = (now - made).0 / Span::DAY.0;
        return Diagnosis::warning("backup_old", format!("the last backup, {path}, is {days} days old"), cure);
    }
    match is_there {
        true => Diagnosis::ok(GROUP, format!("the last backup is of {made}: {path}")),
        // It may have been moved to where it is safe: that is what a backup is for.
        false => {
            let finding = format!("the last backup, of {made}, is not at {path} any more");
            Diagnosis::warning("backup_gone", finding, "make sure that it was moved and not lost, or make another one")
        }
    }
}
