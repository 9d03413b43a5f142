//! The host under `strace`: its system calls counted, and one of them made to kill it or to fail.
//!
//! strace counts each system call in each thread for itself. Only one thread writes to the disk, and only one sends, so
//! "the 12th fsync" is one place in the program; where a run is a little longer or shorter, it is the one beside it.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

/// The system calls by which the host changes files, or talks to the venue. A kill takes effect before the call is
/// done, so that "received" is a place too: an order that the venue has, of which no answer was read.
pub const CALLS: [&str; 10] =
    ["pwrite64", "write", "fsync", "fdatasync", "ftruncate", "rename", "unlink", "connect", "writev", "recvfrom"];

/// Makes sure that there is a strace; installed once, however many tests ask for it.
pub fn install() {
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(install_now);
}

fn install_now() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/crash/install.sh");
    let output = Command::new("sh").arg(script).output().expect("sh runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "these tests need strace, and it cannot be installed: run `apt-get install strace`\n{said}"
    );
}

/// `command`, watched: `calls` are written to `log`, each line with its thread's id and names of files.
pub fn watched(command: &Command, calls: &[&str], log: &Path) -> Command {
    let log = log.display().to_string();
    strace(command, &["-yy", "-s", "64", "-o", &log, "-e", &format!("trace={}", calls.join(","))])
}

/// `command`, of which the `n`-th `call` is tampered with: `signal=KILL`, `error=EIO`. Calls go to `log`.
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

/// A line of a log: thread, system call, and all of the line.
pub struct Call<'a> {
    /// Which thread.
    pub thread: &'a str,
    /// Which system call.
    pub name: &'a str,
    /// The line.
    pub line: &'a str,
}

/// The calls in a log, in order.
pub fn calls(log: &str) -> impl Iterator<Item = Call<'_>> {
    log.lines().filter_map(|line| {
        let (thread, rest) = line.split_once(' ')?;
        let (name, _) = rest.trim_start().split_once('(')?;
        // The second half of a call that another one came between begins with `<... `.
        name.bytes().all(|byte| byte.is_ascii_alphanumeric()).then_some(Call { thread, name, line })
    })
}
