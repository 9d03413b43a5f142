//! JSON whose strings steer no terminal and flood nothing: what is not plain stands as `\u` escapes, which every
//! reader turns back, and the end of a string beyond [`foreign::VALUE`] letters is left out.

use std::io::{self, Write};

use host_core::foreign;
use serde::Serialize;
use serde_json::ser::{CharEscape, CompactFormatter, Formatter, PrettyFormatter, Serializer};

/// The layout of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    Indented,
    OneLine,
}

/// Returns `value` as JSON, without a line feed at its end.
///
/// # Errors
/// Those of serde_json.
pub(super) fn to_string(value: &impl Serialize, layout: Layout) -> serde_json::Result<String> {
    let mut bytes = Vec::new();
    match layout {
        Layout::Indented => write(value, &mut bytes, PrettyFormatter::new()),
        Layout::OneLine => write(value, &mut bytes, CompactFormatter),
    }?;
    String::from_utf8(bytes).map_err(|error| serde_json::Error::io(io::Error::other(error)))
}

fn write(value: &impl Serialize, bytes: &mut Vec<u8>, layout: impl Formatter) -> serde_json::Result<()> {
    value.serialize(&mut Serializer::with_formatter(bytes, Safe { layout, letters: 0 }))
}

/// Writes strings safely, and everything else as `layout` does.
struct Safe<F> {
    layout: F,
    /// Letters of the present string so far.
    letters: usize,
}

impl<F> Safe<F> {
    /// Counts a letter, and returns false if the string is full. The first that does not fit leaves a mark.
    fn admits<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<bool> {
        self.letters += 1;
        if self.letters == foreign::VALUE + 1 {
            writer.write_all("…".as_bytes())?;
        }
        Ok(self.letters <= foreign::VALUE)
    }
}

impl<F: Formatter> Formatter for Safe<F> {
    fn begin_string<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.letters = 0;
        self.layout.begin_string(writer)
    }

    fn write_string_fragment<W: Write + ?Sized>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let mut plain = 0;
        for (at, character) in fragment.char_indices() {
            let (fits, is_plain) = (self.letters < foreign::VALUE, foreign::is_plain(character));
            if fits && is_plain {
                self.letters += 1;
                continue;
            }
            writer.write_all(&fragment.as_bytes()[plain..at])?;
            plain = at + character.len_utf8();
            if self.admits(writer)? {
                character.encode_utf16(&mut [0; 2]).iter().try_for_each(|unit| write!(writer, "\\u{unit:04x}"))?;
            } else {
                return Ok(());
            }
        }
        writer.write_all(&fragment.as_bytes()[plain..])
    }

    fn write_char_escape<W: Write + ?Sized>(&mut self, writer: &mut W, escape: CharEscape) -> io::Result<()> {
        if self.admits(writer)? { self.layout.write_char_escape(writer, escape) } else { Ok(()) }
    }

    fn begin_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.begin_array(writer)
    }

    fn end_array<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_array(writer)
    }

    fn begin_array_value<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.layout.begin_array_value(writer, first)
    }

    fn end_array_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_array_value(writer)
    }

    fn begin_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.begin_object(writer)
    }

    fn end_object<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_object(writer)
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.layout.begin_object_key(writer, first)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.begin_object_value(writer)
    }

    fn end_object_value<W: Write + ?Sized>(&mut self, writer: &mut W) -> io::Result<()> {
        self.layout.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_reads_back_as_it_was_unless_it_is_too_long() {
        let odd = "a\u{1b}\u{9b}\u{202e}\u{2028}\n\"\\😀\u{e0041}";
        let text = to_string(&odd, Layout::OneLine).unwrap();
        assert!(text.chars().all(foreign::is_plain), "{text}");
        assert_eq!(serde_json::from_str::<String>(&text).unwrap(), odd);
        for long in ["x".repeat(1_000_000), "\n".repeat(5_000), "\u{202e}".repeat(5_000), "é\"".repeat(3_000)] {
            let text = to_string(&[&long], Layout::Indented).unwrap();
            let [back] = serde_json::from_str::<[String; 1]>(&text).unwrap();
            assert_eq!(back, long.chars().take(foreign::VALUE).collect::<String>() + "…");
        }
        let value = serde_json::json!({"a": [1, {"b": null}], "c": {}, "d": []});
        assert_eq!(to_string(&value, Layout::Indented).unwrap(), serde_json::to_string_pretty(&value).unwrap());
        assert_eq!(to_string(&value, Layout::OneLine).unwrap(), value.to_string());
    }
}
