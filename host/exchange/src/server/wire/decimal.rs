//! Money, counts and times in wire format: decimals in strings with a fixed number of places, times in RFC 3339.

use std::fmt;

use host_core::{Price, Qty, Timestamp, Usd};
use serde::{Serialize, Serializer};

/// A decimal, written as a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    /// In units of 10^-`places`.
    units: i64,
    places: u32,
    /// Number of places always written.
    fewest: usize,
}

/// Formats a price in dollars with 4 places.
pub const fn price(price: Price) -> Decimal {
    Decimal { units: price.0 as i64, places: 4, fewest: 4 }
}

/// Formats contracts with 2 places, or up to 6 if needed; the venue itself trades in hundredths.
pub const fn count(qty: Qty) -> Decimal {
    Decimal { units: qty.0, places: 6, fewest: 2 }
}

/// Formats dollars with 4 places, or more if needed; the venue itself counts at most micro-dollars.
pub const fn dollars(amount: Usd) -> Decimal {
    Decimal { units: amount.0, places: 10, fewest: 4 }
}

/// Formats a cost or a fee in dollars with 6 places, or more if needed, as the venue writes these.
pub const fn cost(amount: Usd) -> Decimal {
    Decimal { units: amount.0, places: 10, fewest: 6 }
}

/// Returns whole cents, rounded down.
pub const fn cents(amount: Usd) -> i64 {
    amount.0.div_euclid(Usd::CENT.0)
}

/// Formats a time in RFC 3339, to the microsecond; like the venue, without trailing zeros.
pub const fn time(time: Timestamp) -> Time {
    Time(time)
}

/// Returns whole seconds since the epoch.
pub const fn seconds(time: Timestamp) -> i64 {
    time.0.div_euclid(1_000_000_000)
}

/// Returns whole milliseconds since the epoch.
pub const fn millis(time: Timestamp) -> i64 {
    time.0.div_euclid(1_000_000)
}

/// A time in RFC 3339; see [`time`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Time(Timestamp);

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = 10u64.pow(self.places);
        let (whole, mut part) = (self.units.unsigned_abs() / scale, self.units.unsigned_abs() % scale);
        let mut places = self.places as usize;
        while places > self.fewest && part.is_multiple_of(10) {
            (part, places) = (part / 10, places - 1);
        }
        let sign = if self.units < 0 { "-" } else { "" };
        write!(f, "{sign}{whole}.{part:0places$}")
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let to_the_milli = self.0.to_string();
        let micros = self.0.0.div_euclid(1_000).rem_euclid(1_000);
        let digits = format!("{}{micros:03}", to_the_milli.trim_end_matches('Z'));
        write!(f, "{}Z", digits.trim_end_matches('0').trim_end_matches('.'))
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Reads a decimal of at most `places` places, ignoring trailing zeros; returns it in units of 10^-`places`. `None`
/// if the text is not a decimal, or too large.
pub fn read(text: &str, places: u32) -> Option<i64> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) || digits.ends_with('.') {
        return None;
    }
    let fraction = fraction.trim_end_matches('0');
    let missing = places.checked_sub(u32::try_from(fraction.len()).ok()?)?;
    let fraction = if fraction.is_empty() { 0 } else { fraction.parse::<i64>().ok()? };
    let whole = whole.parse::<i64>().ok()?.checked_mul(10i64.checked_pow(places)?)?;
    whole.checked_add(fraction.checked_mul(10i64.checked_pow(missing)?)?)?.checked_mul(sign)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_reads_as_it_was(units in -900_000_000_000_000i64..900_000_000_000_000) {
            prop_assert_eq!(read(&dollars(Usd::micros(units)).to_string(), 6), Some(units));
            prop_assert_eq!(read(&count(Qty::hundredths(units)).to_string(), 2), Some(units));
        }

        #[test]
        fn no_text_is_too_strange_to_read(text in "\\PC*|[-0-9.]{0,40}", places in 0u32..7) {
            read(&text, places);
        }
    }

    #[test]
    fn amounts_read_as_the_protocol_writes_them() {
        let check = |shown: Decimal, expect: &str| assert_eq!(shown.to_string(), expect);
        check(price(Price(5_600)), "0.5600");
        check(price(Price::ONE), "1.0000");
        check(count(Qty::hundredths(-150)), "-1.50");
        check(dollars(Usd::micros(1_234_500)), "1.2345");
        check(dollars(Usd::micros(-12)), "-0.000012");
        check(dollars(Usd::ZERO), "0.0000");
        check(cost(Usd::micros(17_500)), "0.017500");
        check(cost(Usd::dollars(-2)), "-2.000000");
        let check = |nanos: i64, expect: &str| assert_eq!(time(Timestamp(nanos)).to_string(), expect);
        check(1_764_850_036_079_996_000, "2025-12-04T12:07:16.079996Z");
        check(1_764_850_036_079_990_999, "2025-12-04T12:07:16.07999Z");
        check(1_764_850_030_000_000_000, "2025-12-04T12:07:10Z");
    }

    #[test]
    fn what_is_no_decimal_of_so_many_places_is_none() {
        let check = |text: &str, expect: Option<i64>| assert_eq!(read(text, 4), expect, "{text}");
        check("0.56", Some(5_600));
        check("0.560000", Some(5_600));
        check("5", Some(50_000));
        check("-0.0001", Some(-1));
        for bad in ["", "-", ".5", "5.", "0.56001", "1e3", "0,5", "+1", " 1", "99999999999999999999", "1.2.3", "NaN"] {
            check(bad, None);
        }
    }
}
