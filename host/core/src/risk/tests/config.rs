//! Limits as written in a configuration file.

use super::*;

fn read(json: &str) -> Result<RiskLimits, String> {
    let limits: RiskLimits = serde_json::from_str(json).map_err(|error| error.to_string())?;
    limits.validate().map_err(|error| error.to_string()).map(|()| limits)
}

#[test]
fn the_default_limits_are_those_of_the_case_study_and_valid() {
    let limits = RiskLimits::default();
    assert_eq!(limits.validate(), Ok(()));
    let case_study = r#"{
        "max_position_size": 100, "max_position_value": 500.0, "max_order_size": 50, "max_daily_loss": 200.0,
        "max_portfolio_exposure": 2000.0, "max_category_exposure": 800.0, "max_price_deviation": 0.10,
        "max_volume_fraction": 0.03, "min_spread": 0.01, "max_open_positions": 5
    }"#;
    assert_eq!(read(case_study), Ok(limits));
}

#[test]
fn limits_round_trip_through_a_file() {
    let limits = RiskLimits { volume_unknown: WhenUnknown::Allow, ..RiskLimits::default().scaled(25) };
    assert_eq!(read(&serde_json::to_string(&limits).unwrap()), Ok(limits));
}

#[test]
fn an_invalid_limit_is_named() {
    let check = |json: &str, expect: &str| assert_eq!(read(json).unwrap_err(), expect);
    check(r#"{"max_daily_loss": -200}"#, "risk.max_daily_loss must be a number above 0 (dollars, at most 900,000,000)");
    check(r#"{"max_order_size": 0}"#, "risk.max_order_size must be a number above 0 (contracts)");
    let largest = "risk.max_portfolio_exposure must be a number above 0 (dollars, at most 900,000,000)";
    check(r#"{"max_portfolio_exposure": 1e300}"#, largest);
    check(r#"{"max_portfolio_exposure": 900000001}"#, largest);
    check(r#"{"max_volume_fraction": 1.5}"#, "risk.max_volume_fraction must be at most 1 (a fraction)");
    check(r#"{"allowed_markets": []}"#, "risk.allowed_markets lists no market: use \"*\" to allow all");
    check(r#"{"min_spread": 0.2}"#, "risk.min_spread must not exceed max_spread");
    check(
        r#"{"cancel_share": 1}"#,
        "risk.max_order_messages must be a number above 0 (messages: raise max_messages_per_minute); \
         risk.cancel_share must be below 1 (a fraction), else no order can be sent",
    );
}

#[test]
fn all_errors_are_named_at_once() {
    let error = read(r#"{"max_daily_loss": -1, "max_order_size": 0, "max_open_positions": 0}"#).unwrap_err();
    for field in ["max_daily_loss", "max_order_size", "max_open_positions"] {
        assert!(error.contains(&format!("risk.{field} ")), "{error}");
    }
}

#[test]
fn a_limit_that_is_not_a_number_is_an_error() {
    // TOML has NaN, JSON does not; a map deserializer stands for both.
    use serde::de::{
        Deserialize, IntoDeserializer,
        value::{Error, MapDeserializer},
    };
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -1.0] {
        for field in ["max_position_size", "max_drawdown", "max_price_jump", "max_quote_age_seconds", "max_error_rate"]
        {
            let map = MapDeserializer::<_, Error>::new([(field, bad.into_deserializer())].into_iter());
            let limits = RiskLimits::deserialize(map).unwrap();
            let InvalidLimits(faults) = RiskManager::new(limits).unwrap_err();
            assert!(faults.iter().any(|fault| fault.field == field), "{field} = {bad}");
        }
    }
}

#[test]
fn an_unknown_key_is_an_error() {
    assert!(read(r#"{"max_dayly_loss": 200}"#).unwrap_err().contains("unknown field `max_dayly_loss`"));
}

/// Returns the limits as keys and values, as they stand in a file.
fn keys(limits: &RiskLimits) -> serde_json::Map<String, serde_json::Value> {
    serde_json::from_str(&serde_json::to_string(limits).unwrap()).unwrap()
}

#[test]
fn a_stage_scales_positions_exposures_and_losses_and_nothing_else() {
    let full = RiskLimits::default();
    for (percent, part) in [(25, 0.25), (50, 0.5), (100, 1.0)] {
        let (full, scaled) = (keys(&full), keys(&full.scaled(percent)));
        let ratios = full.iter().map(|(key, value)| match key.as_str() {
            "max_position_size"
            | "max_position_value"
            | "max_daily_loss"
            | "max_drawdown"
            | "max_portfolio_exposure"
            | "max_category_exposure"
            | "max_event_exposure" => (key.clone(), serde_json::json!(value.as_f64().unwrap() * part)),
            _ => (key.clone(), value.clone()),
        });
        let expected: serde_json::Map<_, _> = ratios.collect();
        for (key, value) in &expected {
            let same = scaled[key] == *value || scaled[key].as_f64() == value.as_f64() && value.is_number();
            assert!(same, "{key} at {percent} %: {} in place of {value}", scaled[key]);
        }
        assert_eq!(scaled.len(), expected.len());
    }
    assert_eq!(full.scaled(100), full);
    // Nothing can be traded at a stage of 0 %, so it must be an error.
    assert!(full.scaled(0).validate().is_err());
}
