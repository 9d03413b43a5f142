//! The command line as clap reads it, with what clap lacks: negative numbers are values, examples are never wrapped,
//! and a path in the wrong place is recognised.

use std::ffi::OsString;
use std::path::Path;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, Error, FromArgMatches};
use host_core::foreign;

use crate::args::Cli;
use crate::terminal::error;
use crate::terminal::text::Text;
use crate::terminal::ui::Colour;

/// A space at which clap does not wrap.
const FIRM: &str = "\u{a0}";

/// Reads `args`, program name included.
///
/// # Errors
/// They are invalid, or ask for help: clap's error is to be printed by [`text_of`].
pub fn parse(args: Vec<OsString>) -> Result<Cli, Error> {
    let matches = command().try_get_matches_from(with_negative_values(args))?;
    Cli::from_arg_matches(&matches)
}

fn command() -> Command {
    examples_firm(Cli::command().after_help(error::exit_codes_help()))
}

/// Returns `command` with examples, the indented lines below its help, that stay as they are at any width: half a
/// command is no command.
fn examples_firm(command: Command) -> Command {
    let firm = |line: &str| match line.starts_with("  ") {
        true => line.replace(' ', FIRM),
        false => line.to_owned(),
    };
    let help = command.get_after_help().map(|help| {
        let lines: Vec<String> = help.to_string().lines().map(firm).collect();
        lines.join("\n")
    });
    let command = match help {
        Some(help) => command.after_help(help),
        None => command,
    };
    command.mut_subcommands(examples_firm)
}

/// Joins `--option -5` to `--option=-5`. Clap would take `-5` for an option, and not say what is allowed.
fn with_negative_values(args: Vec<OsString>) -> Vec<OsString> {
    let is_option = |arg: &OsString| arg.to_str().is_some_and(|arg| arg.starts_with("--") && !arg.contains('='));
    let is_negative = |arg: &OsString| {
        let rest = arg.to_str().and_then(|arg| arg.strip_prefix('-'));
        rest.is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit() || first == '.'))
    };
    let mut joined: Vec<OsString> = Vec::with_capacity(args.len());
    for arg in args {
        match joined.last_mut().filter(|last| is_option(last) && is_negative(&arg)) {
            Some(option) => {
                option.push("=");
                option.push(arg);
            }
            None => joined.push(arg),
        }
    }
    joined
}

/// Returns `error` as it may be shown: what clap quotes of `args` is escaped and shortened.
pub fn shown(args: Vec<OsString>, error: Error) -> Error {
    let safe = |arg: &OsString| OsString::from(foreign::line(&arg.to_string_lossy(), foreign::LINE));
    let shown: Vec<OsString> = args.iter().map(safe).collect();
    if shown == args {
        return error;
    }
    // An argument that only its escapes make valid has no error: that of the first reading has no quotes then.
    parse(shown).err().unwrap_or_else(|| command().error(error.kind(), "an argument has characters that none may have"))
}

/// Returns the text of clap's `error`: help, the version, or a usage error with a guess at what was meant.
pub fn text_of(error: &Error, colour: Colour) -> Text {
    let coloured = match error.use_stderr() {
        true => colour.enabled(&std::io::stderr()),
        false => colour.enabled(&std::io::stdout()),
    };
    let text = error.render();
    // The styles are clap's own: arguments have been made safe before.
    let text = if coloured { text.ansi().to_string() } else { text.to_string() };
    let hint = misplaced(error).map_or_else(String::new, |meant| format!("\nhint: did you mean `{meant}`?\n"));
    Text::of_clap(text.replace(FIRM, " ") + &hint)
}

