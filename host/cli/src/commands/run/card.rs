//! The capability card of a strategy, shown before its first trade: what it is, who vouches for it, and what it may do.

use host_core::risk::RiskLimits;
use host_sandbox::StrategyComponent;
use host_sandbox::trust::{CalendarDay, Judgement, Signer};

use crate::terminal::text::Text;
use crate::terminal::units::{grouped, rough_size};

/// Digits of a digest that are shown: enough to tell components apart, and to confirm one by.
const DIGITS: usize = 16;
/// Most markets or prefixes that are listed.
const MOST_LISTED: usize = 5;

/// Returns the card, one block of lines. `markets` says in words which markets the run trades.
pub fn of(
    slot: &str,
    component: &StrategyComponent,
    judgement: &Judgement,
    markets: &str,
    limits: &RiskLimits,
) -> Text {
    let (name, version) = (&component.manifest.name, &component.manifest.version);
    let digest = component.digest.get(..DIGITS).unwrap_or(&component.digest);
    let slot = if slot == name { String::new() } else { format!("{slot}: ") };
    let lines = [
        format!("{slot}{name} {version}, sha256 {digest}…, {}", component.contract()),
        format!("  signer   {}", signer(judgement)),
        format!("  markets  {}", allowed(markets, limits)),
        format!("  size     {}", size(limits)),
        format!("  sandbox  {}", sandbox(component)),
        format!("  checks   {}", checks(component)),
    ];
    lines.iter().map(|line| Text::line(line)).sum()
}

fn signer(judgement: &Judgement) -> String {
    match (&judgement.signer, &judgement.confirmed) {
        (Signer::Trusted { name, id, .. }, _) => format!("{name}, key {id}"),
        (Signer::Rejected(fault), _) => format!("nobody that counts: {fault}"),
        (Signer::Unsigned, Some(word)) => format!("nobody; confirmed by {} at {}", word.by, word.at),
        (Signer::Unsigned, None) => "nobody".to_owned(),
    }
}

fn allowed(markets: &str, limits: &RiskLimits) -> String {
    match limits.allowed_markets.as_slice() {
        [all] if all == "*" => markets.to_owned(),
        listed => format!("{markets}; of them only {}", shortened(listed)),
    }
}

/// Returns the beginning of a list in words.
pub fn shortened(listed: &[String]) -> String {
    let shown = listed.iter().take(MOST_LISTED).cloned().collect::<Vec<_>>().join(", ");
    match listed.len().saturating_sub(MOST_LISTED) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

fn size(limits: &RiskLimits) -> String {
    let RiskLimits { max_order_size, max_order_value, max_position_size, max_position_value, .. } = limits;
    format!(
        "at most {max_order_size} contracts and ${max_order_value} an order, {max_position_size} contracts and \
         ${max_position_value} a market"
    )
}

fn sandbox(component: &StrategyComponent) -> String {
    let limits = component.limits();
    let (call, row) = (grouped(limits.fuel_base), grouped(limits.fuel_per_row));
    format!("at most {call} fuel a call and {row} a row, {} of memory", rough_size(limits.memory_bytes as u64))
}

fn checks(component: &StrategyComponent) -> String {
    let Some(kept) = component.kept_check() else {
        return format!("none yet: `host check {}`", component.name);
    };
    let (day, all) = (CalendarDay::of(kept.at), kept.checks);
    match kept.failed.len() {
        0 => format!("passed all {all} on {day}"),
        failed => format!("FAILED {failed} of {all} on {day}: {}", kept.failed.join("; ")),
    }
}
