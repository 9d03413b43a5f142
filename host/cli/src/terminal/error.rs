//! The one error that commands end in: what failed, why, what to do about it, and the exit code.
//!
//! Libraries have their own error enums; a command turns them into a [`Report`] where it knows what the user was doing.
//! Nothing else may decide an exit code or write an error to the terminal.

use std::fmt::Write as _;
use std::io;
use std::process::ExitCode;

use host_live::control::protocol::Failure;

/// Result of anything that a command does.
pub type Result<T, E = Report> = std::result::Result<T, E>;

/// The kind of a failure, which decides the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The user's input cannot be used: a missing file, a bad tape.
    User,
    /// The configuration is wrong.
    Config,
    /// The command line is wrong.
    Usage,
    /// The venue or the network failed.
    Venue,
    /// The risk manager refused.
    RiskRefused,
    /// A strategy failed or broke its contract.
    StrategyFault,
    /// The go/no-go criteria are not met.
    NoGo,
    /// The host itself is at fault.
    Internal,
    /// The reader of our output went away, as `head` does: a success.
    BrokenPipe,
}

/// Every exit code with its meaning, in the order that `host --help` lists them.
const EXIT_CODES: [(Kind, u8, &str); 9] = [
    (Kind::BrokenPipe, 0, "done"),
    (Kind::User, 1, "bad input"),
    (Kind::Config, 1, "bad configuration"),
    (Kind::Usage, 2, "bad command line"),
    (Kind::Venue, 3, "venue or network failed"),
    (Kind::RiskRefused, 4, "refused by the risk manager"),
    (Kind::StrategyFault, 5, "a strategy failed"),
    (Kind::NoGo, 10, "no-go"),
    (Kind::Internal, 101, "a bug in the host"),
];

impl Kind {
    /// Returns the exit code of the process.
    pub fn code(self) -> u8 {
        EXIT_CODES.iter().find(|(kind, ..)| *kind == self).map_or(101, |(_, code, _)| *code)
    }
}

/// The table of exit codes for `host --help`.
pub fn exit_codes_help() -> String {
    let mut help = String::from("Exit codes:\n");
    for (index, (_, code, meaning)) in EXIT_CODES.iter().enumerate() {
        let same = index > 0 && EXIT_CODES[index - 1].1 == *code;
        match same {
            true => help.push_str(&format!(", {meaning}")),
            false => help.push_str(&format!("{}{code:>5}  {meaning}", if index == 0 { "" } else { "\n" })),
        }
    }
    help
}

/// A failure as a user reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    kind: Kind,
    message: String,
    causes: Vec<String>,
    hints: Vec<String>,
}

impl Report {
    /// A failure of `kind`; `message` says what could not be done, in lower case and without a full stop.
    pub fn new(kind: Kind, message: impl Into<String>) -> Report {
        Report { kind, message: message.into(), causes: Vec::new(), hints: Vec::new() }
    }

    /// A library's error of `kind`, with everything beneath it as causes.
    pub fn from_error(kind: Kind, error: &dyn std::error::Error) -> Report {
        let report = Report::new(kind, error.to_string());
        error.source().map_or_else(|| report.clone(), |source| report.clone().because_of(source))
    }

    /// A failure of `kind` that a running host has reported.
    pub fn from_failure(kind: Kind, failure: Failure) -> Report {
        Report { kind, message: failure.message, causes: failure.causes, hints: failure.hints }
    }

    /// The user's input cannot be used.
    pub fn user(message: impl Into<String>) -> Report {
        Report::new(Kind::User, message)
    }

    /// The command line is wrong in a way that only the command can see.
    pub fn usage(message: impl Into<String>) -> Report {
        Report::new(Kind::Usage, message)
    }

    /// Adds why it failed.
    pub fn because(mut self, cause: impl ToString) -> Report {
        self.causes.push(cause.to_string());
        self
    }

    /// Adds `error` and everything beneath it as causes.
    pub fn because_of(mut self, error: &dyn std::error::Error) -> Report {
        let mut next = Some(error);
        while let Some(error) = next {
            let said = error.to_string();
            // Many errors repeat their source's words in their own: said once is enough.
            if !self.causes.iter().any(|cause| cause.contains(&said)) {
                self.causes.push(said);
            }
            next = error.source();
        }
        self
    }

