//! `host slots`: the strategies in the slots of a running host.

use host_live::control::status::SlotLine;
use serde_json::json;

use super::account::account_dir;
use super::swap::running;
use crate::context::Context;
use crate::terminal::error::Result;
use crate::terminal::live_mark::LiveMark;
use crate::terminal::output::{self, Format, Rows};

/// Show what runs in each slot of a live account: version, digest, state, fuel, faults, and what waits to take over
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  host slots\n  host slots --account alex --format json")]
pub struct Args {
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
    match args.format {
        Format::Json => output::print_json(&json!({ "account": view.identity.account, "slots": slots })),
        Format::Csv => output::print(&rows(&slots).csv()),
        Format::Table => {
            let mark = LiveMark::new(&view.identity.account, context.ui.colour_out);
            output::print(&format!("{mark}\n\n{}", rows(&slots).table()))
        }
    }
}

fn rows(slots: &[SlotLine]) -> Rows {
    let mut rows = Rows::new(&[
        "slot",
        "strategy",
        "digest",
        "standing",
        "state",
        "fuel/row",
        "memory",
        "faults",
        "comes back",
        "takes over",
    ]);
    for line in slots {
        let none = || "-".to_owned();
        let fuel = line.fuel.checked_div(line.rows).map_or_else(none, |fuel| fuel.to_string());
        rows.push([
            line.slot.clone(),
            format!("{} {}", line.strategy, line.version).trim().to_owned(),
            line.sha256.get(..8).unwrap_or("-").to_owned(),
            line.standing.clone(),
            line.state.clone().unwrap_or_else(none),
            fuel,
            format!("{:.1} MB", line.memory_bytes as f64 / 1e6),
            line.faults.to_string(),
            line.former.clone().unwrap_or_else(none),
            line.coming.clone().unwrap_or_else(none),
        ]);
    }
    rows
}
