//! The disk that an account uses, and the warning before it is full: a host that cannot write stops trading.

use std::collections::VecDeque;
use std::io;

use host_core::{Span, Timestamp};
use host_system::disk;
use serde::{Deserialize, Serialize};

use crate::account_dir::AccountDir;

/// Interval between looks at the disk.
const EVERY: Span = Span::minutes(10);
/// Growth is measured over this time.
const WINDOW: Span = Span::DAY;
/// Growth over less than this says little.
const SHORTEST: Span = Span::hours(1);
/// Free space below which the disk is low, or critical, whatever the growth.
const LOW_BYTES: u64 = 2_000_000_000;
const CRITICAL_BYTES: u64 = 500_000_000;
/// Days that the free space must last.
const LOW_DAYS: f64 = 7.0;
const CRITICAL_DAYS: f64 = 1.0;

/// The space that an account's files take, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DiskUse {
    /// With its write-ahead file.
    pub journal_bytes: u64,
    pub recording_bytes: u64,
    pub archive_bytes: u64,
    /// Space that is left on the disk.
    pub free_bytes: u64,
    /// Growth of all three in the last day; `None` if it is not known or negative.
    pub growth_bytes_per_day: Option<u64>,
}

impl DiskUse {
    /// Measures the files in `folder`.
    ///
    /// # Errors
    /// The system's.
    pub fn of(folder: &AccountDir) -> io::Result<DiskUse> {
        let journal = folder.journal();
        let wal = journal.with_extension("journal-wal");
        Ok(DiskUse {
            journal_bytes: disk::size_of(&journal)? + disk::size_of(&wal)?,
            recording_bytes: disk::size_of(&folder.tape())?,
            archive_bytes: disk::size_of(&folder.archive())?,
            free_bytes: disk::free_bytes(folder.path())?,
            growth_bytes_per_day: None,
        })
    }

    /// Returns the space that all of the account's files take.
    pub fn total(&self) -> u64 {
        self.journal_bytes + self.recording_bytes + self.archive_bytes
    }

    /// Returns the days that the free space lasts at the present growth, if that is known.
    pub fn days_left(&self) -> Option<f64> {
        let growth = self.growth_bytes_per_day.filter(|&growth| growth > 0)?;
        Some(self.free_bytes as f64 / growth as f64)
    }

    /// Returns the state of the free space.
    pub fn level(&self) -> Level {
        let lasts_less = |days: f64| self.days_left().is_some_and(|left| left < days);
        if self.free_bytes < CRITICAL_BYTES || lasts_less(CRITICAL_DAYS) {
            Level::Critical
        } else if self.free_bytes < LOW_BYTES || lasts_less(LOW_DAYS) {
            Level::Low
        } else {
            Level::Enough
        }
    }
}

/// The state of the free space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    #[default]
    Enough,
    Low,
    Critical,
}

/// Watches the disk of an account.
#[derive(Debug)]
pub struct DiskWatch {
    folder: AccountDir,
    next: Timestamp,
    /// Total sizes of the last day, oldest first.
    sizes: VecDeque<(Timestamp, u64)>,
    last: Option<DiskUse>,
    /// The level that people were told of.
    told: Level,
}

impl DiskWatch {
    /// Makes a watch that looks for the first time at once.
    pub fn new(folder: AccountDir) -> DiskWatch {
        let next = Timestamp(i64::MIN);
        DiskWatch { folder, next, sizes: VecDeque::new(), last: None, told: Level::Enough }
    }

    /// Returns what was last measured.
    pub fn last(&self) -> Option<DiskUse> {
        self.last
    }

    /// Looks at the disk, if that is due. Returns the level if people have to be told of it: once, until it is better.
    pub fn look(&mut self, now: Timestamp) -> Option<(Level, DiskUse)> {
        if now < self.next {
            return None;
        }
        self.next = now + EVERY;
        match DiskUse::of(&self.folder) {
            Ok(found) => self.note(now, found),
            Err(error) => {
                tracing::warn!("the disk's use cannot be measured: {error}");
                None
            }
        }
    }

