//! The reasons why nothing came through a step of the way from rows to fills.

use std::collections::BTreeMap;

use host_core::Span;

use crate::format::{grouped, ratio};
use crate::funnel::{Funnel, FunnelFacts};
use crate::report::Report;

/// Returns the funnel of `report`, explained by `facts`.
pub(crate) fn funnel(facts: &FunnelFacts, report: &Report) -> Funnel {
    let mut reasons = BTreeMap::new();
    let mut explain = |step: &str, count: u64, reason: String| {
        if count == 0 && !reason.is_empty() {
            reasons.insert(step.to_owned(), reason);
        }
    };
    explain("scored", facts.scored, no_scores(facts));
    explain("signals", report.signals, no_signals(facts));
    explain("orders", report.orders, no_orders(facts, report));
    explain("fills", report.fills, no_fills(facts, report));
    let FunnelFacts { rows, scored, .. } = *facts;
    Funnel { rows, scored, signals: report.signals, orders: report.orders, fills: report.fills, reasons }
}

fn no_scores(facts: &FunnelFacts) -> String {
    let FunnelFacts { history_asked, longest_history, .. } = *facts;
    match facts.signals {
        0 if longest_history < history_asked => {
            format!("no market had {} of history; the longest {}", hours(history_asked), hours(longest_history))
        }
        0 => "the strategy gave none on any row".to_owned(),
        _ => "the strategy gives signals without scores".to_owned(),
    }
}

fn no_signals(facts: &FunnelFacts) -> String {
    match (facts.signals, facts.scored) {
        (0, 0) => "no row was scored".to_owned(),
        (0, scored) => {
            let (scored, largest) = (grouped(scored), ratio(facts.largest_score));
            format!("none of {scored} scores led to one; the largest was {largest} from zero")
        }
        (signals, _) => {
            let signals = grouped(signals);
            format!("none of {signals} came after the warm-up and asked for anything new")
        }
    }
}

fn no_orders(facts: &FunnelFacts, report: &Report) -> String {
    if report.signals == 0 {
        return "there was no signal".to_owned();
    }
    if facts.allowed == 0 && facts.markets > 0 {
        return format!("allowed_markets matches none of {}", grouped(facts.markets));
    }
    let mut refused: Vec<(&String, &u64)> = report.rejections.iter().collect();
    refused.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
    let refused = refused.iter().map(|(code, count)| format!("{code} {}", grouped(**count)));
    match refused.collect::<Vec<_>>().join(", ") {
        none if none.is_empty() => "no signal asked to open a position".to_owned(),
        codes => format!("the risk manager refused all: {codes}"),
    }
}

fn no_fills(facts: &FunnelFacts, report: &Report) -> String {
    if report.orders == 0 {
        return "there was no order".to_owned();
    }
    let ends = report.order_ends;
    let (expired, cancelled) = (grouped(ends.expired), grouped(ends.cancelled));
    format!(
        "no order met a price under the fill model {}: {expired} expired, {cancelled} were cancelled, {} work still",
        facts.fill_model,
        grouped(ends.working)
    )
}

/// Formats a span in hours, as strategies state their history: `72 h`, `83.3 h`.
fn hours(span: Span) -> String {
    let text = format!("{:.1}", span.as_seconds() / 3_600.0);
    format!("{} h", text.strip_suffix(".0").unwrap_or(&text))
}
