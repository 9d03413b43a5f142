//! The comparison of the host's books with the venue's: positions, cash, resting orders. Pure.
//!
//! What was on the account before the host came, or what a person has accepted since, is the [`Baseline`]: it is the
//! operator's own and no difference.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use host_core::{Price, Qty, Side, Usd};
use host_venues::model::VenuePosition;
use serde::{Deserialize, Serialize};

/// The part of the account that is not the host's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The account's cash less the host's.
    pub cash: Usd,
    /// Contracts by ticker; negative: NO.
    pub positions: BTreeMap<String, Qty>,
    /// The host's starting capital when `cash` was taken. Absent in what former hosts kept, where it never changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Usd>,
}

/// One side's view of the account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountView {
    /// Cash; at the venue without what resting orders claim.
    pub cash: Usd,
    /// The most that resting orders can claim of it.
    pub claims: Usd,
    /// Contracts by ticker; negative: NO. Markets without a position are absent.
    pub positions: BTreeMap<String, Qty>,
    /// Tickers of positions that cannot be read; of one whose ticker cannot be read either, empty.
    pub unreadable: BTreeSet<String>,
    /// Resting orders by the venue's id.
    pub orders: BTreeSet<String>,
}

/// One thing in which host and venue disagree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "differs", rename_all = "snake_case")]
pub enum Difference {
    /// A position.
    Position {
        /// The market's ticker.
        ticker: String,
        /// The host's contracts.
        host: Qty,
        /// The venue's, without what is not the host's.
        venue: Qty,
    },
    /// A position that cannot be read at the venue.
    Unreadable {
        /// The market's ticker; empty if that cannot be read either.
        ticker: String,
    },
    /// The cash.
    Cash {
        /// The host's.
        host: Usd,
        /// The venue's, without what is not the host's.
        venue: Usd,
    },
    /// The venue has an order that the host knows nothing of.
    ForeignOrder {
        /// The venue's id.
        order_id: String,
    },
}

impl Difference {
    /// Returns the ticker of the market, if the difference is about one.
    pub fn ticker(&self) -> Option<&str> {
        match self {
            Difference::Position { ticker, .. } | Difference::Unreadable { ticker } => Some(ticker),
            Difference::Cash { .. } | Difference::ForeignOrder { .. } => None,
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Difference::Position { ticker, host, venue } => {
                write!(f, "position in {ticker}: {host} contracts here, {venue} at the venue")
            }
            Difference::Unreadable { ticker } => write!(f, "position in {ticker}: it cannot be read at the venue"),
            Difference::Cash { host, venue } => write!(f, "cash: ${host} here, ${venue} at the venue"),
            Difference::ForeignOrder { order_id } => write!(f, "order {order_id} at the venue is not the host's"),
        }
    }
}

impl Baseline {
    /// Returns the baseline of an account on which the host, which began with `start`, holds nothing yet.
    pub fn of(account: &AccountView, host_cash: Usd, start: Usd) -> Baseline {
        let cash = account.cash - host_cash;
        Baseline { cash, positions: account.positions.clone(), start: Some(start) }
    }

    /// Returns the baseline for a host whose starting capital is `start` by now: what its capital grew by is not the
    /// operator's any more, and what it shrank by is theirs again.
    pub fn at(&self, start: Usd) -> Baseline {
        let cash = self.cash + self.start.unwrap_or(start) - start;
        Baseline { cash, positions: self.positions.clone(), start: Some(start) }
    }

    /// Returns the capital that a host with the starting capital `start` can work with, of the `wanted` one: as much as
    /// the account has.
    pub fn capital(&self, start: Usd, wanted: Usd) -> Usd {
        wanted.min(start + self.at(start).cash).max(Usd::ZERO)
    }

    /// Takes over `differences` from `host` that the operator says are theirs.
    pub fn accept(&mut self, differences: &[Difference], host: &AccountView) {
        let before = collateral(host, self);
        for difference in differences {
            match difference {
                Difference::Position { ticker, host, venue } => {
                    *self.positions.entry(ticker.clone()).or_default() += *venue - *host;
                }
                Difference::Cash { host, venue } => self.cash += *venue - *host,
                // Nobody knows what it is.
                Difference::Unreadable { .. } => {}
                // It ends by itself, or by the operator's hand; until then it is reported again.
                Difference::ForeignOrder { .. } => {}
            }
        }
        self.positions.retain(|_, qty| !qty.is_zero());
        // What is the operator's now nets with the host's shorts: the venue keeps another part of the cash for them.
        self.cash += collateral(host, self) - before;
    }
}

