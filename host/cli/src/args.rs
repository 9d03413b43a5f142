//! The command line: its commands and the options they share. The doc comments are the help texts.

use clap::{Parser, Subcommand};

use crate::commands;
use crate::commands::drill::child::CHILD_COMMAND;
use crate::context::Globals;
use crate::strategies::load::COMPILE_COMMAND;

/// A trading host for prediction markets: a fixed engine, sandboxed strategies.
#[derive(Debug, Parser)]
#[command(name = "host", version, max_term_width = 110, infer_subcommands = false, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    pub globals: Globals,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "created once per process")]
pub enum Command {
    Run(commands::run::Args),
    Status(commands::status::Args),
    Kill(commands::kill::Args),
    Resume(commands::resume::Args),
    Close(commands::close::Args),
    Reload(commands::reload::Args),
    Settle(commands::settle::Args),
    Swap(commands::swap::Args),
    Slots(commands::slots::Args),
    /// Show or change the part of the capital that a live account trades with
    Stage(commands::stage::Args),
    Gonogo(commands::gonogo::Args),
    Drill(commands::drill::Args),
    /// Note decisions about an account or a run, and list them with what was done by hand
    Journal(commands::journal::Args),
    Dashboard(commands::dashboard::Args),
    Logs(commands::logs::Args),
    /// Try the channels that alerts take, and list what was sent through them
    Notify(commands::notify::Args),
    Backup(commands::backup::Args),
    /// Run an account as a service of systemd
    Service(commands::service::Args),
    Doctor(commands::doctor::Args),
    Backtest(commands::backtest::Args),
    Replay(commands::replay::Args),
    Compare(commands::compare::Args),
    Review(commands::review::Args),
    Calibrate(commands::calibrate::Args),
    Report(commands::report::Args),
    /// List, show and remove the runs that back tests and paper trading have left
    Runs(commands::runs::Args),
    Build(commands::build::Args),
    Inspect(commands::inspect::Args),
    Check(commands::check::Args),
    Sign(commands::sign::Args),
    /// Edit the list of keys whose signatures count, confirm unsigned components, and trust folders to be built
    Trust(commands::trust::Args),
    Exchange(commands::exchange::Args),
    /// Create and describe market-data tapes
    Data(commands::data::Args),
    /// Write or show the configuration
    Config(commands::config::Args),
    #[command(name = COMPILE_COMMAND, hide = true)]
    CompileComponent(commands::compile_component::Args),
    #[command(name = CHILD_COMMAND, hide = true)]
    DrillChild(commands::drill::child::Args),
}
