//! The way from `tracing` to the log files, of warnings and errors of the host's parts, and the lines of strategies.

use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};

use host_core::Timestamp;
use host_system::clock::unix_nanos;
use tracing::field::{Field, Visit};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, Filter};
use tracing_subscriber::registry::LookupSpan;

use super::line::{DIAGNOSTIC, LogLevel, LogLine, STRATEGY_LOG};

/// The target of the lines that strategies write.
const STRATEGY: &str = "strategy";

/// Most lines that wait to be written: beyond it, they are counted and dropped.
const MOST_WAITING: usize = 10_000;

/// The lines of this process: `tracing` has one subscriber for all of it. Nothing is taken until a log is opened.
pub static DIAGNOSTICS: Diagnostics = Diagnostics::new();

/// Lines on their way from `tracing` to the log.
#[derive(Debug)]
pub struct Diagnostics {
    is_open: AtomicBool,
    queue: Mutex<Option<SyncSender<LogLine>>>,
    dropped: AtomicU64,
}

impl Diagnostics {
    const fn new() -> Diagnostics {
        Diagnostics { is_open: AtomicBool::new(false), queue: Mutex::new(None), dropped: AtomicU64::new(0) }
    }

    /// Returns the layer through which `tracing` hands over its events.
    pub fn layer<S: Subscriber + for<'span> LookupSpan<'span>>(&'static self) -> impl Layer<S> {
        Tap(self).with_filter(Wanted(self))
    }

    /// Begins to take lines, for the reader that is returned; one that was there before gets no more.
    pub(super) fn open(&self) -> Receiver<LogLine> {
        let (sender, receiver) = sync_channel(MOST_WAITING);
        *self.queue.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
        self.is_open.store(true, Ordering::Relaxed);
        receiver
    }

    /// Takes no more lines.
    pub(super) fn close(&self) {
        self.is_open.store(false, Ordering::Relaxed);
        *self.queue.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Returns the number of lines that were dropped since the last call, because the writer could not follow.
    pub(super) fn take_dropped(&self) -> u64 {
        self.dropped.swap(0, Ordering::Relaxed)
    }

    fn put(&self, line: LogLine) {
        let queue = self.queue.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.as_ref().is_some_and(|queue| queue.try_send(line).is_err()) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// Lets events through while a log is open.
struct Wanted(&'static Diagnostics);

fn is_wanted(meta: &Metadata<'_>) -> bool {
    let least = if meta.target() == STRATEGY { tracing::Level::DEBUG } else { tracing::Level::WARN };
    meta.is_event() && *meta.level() <= least
}

impl<S> Filter<S> for Wanted {
    fn enabled(&self, meta: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        self.0.is_open.load(Ordering::Relaxed) && is_wanted(meta)
    }

    fn callsite_enabled(&self, meta: &'static Metadata<'static>) -> Interest {
        if is_wanted(meta) { Interest::sometimes() } else { Interest::never() }
    }

    fn max_level_hint(&self) -> Option<tracing::level_filters::LevelFilter> {
        Some(tracing::level_filters::LevelFilter::DEBUG)
    }
}

struct Tap(&'static Diagnostics);

impl<S: Subscriber> Layer<S> for Tap {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut said = Said::default();
        event.record(&mut said);
        let meta = event.metadata();
        let (code, source) = match meta.target() {
            STRATEGY => (STRATEGY_LOG, None),
            target => (DIAGNOSTIC, Some(target.to_owned())),
        };
        let line = LogLine::new(Timestamp(unix_nanos()), LogLevel::from(*meta.level()), code, &said.text);
        self.0.put(LogLine { strategy: said.strategy, source, ..line });
    }
}

/// The fields of an event, as text.
#[derive(Default)]
struct Said {
    text: String,
    strategy: Option<String>,
}

impl Visit for Said {
    fn record_str(&mut self, field: &Field, value: &str) {
        match field.name() {
            STRATEGY => self.strategy = Some(value.to_owned()),
            _ => self.record_debug(field, &value),
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string cannot fail.
        let _ = match field.name() {
            "message" => write!(self.text, "{value:?}"),
            name => write!(self.text, " {name}={value:?}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;

    #[test]
    fn warnings_of_the_host_and_all_lines_of_strategies_are_taken_while_a_log_is_open() {
        static TAKEN: Diagnostics = Diagnostics::new();
        let say = || {
            tracing::debug!("for developers");
            tracing::warn!(rows = 3, "the {} is odd", "venue");
            tracing::debug!(target: "strategy", strategy = "mean", "at 0.5");
        };
        tracing::subscriber::with_default(tracing_subscriber::registry().with(TAKEN.layer()), || {
            say();
            let queue = TAKEN.open();
            say();
            TAKEN.close();
            say();
            let lines: Vec<LogLine> = queue.try_iter().collect();
            let shown: Vec<_> = lines.iter().map(|line| (line.level, line.code.as_str(), line.text.as_str())).collect();
            let expect = [
                (LogLevel::Warning, "diagnostic", "the venue is odd rows=3"),
                (LogLevel::Debug, "strategy_log", "at 0.5"),
            ];
            assert_eq!(shown, expect);
            assert_eq!(lines[1].strategy.as_deref(), Some("mean"));
            assert_eq!(TAKEN.take_dropped(), 0);
        });
    }

    #[test]
    fn a_flood_is_counted() {
        let taken = Diagnostics::new();
        let queue = taken.open();
        for _ in 0..MOST_WAITING + 5 {
            taken.put(LogLine::default());
        }
        assert_eq!((taken.take_dropped(), queue.try_iter().count()), (5, MOST_WAITING));
    }
}
