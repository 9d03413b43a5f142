//! From arguments to an exit code.

use std::ffi::{OsStr, OsString};
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use crate::args::{Cli, Command};
use crate::commands;
use crate::context::Context;
use crate::terminal::error::{self, Kind, Result};
use crate::terminal::ui::Colour;

/// Runs the command line `args`, program name included, and returns the exit code.
pub fn run(args: impl Iterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.collect();
    let command = Cli::command().after_help(error::exit_codes_help()).color(colour_asked_for(&args).for_clap());
    let parsed = command.try_get_matches_from(args).and_then(|matches| Cli::from_arg_matches(&matches));
    let Cli { globals, command } = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            // Prints help to stdout and usage errors to stderr. A closed stream is not an error of ours.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { Kind::Usage.code() } else { 0 });
        }
    };
    let context = Context::new(globals);
    match dispatch(command, &context) {
        Ok(()) => ExitCode::SUCCESS,
        Err(report) => report.exit(context.ui.colour),
    }
}

fn dispatch(command: Command, context: &Context) -> Result<()> {
    match command {
        Command::Run(args) => commands::run::run(&args, context),
        Command::Status(args) => commands::status::run(&args, context),
        Command::Kill(args) => commands::kill::run(&args, context),
        Command::Resume(args) => commands::resume::run(&args, context),
        Command::Backup(args) => commands::backup::run(&args, context),
        Command::Backtest(args) => commands::backtest::run(&args, context),
        Command::Replay(args) => commands::replay::run(&args, context),
        Command::Build(args) => commands::build::run(&args, context),
        Command::Check(args) => commands::check::run(&args, context),
        Command::Inspect(args) => commands::inspect::run(&args, context),
        Command::Exchange(args) => commands::exchange::run(&args, context),
        Command::Data(args) => commands::data::run(args, context),
        Command::Config(args) => commands::config::run(args, context),
    }
}

/// Returns the value of `--color` before clap has parsed it, because clap colours its usage errors too.
fn colour_asked_for(args: &[OsString]) -> Colour {
    let named = |name: &OsStr| match name.to_str() {
        Some("always") => Colour::Always,
        Some("never") => Colour::Never,
        _ => Colour::Auto,
    };
    let joined = args.iter().filter_map(|arg| arg.to_str()?.strip_prefix("--color=").map(OsStr::new)).next_back();
    let apart = args.windows(2).filter(|pair| pair[0] == "--color").map(|pair| pair[1].as_os_str()).next_back();
    joined.or(apart).map_or(Colour::Auto, named)
}
