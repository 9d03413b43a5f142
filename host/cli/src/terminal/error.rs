//! The error type of all commands: what failed, why, what to do about it, and the exit code.
//!
//! Libraries have their own error enums; commands turn them into a [`Report`], because they know what the user was
//! doing. Nothing else may choose an exit code or print an error.

use std::io;
use std::process::ExitCode;

use host_live::control::protocol::Failure;
use host_session::StopSignal;
use host_system::guard;

use super::stderr;
use super::text::{Style, Text};

/// The result of a command's functions.
pub type Result<T, E = Report> = std::result::Result<T, E>;

/// The kind of a failure, which determines the exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The user's input is unusable, such as a missing file or a damaged tape.
    User,
    Config,
    /// The command line is invalid.
    Usage,
    /// The venue or the network failed.
    Venue,
    RiskRefused,
    /// A strategy failed or broke its contract.
    StrategyFault,
    /// The go/no-go criteria are not met.
    NoGo,
    /// A bug in the host, or a machine that denies it threads, files or memory.
    Internal,
    /// Ctrl-C cut short what was asked for.
    Interrupted,
    /// SIGTERM or SIGHUP did.
    Terminated,
    /// The reader of stdout went away, as `head` does. This counts as success.
    BrokenPipe,
}

/// The exit codes with their meanings, in the order of `host --help`.
const EXIT_CODES: [(Kind, u8, &str); 11] = [
    (Kind::BrokenPipe, 0, "done"),
    (Kind::User, 1, "bad input"),
    (Kind::Config, 1, "bad configuration"),
    (Kind::Usage, 2, "bad command line"),
    (Kind::Venue, 3, "venue or network failed"),
    (Kind::RiskRefused, 4, "refused by the risk manager"),
    (Kind::StrategyFault, 5, "a strategy failed"),
    (Kind::NoGo, 10, "no-go"),
    (Kind::Internal, 101, "a bug in the host"),
    (Kind::Interrupted, 130, "cut short by Ctrl-C"),
    (Kind::Terminated, 143, "cut short by SIGTERM"),
];

impl Kind {
    /// Returns the kind of a task that `signal` cut short. Its code is 128 plus the signal's number, as shells expect.
    pub fn of_signal(signal: StopSignal) -> Kind {
        match signal {
            StopSignal::Interrupt => Kind::Interrupted,
            StopSignal::Terminate => Kind::Terminated,
        }
    }

    /// Returns the process's exit code.
    pub fn code(self) -> u8 {
        EXIT_CODES.iter().find(|(kind, ..)| *kind == self).map_or(101, |(_, code, _)| *code)
    }
}

/// Returns the table of exit codes for `host --help`.
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

/// Most lines that are printed of a message, of all causes together, and of a hint.
const MOST_LINES: usize = 100;

/// A failure as it is printed: message, causes, hints.
///
/// Each is one line, whatever names and values of others stand in it. What our own code has laid out in lines, or a
/// compiler, comes in by [`Report::ending_in`], [`Report::because_lines`] and [`Report::hint_lines`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    kind: Kind,
    message: String,
    causes: Vec<String>,
    hints: Vec<String>,
}

impl Report {
    /// Creates a report. `message` says what could not be done, in lower case and without a full stop.
    pub fn new(kind: Kind, message: impl Into<String>) -> Report {
        Report { kind, message: one_line(&message.into()), causes: Vec::new(), hints: Vec::new() }
    }

    /// Creates a report as [`Report::new`] does, where the end of `message` is `lines`, whose line feeds stay: the
    /// output of a compiler, or what a strategy said.
    pub fn ending_in(kind: Kind, message: &str, lines: &str) -> Report {
        let own = message.strip_suffix(lines);
        let report = Report::new(kind, own.unwrap_or(message));
        Report { message: own.map_or_else(|| report.message.clone(), |_| report.message.clone() + lines), ..report }
    }

