//! A strategy's log lines: made harmless, bounded, kept for a fault's report and forwarded to the host's log.
//!
//! A strategy must not be able to fill a disk, hide lines or write to a terminal with escape sequences.

use std::collections::VecDeque;

use crate::bindings::log::Level;
use crate::limits::SandboxLimits;

/// The last lines of one instance, and the budget of the present call.
#[derive(Debug)]
pub(crate) struct LogCapture {
    strategy: String,
    lines: VecDeque<String>,
    lines_kept: usize,
    bytes_per_call: usize,
    bytes_left: usize,
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
            dropped: 0,
            last_error: None,
        }
    }

    /// Gives the next call a fresh budget.
    pub(crate) fn begin_call(&mut self) {
        self.bytes_left = self.bytes_per_call;
        self.last_error = None;
        if self.dropped > 0 {
            let line = format!("({} log messages beyond {} bytes were dropped)", self.dropped, self.bytes_per_call);
            self.dropped = 0;
            self.keep(line);
        }
    }

    /// Takes `message`, one kept line for each of its lines.
    pub(crate) fn write(&mut self, level: Level, message: &str) {
        let escaped = escape(message);
        if escaped.len() > self.bytes_left {
            self.dropped += 1;
            // Its last words are worth more than the budget: they say why it fell.
            if level == Level::Error && self.last_error.is_none() {
                self.last_error = Some(escaped.chars().take(400).collect());
            }
            return;
        }
        self.bytes_left -= escaped.len();
        for line in escaped.lines() {
            self.forward(level, line);
            self.keep(format!("{}: {line}", word(level)));
        }
        if level == Level::Error {
            self.last_error = Some(escaped);
        }
    }

    /// The last message of level `error` in this call: where the SDK puts a panic's message.
    pub(crate) fn last_error(&self) -> Option<&str> {
        self.last_error.as_deref()
    }

    /// The kept lines, oldest first.
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

fn word(level: Level) -> &'static str {
    match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    }
}

/// Shows control characters and those that reorder text as escapes; keeps line feeds, turns tabs into spaces.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => escaped.push('\n'),
            '\t' => escaped.push(' '),
            // Bidirectional overrides and isolates can make a line read as another one; so can invisible separators.
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
                escaped.extend(character.escape_unicode());
            }
            _ if character.is_control() => escaped.extend(character.escape_default()),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_steers_a_terminal_gets_through() {
        let check = |text: &str, expect: &str| assert_eq!(escape(text), expect);
        check("plain, Größe 3 €", "plain, Größe 3 €");
        check("\u{1b}[2J\u{7}gone\r", "\\u{1b}[2J\\u{7}gone\\r");
        check("a\tb\nc", "a b\nc");
        check("\u{9b}31m\u{202e}txt.exe", "\\u{9b}31m\\u{202e}txt.exe");
    }

    #[test]
    fn a_flood_is_cut_and_counted_but_the_last_words_stay() {
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
        assert_eq!(log.lines(), ["(1000 log messages beyond 10 bytes were dropped)", "info: a", "info: b"]);
        assert_eq!(log.last_error(), None);
    }
}
