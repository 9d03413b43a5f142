//! The last check before real money: the operator names the account, at a terminal or on the command line.

use std::io::{BufRead, IsTerminal, Write, stderr, stdin};

use host_live::LiveError;
use host_live::confirm::Confirmed;
use host_live::refusal::{Checked, Refusal};

use crate::terminal;
use crate::terminal::text::Text;

/// The ways to get a confirmation.
#[derive(Debug)]
pub enum ConfirmationSource<'a> {
    /// The account is named on the command line: `--yes-i-mean-live=<account>`.
    Named(&'a str),
    /// The operator can be asked at a terminal.
    Terminal,
    /// There is neither.
    Nobody,
}

/// Has the operator confirm that `account` is to trade: by `named` from the command line, or at the terminal.
///
/// # Errors
/// The name differs, or there is no terminal to ask at.
pub fn confirm(account: &str, named: Option<&str>) -> Result<Confirmed, LiveError> {
    let source = match named {
        Some(name) => ConfirmationSource::Named(name),
        None if stdin().is_terminal() => ConfirmationSource::Terminal,
        None => ConfirmationSource::Nobody,
    };
    ask(account, &source, &mut stdin().lock(), &mut stderr())
        .map_err(|refusal| LiveError::Refused { checked: Checked::Confirmation, refusals: vec![refusal] })
}

/// Returns true if the operator says at the terminal that the positions `found` are theirs and stay as they are.
/// Without a terminal nobody says so.
pub fn may_leave(found: &[String]) -> bool {
    stdin().is_terminal() && ask_to_leave(found, &mut stdin().lock(), &mut stderr()).unwrap_or(false)
}

fn ask_to_leave(found: &[String], input: &mut impl BufRead, output: &mut impl Write) -> std::io::Result<bool> {
    let head = Text::line("the account holds positions that this host did not open:");
    let positions: Text = found.iter().map(|position| Text::line(&format!("  {position}"))).sum();
    let question = Text::part("type `leave` to leave them alone as yours, anything else to start nothing: ");
    Ok(terminal::stderr::ask(&(head + positions + question), input, output)? == "leave")
}

/// Checks the given name, or asks for it through `output` and `input`.
fn ask(
    account: &str,
    source: &ConfirmationSource<'_>,
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> Result<Confirmed, Refusal> {
    let again = format!("the account is `{account}` (live.account)");
    match source {
        ConfirmationSource::Named(named) => Confirmed::by_name(account, named).ok_or_else(|| {
            let what = format!("`--yes-i-mean-live={named}` does not match live.account");
            Refusal::new(what, format!("{again}: name it, or correct the configuration"))
        }),
        ConfirmationSource::Nobody => {
            let fix = format!("start it from a terminal, or pass `--yes-i-mean-live={account}`");
            Err(Refusal::new("trading real money has not been confirmed", fix))
        }
        ConfirmationSource::Terminal => {
            let question = Text::part("type the account's name to trade real money: ");
            match terminal::stderr::ask(&question, input, output) {
                Ok(typed) => Confirmed::by_name(account, &typed)
                    .ok_or_else(|| Refusal::new("that is not the account's name: nothing was started", again)),
                Err(error) => Err(Refusal::new(format!("the terminal cannot be read: {error}"), again)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_that_are_found_are_listed_and_left_alone_at_one_word_only() {
        let found = ["5 contracts of A".to_owned(), "-2 contracts of B".to_owned()];
        for (typed, good) in [("leave\n", true), ("yes\n", false), ("", false)] {
            let mut output = Vec::new();
            assert_eq!(ask_to_leave(&found, &mut typed.as_bytes(), &mut output).unwrap(), good);
            let said = String::from_utf8(output).unwrap();
            assert!(said.contains("\n  5 contracts of A\n  -2 contracts of B\n"), "{said}");
        }
    }

    #[test]
    fn only_the_accounts_own_name_confirms() {
        let check = |source: ConfirmationSource<'_>, typed: &str, good: bool| {
            let mut output = Vec::new();
            let confirmed = ask("alex", &source, &mut typed.as_bytes(), &mut output);
            assert_eq!(confirmed.is_ok(), good, "{source:?} {typed:?}");
            assert!(confirmed.is_ok_and(|proof| proof.account() == "alex") || !good);
            let asked = String::from_utf8(output).unwrap();
            assert_eq!(asked.is_empty(), !matches!(source, ConfirmationSource::Terminal), "{asked}");
        };
        check(ConfirmationSource::Named("alex"), "", true);
        check(ConfirmationSource::Named("alexa"), "alex\n", false);
        check(ConfirmationSource::Named(""), "alex\n", false);
        check(ConfirmationSource::Terminal, "alex\n", true);
        check(ConfirmationSource::Terminal, "  alex  \n", true);
        check(ConfirmationSource::Terminal, "yes\n", false);
        check(ConfirmationSource::Terminal, "Alex\n", false);
        check(ConfirmationSource::Terminal, "\n", false);
        check(ConfirmationSource::Terminal, "", false);
        check(ConfirmationSource::Nobody, "alex\n", false);
    }
}
