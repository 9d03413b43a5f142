//! `host slots`: the strategies in the slots of a running host.

use host_core::Usd;
use host_live::control::status::{Figures, LimitLine, ShadowLine, SlotLine};
use serde_json::json;

use super::account::account_dir;
use super::swap::running;
use crate::context::Context;
use crate::terminal::error::Result;
use crate::terminal::mode_mark::LiveMark;
use crate::terminal::output::{self, Format, Rows};
use crate::terminal::units::{grouped, rough_size};

/// Show what runs in each slot of a live account: version, digest, state, fuel, faults, and what waits to take over
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  host slots\n  host slots --shadow\n  host slots --account alex --format json")]
pub struct Args {
    /// Show shadows side by side with the versions that trade, since they began
    #[arg(long)]
    shadow: bool,

    /// Account whose host it is [default: live.account]
    #[arg(long, value_name = "NAME")]
    account: Option<String>,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs `host slots`.
///
/// # Errors
/// No host trades the account, or it does not answer.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    let config = context.config()?.config;
    let view = running(&account_dir(&config, args.account.as_deref())?)?;
    let slots = view.status.map(|status| status.slots).unwrap_or_default();
    let mark = LiveMark::new(&view.identity.reference(), context.ui.colour_out);
    match (args.format, args.shadow) {
        (Format::Json, _) => output::print_json(&json!({ "account": view.identity.account, "slots": slots })),
        (Format::Csv, true) => output::print_csv(shadow_rows(&slots).csv()),
        (Format::Csv, false) => output::print_csv(rows(&slots).csv()),
        (Format::Table, true) if slots.iter().all(|line| line.shadow.is_none()) => {
            output::print_line("no slot has a shadow: `host swap SLOT X.wasm --shadow 1d` begins one")
        }
        (Format::Table, true) => output::write(&mark.above(&shadow_rows(&slots).table())),
        (Format::Table, false) => {
            let tables: Vec<String> = slots.iter().map(|line| facts(line).table()).collect();
            output::write(&mark.above(&tables.join("\n")))
        }
    }
}

/// Returns two rows for each shadow: that of the version that trades, and its own.
fn shadow_rows(slots: &[SlotLine]) -> Rows {
    let mut rows = Rows::new(&[
        "slot", "mode", "strategy", "digest", "signals", "orders", "fills", "refused", "trades", "won", "net", "since",
    ]);
    for line in slots {
        let Some(shadow) = &line.shadow else { continue };
        let mode = if shadow.fault.is_some() { "shadow, failed" } else { "shadow" };
        let trading = (line.standing.as_str(), &line.strategy, &line.version, &line.sha256, &shadow.trading);
        let beside = (mode, &shadow.strategy, &shadow.version, &shadow.sha256, &shadow.figures);
        for (mode, strategy, version, sha256, figures) in [trading, beside] {
            let Figures { signals, orders, fills, refused, trades, won, net } = figures;
            rows.push([
                line.slot.clone(),
                mode.to_owned(),
                format!("{strategy} {version}").trim().to_owned(),
                short(sha256),
                signals.to_string(),
                orders.to_string(),
                fills.to_string(),
                refused.to_string(),
                trades.to_string(),
                won.to_string(),
                Usd::from_dollars(*net).map_or("-".to_owned(), Usd::shown_signed),
                shadow.since.clone(),
            ]);
        }
    }
    rows
}

/// Returns everything about one slot.
fn facts(line: &SlotLine) -> Rows {
    let mut rows = Rows::new(&["slot", &line.slot]);
    let mut fact = |name: &str, value: String| rows.push([name.to_owned(), value]);
    fact("standing", line.standing.clone());
    line.reasons.iter().for_each(|reason| fact("", reason.clone()));
    if let Some(from) = &line.trades_from {
        fact("trades from", from.clone());
    }
    for limit in &line.limits {
        fact(&limit.code, limit_use(limit));
    }
    if !line.strategy.is_empty() {
        fact("strategy", format!("{} {}", line.strategy, line.version));
        fact("digest", line.sha256.clone());
        fact("signer", line.signer.clone());
        fact("state", line.state.clone().unwrap_or("none saved in this session".to_owned()));
        fact("fuel per row", line.fuel.checked_div(line.rows).map_or("-".to_owned(), grouped));
        fact("memory", rough_size(line.memory_bytes));
    }
    fact("faults", line.faults.to_string());
    let optional = [("comes back if it fails", &line.former), ("takes over", &line.coming)];
    for (name, value) in optional {
        if let Some(value) = value {
            fact(name, value.clone());
        }
    }
    if let Some(ShadowLine { strategy, version, sha256, since, .. }) = &line.shadow {
        fact("shadow", format!("{strategy} {version} ({}) since {since}", short(sha256)));
    }
    rows
}

/// Formats the use of a limit.
pub fn limit_use(limit: &LimitLine) -> String {
    let LimitLine { used, limit, unit, .. } = limit;
    match unit.as_str() {
        "dollars" => format!("{used:.2} of {limit:.2} dollars"),
        unit => format!("{used} of {limit} {unit}"),
    }
}

/// Returns one row for each slot.
fn rows(slots: &[SlotLine]) -> Rows {
    let mut rows = Rows::new(&[
        "slot",
        "standing",
        "strategy",
        "version",
        "sha256",
        "signer",
        "state",
        "rows",
        "fuel",
        "memory bytes",
        "faults",
        "former",
        "coming",
        "shadow sha256",
    ]);
    for line in slots {
        let shadow = line.shadow.as_ref().map(|shadow| shadow.sha256.clone());
        rows.push([
            line.slot.clone(),
            line.standing.clone(),
            line.strategy.clone(),
            line.version.clone(),
            line.sha256.clone(),
            line.signer.clone(),
            line.state.clone().unwrap_or_default(),
            line.rows.to_string(),
            line.fuel.to_string(),
            line.memory_bytes.to_string(),
            line.faults.to_string(),
            line.former.clone().unwrap_or_default(),
            line.coming.clone().unwrap_or_default(),
            shadow.unwrap_or_default(),
        ]);
    }
    rows
}

fn short(sha256: &str) -> String {
    sha256.get(..8).unwrap_or("-").to_owned()
}
