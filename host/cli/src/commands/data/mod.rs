//! `host data`: makes and describes market-data tapes.

mod generate;
mod import;
mod info;

use clap::Subcommand;

use crate::context::Context;
use crate::terminal::error::Result;

/// The arguments of `host data`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: DataAction,
}

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "made once for a process")]
enum DataAction {
    Import(import::Args),
    Generate(generate::Args),
    Info(info::Args),
}

/// Runs `host data`.
///
/// # Errors
/// Those of its actions.
pub fn run(args: Args, context: &Context) -> Result<()> {
    match args.action {
        DataAction::Import(args) => import::run(&args, context),
        DataAction::Generate(args) => generate::run(&args, context),
        DataAction::Info(args) => info::run(&args, context),
    }
}
