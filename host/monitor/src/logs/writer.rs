//! The thread that writes the log files.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use host_core::Timestamp;
use host_live::notice::{Notice, Notices};
use host_system::background;
use host_system::clock::unix_nanos;

use super::daily_file::{Appended, DailyFile};
use super::diagnostics::DIAGNOSTICS;
use super::folder::{LogFolder, LogKind};
use super::line::{LINES_LOST, LogLevel, LogLine, STRATEGY_LOG, STRATEGY_LOG_FULL};
use super::reader::LogReader;
use super::settings::LogSettings;
use super::strategy_cap::{Admission, StrategyCap};

/// Longest time for which a line of a strategy, or a diagnostic, waits.
const BEAT: Duration = Duration::from_millis(200);

/// The account that a run trades.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    pub account: String,
    pub venue: String,
}

/// The thread that writes the log files.
#[derive(Debug)]
pub struct LogWriter {
    thread: JoinHandle<()>,
}

impl LogWriter {
    /// Starts to write what is published to `notices` from now on, with what `tracing` carries, to files in `folder`.
    /// `tell` gets a line for people when the files cannot be written, and when they can be again.
    ///
    /// # Errors
    /// The system cannot start a thread.
    pub fn follow(
        notices: &mut Notices,
        folder: LogFolder,
        settings: &LogSettings,
        run: Run,
        tell: impl Fn(&str) + Send + 'static,
    ) -> io::Result<LogWriter> {
        let (notices, lines) = (notices.subscribe(), DIAGNOSTICS.open());
        let mut writer = Writer::new(folder, settings.clone(), run, now(), tell);
        let write = move || {
            background::step_back();
            writer.write_all(&notices, &lines);
        };
        let thread = std::thread::Builder::new().name("log".to_owned()).spawn(write)?;
        Ok(LogWriter { thread })
    }

    /// Waits until everything has been written. The stream must have ended, that is, its [`Notices`] been dropped.
    pub fn join(self) {
        // An error is a panic of the thread, which the panic hook has reported.
        let _ = self.thread.join();
    }
}

fn now() -> Timestamp {
    Timestamp(unix_nanos())
}

struct Writer<T> {
    folder: LogFolder,
    settings: LogSettings,
    run: Run,
    /// The time that names the run.
    started: String,
    host: DailyFile,
    strategies: DailyFile,
    cap: StrategyCap,
    /// The UTC day that the files are kept for.
    today: i64,
    speaker: T,
}

impl<T: Fn(&str)> Writer<T> {
    fn new(folder: LogFolder, settings: LogSettings, run: Run, now: Timestamp, tell: T) -> Writer<T> {
        Writer {
            host: DailyFile::new(folder.clone(), LogKind::Host),
            strategies: DailyFile::new(folder.clone(), LogKind::Strategies),
            cap: StrategyCap::new(settings.strategy_bytes),
            started: now.to_string(),
            today: i64::MIN,
            folder,
            settings,
            run,
            speaker: tell,
        }
    }

    /// Writes until the stream of notices ends.
    fn write_all(&mut self, notices: &Receiver<Notice>, lines: &Receiver<LogLine>) {
        loop {
            self.turn_to(now());
            let ended = match notices.recv_timeout(BEAT) {
                Ok(notice) => {
                    self.put(LogKind::Host, LogLine::of_notice(&notice), now());
                    false
                }
                Err(reason) => reason == RecvTimeoutError::Disconnected,
            };
            if ended {
                DIAGNOSTICS.close();
            }
            lines.try_iter().for_each(|line| self.sort(line, now()));
            self.retry(now());
            if ended {
                self.end(now());
                return;
            }
        }
    }

