//! A calibration as text.

use std::fmt::Write as _;

use host_core::foreign;
use host_evaluate::calibrate::{Calibration, Estimate};

use super::change::{rounded, too_few_for_queue};
use crate::terminal::output::Rows;

/// Returns the tables of `found`.
pub fn text(found: &Calibration) -> String {
    let mut text = String::new();
    let counts = &found.orders;
    let _ = writeln!(text, "{}: {} orders rested and ended", foreign::line(&found.run, foreign::LINE), counts.counted);
    let left_out = [
        (counts.not_placed, "never came to the venue's book"),
        (counts.cut_short, "were cancelled by the host before anything filled"),
        (counts.immediate, "took what was displayed, or nothing"),
        (counts.working, "work still"),
    ];
    for (count, what) in left_out.into_iter().filter(|(count, _)| *count > 0) {
        let _ = writeln!(text, "  left out: {count} that {what}");
    }
    let _ = writeln!(text, "\n{}\n{}", coin(found).table(), queue(found).table());
    let _ = match &found.queue_cancels {
        Some(cancels) => writeln!(text, "queue: `{cancels}` comes nearest; set is `{}`", found.old_queue_cancels),
        None => writeln!(text, "queue: nothing is concluded, {}", too_few_for_queue(found)),
    };
    for note in &found.notes {
        let _ = writeln!(text, "note: {}", foreign::line(note, foreign::LINE));
    }
    text
}

fn coin(found: &Calibration) -> Rows {
    let mut rows = Rows::new(&["coin", "set", "found", "90 % interval", "orders", "paper", "conclusion"]);
    for fitted in &found.coin {
        let key = fitted.key.trim_start_matches("exchange.");
        let shown = |estimate: Option<Estimate>, part: &dyn Fn(Estimate) -> String| estimate.map_or_else(dash, part);
        let value = |estimate: Estimate| rounded(estimate.value, estimate.high - estimate.low).to_string();
        let interval = |estimate: Estimate| {
            let width = estimate.high - estimate.low;
            format!("{} to {}", rounded(estimate.low, width), rounded(estimate.high, width))
        };
        rows.push([
            format!("{key} ({})", fitted.unit),
            fitted.old.to_string(),
            shown(fitted.found, &value),
            shown(fitted.found, &interval),
            shown(fitted.found, &|estimate| estimate.of.to_string()),
            shown(fitted.paper, &value),
            conclusion(fitted.found, fitted.old),
        ]);
    }
    rows
}

fn conclusion(found: Option<Estimate>, old: f64) -> String {
    match found {
        None => "no orders to tell it from".to_owned(),
        Some(estimate) if !estimate.is_concluded() => format!("none: {} more orders needed", estimate.further),
        Some(estimate) if (estimate.low..=estimate.high).contains(&old) => "as set".to_owned(),
        Some(_) => "differs".to_owned(),
    }
}

fn queue(found: &Calibration) -> Rows {
    let mut rows =
        Rows::new(&["queue: others cancel", "fills", "less the run, points", "90 % interval", "orders", "agrees in"]);
    for fit in &found.queue {
        let points = |share: f64| format!("{:+.1}", 100.0 * share);
        let Estimate { value, low, high, of, .. } = fit.difference;
        rows.push([
            fit.cancels.clone(),
            format!("{:.1} %", 100.0 * fit.fill_rate),
            points(value),
            format!("{} to {}", points(low), points(high)),
            of.to_string(),
            format!("{:.1} %", 100.0 * fit.agreement),
        ]);
    }
    rows
}

fn dash() -> String {
    "-".to_owned()
}
