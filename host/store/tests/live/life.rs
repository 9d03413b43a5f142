//! The life of an order: the transitions that are allowed, and those that are refused.

use host_core::OrderState;
use host_core::{Command, OrderId, Qty, Usd};
use host_store::journal::Journal;
use host_store::journal::events::{EventRef, JournalStep, LoggedEvent};
use host_store::live::{
    Commit, Ending, LiveStore, OperatorEntry, PositionRow, Reconciliation, Sent, StoreError, client_order_id,
};
use uuid::Uuid;

use crate::support::*;

/// Brings order 1 into `state` by the shortest path.
fn bring(store: &mut LiveStore, wanted: OrderState) {
    use OrderState::{Cancelled, Expired, Filled, NotPlaced, Rejected, Sent, Unknown, Working};
    place(store, &[1]).unwrap();
    if matches!(wanted, Working | Filled | Cancelled | Expired) {
        ack(store, 1).unwrap();
    }
    match wanted {
        Sent | Working => {}
        Unknown => store.unknown(OrderId(1), "no answer", at(2)).unwrap(),
        Filled => fills(store, &[fill(1, "whole", 10)]).unwrap(),
        Cancelled | Expired | Rejected | NotPlaced => end(store, 1, wanted).unwrap(),
    }
    assert_eq!(state(store, 1), Some(wanted));
}

/// Tries to move order 1 to the state `to`.
fn attempt(store: &mut LiveStore, to: OrderState) -> Result<(), StoreError> {
    match to {
        OrderState::Sent => place(store, &[1]).map(drop),
        OrderState::Unknown => store.unknown(OrderId(1), "no answer", at(3)),
        OrderState::Working => store.acked(OrderId(1), "another", at(3)),
        OrderState::Filled => fills(store, &[fill(1, "a fill", 10)]),
        other => end(store, 1, other),
    }
}

#[test]
fn an_order_makes_these_moves_and_no_others() {
    use OrderState::{Cancelled, Expired, Filled, NotPlaced, Rejected, Sent, Unknown, Working};
    let allowed = |from| match from {
        Sent => vec![Unknown, Working, Rejected, NotPlaced],
        // Without a name at the venue; the model of `properties` has those with one.
        Unknown => vec![Working, Rejected, NotPlaced],
        Working => vec![Unknown, Filled, Cancelled, Expired],
        _ => vec![],
    };
    for from in OrderState::ALL {
        for to in OrderState::ALL {
            let folder = tempfile::tempdir().unwrap();
            let mut store = open(folder.path());
            list(&mut store, 1);
            bring(&mut store, from);
            let before = store.order(OrderId(1)).unwrap();
            let moved = attempt(&mut store, to);
            assert_eq!(moved.is_ok(), allowed(from).contains(&to), "{from} to {to}: {moved:?}");
            if let Err(error) = moved {
                assert!(error.to_string().contains("order 1"), "{from} to {to}: {error}");
                drop(store);
                assert_eq!(open(folder.path()).order(OrderId(1)).unwrap(), before, "{from} to {to}");
            } else {
                assert_eq!(state(&store, 1), Some(to));
            }
        }
    }
}

#[test]
fn nothing_moves_an_order_that_was_never_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    list(&mut store, 1);
    let check = |moved: Result<(), StoreError>| {
        assert_eq!(moved.unwrap_err().to_string(), "order 9 was never written down; this is a bug of the host");
    };
    check(ack(&mut store, 9));
    check(store.unknown(OrderId(9), "", at(1)));
    check(store.cancels_wanted(&[OrderId(9)], at(1)));
    check(store.cancels_sent(&[OrderId(9)], at(1)));
    check(fills(&mut store, &[fill(9, "fill", 1)]));
    // The commit failed, so the store refuses everything.
    assert!(matches!(end(&mut store, 9, OrderState::Cancelled), Err(StoreError::Stopped { .. })));
    assert_eq!(store.open_orders().unwrap(), []);
}

#[test]
fn a_commit_is_all_or_nothing_and_a_failed_one_is_the_last() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    list(&mut store, 1);
    place(&mut store, &[1]).unwrap();
    let held =
        PositionRow { slot: SLOT, ticker: "KXHIGHNY-0".into(), qty: Qty::hundredths(100), cost: Usd::micros(420_000) };
    let failing = Commit {
        orders: &[order(2)],
        fills: &[fill(1, "too early", 1)],
        positions: &[held],
        snapshot: Some("{}"),
        meta: None,
        ..Commit::at(at(5))
    };
    let error = commit(&mut store, &failing).unwrap_err();
    assert_eq!(error.to_string(), "order 1 is sent and cannot become filled; nothing was changed");
    let check = |error: StoreError| assert!(matches!(error, StoreError::Stopped { .. }), "{error}");
    check(place(&mut store, &[3]).unwrap_err());
    check(store.set_meta("key", &1).unwrap_err());
    assert_eq!((state(&store, 1), state(&store, 2)), (Some(OrderState::Sent), None));
    let events = store.events();
    drop(store);

    let mut store = open(folder.path());
    assert_eq!((store.events(), store.session()), (events, 2));
    assert_eq!(store.snapshot().unwrap(), None);
    assert_eq!(store.positions().unwrap(), []);
    assert!(!store.has_fill("too early").unwrap());
    ack(&mut store, 1).unwrap();
}

