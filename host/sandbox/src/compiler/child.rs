//! The process that compiles, as the host sees it: started, fed, watched, and killed if it takes too long.

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use host_system::process::kill_group;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, waitid};

use super::budget::CompileBudget;
use super::job::{Compiled, MOST_CODE_BYTES, are_out_of_memory, head, read_head};
use crate::audit::Surface;
use crate::error::LoadError;
use crate::limits::SandboxLimits;
use crate::refusal::Refusal;

/// Most threads that compile: each needs memory of its own.
const MOST_THREADS: usize = 8;
/// The process is killed when so many times its processor time has passed: a machine may be overloaded.
const PATIENCE: u64 = 6;
/// Most bytes of its last words that are read.
const MOST_WORDS: u64 = 8 << 10;

/// The reason why the process has no result.
#[derive(Debug)]
pub(super) enum Failure {
    NotStarted(io::Error),
    OutOfTime,
    OutOfMemory,
    Died(String),
}

impl Failure {
    pub(super) fn of(self, name: &str, budget: CompileBudget) -> LoadError {
        let name = name.to_owned();
        match self {
            Failure::NotStarted(error) => LoadError::NoCompiler(error),
            Failure::OutOfTime => {
                let allowed = format!("{} s of processor time", budget.seconds);
                LoadError::OverBudget { name, allowed, key: budget.seconds_key }
            }
            Failure::OutOfMemory => {
                let allowed = format!("{} bytes of memory", budget.bytes);
                LoadError::OverBudget { name, allowed, key: budget.bytes_key }
            }
            Failure::Died(reason) => LoadError::CompilerFailed { name, reason },
        }
    }
}

/// Compiles `component` in a process of `program`.
///
/// # Errors
/// The process has no result.
pub(super) fn run(
    (program, arguments): (&PathBuf, &[OsString]),
    component: &[u8],
    limits: &SandboxLimits,
    budget: CompileBudget,
) -> Result<Result<Compiled, Refusal>, Failure> {
    let request = head(limits).map_err(Failure::NotStarted)?;
    let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(MOST_THREADS));
    let mut command = Command::new(program);
    command.args(arguments).arg(budget.seconds.to_string()).arg(budget.bytes.to_string());
    command.env_clear().env("RAYON_NUM_THREADS", threads.to_string()).current_dir("/").process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut running = Running(command.spawn().map_err(Failure::NotStarted)?);
    let deadline = Duration::from_secs(budget.seconds.saturating_mul(PATIENCE));
    let ended = running.talk(&[&request, component], deadline).map_err(Failure::NotStarted)?;
    ended.result()
}

/// A process that is killed if it is not waited for.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if !matches!(self.0.try_wait(), Ok(Some(_))) {
            kill(&self.0);
            let _ = self.0.wait();
        }
    }
}

fn kill(child: &Child) {
    // It may just have ended; it keeps its number until it is waited for.
    let _ = kill_group(child);
}

/// The end of the process, and all that it said.
struct Ended {
    status: ExitStatus,
    /// True if it was killed because it did not end.
    overdue: bool,
    answer: Option<Compilation>,
    words: String,
}

/// The answer of the process, with the machine code that stands behind it.
struct Compilation {
    verdict: Result<Surface, Refusal>,
    code: Vec<u8>,
}

impl Running {
    /// Sends `input`, and returns what the process has answered when it has ended.
    fn talk(&mut self, input: &[&[u8]], deadline: Duration) -> io::Result<Ended> {
        let (stdin, stdout, stderr) = (self.0.stdin.take(), self.0.stdout.take(), self.0.stderr.take());
        let child = &self.0;
        let (done, is_done) = mpsc::channel::<()>();
        let (answer, words, overdue) = std::thread::scope(|scope| {
            // A process that has ended early does not read to the end: its answer says why.
            scope.spawn(move || stdin.map(|mut stdin| input.iter().try_for_each(|part| stdin.write_all(part))));
            let words = scope.spawn(move || stderr.map(|stderr| read_most(stderr, MOST_WORDS).0));
            let watch = scope.spawn(move || {
                let overdue = is_done.recv_timeout(deadline) == Err(RecvTimeoutError::Timeout);
                if overdue {
                    kill(child);
                }
                overdue
            });
            let answer = stdout.and_then(read_answer);
            let words = words.join().ok().flatten().unwrap_or_default();
            // It closes its output at its end, but may not end then if something is wrong with it.
            let ended = waitid(WaitId::Pid(Pid::from_child(child)), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
            drop((ended, done));
            (answer, words, watch.join().unwrap_or_default())
        });
        let status = self.0.wait()?;
        Ok(Ended { status, overdue, answer, words: String::from_utf8_lossy(&words).into_owned() })
    }
}

/// Reads an answer to its end: the machine code goes straight to where it stays, because it may be large. `None` for
/// one that is none, or that is longer than the process may make it.
fn read_answer(mut source: impl Read) -> Option<Compilation> {
    let verdict = read_head(&mut source);
    let (code, is_whole) = read_most(source, MOST_CODE_BYTES);
    verdict.ok().filter(|_| is_whole).map(|verdict| Compilation { verdict, code })
}

/// Reads to the end, and returns the first `most` bytes, and true if those are all: a pipe that is full would hold its
/// writer up.
fn read_most(mut source: impl Read, most: u64) -> (Vec<u8>, bool) {
    let mut bytes = Vec::new();
    let read = source.by_ref().take(most).read_to_end(&mut bytes);
    let more = read.and_then(|_| io::copy(&mut source, &mut io::sink()));
    (bytes, more.is_ok_and(|more| more == 0))
}

impl Ended {
    fn result(self) -> Result<Result<Compiled, Refusal>, Failure> {
        if self.status.success() {
            let Compilation { verdict, code } =
                self.answer.ok_or_else(|| Failure::Died("it gave no answer".to_owned()))?;
            return Ok(verdict.map(|surface| Compiled { surface, code }));
        }
        if self.overdue || self.status.signal() == Some(Signal::XCPU.as_raw()) {
            return Err(Failure::OutOfTime);
        }
        if are_out_of_memory(&self.words) {
            return Err(Failure::OutOfMemory);
        }
        let last = self.words.lines().filter(|line| !line.trim().is_empty()).take(2).collect::<Vec<_>>().join(" ");
        Err(Failure::Died(if last.is_empty() { self.status.to_string() } else { last }))
    }
}