    /// Creates a report of a library's error, with its sources as causes.
    pub fn from_error(kind: Kind, error: &dyn std::error::Error) -> Report {
        let report = Report::new(kind, error.to_string());
        error.source().map_or_else(|| report.clone(), |source| report.clone().because_of(source))
    }

    /// Creates a report of a failure that a running host sent.
    pub fn from_failure(kind: Kind, failure: Failure) -> Report {
        Report { kind, message: failure.message, causes: failure.causes, hints: failure.hints }
    }

    pub fn user(message: impl Into<String>) -> Report {
        Report::new(Kind::User, message)
    }

    /// Creates a report of an invalid command line that clap could not detect.
    pub fn usage(message: impl Into<String>) -> Report {
        Report::new(Kind::Usage, message)
    }

    /// Returns it as a failure that is sent to whoever has asked: that something was `not_done`, with all of it as
    /// causes.
    pub fn into_failure(self, not_done: &str) -> Failure {
        let causes = std::iter::once(self.message).chain(self.causes).collect();
        Failure { message: not_done.to_owned(), causes, hints: self.hints }
    }

    /// Adds a cause.
    pub fn because(mut self, cause: impl ToString) -> Report {
        self.causes.push(one_line(&cause.to_string()));
        self
    }

    /// Adds a cause that our own code, or a parser, has laid out in lines.
    pub fn because_lines(mut self, cause: impl ToString) -> Report {
        self.causes.push(cause.to_string());
        self
    }

    /// Adds `error` and its sources as causes.
    pub fn because_of(mut self, error: &dyn std::error::Error) -> Report {
        let mut next = Some(error);
        while let Some(error) = next {
            let text = one_line(&error.to_string());
            // Many errors repeat the text of their source in their own.
            if !self.causes.iter().any(|cause| cause.contains(&text)) {
                self.causes.push(text);
            }
            next = error.source();
        }
        self
    }

    /// Adds advice on what the user can do.
    pub fn hint(mut self, hint: impl Into<String>) -> Report {
        self.hints.push(one_line(&hint.into()));
        self
    }

    /// Adds advice that our own code has laid out in lines.
    pub fn hint_lines(mut self, hint: impl Into<String>) -> Report {
        self.hints.push(hint.into());
        self
    }

    pub fn maybe_hint(self, hint: Option<String>) -> Report {
        match hint {
            Some(hint) => self.hint(hint),
            None => self,
        }
    }

    /// Creates a report of a failed file or stream; `what` could not be done. A broken pipe gets its own kind.
    pub fn io(what: impl Into<String>, error: &io::Error) -> Report {
        let kind = match error.kind() {
            io::ErrorKind::BrokenPipe => Kind::BrokenPipe,
            _ => Kind::User,
        };
        let report = Report::new(kind, what).because(error);
        match error.kind() {
            io::ErrorKind::StorageFull => report.hint("free some space, or write somewhere else"),
            io::ErrorKind::PermissionDenied => report.hint("check the permissions"),
            _ => report,
        }
    }

    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the text for the terminal: the message, the causes, a blank line, the hints.
    pub fn render(&self, colour: bool) -> Text {
        let mark = |style, word| Text::part(word).styled(style, colour);
        let mut text = mark(Style::Red, "error:") + block(&self.message);
        // A cause may have lines: those of a file with the place in it, or of a strategy's log. None begins a line.
        let lines = self.causes.iter().flat_map(|cause| cause.trim_end().split('\n'));
        text = text + at_most(MOST_LINES, lines, |line| Text::line(&format!("  {line}")));
        for (index, hint) in self.hints.iter().enumerate() {
            let gap = Text::laid_out(if index == 0 { "\n" } else { "" });
            text = text + gap + mark(Style::Cyan, "hint:") + block(hint);
        }
        text
    }

    /// Prints the report and returns the exit code.
    pub fn exit(&self, colour: bool) -> ExitCode {
        if self.kind != Kind::BrokenPipe {
            stderr::write(&self.render(colour));
        }
        ExitCode::from(self.kind.code())
    }
}

