//! A strategy's parameters, from the configuration and from `--param name=value`, checked against its manifest. An
//! invalid one is refused with its origin; nothing is passed on unchecked.

use host_core::Manifest;
use host_core::strategy::ParameterValue;
use host_sandbox::{ParameterError, resolve_parameters};
use host_store::suggest::did_you_mean;

use crate::config::{Loaded, Origin};
use crate::terminal::error::{Kind, Report, Result};

/// Returns the parameters set for the strategy of `manifest` in the slot of its own name, as [`of_slot`] does.
///
/// # Errors
/// Those of [`of_slot`].
pub fn of_strategy(manifest: &Manifest, loaded: &Loaded, given: &[String]) -> Result<Vec<(String, ParameterValue)>> {
    of_slot(&manifest.name, manifest, loaded, given)
}

/// Returns the parameters set for the strategy of `manifest` in `slot`: those of `[strategy.NAME]`, overridden by those
/// of `[strategy.SLOT]`, and those by the command line's (`given`, each `name=value`). Parameters that are not set are
/// left out and keep their defaults.
///
/// # Errors
/// An argument has no `=`, the manifest has no parameter of the name, or a value has the wrong type or is out of range.
pub fn of_slot(
    slot: &str,
    manifest: &Manifest,
    loaded: &Loaded,
    given: &[String],
) -> Result<Vec<(String, ParameterValue)>> {
    let mut set: Vec<(String, ParameterValue)> = Vec::new();
    let tables = [Some(manifest.name.as_str()), Some(slot).filter(|slot| *slot != manifest.name)];
    for table in tables.into_iter().flatten() {
        let prefix = format!("strategy.{table}.");
        for entry in loaded.parameters.get(table).into_iter().flatten() {
            let name = entry.key.strip_prefix(&prefix).unwrap_or(&entry.key);
            put(&mut set, manifest, name, value_of(&entry.value), &entry.origin)?;
        }
    }
    put_given(&mut set, manifest, given)?;
    Ok(set)
}

/// Returns the parameters that the command line sets for the strategy of `manifest`, each of the type that it has.
///
/// # Errors
/// Those of [`of_slot`].
pub fn named(manifest: &Manifest, given: &[String]) -> Result<Vec<(String, ParameterValue)>> {
    let mut set = Vec::new();
    put_given(&mut set, manifest, given)?;
    let resolved = resolve_parameters(manifest, &set).map_err(|error| refusal(&error, &Origin::CommandLine))?;
    Ok(resolved.into_iter().filter(|(name, _)| set.iter().any(|(given, _)| given == name)).collect())
}

fn put_given(set: &mut Vec<(String, ParameterValue)>, manifest: &Manifest, given: &[String]) -> Result<()> {
    for argument in given {
        let Some((name, value)) = argument.split_once('=') else {
            return Err(Report::usage(format!("`--param {argument}` has no `=`"))
                .hint("write `--param name=value`, such as `--param threshold=1.3`"));
        };
        put(set, manifest, name.trim(), ParameterValue::Text(value.trim().to_owned()), &Origin::CommandLine)?;
    }
    Ok(())
}

/// Sets `name`, overriding a lower layer, if the manifest allows the value.
fn put(
    set: &mut Vec<(String, ParameterValue)>,
    manifest: &Manifest,
    name: &str,
    value: ParameterValue,
    origin: &Origin,
) -> Result<()> {
    resolve_parameters(manifest, &[(name.to_owned(), value.clone())]).map_err(|error| refusal(&error, origin))?;
    set.retain(|(other, _)| other != name);
    set.push((name.to_owned(), value));
    Ok(())
}

fn refusal(error: &ParameterError, origin: &Origin) -> Report {
    let kind = if *origin == Origin::CommandLine { Kind::User } else { Kind::Config };
    Report::new(kind, format!("{origin}: {error}")).maybe_hint(hint(error))
}

