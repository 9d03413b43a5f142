use host_core::{MarketId, Order, OrderState, Price, Qty, Side, Usd};

use super::*;

const START: Timestamp = Timestamp(1_764_547_200_000_000_000);

fn order(id: u64) -> Order {
    Order {
        market: MarketId(3),
        price: Price(4_300),
        time_in_force: TimeInForce::GoodTill(START + Span::minutes(10)),
        arrival_mid_doubled: 8_700,
        ..host_testkit::order(id, START)
    }
}

fn sent() -> TrackedOrder {
    TrackedOrder::sent(order(1), "T", "client-1")
}

fn unknown() -> TrackedOrder {
    let mut tracked = sent();
    tracked.set_unknown(START);
    tracked
}

fn resting() -> TrackedOrder {
    let mut tracked = sent();
    tracked.acknowledge("venue-1".to_owned());
    tracked
}

fn tracker_with(tracked: TrackedOrder) -> OrderTracker {
    let mut tracker = OrderTracker::default();
    tracker.take_on(tracked);
    tracker
}

fn at_venue(state: OrderState, filled: i64) -> VenueOrder {
    VenueOrder {
        order_id: "venue-1".to_owned(),
        client_order_id: "client-1".to_owned(),
        ticker: "T".to_owned(),
        side: Side::Buy,
        price: Price(4_300),
        initial: Qty::contracts(10),
        filled: Qty::contracts(filled),
        remaining: Qty::contracts(if state == OrderState::Working { 10 - filled } else { 0 }),
        state,
        created: Some(START),
        expiration: None,
    }
}

fn fill(id: &str, contracts: i64) -> VenueFill {
    VenueFill {
        id: id.to_owned(),
        order_id: "venue-1".to_owned(),
        ticker: "T".to_owned(),
        side: Side::Buy,
        price: Price(4_300),
        qty: Qty::contracts(contracts),
        cost: Price(4_300) * Qty::contracts(contracts),
        fee: Usd::ZERO,
        taker: false,
        time: START,
    }
}

fn updates(updates: &[OrderUpdate]) -> Vec<&'static str> {
    let name = |update: &OrderUpdate| match update {
        OrderUpdate::Acknowledged { .. } => "acked",
        OrderUpdate::Unknown { .. } => "unknown",
        OrderUpdate::Filled { .. } => "filled",
        OrderUpdate::Ended { state, .. } => state.as_str(),
    };
    updates.iter().map(name).collect()
}

#[test]
fn each_answer_to_an_order_has_one_meaning() {
    let accepted = |filled, remaining| {
        Ok(Accepted {
            order_id: "venue-1".to_owned(),
            filled: Qty::contracts(filled),
            remaining: Qty::contracts(remaining),
        })
    };
    let check = |answer: Result<Accepted, PlaceError>, expect: &[&str]| {
        let said = tracker_with(sent()).on_created(OrderId(1), answer.clone(), START);
        assert_eq!(updates(&said), expect, "{answer:?}");
    };
    check(accepted(0, 10), &["acked"]);
    check(accepted(10, 0), &["acked"]);
    check(accepted(0, 0), &["acked", "cancelled"]);
    check(Err(PlaceError::NotPlaced("refused".to_owned())), &["not_placed"]);
    check(Err(PlaceError::Unreachable("no route".to_owned())), &["not_placed"]);
    check(Err(PlaceError::Throttled("429".to_owned())), &["not_placed"]);
    let rejected = PlaceError::Rejected { status: 400, code: "invalid_order".to_owned(), message: String::new() };
    check(Err(rejected), &["rejected"]);
    check(Err(PlaceError::OutcomeUnknown("time-out".to_owned())), &["unknown"]);
}

#[test]
fn an_unknown_order_is_never_given_up_before_its_grace_is_over() {
    let check = |looks: usize, asked: Span, listed: &[VenueOrder], expect: &[&str]| {
        let mut tracker = tracker_with(unknown());
        let mut said = tracker.on_found(listed);
        for _ in 0..looks {
            said.extend(tracker.on_look(listed, START + asked, START + asked));
        }
        assert_eq!(updates(&said), expect, "{looks} looks at {asked} {listed:?}");
    };
    check(9, Span::ZERO, &[], &[]);
    check(9, Span(GRACE.0 - 1), &[], &[]);
    // A list may lack a row: one is not enough.
    check(1, GRACE, &[], &[]);
    check(2, GRACE, &[], &["not_placed"]);
    check(2, GRACE, &[at_venue(OrderState::Working, 0)], &["acked"]);
    let other = VenueOrder { side: Side::Sell, ..at_venue(OrderState::Working, 0) };
    check(1, GRACE, &[other], &[]);
    check(1, Span::ZERO, &[at_venue(OrderState::Cancelled, 0)], &["acked", "cancelled"]);
}

