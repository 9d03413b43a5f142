//! Decimals of the configuration file as the integers in memory.

use serde::{Deserialize, Serialize};

use super::*;

#[test]
fn a_fraction_of_something_is_rounded_towards_zero_and_saturates() {
    let check = |fraction: i64, units: i64, expect: i64| {
        assert_eq!(Fraction(fraction).of(units), expect, "{fraction} of {units}");
    };
    check(30_000, 1_000, 30);
    check(500_000, 3, 1);
    check(500_000, -3, -1);
    check(-500_000, 3, -1);
    check(0, 7, 0);
    check(2_000_000, i64::MAX, i64::MAX);
    check(2_000_000, i64::MIN, i64::MIN);
    check(-2_000_000, i64::MAX, i64::MIN);
    assert_eq!(Fraction(30_000).of_qty(Qty::hundredths(33_334)), Qty::contracts(10));
    assert_eq!(Fraction(500_000).of_usd(Usd::micros(3)), Usd::micros(1));
}

#[test]
fn a_ratio_is_rounded_down_and_of_nothing_it_is_zero() {
    let check = |value: i64, whole: i64, expect: i64| {
        assert_eq!(Fraction::ratio(value, whole), Fraction(expect), "{value} of {whole}");
    };
    check(1, 2, 500_000);
    check(1, 3, 333_333);
    check(-1, 3, -333_334);
    check(5, 5, 1_000_000);
    check(5, 0, 0);
    check(5, -1, 0);
    check(i64::MAX, 1, i64::MAX);
}

#[test]
fn a_fraction_is_read_from_a_number_and_shown_as_one() {
    let check = |number: f64, expect: Option<i64>| {
        assert_eq!(Fraction::from_number(number), expect.map(Fraction), "{number}");
    };
    check(0.03, Some(30_000));
    check(-1.5, Some(-1_500_000));
    check(1_000.0, Some(1_000_000_000));
    check(1_000.1, None);
    check(f64::NAN, None);
    check(f64::INFINITY, None);
    assert_eq!((Fraction(30_000).to_string(), Fraction(30_000).as_number()), ("0.03".to_owned(), 0.03));
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Decimals {
    fraction: Fraction,
    #[serde(with = "crate::risk::decimal::contracts")]
    contracts: Qty,
    #[serde(with = "crate::risk::decimal::dollars")]
    dollars: Usd,
    #[serde(with = "crate::risk::decimal::price")]
    price: Price,
    #[serde(with = "crate::risk::decimal::seconds")]
    seconds: Span,
}

/// A value that cannot be meant reads as zero, which the check of the limits reports with its name.
#[test]
fn decimals_are_read_and_written_as_they_stand_and_what_cannot_be_meant_reads_as_zero() {
    let read = |numbers: [f64; 5]| -> Decimals {
        let [fraction, contracts, dollars, price, seconds] = numbers;
        let json = serde_json::json!({
            "fraction": fraction, "contracts": contracts, "dollars": dollars, "price": price, "seconds": seconds,
        });
        serde_json::from_value(json).unwrap()
    };
    let read_well = Decimals {
        fraction: Fraction(30_000),
        contracts: Qty::hundredths(1_250),
        dollars: Usd::micros(-1_500_000),
        price: Price(-100),
        seconds: Span::millis(1_500),
    };
    assert_eq!(read([0.03, 12.5, -1.5, -0.01, 1.5]), read_well);
    let written = serde_json::to_value(&read_well).unwrap();
    let expect = r#"{"fraction":0.03,"contracts":12.5,"dollars":-1.5,"price":-0.01,"seconds":1.5}"#;
    assert_eq!(written, serde_json::from_str::<serde_json::Value>(expect).unwrap());
    let largest = read([1e3, 1.0, 1.0, 1e3, 3.2e9]);
    assert_eq!((largest.price, largest.seconds), (Price(10_000_000), Span(3_200_000_000_000_000_000)));
    let nothing = Decimals {
        fraction: Fraction(0),
        contracts: Qty::ZERO,
        dollars: Usd::ZERO,
        price: Price::ZERO,
        seconds: Span::ZERO,
    };
    assert_eq!(read([1e4, 1e300, 1e300, 1_000.1, 3.3e9]), nothing);
    assert_eq!(read([-1e4, -1e300, -1e300, -1_000.1, -3.3e9]), nothing);
}
