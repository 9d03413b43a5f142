//! Text of SVG: elements, and numbers in as few characters as they take.

use std::fmt::{Arguments, Write as _};

/// Appends `text` to a picture or a path.
pub(super) fn write(picture: &mut String, text: Arguments<'_>) {
    // Writing to a string cannot fail.
    let _ = picture.write_fmt(text);
}

/// Returns a length with at most one place.
pub(super) fn short(length: f64) -> f64 {
    // Not -0.
    (length * 10.0).round() / 10.0 + 0.0
}
