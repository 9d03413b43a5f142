//! The slots that the command line names: `--strategy NAME=PATH`, and the parameters of each, `--param NAME.key=value`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use host_core::risk::RiskLimits;
use host_core::{Manifest, names};
use host_store::suggest::did_you_mean;

use crate::terminal::error::{Report, Result};
use crate::terminal::ui::Ui;

/// A strategy as `--strategy` names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrategyArg {
    /// Name of its slot, if one is given; otherwise the slot has the strategy's name.
    pub slot: Option<String>,
    /// A component, or a crate folder.
    pub path: PathBuf,
}

/// A slot, and the strategy that is to run in it.
#[derive(Clone, Copy, Debug)]
pub struct SlotOf<'a> {
    pub name: &'a str,
    pub manifest: &'a Manifest,
}

impl From<OsString> for StrategyArg {
    fn from(text: OsString) -> StrategyArg {
        match text.to_str().and_then(|text| named(text, |path| Path::new(path).exists())) {
            Some((slot, path)) => StrategyArg { slot: Some(slot.to_owned()), path: path.into() },
            None => StrategyArg { slot: None, path: text.into() },
        }
    }
}

/// Splits `NAME=PATH`; `None` if the whole is a path. A path may have a `=` in it: the whole is meant if it is there
/// while the rest is not, or if no slot can have the name. If nothing is there, what has a folder in it is no name.
fn named(text: &str, exists: impl Fn(&str) -> bool) -> Option<(&str, &str)> {
    let (name, path) = text.split_once('=')?;
    let is_name = names::strategy_problem(name).is_none();
    let is_path = match (exists(path), exists(text)) {
        (true, is_there) => is_there && !is_name,
        (false, is_there) => is_there || name.contains(['/', '\\']),
    };
    (!path.is_empty() && !is_path).then_some((name, path))
}

/// Checks that a slot may be called `name`.
///
/// # Errors
/// It may not; the message says why.
pub fn require_name(name: &str) -> Result<()> {
    match names::strategy_problem(name) {
        None => Ok(()),
        Some(problem) => Err(Report::usage(format!("no slot can have this name: {problem}"))
            .hint("give the slot a name, such as `--strategy fed-1=PATH`")),
    }
}

/// Checks that no two slots have one name.
///
/// # Errors
/// Two have; the message says how to name them.
pub fn require_distinct<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<()> {
    let mut seen = std::collections::BTreeSet::new();
    match names.into_iter().find(|name| !seen.insert(*name)) {
        None => Ok(()),
        Some(twice) => Err(Report::usage(format!("two strategies cannot both have the slot `{twice}`"))
            .hint("give each slot a name: `--strategy one=PATH --strategy two=PATH`")),
    }
}

/// Returns, for each of `slots`, the `name=value` of those `--param` arguments that are meant for it: those that name
/// no slot, if its strategy has such a parameter, and behind them those that name it.
///
/// # Errors
/// An argument has no `=`, names a slot that there is not, or a parameter that none of several strategies has.
pub fn parameters_by_slot(slots: &[SlotOf<'_>], given: &[String]) -> Result<Vec<Vec<String>>> {
    let (mut common, mut own) = (vec![Vec::new(); slots.len()], vec![Vec::new(); slots.len()]);
    for argument in given {
        let Some((key, _)) = argument.split_once('=') else {
            return Err(Report::usage(format!("`--param {argument}` has no `=`"))
                .hint("write `--param name=value`, such as `--param threshold=1.3`"));
        };
        let key = key.trim();
        if let Some((place, rest)) = slot_named(slots, argument) {
            own[place].push(rest.to_owned());
            continue;
        }
        let has = |slot: &SlotOf<'_>| slot.manifest.parameters.iter().any(|parameter| parameter.name == key);
        // With one strategy, its own manifest says what is wrong with a name.
        if !slots.iter().any(has) && (slots.len() > 1 || key.contains('.')) {
            return Err(unknown(slots, argument, key));
        }
        for (slot, parameters) in slots.iter().zip(&mut common) {
            if slots.len() == 1 || has(slot) {
                parameters.push(argument.clone());
            }
        }
    }
    Ok(common.into_iter().zip(own).map(|(common, own)| [common, own].concat()).collect())
}

/// Says which of the limits of slots are of none of `slots`: a limit that holds nowhere must not be taken for one.
pub fn tell_limits_of_none(slots: &[SlotOf<'_>], limits: &RiskLimits, ui: Ui) {
    for name in limits.slots.keys().filter(|name| slots.iter().all(|slot| slot.name != *name)) {
        let names = || slots.iter().map(|slot| slot.name);
        let known = format!("the slots are: {}", names().collect::<Vec<_>>().join(", "));
        ui.say(&format!(
            "warning: `[slot.{name}]` is of no slot here: {}",
            did_you_mean(name, names()).unwrap_or(known)
        ));
    }
}

/// Returns the place of the slot that `argument` begins with, and the rest behind the dot. Of two that fit, the longer
/// name is meant.
fn slot_named<'a>(slots: &[SlotOf<'_>], argument: &'a str) -> Option<(usize, &'a str)> {
    let rest = |slot: &SlotOf<'_>| argument.strip_prefix(slot.name)?.strip_prefix('.');
    let fitting = slots.iter().enumerate().filter_map(|(place, slot)| Some((place, rest(slot)?)));
    fitting.min_by_key(|(_, rest)| rest.len())
}

