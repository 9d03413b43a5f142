//! Which crate folders are built: to build one is to run its code, so it is the host's own, or a person has trusted it.

use std::io::{BufRead, IsTerminal, Write, stderr, stdin};
use std::path::Path;

use host_sandbox::trust::{FolderListError, FolderRefused, FolderTrust, TrustedFolder};

use super::trusted;
use crate::terminal;
use crate::terminal::error::{Report, Result};
use crate::terminal::operator::operator;
use crate::terminal::text::Text;

/// The person to ask about a folder that is not trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asking {
    /// The user, if they sit at a terminal: they want the folder to be built.
    AtTerminal,
    /// Nobody: the user wants to look at it.
    Never,
}

/// Returns `folder` as one whose code may run.
///
/// # Errors
/// Neither is it the host's own nor has anybody trusted it, or others can change it.
pub fn require_trusted(folder: &Path, trust: &FolderTrust, asking: Asking) -> Result<TrustedFolder> {
    match trust.judge(folder) {
        Err(FolderRefused::Untrusted { path }) if asking == Asking::AtTerminal && may_build(&path) => {
            add(&path, trust, "answer to a build")?;
            trust.judge(folder).map_err(|error| report(&error, folder))
        }
        judged => judged.map_err(|error| report(&error, folder)),
    }
}

/// Trusts `folder` from now on, by the word of this user, given by `command`.
///
/// # Errors
/// Others can change it, or the list cannot be written.
pub fn add(folder: &Path, trust: &FolderTrust, command: &str) -> Result<()> {
    let by = operator(command);
    trust.add(folder, &by, trusted::now()).map(|_| ()).map_err(|error| report(&error, folder))
}

/// Returns the report of a folder that may not be built; `given` is how the user named it.
pub fn report(error: &FolderRefused, given: &Path) -> Report {
    let trust = format!("`host trust folder {}`", quoted(given));
    let report = Report::user(error.to_string());
    match error {
        FolderRefused::Untrusted { .. } => report
            .because("build scripts and macros, its own and those of what it depends on, are no part of the sandbox")
            .hint(format!("look at it, then trust it: {trust}"))
            .hint("or use a component that was built, `X.wasm`: it runs nowhere but in the sandbox"),
        FolderRefused::Replaced { .. } => report.hint(format!("look at it anew, then trust it: {trust}")),
        FolderRefused::NotOwn { fault, .. } => report.hint(fault.hint()),
        FolderRefused::Unreadable { .. } => report.hint("check its path and its permissions"),
        FolderRefused::List(error) => list_report(error),
    }
}

/// Returns the report of a list of folders that cannot be read or written.
pub fn list_report(error: &FolderListError) -> Report {
    Report::from_error(crate::terminal::error::Kind::User, error).hint(error.hint())
}

/// Returns `path` as a shell takes it for one word.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |letter: char| letter.is_alphanumeric() || "/._-+@%:=,".contains(letter);
    match !text.is_empty() && text.chars().all(is_plain) && !text.starts_with('-') {
        true => text,
        false => format!("'{}'", text.replace('\'', r"'\''")),
    }
}

/// Asks at the terminal whether the folder at `path` is to be built, if there is one.
fn may_build(path: &Path) -> bool {
    stdin().is_terminal() && stderr().is_terminal() && ask(path, &mut stdin().lock(), &mut stderr()).unwrap_or(false)
}

fn ask(path: &Path, input: &mut impl BufRead, output: &mut impl Write) -> std::io::Result<bool> {
    let risk = "is not trusted: to build it is to run its code (build scripts, macros), as you";
    let question = Text::line(&format!("{} {risk}", path.display()));
    let question = question + Text::part("trust it from now on, and build it? [y/N] ");
    let typed = terminal::stderr::ask(&question, input, output)?;
    Ok(matches!(typed.to_ascii_lowercase().as_str(), "y" | "yes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        for (typed, good) in
            [("y\n", true), ("YES\n", true), ("\n", false), ("", false), ("no\n", false), ("ja\n", false)]
        {
            let mut output = Vec::new();
            assert_eq!(ask(Path::new("/x\u{1b}[2J"), &mut typed.as_bytes(), &mut output).unwrap(), good, "{typed:?}");
            let said = String::from_utf8(output).unwrap();
            assert!(said.starts_with("/x\\u{1b}[2J is not trusted") && said.ends_with("[y/N] "), "{said}");
        }
    }

    #[test]
    fn a_hint_can_be_pasted() {
        for (path, expect) in [("a/b-1", "a/b-1"), ("a b", "'a b'"), ("it's", r"'it'\''s'"), ("-x", "'-x'")] {
            assert_eq!(quoted(Path::new(path)), expect);
        }
    }
}
