//! The one door to the terminal: text in which nothing that others wrote steers it, begins a line, or floods it.
//!
//! Neither stdout nor stderr takes anything else. Line feeds come from our own layout, and styles from [`Style`].

use std::fmt;
use std::ops::Add;

use host_core::foreign;

/// A style of the terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Errors.
    Red,
    /// Real money: a solid bar.
    Solid,
    /// Paper, which is hatched by its letters.
    Bold,
    /// Advice.
    Cyan,
}

/// Text that may be written to a terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(String);

impl Text {
    /// Returns `text` without a line feed at its end, escaped, on one line and shortened.
    pub fn part(text: &str) -> Text {
        Text(foreign::line(text, foreign::LINE))
    }

    /// Returns `text` as one line, whatever it contains.
    pub fn line(text: &str) -> Text {
        Text::part(text) + Text("\n".to_owned())
    }

    /// Returns `text` that our own code has laid out: its line feeds stay, everything else is made safe. Where others'
    /// text stands in it, that is on one line already: cells of [`Rows`](super::output::Rows) are.
    pub fn laid_out(text: &str) -> Text {
        Text(foreign::lines(text))
    }

    /// Returns help or a usage error of clap, which has read arguments that are plain.
    pub fn of_clap(text: String) -> Text {
        Text(text)
    }

    /// Returns CSV or JSON, whose writers have made safe each cell or string.
    pub(super) fn for_programs(text: String) -> Text {
        Text(text)
    }

    /// Returns the text in `style`, if the stream is `coloured`.
    pub fn styled(self, style: Style, coloured: bool) -> Text {
        let code = match style {
            Style::Red => "1;31",
            Style::Solid => "1;7",
            Style::Bold => "1",
            Style::Cyan => "1;36",
        };
        if coloured { Text(format!("\x1b[{code}m{}\x1b[0m", self.0)) } else { self }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Add for Text {
    type Output = Text;

    fn add(mut self, other: Text) -> Text {
        self.0.push_str(&other.0);
        self
    }
}

impl std::iter::Sum for Text {
    fn sum<I: Iterator<Item = Text>>(parts: I) -> Text {
        parts.fold(Text::default(), Add::add)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_layout_begins_a_line_and_only_our_own_style_colours() {
        let check = |text: Text, expect: &str| assert_eq!(text.as_str(), expect);
        check(Text::line("a\nLIVE alex\u{1b}[2J"), "a\\nLIVE alex\\u{1b}[2J\n");
        check(Text::laid_out("a\nb\u{1b}\r\n"), "a\nb\\u{1b}\\r\n");
        check(Text::part("x\u{1b}").styled(Style::Red, true), "\x1b[1;31mx\\u{1b}\x1b[0m");
        check(Text::part("x").styled(Style::Red, false), "x");
    }
}
