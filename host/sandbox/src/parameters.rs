//! A strategy's parameters: what was asked for, checked against what its manifest declares, before it sees any of it.

use host_core::Manifest;
use host_core::strategy::{Parameter, Value};

/// Why a parameter was refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[expect(missing_docs, reason = "the messages say it")]
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

/// Every parameter of `manifest`, in its order, at its default unless `given` sets it. Text is read as the declared type.
///
/// # Errors
/// A [`ParameterError`] for the first that does not fit.
pub fn resolve_parameters(
    manifest: &Manifest,
    given: &[(String, Value)],
) -> Result<Vec<(String, Value)>, ParameterError> {
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

/// `value` as the type of the parameter's default, within its range.
fn convert(parameter: &Parameter, value: &Value) -> Result<Value, ParameterError> {
    let converted = match (&parameter.default, value) {
        (Value::Flag(_), Value::Flag(_))
        | (Value::Integer(_), Value::Integer(_))
        | (Value::Number(_), Value::Number(_))
        | (Value::Text(_), Value::Text(_)) => Some(value.clone()),
        (Value::Flag(_), Value::Text(text)) => text.trim().parse().ok().map(Value::Flag),
        (Value::Integer(_), Value::Text(text)) => text.trim().parse().ok().map(Value::Integer),
        (Value::Number(_), Value::Text(text)) => text.trim().parse().ok().map(Value::Number),
        (Value::Number(_), Value::Integer(whole)) => Some(Value::Number(*whole as f64)),
        // A number in a config file may be written 3.0; beyond 2^53 it would not be the number that was meant.
        (Value::Integer(_), Value::Number(number)) if number.fract() == 0.0 && number.abs() < 9e15 => {
            Some(Value::Integer(*number as i64))
        }
        (Value::Text(_), Value::Flag(flag)) => Some(Value::Text(flag.to_string())),
        (Value::Text(_), Value::Integer(whole)) => Some(Value::Text(whole.to_string())),
        (Value::Text(_), Value::Number(number)) => Some(Value::Text(number.to_string())),
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
    value: &Value,
    wrong_type: impl Fn() -> ParameterError,
) -> Result<(), ParameterError> {
    let given = match value {
        Value::Number(number) if !number.is_finite() => return Err(wrong_type()),
        Value::Number(number) => *number,
        Value::Integer(whole) => *whole as f64,
        Value::Flag(_) | Value::Text(_) => return Ok(()),
    };
    let Parameter { minimum, maximum, .. } = *parameter;
    if minimum.is_some_and(|least| given < least) || maximum.is_some_and(|most| given > most) {
        return Err(ParameterError::OutOfRange { name: parameter.name.clone(), given, minimum, maximum });
    }
    Ok(())
}

/// What is wrong with a manifest, or `None`.
pub(crate) fn manifest_fault(manifest: &Manifest) -> Option<String> {
    if manifest.name.trim().is_empty() {
        return Some("its name is empty".to_owned());
    }
    if manifest.warm_up.0 < 0 {
        return Some(format!("its warm-up of {} ns is negative", manifest.warm_up.0));
    }
    for (index, parameter) in manifest.parameters.iter().enumerate() {
        let name = &parameter.name;
        if name.trim().is_empty() {
            return Some(format!("parameter {index} has no name"));
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

fn expected(default: &Value) -> &'static str {
    match default {
        Value::Flag(_) => "true or false",
        Value::Integer(_) => "a whole number",
        Value::Number(_) => "a finite number",
        Value::Text(_) => "text",
    }
}

fn show(value: &Value) -> String {
    match value {
        Value::Flag(flag) => flag.to_string(),
        Value::Integer(whole) => whole.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.clone(),
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
                parameter("span", Value::Number(48.0), Some(1.0), Some(96.0)),
                parameter("points", Value::Integer(100), Some(1.0), None),
                parameter("short", Value::Flag(true), None, None),
                parameter("label", Value::Text("x".into()), None, None),
            ],
            warm_up: Span::ZERO,
            feedback: false,
        }
    }

    #[test]
    fn values_take_the_declared_type_or_are_refused() {
        let check = |name: &str, value: Value, expect: Result<Value, &str>| {
            let resolved = resolve_parameters(&manifest(), &[(name.to_owned(), value)]);
            let found = resolved.map(|all| all.into_iter().find(|(other, _)| other == name).unwrap().1);
            assert_eq!(found.map_err(|error| error.to_string()), expect.map_err(str::to_owned));
        };
        let text = |text: &str| Value::Text(text.to_owned());
        check("span", text("12.5"), Ok(Value::Number(12.5)));
        check("span", Value::Integer(12), Ok(Value::Number(12.0)));
        check("span", text("97"), Err("parameter `span` = 97 is not within 1..96"));
        check("span", text("NaN"), Err("parameter `span` must be a finite number, not `NaN`"));
        check("points", Value::Number(3.0), Ok(Value::Integer(3)));
        check("points", text("3.5"), Err("parameter `points` must be a whole number, not `3.5`"));
        check("points", text("0"), Err("parameter `points` = 0 is not within 1.."));
        check("short", text("false"), Ok(Value::Flag(false)));
        check("short", text("no"), Err("parameter `short` must be true or false, not `no`"));
        check("label", Value::Integer(7), Ok(text("7")));
        check("spam", text("1"), Err("demo has no parameter `spam`; it has span, points, short, label"));
    }

    #[test]
    fn unset_parameters_keep_their_defaults_in_the_manifests_order() {
        let resolved = resolve_parameters(&manifest(), &[("points".into(), Value::Integer(7))]).unwrap();
        let names: Vec<_> = resolved.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["span", "points", "short", "label"]);
        assert_eq!((&resolved[0].1, &resolved[1].1), (&Value::Number(48.0), &Value::Integer(7)));
        let twice = [("span".into(), Value::Integer(2)), ("span".into(), Value::Integer(3))];
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
        check(|manifest| manifest.name.clear(), "its name is empty");
        check(|manifest| manifest.warm_up = Span(-1), "its warm-up of -1 ns is negative");
        check(|manifest| manifest.parameters[1].name = "span".into(), "it declares parameter `span` twice");
        check(
            |manifest| manifest.parameters[0].default = Value::Number(0.0),
            "the default of parameter `span` = 0 is not within 1..96",
        );
    }
}