/// Returns the differences between `host` and `venue` beside `baseline`: positions by ticker, cash, orders.
pub fn compare(host: &AccountView, venue: &AccountView, baseline: &Baseline) -> Vec<Difference> {
    let mut differences = Vec::new();
    let tickers: BTreeSet<&String> =
        host.positions.keys().chain(venue.positions.keys()).chain(baseline.positions.keys()).collect();
    let of = |positions: &BTreeMap<String, Qty>, ticker: &str| positions.get(ticker).copied().unwrap_or(Qty::ZERO);
    differences.extend(venue.unreadable.iter().map(|ticker| Difference::Unreadable { ticker: ticker.clone() }));
    for ticker in tickers.into_iter().filter(|ticker| !venue.unreadable.contains(*ticker)) {
        let ours = of(&host.positions, ticker);
        let theirs = of(&venue.positions, ticker) - of(&baseline.positions, ticker);
        if ours != theirs {
            differences.push(Difference::Position { ticker: ticker.clone(), host: ours, venue: theirs });
        }
    }
    let (ours, theirs) = (host.cash - collateral(host, baseline), venue.cash - baseline.cash);
    // Exact while nothing rests; otherwise the venue holds something back, as much as the orders can claim at most.
    if ours < theirs || ours > theirs + venue.claims {
        differences.push(Difference::Cash { host: ours, venue: theirs });
    }
    // An order that the host has and the venue's list has not may have ended a moment ago: the next look says so.
    let foreign = venue.orders.difference(&host.orders);
    differences.extend(foreign.map(|order_id| Difference::ForeignOrder { order_id: order_id.clone() }));
    differences
}

/// Returns the dollar per contract that the venue keeps for the host's shorts: there, selling YES at `p` is buying NO
/// for `1 - p`, while the host's books say that `p` was received. What the operator holds in the same market nets with
/// it.
fn collateral(host: &AccountView, baseline: &Baseline) -> Usd {
    let short = |qty: Qty| (-qty).max(Qty::ZERO);
    let of = |(ticker, &qty): (&String, &Qty)| {
        let before = baseline.positions.get(ticker).copied().unwrap_or(Qty::ZERO);
        Price::ONE * (short(before + qty) - short(before))
    };
    host.positions.iter().map(of).sum()
}

/// Returns the most that resting orders can claim, each a side, a price and what is left of it: their worst-case loss,
/// and fees of two cents a contract, which is more than any fee schedule of Kalshi asks for (7 % of p(1-p), rounded
/// up).
pub fn claims(orders: impl Iterator<Item = (Side, Price, Qty)>) -> Usd {
    let of = |(side, price, left): (Side, Price, Qty)| side.worst_loss(price, left) + Price(200) * left + Usd::CENT;
    orders.map(of).sum()
}

