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
    action: Action,
}

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "made once for a process")]
enum Action {
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
        Action::Import(args) => import::run(&args, context),
        Action::Generate(args) => generate::run(&args, context),
        Action::Info(args) => info::run(&args, context),
    }
}
