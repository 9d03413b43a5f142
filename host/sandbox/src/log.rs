//! A strategy's log lines: limited in size, forwarded to the host's log, and kept for the report of a fault.
//!
//! A strategy must not be able to fill a disk or hide lines. What leaves is escaped there.

use std::collections::VecDeque;

use host_core::foreign::line;

use crate::bindings::log::Level;
use crate::budget::MinuteBudget;
use crate::limits::SandboxLimits;
use crate::wall_time::WallBudget;

/// Most bytes of log text that an instance has the host write in a minute of wall time: in a back test a week passes in
/// seconds.
const WRITTEN_PER_MINUTE: u64 = 1 << 20;
/// Bytes before a line where it is written: the time, the level and the strategy.
const LINE_BYTES: u64 = 100;

/// The last log lines of one instance, and the byte budget of the current call.
#[derive(Debug)]
pub(crate) struct LogCapture {
    strategy: String,
    lines: VecDeque<String>,
    lines_kept: usize,
    bytes_per_call: usize,
    bytes_left: usize,
    lines_left: MinuteBudget,
    /// Messages beyond the limits, from the start: the same in every run.
    dropped: u64,
    last_error: Option<String>,
    written: WallBudget,
    /// The budget of lines that tell of dropped messages.
    told: WallBudget,
    /// Messages of which the host has written nothing, or not all, and that were not told yet.
    untold: u64,
}

impl LogCapture {
    pub(crate) fn new(strategy: &str, limits: &SandboxLimits) -> LogCapture {
        LogCapture {
            strategy: strategy.to_owned(),
            lines: VecDeque::new(),
            lines_kept: limits.log_lines,
            bytes_per_call: limits.log_bytes,
            bytes_left: limits.log_bytes,
            lines_left: MinuteBudget::new(limits.log_lines_per_minute),
            dropped: 0,
            last_error: None,
            written: WallBudget::new(WRITTEN_PER_MINUTE),
            told: WallBudget::new(1),
            untold: 0,
        }
    }

    /// Lets the budget of lines fill up to the times of the rows that are shown next.
    pub(crate) fn pass(&mut self, from: i64, to: i64) {
        self.lines_left.pass(from, to);
    }

    /// Resets the byte budget for the next call.
    pub(crate) fn begin_call(&mut self) {
        self.bytes_left = self.bytes_per_call;
        self.last_error = None;
        if self.untold > 0 && self.told.take(1) {
            self.tell_dropped();
        }
    }

    /// Records `message`, each of its lines as a line of its own.
    pub(crate) fn write(&mut self, level: Level, message: &str) {
        let fits = message.len() <= self.bytes_left && self.lines_left.take(message.lines().count() as u64);
        if self.is_silent() || !fits {
            // An error is kept even beyond the budget, shortened: it is probably the message of the panic that follows.
            if level == Level::Error && self.last_error.is_none() {
                self.last_error = Some(line(message, 400));
            }
            if !self.is_silent() {
                self.dropped += 1;
                self.untold += 1;
            }
            return;
        }
        self.bytes_left -= message.len();
        let mut is_whole = true;
        for line in message.lines() {
            let may_write = self.written.take(line.len() as u64 + LINE_BYTES);
            if may_write {
                self.forward(level, line);
            }
            is_whole &= may_write;
            self.keep(format!("{}: {line}", label(level)));
        }
        self.untold += u64::from(!is_whole);
        if level == Level::Error {
            self.last_error = Some(message.to_owned());
        }
    }

    /// Returns true for an instance that is not to be heard: only the message of its panic counts.
    fn is_silent(&self) -> bool {
        self.bytes_per_call == 0
    }

    /// Returns the last message of level `error` in this call. The SDK logs the message of a panic there.
    pub(crate) fn last_error(&self) -> Option<&str> {
        self.last_error.as_deref()
    }

    /// Returns the kept lines, oldest first: the same in every run.
    pub(crate) fn lines(&self) -> Vec<String> {
        let dropped = (self.dropped > 0).then(|| format!("({} further log messages were dropped)", self.dropped));
        self.lines.iter().cloned().chain(dropped).collect()
    }

