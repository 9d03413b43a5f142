//! Bounds of keys, and their sections.

use host_core::Span;
use toml::Value;

use super::keys::Bound::{self, Any, Between, NotNegative, Positive, Price};
use super::keys::{KEYS, SECTIONS};

#[test]
fn bounds_hold_for_numbers_and_spans() {
    let check = |bound: Bound, value: Value, broken: bool| {
        assert_eq!(bound.broken_by(&value).is_some(), broken, "{bound:?} {value}");
    };
    check(NotNegative, Value::Integer(-1), true);
    check(NotNegative, Value::Integer(0), false);
    check(Positive, Value::Float(0.0), true);
    check(Positive, Value::String("0s".into()), true);
    check(Positive, Value::String("10m".into()), false);
    check(Bound::Fraction, Value::Float(1.01), true);
    check(Price, Value::Float(1.0), false);
    check(Price, Value::Integer(2), true);
    check(Between(Span::seconds(1), Span::days(366)), Value::String("1s".into()), false);
    check(Between(Span::seconds(1), Span::days(366)), Value::String("1ms".into()), true);
    check(Any, Value::Float(f64::NAN), true);
    check(Any, Value::Float(f64::INFINITY), true);
    check(Any, Value::String("join".into()), false);
}

#[test]
fn cents_and_percent_are_recognised() {
    let said = |bound: Bound, value: Value| bound.broken_by(&value).unwrap_or_default();
    assert_eq!(said(Price, Value::Integer(10)), "must lie between 0 and 1, as prices do: did you mean 0.10?");
    assert_eq!(said(Bound::Fraction, Value::Float(2.5)), "must lie between 0 and 1: did you mean 0.025?");
    assert_eq!(said(Price, Value::Integer(1_000)), "must lie between 0 and 1, as prices do");
    assert_eq!(said(Price, Value::Integer(-1)), "must lie between 0 and 1, as prices do");
}

#[test]
fn every_key_has_a_section_that_is_explained() {
    for key in KEYS {
        assert!(SECTIONS.iter().any(|(section, _)| *section == key.section()), "{}", key.name);
    }
}