/// Returns `text` with escapes for its line feeds, apart from those at its end.
fn one_line(text: &str) -> String {
    text.trim_end_matches('\n').replace('\n', "\\n")
}

/// Returns the lines of `text`, to stand behind a mark. Those after the first are indented: none begins a line.
fn block(text: &str) -> Text {
    let mut lines = text.trim_end().split('\n');
    let first = Text::line(&format!(" {}", lines.next().unwrap_or_default()));
    let indented = |line: &str| if line.starts_with(' ') { Text::line(line) } else { Text::line(&format!("  {line}")) };
    first + at_most(MOST_LINES - 1, lines, indented)
}

/// Returns the first `most` of `lines` as `shown`, and says how many there are beyond them.
fn at_most<'a>(most: usize, mut lines: impl Iterator<Item = &'a str>, shown: impl Fn(&str) -> Text) -> Text {
    let text: Text = lines.by_ref().take(most).map(shown).sum();
    match lines.count() {
        0 => text,
        more => text + Text::line(&format!("  ({more} lines more)")),
    }
}

/// Reports a panic as a bug in the host instead of a bare backtrace.
pub fn install_panic_hook() {
    std::panic::set_hook(Box::new(|panic| {
        // It becomes an error of the file that was read.
        if guard::is_guarded() {
            return;
        }
        let payload = panic.payload();
        let message = payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
        let place = panic.location().map(ToString::to_string);
        stderr::write_past_lines(&bug(message.unwrap_or("no message"), place.as_deref()).render(false));
    }));
}

fn bug(message: &str, place: Option<&str>) -> Report {
    Report::new(Kind::Internal, "the host failed: this is a bug in the host, not a mistake of yours")
        .because(format!("{message} (at {}, version {})", place.unwrap_or("?"), env!("CARGO_PKG_VERSION")))
        .hint("please report it with these lines and the command you ran")
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
        check(Kind::Interrupted, 130);
        check(Kind::Terminated, 143);
    }

    #[test]
    fn a_report_prints_error_causes_and_hints() {
        let report = Report::user("cannot read x.toml").because_lines("line 1\nline 2").hint("do this").hint("or that");
        insta::assert_snapshot!(report.render(false), @r"
        error: cannot read x.toml
          line 1
          line 2

        hint: do this
        hint: or that
        ");
    }

    #[test]
    fn names_and_values_of_others_begin_no_line() {
        let source = io::Error::other("no mode `x\nLIVE b`");
        let report = Report::user("no file `x\nLIVE a`").because_of(&source).because("y\nz").hint("mean `x\ny`?");
        insta::assert_snapshot!(report.hint_lines("write:\n  a = 1").render(false), @r"
        error: no file `x\nLIVE a`
          no mode `x\nLIVE b`
          y\nz

        hint: mean `x\ny`?
        hint: write:
          a = 1
        ");
        let built = Report::ending_in(Kind::User, "x\nLIVE c does not compile:\n  a\n  b", "\n  a\n  b");
        insta::assert_snapshot!(built.render(false), @r"
        error: x\nLIVE c does not compile:
          a
          b
        ");
    }

    #[test]
    fn a_panic_reads_as_a_bug_in_the_host() {
        let text = bug("index out of bounds", Some("src/x.rs:1:2"))
            .render(false)
            .to_string()
            .replace(env!("CARGO_PKG_VERSION"), "V");
        insta::assert_snapshot!(text, @r"
        error: the host failed: this is a bug in the host, not a mistake of yours
          index out of bounds (at src/x.rs:1:2, version V)

        hint: please report it with these lines and the command you ran
        ");
    }

    #[test]
    fn a_broken_pipe_is_not_a_failure() {
        let error = io::Error::from(io::ErrorKind::BrokenPipe);
        assert_eq!(Report::io("cannot write", &error).kind().code(), 0);
    }
}
