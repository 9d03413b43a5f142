//! The host under `strace`, which counts its system calls, and kills it or fails a call at one of them.
//!
//! strace counts the calls of each thread separately. Only one thread writes what must not be lost, and only one sends,
//! so "the 12th fsync" is one place in the program, or its neighbour if a run is a little longer or shorter. The thread
//! of the log files writes as well: a failure there costs lines of the log, and nothing else.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use crate::support::installed;

/// The system calls by which the host changes files or talks to the venue. A kill takes effect before the call is
/// done, so a kill at `recvfrom` leaves an order that the venue has and whose response was not read.
pub const CALLS: [&str; 10] =
    ["pwrite64", "write", "fsync", "fdatasync", "ftruncate", "rename", "unlink", "connect", "writev", "recvfrom"];

/// Installs `strace` if it is missing, once per process.
pub fn install() {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| drop(installed::install("strace")));
}

/// Wraps `command` so that its `calls` are written to `log`, each line with the thread's id and the names of files.
pub fn watched(command: &Command, calls: &[&str], log: &Path) -> Command {
    let log = log.display().to_string();
    strace(command, &["-yy", "-s", "64", "-o", &log, "-e", &format!("trace={}", calls.join(","))])
}

/// Wraps `command` so that its `n`-th `call` is tampered with: `signal=KILL`, `error=EIO`. Its calls are written to
/// `log`.
pub fn tampered(command: &Command, call: &str, how: &str, n: &str, log: &Path) -> Command {
    let (log, trace, inject) =
        (log.display().to_string(), format!("trace={call}"), format!("inject={call}:{how}:when={n}"));
    strace(command, &["-yy", "-s", "64", "-o", &log, "-e", &trace, "-e", &inject])
}

fn strace(command: &Command, options: &[&str]) -> Command {
    let mut strace = Command::new("strace");
    // Without `--seccomp-bpf`, with which strace 6.1 injects no signals.
    strace.args(["-f", "-qq", "-e", "signal=none"]).args(options);
    strace.arg("--").arg(command.get_program()).args(command.get_args());
    strace.env_clear().envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    strace.current_dir(command.get_current_dir().expect("tests run the host in folders of their own"));
    strace
}

/// A line of the log.
pub struct Call<'a> {
    /// Id of the thread.
    pub thread: &'a str,
    /// Name of the system call.
    pub name: &'a str,
    /// The whole line.
    pub line: &'a str,
}

/// The calls in a log in order.
pub fn calls(log: &str) -> impl Iterator<Item = Call<'_>> {
    log.lines().filter_map(|line| {
        let (thread, rest) = line.split_once(' ')?;
        let (name, _) = rest.trim_start().split_once('(')?;
        // The second half of an interrupted call begins with `<... ` and is skipped.
        name.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(Call { thread, name, line })
    })
}
