//! Processes that a drill starts: each ends with the drill, however that ends.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, getppid, set_parent_process_death_signal};

use crate::config::settings_in_environment;
use crate::strategies::load::THIS_PROGRAM;
use crate::terminal::error::{Kind, Report, Result};

/// The hidden command that binds a process to the drill that has started it.
pub const CHILD_COMMAND: &str = "drill-child";

/// Run the host for a drill, and end with it
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Process of the drill
    parent: i32,
    /// Arguments of the host
    #[arg(last = true)]
    args: Vec<String>,
}

/// Becomes the host with the given arguments, which the system kills once its parent has ended.
///
/// # Errors
/// The drill has ended already, or the program cannot be run.
pub fn run(args: &Args) -> Result<()> {
    let failed =
        |error: &dyn std::error::Error| Report::new(Kind::Internal, "the drill's process cannot run").because_of(error);
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(|error| failed(&error))?;
    // It may have ended before that.
    if getppid().map(Pid::as_raw_nonzero).map(i32::from) != Some(args.parent) {
        return Err(Report::new(Kind::Internal, "the drill has ended"));
    }
    Err(failed(&Command::new(THIS_PROGRAM).args(&args.args).exec()))
}

/// A process of a drill; killed when dropped.
#[derive(Debug)]
pub(super) struct Process(Child);

/// Returns the command that runs the host with `args` in `folder`, bound to this process, without the settings of the
/// environment: a drill's settings are those of its folder.
pub(super) fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(THIS_PROGRAM);
    command.arg(CHILD_COMMAND).arg(std::process::id().to_string()).arg("--").args(args).current_dir(folder);
    for name in settings_in_environment() {
        command.env_remove(name);
    }
    command.env("XDG_STATE_HOME", folder.join("state")).stdin(Stdio::null());
    command
}

impl Process {
    /// Starts the host with `args`; what it says goes to the file `said` in `folder`.
    pub(super) fn start(folder: &Path, args: &[&str], said: &str) -> Result<Process> {
        let failed = |error| Report::io("cannot start a process of the drill", &error);
        let file = File::create(folder.join(said)).map_err(failed)?;
        let (out, err) = (file.try_clone().map_err(failed)?, file);
        command(folder, args).stdout(out).stderr(err).spawn().map(Process).map_err(failed)
    }

    /// Returns true if it has ended.
    pub(super) fn has_ended(&mut self) -> bool {
        !matches!(self.0.try_wait(), Ok(None))
    }

    /// Kills it as a crash does: it can do nothing about it.
    pub(super) fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// Runs the host with `args` to its end.
///
/// # Errors
/// It cannot be run, or fails: with the last line that it said.
pub(super) fn run_to_end(folder: &Path, args: &[&str]) -> Result<String, String> {
    let output = command(folder, args).output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(said.lines().find(|line| line.starts_with("error")).unwrap_or("it failed").to_owned()),
    }
}
