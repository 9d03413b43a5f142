//! The last question before real money: a person names the account, by hand or on the command line.

use std::io::{BufRead, Write};

use super::Refusal;

/// How a person can be asked.
#[derive(Debug)]
pub enum Asking<'a> {
    /// He has named the account on the command line: `--yes-i-mean-live=<account>`.
    Named(&'a str),
    /// He sits at a terminal.
    Terminal,
    /// Nobody can be asked.
    Nobody,
}

/// Whether a person confirms that `account` is to trade. At a terminal the question goes to `output`, its answer comes from
/// `input`.
///
/// # Errors
/// The name is another one, or there is nobody to give one.
pub fn confirm(
    account: &str,
    asking: &Asking<'_>,
    input: &mut impl BufRead,
    output: &mut impl Write,
) -> Result<(), Refusal> {
    let again = format!("the account is `{account}` (live.account)");
    match asking {
        Asking::Named(named) if *named == account => Ok(()),
        Asking::Named(named) => {
            let what = format!("`--yes-i-mean-live={named}` names another account than live.account");
            Err(Refusal::new(what, format!("{again}: name it, or correct the configuration")))
        }
        Asking::Nobody => {
            let fix = format!("start it from a terminal, or say `--yes-i-mean-live={account}`");
            Err(Refusal::new("nobody has confirmed that real money is to be traded", fix))
        }
        Asking::Terminal => {
            let asked = write!(output, "type the account's name to trade real money: ").and_then(|()| output.flush());
            let mut typed = String::new();
            match asked.and_then(|()| input.read_line(&mut typed)) {
                Ok(_) if typed.trim() == account => Ok(()),
                Ok(_) => Err(Refusal::new("that is not the account's name: nothing was started", again)),
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
            let confirmed = confirm("alex", &asking, &mut typed.as_bytes(), &mut output);
            assert_eq!(confirmed.is_ok(), good, "{asking:?} {typed:?}");
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
