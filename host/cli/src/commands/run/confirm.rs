//! The last question before real money: a person names the account, at a terminal or on the command line.

use std::io::{BufRead, IsTerminal, Write, stdin};

use host_live::LiveError;
use host_live::confirm::Confirmed;
use host_live::preflight::{Checked, Refusal};

/// The way in which a person can be asked.
#[derive(Debug)]
pub enum Asking<'a> {
    /// They have named the account on the command line: `--yes-i-mean-live=<account>`.
    Named(&'a str),
    /// They sit at a terminal.
    Terminal,
    /// Nobody can be asked.
    Nobody,
}

/// Has a person confirm that `account` is to trade: `named` on the command line, or at the terminal.
///
/// # Errors
/// The name is another one, or there is nobody to give one.
pub fn confirm(account: &str, named: Option<&str>) -> Result<Confirmed, LiveError> {
    let asking = match named {
        Some(name) => Asking::Named(name),
        None if stdin().is_terminal() => Asking::Terminal,
        None => Asking::Nobody,
    };
    ask(account, &asking, &mut stdin().lock(), &mut std::io::stderr())
        .map_err(|refusal| LiveError::Refused { checked: Checked::Confirmation, refusals: vec![refusal] })
}

/// Asks at a terminal through `output` and `input`.
fn ask(
    account: &str,
    asking: &Asking<'_>,
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> Result<Confirmed, Refusal> {
    let again = format!("the account is `{account}` (live.account)");
    match asking {
        Asking::Named(named) => Confirmed::by_name(account, named).ok_or_else(|| {
            let what = format!("`--yes-i-mean-live={named}` names another account than live.account");
            Refusal::new(what, format!("{again}: name it, or correct the configuration"))
        }),
        Asking::Nobody => {
            let fix = format!("start it from a terminal, or say `--yes-i-mean-live={account}`");
            Err(Refusal::new("nobody has confirmed that real money is to be traded", fix))
        }
        Asking::Terminal => {
            let asked = write!(output, "type the account's name to trade real money: ").and_then(|()| output.flush());
            let mut typed = String::new();
            match asked.and_then(|()| input.read_line(&mut typed)) {
                Ok(_) => Confirmed::by_name(account, typed.trim())
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
    fn only_the_accounts_own_name_confirms() {
        let check = |asking: Asking<'_>, typed: &str, good: bool| {
            let mut output = Vec::new();
            let confirmed = ask("alex", &asking, &mut typed.as_bytes(), &mut output);
            assert_eq!(confirmed.is_ok(), good, "{asking:?} {typed:?}");
            assert!(confirmed.is_ok_and(|proof| proof.account() == "alex") || !good);
            let asked = String::from_utf8(output).unwrap();
            assert_eq!(asked.is_empty(), !matches!(asking, Asking::Terminal), "{asked}");
        };
        check(Asking::Named("alex"), "", true);
        check(Asking::Named("alexa"), "alex\n", false);
        check(Asking::Named(""), "alex\n", false);
        check(Asking::Terminal, "alex\n", true);
        check(Asking::Terminal, "  alex  \n", true);
        check(Asking::Terminal, "yes\n", false);
        check(Asking::Terminal, "Alex\n", false);
        check(Asking::Terminal, "\n", false);
        check(Asking::Terminal, "", false);
        check(Asking::Nobody, "alex\n", false);
    }
}
