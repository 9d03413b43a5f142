//! The client of the control socket: it carries `host status`, `kill` and `resume` to a running host.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::protocol::{Reply, Request};
use crate::account_dir::AccountDir;

/// Time to the first line of an answer. A host answers from a thread that does nothing else: one that is silent for
/// longer hangs.
const FIRST_LINE: Duration = Duration::from_secs(2);

/// Time between two lines of an answer: longer than any step that is reported.
const NEXT_LINE: Duration = Duration::from_secs(15);

/// The reason why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// No host runs.
    NotRunning,
    /// A host seems to run, but does not answer, with the reason.
    Hung(String),
}

/// Asks the host of the account in `folder`, hands each line of progress to `say`, and returns the final reply.
///
/// # Errors
/// No host runs, or it does not answer.
pub fn ask(folder: &AccountDir, request: &Request, say: &mut dyn FnMut(&str)) -> Result<Reply, NoAnswer> {
    let stream = UnixStream::connect(folder.socket()).map_err(|error| match folder.is_locked() {
        // Without a socket nobody listens; but a held lock means that a host runs all the same.
        false => NoAnswer::NotRunning,
        true => NoAnswer::Hung(format!("{}: {error}", folder.socket().display())),
    })?;
    converse(stream, request, say).map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => NoAnswer::Hung("it is silent".to_owned()),
        _ => NoAnswer::Hung(error.to_string()),
    })
}

fn converse(mut stream: UnixStream, request: &Request, say: &mut dyn FnMut(&str)) -> io::Result<Reply> {
    stream.set_write_timeout(Some(FIRST_LINE))?;
    stream.set_read_timeout(Some(FIRST_LINE))?;
    stream.write_all(&line(request)?)?;
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    loop {
        line.clear();
        if reader.read_line(&mut line)? == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it ended in mid-answer"));
        }
        match serde_json::from_str(&line)? {
            Reply::Progress(text) => say(&text),
            last => return Ok(last),
        }
        reader.get_ref().set_read_timeout(Some(NEXT_LINE))?;
    }
}

/// Returns `message` as a line of JSON.
///
/// # Errors
/// It cannot be expressed in JSON.
pub fn line(message: &impl serde::Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    Ok(line)
}