    fn keep(&mut self, line: String) {
        if self.lines.len() >= self.lines_kept {
            self.lines.pop_front();
        }
        if self.lines_kept > 0 {
            self.lines.push_back(line);
        }
    }

    fn tell_dropped(&mut self) {
        let (bytes, lines) = (self.bytes_per_call, self.lines_left.per_minute());
        let limits =
            format!("{bytes} bytes a call, {lines} lines a minute or {WRITTEN_PER_MINUTE} bytes a real minute");
        self.forward(Level::Warn, &format!("({} log messages beyond {limits} were dropped)", self.untold));
        self.untold = 0;
    }

    fn forward(&self, level: Level, line: &str) {
        let strategy = self.strategy.as_str();
        match level {
            Level::Debug => tracing::debug!(target: "strategy", strategy, "{line}"),
            Level::Info => tracing::info!(target: "strategy", strategy, "{line}"),
            Level::Warn => tracing::warn!(target: "strategy", strategy, "{line}"),
            Level::Error => tracing::error!(target: "strategy", strategy, "{line}"),
        }
    }
}

impl Drop for LogCapture {
    fn drop(&mut self) {
        if self.untold > 0 {
            self.tell_dropped();
        }
    }
}

fn label(level: Level) -> &'static str {
    match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_cut_and_counted_but_the_last_error_stays() {
        let limits = SandboxLimits { log_bytes: 10, log_lines: 3, ..SandboxLimits::default() };
        let mut log = LogCapture::new("s", &limits);
        for _ in 0..1_000 {
            log.write(Level::Info, "123456");
        }
        log.write(Level::Error, "panicked at lib.rs");
        assert_eq!(log.lines(), ["info: 123456", "(1000 further log messages were dropped)"]);
        assert_eq!(log.last_error(), Some("panicked at lib.rs"));
        log.begin_call();
        log.write(Level::Info, "a\nb");
        let dropped = "(1000 further log messages were dropped)";
        assert_eq!(log.lines(), ["info: 123456", "info: a", "info: b", dropped]);
        assert_eq!((log.last_error(), log.untold), (None, 0));
    }

    #[test]
    fn a_silent_instance_writes_and_keeps_nothing_but_its_last_error() {
        let mut log = LogCapture::new("s", &SandboxLimits { log_bytes: 0, ..SandboxLimits::default() });
        ["", "x"].iter().for_each(|message| log.write(Level::Info, message));
        log.write(Level::Error, "panicked at lib.rs");
        assert_eq!((log.lines(), log.untold), (Vec::new(), 0));
        assert_eq!(log.last_error(), Some("panicked at lib.rs"));
    }

    #[test]
    fn what_is_written_has_a_budget_of_wall_time_however_fast_the_market_passes() {
        let mut log = LogCapture::new("s", &SandboxLimits::default());
        let most = (WRITTEN_PER_MINUTE / (LINE_BYTES + 50)) as i64;
        for minute in 0..3 * most / 100 {
            log.pass(minute * 60_000_000_000, minute * 60_000_000_000);
            log.begin_call();
            (0..100).for_each(|_| log.write(Level::Info, &"x".repeat(50)));
        }
        // It was told once that some were not written, and will be again when the instance ends.
        assert!(log.untold > 1_000 && !log.told.take(1), "{}", log.untold);
        assert_eq!((log.dropped, log.lines().len()), (0, 20), "what is kept does not depend on it");
    }

    #[test]
    fn lines_have_a_budget_over_time() {
        let limits = SandboxLimits { log_lines_per_minute: 60, log_lines: 1_000, ..SandboxLimits::default() };
        let mut log = LogCapture::new("s", &limits);
        for second in 0..120 {
            log.pass(second * 1_000_000_000, second * 1_000_000_000);
            log.begin_call();
            (0..5).for_each(|_| log.write(Level::Info, "x"));
        }
        let kept = log.lines().iter().filter(|line| *line == "info: x").count();
        assert!((60..=180).contains(&kept), "{kept}");
        assert!(log.lines().iter().any(|line| line.contains("log messages were dropped")), "{:?}", log.lines());
    }
}
