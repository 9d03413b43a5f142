//! Child processes that are run for their output.

use std::process::{Command, Stdio};

/// Runs `command` and returns its standard output.
///
/// # Errors
/// The last line of its standard error, or the reason why it could not be started.
pub(super) fn output_of(command: &mut Command) -> Result<String, String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output =
        command.stdin(Stdio::null()).output().map_err(|error| format!("`{program}` could not be started: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let messages = String::from_utf8_lossy(&output.stderr);
    Err(messages.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it failed without a word").trim().to_owned())
}