/// Returns the option that a path without one was meant for.
fn misplaced(error: &Error) -> Option<String> {
    let (ErrorKind::UnknownArgument, Some(ContextValue::String(given))) =
        (error.kind(), error.get(ContextKind::InvalidArg))
    else {
        return None;
    };
    let path = Path::new(given);
    if path.join("tape.json").exists() {
        Some(format!("--tape {given}"))
    } else if path.extension().is_some_and(|ending| ending == "wasm") || path.join("Cargo.toml").exists() {
        Some(format!("--strategy {given}"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All commands, each with the words that lead to it.
    fn commands(command: &Command, words: &str) -> Vec<(String, Command)> {
        let own = (words.to_owned(), command.clone());
        let below = command.get_subcommands().flat_map(|sub| commands(sub, &format!("{words} {}", sub.get_name())));
        std::iter::once(own).chain(below).collect()
    }

    #[test]
    fn examples_fit_78_columns_and_are_never_wrapped() {
        for (words, command) in commands(&Cli::command(), "host") {
            let Some(help) = command.get_after_help().map(ToString::to_string) else { continue };
            for width in [40, 60, 200] {
                let shown = examples_firm(command.clone()).term_width(width).render_long_help().to_string();
                let shown = shown.replace(FIRM, " ");
                for line in help.lines().filter(|line| line.starts_with("  ")) {
                    assert!(line.chars().count() <= 78, "{words}: {line}");
                    assert!(shown.lines().any(|shown| shown == line), "{words} at {width}: {line}\n{shown}");
                }
            }
        }
    }

    #[test]
    fn negative_numbers_are_values() {
        let check = |args: &[&str], expect: &[&str]| {
            assert_eq!(with_negative_values(args.iter().map(Into::into).collect()), expect, "{args:?}");
        };
        check(&["host", "--markets", "-5"], &["host", "--markets=-5"]);
        check(&["host", "--for", "-1d", "--seed", "2"], &["host", "--for=-1d", "--seed", "2"]);
        check(&["host", "--x", "-.5"], &["host", "--x=-.5"]);
        check(&["host", "--x=1", "-5"], &["host", "--x=1", "-5"]);
        check(&["host", "--x", "-q"], &["host", "--x", "-q"]);
    }

    /// Words that stand for what a reader chooses, where not any word would do.
    const CHOSEN: [(&str, &str); 2] = [("VALUE", "0.5"), ("N", "1")];

    /// The words of a command as a shell splits them; none of a comment or a pipe.
    fn shell_words(command: &str) -> Vec<String> {
        let mut words = Vec::new();
        let mut rest = command.split(" #").next().unwrap_or_default().trim_end_matches(" &").trim();
        while !rest.is_empty() && !rest.starts_with(['|', '>', '<']) && !rest.starts_with("2>") {
            let mark = rest.chars().next().filter(|mark| ['\'', '"'].contains(mark));
            let quoted = mark.and_then(|mark| rest[1..].split_once(mark));
            let (word, after) = quoted.unwrap_or_else(|| rest.split_once(' ').unwrap_or((rest, "")));
            let chosen = CHOSEN.iter().find(|(name, _)| *name == word).map_or(word, |(_, chosen)| chosen);
            words.push(chosen.to_owned());
            rest = after.trim_start();
        }
        words
    }

    /// The commands of the host on a page: those on lines of code, and those in the text.
    fn commands_of(page: &str) -> Vec<String> {
        let page = page.replace("\\\n", " ");
        let is_code = |line: &&str| line.starts_with("    ") || line.starts_with("$ ") || line.starts_with("host ");
        let lines = page.lines().filter(is_code).map(|line| line.trim_start().trim_start_matches("$ ").to_owned());
        let text = page.replace("```", "");
        let spans = text.split('`').skip(1).step_by(2);
        let in_text = spans.map(|code| code.split_whitespace().collect::<Vec<_>>().join(" "));
        // Not a row of a table that a command prints.
        let is_command = |line: &String| line.starts_with("host ") && !line.contains('`') && !line.contains("   ");
        lines.chain(in_text).filter(|line| is_command(line)).collect()
    }

    /// Returns true if `error` says no more than that something is missing: a text may name a command alone.
    fn is_incomplete(error: &Error) -> bool {
        use ErrorKind::{DisplayHelpOnMissingArgumentOrSubcommand, MissingRequiredArgument};
        matches!(error.kind(), MissingRequiredArgument | DisplayHelpOnMissingArgumentOrSubcommand)
    }

    #[test]
    fn the_commands_of_the_runbook_and_of_the_way_to_deploy_are_valid() {
        let pages = [include_str!("../../docs/RUNBOOK.md"), include_str!("../../docs/deploy.md")];
        for page in pages {
            let commands = commands_of(page);
            assert!(commands.len() > 5, "{commands:?}");
            for command in commands {
                let words = shell_words(&command);
                let is_name = words.len() <= 3;
                let error = parse(words.iter().map(OsString::from).collect()).err();
                let error = error.filter(|error| !(is_name && is_incomplete(error)));
                assert!(error.is_none(), "`{command}`: {}", error.unwrap());
            }
        }
    }
}
