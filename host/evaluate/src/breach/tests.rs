//! Limits of several configurations, all of which must refuse.

use host_core::risk::{SlotLimits, WhenUnknown};
use host_core::{Price, Qty, Usd};

use super::*;

/// Asserts that each breach of `limits` was refused, and returns the codes.
#[track_caller]
fn all_triggered(limits: &RiskLimits) -> Vec<String> {
    let found = breach_all(limits);
    let passed: Vec<_> = found.iter().filter(|breach| !breach.triggered).collect();
    assert!(passed.is_empty(), "{passed:#?}");
    let mut codes: Vec<String> = found.into_iter().map(|breach| breach.code).collect();
    codes.sort();
    codes.dedup();
    codes
}

#[test]
fn every_code_that_limits_have_is_triggered() {
    let own = SlotLimits {
        markets: Some(vec!["DRILL*".to_owned()]),
        max_exposure: Some(Usd::dollars(50)),
        max_open_positions: Some(2),
        max_daily_loss: Some(Usd::dollars(20)),
        max_drawdown: Some(Usd::dollars(20)),
        max_consecutive_losses: Some(3),
        max_messages_per_minute: Some(8),
    };
    let limits = RiskLimits {
        allowed_markets: vec!["DRILL*".to_owned()],
        volume_unknown: WhenUnknown::Refuse,
        close_unknown: WhenUnknown::Refuse,
        min_spread: Price(100),
        size_taper: true,
        slots: [("a".to_owned(), own)].into(),
        ..RiskLimits::default()
    };
    let codes = all_triggered(&limits);
    let mut expect: Vec<String> = RefusalCode::ALL.iter().map(ToString::to_string).collect();
    expect.sort();
    assert_eq!(codes, expect);
}

#[test]
fn limits_that_are_not_there_or_cannot_be_exceeded_are_left_out() {
    let codes = all_triggered(&RiskLimits {
        volume_unknown: WhenUnknown::Allow,
        min_spread: Price::ZERO,
        max_spread: Price::ONE,
        max_price_jump: Price::ONE,
        max_price_deviation: Price::ONE,
        size_taper: false,
        ..RiskLimits::default()
    });
    for code in ["volume_unknown", "min_spread", "max_spread", "price_jump", "max_price_deviation", "size_taper"] {
        assert!(!codes.iter().any(|other| other == code), "{code}");
    }
    assert!(codes.iter().any(|code| code == "halted"));
}

/// A limit that somebody has set to as much, or as little, as it takes is tried, or left out: it ends nothing.
#[test]
fn extreme_limits_are_tried_or_left_out() {
    let check = |count: u32, amount: Usd, size: Qty| {
        let own = SlotLimits {
            markets: Some(vec!["DRILL*".to_owned()]),
            max_exposure: Some(amount),
            max_open_positions: Some(count),
            max_daily_loss: Some(amount),
            max_drawdown: Some(amount),
            max_consecutive_losses: Some(count),
            max_messages_per_minute: Some(count.max(4)),
        };
        all_triggered(&RiskLimits {
            max_position_size: size,
            max_position_value: amount,
            max_order_size: size,
            max_order_value: amount,
            max_daily_loss: amount,
            max_drawdown: amount,
            max_consecutive_losses: count,
            max_portfolio_exposure: amount,
            max_category_exposure: amount,
            max_event_exposure: amount,
            max_open_positions: count,
            max_messages_per_minute: count.max(4),
            max_repeated_executions: count,
            slots: [("a".to_owned(), own)].into(),
            ..RiskLimits::default()
        });
    };
    check(1, Usd::CENT, Qty::HUNDREDTH);
    check(1, Usd::MICRO, Qty::ONE);
    check(2_000_000_000, Usd::dollars(500_000_000), Qty::contracts(1_000_000_000));
    check(u32::MAX, Usd::MOST, Qty::MOST);
}
