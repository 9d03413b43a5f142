//! Checks the parameters that a user sets against a strategy's manifest, before the strategy sees any of them.

use host_core::strategy::{Parameter, ParameterValue};
use host_core::{Manifest, names};

/// A parameter that was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ParameterError {
    #[error("{strategy} has no parameter `{name}`; it has {}", list(known))]
    Unknown { strategy: String, name: String, known: Vec<String> },
    #[error("parameter `{name}` is set twice")]
    Twice { name: String },
    #[error("parameter `{name}` must be {expected}, not `{given}`")]
    WrongType { name: String, expected: &'static str, given: String },
    #[error("parameter `{name}` = {given} is not within {}", range(*.minimum, *.maximum))]
    OutOfRange { name: String, given: f64, minimum: Option<f64>, maximum: Option<f64> },
}

/// Returns every parameter of `manifest`, in its order, with the value in `given` or else its default. Text is parsed
/// as the declared type.
///
/// # Errors
/// A [`ParameterError`] for the first parameter that is unknown, set twice, of the wrong type or out of range.
pub fn resolve_parameters(
    manifest: &Manifest,
    given: &[(String, ParameterValue)],
) -> Result<Vec<(String, ParameterValue)>, ParameterError> {
    for (index, (name, _)) in given.iter().enumerate() {
        if given[..index].iter().any(|(earlier, _)| earlier == name) {
            return Err(ParameterError::Twice { name: name.clone() });
        }
        if !manifest.parameters.iter().any(|parameter| parameter.name == *name) {
            return Err(ParameterError::Unknown {
                strategy: manifest.name.clone(),
                name: name.clone(),
                known: manifest.parameters.iter().map(|parameter| parameter.name.clone()).collect(),
            });
        }
    }
    manifest
        .parameters
        .iter()
        .map(|parameter| {
            let value = given.iter().find(|(name, _)| *name == parameter.name).map(|(_, value)| value);
            let value = convert(parameter, value.unwrap_or(&parameter.default))?;
            Ok((parameter.name.clone(), value))
        })
        .collect()
}

/// Converts `value` to the type of the parameter's default and checks its range.
fn convert(parameter: &Parameter, value: &ParameterValue) -> Result<ParameterValue, ParameterError> {
    let converted = match (&parameter.default, value) {
        (ParameterValue::Flag(_), ParameterValue::Flag(_))
        | (ParameterValue::Integer(_), ParameterValue::Integer(_))
        | (ParameterValue::Number(_), ParameterValue::Number(_))
        | (ParameterValue::Text(_), ParameterValue::Text(_)) => Some(value.clone()),
        (ParameterValue::Flag(_), ParameterValue::Text(text)) => text.trim().parse().ok().map(ParameterValue::Flag),
        (ParameterValue::Integer(_), ParameterValue::Text(text)) => {
            text.trim().parse().ok().map(ParameterValue::Integer)
        }
        (ParameterValue::Number(_), ParameterValue::Text(text)) => text.trim().parse().ok().map(ParameterValue::Number),
        (ParameterValue::Number(_), ParameterValue::Integer(whole)) => Some(ParameterValue::Number(*whole as f64)),
        // A config file may write 3.0 for a whole number. Beyond 2^53 (about 9e15) the float may not be the number that
        // was written.
        (ParameterValue::Integer(_), ParameterValue::Number(number))
            if number.fract() == 0.0 && number.abs() < 9e15 =>
        {
            Some(ParameterValue::Integer(*number as i64))
        }
        (ParameterValue::Text(_), ParameterValue::Flag(flag)) => Some(ParameterValue::Text(flag.to_string())),
        (ParameterValue::Text(_), ParameterValue::Integer(whole)) => Some(ParameterValue::Text(whole.to_string())),
        (ParameterValue::Text(_), ParameterValue::Number(number)) => Some(ParameterValue::Text(number.to_string())),
        _ => None,
    };
    let wrong_type = || ParameterError::WrongType {
        name: parameter.name.clone(),
        expected: expected(&parameter.default),
        given: show(value),
    };
    let converted = converted.ok_or_else(wrong_type)?;
    check_range(parameter, &converted, wrong_type)?;
    Ok(converted)
}

fn check_range(
    parameter: &Parameter,
    value: &ParameterValue,
    wrong_type: impl Fn() -> ParameterError,
) -> Result<(), ParameterError> {
    let given = match value {
        ParameterValue::Number(number) if !number.is_finite() => return Err(wrong_type()),
        ParameterValue::Number(number) => *number,
        ParameterValue::Integer(whole) => *whole as f64,
        ParameterValue::Flag(_) | ParameterValue::Text(_) => return Ok(()),
    };
    let Parameter { minimum, maximum, .. } = *parameter;
    if minimum.is_some_and(|least| given < least) || maximum.is_some_and(|most| given > most) {
        return Err(ParameterError::OutOfRange { name: parameter.name.clone(), given, minimum, maximum });
    }
    Ok(())
}