fn unknown(slots: &[SlotOf<'_>], argument: &str, key: &str) -> Report {
    let names = || slots.iter().map(|slot| slot.name);
    if let Some((slot, _)) = key.rsplit_once('.') {
        let known = format!("the slots are: {}", names().collect::<Vec<_>>().join(", "));
        return Report::usage(format!("`--param {argument}`: there is no slot `{slot}`"))
            .hint(did_you_mean(slot, names()).unwrap_or(known));
    }
    let known = || slots.iter().flat_map(|slot| slot.manifest.parameters.iter().map(|one| one.name.as_str()));
    Report::user(format!("`--param {argument}`: none of the strategies has a parameter `{key}`"))
        .hint(did_you_mean(key, known()).unwrap_or("`host inspect` lists a strategy's parameters".to_owned()))
}

#[cfg(test)]
mod tests {
    use host_core::Span;
    use host_core::strategy::{Parameter, ParameterValue};

    use super::*;

    #[test]
    fn a_name_stands_before_the_path_and_paths_may_have_an_equals_sign() {
        let check = |text: &str, there: &[&str], expect: Option<(&str, &str)>| {
            assert_eq!(named(text, |path| there.contains(&path)), expect, "{text} {there:?}");
        };
        check("x.wasm", &[], None);
        check("a=x.wasm", &[], Some(("a", "x.wasm")));
        check("fast-2=dir/x.wasm", &["dir/x.wasm"], Some(("fast-2", "dir/x.wasm")));
        check("a=run=7/x.wasm", &[], Some(("a", "run=7/x.wasm")));
        check("a=x.wasm", &["a=x.wasm"], None);
        check("a=x.wasm", &["a=x.wasm", "x.wasm"], Some(("a", "x.wasm")));
        check("./a=x.wasm", &[], None);
        check(r"C:\runs=7\x.wasm", &[], None);
        check("a=", &[], None);
        // A name that no slot can have is refused later, unless the whole is a path.
        for name in ["a b", "\u{e4}", "a.b", "../a", ""] {
            let text = format!("{name}=x");
            check(&text, &["x"], Some((name, "x")));
            check(&text, &[&text, "x"], None);
            check(&text, &[&text], None);
        }
        check("run 7=x/y.wasm", &[], Some(("run 7", "x/y.wasm")));
        check("=x.wasm", &[], Some(("", "x.wasm")));
    }

    fn manifest(name: &str, parameters: &[&str]) -> Manifest {
        let parameter = |name: &&str| Parameter {
            name: (*name).to_owned(),
            doc: String::new(),
            default: ParameterValue::Number(1.0),
            minimum: None,
            maximum: None,
        };
        Manifest {
            name: name.to_owned(),
            version: "1.0.0".to_owned(),
            summary: String::new(),
            parameters: parameters.iter().map(parameter).collect(),
            warm_up: Span::ZERO,
            feedback: false,
        }
    }

    fn assigned(given: &[&str]) -> Result<Vec<Vec<String>>> {
        let (one, two) = (manifest("one", &["threshold", "points"]), manifest("two", &["threshold"]));
        let slots = [("a", &one), ("a.b", &one), ("two", &two)].map(|(name, manifest)| SlotOf { name, manifest });
        parameters_by_slot(&slots, &given.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    #[test]
    fn parameters_go_to_the_slots_that_are_meant() {
        let check = |given: &[&str], expect: [&[&str]; 3]| assert_eq!(assigned(given).unwrap(), expect, "{given:?}");
        check(&[], [&[], &[], &[]]);
        check(&["threshold=1"], [&["threshold=1"], &["threshold=1"], &["threshold=1"]]);
        check(&["points=1"], [&["points=1"], &["points=1"], &[]]);
        check(&["a.threshold=1"], [&["threshold=1"], &[], &[]]);
        check(&["a.b.threshold=1"], [&[], &["threshold=1"], &[]]);
        // What names a slot wins, whatever stands first.
        check(&["a.points=2", "points=1"], [&["points=1", "points=2"], &["points=1"], &[]]);
        // The slot's own manifest refuses it later.
        check(&["two.points=1"], [&[], &[], &["points=1"]]);
        check(&["two. threshold = 1"], [&[], &[], &[" threshold = 1"]]);
    }

    #[test]
    fn what_is_meant_for_nobody_is_refused_with_a_guess() {
        let check = |given: &str, expect: &str| {
            let said = assigned(&[given]).unwrap_err().render(false).to_string();
            assert!(said.contains(expect), "{given}: {said}");
        };
        check("tow.threshold=1", "did you mean `two`?");
        check("mean.threshold=1", "the slots are: a, a.b, two");
        check("treshold=1", "did you mean `threshold`?");
        check("x=1", "host inspect");
        check("threshold", "has no `=`");
    }

    #[test]
    fn two_slots_of_one_name_are_refused() {
        assert!(require_distinct(["a", "b"]).is_ok());
        let said = require_distinct(["a", "b", "a"]).unwrap_err().render(false).to_string();
        assert!(said.contains("`a`") && said.contains("--strategy one=PATH"), "{said}");
    }
}
