//! A process run to its end, with the processor time and the memory that it and the processes that it started took.

use std::fs;
use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

/// Time between two looks at the memory.
const LOOK: Duration = Duration::from_millis(2);
/// Clock ticks of the system in a second, in which it tells processor time.
const TICKS: f64 = 100.0;

pub struct Measured {
    pub code: Option<i32>,
    pub stderr: String,
    /// Processor time, with that of its children.
    pub seconds: f64,
    /// Most memory of the process itself.
    pub bytes: u64,
    /// Most memory of one of its children.
    pub compiler_bytes: u64,
}

pub fn run(mut command: Command) -> Measured {
    let before = ticks_of_children();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (id, over) = (child.id(), AtomicBool::new(false));
    let (mut stderr, mut bytes, mut compiler_bytes) = (String::new(), 0, 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                bytes = peak(id).max(bytes);
                compiler_bytes = children(id).into_iter().map(peak).max().unwrap_or(0).max(compiler_bytes);
                thread::sleep(LOOK);
            }
        });
        let mut text = Vec::new();
        child.stderr.take().unwrap().read_to_end(&mut text).unwrap();
        stderr = String::from_utf8_lossy(&text).into_owned();
        over.store(true, Ordering::Relaxed);
    });
    let code = child.wait().unwrap().code();
    let seconds = (ticks_of_children() - before) / TICKS;
    Measured { code, stderr, seconds, bytes, compiler_bytes }
}

/// Returns the most memory that a process has had so far, in bytes; 0 if it has ended.
fn peak(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()).and_then(|number| number.parse::<u64>().ok());
    kilobytes.unwrap_or(0) << 10
}

/// Returns the children that any thread of a process has started.
fn children(id: u32) -> Vec<u32> {
    let tasks = fs::read_dir(format!("/proc/{id}/task")).into_iter().flatten().flatten();
    let lists = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    lists.flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<_>>()).collect()
}

/// Returns the processor time of all processes that this one has waited for, with their children.
fn ticks_of_children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    // The name in parentheses may hold spaces.
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    fields[13..15].iter().map(|ticks| ticks.parse::<f64>().unwrap()).sum()
}