#[test]
fn only_the_commit_of_an_order_gives_leave_to_send_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    list(&mut store, 1);
    let foretold = store.client_order_id(&order(1), "KXHIGHNY-0");
    let sent = place(&mut store, &[1, 2]).unwrap();
    assert_eq!(sent.iter().map(Sent::order).collect::<Vec<_>>(), [OrderId(1), OrderId(2)]);
    let sent = &sent[0];
    let expected = client_order_id(store.deployment(), store.nonce(), &"ab".repeat(32), "KXHIGHNY-0", OrderId(1));
    assert_eq!((sent.order(), sent.ticker(), sent.client_order_id()), (OrderId(1), "KXHIGHNY-0", expected.as_str()));
    assert_eq!((sent.body(), foretold.as_ref()), (&order(1), Some(&expected)));
    let again = place(&mut store, &[1]).unwrap_err();
    assert_eq!(again.to_string(), "order 1 was written down before: a number is used once; this is a bug of the host");
    drop(store);
    // A restart does not change that.
    let mut store = open(folder.path());
    store.recover(at(4)).unwrap();
    assert!(matches!(place(&mut store, &[1]), Err(StoreError::Repeated { .. })));
    drop(store);
    let row = open(folder.path()).order_by_client_id(&expected).unwrap().unwrap();
    assert_eq!((row.sent, row.state), (START, OrderState::Unknown));
}

#[test]
fn a_start_finds_where_every_order_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    list(&mut store, 1);
    place(&mut store, &[1, 2, 3, 4, 5]).unwrap();
    store.unknown(OrderId(3), "timed out", at(7)).unwrap();
    ack(&mut store, 4).unwrap();
    ack(&mut store, 5).unwrap();
    commit(
        &mut store,
        &Commit { fills: &[fill(4, "f1", 3), fill(5, "f2", 10)], snapshot: Some("1"), ..Commit::at(at(8)) },
    )
    .unwrap();
    drop(store);

    let mut store = open(folder.path());
    let found = store.recover(at(100)).unwrap();
    let ids = |rows: &[host_store::live::OutboxRow]| rows.iter().map(|row| row.order.id.0).collect::<Vec<_>>();
    assert_eq!((ids(&found.unknown), ids(&found.working)), (vec![1, 2, 3], vec![4]));
    let since: Vec<_> = found.unknown.iter().map(|row| row.unknown_since.unwrap()).collect();
    assert_eq!(since, [at(100), at(100), at(7)], "an order that was only sent is unknown from the start on");
    assert_eq!(found.working[0].filled, Qty::contracts(3));
    assert_eq!(found.snapshot.as_ref().unwrap().body, "1");
    assert_eq!(store.recover(at(200)).unwrap(), found, "asking again changes nothing");
    assert_eq!(store.order_by_venue_id("venue-5").unwrap().unwrap().state, OrderState::Filled);
    assert_eq!(store.last_order().unwrap(), Some(OrderId(5)));
}

#[test]
fn a_fill_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    list(&mut store, 1);
    place(&mut store, &[1]).unwrap();
    ack(&mut store, 1).unwrap();
    fills(&mut store, &[fill(1, "a", 4)]).unwrap();
    assert!(store.has_fill("a").unwrap() && !store.has_fill("b").unwrap());
    store.set_fill_aside("theirs", "of no order of this host", &"body", at(3)).unwrap();
    assert!(store.has_fill("theirs").unwrap());
    let again = store.set_fill_aside("a", "", &"body", at(3)).unwrap_err();
    assert!(matches!(again, StoreError::KnownFill { .. }), "{again}");
    let again = fills(&mut store, &[fill(1, "b", 2), fill(1, "a", 4)]).unwrap_err();
    assert_eq!(again.to_string(), "the venue's fill `a` was written down before; nothing was changed");
    drop(store);
    let store = open(folder.path());
    assert_eq!(store.order(OrderId(1)).unwrap().unwrap().filled, Qty::contracts(4));
    assert!(!store.has_fill("b").unwrap());
    store.verify().unwrap();
}