fn unread(id: &str, client_order_id: &str) -> UnreadableRow {
    let (id, client_order_id) = (id.to_owned(), client_order_id.to_owned());
    UnreadableRow { list: "orders", id, client_order_id, reason: "a new status".to_owned() }
}

#[test]
fn an_order_whose_row_cannot_be_read_is_unknown_and_never_missing() {
    for row in [unread("venue-1", ""), unread("", "client-1"), unread("venue-1", "client-1")] {
        let mut tracker = tracker_with(resting());
        assert_eq!(updates(&tracker.on_unreadable(std::slice::from_ref(&row), START)), ["unknown"]);
        assert_eq!(updates(&tracker.on_unreadable(std::slice::from_ref(&row), START)), [""; 0], "told once");
        assert_eq!((tracker.unknown(), tracker.grace_ends()), (1, None));
        for _ in 0..9 {
            let late = START + Span::hours(1);
            tracker.on_unreadable(std::slice::from_ref(&row), late);
            assert_eq!(updates(&tracker.on_look(&[], late, late)), [""; 0], "{row:?}");
        }
        // It can be cancelled, its fills are booked, and it goes on once it can be read.
        tracker.want_cancel(OrderId(1));
        assert_eq!(tracker.take_cancels(START), [(OrderId(1), "venue-1".to_owned())]);
        assert_eq!(updates(&tracker.on_filled(&fill("f1", 1))), ["acked"]);
        tracker.on_unreadable(std::slice::from_ref(&row), START);
        assert_eq!(updates(&tracker.on_found(&[at_venue(OrderState::Working, 0)])), ["acked"]);
        assert_eq!(tracker.unknown(), 0);
    }
    // One that names another order costs that one; one that names none may be anybody's.
    let late = START + GRACE;
    for (row, expect) in [(unread("venue-2", "client-2"), &["not_placed"][..]), (unread("", ""), &[])] {
        let mut tracker = tracker_with(unknown());
        let mut said = Vec::new();
        for _ in 0..2 {
            said.extend(tracker.on_unreadable(std::slice::from_ref(&row), late));
            said.extend(tracker.on_look(&[], late, late));
        }
        assert_eq!(updates(&said), expect, "{row:?}");
    }
}

#[test]
fn the_venues_id_of_one_order_is_never_that_of_another() {
    let mut tracker = tracker_with(resting());
    tracker.take_on(TrackedOrder::sent(order(2), "T", "client-2"));
    let twice = Accepted { order_id: "venue-1".to_owned(), filled: Qty::ZERO, remaining: Qty::contracts(10) };
    assert_eq!(updates(&tracker.on_created(OrderId(2), Ok(twice), START)), ["unknown"]);
    let listed = VenueOrder { client_order_id: "client-2".to_owned(), ..at_venue(OrderState::Working, 0) };
    let late = START + GRACE;
    for _ in 0..3 {
        tracker.on_unreadable(&[], late);
        assert_eq!(updates(&tracker.on_found(std::slice::from_ref(&listed))), [""; 0]);
        assert_eq!(updates(&tracker.on_look(std::slice::from_ref(&listed), late, late)), [""; 0]);
    }
    assert_eq!(tracker.unknown(), 1);
    // One that has ended, as the journal knows: the id is refused from then on.
    let mut tracker = tracker_with(resting());
    tracker.on_strange_id(OrderId(1), START);
    assert_eq!(updates(&tracker.on_found(&[at_venue(OrderState::Working, 0)])), [""; 0]);
    assert_eq!(tracker.on_fill(&fill("f1", 1)), None);
    let own = VenueOrder { order_id: "venue-7".to_owned(), ..at_venue(OrderState::Working, 0) };
    assert_eq!(updates(&tracker.on_found(&[own])), ["acked"]);
}

#[test]
fn an_answer_that_comes_after_a_look_changes_nothing() {
    let mut tracker = tracker_with(sent());
    assert_eq!(updates(&tracker.on_found(&[at_venue(OrderState::Working, 0)])), ["acked"]);
    let late = tracker.on_created(OrderId(1), Err(PlaceError::OutcomeUnknown("reset".to_owned())), START);
    assert_eq!(updates(&late), [""; 0]);
    assert_eq!(tracker.unknown(), 0);
}

#[test]
fn an_order_does_not_end_before_all_its_fills_are_booked() {
    let mut tracker = tracker_with(resting());
    let ended = [at_venue(OrderState::Cancelled, 4)];
    assert_eq!(updates(&tracker.on_look(&ended, START, START)), [""; 0]);
    assert!(tracker.on_fill(&fill("f1", 4)).is_some());
    assert_eq!(updates(&tracker.on_look(&ended, START, START)), ["cancelled"]);
}

