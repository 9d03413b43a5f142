//! Reads log files, oldest line first, and goes on where they grow.

use std::io::BufRead;
use std::ops::RangeInclusive;

use super::folder::{DayFile, LogFolder, LogKind};
use super::line::LogLine;

/// The lines and files that could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Damage {
    /// Lines that are no line of a log, or only a part of one.
    pub lines: u64,
    /// Files that cannot be read, or not to their end, each with the reason.
    pub files: Vec<String>,
}

/// Reads lines of the given kinds in the order of their times.
///
/// It ends at the last line. Asked again, it goes on with lines that were written meanwhile, over the end of a day.
#[derive(Debug)]
pub struct LogReader {
    tails: Vec<Tail>,
}

impl LogReader {
    /// Reads all that is kept in `folder`.
    pub fn all(folder: &LogFolder, kinds: &[LogKind]) -> LogReader {
        LogReader { tails: kinds.iter().map(|&kind| Tail::new(folder.clone(), kind, i64::MIN..=i64::MAX)).collect() }
    }

    /// Reads the lines of one day.
    pub(super) fn of_day(folder: &LogFolder, kind: LogKind, day: i64) -> impl Iterator<Item = LogLine> + use<> {
        let mut tail = Tail::new(folder.clone(), kind, day..=day);
        std::iter::from_fn(move || tail.next())
    }

    /// Returns what could not be read so far.
    pub fn damage(&self) -> Damage {
        let mut damage = Damage::default();
        for tail in &self.tails {
            damage.lines += tail.damage.lines;
            damage.files.extend(tail.damage.files.iter().cloned());
        }
        damage
    }
}

impl Iterator for LogReader {
    type Item = LogLine;

    fn next(&mut self) -> Option<LogLine> {
        for tail in &mut self.tails {
            if tail.head.is_none() {
                tail.head = tail.next();
            }
        }
        let heads = self.tails.iter_mut().filter(|tail| tail.head.is_some());
        let first = heads.min_by(|one, other| time(&one.head).cmp(time(&other.head)))?;
        first.head.take()
    }
}

fn time(head: &Option<LogLine>) -> &str {
    head.as_ref().map_or("", |line| line.time.as_str())
}

/// The lines of one kind.
struct Tail {
    folder: LogFolder,
    kind: LogKind,
    /// The UTC days that are read.
    days: RangeInclusive<i64>,
    current: Option<Current>,
    /// The next line, if it was read already.
    head: Option<LogLine>,
    damage: Damage,
}

struct Current {
    file: DayFile,
    input: Box<dyn BufRead + Send>,
    /// The beginning of a line that is not written to its end yet.
    part: Vec<u8>,
    /// True once there is a later file: this one does not grow any more, and is read to its end once more.
    is_over: bool,
}

impl Tail {
    fn new(folder: LogFolder, kind: LogKind, days: RangeInclusive<i64>) -> Tail {
        Tail { folder, kind, days, current: None, head: None, damage: Damage::default() }
    }

    /// Returns the next line, if it is there already.
    fn next(&mut self) -> Option<LogLine> {
        loop {
            if let Some(current) = &mut self.current {
                match current.input.read_until(b'\n', &mut current.part) {
                    Ok(_) if current.part.ends_with(b"\n") => {
                        let line = serde_json::from_slice(&current.part).ok();
                        current.part.clear();
                        match line {
                            Some(line) => return Some(line),
                            None => self.damage.lines += 1,
                        }
                        continue;
                    }
                    Ok(_) => {}
                    Err(error) => {
                        self.damage.files.push(format!("{}: {error}", current.file.path.display()));
                        current.is_over = true;
                    }
                }
            }
            let later = self.later()?;
            match &mut self.current {
                Some(current) if !current.is_over => current.is_over = true,
                current => {
                    let part = current.as_ref().is_some_and(|current| !current.part.is_empty());
                    self.damage.lines += u64::from(part);
                    self.open(later);
                }
            }
        }
    }

    /// Returns the file after the current one.
    fn later(&mut self) -> Option<DayFile> {
        let files = self.folder.files(self.kind).unwrap_or_else(|error| {
            let file = format!("{}: {error}", self.folder.path().display());
            if !self.damage.files.contains(&file) {
                self.damage.files.push(file);
            }
            Vec::new()
        });
        let after = self.current.as_ref().map(|current| (current.file.day, current.file.is_plain));
        files
            .into_iter()
            .find(|file| self.days.contains(&file.day) && after.is_none_or(|at| (file.day, file.is_plain) > at))
    }