    /// Adds what the user can do about it.
    pub fn hint(mut self, hint: impl Into<String>) -> Report {
        self.hints.push(hint.into());
        self
    }

    /// Adds a hint if there is one.
    pub fn maybe_hint(self, hint: Option<String>) -> Report {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    /// A failure of a file or stream, where `what` could not be done; a broken pipe keeps its own kind.
    pub fn io(what: impl Into<String>, error: &io::Error) -> Report {
        let kind = match error.kind() {
            io::ErrorKind::BrokenPipe => Kind::BrokenPipe,
            _ => Kind::User,
        };
        let report = Report::new(kind, what).because(error);
        match error.kind() {
            io::ErrorKind::StorageFull => report.hint("free some space, or write somewhere else"),
            io::ErrorKind::PermissionDenied => report.hint("check who may write there"),
            _ => report,
        }
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The text for the terminal: the error, its causes, a blank line, the hints.
    pub fn render(&self, colour: bool) -> String {
        let paint = |code: &str, text: &str| match colour {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_string(),
        };
        let mut text = format!("{} {}\n", paint("1;31", "error:"), self.message);
        for cause in &self.causes {
            let _ = writeln!(text, "  {}", cause.trim_end().replace('\n', "\n  "));
        }
        for (index, hint) in self.hints.iter().enumerate() {
            let gap = if index == 0 { "\n" } else { "" };
            let _ = writeln!(text, "{gap}{} {hint}", paint("1;36", "hint:"));
        }
        text
    }

    /// Tells the user and yields the exit code.
    pub fn exit(&self, colour: bool) -> ExitCode {
        if self.kind != Kind::BrokenPipe {
            eprint_lossy(&self.render(colour));
        }
        ExitCode::from(self.kind.code())
    }
}

/// Writes to stderr and does not care if nobody listens: `eprint!` would panic.
pub fn eprint_lossy(text: &str) {
    use io::Write as _;
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Makes a panic, which is always our fault, say so instead of showing a bare backtrace.
pub fn install_panic_hook() {
    std::panic::set_hook(Box::new(|panic| {
        let payload = panic.payload();
        let said = payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
        let place = panic.location().map(ToString::to_string);
        eprint_lossy(&bug(said.unwrap_or("no message"), place.as_deref()).render(false));
    }));
}

fn bug(said: &str, place: Option<&str>) -> Report {
    Report::new(Kind::Internal, "the host failed: this is a bug, and not your fault")
        .because(format!("{said} (at {}, version {})", place.unwrap_or("?"), env!("CARGO_PKG_VERSION")))
        .hint("please report it with these lines and the command that you ran")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_exit_code() {
        let check = |kind: Kind, code: u8| assert_eq!(kind.code(), code, "{kind:?}");
        check(Kind::BrokenPipe, 0);
        check(Kind::User, 1);
        check(Kind::Config, 1);
        check(Kind::Usage, 2);
        check(Kind::Venue, 3);
        check(Kind::RiskRefused, 4);
        check(Kind::StrategyFault, 5);
        check(Kind::NoGo, 10);
        check(Kind::Internal, 101);
    }

    #[test]
    fn a_report_reads_as_error_causes_and_hints() {
        let report = Report::user("cannot read x.toml").because("line 1\nline 2").hint("do this").hint("or that");
        insta::assert_snapshot!(report.render(false), @r"
        error: cannot read x.toml
          line 1
          line 2

        hint: do this
        hint: or that
        ");
    }

    #[test]
    fn a_panic_reads_as_our_fault() {
        let text =
            bug("index out of bounds", Some("src/x.rs:1:2")).render(false).replace(env!("CARGO_PKG_VERSION"), "V");
        insta::assert_snapshot!(text, @r"
        error: the host failed: this is a bug, and not your fault
          index out of bounds (at src/x.rs:1:2, version V)

        hint: please report it with these lines and the command that you ran
        ");
    }

    #[test]
    fn a_broken_pipe_is_no_failure() {
        let error = io::Error::from(io::ErrorKind::BrokenPipe);
        assert_eq!(Report::io("cannot write", &error).kind().code(), 0);
    }
}
