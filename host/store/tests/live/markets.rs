//! A start reads the markets that matter still; the others keep their numbers.

use host_core::{Market, MarketId, OrderState, Qty, Timestamp, Usd};
use host_store::journal::events::{EventRef, JournalStep};
use host_store::live::{Commit, LiveStore, PositionRow};

use crate::support::*;

/// Lists market `id`, which closes at `closes`.
fn closing(store: &mut LiveStore, id: u32, closes: Timestamp) {
    let market = Market { closes: Some(closes), ..market(id) };
    let step = JournalStep { event: EventRef::Market(&market), records: &[], cancels: &[] };
    store.commit(&Commit { steps: &[step], ..Commit::at(START) }).unwrap();
}

fn numbers(markets: Vec<Market>) -> Vec<u32> {
    markets.into_iter().map(|market| market.id.0).collect()
}

#[test]
fn a_market_that_is_over_is_left_out_unless_something_is_open_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    for (id, closes) in [(0, 10), (1, 10), (2, 10), (3, 100)] {
        closing(&mut store, id, at(closes));
    }
    place(&mut store, &[1]).unwrap();
    let held = |contracts| PositionRow {
        slot: SLOT,
        ticker: market(1).ticker,
        qty: Qty::contracts(contracts),
        cost: Usd::ZERO,
    };
    store.commit(&Commit { positions: &[held(3)], ..Commit::at(at(20)) }).unwrap();
    assert_eq!(numbers(store.markets(at(10)).unwrap()), [0, 1, 2, 3], "closed just then");
    assert_eq!(numbers(store.markets(at(11)).unwrap()), [0, 1, 3], "an order in the first, a position in the second");
    end(&mut store, 1, OrderState::Rejected).unwrap();
    store.commit(&Commit { positions: &[held(0)], ..Commit::at(at(21)) }).unwrap();
    assert_eq!(numbers(store.markets(at(11)).unwrap()), [3]);
    // All of them are found by ticker, and numbers stay dense.
    assert_eq!(store.market_number(&market(2).ticker).unwrap(), Some(MarketId(2)));
    assert_eq!(store.next_market().unwrap(), MarketId(4));
    assert_eq!(numbers(store.markets_from(MarketId(1)).unwrap()), [1, 2, 3]);
    // One that opens again comes back under its number.
    closing(&mut store, 2, at(200));
    assert_eq!(numbers(store.markets(at(11)).unwrap()), [2, 3]);
}
