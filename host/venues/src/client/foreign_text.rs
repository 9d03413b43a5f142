//! Text that a venue writes for people.

/// Returns `text` as people may be shown it: on one line, at most `most` characters long, without what steers a
/// terminal and without characters that hide or reorder others.
pub(crate) fn readable(text: &str, most: usize) -> String {
    let hides = |c: char| {
        matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
            || matches!(c, '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
    };
    let plain: String = text.chars().map(|c| if c.is_control() || hides(c) { ' ' } else { c }).collect();
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    match plain.char_indices().nth(most) {
        Some(_) => format!("{}…", plain.chars().take(most.saturating_sub(1)).collect::<String>().trim_end()),
        None => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_one_line_and_shows_all_that_it_holds() {
        let check = |text: &str, expect: &str| assert_eq!(readable(text, 20), expect, "{text:?}");
        check("Maintenance – at 8’", "Maintenance – at 8’");
        check(" two\n\tlines\r\n ", "two lines");
        check("\u{1b}[2J\u{202e}gone\u{200b}\u{7}", "[2J gone");
        check("", "");
        check("\u{feff}\u{e0041}", "");
        check("twenty characters it is", "twenty characters i…");
        check("exactly twenty chars", "exactly twenty chars");
        check("<b>&amp;</b>", "<b>&amp;</b>");
    }
}
