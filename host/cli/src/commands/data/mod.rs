//! `host data`: downloads, creates and describes market-data tapes.

mod download;
mod download_page;
mod generate;
mod import;
mod import_page;
mod info;

use clap::Subcommand;

use crate::context::Context;
use crate::terminal::error::Result;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: DataAction,
}

#[derive(Debug, Subcommand)]
enum DataAction {
    Download(download::Args),
    Import(import::Args),
    Generate(generate::Args),
    Info(info::Args),
}

/// Runs `host data`.
///
/// # Errors
/// The action fails.
pub fn run(args: Args, context: &Context) -> Result<()> {
    match args.action {
        DataAction::Download(args) => download::run(&args, context),
        DataAction::Import(args) => import::run(&args, context),
        DataAction::Generate(args) => generate::run(&args, context),
        DataAction::Info(args) => info::run(&args, context),
    }
}
