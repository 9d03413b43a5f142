//! The log on stderr: each event of `tracing` as one line of level, message and fields.

use std::fmt::{Debug, Write as _};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use super::stderr;
use super::text::{Style, Text};

/// Writes events to stderr.
#[derive(Clone, Copy, Debug)]
pub struct ConsoleLog {
    /// True if the stream is coloured.
    pub coloured: bool,
}

impl<S: Subscriber> Layer<S> for ConsoleLog {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = EventText::default();
        event.record(&mut line);
        let level = *event.metadata().level();
        let mark = Text::part(&format!("{level:>5}"));
        let mark = if level <= Level::WARN { mark.styled(Style::Red, self.coloured) } else { mark };
        stderr::write(&(mark + Text::line(&format!(" {}{}", line.message, line.fields))));
    }
}

/// The parts of an event.
#[derive(Default)]
struct EventText {
    message: String,
    fields: String,
}

impl Visit for EventText {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Writing to a string cannot fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.fields, " {name}={value:?}"),
        };
    }
}