#[test]
fn an_order_and_its_id_at_the_venue_belong_together_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    list(&mut store, 1);
    place(&mut store, &[1, 2]).unwrap();
    ack(&mut store, 1).unwrap();
    ack(&mut store, 1).unwrap();
    let error = store.acked(OrderId(2), "venue-1", at(3)).unwrap_err();
    assert_eq!(error.to_string(), "order 2: the venue's id `venue-1` is that of order 1; nothing was changed");
    let error = store.acked(OrderId(1), "other", at(3)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "order 1: the venue calls it `venue-1`, it cannot be `other` as well; nothing was changed"
    );
    // A mistake of the host about one order does not stop the others.
    ack(&mut store, 2).unwrap();
}

#[test]
fn what_ends_an_order_may_have_the_engine_cancel_it() {
    let check = |ends: &dyn Fn(&mut LiveStore, &JournalStep<'_>) -> Result<(), StoreError>, expect: OrderState| {
        let folder = tempfile::tempdir().unwrap();
        let mut store = open(folder.path());
        list(&mut store, 1);
        place(&mut store, &[1, 2]).unwrap();
        for id in [1, 2] {
            ack(&mut store, id).unwrap();
        }
        // A loss that halts trading: every order is cancelled, this one included.
        let command = Command::Kill { time: at(3), reason: "a loss".into() };
        let all = [OrderId(1), OrderId(2)];
        let step = JournalStep { event: EventRef::Command(&command), records: &[], cancels: &all };
        ends(&mut store, &step).unwrap();
        assert_eq!((state(&store, 1), state(&store, 2)), (Some(expect), Some(OrderState::Working)));
        assert_eq!(store.order(OrderId(2)).unwrap().unwrap().cancel_wanted, Some(at(3)));
        // Cancelling an order that has ended before is a mistake of the engine.
        let late = store.commit(&Commit { steps: &[step], ..Commit::at(at(4)) }).unwrap_err();
        assert!(late.to_string().contains("cannot be cancelled"), "{late}");
    };
    let ended = |state| Ending { order: OrderId(1), state, reason: String::new() };
    check(
        &|store, step| {
            let fills = &[fill(1, "whole", 10)];
            store.commit(&Commit { steps: &[*step], fills, ..Commit::at(at(3)) }).map(drop)
        },
        OrderState::Filled,
    );
    check(
        &|store, step| {
            let endings = &[ended(OrderState::Expired)];
            store.commit(&Commit { steps: &[*step], endings, ..Commit::at(at(3)) }).map(drop)
        },
        OrderState::Expired,
    );
}

#[test]
fn cancels_are_kept_until_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    list(&mut store, 1);
    place(&mut store, &[1]).unwrap();
    let command = host_core::Command::Kill { time: at(4), reason: "enough".into() };
    let step = JournalStep { event: EventRef::Command(&command), records: &[], cancels: &[OrderId(1)] };
    store.commit(&Commit { steps: &[step], ..Commit::at(at(4)) }).unwrap();
    assert!(store.cancels_sent(&[OrderId(1)], at(5)).is_err(), "the venue's id is not known yet");
    store.cancels_wanted(&[OrderId(1)], at(6)).unwrap();
    ack(&mut store, 1).unwrap();
    store.cancels_sent(&[OrderId(1)], at(7)).unwrap();
    store.cancels_sent(&[OrderId(1)], at(9)).unwrap();
    drop(store);
    let mut store = open(folder.path());
    let row = store.open_orders().unwrap().remove(0);
    assert_eq!((row.cancel_wanted, row.cancel_sent), (Some(at(4)), Some(at(9))));
    end(&mut store, 1, OrderState::Cancelled).unwrap();
    let error = store.cancels_wanted(&[OrderId(1)], at(10)).unwrap_err();
    assert_eq!(error.to_string(), "order 1: it is cancelled, so it cannot be cancelled; nothing was changed");
}

#[test]
fn markets_keep_their_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let check = |id: u32, number: u32, expect: &str| {
        let mut store = open(folder.path());
        let changed = host_core::Market { id: host_core::MarketId(number), ..market(id) };
        let step = JournalStep { event: EventRef::Market(&changed), records: &[], cancels: &[] };
        let listed = store.commit(&Commit { steps: &[step], ..Commit::at(START) });
        assert_eq!(listed.map_or_else(|error| error.to_string(), |_| String::new()), expect);
    };
    list(&mut open(folder.path()), 3);
    check(1, 1, "");
    check(1, 2, "market `KXHIGHNY-1` cannot get number 2: it has number 1 for ever");
    check(7, 2, "market `KXHIGHNY-7` cannot get number 2: the next free one is 3");
    check(7, 9, "market `KXHIGHNY-7` cannot get number 9: the next free one is 3");
    check(7, 3, "");
    let store = open(folder.path());
    assert_eq!(store.market_number("KXHIGHNY-7").unwrap(), Some(host_core::MarketId(3)));
    assert_eq!(store.market_number("KXHIGHNY-8").unwrap(), None);
    let tickers: Vec<_> = store.markets(START).unwrap().into_iter().map(|market| market.ticker).collect();
    assert_eq!(tickers, ["KXHIGHNY-0", "KXHIGHNY-1", "KXHIGHNY-2", "KXHIGHNY-7"]);
}

