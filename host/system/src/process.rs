//! Processes that this one has started.

use std::io;
use std::process::Child;

/// Kills the process group that `child` leads. It must have been started as a leader (`process_group(0)`) and not been
/// waited for yet, so that its number is still its own.
///
/// # Errors
/// The system's, for example if nobody of the group is left.
pub fn kill_group(child: &Child) -> io::Result<()> {
    let leader = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw);
    let leader = leader.ok_or(io::ErrorKind::NotFound)?;
    Ok(rustix::process::kill_process_group(leader, rustix::process::Signal::KILL)?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn children_of_a_child_are_killed_with_it() {
        // The shell waits for a child of its own, which holds the pipe open.
        let mut command = Command::new("sh");
        let child = command.args(["-c", "sleep 600 & wait"]).stdout(Stdio::piped()).process_group(0).spawn();
        let mut child = child.unwrap();
        kill_group(&child).unwrap();
        let mut pipe = child.stdout.take().unwrap();
        assert_eq!(io::copy(&mut pipe, &mut io::sink()).unwrap(), 0, "the pipe is closed: nobody is left");
        assert!(!child.wait().unwrap().success());
    }
}
