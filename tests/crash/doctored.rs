//! The checks can fail: each detects books in which one thing was changed.

use crate::books::Books;
use crate::check::{nothing_done, nothing_lost, right_after, same_books};
use crate::crash::{books, undisturbed};
use crate::scenario::{Run, Scenario};
use crate::support::ledger::Ledger;

/// The folder of a finished run, read anew for each change.
struct Left<'a>(Run<'a>);

impl Left<'_> {
    fn books(&self) -> Books {
        books(&self.0, "doctored").expect("books").expect("a journal")
    }

    /// Asserts that [`same_books`] names `what` after the change by `doctor`.
    #[track_caller]
    fn differs(&self, what: &str, doctor: impl FnOnce(&mut Books, &mut Ledger)) {
        let (mut books, mut venue) = (self.books(), self.0.ledger());
        doctor(&mut books, &mut venue);
        let said = same_books(&books, &venue).expect_err(what);
        assert!(said.contains(what), "not {what}, but {said}");
    }

    /// Asserts that [`nothing_lost`] names `what` after the change by `doctor`.
    #[track_caller]
    fn is_lost(&self, what: &str, doctor: impl FnOnce(&mut Books)) {
        let (before, mut after) = (self.books(), self.books());
        doctor(&mut after);
        let said = nothing_lost(&before, &after).expect_err(what);
        assert!(said.contains(what), "not {what}, but {said}");
    }
}

#[test]
fn the_checks_detect_each_kind_of_damage() {
    let scenario = Scenario::new();
    let left = Left(undisturbed(&scenario));
    assert_eq!(same_books(&left.books(), &left.0.ledger()), Ok(()));
    left.differs("the journal None", |books, _| drop(books.orders.pop_first()));
    left.differs("in orders at the venue", |_, venue| drop(venue.orders.pop()));
    left.differs("in fills", |_, venue| drop(venue.fills.pop()));
    left.differs("in fills", |books, _| *books.fills.values_mut().next().expect("a fill") = None);
    left.differs("in positions", |books, _| *books.positions.values_mut().next().expect("a position") += 1);
    left.differs("in cash", |books, _| books.cash = books.cash.map(|cash| cash + 1));
    left.differs("in cash", |_, venue| venue.cash -= 1);
    left.differs("in open orders", |books, _| open_an_order(books));
    left.differs("accepted twice", |_, venue| venue.orders.push(venue.orders[0].clone()));
    left.differs("two orders for one wish", |_, venue| {
        // One that was over at once could be wished for again.
        let waited = venue.orders.iter().position(|order| order.updated_ns > order.created_ns).expect("one that waits");
        let mut again = venue.orders[waited].clone();
        again.client_id = "another".to_owned();
        venue.orders.insert(waited + 1, again);
    });
    left.differs("were held", |_, venue| venue.fills.insert(1, venue.fills[0].clone()));
    left.differs("recorded twice", |books, _| books.recorded.insert(1, books.recorded[0].clone()));
    left.differs("polls", |books, _| drop(books.recorded.split_off(20)));

    left.is_lost("order 1 was", |books| drop(books.orders.remove(&1)));
    left.is_lost("order 1 was", |books| books.orders.get_mut(&1).expect("an order").filled -= 100);
    for table in ["events", "records", "executions", "reconciliations"] {
        left.is_lost(&format!("rows of {table}"), |books| {
            drop(books.tables.get_mut(table).and_then(Vec::pop).expect("a row"));
        });
    }
    left.is_lost("rows of the recording", |books| drop(books.recorded.pop()));

    let (mut before, after) = (left.books(), left.books());
    assert_eq!(nothing_done(&before, &after), Ok(()));
    before.tables.get_mut("records").expect("records").truncate(3);
    nothing_done(&before, &after).expect_err("records came from nowhere");

    let (mut books, venue) = (left.books(), left.0.ledger());
    let told = "LIVE alex 2026-01-05 23:55:00 order 999: filled";
    assert_eq!(right_after(Some(&books), &venue, ""), Ok(()));
    right_after(Some(&books), &venue, told).expect_err("people were told of an order that is not on disk");
    right_after(None, &venue, "").expect_err("the venue has orders without a journal");
    books.orders.values_mut().for_each(|order| order.state = "not_placed".to_owned());
    right_after(Some(&books), &venue, "").expect_err("orders were sent that the disk does not know as sent");
}

/// Adds an order that was journaled and never sent.
fn open_an_order(books: &mut Books) {
    let mut order = books.orders[&1].clone();
    (order.state, order.venue_id, order.ended) = ("sent".to_owned(), None, None);
    books.orders.insert(1_000, order);
}