/// Returns advice for a refused parameter.
pub fn hint(error: &ParameterError) -> Option<String> {
    match error {
        ParameterError::Unknown { name, known, .. } => did_you_mean(name, known.iter().map(String::as_str)),
        _ => Some("`host inspect` lists the parameters with their ranges".to_owned()),
    }
}

fn value_of(value: &toml::Value) -> ParameterValue {
    match value {
        toml::Value::Boolean(flag) => ParameterValue::Flag(*flag),
        toml::Value::Integer(whole) => ParameterValue::Integer(*whole),
        toml::Value::Float(number) => ParameterValue::Number(*number),
        toml::Value::String(text) => ParameterValue::Text(text.clone()),
        // No parameter is a list or a date. As text it is refused with a message that names the right type.
        other => ParameterValue::Text(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use host_core::Span;
    use host_core::strategy::Parameter;

    use super::*;

    fn manifest() -> Manifest {
        let parameter = |name: &str, default: ParameterValue, minimum: Option<f64>| Parameter {
            name: name.to_owned(),
            doc: String::new(),
            default,
            minimum,
            maximum: None,
        };
        Manifest {
            name: "demo".to_owned(),
            version: "1.0.0".to_owned(),
            summary: String::new(),
            parameters: vec![
                parameter("threshold", ParameterValue::Number(1.5), Some(0.0)),
                parameter("points", ParameterValue::Integer(100), Some(1.0)),
            ],
            warm_up: Span::ZERO,
            feedback: false,
        }
    }

    fn resolve(file: &[&str], given: &[&str]) -> Result<Vec<(String, ParameterValue)>> {
        let text = format!("[strategy.demo]\n{}\n", file.join("\n"));
        let loaded = crate::config::load_text(&text, &[]).unwrap();
        of_strategy(&manifest(), &loaded, &given.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn the_command_line_wins_over_the_configuration() {
        let set = resolve(&["threshold=1.3", "points=7"], &["threshold=1.4"]).unwrap();
        let expect = [
            ("points".to_owned(), ParameterValue::Integer(7)),
            ("threshold".to_owned(), ParameterValue::Text("1.4".to_owned())),
        ];
        assert_eq!(set, expect);
        assert_eq!(resolve(&[], &[]).unwrap(), []);
    }

    #[test]
    fn a_slots_own_table_wins_over_that_of_its_strategy() {
        let text = "[strategy.a]\nthreshold = 1.3\n[strategy.demo]\nthreshold = 1.2\npoints = 7\n";
        let loaded = crate::config::load_text(text, &[]).unwrap();
        let of = |slot: &str| of_slot(slot, &manifest(), &loaded, &[]).unwrap();
        let (points, threshold) = (ParameterValue::Integer(7), |value: f64| ParameterValue::Number(value));
        let named = |value: f64| [("points".to_owned(), points.clone()), ("threshold".to_owned(), threshold(value))];
        assert_eq!(of("a"), named(1.3));
        let [points, threshold] = named(1.2);
        assert_eq!(of("demo"), [threshold.clone(), points.clone()]);
        assert_eq!(of("b"), [threshold, points]);
    }

    #[test]
    fn parameters_that_the_manifest_does_not_allow_are_refused() {
        let check = |file: &[&str], given: &[&str], kind: Kind, expect: &str| {
            let report = resolve(file, given).unwrap_err();
            let text = report.render(false).to_string();
            assert!(report.kind() == kind && text.contains(expect), "{:?}: {text}", report.kind());
        };
        check(&[], &["treshold=1"], Kind::User, "did you mean `threshold`?");
        check(&[], &["threshold=-1"], Kind::User, "not within 0..");
        check(&[], &["points=many"], Kind::User, "must be a whole number");
        check(&[], &["threshold"], Kind::Usage, "write `--param name=value`");
        check(&["thershold=1"], &[], Kind::Config, "did you mean `threshold`?");
        check(&["points=[1]"], &[], Kind::Config, "must be a whole number");
    }
}
