//! Two strategies in one account: the host keeps the positions of each apart, while the venue knows one owner only.

use crate::account::{Account, restless};
use crate::faults;
use crate::support::strategies::RANGE_BUYER;

#[test]
fn host_and_venue_agree_with_two_strategies_in_one_account() {
    let account = Account::open(&faults::all("6d"), 60, &[&restless(), RANGE_BUYER], "");
    let outcome = account.trade("--for 7d");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let books = account.agree();
    let slots = books.slots;
    assert!(slots.len() == 2 && slots.values().all(|fills| *fills > 50), "{slots:?}");
}
