//! The proof that a person has confirmed the account that is to trade real money.

/// Proof that a person named the account: on the command line, or typed at a terminal. [`crate::start`] cannot be
/// called without it, and only [`Confirmed::by_name`] makes one.
///
/// ```compile_fail,E0451
/// let forged = host_live::confirm::Confirmed { account: "alex".to_owned() };
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confirmed {
    account: String,
}

impl Confirmed {
    /// Returns the proof if `given` is exactly the name of `account`.
    pub fn by_name(account: &str, given: &str) -> Option<Confirmed> {
        (given == account).then(|| Confirmed { account: account.to_owned() })
    }

    /// Returns what stands in for the proof where no real money is at work.
    pub fn on_paper(account: &str) -> Confirmed {
        Confirmed { account: account.to_owned() }
    }

    /// Returns the name of the confirmed account.
    pub fn account(&self) -> &str {
        &self.account
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_exactly_the_accounts_name_confirms() {
        let check = |given: &str, confirms: bool| {
            assert_eq!(Confirmed::by_name("alex", given).is_some(), confirms, "{given:?}");
        };
        check("alex", true);
        check("Alex", false);
        check("alex ", false);
        check("", false);
    }
}
