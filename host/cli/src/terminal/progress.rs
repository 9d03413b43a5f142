//! A progress line on stderr for long tasks, with rate and time left. It is drawn only on a terminal and without `-q`:
//! in a pipe or a log it would be noise.

use std::fmt::Write;
use std::time::Duration;

use host_core::foreign;
use indicatif::{ProgressBar, ProgressState, ProgressStyle};

use crate::terminal::stderr;
use crate::terminal::ui::Ui;
use crate::terminal::units::grouped;

/// Widths, in columns, from which a progress line has a bar and a rate, and from which it has everything.
const WITH_BAR: usize = 90;
const WITH_ALL: usize = 150;

/// The progress line of a task. Dropping it clears the line.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Starts a bar for a task of `total` steps; `unit` names them, such as `rows`.
    pub fn bar(ui: &Ui, task: &str, total: u64, unit: &str) -> Progress {
        let template = match stderr::columns() {
            0..WITH_BAR => "{wide_msg}  {percent:>3} %  {eta} left".to_owned(),
            WITH_BAR..WITH_ALL => "{wide_msg}  {bar:20} {percent:>3} %  {rate}  {eta} left".to_owned(),
            _ => {
                let counts = format!("{{human_pos}}/{{human_len}} {unit}");
                format!("{{wide_msg}}  {{bar:30}} {{percent:>3}} %  {counts}  {{rate}}  {{eta}} left")
            }
        };
        Progress::start(task, shown(ui, ProgressBar::new(total)), &template)
    }

    /// Starts a spinner for a task of unknown length.
    pub fn spinner(ui: &Ui, task: &str) -> Progress {
        let progress = Progress::start(task, shown(ui, ProgressBar::no_length()), "{spinner} {wide_msg}  {elapsed}");
        if ui.progress {
            progress.bar.enable_steady_tick(Duration::from_millis(100));
        }
        progress
    }

    fn start(task: &str, bar: ProgressBar, template: &str) -> Progress {
        // The templates are constants of this file; if one were wrong, the default style would still work.
        let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
        bar.set_style(style.with_key("rate", rate));
        bar.set_message(shown_text(task));
        Progress { bar }
    }

    /// Shows that `done` steps are done in total.
    pub fn advance_to(&self, done: u64) {
        self.bar.set_position(done);
    }

    /// Shows that `done` steps of `total` are done.
    pub fn advance_of(&self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
    }

    /// Replaces the text before the figures.
    pub fn note(&self, text: &str) {
        self.bar.set_message(shown_text(text));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// Returns `text`, which may name a file, as it may stand on a terminal.
fn shown_text(text: &str) -> String {
    foreign::line(text, foreign::CELL)
}

/// Writes the steps per second as a whole number: indicatif's own rate has four decimals.
fn rate(state: &ProgressState, out: &mut dyn Write) {
    // Writing to a string cannot fail.
    let _ = write!(out, "{}/s", grouped(state.per_sec() as u64));
}

fn shown(ui: &Ui, bar: ProgressBar) -> ProgressBar {
    match ui.progress {
        true => stderr::draw(bar),
        false => ProgressBar::hidden(),
    }
}
