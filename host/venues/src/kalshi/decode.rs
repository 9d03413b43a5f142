//! Decodes the wire's text into integer prices, quantities, money and times: exactly or not at all, without floats.

use std::fmt;

use chrono::DateTime;
use host_core::{Band, Price, Qty, Side, Ticks, Timestamp, Usd, foreign, names};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};

/// Decimals of a number of contracts on the wire: the venue counts in hundredths.
const QTY_DIGITS: usize = 2;

/// Decimals of an amount of dollars on the wire.
const USD_DIGITS: usize = 6;

/// Longest text of a number, in bytes.
const LONGEST: usize = 32;

/// Returns `text` in units of `10^-digits`; `None` unless it is a plain decimal that is a whole number of them.
pub(super) fn decimal(text: &str, digits: usize) -> Option<i64> {
    let (negative, plain) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (whole, fraction) = plain.split_once('.').unwrap_or((plain, "0"));
    let numeric = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if text.len() > LONGEST || !numeric(whole) || !numeric(fraction) {
        return None;
    }
    let (kept, beyond) = fraction.split_at(fraction.len().min(digits));
    if beyond.bytes().any(|byte| byte != b'0') {
        return None;
    }
    let digit = |units: i64, byte: u8| units.checked_mul(10)?.checked_add(i64::from(byte - b'0'));
    let missing = std::iter::repeat_n(b'0', digits - kept.len());
    let units = whole.bytes().chain(kept.bytes()).chain(missing).try_fold(0, digit)?;
    Some(if negative { -units } else { units })
}

fn read_price(text: &str) -> Result<Price, String> {
    let price = decimal(text, 4).and_then(|units| i32::try_from(units).ok()).map(Price);
    price
        .filter(|price| (Price::ZERO..=Price::ONE).contains(price))
        .ok_or_else(|| format!("{text:?} is no price between 0 and 1"))
}

fn read_qty(text: &str) -> Result<Qty, String> {
    read_signed_qty(text, Qty::ZERO)
}

fn read_signed_qty(text: &str, least: Qty) -> Result<Qty, String> {
    let qty = decimal(text, QTY_DIGITS).map(Qty::hundredths).filter(|qty| (least..=Qty::MOST).contains(qty));
    qty.ok_or_else(|| format!("{text:?} is no number of contracts"))
}

fn read_time(text: &str) -> Result<Timestamp, String> {
    let time = DateTime::parse_from_rfc3339(text).ok().and_then(|time| time.timestamp_nanos_opt());
    time.map(Timestamp).ok_or_else(|| format!("{text:?} is no time"))
}

/// Decodes a required price in `0..=1`.
pub(super) fn price<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Price, D::Error> {
    text(deserializer, read_price)
}

/// Decodes a price that may be absent, null or empty.
pub(super) fn optional_price<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Price>, D::Error> {
    optional(deserializer, read_price)
}

/// Decodes a price of a quote: absent, null, empty, 0 and 1 all mean that there is none.
pub(super) fn quote<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Price>, D::Error> {
    Ok(optional(deserializer, read_price)?.filter(|&price| Price::ZERO < price && price < Price::ONE))
}

/// Decodes the bands of a price grid.
pub(super) fn ticks<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Ticks, D::Error> {
    #[derive(Deserialize)]
    struct WireBand {
        #[serde(deserialize_with = "price")]
        start: Price,
        #[serde(deserialize_with = "price")]
        end: Price,
        #[serde(deserialize_with = "price")]
        step: Price,
    }
    let ranges = Vec::<WireBand>::deserialize(deserializer)?;
    let bands = ranges.into_iter().map(|WireBand { start, end, step }| Band { start, end, step });
    Ticks::of_bands(bands.collect()).map_err(D::Error::custom)
}

/// Decodes a required number of contracts that is not negative.
pub(super) fn qty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Qty, D::Error> {
    text(deserializer, read_qty)
}

/// Decodes a number of contracts that may be absent, null or empty.
pub(super) fn optional_qty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Qty>, D::Error> {
    optional(deserializer, read_qty)
}

/// Decodes a number of contracts with a sign.
pub(super) fn signed_qty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Qty, D::Error> {
    text(deserializer, |text| read_signed_qty(text, -Qty::MOST))
}

/// Decodes dollars with a sign, in micro-dollars.
pub(super) fn usd<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Usd, D::Error> {
    text(deserializer, |text| {
        let usd = decimal(text, USD_DIGITS).map(Usd::micros).filter(|usd| (-Usd::MOST..=Usd::MOST).contains(usd));
        usd.ok_or_else(|| format!("{text:?} is no amount of dollars, or beyond {} of them", Usd::MOST))
    })
}

/// Decodes whole cents.
pub(super) fn cents<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Usd, D::Error> {
    let cents = i64::deserialize(deserializer)?;
    let usd = cents.checked_mul(Usd::CENT.0).map(Usd).filter(|usd| (-Usd::MOST..=Usd::MOST).contains(usd));
    usd.ok_or_else(|| D::Error::custom(format!("{cents} cents are too many")))
}

