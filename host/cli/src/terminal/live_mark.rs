//! The mark at the start of every line about real money.

/// `LIVE <account>`, in red if the stream has colour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveMark {
    text: String,
}

impl LiveMark {
    /// Creates the mark of `account`; `colour` comes from [`crate::terminal::ui::Ui`] for the stream.
    pub fn new(account: &str, colour: bool) -> LiveMark {
        let (on, off) = if colour { ("\x1b[1;31m", "\x1b[0m") } else { ("", "") };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_marked() {
        assert_eq!(LiveMark::new("alex", false).lines("one\ntwo"), "LIVE alex one\nLIVE alex two");
        assert_eq!(LiveMark::new("alex", true).lines("one"), "\x1b[1;31mLIVE alex\x1b[0m one");
    }
}
