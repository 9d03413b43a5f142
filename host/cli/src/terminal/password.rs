//! Passwords: typed at the terminal without echo, or read from a file. They never stand on the command line, which
//! other users of the machine can see, nor in the environment, which child processes get.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use super::error::{Report, Result};
use super::text::Text;

/// Most letters of a password that minisign takes.
const MOST: usize = 1_024;
/// Most bytes of a password file that are read.
const LONGEST_LINE: u64 = 65_536;

/// Returns the password of the key `name`: the first line of `file`, or else as typed.
///
/// # Errors
/// The file cannot be read, or there is no terminal.
pub fn of_key(file: Option<&Path>, name: &str) -> Result<String> {
    match file {
        Some(file) => first_line(file),
        None => typed(&format!("password of {name}: ")),
    }
}

/// Returns a password for a new key: the first line of `file`, or else as typed twice.
///
/// # Errors
/// Those of [`of_key`]; the password is empty or too long, or what was typed differs.
pub fn new(file: Option<&Path>) -> Result<String> {
    let password = match file {
        Some(file) => first_line(file)?,
        None => {
            let password = typed("password for the new key: ")?;
            if password != typed("the same again: ")? {
                return Err(Report::user("the two passwords differ: no key was made").hint("try again"));
            }
            password
        }
    };
    match password.len() {
        0 => {
            Err(Report::user("the password is empty: no key was made").hint("`--no-password` makes a key without one"))
        }
        1..=MOST => Ok(password),
        _ => Err(Report::user(format!("the password is longer than {MOST} letters: no key was made"))
            .hint("choose a shorter one")),
    }
}

fn first_line(file: &Path) -> Result<String> {
    let unread = |error| Report::io(format!("cannot read the password file {}", file.display()), &error);
    // A pipe from a password manager is as good as a file; neither needs to end behind the line.
    let mut line = String::new();
    let file = File::open(file).map_err(unread)?;
    BufReader::new(file.take(LONGEST_LINE)).read_line(&mut line).map_err(unread)?;
    Ok(line.lines().next().unwrap_or_default().to_owned())
}

fn typed(prompt: &str) -> Result<String> {
    rpassword::prompt_password(Text::part(prompt).as_str()).map_err(|error| {
        Report::user("cannot ask for the password: there is no terminal")
            .because(error)
            .hint("give it in a file: `--password-file FILE`")
    })
}