/// Returns the venue's positions by ticker, without flat ones.
pub fn by_ticker(positions: &[VenuePosition]) -> BTreeMap<String, Qty> {
    let open = positions.iter().filter(|position| !position.position.is_zero());
    open.map(|position| (position.ticker.clone(), position.position)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(cash: i64, positions: &[(&str, i64)], orders: &[&str]) -> AccountView {
        AccountView {
            cash: Usd::micros(cash),
            claims: Usd::ZERO,
            unreadable: BTreeSet::new(),
            positions: positions.iter().map(|(ticker, qty)| ((*ticker).to_owned(), Qty::hundredths(*qty))).collect(),
            orders: orders.iter().map(|order| (*order).to_owned()).collect(),
        }
    }

    fn check(host: &AccountView, venue: &AccountView, expect: &[&str]) {
        let said: Vec<String> = compare(host, venue, &Baseline::default()).iter().map(ToString::to_string).collect();
        assert_eq!(said, expect);
    }

    #[test]
    fn what_differs_is_named_with_both_sides() {
        check(&view(5, &[("A", 100)], &["x"]), &view(5, &[("A", 100)], &["x"]), &[]);
        check(
            &view(9, &[("A", 100)], &[]),
            &view(9, &[("B", -200)], &[]),
            &["position in A: 1 contracts here, 0 at the venue", "position in B: 0 contracts here, -2 at the venue"],
        );
        check(
            &view(1_000_000, &[], &["mine"]),
            &view(2_500_000, &[], &["theirs"]),
            &["cash: $1.00 here, $2.50 at the venue", "order theirs at the venue is not the host's"],
        );
    }

    #[test]
    fn a_position_that_cannot_be_read_is_neither_flat_nor_the_operators() {
        let host = view(9, &[("A", 100), ("B", 200)], &[]);
        let venue = AccountView { unreadable: ["A".to_owned()].into(), ..view(9, &[("B", 200)], &[]) };
        check(&host, &venue, &["position in A: it cannot be read at the venue"]);
        let mut baseline = Baseline::default();
        baseline.accept(&compare(&host, &venue, &baseline), &host);
        assert_eq!(baseline, Baseline::default());
    }

    /// Ten were ordered at 0.40, and the venue filled twelve: booked as they came, both sides agree; with those behind
    /// the end of the order set aside, the position and the cash are said to be the venue's.
    #[test]
    fn an_order_that_was_filled_beyond_its_quantity_is_no_surprise_or_is_said() {
        let venue = view(5_200_000, &[("A", 1_200)], &[]);
        check(&view(5_200_000, &[("A", 1_200)], &[]), &venue, &[]);
        let host = view(6_000_000, &[("A", 1_000)], &[]);
        let said = ["position in A: 10 contracts here, 12 at the venue", "cash: $6.00 here, $5.20 at the venue"];
        check(&host, &venue, &said);
        let mut baseline = Baseline::default();
        baseline.accept(&compare(&host, &venue, &baseline), &host);
        assert_eq!(compare(&host, &venue, &baseline), []);
    }

    #[test]
    fn the_venue_keeps_a_dollar_for_each_short() {
        // Three sold at 0.40: the host's books have 1.20 more, the venue's account paid 3 x 0.60.
        let (host, venue) = (view(11_200_000, &[("A", -300)], &[]), view(8_200_000, &[("A", -300)], &[]));
        assert_eq!(compare(&host, &venue, &Baseline::default()), []);
        // With two YES of the operator's own there, the pairs were paid out: one NO is left.
        let own = Baseline { positions: [("A".to_owned(), Qty::hundredths(200))].into(), ..Baseline::default() };
        assert_eq!(compare(&host, &view(10_200_000, &[("A", -100)], &[]), &own), []);
    }

    #[test]
    fn while_orders_rest_the_venue_may_hold_back_what_they_can_cost_and_no_more() {
        let host = view(10_000_000, &[], &[]);
        for (cash, claims, good) in [(10_000_000, 0, true), (9_000_000, 0, false), (9_000_000, 1_000_000, true)]
            .into_iter()
            .chain([(8_999_999, 1_000_000, false), (10_000_001, 1_000_000, false)])
        {
            let venue = AccountView { claims: Usd::micros(claims), ..view(cash, &[], &[]) };
            assert_eq!(compare(&host, &venue, &Baseline::default()).is_empty(), good, "{cash} {claims}");
        }
    }

    #[test]
    fn what_was_there_before_and_what_a_person_accepts_is_no_difference() {
        let mut venue = view(7_000_000, &[("A", 300)], &[]);
        let mut baseline = Baseline::of(&venue, Usd::micros(2_000_000), Usd::micros(2_000_000));
        let host = view(2_000_000, &[], &[]);
        assert_eq!(compare(&host, &venue, &baseline), []);
        // The operator takes out a dollar and sells their three contracts.
        venue = view(6_000_000, &[], &[]);
        let differences = compare(&host, &venue, &baseline);
        assert_eq!(differences.len(), 2);
        baseline.accept(&differences, &host);
        assert_eq!(compare(&host, &venue, &baseline), []);
        assert_eq!((baseline.cash, baseline.positions), (Usd::micros(4_000_000), BTreeMap::new()));
    }

    #[test]
    fn what_a_person_accepts_where_the_host_is_short_settles_the_cash_as_well() {
        // Three sold at 0.40, as above; the operator buys them back at 0.30, which pays the pairs out.
        let host = view(11_200_000, &[("A", -300)], &[]);
        let venue = view(8_200_000 - 900_000 + 3_000_000, &[], &[]);
        let mut baseline = Baseline::default();
        let differences = compare(&host, &venue, &baseline);
        assert_eq!(differences.len(), 2, "{differences:?}");
        baseline.accept(&differences, &host);
        assert_eq!(compare(&host, &venue, &baseline), []);
    }

    #[test]
    fn the_capital_at_work_is_what_the_account_has_of_the_one_wanted() {
        let dollars = Usd::dollars;
        let check = |account: i64, start: i64, wanted: i64, expect: i64| {
            let view = AccountView { cash: dollars(account), ..AccountView::default() };
            let baseline = Baseline::of(&view, dollars(start), dollars(start));
            let capital = baseline.capital(dollars(start), dollars(wanted));
            assert_eq!(capital, dollars(expect), "{account} {start} {wanted}");
            // Whatever it is, the books agree with the account's as before.
            let host = AccountView { cash: capital, ..AccountView::default() };
            assert_eq!(compare(&host, &view, &baseline.at(capital)), []);
        };
        check(20, 2_000, 2_000, 20);
        check(3_000, 2_000, 2_000, 2_000);
        // Money was put in, or a later stage begins; then an earlier one.
        check(3_000, 20, 2_000, 2_000);
        check(1_500, 500, 2_000, 1_500);
        check(3_000, 1_000, 500, 500);
        check(0, 2_000, 2_000, 0);
    }

    #[test]
    fn what_a_former_host_kept_is_read_as_it_was_meant() {
        let kept: Baseline = serde_json::from_str(r#"{"cash":-19800000000000,"positions":{}}"#).unwrap();
        let start = Usd::dollars(2_000);
        assert_eq!(kept.at(start).cash, Usd::dollars(-1_980));
        assert_eq!(kept.capital(start, start), Usd::dollars(20));
        assert_eq!(kept.at(start).at(Usd::dollars(20)).cash, Usd::ZERO);
    }
}
