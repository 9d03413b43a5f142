//! `host service`: runs an account as a service of systemd.

mod install;
mod service_user;
mod terms;
mod unit;

use clap::Subcommand;

use self::install::InstallArgs;
use self::terms::UnitArgs;
use crate::context::Context;
use crate::terminal::error::Result;
use crate::terminal::output;

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: ServiceAction,
}

#[derive(Debug, Subcommand)]
enum ServiceAction {
    /// Write the unit of systemd that trades an account, unless another one is there
    ///
    /// The unit starts `host run` with the arguments after `--`, ends it with SIGTERM, starts it again after a failure
    /// that may pass, and gives it no more of the machine than it needs. Files of secrets that host.toml names are
    /// handed to it as credentials. Nothing is started: the commands for that are printed.
    #[command(after_help = "Examples:
  host service install -- --strategy x.wasm --venue kalshi   # on paper
  host service install --run-as trader -- --strategy x.wasm --venue kalshi \\
    --live --yes-i-mean-live=alex
  host service install --user -- --strategy x.wasm --venue kalshi
  host service install --dry-run -- --strategy x.wasm --venue kalshi")]
    Install(InstallArgs),
    /// Print that unit
    #[command(after_help = "Examples:
  host service show -- --strategy x.wasm --venue kalshi
  host service show --user -- --strategy x.wasm --venue kalshi")]
    Show(UnitArgs),
}

/// Runs `host service`.
///
/// # Errors
/// The arguments cannot be those of a service, this machine is not run by systemd, or another unit is there.
pub fn run(args: Args, context: &Context) -> Result<()> {
    match args.action {
        ServiceAction::Install(args) => install::run(&args, context),
        ServiceAction::Show(args) => output::print(&args.terms(context)?.text()),
    }
}