    fn note(&mut self, now: Timestamp, found: DiskUse) -> Option<(Level, DiskUse)> {
        let total = found.total();
        self.sizes.push_back((now, total));
        // One from before the window stays, to measure from.
        while self.sizes.get(1).is_some_and(|(time, _)| now - *time >= WINDOW) {
            self.sizes.pop_front();
        }
        let growth = self.sizes.front().and_then(|&(since, size)| {
            let span = now - since;
            let grown = total.checked_sub(size).filter(|_| span >= SHORTEST)?;
            Some((grown as f64 * WINDOW.as_seconds() / span.as_seconds()) as u64)
        });
        let found = DiskUse { growth_bytes_per_day: growth, ..found };
        self.last = Some(found);
        let level = found.level();
        let worse = level > self.told;
        self.told = level;
        worse.then_some((level, found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GB: u64 = 1_000_000_000;

    fn watch() -> DiskWatch {
        DiskWatch::new(AccountDir::at("nowhere".into()))
    }

    fn at(hours: i64) -> Timestamp {
        Timestamp(Span::hours(hours).0)
    }

    fn sized(recording_bytes: u64, free_bytes: u64) -> DiskUse {
        DiskUse { recording_bytes, free_bytes, ..DiskUse::default() }
    }

    #[test]
    fn each_level_is_told_once_until_it_is_better() {
        let mut watch = watch();
        let levels = [50, 1, 1, 0, 0, 1, 0, 50, 1].map(|free| {
            let told = watch.note(at(0), sized(0, free * GB));
            told.map(|(level, _)| level)
        });
        let (low, critical) = (Some(Level::Low), Some(Level::Critical));
        assert_eq!(levels, [None, low, None, critical, None, None, critical, None, low]);
    }

    #[test]
    fn free_space_must_last_a_week_at_the_growth_of_the_last_day() {
        let mut watch = watch();
        assert_eq!(watch.note(at(0), sized(0, 50 * GB)), None);
        // Half an hour is too short to tell.
        assert_eq!(watch.note(Timestamp(Span::minutes(30).0), sized(GB, 49 * GB)), None);
        let (level, found) = watch.note(at(2), sized(GB, 49 * GB)).unwrap();
        assert_eq!((level, found.growth_bytes_per_day), (Level::Low, Some(12 * GB)));
        let (level, _) = watch.note(at(4), sized(10 * GB, 40 * GB)).unwrap();
        assert_eq!(level, Level::Critical);
        // Only the last day counts.
        for hour in 5..60 {
            assert_eq!(watch.note(at(hour), sized(10 * GB, 40 * GB)), None);
        }
        assert_eq!(watch.last().unwrap().growth_bytes_per_day, Some(0));
        assert_eq!(watch.last().unwrap().days_left(), None);
    }

    #[test]
    fn what_shrinks_has_no_growth() {
        let mut watch = watch();
        watch.note(at(0), sized(9 * GB, 50 * GB));
        watch.note(at(3), sized(GB, 50 * GB));
        assert_eq!(watch.last().unwrap().growth_bytes_per_day, None);
    }

    #[test]
    fn the_files_of_an_account_are_measured() {
        let folder = tempfile::tempdir().unwrap();
        let account = AccountDir::at(folder.path().to_owned());
        for (name, size) in [("account.journal", 10), ("account.journal-wal", 5), ("tape/x", 200), ("archive/y", 3_000)]
        {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, vec![0; size]).unwrap();
        }
        let mut watch = DiskWatch::new(account);
        watch.look(at(0));
        let found = watch.last().unwrap();
        assert_eq!((found.journal_bytes, found.recording_bytes, found.archive_bytes), (15, 200, 3_000));
        assert!(found.free_bytes > 0);
    }
}
