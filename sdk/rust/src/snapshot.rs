//! A strategy's saved state, and a small binary format for it: little-endian, without padding or dependencies.

/// The state that a strategy saves for its successor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Name of the strategy that saved the state.
    pub schema: String,
    /// Version of the payload's layout.
    pub version: u32,
    /// The state, as [`crate::Stateful::save`] wrote it.
    pub payload: Vec<u8>,
}

/// Appends values to a payload.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Starts an empty payload.
    pub fn new() -> Writer {
        Writer::default()
    }

    /// Appends a whole number in as few bytes as it needs (LEB128 encoding).
    pub fn unsigned(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    /// Appends a signed whole number; a small magnitude takes few bytes (zigzag and LEB128 encoding).
    pub fn signed(&mut self, value: i64) {
        self.unsigned(((value << 1) ^ (value >> 63)) as u64);
    }

    /// Appends a float, bit for bit.
    pub fn float(&mut self, value: f64) {
        self.bytes.extend(value.to_bits().to_le_bytes());
    }

    /// Appends a text.
    pub fn text(&mut self, text: &str) {
        self.unsigned(text.len() as u64);
        self.bytes.extend(text.as_bytes());
    }

    /// Returns the payload.
    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }
}

/// Reads values from a payload in the order in which they were written.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Starts at the first byte of `payload`.
    pub fn new(payload: &'a [u8]) -> Reader<'a> {
        Reader { bytes: payload }
    }

    /// Reads a whole number that [`Writer::unsigned`] wrote.
    ///
    /// # Errors
    /// The payload ends early, or the number does not fit.
    pub fn unsigned(&mut self) -> Result<u64, String> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.bytes.split_first().ok_or("the saved state ends in the middle of a number")?;
            self.bytes = rest;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                break;
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err("the saved state holds a number that is too large".into())
    }

    /// Reads a whole number in `0..=most` that [`Writer::unsigned`] wrote.
    ///
    /// # Errors
    /// As [`Reader::unsigned`], or the number is above `most`.
    pub fn at_most(&mut self, most: u64) -> Result<u64, String> {
        let value = self.unsigned()?;
        if value > most { Err(format!("the saved state holds {value} where at most {most} can be")) } else { Ok(value) }
    }

    /// Reads a signed whole number that [`Writer::signed`] wrote.
    ///
    /// # Errors
    /// As [`Reader::unsigned`].
    pub fn signed(&mut self) -> Result<i64, String> {
        let folded = self.unsigned()?;
        Ok((folded >> 1) as i64 ^ -((folded & 1) as i64))
    }

    /// Reads a float, bit for bit.
    ///
    /// # Errors
    /// The payload ends early.
    pub fn float(&mut self) -> Result<f64, String> {
        let (bits, rest) = self.bytes.split_first_chunk().ok_or("the saved state ends in the middle of a float")?;
        self.bytes = rest;
        Ok(f64::from_bits(u64::from_le_bytes(*bits)))
    }

    /// Reads a text.
    ///
    /// # Errors
    /// The payload ends early, or holds no text.
    pub fn text(&mut self) -> Result<String, String> {
        let length = self.at_most(self.bytes.len() as u64)?;
        let (text, rest) = self.bytes.split_at_checked(length as usize).ok_or("the saved state ends in a text")?;
        self.bytes = rest;
        String::from_utf8(text.to_vec()).map_err(|_| "the saved state holds a text that is none".into())
    }

    /// Checks that everything was read.
    ///
    /// # Errors
    /// There are bytes left.
    pub fn finish(self) -> Result<(), String> {
        match self.bytes.len() {
            0 => Ok(()),
            left => Err(format!("the saved state has {left} bytes too many")),
        }
    }
}
