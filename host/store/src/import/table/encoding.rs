//! Text in UTF-8 or UTF-16, with a mark of the byte order or without, as UTF-8.

use std::io::{self, BufRead, BufReader, Cursor, Read};

use encoding_rs_io::DecodeReaderBytes;

use super::unpack::peek;

const LITTLE: [u8; 2] = [0xff, 0xfe];
const BIG: [u8; 2] = [0xfe, 0xff];
const UTF8: [u8; 3] = [0xef, 0xbb, 0xbf];
/// Bytes that are looked at to tell UTF-16 without a mark.
const SEEN_BYTES: usize = 64;

/// Returns `content` as UTF-8 without a mark of the byte order, and the name of its encoding.
pub(super) fn decode(content: Box<dyn BufRead>) -> io::Result<(Box<dyn BufRead>, &'static str)> {
    let (head, mut content) = peek(content, SEEN_BYTES)?;
    if head.starts_with(&UTF8) {
        content.consume(UTF8.len());
        return Ok((content, "UTF-8"));
    }
    // The decoder tells by the mark.
    let (name, mark) = match head.as_slice() {
        head if head.starts_with(&LITTLE) || head.starts_with(&BIG) => ("UTF-16", None),
        head if is_wide(head, 1) => ("UTF-16", Some(LITTLE)),
        head if is_wide(head, 0) => ("UTF-16", Some(BIG)),
        _ => return Ok((content, "UTF-8")),
    };
    let marked = Cursor::new(mark.map(Vec::from).unwrap_or_default()).chain(content);
    Ok((Box::new(BufReader::with_capacity(1 << 16, DecodeReaderBytes::new(marked))), name))
}

/// Returns true if in `head` the bytes at the places `zero`, `zero` + 2, … are zero, and no others.
fn is_wide(head: &[u8], zero: usize) -> bool {
    head.len() >= 4 && head.iter().enumerate().all(|(place, byte)| (*byte == 0) == (place % 2 == zero))
}
