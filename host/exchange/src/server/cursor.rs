//! Pagination cursors: opaque text that says where the next page of a list begins.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

use super::error::ApiError;

/// Returns the cursor that follows number `next` of `list`; empty if nothing follows.
pub fn write(list: &str, next: Option<u64>) -> String {
    next.map_or_else(String::new, |number| BASE64.encode(format!("{list}/{number}")))
}

/// Returns where a page of `list` begins; `None` for the beginning.
///
/// # Errors
/// 400 if the text is not a cursor of this list.
pub fn read(list: &str, text: &str) -> Result<Option<u64>, ApiError> {
    if text.is_empty() {
        return Ok(None);
    }
    let place = BASE64.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let number = place.and_then(|place| place.strip_prefix(list)?.strip_prefix('/')?.parse().ok());
    number.map(Some).ok_or_else(|| ApiError::bad_request("invalid cursor: pass back the one that the last page gave"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_for_its_own_list_only() {
        let cursor = write("orders", Some(42));
        assert_eq!(read("orders", &cursor), Ok(Some(42)));
        assert_eq!(read("orders", &write("orders", None)), Ok(None));
        for bad in [cursor.as_str(), "not a cursor", "====", "4", &BASE64.encode("fills/-1"), &BASE64.encode("fills/")]
        {
            assert!(read("fills", bad).is_err(), "{bad}");
        }
    }
}
