//! Decoding of JSON, with errors that show where it failed.

use host_core::foreign;
use host_system::guard::guarded;
use serde::de::DeserializeOwned;

use crate::error::MalformedResponse;

/// Bytes of a response that an error shows.
const EXCERPT: usize = 120;

/// Decodes the body of the response to `origin`.
///
/// # Errors
/// The reason, with the body around the error.
pub(crate) fn decode<T: DeserializeOwned>(body: &[u8], origin: &str) -> Result<T, MalformedResponse> {
    let decoded = guarded("a response", || serde_json::from_slice(body));
    let decoded = decoded.map_err(|panicked| MalformedResponse {
        reason: panicked.to_string(),
        origin: origin.to_owned(),
        excerpt: printable(&String::from_utf8_lossy(&body[..body.len().min(EXCERPT)])),
    })?;
    decoded.map_err(|error| {
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

/// Returns the venue's `text` as an error quotes it.
pub(crate) fn printable(text: &str) -> String {
    foreign::line(text, 2 * EXCERPT)
}
