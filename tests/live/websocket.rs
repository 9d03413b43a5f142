//! A WebSocket that loses, repeats and reorders messages and disconnects, and lists of several pages that skip or
//! repeat rows: host and venue agree in the end.

use crate::account::{Account, restless};
use crate::faults;

#[test]
fn host_and_venue_agree_after_websocket_faults() {
    let account = Account::open(&faults::with_stream("60h"), 220, &[&restless()], "websocket = true\n");
    let outcome = account.trade("--for 3d");
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let books = account.agree();
    assert!(books.orders.len() > 100 && books.fills.len() > 50, "{} orders", books.orders.len());
    account.faults_happened("websocket");
    account.faults_happened("GET /events");
}
