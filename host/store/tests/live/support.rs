//! Fixtures: one account, one strategy, a few markets.

use std::collections::BTreeMap;
use std::path::Path;

use host_core::OrderState;
use host_core::{Command, Fill, Market, Order, OrderId, Price, Qty, SlotId, TimeInForce, Timestamp, Usd};
use host_store::journal::StrategyInfo;
use host_store::journal::events::{EventRef, JournalStep};
use host_store::live::{Commit, Ending, LiveFill, LiveInfo, LiveStore, Sent, StoreError};

pub const START: Timestamp = Timestamp(1_767_225_600_000_000_000);
pub const SLOT: SlotId = SlotId(0);

pub fn info() -> LiveInfo {
    LiveInfo {
        mode: host_store::journal::Mode::Live,
        venue: "kalshi".into(),
        environment: "production".into(),
        account: "alex".into(),
        key_id: "key-1".into(),
        engine_version: "0.1.0".into(),
        state_version: 1,
        started: START,
        config: "[live]\naccount = \"alex\"\n".into(),
        strategies: vec![StrategyInfo {
            slot: SLOT,
            name: "mean-reversion".into(),
            version: "1.0.0".into(),
            sha256: "ab".repeat(32),
            parameters: BTreeMap::new(),
        }],
    }
}

pub fn open(folder: &Path) -> LiveStore {
    LiveStore::open(folder, &info()).unwrap()
}

/// Returns the time `n` seconds after the start.
pub fn at(n: u64) -> Timestamp {
    Timestamp(START.0 + n.cast_signed() * 1_000_000_000)
}

pub fn market(id: u32) -> Market {
    Market {
        ticker: format!("KXHIGHNY-{id}"),
        event: "KXHIGHNY".into(),
        series: "KXHIGHNY".into(),
        category: "weather".into(),
        title: "Will it?".into(),
        ..host_testkit::market(id)
    }
}

/// Lists markets `0..n`.
pub fn list(store: &mut LiveStore, n: u32) {
    let markets: Vec<Market> = (0..n).map(market).collect();
    let step = |market| JournalStep { event: EventRef::Market(market), records: &[], cancels: &[] };
    let steps: Vec<JournalStep<'_>> = markets.iter().map(step).collect();
    store.commit(&Commit { steps: &steps, ..Commit::at(START) }).unwrap();
}

pub fn order(id: u64) -> Order {
    Order { slot: SLOT, time_in_force: TimeInForce::GoodTill(at(600)), ..host_testkit::order(id, at(id)) }
}

pub fn fill(order: u64, venue_id: &str, contracts: i64) -> LiveFill {
    let (qty, fee) = (Qty::contracts(contracts), Usd::micros(17_500));
    let fill = Fill::at_price(OrderId(order), at(order), Price(4_200), qty, fee, true);
    LiveFill { venue_id: venue_id.to_owned(), fill }
}

/// Commits `commit` with one step, of a command that stands for any event.
pub fn commit(store: &mut LiveStore, rest: &Commit<'_>) -> Result<Vec<Sent>, StoreError> {
    let command = Command::Reduce { time: rest.time, reason: "test".into() };
    let step = JournalStep { event: EventRef::Command(&command), records: &[], cancels: &[] };
    store.commit(&Commit { steps: &[step], ..*rest })
}

/// Writes orders down as sent.
pub fn place(store: &mut LiveStore, ids: &[u64]) -> Result<Vec<Sent>, StoreError> {
    let orders: Vec<Order> = ids.iter().map(|&id| order(id)).collect();
    commit(store, &Commit { orders: &orders, ..Commit::at(START) })
}

pub fn fills(store: &mut LiveStore, fills: &[LiveFill]) -> Result<(), StoreError> {
    commit(store, &Commit { fills, ..Commit::at(START) }).map(drop)
}

pub fn end(store: &mut LiveStore, id: u64, state: OrderState) -> Result<(), StoreError> {
    let endings = [Ending { order: OrderId(id), state, reason: "so it is".into() }];
    commit(store, &Commit { endings: &endings, ..Commit::at(START) }).map(drop)
}

pub fn ack(store: &mut LiveStore, id: u64) -> Result<(), StoreError> {
    store.acked(OrderId(id), &format!("venue-{id}"), at(id))
}

pub fn state(store: &LiveStore, id: u64) -> Option<OrderState> {
    store.order(OrderId(id)).unwrap().map(|row| row.state)
}