    fn open(&mut self, file: DayFile) {
        let input = file.open().unwrap_or_else(|error| {
            self.damage.files.push(format!("{}: {error}", file.path.display()));
            Box::new(std::io::empty())
        });
        self.current = Some(Current { file, input, part: Vec::new(), is_over: false });
    }
}

impl std::fmt::Debug for Tail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tail").field("folder", &self.folder).field("kind", &self.kind).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::fs::{self, OpenOptions};
    use std::io::Write as _;

    use host_live::account_dir::AccountDir;

    use super::*;

    fn line(second: i64, text: &str) -> String {
        let time = host_core::Timestamp(second * 1_000_000_000).to_string();
        serde_json::to_string(&LogLine { time, text: text.to_owned(), ..LogLine::default() }).unwrap() + "\n"
    }

    fn append(folder: &LogFolder, kind: LogKind, day: i64, text: &str) {
        let path = folder.plain(kind, day);
        let mut file = OpenOptions::new().append(true).create(true).open(path).unwrap();
        file.write_all(text.as_bytes()).unwrap();
    }

    fn folder() -> (tempfile::TempDir, LogFolder) {
        let root = tempfile::tempdir().unwrap();
        let folder = LogFolder::of(&Default::default(), &AccountDir::at(root.path().to_owned()));
        fs::create_dir(folder.path()).unwrap();
        (root, folder)
    }

    fn texts(reader: &mut LogReader) -> String {
        reader.map(|line| line.text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn lines_come_in_the_order_of_time_and_go_on_over_the_end_of_a_day() {
        let (_root, folder) = folder();
        append(&folder, LogKind::Host, 1, &(line(1, "a") + &line(4, "d")));
        append(&folder, LogKind::Strategies, 1, &(line(2, "b") + &line(3, "c")));
        folder.tidy(2, 9).unwrap();
        append(&folder, LogKind::Host, 2, &line(5, "e"));
        let mut reader = LogReader::all(&folder, &[LogKind::Host, LogKind::Strategies]);
        assert_eq!(texts(&mut reader), "a b c d e");
        let torn = line(6, "f");
        let (half, rest) = torn.split_at(9);
        append(&folder, LogKind::Host, 2, half);
        assert_eq!(texts(&mut reader), "");
        append(&folder, LogKind::Host, 2, rest);
        append(&folder, LogKind::Host, 3, &line(7, "g"));
        folder.tidy(3, 9).unwrap();
        append(&folder, LogKind::Strategies, 3, &line(8, "h"));
        assert_eq!(texts(&mut reader), "f g h");
        assert_eq!(reader.damage(), Damage::default());
    }

    #[test]
    fn damage_is_counted_and_passed_over() {
        let (_root, folder) = folder();
        append(&folder, LogKind::Host, 1, &(line(1, "a") + "not JSON\n\u{0}\u{0}\n" + &line(2, "b") + "{\"half"));
        append(&folder, LogKind::Host, 2, &line(3, "c").repeat(2_000));
        folder.tidy(3, 9).unwrap();
        let path = folder.path().join("host-1970-01-03.jsonl.gz");
        let whole = fs::read(&path).unwrap();
        fs::write(&path, &whole[..whole.len() / 2]).unwrap();
        append(&folder, LogKind::Host, 3, &line(4, "d"));
        let mut reader = LogReader::all(&folder, &[LogKind::Host]);
        let texts = texts(&mut reader);
        assert!(texts.starts_with("a b") && texts.ends_with('d'), "{texts}");
        let damage = reader.damage();
        assert!((3..=4).contains(&damage.lines), "{damage:?}");
        assert!(damage.files.len() == 1 && damage.files[0].contains("host-1970-01-03.jsonl.gz"), "{damage:?}");
    }

    #[test]
    fn a_folder_that_is_not_there_has_no_lines() {
        let missing = LogFolder::of(&Default::default(), &AccountDir::at("nowhere".into()));
        let mut reader = LogReader::all(&missing, &[LogKind::Host]);
        assert_eq!((texts(&mut reader), reader.damage()), (String::new(), Damage::default()));
    }
}
