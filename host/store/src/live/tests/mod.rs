//! Tests that need the store's connection: complexity, and failures of the disk and the file.

mod complexity;
mod failures;

use std::path::Path;

use host_core::OrderState;
use host_core::{Command, Fill, Market, Order, OrderId, Price, Qty, SlotId, Timestamp, Usd};
use host_testkit::market;

use super::*;
use crate::journal::StrategyInfo;
use crate::journal::events::{EventRef, JournalStep};

const NOW: Timestamp = Timestamp(1_767_225_600_000_000_000);

fn open(folder: &Path) -> LiveStore {
    let strategy = StrategyInfo {
        slot: SlotId(0),
        name: "mean-reversion".into(),
        version: "1.0.0".into(),
        sha256: "ab".repeat(32),
        parameters: Default::default(),
    };
    let info = LiveInfo {
        mode: crate::journal::Mode::Live,
        venue: "kalshi".into(),
        environment: "production".into(),
        account: "alex".into(),
        key_id: "key-1".into(),
        engine_version: "0.1.0".into(),
        state_version: 1,
        started: NOW,
        config: String::new(),
        strategies: vec![strategy],
    };
    LiveStore::open(folder, &info).unwrap()
}

fn order(id: u64) -> Order {
    host_testkit::order(id, NOW)
}

fn list(store: &mut LiveStore, market: &Market) {
    let step = JournalStep { event: EventRef::Market(market), records: &[], cancels: &[] };
    store.commit(&Commit { steps: &[step], ..Commit::at(NOW) }).unwrap();
}

/// Takes the orders `id` and `id + 1` from their commit to their end: the first by a fill, the second by a cancel.
fn live(store: &mut LiveStore, id: u64) -> Result<(), StoreError> {
    let (first, second) = (OrderId(id), OrderId(id + 1));
    let command = Command::Reduce { time: NOW, reason: "x".repeat(500) };
    let step = JournalStep { event: EventRef::Command(&command), records: &[], cancels: &[] };
    let base = Commit { steps: &[step], snapshot: Some("{}"), ..Commit::at(NOW) };
    store.commit(&Commit { orders: &[order(id), order(id + 1)], ..base })?;
    for order in [first, second] {
        store.unknown(order, "no answer", NOW)?;
        store.acked(order, &format!("venue-{}", order.0), NOW)?;
    }
    let fill = Fill::at_price(first, NOW, Price(4_200), Qty::contracts(10), Usd::micros(1), true);
    let fill = LiveFill { venue_id: format!("fill-{id}"), fill };
    let held = PositionRow { slot: SlotId(0), ticker: "KX-0".into(), qty: Qty::contracts(10), cost: Usd::micros(1) };
    let cancelled = JournalStep { cancels: &[second], ..step };
    store.commit(&Commit { fills: &[fill], positions: &[held], ..base })?;
    let mut equity = crate::journal::EquityPoints::default();
    equity.note(NOW, Usd::dollars(100));
    store.commit(&Commit { steps: &[cancelled], equity: equity.as_slice(), ..base })?;
    store.cancels_sent(&[second], NOW)?;
    let ending = Ending { order: second, state: OrderState::Cancelled, reason: String::new() };
    store.commit(&Commit { endings: &[ending], ..base }).map(drop)
}
