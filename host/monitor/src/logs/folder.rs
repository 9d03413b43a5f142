//! The folder of an account's log files: their names, their compression after the day, their removal.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read as _, Seek as _, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use host_core::Timestamp;
use host_core::time::day_of_date;
use host_live::account_dir::AccountDir;
use host_system::files;

use super::settings::LogSettings;

/// The ending of a file that is written to, and what is added once it is compressed.
const ENDING: &str = ".jsonl";
const COMPRESSED: &str = ".gz";

/// The kinds of log files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogKind {
    /// The events that the host tells of.
    Host,
    /// The lines that strategies write.
    Strategies,
}

impl LogKind {
    pub(super) const ALL: [LogKind; 2] = [LogKind::Host, LogKind::Strategies];

    const fn prefix(self) -> &'static str {
        match self {
            LogKind::Host => "host-",
            LogKind::Strategies => "strategies-",
        }
    }
}

/// A file of one day. Of one day, what is compressed comes first: it is older.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct DayFile {
    /// UTC, in days since 1970.
    pub day: i64,
    pub is_plain: bool,
    pub path: PathBuf,
}

impl DayFile {
    /// Opens the file for reading.
    ///
    /// # Errors
    /// The system's.
    pub fn open(&self) -> io::Result<Box<dyn BufRead + Send>> {
        let file = File::open(&self.path)?;
        Ok(match self.is_plain {
            true => Box::new(BufReader::new(file)),
            false => Box::new(BufReader::new(MultiGzDecoder::new(BufReader::new(file)))),
        })
    }
}

/// The folder of an account's log files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFolder {
    path: PathBuf,
    /// True if it lies in the account's folder, which only a start makes.
    is_within_account: bool,
}

impl LogFolder {
    /// Names the folder of `account`'s log files. Nothing is made yet.
    pub fn of(settings: &LogSettings, account: &AccountDir) -> LogFolder {
        let name = account.path().file_name().unwrap_or_default();
        let is_within_account = settings.folder.as_os_str().is_empty();
        let path = if is_within_account { account.logs() } else { settings.folder.join(name) };
        LogFolder { path, is_within_account }
    }

    /// Makes the folder if it is not there, for its owner alone; that of the account must be there.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn create(&self) -> io::Result<()> {
        match self.is_within_account && !self.path.parent().is_some_and(Path::is_dir) {
            true => Err(io::Error::new(io::ErrorKind::NotFound, "the account's folder is not there")),
            false => files::create_private_folder(&self.path),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the place of the file that is written to on `day`.
    pub(super) fn plain(&self, kind: LogKind, day: i64) -> PathBuf {
        let date: String = Timestamp::start_of_day(day).to_string().chars().take_while(|&c| c != 'T').collect();
        self.path.join(format!("{}{date}{ENDING}", kind.prefix()))
    }

    /// Returns the files of `kind`, oldest first; none if the folder is not there.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn files(&self, kind: LogKind) -> io::Result<Vec<DayFile>> {
        let entries = match fs::read_dir(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries?,
        };
        let mut found = Vec::new();
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            let Some((day, is_plain)) = name.to_str().and_then(|name| day_of(kind, name)) else { continue };
            found.push(DayFile { day, is_plain, path: entry.path() });
        }
        found.sort();
        Ok(found)
    }

    /// Removes the files from before the last `days_kept` days, and compresses those from before `today`. Another
    /// process that is at it goes on alone.
    ///
    /// # Errors
    /// The system's; what was not done is done the next time.
    pub(super) fn tidy(&self, today: i64, days_kept: i64) -> io::Result<()> {
        let held = File::open(&self.path)?;
        if held.try_lock().is_err() {
            return Ok(());
        }
        for kind in LogKind::ALL {
            for DayFile { day, is_plain, path } in self.files(kind)? {
                if day <= today - days_kept {
                    files::remove_if_present(&path)?;
                } else if is_plain && day < today {
                    compress(&path)?;
                }
            }
        }
        Ok(())
    }
}

/// Returns the day of the file called `name`, and whether it is not compressed; `None` if it is no file of `kind`.
fn day_of(kind: LogKind, name: &str) -> Option<(i64, bool)> {
    let rest = name.strip_prefix(kind.prefix())?;
    let plain = rest.strip_suffix(COMPRESSED);
    let date = plain.unwrap_or(rest).strip_suffix(ENDING)?;
    let parts: Vec<i64> = date.split('-').map(str::parse).collect::<Result<_, _>>().ok()?;
    match parts[..] {
        [year, month @ 1..=12, date @ 1..=31] => Some((day_of_date(year, month, date), plain.is_none())),
        _ => None,
    }
}

