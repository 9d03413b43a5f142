//! The difference between what an event made then and now, in lines for people: only what is not the same.

use host_core::Record;
use serde_json::Value;

use super::player::ReplayedStep;

/// Returns the first difference: what differs, as the journal has it, and as it came now.
pub fn difference(journaled: &ReplayedStep, replayed: &ReplayedStep) -> (String, Vec<String>, Vec<String>) {
    let (then, now) = (&journaled.records, &replayed.records);
    let of = then.len().max(now.len());
    match (0..of).find(|&at| then.get(at) != now.get(at)) {
        Some(at) => {
            let (journaled, replayed) = records(then.get(at), now.get(at));
            (format!("record {} of {of}", at + 1), journaled, replayed)
        }
        None => {
            let orders = |made: &ReplayedStep| match made.cancels.is_empty() {
                true => vec!["nothing cancelled".to_owned()],
                false => made.cancels.iter().map(|order| format!("cancel order {}", order.0)).collect(),
            };
            ("cancels".to_owned(), orders(journaled), orders(replayed))
        }
    }
}

/// Returns two records of one kind as the figures that differ; others as they are.
fn records(then: Option<&Record>, now: Option<&Record>) -> (Vec<String>, Vec<String>) {
    let tree = |record: Option<&Record>| record.and_then(|record| serde_json::to_value(record).ok());
    let (then, now) = (tree(then), tree(now));
    let kind = |tree: &Option<Value>| tree.as_ref().and_then(|tree| tree.get("kind")).cloned();
    if let (Some(then), Some(now)) = (&then, &now)
        && then.get("kind") == now.get("kind")
    {
        let name = then.get("kind").and_then(Value::as_str).unwrap_or("record").to_owned();
        let mut lines = (Vec::new(), Vec::new());
        leaves(&name, Some(then), Some(now), &mut lines);
        return lines;
    }
    let whole = |tree: Option<Value>, kind: Option<Value>| match tree {
        Some(tree) => vec![format!("{}: {tree}", kind.as_ref().and_then(Value::as_str).unwrap_or("record"))],
        None => vec!["nothing".to_owned()],
    };
    let kinds = (kind(&then), kind(&now));
    (whole(then, kinds.0), whole(now, kinds.1))
}

/// Adds a line for each figure below `path` that differs.
fn leaves(path: &str, then: Option<&Value>, now: Option<&Value>, lines: &mut (Vec<String>, Vec<String>)) {
    match (then, now) {
        _ if then == now => {}
        (Some(Value::Object(then)), Some(Value::Object(now))) => {
            let mut names: Vec<&String> = then.keys().chain(now.keys()).collect();
            names.sort();
            names.dedup();
            names.iter().for_each(|name| leaves(&format!("{path}.{name}"), then.get(*name), now.get(*name), lines));
        }
        (Some(Value::Array(then)), Some(Value::Array(now))) => {
            let longest = then.len().max(now.len());
            (0..longest).for_each(|at| leaves(&format!("{path}[{at}]"), then.get(at), now.get(at), lines));
        }
        _ => {
            let text = |leaf: Option<&Value>| leaf.map_or_else(|| "absent".to_owned(), Value::to_string);
            lines.0.push(format!("{path} = {}", text(then)));
            lines.1.push(format!("{path} = {}", text(now)));
        }
    }
}