#[test]
fn names_at_the_venue_never_change_between_versions() {
    let (deployment, nonce) = (Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef), Uuid::from_u128(1));
    let id = client_order_id(deployment, nonce, &"ab".repeat(32), "KXHIGHNY-26JAN31-B42", OrderId(7));
    insta::assert_snapshot!(id, @"4b888626-ae21-89c9-8e1f-1bb398becd5e");
    assert_eq!(Uuid::parse_str(&id).unwrap().get_version_num(), 8);
}

#[test]
fn what_people_did_and_what_was_compared_stays() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    let entry = |n: u64, what: &str| OperatorEntry {
        time: at(n),
        who: "alex".into(),
        what: what.into(),
        reason: "because".into(),
    };
    store.log_operator(&entry(1, "kill")).unwrap();
    store.log_operator(&entry(2, "resume")).unwrap();
    for n in 0..1_010 {
        store.note_reconciliation(&Reconciliation { time: at(n), clean: n % 2 == 0, detail: n.to_string() }).unwrap();
    }
    store.set_meta("seen", &vec![1, 2]).unwrap();
    store.set_meta("seen", &vec![3]).unwrap();
    drop(store);
    let store = open(folder.path());
    assert_eq!(store.operator_log(10).unwrap(), [entry(2, "resume"), entry(1, "kill")]);
    assert_eq!(store.operator_log(1).unwrap(), [entry(2, "resume")]);
    let kept = store.reconciliations(5_000).unwrap();
    assert_eq!((kept.len(), kept[0].detail.as_str(), kept[999].detail.as_str()), (1_000, "1009", "10"));
    assert_eq!(store.meta::<Vec<i32>>("seen").unwrap(), Some(vec![3]));
    assert_eq!(store.meta::<Vec<i32>>("unseen").unwrap(), None);
}

#[test]
fn the_journal_reads_what_the_store_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    list(&mut store, 2);
    place(&mut store, &[1]).unwrap();
    store.keep_component("abcd", b"bytes").unwrap();
    store.keep_component("abcd", b"bytes").unwrap();
    let journal = Journal::open(store.path()).unwrap();
    assert_eq!(journal.component("abcd").unwrap().unwrap(), b"bytes");
    let steps: Vec<_> = journal.steps().map(Result::unwrap).collect();
    assert_eq!(steps.len(), 3);
    assert_eq!(steps[1].event, LoggedEvent::Market(market(1)));
    let run = journal.run_info().unwrap();
    assert_eq!(
        (run.mode, run.data.as_str()),
        (host_store::journal::Mode::Live, "account `alex` at `kalshi` (production)")
    );
    assert_eq!((run.markets, run.strategies, run.ended), (vec![market(0), market(1)], info().strategies, None));
    store.close(at(50)).unwrap();
    assert_eq!(journal.run_info().unwrap().ended, Some(at(50)));
}

#[test]
fn snapshots_do_not_pile_up_and_positions_are_the_last() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    for n in 0..10 {
        let held = PositionRow { slot: SLOT, ticker: "KX".into(), qty: Qty::hundredths(n * 100), cost: Usd::micros(n) };
        let gone =
            PositionRow { slot: SLOT, ticker: "KY".into(), qty: Qty::hundredths((n < 9).into()), cost: Usd::micros(n) };
        let (body, time) = (n.to_string(), at(n.unsigned_abs()));
        commit(&mut store, &Commit { positions: &[held, gone], snapshot: Some(&body), ..Commit::at(time) }).unwrap();
    }
    let last = store.snapshot().unwrap().unwrap();
    assert_eq!((last.version, last.body.as_str(), last.time, last.event_seq), (1, "9", at(9), 10));
    let held = store.positions().unwrap();
    assert_eq!(
        held,
        [PositionRow { slot: SLOT, ticker: "KX".into(), qty: Qty::hundredths(900), cost: Usd::micros(9) }]
    );
    let connection = rusqlite::Connection::open(store.path()).unwrap();
    let kept: i64 = connection.query_row("SELECT count(*) FROM snapshots", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 3);
}

#[test]
fn ended_orders_are_beyond_reach_of_sql_too() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = open(folder.path());
    list(&mut store, 1);
    bring(&mut store, OrderState::Rejected);
    let connection = rusqlite::Connection::open(store.path()).unwrap();
    let check = |sql: &str, expect: &str| {
        assert_eq!(connection.execute(sql, []).unwrap_err().to_string(), expect);
    };
    check("UPDATE outbox SET state = 'sent', ended = NULL", "an order that has ended does not change");
    check("DELETE FROM outbox", "orders are never removed");
}