/// Decodes a required time (RFC 3339).
pub(super) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    text(deserializer, read_time)
}

/// Decodes a time that may be absent, null or empty.
pub(super) fn optional_time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    optional(deserializer, read_time)
}

/// Decodes text; absent and null become empty text.
pub(super) fn optional_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.unwrap_or_default())
}

/// Decodes the name of a market, an event or a series, which is plain and short.
pub(super) fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let name = String::deserialize(deserializer)?;
    names::market_problem(&name).map_or(Ok(name), |problem| Err(D::Error::custom(problem)))
}

/// Decodes a category, a text for people that groups markets: one that cannot be a name is shown as one. It may be
/// absent or null.
pub(super) fn category<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let category = optional_text(deserializer)?;
    Ok(if names::market_problem(&category).is_some() { foreign::line(&category, 100) } else { category })
}

/// Decodes a side of the YES book: `bid` buys YES, `ask` sells it.
pub(super) fn side<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Side, D::Error> {
    text(deserializer, |text| match text {
        "bid" => Ok(Side::Buy),
        "ask" => Ok(Side::Sell),
        other => Err(format!("{other:?} is no side of a book")),
    })
}

/// Decodes milliseconds since the Unix epoch.
pub(super) fn millis<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
    let millis = i64::deserialize(deserializer)?;
    millis
        .checked_mul(1_000_000)
        .map(Timestamp)
        .ok_or_else(|| D::Error::custom(format!("{millis} is no time in milliseconds")))
}

/// Reads text where it stands, without a copy of it: a poll has tens of thousands of figures.
struct TextVisitor<F>(F);

impl<T, F: Fn(&str) -> Result<T, String>> Visitor<'_> for TextVisitor<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
        (self.0)(text).map_err(E::custom)
    }
}

/// Like [`TextVisitor`], for text that may be absent.
struct OptionalTextVisitor<F>(F);

impl<'de, T, F: Fn(&str) -> Result<Option<T>, String>> Visitor<'de> for OptionalTextVisitor<F> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or null")
    }

    fn visit_none<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_unit<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<T>, D::Error> {
        text(deserializer, self.0)
    }
}

fn text<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<T, D::Error> {
    deserializer.deserialize_str(TextVisitor(read))
}

fn optional<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    read: impl Fn(&str) -> Result<T, String>,
) -> Result<Option<T>, D::Error> {
    let read = |text: &str| if text.is_empty() { Ok(None) } else { read(text).map(Some) };
    deserializer.deserialize_option(OptionalTextVisitor(read))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn decimals_are_exact_or_refused() {
        let check =
            |text: &str, digits: usize, expect: Option<i64>| assert_eq!(decimal(text, digits), expect, "{text}");
        check("0.56", 4, Some(5_600));
        check("0.5600", 4, Some(5_600));
        check("0.560000", 4, Some(5_600));
        check("1", 4, Some(10_000));
        check("-12.5", 2, Some(-1_250));
        check("9223372036854775807", 0, Some(i64::MAX));
        for bad in ["", "-", ".", ".5", "5.", "+1", " 1", "1e3", "0x1", "1,5", "NaN", "inf", "--1", "1.2.3", "١"] {
            check(bad, 4, None);
        }
        check("0.56001", 4, None);
        check("92233720368547758", 4, None);
        check("0.000000000000000000000000000000000000", 4, None);
    }

    #[test]
    fn a_number_of_contracts_has_bounds() {
        let check = |text: &str, plain: bool, signed: bool| {
            assert_eq!(read_qty(text).is_ok(), plain, "{text}");
            assert_eq!(read_signed_qty(text, -Qty::MOST).is_ok(), signed, "{text}");
        };
        check("10000000000.00", true, true);
        check("-0.01", false, true);
        check("-10000000000.00", false, true);
        check("10000000000.01", false, false);
        check("-10000000000.01", false, false);
        check("92233720368547758.07", false, false);
    }

    #[test]
    fn times_are_exact_to_the_nanosecond() {
        assert_eq!(read_time("2026-05-11T09:00:00.000137Z"), Ok(Timestamp(1_778_490_000_000_137_000)));
        for bad in ["", "2026-05-11", "2026-13-11T09:00:00Z", "9999-05-11T09:00:00Z", "now"] {
            assert!(read_time(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn numbers_that_the_host_writes_read_back(
            price in 0i32..=10_000,
            qty in 0..=1_000_000_000_000i64,
            usd in any::<i32>(),
        ) {
            prop_assert_eq!(read_price(&Price(price).to_string()), Ok(Price(price)));
            prop_assert_eq!(read_qty(&Qty::hundredths(qty).to_string()), Ok(Qty::hundredths(qty)));
            prop_assert_eq!(decimal(&Usd::micros(usd.into()).to_string(), 6), Some(usd.into()));
        }

        #[test]
        fn no_text_makes_the_decoder_panic(text in ".{0,40}", digits in 0usize..8) {
            let _ = decimal(&text, digits);
            let _ = read_time(&text);
        }
    }
}
