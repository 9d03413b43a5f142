//! A strategy's log lines: limited in size, forwarded to the host's log, and kept for the report of a fault.
//!
//! A strategy must not be able to fill a disk or hide lines. What leaves is escaped there.

use std::collections::VecDeque;

use host_core::foreign::line;

use crate::bindings::log::Level;
use crate::budget::MinuteBudget;
use crate::limits::SandboxLimits;

/// The last log lines of one instance, and the byte budget of the current call.
#[derive(Debug)]
pub(crate) struct LogCapture {
    strategy: String,
    lines: VecDeque<String>,
    lines_kept: usize,
    bytes_per_call: usize,
    bytes_left: usize,
    lines_left: MinuteBudget,
    dropped: u64,
    last_error: Option<String>,
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
        if self.dropped > 0 {
            let (bytes, lines) = (self.bytes_per_call, self.lines_left.per_minute());
            let limits = format!("{bytes} bytes a call or {lines} lines a minute");
            let line = format!("({} log messages beyond {limits} were dropped)", self.dropped);
            if self.lines_left.take(1) {
                self.dropped = 0;
                self.forward(Level::Warn, &line);
                self.keep(line);
            }
        }
    }

    /// Records `message`, each of its lines as a line of its own.
    pub(crate) fn write(&mut self, level: Level, message: &str) {
        let fits = message.len() <= self.bytes_left && self.lines_left.take(message.lines().count() as u64);
        if !fits {
            self.dropped += 1;
            // An error is kept even beyond the budget, shortened: it is probably the message of the panic that follows.
            if level == Level::Error && self.last_error.is_none() {
                self.last_error = Some(line(message, 400));
            }
            return;
        }
        self.bytes_left -= message.len();
        for line in message.lines() {
            self.forward(level, line);
            self.keep(format!("{}: {line}", label(level)));
        }
        if level == Level::Error {
            self.last_error = Some(message.to_owned());
        }
    }

    /// Returns the last message of level `error` in this call. The SDK logs the message of a panic there.
    pub(crate) fn last_error(&self) -> Option<&str> {
        self.last_error.as_deref()
    }

    /// Returns the kept lines, oldest first.
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
        let dropped = "(1000 log messages beyond 10 bytes a call or 600 lines a minute were dropped)";
        assert_eq!(log.lines(), [dropped, "info: a", "info: b"]);
        assert_eq!(log.last_error(), None);
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
        assert!(log.lines().iter().any(|line| line.contains("log messages beyond")), "{:?}", log.lines());
    }
}
