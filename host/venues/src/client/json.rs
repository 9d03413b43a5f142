//! Decoding of JSON, with errors that show where it failed.

use serde::de::DeserializeOwned;

use crate::error::MalformedResponse;

/// Bytes of a response that an error shows.
const EXCERPT: usize = 120;

/// Decodes the body of the response to `origin`.
///
/// # Errors
/// The reason, with the body around the error.
pub(crate) fn decode<T: DeserializeOwned>(body: &[u8], origin: &str) -> Result<T, MalformedResponse> {
    serde_json::from_slice(body).map_err(|error| {
        let at = position(body, error.line(), error.column());
        let near = &body[at.saturating_sub(EXCERPT / 2)..(at + EXCERPT / 2).min(body.len())];
        MalformedResponse {
            reason: printable(&error.to_string()),
            origin: origin.to_owned(),
            excerpt: printable(&String::from_utf8_lossy(near)),
        }
    })
}

/// Returns the offset of a line and a column, both counted from 1, within `body`.
fn position(body: &[u8], line: usize, column: usize) -> usize {
    let ends = body.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    let start = std::iter::once(0).chain(ends).nth(line.saturating_sub(1)).unwrap_or(body.len());
    (start + column).min(body.len())
}

/// Makes foreign text fit for a message or a log: short, on one line, without control characters for a terminal.
pub(crate) fn printable(text: &str) -> String {
    let plain = |c: char| if c.is_ascii() && !c.is_ascii_control() { c } else { '.' };
    let mut shown: String = text.chars().map(plain).take(2 * EXCERPT).collect();
    if text.chars().nth(2 * EXCERPT).is_some() {
        shown.push_str("...");
    }
    shown
}
