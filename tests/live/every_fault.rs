//! Three weeks at a venue with every fault that polling can meet: host and venue agree in the end.

use crate::account::{Account, restless};
use crate::faults;

#[test]
fn host_and_venue_agree_after_21_days_with_every_fault() {
    let account = Account::open(&faults::all("20d"), 60, &[&restless()], "");
    let outcome = account.trade("--for 21d");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let books = account.agree();
    account.faults_happened("");
    assert!(books.orders.len() > 1_000 && books.fills.len() > 500, "{} orders", books.orders.len());
    assert!(!books.payouts.is_empty() && books.fees > 0, "{:?}", books.payouts);
}
