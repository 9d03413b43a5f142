//! The disk: what is free, and how long that lasts.

use std::path::Path;

use host_core::{Span, Timestamp};
use host_live::account_dir::AccountDir;
use host_live::disk_use::{DiskUse, Level};
use host_store::live::account_history;
use host_system::disk;

use super::diagnosis::Diagnosis;
use super::patient::Patient;

const GROUP: &str = "disk";
/// An account that is younger says little about its growth.
const YOUNG: Span = Span::DAY;

/// Looks at the disk that the account is on, or will be.
pub fn look(patient: &Patient) -> Vec<Diagnosis> {
    let measured = match patient.begun() {
        Some(folder) => DiskUse::of(folder)
            .map(|found| DiskUse { growth_bytes_per_day: growth(folder, &found, patient.now), ..found }),
        None => {
            let nearest = patient.config().live.folder.ancestors().find(|folder| folder.exists());
            let free = disk::free_bytes(nearest.unwrap_or(Path::new(".")));
            free.map(|free_bytes| DiskUse { free_bytes, ..DiskUse::default() })
        }
    };
    vec![match measured {
        Ok(found) => judge(&found),
        Err(error) => Diagnosis::unseen(GROUP, format!("the disk cannot be measured: {error}")),
    }]
}

/// Returns the bytes by which the account has grown in a day, on average over its life.
fn growth(folder: &AccountDir, found: &DiskUse, now: Timestamp) -> Option<u64> {
    let began = account_history(folder.path()).ok()?.sessions.first()?.started;
    let age = Some(now - began).filter(|age| *age >= YOUNG)?;
    Some((found.total() as f64 / (age.as_seconds() / Span::DAY.as_seconds())) as u64)
}

/// Judges the space as a running host does.
pub fn judge(found: &DiskUse) -> Diagnosis {
    let gigabytes = |bytes: u64| bytes as f64 / 1e9;
    let lasts = match found.days_left() {
        Some(days) => format!(", enough for {days:.0} days at the account's growth"),
        None => ", and how fast the account grows is not known yet".to_owned(),
    };
    let (free, used) = (gigabytes(found.free_bytes), gigabytes(found.total()));
    let text = format!("{free:.1} GB are free{lasts}; the account takes {used:.3} GB");
    let cure = "make room, lower logs.keep, or move the account to a larger disk (RUNBOOK.md, disk full)";
    match found.level() {
        Level::Enough => Diagnosis::ok(GROUP, text),
        Level::Low => Diagnosis::warning("disk_low", text, cure),
        Level::Critical => Diagnosis::problem("disk_critical", text, format!("{cure}; a host that cannot write stops")),
    }
}
