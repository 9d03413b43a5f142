//! The one owner of stderr. Progress lines and words share it: while words are written, the progress lines are taken
//! away, and drawn again below them. Nothing else may write to stderr.

use std::io::{self, Write};
use std::sync::LazyLock;

use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget};

/// Ten redraws a second look smooth and cost nothing.
const REDRAWS_PER_SECOND: u8 = 10;

static LINES: LazyLock<MultiProgress> =
    LazyLock::new(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(REDRAWS_PER_SECOND)));

/// Writes `text`, above the progress lines. Failure is ignored: there is nobody left to tell.
pub fn write(text: &str) {
    LINES.suspend(|| write_past_lines(text));
}

/// Writes `text` without a look at progress lines: for a panic, which may have come from drawing one.
pub fn write_past_lines(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Draws the line of `bar` from now on, until it is cleared.
pub fn draw(bar: ProgressBar) -> ProgressBar {
    LINES.add(bar)
}

/// Takes the progress lines away, before the process ends at once.
pub fn clear() {
    let _ = LINES.clear();
}

/// Returns the number of columns of the terminal.
pub fn columns() -> usize {
    usize::from(Term::stderr().size().1)
}

/// Writes above the progress lines: the log, and questions.
#[derive(Clone, Copy, Debug)]
pub struct Words;

impl Write for Words {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LINES.suspend(|| io::stderr().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}
