//! The marks of real money, solid, and of paper, hatched: shapes, since a colour is soon overlooked.

use host_live::account_dir::mark;

use super::text::{Style, Text};

/// `LIVE <account>`, or `PAPER <account>`, at the start of every line about an account at a venue; for real money a
/// solid bar where the stream has colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveMark {
    mark: Text,
}

impl LiveMark {
    /// Creates the mark of `account`, as people name it; `colour` comes from
    /// [`crate::terminal::ui::Ui`] for the stream.
    pub fn new(account: &str, colour: bool) -> LiveMark {
        let mark = mark(account);
        let (shown, style) = match (mark.strip_prefix("PAPER "), colour) {
            (Some(name), true) => (format!("░░PAPER░░ {name}"), Style::Bold),
            (Some(_), false) => (mark, Style::Bold),
            (None, _) => (mark, Style::Solid),
        };
        LiveMark { mark: Text::part(&shown).styled(style, colour) }
    }

    /// Returns the mark as a line above `text`, which our own code has laid out.
    pub fn above(&self, text: &str) -> Text {
        self.mark.clone() + Text::laid_out(&format!("\n\n{text}"))
    }

    /// Returns `text` as one line with the mark before it.
    pub fn line(&self, text: &str) -> Text {
        self.mark.clone() + Text::line(&format!(" {text}"))
    }

    /// Returns `text`, which our own code has laid out, with the mark before each line.
    pub fn lines(&self, text: &str) -> Text {
        text.lines().map(|line| self.line(line)).sum()
    }
}

/// Returns the mark before the first line about a paper run: a hatched bar where the stream has colour. Elsewhere that
/// line says it in words.
pub fn paper(colour: bool) -> Text {
    match colour {
        true => Text::part("░░PAPER░░").styled(Style::Bold, colour) + Text::part(" "),
        false => Text::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_marked() {
        let check = |text: Text, expect: &str| assert_eq!(text.as_str(), expect);
        check(LiveMark::new("alex", false).lines("one\ntwo"), "LIVE alex one\nLIVE alex two\n");
        check(LiveMark::new("alex", true).lines("one"), "\x1b[1;7mLIVE alex\x1b[0m one\n");
        check(LiveMark::new("alex", false).line("one\nLIVE eve two"), "LIVE alex one\\nLIVE eve two\n");
        check(LiveMark::new("paper:alex", false).line("one"), "PAPER alex one\n");
        check(LiveMark::new("paper:alex", true).line("one"), "\x1b[1m░░PAPER░░ alex\x1b[0m one\n");
        check(LiveMark::new("alex", false).above("one\ntwo\n"), "LIVE alex\n\none\ntwo\n");
    }
}
