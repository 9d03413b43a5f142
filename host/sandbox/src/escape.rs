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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_terminal_control_sequence_gets_through() {
        let check = |text: &str, expect: &str| assert_eq!(escape(text), expect);
        check("plain, Größe 3 €", "plain, Größe 3 €");
        check("\u{1b}[2J\u{7}gone\r", "\\u{1b}[2J\\u{7}gone\\r");
        check("a\tb\nc", "a b\nc");
        check("\u{9b}31m\u{202e}txt.exe", "\\u{9b}31m\\u{202e}txt.exe");
    }
}
