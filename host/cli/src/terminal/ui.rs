//! The user's choices for the terminal: verbosity, colour, progress lines. They are resolved once, here.

use std::io::IsTerminal;

use clap::ValueEnum;
use host_monitor::logs::DIAGNOSTICS;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, registry};

use super::console_log::ConsoleLog;
use super::stderr;
use super::text::Text;

/// The user's choice of colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Colour {
    /// Returns true if output to `stream` is coloured.
    pub fn enabled(self, stream: &impl IsTerminal) -> bool {
        match self {
            Colour::Always => true,
            Colour::Never => false,
            Colour::Auto => {
                let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                !refused && stream.is_terminal()
            }
        }
    }
}

/// The user's choices, resolved for this process's streams.
#[derive(Clone, Copy, Debug)]
pub struct Ui {
    /// True if stderr is coloured.
    pub colour: bool,
    /// True if stdout is coloured.
    pub colour_out: bool,
    /// True if only errors are printed to stderr.
    pub quiet: bool,
    /// True if progress lines are drawn.
    pub progress: bool,
}

impl Ui {
    /// Resolves the global options, and starts the log on stderr: warnings, more with each `-v`, only errors with `-q`.
    /// The log files of a live run are fed from the same place.
    pub fn new(colour: Colour, verbose: u8, quiet: bool) -> Ui {
        let level = match (quiet, verbose) {
            (true, _) => LevelFilter::ERROR,
            (_, 0) => LevelFilter::WARN,
            (_, 1) => LevelFilter::INFO,
            (_, 2) => LevelFilter::DEBUG,
            _ => LevelFilter::TRACE,
        };
        let colour_out = colour.enabled(&std::io::stdout());
        let colour = colour.enabled(&std::io::stderr());
        // Fails only if a log was started before, by an earlier call in this process. That log stays in use.
        let shown = ConsoleLog { coloured: colour };
        let _ = registry().with(shown.with_filter(level)).with(DIAGNOSTICS.layer()).try_init();
        Ui { colour, colour_out, quiet, progress: !quiet && std::io::stderr().is_terminal() }
    }

    /// Prints one line that is not data to stderr, unless `-q` is given.
    pub fn say(&self, line: &str) {
        self.say_text(&Text::line(line));
    }

    /// Prints text that is not data to stderr, unless `-q` is given.
    pub fn say_text(&self, text: &Text) {
        if !self.quiet {
            stderr::write(text);
        }
    }
}
