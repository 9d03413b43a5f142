//! Random operations, interrupted at random moments: afterwards the store has everything acknowledged, once, and
//! nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use host_core::OrderId;
use host_core::OrderState;
use host_store::journal::Journal;
use host_store::live::{JOURNAL_FILE, LiveStore, client_order_id};
use proptest::prelude::*;
use uuid::Uuid;

use crate::model::{Act, Model, act};
use crate::support::*;

/// The end of a session.
#[derive(Clone, Copy, Debug)]
enum Cut {
    Close,
    /// Dropped without a close.
    Drop,
    /// A copy of the files as they are at that moment, which is what a kill leaves.
    Kill,
}

fn cut() -> impl Strategy<Value = Option<Cut>> {
    proptest::option::weighted(0.1, proptest::sample::select(vec![Cut::Close, Cut::Drop, Cut::Kill]))
}

/// Copies the journal and `wal` bytes of its write-ahead log (all bytes if `None`) to another folder.
fn crash(from: &Path, to: &Path, wal: Option<usize>) {
    fs::create_dir_all(to).unwrap();
    fs::copy(from.join(JOURNAL_FILE), to.join(JOURNAL_FILE)).unwrap();
    let name = format!("{JOURNAL_FILE}-wal");
    if let Ok(bytes) = fs::read(from.join(&name)) {
        let kept = wal.map_or(bytes.len(), |wal| wal.min(bytes.len()));
        fs::write(to.join(&name), &bytes[..kept]).unwrap();
    }
}

/// Applies `act` to store and model. A refused commit stops the store, so it is opened again.
fn step(store: LiveStore, model: &mut Model, act: &Act, folder: &Path) -> LiveStore {
    let (mut store, before) = (store, model.clone());
    let done = before.act(&mut store, act);
    let allowed = model.apply(act);
    assert_eq!(done.is_ok(), allowed, "{act:?}: {done:?}");
    if allowed {
        return store;
    }
    drop(store);
    open(folder)
}

fn check(store: &LiveStore, model: &Model) {
    let found = Model::of(store, model.orders.len() as u64, model.fills.len());
    assert_eq!(&found, model);
    let open: Vec<u64> = store.open_orders().unwrap().iter().map(|row| row.order.id.0).collect();
    let expected: Vec<u64> =
        model.orders.iter().filter(|(_, order)| !order.state.is_terminal()).map(|(id, _)| *id).collect();
    assert_eq!(open, expected);
    store.verify().unwrap();
}

/// Checks that a start finds what `model` says, also when repeated.
fn recover(store: &mut LiveStore, model: &mut Model) {
    for order in model.orders.values_mut().filter(|order| order.state == OrderState::Sent) {
        order.state = OrderState::Unknown;
    }
    let found = store.recover(at(5_000)).unwrap();
    let ids = |state: OrderState| -> Vec<u64> {
        model.orders.iter().filter(|(_, order)| order.state == state).map(|(id, _)| *id).collect()
    };
    let of = |rows: &[host_store::live::OutboxRow]| rows.iter().map(|row| row.order.id.0).collect::<Vec<_>>();
    assert_eq!(of(&found.unknown), ids(OrderState::Unknown));
    assert_eq!(of(&found.working), ids(OrderState::Working));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_lost_and_nothing_comes_twice(acts in proptest::collection::vec((act(), cut()), 1..80)) {
        let root = tempfile::tempdir().unwrap();
        let mut folder = root.path().join("0");
        let (mut store, mut model) = (open(&folder), Model::default());
        list(&mut store, 1);
        for (n, (act, cut)) in acts.iter().enumerate() {
            store = step(store, &mut model, act, &folder);
            match cut {
                None => continue,
                Some(Cut::Close) => store.close(at(1)).unwrap(),
                Some(Cut::Drop) => drop(store),
                Some(Cut::Kill) => {
                    let next = root.path().join((n + 1).to_string());
                    crash(&folder, &next, None);
                    folder = next;
                    drop(store);
                }
            }
            store = open(&folder);
            check(&store, &model);
            recover(&mut store, &mut model);
            check(&store, &model);
        }
        check(&store, &model);
        let commits = Journal::open(store.path()).unwrap().steps().map(Result::unwrap).count();
        prop_assert_eq!(commits as u64, model.commits + 1, "one event for each commit, and the market");
    }

    /// A power failure while the write-ahead log is written leaves a prefix of the commits.
    #[test]
    fn a_torn_write_leaves_a_moment_of_the_past(
        acts in proptest::collection::vec(act(), 1..40),
        cuts in proptest::collection::vec(0.0..1.0f64, 6),
    ) {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("live");
        drop(open(&folder));
        let (mut store, mut model) = (open(&folder), Model::default());
        list(&mut store, 1);
        let wal = |folder: &Path| fs::metadata(folder.join(format!("{JOURNAL_FILE}-wal"))).unwrap().len() as usize;
        // The expected content of the store for each length of the write-ahead log.
        let mut history = vec![(wal(&folder), model.clone())];
        for act in &acts {
            let mut after = model.clone();
            if after.apply(act) {
                model.act(&mut store, act).unwrap();
                model = after;
                history.push((wal(&folder), model.clone()));
            }
        }
        let (first, whole) = (history[0].0, wal(&folder));
        for (n, share) in cuts.into_iter().enumerate() {
            let kept = first + ((whole - first) as f64 * share) as usize;
            let image = root.path().join(format!("image-{n}"));
            crash(&folder, &image, Some(kept));
            let expected = &history.iter().rev().find(|(length, _)| *length <= kept).unwrap().1;
            check(&open(&image), expected);
        }
    }

    #[test]
    fn no_two_orders_share_a_name(
        fields in proptest::collection::vec(((0..3u128, 0..3u128), "[ab]{0,3}", "[ab]{0,3}", 0..3u64), 2..200),
    ) {
        let distinct: BTreeSet<_> = fields.into_iter().collect();
        let name = |((deployment, nonce), strategy, ticker, order): &((u128, u128), String, String, u64)| {
            let (deployment, nonce) = (Uuid::from_u128(*deployment), Uuid::from_u128(*nonce));
            client_order_id(deployment, nonce, strategy, ticker, OrderId(*order))
        };
        let names: BTreeSet<String> = distinct.iter().map(name).collect();
        prop_assert_eq!(names.len(), distinct.len());
        prop_assert!(names.iter().all(|name| name.len() == 36 && Uuid::parse_str(name).is_ok()));
    }
}
