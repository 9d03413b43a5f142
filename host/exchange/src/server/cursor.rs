//! Pagination cursors: opaque text that says where the next page of a list begins.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;

/// Returns the cursor that follows number `next` of `list`; empty if nothing follows.
pub fn write(list: &str, next: Option<u64>) -> String {
    next.map_or_else(String::new, |number| BASE64.encode(format!("{list}/{number}")))
}

/// Returns where a page of `list` begins; `None` for the beginning, where a text that is no cursor of this list leads
/// as well.
pub fn read(list: &str, text: &str) -> Option<u64> {
    let place = String::from_utf8(BASE64.decode(text).ok()?).ok()?;
    place.strip_prefix(list)?.strip_prefix('/')?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_good_for_its_own_list_only() {
        let cursor = write("orders", Some(42));
        assert_eq!(read("orders", &cursor), Some(42));
        assert_eq!(read("orders", &write("orders", None)), None);
        for bad in [cursor.as_str(), "not a cursor", "====", "4", &BASE64.encode("fills/-1"), &BASE64.encode("fills/")]
        {
            assert_eq!(read("fills", bad), None, "{bad}");
        }
    }
}
