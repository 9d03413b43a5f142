//! One line of a log file: a JSON object.

use std::fmt;

use host_core::{Timestamp, foreign};
use host_live::notice::{Notice, Severity};
use serde::{Deserialize, Serialize};

/// The codes of lines that are no notices, each with its meaning.
pub const OWN_CODES: [(&str, &str); 4] = [
    (DIAGNOSTIC, "A warning or an error that a part of the host noted for its developers."),
    (STRATEGY_LOG, "A strategy wrote this line."),
    (LINES_LOST, "Lines could not be written, and are lost; the text says how many."),
    (STRATEGY_LOG_FULL, "A strategy has written as much as it may in one day; the rest is dropped, and counted."),
];

pub(super) const DIAGNOSTIC: &str = "diagnostic";
pub(super) const STRATEGY_LOG: &str = "strategy_log";
pub(super) const LINES_LOST: &str = "lines_lost";
pub(super) const STRATEGY_LOG_FULL: &str = "strategy_log_full";

/// The weight of a line: the severity of a notice, or the level that a strategy or a part of the host chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogLevel {
    Debug,
    #[default]
    Info,
    Warning,
    /// Of strategies and of parts of the host: notices are alerts.
    Error,
    Alert,
}

impl LogLevel {
    /// All levels, the least one first.
    pub const ALL: [LogLevel; 5] =
        [LogLevel::Debug, LogLevel::Info, LogLevel::Warning, LogLevel::Error, LogLevel::Alert];

    /// Returns the level as it stands in the files.
    pub const fn as_str(self) -> &'static str {
        match self {
            LogLevel::Debug => "debug",
            LogLevel::Info => "info",
            LogLevel::Warning => "warning",
            LogLevel::Error => "error",
            LogLevel::Alert => "alert",
        }
    }
}

impl fmt::Display for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl From<Severity> for LogLevel {
    fn from(severity: Severity) -> LogLevel {
        match severity {
            Severity::Info => LogLevel::Info,
            Severity::Warning => LogLevel::Warning,
            Severity::Alert => LogLevel::Alert,
        }
    }
}

impl From<tracing::Level> for LogLevel {
    fn from(level: tracing::Level) -> LogLevel {
        match level {
            tracing::Level::ERROR => LogLevel::Error,
            tracing::Level::WARN => LogLevel::Warning,
            tracing::Level::INFO => LogLevel::Info,
            _ => LogLevel::Debug,
        }
    }
}

/// A line. Fields that do not apply are absent in the file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LogLine {
    /// ISO 8601 in UTC, with milliseconds, so that the order of times is that of their texts. A notice has the time by
    /// the clock that the host trades by, any other line that by the machine's.
    pub time: String,
    pub level: LogLevel,
    /// That of a notice, or one of [`OWN_CODES`].
    pub code: String,
    pub text: String,
    /// The slot of the strategy that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slot: Option<String>,
    /// The strategy that wrote it, by the name that it gives itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
    /// The venue's name of the market.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub market: Option<String>,
    /// The host's number of the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<u64>,
    /// The number of occurrences that it tells of, if it is not one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// The part of the host that a diagnostic comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The time at which the host's process opened its log: the same in all lines of a run.
    pub run: String,
    pub account: String,
    pub venue: String,
}

impl LogLine {
    /// Makes a line that is about no strategy, market or order, and of no run yet.
    pub(super) fn new(time: Timestamp, level: LogLevel, code: &str, text: &str) -> LogLine {
        LogLine { time: time.to_string(), level, code: code.to_owned(), text: text.to_owned(), ..LogLine::default() }
    }

    /// Makes the line of a notice, of no run yet.
    pub(super) fn of_notice(notice: &Notice) -> LogLine {
        LogLine {
            slot: notice.slot.clone(),
            market: notice.market.clone(),
            order: notice.order.map(|order| order.0),
            times: (notice.times > 1).then_some(notice.times),
            ..LogLine::new(notice.time, notice.severity.into(), notice.code.as_str(), &notice.text)
        }
    }

    /// Returns the line as it goes into a file: each text on one line, escaped and shortened.
    pub(super) fn shown(&self) -> LogLine {
        let short = |text: &Option<String>| text.as_deref().map(|text| foreign::line(text, foreign::CELL));
        LogLine {
            text: foreign::line(&self.text, foreign::VALUE),
            slot: short(&self.slot),
            strategy: short(&self.strategy),
            market: short(&self.market),
            source: short(&self.source),
            account: foreign::line(&self.account, foreign::CELL),
            venue: foreign::line(&self.venue, foreign::CELL),
            ..self.clone()
        }
    }

    /// Returns true if the line is about the strategy in the slot `name`, or was written by a strategy of that name.
    pub fn is_of(&self, name: &str) -> bool {
        [&self.slot, &self.strategy].into_iter().flatten().any(|own| own == name)
    }
}

#[cfg(test)]
mod tests {
    use host_core::OrderId;
    use host_live::notice::NoticeCode;

    use super::*;

    #[test]
    fn a_notice_becomes_one_object_of_the_fields_that_apply() {
        let notice = Notice::new(Severity::Warning, Timestamp(1_500_000_000), NoticeCode::ReadsRepeated, "two\nlines");
        let line = LogLine::of_notice(&notice.clone().of_times(3).of_order(OrderId(7)).of_market("KX\u{1b}[2J"));
        assert_eq!(
            serde_json::to_string(&line.shown()).unwrap(),
            r#"{"time":"1970-01-01T00:00:01.500Z","level":"warning","code":"reads_repeated","text":"two\\nlines","#
                .to_owned()
                + r#""market":"KX\\u{1b}[2J","order":7,"times":3,"run":"","account":"","venue":""}"#
        );
        let bare = serde_json::to_string(&LogLine::of_notice(&notice).shown()).unwrap();
        assert!(!bare.contains("market") && !bare.contains("times"), "{bare}");
    }

    #[test]
    fn codes_of_the_log_are_documented_and_none_is_that_of_a_notice() {
        let documented = include_str!("../../../docs/monitoring.md");
        for (code, meaning) in OWN_CODES {
            let row = format!("| `{code}` | {meaning} |\n");
            assert!(documented.contains(&row), "put this into monitoring.md:\n{row}");
            assert!(NoticeCode::ALL.iter().all(|notice| notice.as_str() != code), "{code}");
            assert!(meaning.ends_with('.'), "{code}");
        }
    }
}