/// Returns the first problem of a manifest, or `None`.
pub(crate) fn manifest_fault(manifest: &Manifest) -> Option<String> {
    if let Some(problem) = names::strategy_problem(&manifest.name) {
        return Some(problem);
    }
    if manifest.warm_up.0 < 0 {
        return Some(format!("its warm-up of {} ns is negative", manifest.warm_up.0));
    }
    for (index, parameter) in manifest.parameters.iter().enumerate() {
        let name = &parameter.name;
        if let Some(problem) = names::parameter_problem(name) {
            return Some(format!("parameter {index}: {problem}"));
        }
        if manifest.parameters[..index].iter().any(|earlier| earlier.name == *name) {
            return Some(format!("it declares parameter `{name}` twice"));
        }
        if let Err(error) = convert(parameter, &parameter.default) {
            return Some(format!("the default of {error}"));
        }
    }
    None
}

fn expected(default: &ParameterValue) -> &'static str {
    match default {
        ParameterValue::Flag(_) => "true or false",
        ParameterValue::Integer(_) => "a whole number",
        ParameterValue::Number(_) => "a finite number",
        ParameterValue::Text(_) => "text",
    }
}

fn show(value: &ParameterValue) -> String {
    match value {
        ParameterValue::Flag(flag) => flag.to_string(),
        ParameterValue::Integer(whole) => whole.to_string(),
        ParameterValue::Number(number) => number.to_string(),
        ParameterValue::Text(text) => text.clone(),
    }
}

fn list(known: &[String]) -> String {
    if known.is_empty() { "none".to_owned() } else { known.join(", ") }
}

fn range(minimum: Option<f64>, maximum: Option<f64>) -> String {
    let end = |bound: Option<f64>| bound.map_or(String::new(), |bound| bound.to_string());
    format!("{}..{}", end(minimum), end(maximum))
}

#[cfg(test)]
mod tests {
    use super::*;
    use host_core::Span;

    fn manifest() -> Manifest {
        let parameter = |name: &str, default, minimum, maximum| Parameter {
            name: name.into(),
            doc: String::new(),
            default,
            minimum,
            maximum,
        };
        Manifest {
            name: "demo".into(),
            version: "1.0.0".into(),
            summary: String::new(),
            parameters: vec![
                parameter("span", ParameterValue::Number(48.0), Some(1.0), Some(96.0)),
                parameter("points", ParameterValue::Integer(100), Some(1.0), None),
                parameter("short", ParameterValue::Flag(true), None, None),
                parameter("label", ParameterValue::Text("x".into()), None, None),
            ],
            warm_up: Span::ZERO,
            feedback: false,
        }
    }

    #[test]
    fn values_take_the_declared_type_or_are_refused() {
        let check = |name: &str, value: ParameterValue, expect: Result<ParameterValue, &str>| {
            let resolved = resolve_parameters(&manifest(), &[(name.to_owned(), value)]);
            let found = resolved.map(|all| all.into_iter().find(|(other, _)| other == name).unwrap().1);
            assert_eq!(found.map_err(|error| error.to_string()), expect.map_err(str::to_owned));
        };
        let text = |text: &str| ParameterValue::Text(text.to_owned());
        check("span", text("12.5"), Ok(ParameterValue::Number(12.5)));
        check("span", ParameterValue::Integer(12), Ok(ParameterValue::Number(12.0)));
        check("span", text("97"), Err("parameter `span` = 97 is not within 1..96"));
        check("span", text("NaN"), Err("parameter `span` must be a finite number, not `NaN`"));
        check("points", ParameterValue::Number(3.0), Ok(ParameterValue::Integer(3)));
        check("points", text("3.5"), Err("parameter `points` must be a whole number, not `3.5`"));
        check("points", text("0"), Err("parameter `points` = 0 is not within 1.."));
        check("short", text("false"), Ok(ParameterValue::Flag(false)));
        check("short", text("no"), Err("parameter `short` must be true or false, not `no`"));
        check("label", ParameterValue::Integer(7), Ok(text("7")));
        check("spam", text("1"), Err("demo has no parameter `spam`; it has span, points, short, label"));
    }

    #[test]
    fn unset_parameters_keep_their_defaults_in_the_manifests_order() {
        let resolved = resolve_parameters(&manifest(), &[("points".into(), ParameterValue::Integer(7))]).unwrap();
        let names: Vec<_> = resolved.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["span", "points", "short", "label"]);
        assert_eq!((&resolved[0].1, &resolved[1].1), (&ParameterValue::Number(48.0), &ParameterValue::Integer(7)));
        let twice = [("span".into(), ParameterValue::Integer(2)), ("span".into(), ParameterValue::Integer(3))];
        assert_eq!(resolve_parameters(&manifest(), &twice), Err(ParameterError::Twice { name: "span".into() }));
    }

    #[test]
    fn a_manifest_that_contradicts_itself_is_refused() {
        let check = |change: fn(&mut Manifest), expect: &str| {
            let mut changed = manifest();
            change(&mut changed);
            assert_eq!(manifest_fault(&changed).unwrap_or_default(), expect);
        };
        check(|_| {}, "");
        check(|manifest| manifest.name.clear(), "the name is empty");
        check(|manifest| manifest.warm_up = Span(-1), "its warm-up of -1 ns is negative");
        check(|manifest| manifest.parameters[1].name = "span".into(), "it declares parameter `span` twice");
        check(
            |manifest| manifest.parameters[0].default = ParameterValue::Number(0.0),
            "the default of parameter `span` = 0 is not within 1..96",
        );
    }
}
