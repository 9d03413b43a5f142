//! The marks of real money, solid, and of paper, hatched: shapes, since a colour is soon overlooked.

/// `LIVE <account>`, at the start of every line about real money; a solid bar where the stream has colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveMark {
    text: String,
}

impl LiveMark {
    /// Creates the mark of `account`; `colour` comes from [`crate::terminal::ui::Ui`] for the stream.
    pub fn new(account: &str, colour: bool) -> LiveMark {
        let (on, off) = if colour { ("\x1b[1;7m", "\x1b[0m") } else { ("", "") };
        LiveMark { text: format!("{on}LIVE {account}{off}") }
    }

    /// Returns `text` with the mark before each line.
    pub fn lines(&self, text: &str) -> String {
        let marked: Vec<String> = text.lines().map(|line| format!("{} {line}", self.text)).collect();
        marked.join("\n")
    }
}

impl std::fmt::Display for LiveMark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(&self.text)
    }
}

/// Returns the mark before the first line about a paper run: a hatched bar where the stream has colour. Elsewhere that
/// line says it in words.
pub fn paper(colour: bool) -> &'static str {
    if colour { "\x1b[1m░░PAPER░░\x1b[0m " } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_marked() {
        assert_eq!(LiveMark::new("alex", false).lines("one\ntwo"), "LIVE alex one\nLIVE alex two");
        assert_eq!(LiveMark::new("alex", true).lines("one"), "\x1b[1;7mLIVE alex\x1b[0m one");
    }
}