#[test]
fn an_order_that_was_made_smaller_at_the_venue_ends_with_its_last_fill() {
    let mut tracker = tracker_with(resting());
    let executed = at_venue(OrderState::Filled, 4);
    assert_eq!(updates(&tracker.on_look(std::slice::from_ref(&executed), START, START)), [""; 0]);
    assert!(tracker.on_fill(&fill("f1", 4)).is_some());
    assert_eq!(updates(&tracker.on_look(&[executed], START, START)), ["cancelled"]);
}

#[test]
fn an_order_that_no_list_shows_any_more_is_asked_for_by_its_id() {
    let mut tracker = tracker_with(resting());
    let end = START + Span::minutes(10);
    assert_eq!(tracker.overdue(end + Span(GRACE.0 - 1)), []);
    assert_eq!(tracker.overdue(end + GRACE), [(OrderId(1), "venue-1".to_owned())]);
    let ended = at_venue(OrderState::Cancelled, 0);
    assert_eq!(updates(tracker.on_one(OrderId(1), Some(&ended), end + GRACE).as_slice()), ["expired"]);
    assert_eq!(updates(tracker.on_one(OrderId(1), None, end + GRACE).as_slice()), ["cancelled"]);
}

#[test]
fn how_an_order_ended_is_told_by_its_time_and_by_who_wanted_it() {
    let check = |cancel: bool, now: Timestamp, expect: &str| {
        let mut tracker = tracker_with(resting());
        if cancel {
            tracker.want_cancel(OrderId(1));
        }
        let said = tracker.on_look(&[at_venue(OrderState::Cancelled, 0)], now, now);
        assert_eq!(updates(&said), [expect]);
    };
    check(false, START, "cancelled");
    check(false, START + Span::minutes(10), "expired");
    check(true, START + Span::minutes(10), "cancelled");
}

#[test]
fn a_cancel_waits_for_the_venues_id_and_is_repeated_until_the_order_has_ended() {
    let mut tracker = tracker_with(unknown());
    tracker.want_cancel(OrderId(1));
    assert_eq!(tracker.take_cancels(START), []);
    tracker.on_found(&[at_venue(OrderState::Working, 0)]);
    let once = [(OrderId(1), "venue-1".to_owned())];
    assert_eq!(tracker.take_cancels(START), once);
    assert_eq!(tracker.take_cancels(START), [], "one is on its way");
    // Each time it waits longer: a venue that refuses them is not flooded.
    let mut now = START;
    for pause_seconds in [1, 2, 4, 8, 10, 10] {
        tracker.on_cancelled(OrderId(1), &Err(CancelError::OutcomeUnknown("502".to_owned())), now);
        assert_eq!(tracker.take_cancels(now), [], "not at once");
        now = now + Span::seconds(pause_seconds);
        assert_eq!(tracker.next_cancel(), Some(now));
        assert_eq!(tracker.take_cancels(now), once);
    }
    tracker.on_cancelled(OrderId(1), &Ok(()), now);
    assert_eq!(tracker.next_cancel(), None);
    tracker.on_look(&[at_venue(OrderState::Working, 0)], now, now);
    assert_eq!(tracker.take_cancels(now + Span::seconds(10)), once, "the venue says that it still works");
}

#[test]
fn a_strangers_fill_is_nobodys() {
    let mut tracker = tracker_with(unknown());
    assert_eq!(tracker.on_fill(&fill("f1", 1)), None, "the order's id is not known yet");
    tracker.forget(OrderId(1));
    assert!(tracker.is_empty());
    assert_eq!(tracker.on_found(&[at_venue(OrderState::Working, 0)]), []);
}

#[test]
fn fills_of_more_than_was_ordered_are_passed_on_whole() {
    for (fills, ended) in
        [(&[12][..], OrderState::Filled), (&[9, 3], OrderState::Filled), (&[12], OrderState::Cancelled)]
    {
        let mut tracker = tracker_with(resting());
        let shown = [VenueOrder { remaining: Qty::ZERO, ..at_venue(ended, 12) }];
        assert_eq!(updates(&tracker.on_look(&shown, START, START)), [""; 0], "its fills are still to come");
        let mut filled = Qty::ZERO;
        for (number, &contracts) in fills.iter().enumerate() {
            match tracker.on_fill(&fill(&format!("f{number}"), contracts)) {
                Some(OrderUpdate::Filled { fill, .. }) => filled += fill.qty,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(filled, Qty::contracts(12));
        // The loop forgets an order once it is full; one that it did not would end all the same.
        assert_eq!(updates(&tracker.on_look(&shown, START, START)), ["cancelled"]);
        tracker.forget(OrderId(1));
        assert_eq!(tracker.on_fill(&fill("late", 2)), None, "it has ended: the comparison shows the rest");
    }
}
