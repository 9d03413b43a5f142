//! The link to the venue, by groups of endpoints: each is up, or down with the reason.

use std::collections::BTreeMap;
use std::fmt;

/// Endpoints that tend to fail together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Endpoints {
    /// Markets, events and series.
    MarketData,
    /// Reads of orders, fills, positions and money.
    Account,
    /// Orders and cancels.
    Orders,
}

impl fmt::Display for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Endpoints::MarketData => "market data",
            Endpoints::Account => "the account",
            Endpoints::Orders => "orders",
        })
    }
}

/// A change of the link that people are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkChange {
    Up(Endpoints),
    Down(Endpoints, String),
}

/// The state of the link, as the last answer of each group showed it.
#[derive(Debug, Default)]
pub struct VenueLink {
    down: BTreeMap<Endpoints, String>,
}

impl VenueLink {
    /// Takes note of an answer. Returns what it brought, and the change of the link if there was one: a group that
    /// stays down is told once, and its return once.
    pub fn note<T, E: fmt::Display>(&mut self, of: Endpoints, answer: Result<T, E>) -> (Option<T>, Option<LinkChange>) {
        match answer {
            Ok(answer) => (Some(answer), self.down.remove(&of).map(|_| LinkChange::Up(of))),
            Err(error) => {
                let text = error.to_string();
                let was_up = self.down.insert(of, text.clone()).is_none();
                (None, was_up.then_some(LinkChange::Down(of, text)))
            }
        }
    }

    /// Returns the reason why these endpoints do not answer, if they do not.
    pub fn is_down(&self, of: Endpoints) -> Option<&str> {
        self.down.get(&of).map(String::as_str)
    }

    /// Returns `up`, or which endpoints do not answer, each with the reason.
    pub fn state(&self) -> String {
        match self.down.is_empty() {
            true => "up".to_owned(),
            false => self.down.iter().map(|(of, why)| format!("{of}: {why}")).collect::<Vec<_>>().join("; "),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_group_that_stays_down_is_told_once_and_its_return_once() {
        let mut link = VenueLink::default();
        let down = |why: &str| Err::<u8, String>(why.to_owned());
        let told = |of, why: &str| (None, Some(LinkChange::Down(of, why.to_owned())));
        assert_eq!(link.note::<_, String>(Endpoints::Account, Ok(1)), (Some(1), None));
        assert_eq!(link.note(Endpoints::Account, down("no route")), told(Endpoints::Account, "no route"));
        assert_eq!(link.note(Endpoints::Account, down("still none")), (None, None));
        // Another group that answers does not bring this one back, and has an alert of its own.
        assert_eq!(link.note::<_, String>(Endpoints::MarketData, Ok(2)), (Some(2), None));
        assert_eq!(link.note(Endpoints::Orders, down("502")), told(Endpoints::Orders, "502"));
        assert_eq!(link.state(), "the account: still none; orders: 502");
        let up = LinkChange::Up(Endpoints::Account);
        assert_eq!(link.note::<_, String>(Endpoints::Account, Ok(3)), (Some(3), Some(up)));
        assert_eq!(link.note::<_, String>(Endpoints::Account, Ok(4)), (Some(4), None));
        assert_eq!(link.state(), "orders: 502");
        link.note::<_, String>(Endpoints::Orders, Ok(5));
        assert_eq!(link.state(), "up");
    }
}
