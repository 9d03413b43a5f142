//! The lines above the figures of a table: what they are of.

use host_core::foreign;

use crate::about::{Origin, RunKind};
use crate::format::{dollars, grouped, percent};
use crate::report::{ComponentLine, Report};

/// Widest line of a table.
const WIDTH: usize = 80;
/// Width of the names in front.
const NAMES: usize = 10;

/// Returns the lines above a report's figures; nothing if it does not say what it is about.
pub(crate) fn header(report: &Report) -> String {
    let Some(about) = &report.about else { return String::new() };
    let kind = match about.kind {
        RunKind::Backtest => "Back test",
        RunKind::Paper => "Paper trading",
        RunKind::Live => "Live trading",
    };
    let origin = match about.origin {
        Origin::Recorded => "recorded markets",
        Origin::Imported => "imported markets",
        Origin::Synthetic => "SYNTHETIC markets",
    };
    let stage = percent(about.capital_stage).replace(".0%", "%");
    let mut text = match about.kind {
        RunKind::Live => format!("{kind}\n"),
        RunKind::Backtest | RunKind::Paper => format!("{kind} on {origin}\n"),
    };
    text += &line("Data", &about.data);
    text += &line("Period", &period(report));
    let (capital, target) = (dollars(report.start_equity), dollars(about.capital_target));
    text += &line("Capital", &format!("{capital} at the stage of {stage} of {target}"));
    for component in &report.components {
        text += &line("Strategy", &strategy(component));
    }
    if let Some(proof) = &report.proof {
        text += &line("Proof", &proof.in_words());
    }
    text += &line("Fills", &format!("{}; fees: {}", about.fill_model, about.fees));
    text + "\n"
}

fn period(report: &Report) -> String {
    let Report { start: Some(start), end: Some(end), days, .. } = report else {
        return "none: stopped before it began".to_owned();
    };
    let to_the_minute = |time: &str| time.get(..16).unwrap_or(time).replace('T', " ");
    let days = if *days == 1 { "1 day".to_owned() } else { format!("{} days", grouped(*days)) };
    format!("{} to {} UTC, {days}", to_the_minute(start), to_the_minute(end))
}

fn strategy(component: &ComponentLine) -> String {
    let ComponentLine { name, version, parameters, .. } = component;
    let changed = parameters.iter().map(|(name, value)| format!("{name}={value}"));
    let changed = changed.collect::<Vec<_>>().join(" ");
    if changed.is_empty() { format!("{name} {version}") } else { format!("{name} {version}, {changed}") }
}

/// Returns a name and a value, which goes on below itself where it is too long for one line.
fn line(name: &str, value: &str) -> String {
    let (mut text, mut column) = (format!("{name:NAMES$}"), NAMES);
    for word in foreign::line(value, foreign::LINE).split(' ') {
        let length = word.chars().count();
        if column > NAMES && column + 1 + length > WIDTH {
            text += &format!("\n{:NAMES$}", "");
            column = NAMES;
        }
        if column > NAMES {
            text.push(' ');
            column += 1;
        }
        text += word;
        column += length;
    }
    text + "\n"
}
