//! `host exchange`: the embedded exchange as a server, and keys for its accounts.

mod defaults;
mod faults;
mod keygen;
mod market;
mod serve;

use clap::Subcommand;

use crate::context::Context;
use crate::terminal::error::Result;

/// Serve the embedded exchange over Kalshi's protocol, to trade without real money
///
/// Prints its address as soon as it listens, and serves until Ctrl-C. The REST API is at /trade-api/v2 and the
/// WebSocket at /trade-api/ws/v2.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:
  host exchange keygen --account alex
  host exchange --seed 7 --markets 45
  host exchange --tape tape --speed 60 --listen 127.0.0.1:0
  host exchange --start 2026-01-01 --stepped --faults all:0.3 --fault-seed 7"
)]
pub struct Args {
    #[command(subcommand)]
    action: Option<ExchangeAction>,

    #[command(flatten)]
    serve: serve::ServeArgs,
}

#[derive(Debug, Subcommand)]
enum ExchangeAction {
    Keygen(keygen::Args),
}

/// Runs `host exchange`.
///
/// # Errors
/// The action fails.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    match &args.action {
        Some(ExchangeAction::Keygen(args)) => keygen::run(args, context),
        None => serve::run(&args.serve, context),
    }
}
