//! Makes text that a strategy wrote safe to show in a terminal and to keep in a log.

/// Returns `text` with escapes for control characters and for characters that reorder text. Line feeds are kept, and
/// tabs become spaces.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => escaped.push('\n'),
            '\t' => escaped.push(' '),
            // Bidirectional overrides, isolates and invisible separators can make one line look like another.
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
                escaped.extend(character.escape_unicode());
            }
            _ if character.is_control() => escaped.extend(character.escape_default()),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Most letters of a text that stands within a line.
const MOST_IN_LINE: usize = 100;

/// Returns `text` as [`escape`] does, on one line and shortened: a name must not look like lines of the host.
pub fn one_line(text: &str) -> String {
    escape(text).replace('\n', " ").chars().take(MOST_IN_LINE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_terminal_control_sequence_gets_through() {
        let check = |text: &str, expect: &str| assert_eq!(escape(text), expect);
        check("plain, Größe 3 €", "plain, Größe 3 €");
        check("\u{1b}[2J\u{7}gone\r", "\\u{1b}[2J\\u{7}gone\\r");
        check("a\tb\nc", "a b\nc");
        assert_eq!(one_line("mean\n  signer  alex\u{1b}"), "mean   signer  alex\\u{1b}");
        assert_eq!(one_line(&"x".repeat(500)).len(), 100);
        check("\u{9b}31m\u{202e}txt.exe", "\\u{9b}31m\\u{202e}txt.exe");
    }
}
