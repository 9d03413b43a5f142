//! The settings that a calibration changes.

use host_core::foreign;
use host_evaluate::calibrate::{Calibration, Fitted};
use host_sim::fill::{ExchangeSettings, FillModel};
use toml::Value;

/// A setting that is to be written.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingChange {
    /// `section.key`.
    pub key: &'static str,
    pub value: Value,
    /// The reason, in words.
    pub why: String,
}

/// The settings that are to be written, and the reasons why others are not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    pub written: Vec<SettingChange>,
    pub kept: Vec<String>,
}

/// Keys of the coin that mean something else to the models with a queue.
const SHARED: [&str; 2] = ["exchange.fill_probability", "exchange.latency_mean_ms"];

/// Returns what `found` changes in `settings`.
pub fn changes(found: &Calibration, settings: &ExchangeSettings) -> Changes {
    let mut changes = Changes::default();
    for fitted in &found.coin {
        match change(fitted, found, settings.fill_model) {
            Ok(Some(change)) => changes.written.push(change),
            Ok(None) => {}
            Err(why) => changes.kept.push(why),
        }
    }
    match &found.queue_cancels {
        Some(cancels) if *cancels != found.old_queue_cancels => {
            let why = format!("{}, was {}", of(found), found.old_queue_cancels);
            changes.written.push(SettingChange {
                key: "exchange.queue_cancels",
                value: Value::String(cancels.clone()),
                why,
            });
        }
        Some(_) => {}
        None => changes.kept.push(format!("exchange.queue_cancels stays: {}", too_few_for_queue(found))),
    }
    changes
}

/// Returns the reason why no rule of a queue is concluded.
pub fn too_few_for_queue(found: &Calibration) -> String {
    match found.queue.iter().map(|fit| fit.difference.further).min() {
        Some(further) => format!("{further} more orders are needed"),
        None => "there are no orders with rows to place them on".to_owned(),
    }
}

/// Returns the change of one setting of the coin; `None` if it is right as it is.
///
/// # Errors
/// It stays as it is for a reason that people should know.
fn change(fitted: &Fitted, found: &Calibration, model: FillModel) -> Result<Option<SettingChange>, String> {
    let Fitted { key, old, .. } = *fitted;
    let Some(estimate) = fitted.found else { return Err(format!("{key} stays: there are no orders to tell it from")) };
    if !estimate.is_concluded() {
        return Err(format!("{key} stays: {} more orders are needed", estimate.further));
    }
    if SHARED.contains(&key) && model != FillModel::Coin {
        return Err(format!("{key} stays: `{model}` reads it as something else, and this is the coin's"));
    }
    // What the sample cannot tell from the old value is no reason to change it.
    if (estimate.low..=estimate.high).contains(&old) {
        return Ok(None);
    }
    let value = Value::Float(rounded(estimate.value, estimate.high - estimate.low));
    let why = format!(
        "{}, {} to {} in nine of ten, of {} orders; was {old}",
        of(found),
        rounded(estimate.low, estimate.high - estimate.low),
        rounded(estimate.high, estimate.high - estimate.low),
        estimate.of
    );
    Ok(Some(SettingChange { key, value, why }))
}

fn of(found: &Calibration) -> String {
    format!("calibrated from {}", foreign::line(&found.run, foreign::LINE))
}

/// Returns `value` with as many digits as an interval of this `width` supports.
pub fn rounded(value: f64, width: f64) -> f64 {
    let digits = if width > 0.0 { (1.0 - width.log10()).ceil().clamp(0.0, 6.0) } else { 6.0 };
    let scale = 10_f64.powf(digits);
    (value * scale).round() / scale
}
