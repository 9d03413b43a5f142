//! Child processes: short ones that are run for their output, and long ones that are watched.

use std::io::{self, BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use host_system::process::kill_group;

/// Most bytes of a child's messages that are kept: the first errors explain the rest.
const MOST_MESSAGES: usize = 64 << 10;
/// Most bytes that are read of a child's output. One that writes more waits for its end.
const MOST_OUTPUT: u64 = 64 << 20;
/// Time between two looks at the clock.
const LOOK: Duration = Duration::from_millis(100);

/// Runs `command` and returns its standard output.
///
/// # Errors
/// The line of its standard error that tells why it failed, or the reason why it could not be started.
pub(super) fn output_of(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    // A backtrace would stand around the reason.
    let output = command.env("RUST_BACKTRACE", "0").stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("`{program}` could not be started: {error}"))?;
    match output.status.success() {
        true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
        false => Err(reason(&String::from_utf8_lossy(&output.stderr))),
    }
}

/// Returns the first line of `messages` that tells of an error, else the first.
fn reason(messages: &str) -> String {
    let lines = || messages.lines().map(str::trim).filter(|line| !line.is_empty());
    // Apt writes `E: `.
    let error = lines().find(|line| line.to_ascii_lowercase().contains("error") || line.starts_with("E: "));
    error.or_else(|| lines().next()).unwrap_or("it failed without a word").to_owned()
}

/// The reasons to end a child before its own time.
#[derive(Clone, Copy, Debug)]
pub(super) struct Watch<'a> {
    pub deadline: Instant,
    pub stop: &'a AtomicBool,
}

impl Watch<'_> {
    pub fn new(limit: Duration, stop: &AtomicBool) -> Watch<'_> {
        Watch { deadline: Instant::now() + limit, stop }
    }
}

/// The end of a child that was watched.
#[derive(Debug)]
pub(super) enum Ended {
    /// By itself, with what it wrote to standard error.
    Exited(ExitStatus, String),
    /// It was killed, and all that it had started: its time was over.
    Late,
    /// It was killed, because a person wanted to stop.
    Stopped,
}

/// Something that a child wrote.
enum Written {
    Line(String),
    Message(Vec<u8>),
}

/// Runs `command` in a process group of its own, hands each line of its output to `line`, and kills the group when
/// `watch` says so. Processes that the child leaves behind are not waited for.
///
/// # Errors
/// The system's: it could not be started or waited for.
pub(super) fn watched(command: &mut Command, watch: Watch<'_>, line: &mut dyn FnMut(&str)) -> io::Result<Ended> {
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0).spawn()?;
    let (sender, written) = mpsc::channel();
    read(&mut child, sender);
    let mut messages = Vec::new();
    let mut open = true;
    loop {
        let next = if open { written.recv_timeout(LOOK) } else { Err(RecvTimeoutError::Disconnected) };
        match next {
            Ok(Written::Line(text)) => line(&text),
            Ok(Written::Message(bytes)) => {
                let room = MOST_MESSAGES.saturating_sub(messages.len()).min(bytes.len());
                messages.extend_from_slice(&bytes[..room]);
            }
            Err(end) => {
                open = end == RecvTimeoutError::Timeout;
                if let Some(status) = child.try_wait()? {
                    return Ok(Ended::Exited(status, String::from_utf8_lossy(&messages).into_owned()));
                }
                if !open {
                    thread::sleep(LOOK / 10);
                }
            }
        }
        let stopped = watch.stop.load(Ordering::Relaxed);
        if stopped || Instant::now() >= watch.deadline {
            // It has not been waited for, so the group is still its own; if it is gone, there is nothing to kill.
            let _ = kill_group(&child);
            child.wait()?;
            return Ok(if stopped { Ended::Stopped } else { Ended::Late });
        }
    }
}

/// Reads both pipes at the same time: a child would block on a full one.
fn read(child: &mut Child, sender: Sender<Written>) {
    if let Some(mut stderr) = child.stderr.take() {
        let sender = sender.clone();
        thread::spawn(move || {
            let mut buffer = [0; 8192];
            while let Ok(count @ 1..) = stderr.read(&mut buffer) {
                if sender.send(Written::Message(buffer[..count].to_owned())).is_err() {
                    break;
                }
            }
        });
    }
    if let Some(stdout) = child.stdout.take() {
        thread::spawn(move || {
            let lines = BufReader::new(stdout.take(MOST_OUTPUT)).lines().map_while(Result::ok);
            let _ = lines.map(Written::Line).try_for_each(|written| sender.send(written));
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str, limit: Duration, stop: bool) -> (Ended, Vec<String>) {
        let stop = AtomicBool::new(stop);
        let mut lines = Vec::new();
        let mut command = Command::new("sh");
        let watch = Watch::new(limit, &stop);
        let ended = watched(command.args(["-c", script]), watch, &mut |line| lines.push(line.to_owned())).unwrap();
        (ended, lines)
    }

    #[test]
    fn the_reason_of_a_failure_is_its_error_and_no_backtrace() {
        let said = |script: &str| output_of(Command::new("sh").args(["-c", script])).unwrap_err();
        assert_eq!(said("echo 'info: x\n  error: it broke\nStack:\n  13: <unknown>' >&2; exit 1"), "error: it broke");
        assert_eq!(said("echo '\nW: x\nE: no package\nW: y' >&2; exit 1"), "E: no package");
        assert_eq!(said("echo 'no permission\nat all' >&2; exit 1"), "no permission");
        assert_eq!(said("echo $RUST_BACKTRACE >&2; exit 1"), "0");
        assert_eq!(said("exit 1"), "it failed without a word");
    }

    #[test]
    fn a_child_is_heard_to_its_end() {
        let (ended, lines) = run("echo one; echo two; echo no >&2; exit 3", Duration::from_secs(60), false);
        assert_eq!(lines, ["one", "two"]);
        let Ended::Exited(status, messages) = ended else { panic!("{ended:?}") };
        assert_eq!((status.code(), messages.as_str()), (Some(3), "no\n"));
        // One that is left behind keeps the pipes open.
        let (ended, _) = run("setsid sleep 5 & exit 0", Duration::from_secs(60), false);
        assert!(matches!(ended, Ended::Exited(status, _) if status.success()));
        let (Ended::Exited(_, messages), _) = run("head -c 200000 /dev/zero >&2", Duration::from_secs(60), false)
        else {
            panic!("it was killed");
        };
        assert_eq!(messages.len(), MOST_MESSAGES);
    }

    #[test]
    fn a_child_that_goes_on_is_killed() {
        let long = "trap '' INT TERM; while :; do sleep 1; done";
        assert!(matches!(run(long, Duration::from_millis(300), false).0, Ended::Late));
        assert!(matches!(run(long, Duration::from_secs(600), true).0, Ended::Stopped));
    }
}
