//! The asking end of the control socket: what `host status`, `kill` and `resume` say to a host that runs.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::protocol::{Reply, Request};
use crate::live::folder::AccountFolder;

/// A host answers from a thread that does nothing else: one that is silent for so long hangs.
const FIRST_WORD: Duration = Duration::from_secs(2);

/// Between two lines of an answer: longer than any step that is reported.
const NEXT_WORD: Duration = Duration::from_secs(15);

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoAnswer {
    /// No host runs.
    NotRunning,
    /// A host seems to run, but does not answer: why.
    Hung(String),
}

/// Asks the host of the account in `folder`, hands each line of progress to `say`, and yields the last word.
///
/// # Errors
/// No host runs, or it does not answer.
pub fn ask(folder: &AccountFolder, request: &Request, say: &mut dyn FnMut(&str)) -> Result<Reply, NoAnswer> {
    let stream = UnixStream::connect(folder.socket()).map_err(|error| match folder.is_locked() {
        // Without a socket there is nobody behind it; with a lock there is somebody after all.
        false => NoAnswer::NotRunning,
        true => NoAnswer::Hung(format!("{}: {error}", folder.socket().display())),
    })?;
    converse(stream, request, say).map_err(|error| match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => NoAnswer::Hung("it is silent".to_owned()),
        _ => NoAnswer::Hung(error.to_string()),
    })
}

fn converse(mut stream: UnixStream, request: &Request, say: &mut dyn FnMut(&str)) -> io::Result<Reply> {
    stream.set_write_timeout(Some(FIRST_WORD))?;
    stream.set_read_timeout(Some(FIRST_WORD))?;
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
        reader.get_ref().set_read_timeout(Some(NEXT_WORD))?;
    }
}

/// A message as a line.
///
/// # Errors
/// It cannot be said in JSON.
pub fn line(message: &impl serde::Serialize) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    Ok(line)
}
