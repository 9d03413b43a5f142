//! The file of today, to which whole lines are appended.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::PathBuf;

use host_core::{Span, Timestamp};

use super::folder::{LogFolder, LogKind};

/// Most lines that wait while the file cannot be written: later ones are lost.
const MOST_WAITING: usize = 10_000;

/// Time for which a file that was removed stays away: whoever removes a folder must not find a new file in it.
const PAUSE: Span = Span::seconds(5);

/// The file of one kind to which is written. After an error the next line tries again.
#[derive(Debug)]
pub(super) struct DailyFile {
    folder: LogFolder,
    kind: LogKind,
    open: Option<Open>,
    /// Lines that could not be written yet.
    waiting: VecDeque<String>,
    /// The lines that were lost since the last one that was written.
    lost: u64,
    /// The time when somebody had removed the file.
    removed: Option<Timestamp>,
    /// True once the file was written.
    was_written: bool,
    /// True while people know that it cannot be.
    is_told: bool,
}

#[derive(Debug)]
struct Open {
    day: i64,
    path: PathBuf,
    file: File,
    /// The size up to the last whole line, in bytes.
    length: u64,
}

/// The outcome of a line.
#[derive(Debug)]
pub(super) enum Appended {
    Written,
    /// It is written, the first one after some failed; so many of them are lost.
    WrittenAgain {
        lost: u64,
    },
    /// It waits, the first one for this reason.
    Fails(io::Error),
    /// It waits, or is lost, like those before.
    Waits,
}

impl DailyFile {
    pub fn new(folder: LogFolder, kind: LogKind) -> DailyFile {
        let (open, waiting, removed) = (None, VecDeque::new(), None);
        DailyFile { folder, kind, open, waiting, lost: 0, removed, was_written: false, is_told: false }
    }

    /// Returns the lines that are lost if nothing more can be written.
    pub fn lost(&self) -> u64 {
        if self.is_told { self.lost + self.waiting.len() as u64 } else { 0 }
    }

    /// Appends `line`, which ends in a line feed, to the file of the day of `now`, behind those that wait.
    pub fn append(&mut self, now: Timestamp, line: String) -> Appended {
        self.waiting.push_back(line);
        self.retry(now)
    }

    /// Appends the lines that wait.
    pub fn retry(&mut self, now: Timestamp) -> Appended {
        match self.write_waiting(now) {
            Ok(()) => {
                let lost = std::mem::take(&mut self.lost);
                match std::mem::take(&mut self.is_told) {
                    true => Appended::WrittenAgain { lost },
                    false => Appended::Written,
                }
            }
            Err(error) => {
                self.open = None;
                if self.waiting.len() > MOST_WAITING {
                    self.waiting.pop_back();
                    self.lost += 1;
                }
                // A new account gets its folder while the host starts: until then lines wait, and all is well.
                let is_early = error.kind() == io::ErrorKind::NotFound && !self.was_written;
                if is_early || std::mem::replace(&mut self.is_told, true) {
                    Appended::Waits
                } else {
                    Appended::Fails(error)
                }
            }
        }
    }

    fn write_waiting(&mut self, now: Timestamp) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        if self.open.as_ref().is_some_and(|open| !open.is_in_place()) {
            self.removed = Some(now);
        }
        if self.removed.is_some_and(|removed| (now.0 - removed.0).abs() < PAUSE.0) {
            return Err(io::Error::other("the file was removed or moved away"));
        }
        self.removed = None;
        self.open = self.open.take().filter(|open| open.day == now.day());
        let open = match &mut self.open {
            Some(open) => open,
            none => none.insert(Open::new(&self.folder, self.kind, now.day())?),
        };
        while let Some(line) = self.waiting.front() {
            open.append(line)?;
            self.waiting.pop_front();
        }
        self.was_written = true;
        Ok(())
    }
}

impl Open {
    fn new(folder: &LogFolder, kind: LogKind, day: i64) -> io::Result<Open> {
        folder.create()?;
        let path = folder.plain(kind, day);
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(&path)?;
        let length = file.metadata()?.len();
        Ok(Open { day, path, file, length })
    }

    /// Returns false if somebody has removed or moved the file: nobody would find what is written to it.
    fn is_in_place(&self) -> bool {
        let own = self.file.metadata().ok().map(|file| (file.dev(), file.ino()));
        own.is_some() && own == fs::symlink_metadata(&self.path).ok().map(|file| (file.dev(), file.ino()))
    }

    fn append(&mut self, line: &str) -> io::Result<()> {
        if let Err(error) = self.file.write_all(line.as_bytes()) {
            // Half a line is on the disk, perhaps. That it cannot be cut off is no other error.
            let _ = self.file.set_len(self.length);
            return Err(error);
        }
        self.length += line.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use host_live::account_dir::AccountDir;

    use super::*;

    #[test]
    fn lines_wait_for_the_folder_and_are_counted_beyond_a_limit() {
        let root = tempfile::tempdir().unwrap();
        let account = AccountDir::at(root.path().join("alex"));
        let folder = LogFolder::of(&Default::default(), &account);
        let mut file = DailyFile::new(folder.clone(), LogKind::Host);
        let at = |day| Timestamp::start_of_day(day);
        let mut append = |time: Timestamp, line: &str| file.append(time, line.to_owned());
        assert!(matches!(append(at(1), "early\n"), Appended::Waits));
        fs::create_dir(account.path()).unwrap();
        assert!(matches!(append(at(1), "a\n"), Appended::Written));
        let read = |day| fs::read_to_string(folder.plain(LogKind::Host, day)).unwrap();
        assert_eq!(read(1), "early\na\n");
        // Moved away: it is not made anew, because its owner may want to put it back.
        fs::rename(account.path(), root.path().join("away")).unwrap();
        assert!(matches!(append(at(1), "b\n"), Appended::Fails(_)));
        for _ in 0..MOST_WAITING + 4 {
            assert!(matches!(append(at(1) + PAUSE, "c\n"), Appended::Waits));
        }
        assert!(!account.path().exists());
        fs::rename(root.path().join("away"), account.path()).unwrap();
        assert!(matches!(append(at(2), "d\n"), Appended::WrittenAgain { lost: 5 }));
        assert!(matches!(append(at(2), "e\n"), Appended::Written));
        assert_eq!((read(1).lines().count(), read(2).lines().count()), (2, MOST_WAITING + 2));
    }

    #[test]
    fn nobody_who_removes_the_folder_finds_a_new_file_in_it() {
        let root = tempfile::tempdir().unwrap();
        let folder = LogFolder::of(&Default::default(), &AccountDir::at(root.path().to_owned()));
        let mut file = DailyFile::new(folder.clone(), LogKind::Host);
        file.append(Timestamp(0), "a\n".to_owned());
        fs::remove_file(folder.plain(LogKind::Host, 0)).unwrap();
        assert!(matches!(file.append(Timestamp(0), "b\n".to_owned()), Appended::Fails(_)));
        fs::remove_dir(folder.path()).unwrap();
        assert!(matches!(file.append(Timestamp(0), "c\n".to_owned()), Appended::Waits));
        assert!(matches!(file.retry(Timestamp(PAUSE.0)), Appended::WrittenAgain { lost: 0 }));
        assert_eq!(fs::read_to_string(folder.plain(LogKind::Host, 0)).unwrap(), "b\nc\n");
        assert!(matches!(file.retry(Timestamp(PAUSE.0)), Appended::Written));
    }
}
