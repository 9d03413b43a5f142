//! The one owner of stderr. Progress lines and words share it: while words are written, the progress lines are taken
//! away, and drawn again below them. Nothing else may write to stderr.

use std::io::{self, BufRead, Read, Write};
use std::sync::LazyLock;

use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget};

use super::text::Text;

/// Ten redraws a second look smooth and cost nothing.
const REDRAWS_PER_SECOND: u8 = 10;
/// Most bytes that are read as an answer.
const MOST_TYPED: u64 = 65_536;

static LINES: LazyLock<MultiProgress> =
    LazyLock::new(|| MultiProgress::with_draw_target(ProgressDrawTarget::stderr_with_hz(REDRAWS_PER_SECOND)));

/// Writes `text`, above the progress lines. Failure is ignored: there is nobody left to tell.
pub fn write(text: &Text) {
    LINES.suspend(|| write_past_lines(text));
}

/// Writes `text` without a look at progress lines: for a panic, which may have come from drawing one.
pub fn write_past_lines(text: &Text) {
    let _ = io::stderr().write_all(text.as_str().as_bytes());
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

/// Asks for a line above the progress lines, and returns what was typed, without blanks around it.
///
/// # Errors
/// The terminal cannot be written or read.
pub fn ask(question: &Text, input: &mut impl BufRead, output: &mut impl Write) -> io::Result<String> {
    LINES.suspend(|| {
        output.write_all(question.as_str().as_bytes())?;
        output.flush()?;
        let mut typed = String::new();
        Read::take(input, MOST_TYPED).read_line(&mut typed)?;
        Ok(typed.trim().to_owned())
    })
}
