//! From arguments to an exit code.

use std::ffi::{OsStr, OsString};
use std::process::ExitCode;

use crate::args::{Cli, Command};
use crate::command_line;
use crate::commands;
use crate::context::Context;
use crate::terminal::error::{Kind, Result};
use crate::terminal::ui::Colour;
use crate::terminal::{output, stderr};

/// Runs the command line `args`, program name included, and returns the exit code.
pub fn run(args: impl Iterator<Item = OsString>) -> ExitCode {
    let args: Vec<OsString> = args.collect();
    let colour = colour_asked_for(&args);
    let command_line = args.iter().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect();
    let Cli { globals, command } = match command_line::parse(args.clone()) {
        Ok(cli) => cli,
        Err(error) => return print(&command_line::shown(args, error), colour),
    };
    let context = Context::new(globals, command_line);
    match dispatch(command, &context) {
        Ok(()) => ExitCode::SUCCESS,
        Err(report) => report.exit(context.ui.colour),
    }
}

/// Prints help to stdout, and usage errors to stderr.
fn print(error: &clap::Error, colour: Colour) -> ExitCode {
    let text = command_line::text_of(error, colour);
    if error.use_stderr() {
        stderr::write(&text);
        return ExitCode::from(Kind::Usage.code());
    }
    output::write(&text).map_or_else(|report| report.exit(false), |()| ExitCode::SUCCESS)
}

fn dispatch(command: Command, context: &Context) -> Result<()> {
    match command {
        Command::Run(args) => commands::run::run(&args, context),
        Command::Status(args) => commands::status::run(&args, context),
        Command::Kill(args) => commands::kill::run(&args, context),
        Command::Resume(args) => commands::resume::run(&args, context),
        Command::Reload(args) => commands::reload::run(&args, context),
        Command::Close(args) => commands::close::run(&args, context),
        Command::Settle(args) => commands::settle::run(&args, context),
        Command::Swap(args) => commands::swap::run(&args, context),
        Command::Slots(args) => commands::slots::run(&args, context),
        Command::Stage(args) => commands::stage::run(args, context),
        Command::Gonogo(args) => commands::gonogo::run(args, context),
        Command::Drill(args) => commands::drill::run(&args, context),
        Command::Journal(args) => commands::journal::run(args, context),
        Command::Dashboard(args) => commands::dashboard::run(args, context),
        Command::Logs(args) => commands::logs::run(&args, context),
        Command::Notify(args) => commands::notify::run(args, context),
        Command::Backup(args) => commands::backup::run(&args, context),
        Command::Service(args) => commands::service::run(args, context),
        Command::Doctor(args) => commands::doctor::run(&args, context),
        Command::Backtest(args) => commands::backtest::run(&args, context),
        Command::Replay(args) => commands::replay::run(&args, context),
        Command::Compare(args) => commands::compare::run(&args, context),
        Command::Review(args) => commands::review::run(&args, context),
        Command::Calibrate(args) => commands::calibrate::run(&args, context),
        Command::Report(args) => commands::report::run(&args, context),
        Command::Runs(args) => commands::runs::run(args, context),
        Command::Build(args) => commands::build::run(&args, context),
        Command::Check(args) => commands::check::run(&args, context),
        Command::Inspect(args) => commands::inspect::run(&args, context),
        Command::Sign(args) => commands::sign::run(&args, context),
        Command::Trust(args) => commands::trust::run(args, context),
        Command::Exchange(args) => commands::exchange::run(&args, context),
        Command::Data(args) => commands::data::run(args, context),
        Command::Config(args) => commands::config::run(args, context),
        Command::CompileComponent(args) => commands::compile_component::run(&args),
        Command::DrillChild(args) => commands::drill::child::run(&args),
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
