//! The settings in which two runs differ.

use std::collections::BTreeMap;

use host_core::strategy::ParameterValue;
use host_report::About;
use host_session::config_keys;
use host_store::journal::StrategyInfo;

use crate::run::RunSource;

/// The sections of a configuration that decide what a run does.
const SECTIONS: [&str; 5] = ["capital", "risk", "execution", "exchange", "feed"];

/// Returns the settings in which two runs differ, as text: from their journals, or else from their results.
pub(super) fn differing(one: &RunSource, other: &RunSource) -> Vec<String> {
    let mut found = Vec::new();
    match one.info().zip(other.info()) {
        Some((first, second)) => {
            if first.engine_version != second.engine_version {
                found.push(format!("hosts: {} and {}", first.engine_version, second.engine_version));
            }
            found.extend(strategies(&first.strategies, &second.strategies));
            found.extend(configurations(&first.config, &second.config));
        }
        None => {
            let about = |source: &RunSource| source.report.as_ref().and_then(|report| report.about.clone());
            found.extend(about(one).zip(about(other)).into_iter().flat_map(|(one, other)| abouts(one, other)));
        }
    }
    found
}

fn abouts(one: About, other: About) -> Vec<String> {
    let pairs = [
        ("fill models", one.fill_model, other.fill_model),
        ("fees", one.fees, other.fees),
        ("capital", one.capital_target.0.shown(), other.capital_target.0.shown()),
        ("stage", one.capital_stage.to_string(), other.capital_stage.to_string()),
    ];
    let differing = pairs.into_iter().filter(|(_, one, other)| one != other);
    differing.map(|(what, one, other)| format!("{what}: {one} and {other}")).collect()
}

fn configurations(one: &str, other: &str) -> Vec<String> {
    let (ours, theirs) = (keys(one), keys(other));
    let differing = ours.iter().filter_map(|(key, value)| {
        let there = theirs.get(key).filter(|there| *there != value)?;
        Some(format!("{key}: {value} and {there}"))
    });
    differing.collect()
}

/// Returns the keys of a configuration that decide what a run does.
fn keys(config: &str) -> BTreeMap<String, String> {
    let mut keys = config_keys::read(config);
    keys.retain(|key, _| key.split_once('.').is_some_and(|(section, _)| SECTIONS.contains(&section)));
    keys
}

fn strategies(first: &[StrategyInfo], second: &[StrategyInfo]) -> Vec<String> {
    let mut found = Vec::new();
    for (one, other) in first.iter().zip(second) {
        if (&one.name, &one.version, &one.sha256) != (&other.name, &other.version, &other.sha256) {
            let shown =
                |info: &StrategyInfo| format!("{} {} {}", info.name, info.version, info.sha256.get(..8).unwrap_or(""));
            found.push(format!("strategies: {} and {}", shown(one), shown(other)));
        }
        for (name, value) in &one.parameters {
            if let Some(theirs) = other.parameters.get(name).filter(|theirs| *theirs != value) {
                let text = |value: &ParameterValue| serde_json::to_string(value).unwrap_or_default();
                found.push(format!("{}.{name}: {} and {}", one.name, text(value), text(theirs)));
            }
        }
    }
    if first.len() != second.len() {
        found.push(format!("strategies: {} and {} slots", first.len(), second.len()));
    }
    found
}
