//! The command line: its commands and the options that all of them share. The doc comments are the help texts.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands;
use crate::ui::Colour;

/// A trading host for prediction markets: a fixed engine, sandboxed strategies.
#[derive(Debug, Parser)]
#[command(name = "host", version, max_term_width = 110, infer_subcommands = false, arg_required_else_help = true)]
pub struct Cli {
    /// What applies to every command.
    #[command(flatten)]
    pub globals: Globals,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The options of every command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub struct Globals {
    /// Read the configuration from FILE instead of ./host.toml
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Set a key of the configuration, such as risk.max_daily_loss=100 (repeatable)
    #[arg(long, global = true, value_name = "SECTION.KEY=VALUE")]
    pub set: Vec<String>,

    /// Say more on stderr; twice for everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,

    /// Say nothing on stderr but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// When to use colour; NO_COLOR is respected
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    pub color: Colour,
}

/// The commands.
#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "made once for a process")]
pub enum Command {
    Run(commands::run::Args),
    Status(commands::status::Args),
    Kill(commands::kill::Args),
    Resume(commands::resume::Args),
    Backtest(commands::backtest::Args),
    Replay(commands::replay::Args),
    Build(commands::build::Args),
    Inspect(commands::inspect::Args),
    Check(commands::check::Args),
    Exchange(commands::exchange::Args),
    /// Make and describe market-data tapes
    Data(commands::data::Args),
    /// Write or show the configuration
    Config(commands::config::Args),
}
