//! The last event in a log: it tells what the clock of the lines shows now.

use std::fs;
use std::os::unix::fs::MetadataExt as _;

use chrono::DateTime;
use host_core::{Span, Timestamp};

use super::folder::{LogFolder, LogKind};
use super::line::OWN_CODES;
use super::reader::LogReader;

impl LogFolder {
    /// Returns the time that lay `span` before `now`, which is the machine's, by the clock of the lines. That is the
    /// clock that the host trades by: in replayed time, and while the machine's is wrong, it shows another time. So the
    /// way back begins at the last event, and how long ago that was written is known by the machine alone.
    pub fn time_before(&self, span: Span, now: Timestamp) -> Timestamp {
        match self.last_event() {
            Some((time, written)) => time + Span((now - written).0.max(0)) - span,
            None => now - span,
        }
    }

    /// Returns the time of the last event, and when its file was written to by the machine's clock.
    fn last_event(&self) -> Option<(Timestamp, Timestamp)> {
        let file = self.files(LogKind::Host).ok()?.pop()?;
        let written = fs::metadata(&file.path).ok()?;
        let written = written.mtime().saturating_mul(Span::seconds(1).0).saturating_add(written.mtime_nsec());
        let lines = LogReader::of_day(self, LogKind::Host, file.day);
        let is_event = |code: &str| OWN_CODES.iter().all(|(own, _)| *own != code);
        let time = lines.filter(|line| is_event(&line.code)).last()?.time;
        let time = DateTime::parse_from_rfc3339(&time).ok()?.timestamp_nanos_opt()?;
        Some((Timestamp(time), Timestamp(written)))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::time::{Duration, UNIX_EPOCH};

    use host_live::account_dir::AccountDir;

    use super::super::line::LogLine;
    use super::*;

    const HOUR: i64 = 3_600;

    fn at(second: i64) -> Timestamp {
        Timestamp(second * 1_000_000_000)
    }

    #[test]
    fn a_span_goes_back_by_the_clock_of_the_lines() {
        // The last event has one time, was written at another one, and `now` is a third.
        let check = |event: i64, written: i64, now: i64, expect: i64| {
            let root = tempfile::tempdir().unwrap();
            let folder = LogFolder::of(&Default::default(), &AccountDir::at(root.path().to_owned()));
            fs::create_dir(folder.path()).unwrap();
            let line = |time: i64, code: &str| {
                let line = LogLine { time: at(time).to_string(), code: code.to_owned(), ..LogLine::default() };
                serde_json::to_string(&line).unwrap() + "\n"
            };
            let path = folder.plain(LogKind::Host, 1);
            fs::write(&path, line(0, "started") + &line(event, "stopped") + &line(written, "diagnostic")).unwrap();
            let file = File::options().append(true).open(path).unwrap();
            file.set_modified(UNIX_EPOCH + Duration::from_secs(written.unsigned_abs())).unwrap();
            assert_eq!(folder.time_before(Span::hours(2), at(now)), at(expect), "{event} {written} {now}");
        };
        check(10 * HOUR, 10 * HOUR, 10 * HOUR, 8 * HOUR);
        // The host ended three hours ago.
        check(10 * HOUR, 10 * HOUR, 13 * HOUR, 11 * HOUR);
        // Replayed time; a machine's clock that is ahead; one that was set back since.
        check(10 * HOUR, 900 * HOUR, 901 * HOUR, 9 * HOUR);
        check(10 * HOUR, 11 * HOUR, 11 * HOUR, 8 * HOUR);
        check(10 * HOUR, 10 * HOUR, 9 * HOUR, 8 * HOUR);
    }

    #[test]
    fn without_a_line_it_goes_back_from_now() {
        let folder = LogFolder::of(&Default::default(), &AccountDir::at("nowhere".into()));
        assert_eq!(folder.time_before(Span::hours(2), at(5 * HOUR)), at(3 * HOUR));
    }
}