    /// Turns to another day if `now` is one: looks after the files of former ones.
    fn turn_to(&mut self, now: Timestamp) {
        let today = now.day();
        if today == self.today {
            return;
        }
        self.tell_dropped(now);
        self.today = today;
        // What was written today before this process began counts.
        LogReader::of_day(&self.folder, LogKind::Strategies, today).for_each(|line| {
            self.cap.note(line.strategy.as_deref().unwrap_or_default(), self.stamped(&line).len());
        });
        match self.folder.tidy(today, self.settings.days_kept()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                let folder = self.folder.path().display();
                (self.speaker)(&format!("log files of former days stay as they are in {folder}: {error}"));
            }
            _ => {}
        }
    }

    /// Writes a line that `tracing` carried: each kind to its file.
    fn sort(&mut self, line: LogLine, now: Timestamp) {
        if line.code != STRATEGY_LOG {
            self.put(LogKind::Host, line, now);
            return;
        }
        if line.level < self.settings.level {
            return;
        }
        let name = line.strategy.clone().unwrap_or_default();
        match self.cap.admit(&name, self.stamped(&line).len()) {
            Admission::Written => self.put(LogKind::Strategies, line, now),
            Admission::FirstDropped => {
                let most = self.settings.strategy_bytes;
                let text = format!("strategy {name} has written {most} bytes today: the rest of the day is dropped");
                let full = LogLine::new(now, LogLevel::Warning, STRATEGY_LOG_FULL, &text);
                self.put(LogKind::Host, LogLine { strategy: Some(name), ..full }, now);
            }
            Admission::Dropped => {}
        }
    }

    fn put(&mut self, kind: LogKind, line: LogLine, now: Timestamp) {
        if line.level < self.settings.level {
            return;
        }
        let text = self.stamped(&line);
        let appended = self.file(kind).append(now, text);
        self.tell(kind, appended, now);
    }

    /// Tells people when lines begin to wait, and when they are written.
    fn tell(&mut self, kind: LogKind, appended: Appended, now: Timestamp) {
        let folder = self.folder.path().display();
        match appended {
            Appended::Written | Appended::Waits => {}
            Appended::WrittenAgain { lost } => {
                (self.speaker)(&format!("the log in {folder} is written again; {lost} lines are lost"));
                if lost > 0 {
                    self.note_lost(kind, lost, "the file could not be written", now);
                }
            }
            Appended::Fails(error) => {
                let what = "cannot be written, trading goes on without it and lines wait";
                (self.speaker)(&format!("the log in {folder} {what}: {error}"));
            }
        }
    }

    /// Tries again to write the lines that wait.
    fn retry(&mut self, now: Timestamp) {
        for kind in LogKind::ALL {
            let appended = self.file(kind).retry(now);
            self.tell(kind, appended, now);
        }
    }

    fn note_lost(&mut self, kind: LogKind, lost: u64, why: &str, now: Timestamp) {
        let line = LogLine::new(now, LogLevel::Warning, LINES_LOST, &format!("{lost} lines are lost: {why}"));
        let text = self.stamped(&line);
        // If it fails, the next line tries again, and counts this one.
        let _ = self.file(kind).append(now, text);
    }

    fn tell_dropped(&mut self, now: Timestamp) {
        for (name, dropped) in self.cap.end_day() {
            let text = format!("strategy {name}: {dropped} lines of the day were dropped");
            let line = LogLine::new(now, LogLevel::Warning, STRATEGY_LOG_FULL, &text);
            self.put(LogKind::Host, LogLine { strategy: Some(name), ..line }, now);
        }
        let dropped = DIAGNOSTICS.take_dropped();
        if dropped > 0 {
            self.note_lost(LogKind::Host, dropped, "strategies and diagnostics came faster than the disk", now);
        }
    }

    fn end(&mut self, now: Timestamp) {
        self.tell_dropped(now);
        let lost = self.host.lost() + self.strategies.lost();
        if lost > 0 {
            (self.speaker)(&format!("{lost} lines of the log are lost: it could not be written to the end"));
        }
    }

    fn file(&mut self, kind: LogKind) -> &mut DailyFile {
        match kind {
            LogKind::Host => &mut self.host,
            LogKind::Strategies => &mut self.strategies,
        }
    }

    /// Returns the text of `line` as one of this run, with its line feed.
    fn stamped(&self, line: &LogLine) -> String {
        let Run { account, venue } = self.run.clone();
        let line = LogLine { run: self.started.clone(), account, venue, ..line.clone() }.shown();
        // Texts and numbers: JSON has them all.
        serde_json::to_string(&line).map(|text| text + "\n").unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use host_core::Span;
    use host_live::account_dir::AccountDir;
    use host_live::notice::{NoticeCode, Severity};

    use super::*;

    fn at(days: i64) -> Timestamp {
        Timestamp::start_of_day(days)
    }

    fn notice(text: &str) -> LogLine {
        LogLine::of_notice(&Notice::new(Severity::Info, at(0), NoticeCode::Started, text))
    }

    fn strategy(text: &str) -> LogLine {
        LogLine { strategy: Some("loud".to_owned()), ..LogLine::new(at(0), LogLevel::Info, STRATEGY_LOG, text) }
    }

    fn texts(folder: &LogFolder, kind: LogKind) -> Vec<String> {
        LogReader::all(folder, &[kind]).map(|line| line.text).collect()
    }

    #[test]
    fn days_turn_strategies_are_capped_and_losses_are_told() {
        let root = tempfile::tempdir().unwrap();
        let account = AccountDir::at(root.path().join("kalshi-alex"));
        let settings = LogSettings { keep: Span::days(1), strategy_bytes: 600, ..LogSettings::default() };
        let folder = LogFolder::of(&settings, &account);
        account.create().unwrap();
        let told = Mutex::new(Vec::new());
        let run = Run { account: "alex".to_owned(), venue: "kalshi".to_owned() };
        let tell = |text: &str| told.lock().unwrap().push(text.to_owned());
        let mut writer = Writer::new(folder.clone(), settings, run, at(5), tell);
        writer.turn_to(at(5));
        writer.put(LogKind::Host, notice("first"), at(5));
        for number in 0..20 {
            writer.sort(strategy(&format!("line {number}")), at(5));
        }
        writer.sort(LogLine { level: LogLevel::Debug, ..strategy("too little") }, at(5));
        writer.turn_to(at(6));
        std::fs::rename(account.path(), root.path().join("away")).unwrap();
        for _ in 0..10_003 {
            writer.put(LogKind::Host, notice("waits"), at(6));
        }
        std::fs::rename(root.path().join("away"), account.path()).unwrap();
        let later = at(6) + Span::minutes(1);
        writer.put(LogKind::Host, notice("last"), later);
        writer.end(later);
        let full = "strategy loud has written 600 bytes today: the rest of the day is dropped";
        let kept = texts(&folder, LogKind::Strategies);
        let dropped = format!("strategy loud: {} lines of the day were dropped", 20 - kept.len());
        let mut texts_of_host = texts(&folder, LogKind::Host);
        texts_of_host.dedup();
        let lost = "3 lines are lost: the file could not be written";
        assert_eq!(texts_of_host, ["first", full, &dropped, "waits", "last", lost]);
        assert!((1..6).contains(&kept.len()), "{kept:?}");
        let told = told.lock().unwrap();
        assert!(told[0].contains("cannot be written, trading goes on without it"), "{told:?}");
        assert!(told[1].ends_with("is written again; 3 lines are lost") && told.len() == 2, "{told:?}");
    }

    #[test]
    fn what_a_strategy_wrote_before_a_restart_counts() {
        let root = tempfile::tempdir().unwrap();
        let settings = LogSettings { strategy_bytes: 600, ..LogSettings::default() };
        let folder = LogFolder::of(&settings, &AccountDir::at(root.path().to_owned()));
        for _ in 0..3 {
            let run = Run { account: "alex".to_owned(), venue: "kalshi".to_owned() };
            let mut writer = Writer::new(folder.clone(), settings.clone(), run, at(5), |_: &str| {});
            writer.turn_to(at(5));
            (0..20).for_each(|_| writer.sort(strategy("again"), at(5)));
        }
        let size = std::fs::metadata(folder.plain(LogKind::Strategies, 5)).unwrap().len();
        assert!(size <= 600, "{size}");
    }
}
