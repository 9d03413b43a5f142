//! Two strategies in one account: the host keeps the positions of each apart, while the venue knows one owner only.

use crate::account::{Account, restless};
use crate::faults;
use crate::support::strategies::RANGE_BUYER;

#[test]
fn host_and_venue_agree_with_two_strategies_in_one_account() {
    let mut account = Account::open(&faults::all("6d"), 60, &[&restless(), RANGE_BUYER], "");
    let outcome = account.trade("--for 7d");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let books = account.agree();
    let slots = books.slots;
    assert!(slots.len() == 2 && slots.values().all(|fills| *fills > 20), "{slots:?}");
    // A restart keeps each slot, whatever the order in which strategies are named, and which of them are there.
    let restless = restless();
    let named = account.slots();
    assert_eq!(named[0], (0, "range-buyer".to_owned()), "{named:?}");
    let [first, second] = [RANGE_BUYER, &restless];
    account = account.with(&[second]);
    let refused = account.trade("--for 6h");
    assert!(refused.code == Some(1) && refused.stderr.contains("slot range-buyer holds"), "{refused}");
    for (strategies, expect, more) in
        [(vec![second], &named[1..], "--wind-down"), (vec![first, second], &named[..], "")]
    {
        account = account.with(&strategies);
        let outcome = account.trade(&format!("--for 6h {more}"));
        assert_eq!(outcome.code, Some(0), "{outcome}");
        assert_eq!(account.slots(), expect);
        let after = account.agree();
        assert_eq!(after.slots.keys().collect::<Vec<_>>(), [&0, &1]);
    }
}
