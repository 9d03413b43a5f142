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

static LINES: LazyLock<MultiProgress> = LazyLock::new(|| MultiProgress::with_draw_target(at_work()));

fn at_work() -> ProgressDrawTarget {
    ProgressDrawTarget::stderr_with_hz(REDRAWS_PER_SECOND)
}

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

/// Asks for a line in place of the progress lines, and returns what was typed, without blanks around it.
///
/// # Errors
/// The terminal cannot be written or read.
pub fn ask(question: &Text, input: &mut impl BufRead, output: &mut impl Write) -> io::Result<String> {
    clear();
    // The lines are hidden, not suspended: whoever else writes, or ends the process, must not wait for an answer.
    LINES.set_draw_target(ProgressDrawTarget::hidden());
    let answer = answer(question, input, output);
    LINES.set_draw_target(at_work());
    answer
}

fn answer(question: &Text, input: &mut impl BufRead, output: &mut impl Write) -> io::Result<String> {
    output.write_all(question.as_str().as_bytes())?;
    output.flush()?;
    let mut typed = String::new();
    Read::take(input, MOST_TYPED).read_line(&mut typed)?;
    Ok(typed.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, channel};
    use std::time::Duration;

    use super::*;

    /// A person who answers only once everybody else has had their say.
    struct Hesitant(Receiver<()>);

    impl Read for Hesitant {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let had_their_say = self.0.recv_timeout(Duration::from_secs(60));
            had_their_say.map_err(|_| io::Error::other("others wait for the answer"))?;
            b"yes\n".as_slice().read(buffer)
        }
    }

    #[test]
    fn nobody_waits_while_a_question_is_open() {
        let (said, had_their_say) = channel();
        let others = std::thread::spawn(move || {
            write(&Text::line("an alert"));
            clear();
            said.send(())
        });
        let mut person = io::BufReader::new(Hesitant(had_their_say));
        assert_eq!(ask(&Text::part("sure? "), &mut person, &mut io::sink()).unwrap(), "yes");
        others.join().unwrap().unwrap();
    }
}
