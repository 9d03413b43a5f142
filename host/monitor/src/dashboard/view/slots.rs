//! The slots, with the strategies in them.

use askama::Template;
use host_live::control::status::{SlotLine, Status};
use host_pages::numbers::{count, trimmed};

use super::limits::{limit_name, limit_use};

#[derive(Template)]
#[template(path = "slots.html")]
pub struct Slots {
    heading: String,
    rows: Vec<(String, String, String, String)>,
}

/// Returns the part about the slots.
pub fn slots(status: &Status) -> Slots {
    let faults: u32 = status.slots.iter().map(|slot| slot.faults).sum();
    let trading = status.slots.iter().filter(|slot| slot.standing == "trading").count();
    let all = status.slots.len();
    let heading = match (all, faults) {
        (1, 0) if trading == 1 => "1 strategy, no fault".to_owned(),
        _ => format!("{trading} of {all} strategies trade, {faults} faults"),
    };
    Slots { heading, rows: status.slots.iter().map(slot).collect() }
}

fn slot(line: &SlotLine) -> (String, String, String, String) {
    let name = match line.strategy.as_str() {
        "" => line.slot.clone(),
        strategy => format!("{strategy} {}", line.version),
    };
    let fuel = line.fuel.checked_div(line.rows).map(|fuel| format!("{} fuel a row", count(fuel)));
    let memory = format!("{} MB", trimmed(line.memory_bytes as f64 / 1e6, 1));
    let faults = if line.faults == 0 { "no faults".to_owned() } else { format!("{} faults", line.faults) };
    let limits = line.limits.iter().map(|limit| format!("{}: {}", limit_name(&limit.code), limit_use(limit)));
    let facts = [fuel, Some(memory), Some(faults), line.coming.clone().map(|coming| format!("coming: {coming}"))];
    let facts: Vec<String> = line.reasons.iter().cloned().chain(limits).chain(facts.into_iter().flatten()).collect();
    let digest = line.sha256.get(..8).unwrap_or_default().to_owned();
    (name, digest, line.standing.clone(), facts.join("; "))
}