/// Replaces the file `plain` by a compressed one beside it; to one that is there, its lines are added.
fn compress(plain: &Path) -> io::Result<()> {
    let mut name = plain.as_os_str().to_owned();
    name.push(COMPRESSED);
    let place = PathBuf::from(name);
    let mut lines = File::open(plain)?;
    let mut encoder = GzEncoder::new(files::scratch_file(&place)?, Compression::default());
    if let Some(mut former) = former_lines(&place, &mut lines)? {
        io::copy(&mut former, &mut encoder)?;
    }
    io::copy(&mut lines, &mut encoder)?;
    let mut scratch = encoder.finish()?;
    scratch.flush()?;
    scratch.as_file().sync_all()?;
    private(scratch.as_file())?;
    scratch.persist(&place)?;
    files::remove_if_present(plain)
}

/// Returns the lines that `compressed` has already; `None` if it is not there, or holds just those of `lines`, because
/// the process ended before it removed them.
fn former_lines(compressed: &Path, lines: &mut File) -> io::Result<Option<io::Cursor<Vec<u8>>>> {
    let former = match File::open(compressed) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let (mut before, mut now) = (Vec::new(), Vec::new());
    MultiGzDecoder::new(BufReader::new(former)).read_to_end(&mut before)?;
    lines.read_to_end(&mut now)?;
    lines.rewind()?;
    before.truncate(before.strip_suffix(&now[..]).map_or(before.len(), <[u8]>::len));
    Ok(Some(io::Cursor::new(before)))
}

/// Leaves `file` to its owner alone, as the account's folder is.
fn private(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.set_permissions(fs::Permissions::from_mode(0o600))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> (tempfile::TempDir, LogFolder) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().to_owned();
        (folder, LogFolder { path, is_within_account: false })
    }

    fn names(folder: &LogFolder, kind: LogKind) -> Vec<String> {
        let files = folder.files(kind).unwrap();
        files.iter().map(|file| file.path.file_name().unwrap().to_str().unwrap().to_owned()).collect()
    }

    fn content(folder: &LogFolder) -> String {
        let mut text = String::new();
        for file in folder.files(LogKind::Host).unwrap() {
            file.open().unwrap().read_to_string(&mut text).unwrap();
        }
        text
    }

    #[test]
    fn files_of_former_days_are_compressed_and_old_ones_removed() {
        let (_held, folder) = folder();
        for (day, text) in [(7, "seven\n"), (8, "eight\n"), (9, "nine\n"), (10, "ten\n")] {
            fs::write(folder.plain(LogKind::Host, day), text).unwrap();
        }
        fs::write(folder.plain(LogKind::Strategies, 9), "s\n").unwrap();
        fs::write(folder.path.join("host-notes.txt"), "mine").unwrap();
        folder.tidy(10, 3).unwrap();
        let expect = ["host-1970-01-09.jsonl.gz", "host-1970-01-10.jsonl.gz", "host-1970-01-11.jsonl"];
        assert_eq!(names(&folder, LogKind::Host), expect);
        assert_eq!(names(&folder, LogKind::Strategies), ["strategies-1970-01-10.jsonl.gz"]);
        assert_eq!(content(&folder), "eight\nnine\nten\n");
        assert!(folder.path.join("host-notes.txt").exists());
    }

    #[test]
    fn lines_of_a_compressed_day_are_added_to_it_once() {
        let (_held, folder) = folder();
        fs::write(folder.plain(LogKind::Host, 1), "one\n").unwrap();
        folder.tidy(2, 9).unwrap();
        // The clock was set back over midnight.
        fs::write(folder.plain(LogKind::Host, 1), "two\n").unwrap();
        folder.tidy(2, 9).unwrap();
        assert_eq!(content(&folder), "one\ntwo\n");
        // The process ended between compression and removal.
        fs::write(folder.plain(LogKind::Host, 1), "two\n").unwrap();
        folder.tidy(2, 9).unwrap();
        assert_eq!(content(&folder), "one\ntwo\n");
        assert_eq!(names(&folder, LogKind::Host).len(), 1);
    }

    #[test]
    fn a_name_is_a_day_of_its_kind_or_none() {
        let check = |name: &str, expect: Option<(i64, bool)>| assert_eq!(day_of(LogKind::Host, name), expect, "{name}");
        check("host-1970-01-02.jsonl", Some((1, true)));
        check("host-1970-01-02.jsonl.gz", Some((1, false)));
        check("strategies-1970-01-02.jsonl", None);
        check("host-1970-13-02.jsonl", None);
        check("host-1970-01.jsonl", None);
        check(".host-1970-01-02.jsonl.gz-being-written-x", None);
    }
}
