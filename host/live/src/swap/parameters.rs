//! The parameters that a new version of a strategy starts with: those in force, as far as they still mean the same.

use host_core::Manifest;
use host_core::strategy::{Parameter, ParameterValue};

/// Returns the parameters that `new` starts with: those that the operator `named`, and of all others that it shares
/// with `old` the values `in_force`. Those that `old` does not have keep their defaults.
///
/// # Errors
/// The parameters whose meaning has changed and that the operator did not name, each in words.
pub fn carried_over(
    old: &Manifest,
    in_force: &[(String, ParameterValue)],
    new: &Manifest,
    named: &[(String, ParameterValue)],
) -> Result<Vec<(String, ParameterValue)>, Vec<String>> {
    let is_named = |name: &str| named.iter().any(|(other, _)| other == name);
    let changed = changed_meaning(old, new, is_named);
    if !changed.is_empty() {
        return Err(changed);
    }
    let is_shared = |name: &str| find(new, name).is_some() && find(old, name).is_some();
    let kept = in_force.iter().filter(|(name, _)| is_shared(name) && !is_named(name));
    Ok(kept.chain(named).cloned().collect())
}

/// Returns the parameters of `new` that mean something else than in `old` and that the operator has not named, each in
/// words: another type, other bounds, or another description, which tells the unit.
pub fn changed_meaning(old: &Manifest, new: &Manifest, is_named: impl Fn(&str) -> bool) -> Vec<String> {
    let shared = new.parameters.iter().filter_map(|now| Some((find(old, &now.name)?, now)));
    let changed = shared.filter(|(then, now)| meaning(then) != meaning(now) && !is_named(&now.name));
    changed
        .map(|(then, now)| {
            let name = &now.name;
            format!(
                "`{name}` was {}, and is now {}: name its value with `--param {name}=...`",
                meaning(then),
                meaning(now)
            )
        })
        .collect()
}

/// Returns true if all parameters that both have agree.
pub fn agree<'a>(
    one: impl IntoIterator<Item = (&'a String, &'a ParameterValue)>,
    other: &[(String, ParameterValue)],
) -> bool {
    one.into_iter().all(|(name, value)| other.iter().all(|(known, is)| known != name || is == value))
}

fn find<'a>(manifest: &'a Manifest, name: &str) -> Option<&'a Parameter> {
    manifest.parameters.iter().find(|parameter| parameter.name == name)
}

fn meaning(parameter: &Parameter) -> String {
    let kind = match parameter.default {
        ParameterValue::Flag(_) => "true or false",
        ParameterValue::Integer(_) => "a whole number",
        ParameterValue::Number(_) => "a number",
        ParameterValue::Text(_) => "text",
    };
    let bound = |bound: Option<f64>| bound.map_or_else(String::new, |bound| bound.to_string());
    let range = match (parameter.minimum, parameter.maximum) {
        (None, None) => String::new(),
        (low, high) => format!(" within {}..{}", bound(low), bound(high)),
    };
    let doc = if parameter.doc.is_empty() { String::new() } else { format!(" (\"{}\")", parameter.doc) };
    format!("{kind}{range}{doc}")
}

#[cfg(test)]
mod tests {
    use host_core::Span;

    use super::*;

    fn manifest(parameters: &[(&str, ParameterValue, Option<f64>, &str)]) -> Manifest {
        let parameter = |(name, default, maximum, doc): &(&str, ParameterValue, Option<f64>, &str)| Parameter {
            name: (*name).to_owned(),
            doc: (*doc).to_owned(),
            default: default.clone(),
            minimum: Some(0.0),
            maximum: *maximum,
        };
        Manifest {
            name: "demo".to_owned(),
            version: "1.0.0".to_owned(),
            summary: String::new(),
            parameters: parameters.iter().map(parameter).collect(),
            warm_up: Span::ZERO,
            feedback: false,
        }
    }

    const SPAN: ParameterValue = ParameterValue::Number(48.0);

    #[test]
    fn values_in_force_go_over_unless_they_are_named() {
        let old = manifest(&[("span", SPAN, None, "in hours"), ("gone", SPAN, None, "")]);
        let new = manifest(&[("span", ParameterValue::Number(24.0), None, "in hours"), ("more", SPAN, None, "")]);
        let in_force = [("span".to_owned(), ParameterValue::Number(36.0)), ("gone".to_owned(), SPAN)];
        let check = |named: &[(String, ParameterValue)], expect: &[(String, ParameterValue)]| {
            assert_eq!(carried_over(&old, &in_force, &new, named).as_deref(), Ok(expect), "{named:?}");
        };
        check(&[], &in_force[..1]);
        let named = [("span".to_owned(), ParameterValue::Text("12".to_owned()))];
        check(&named, &named);
        let more = [("more".to_owned(), SPAN)];
        check(&more, &[in_force[0].clone(), more[0].clone()]);
    }

    #[test]
    fn a_parameter_that_means_something_else_has_to_be_named() {
        let old = manifest(&[("span", SPAN, None, "in hours")]);
        let others = [
            manifest(&[("span", SPAN, None, "in minutes")]),
            manifest(&[("span", SPAN, Some(100.0), "in hours")]),
            manifest(&[("span", ParameterValue::Integer(48), None, "in hours")]),
        ];
        let in_force = [("span".to_owned(), SPAN)];
        for new in &others {
            let refused = carried_over(&old, &in_force, new, &[]).unwrap_err();
            assert!(refused.len() == 1 && refused[0].contains("--param span="), "{refused:?}");
            assert!(carried_over(&old, &in_force, new, &in_force).is_ok());
        }
        let said = carried_over(&old, &in_force, &others[1], &[]).unwrap_err().concat();
        let expect = "`span` was a number within 0.. (\"in hours\"), and is now a number within 0..100 (\"in hours\"): \
                      name its value with `--param span=...`";
        assert_eq!(said, expect);
    }
}
