//! Text that others wrote: import names, manifests, tickers, titles, a venue's words, names of files.
//!
//! It travels as it is, and is made safe once, where it leaves: by the terminal, the log, CSV, JSON, metrics, mails and
//! pages, each with the functions here. What they return can be made safe again without a change.

use std::fmt::Write as _;

/// Most letters of a line for people.
pub const LINE: usize = 1_000;
/// Most letters of a cell in a table, of a label, and of a name within a sentence.
pub const CELL: usize = 200;
/// Most letters of one value for programs: a cell of CSV, a string of JSON.
pub const VALUE: usize = 4_000;

/// Returns true if `character` stands for itself. Others steer a terminal, begin a line, reorder text, or are not seen.
pub fn is_plain(character: char) -> bool {
    !matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
        && !character.is_control()
}

/// Returns `text` on one line, with escapes for what is not plain, and at most `most` letters of it: beyond that its
/// middle is left out, because sentences of ours begin and end around the text of others.
pub fn line(text: &str, most: usize) -> String {
    let mut safe = String::with_capacity(text.len().min(4 * most));
    let Some((head, tail)) = ends(text, most) else {
        push(&mut safe, text);
        return shortened(safe, most);
    };
    push(&mut safe, head);
    safe.push('…');
    push(&mut safe, tail);
    shortened(safe, most)
}

/// Returns `text` with [`line`] applied to each of its lines: for text that our own code has laid out.
pub fn lines(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for own in text.split_inclusive('\n') {
        match own.strip_suffix('\n') {
            Some(own) => safe += &(line(own, LINE) + "\n"),
            None => safe += &line(own, LINE),
        }
    }
    safe
}

/// Returns `text` as a cell of CSV (RFC 4180): on one line, quoted where it must be, and never a formula.
pub fn csv_cell(text: &str) -> String {
    let mut cell = line(text, VALUE);
    // Spreadsheets run what begins so; an apostrophe makes it text.
    if cell.starts_with(['=', '+', '-', '@']) && !is_figure(&cell) || text.starts_with(['\t', '\r']) {
        cell.insert(0, '\'');
    }
    match cell.contains([',', '"']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell,
    }
}

/// Returns true if `text` is a number, perhaps of dollars or percent, or the `-` of a figure that is undefined.
pub fn is_figure(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let bare = unsigned.strip_prefix('$').unwrap_or(unsigned).trim_end_matches('%').trim_end();
    let digits = bare.starts_with(|first: char| first.is_ascii_digit() || first == '.');
    text.is_empty() || text == "-" || (digits && bare.replace(',', "").parse::<f64>().is_ok())
}

fn push(safe: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            _ if is_plain(character) => safe.push(character),
            '\t' | '\r' | '\n' => safe.extend(character.escape_default()),
            // Writing to a string cannot fail.
            _ => _ = write!(safe, "{}", character.escape_unicode()),
        }
    }
}

/// Returns the first two thirds of `most` letters of `text`, and the last third, if it has more than `most`.
fn ends(text: &str, most: usize) -> Option<(&str, &str)> {
    text.char_indices().nth(most)?;
    let tail = most / 3;
    let head = most.saturating_sub(tail + 1);
    let (until, _) = text.char_indices().nth(head)?;
    let from = text.char_indices().rev().nth(tail.saturating_sub(1)).map_or(text.len(), |(at, _)| at);
    Some((&text[..until], if tail == 0 { "" } else { &text[from..] }))
}

/// Shortens what escapes have made longer.
fn shortened(safe: String, most: usize) -> String {
    match ends(&safe, most) {
        Some((head, tail)) => format!("{head}…{tail}"),
        None => safe,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_reorders_or_hides_is_escaped() {
        let check = |text: &str, expect: &str| assert_eq!(line(text, LINE), expect);
        check("plain, Größe 3 €, שלום", "plain, Größe 3 €, שלום");
        check("\u{1b}[2J\u{7}gone\r", "\\u{1b}[2J\\u{7}gone\\r");
        check("a\tb\nLIVE alex", "a\\tb\\nLIVE alex");
        check("\u{9b}31m\u{202e}txt.exe", "\\u{9b}31m\\u{202e}txt.exe");
        check("a\u{200b}b\u{2028}c\u{2029}d\u{feff}", "a\\u{200b}b\\u{2028}c\\u{2029}d\\u{feff}");
        check("\u{e0041}\u{ad}", "\\u{e0041}\\u{ad}");
    }

    #[test]
    fn long_text_loses_its_middle_and_stays_as_it_is_the_second_time() {
        for text in ["x".repeat(1_000_000), "\u{1b}".repeat(990), "é".repeat(1_001), "x".repeat(999) + "\n\n"] {
            let once = line(&text, LINE);
            assert_eq!(once.chars().count(), LINE);
            assert_eq!(line(&once, LINE), once);
        }
        assert_eq!(line("abcdefghij", 7), "abcd…ij");
        assert_eq!(line("abcdefg", 7), "abcdefg");
        assert_eq!(line("abcdefg", 1), "…");
        assert_eq!(lines("a\u{1b}\n\nb"), "a\\u{1b}\n\nb");
    }

    #[test]
    fn a_cell_is_never_a_formula_and_a_number_stays_one() {
        let check = |text: &str, expect: &str| assert_eq!(csv_cell(text), expect, "{text:?}");
        check("=1+1", "'=1+1");
        check("@SUM(A1)", "'@SUM(A1)");
        check("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0");
        check("-2+3", "'-2+3");
        check("\t=1", "'\\t=1");
        check("\r=1", "'\\r=1");
        check("=HYPERLINK(\"x\",1)", "\"'=HYPERLINK(\"\"x\"\",1)\"");
        check("a\nb", "a\\nb");
        for figure in ["-1.5", "+3", "-", "+$3.76", "-0.5%", "1e-9", "-1e300", "x-y", ""] {
            check(figure, figure);
        }
        check("-$1,200.50", "\"-$1,200.50\"");
    }
}
