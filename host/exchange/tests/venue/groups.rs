//! Order groups: limits on what may trade within 15 seconds.

use super::*;
use host_exchange::venue::{GroupEvent, InvalidOrder};
use uuid::Uuid;

fn exchange(limit: i64) -> (Exchange, Uuid) {
    let mut exchange = Exchange::new(FeeModel::None);
    let group =
        exchange.venue.create_group(AccountId::primary(ANN), Qty::contracts(limit), START).expect("a fair limit");
    (exchange, group)
}

fn rest(exchange: &mut Exchange, group: Uuid, cents: i32) -> Result<Placed, VenueError> {
    exchange.send(ANN, Side::Buy, cents, 10, |order| order.group = Some(group))
}

#[test]
fn a_group_that_hits_its_limit_is_cancelled_and_refuses_until_it_is_reset() {
    let (mut exchange, group) = exchange(15);
    for cents in [40, 39, 38] {
        rest(&mut exchange, group, cents).expect("the group is fresh");
    }
    exchange.venue.take_updates();
    // Eve hits 10 at 40 and 5 at 39, the limit; Ann's other orders are gone before Eve's remainder rests.
    exchange.sell(EVE, 38, 20);
    assert_eq!(exchange.book(), " | 38x5");
    let triggered = |update: &Update| matches!(update.change, Change::Group { event: GroupEvent::Triggered, .. });
    assert_eq!(exchange.venue.take_updates().iter().filter(|update| triggered(update)).count(), 1);
    let view = exchange.venue.group(ANN, group).expect("it is there");
    assert_eq!((view.is_triggered, view.orders), (true, vec![]));
    assert_eq!(rest(&mut exchange, group, 30), Err(InvalidOrder::GroupTriggered.into()));
    exchange.now = at(100);
    assert_eq!(rest(&mut exchange, group, 30), Err(InvalidOrder::GroupTriggered.into()));
    exchange.venue.reset_group(ANN, group, exchange.now).expect("it is there");
    let order = rest(&mut exchange, group, 30).expect("it was reset").order_id;
    assert_eq!(exchange.venue.group(ANN, group).expect("it is there").orders, [order]);
}

#[test]
fn only_the_last_15_seconds_count() {
    let check = |seconds: i64, book: &str| {
        let (mut exchange, group) = exchange(15);
        rest(&mut exchange, group, 40).expect("the group is fresh");
        exchange.sell(EVE, 40, 10);
        exchange.now = at(seconds);
        rest(&mut exchange, group, 40).expect("the limit is not hit");
        exchange.send(EVE, Side::Sell, 40, 9, |order| order.time_in_force = IOC).expect("good");
        assert_eq!(exchange.book(), book, "after {seconds} s");
    };
    check(14, " | ");
    check(15, "40x1 | ");
}

#[test]
fn a_taker_of_a_group_stops_at_the_limit() {
    let (mut exchange, group) = exchange(15);
    exchange.sell(BOB, 42, 100);
    let placed = exchange.send(ANN, Side::Buy, 42, 50, |order| order.group = Some(group)).expect("good");
    assert_eq!((placed.filled, placed.remaining), (Qty::contracts(15), Qty::ZERO));
    assert_eq!(exchange.book(), " | 42x85");
}

#[test]
fn triggering_deleting_and_lowering_the_limit_cancel_the_orders() {
    let check = |change: &dyn Fn(&mut Exchange, Uuid), is_left: bool| {
        let (mut exchange, group) = exchange(15);
        rest(&mut exchange, group, 40).expect("the group is fresh");
        exchange.sell(EVE, 40, 5);
        change(&mut exchange, group);
        assert_eq!(exchange.book(), " | ");
        assert_eq!(exchange.venue.groups(ANN, None).len(), usize::from(is_left));
        assert_eq!(exchange.venue.groups(BOB, None), []);
    };
    check(&|exchange, group| exchange.venue.trigger_group(ANN, group, START).expect("it is there"), true);
    check(&|exchange, group| exchange.venue.delete_group(ANN, group, START).expect("it is there"), false);
    check(
        &|exchange, group| exchange.venue.limit_group(ANN, group, Qty::contracts(5), START).expect("it is there"),
        true,
    );
}

#[test]
fn only_its_owner_can_use_a_group() {
    let (mut exchange, group) = exchange(15);
    assert!(exchange.venue.group(BOB, group).is_err());
    assert!(exchange.venue.trigger_group(BOB, group, START).is_err());
    assert!(exchange.send(BOB, Side::Buy, 40, 1, |order| order.group = Some(group)).is_err());
}

#[test]
fn the_number_of_groups_per_member_is_limited() {
    let mut exchange = Exchange::new(FeeModel::None);
    let mut create = |member| exchange.venue.create_group(AccountId::primary(member), Qty::ONE, START);
    let first = create(ANN).expect("room");
    for _ in 1..100_000 {
        create(ANN).expect("room");
    }
    assert!(create(ANN).is_err());
    assert!(create(BOB).is_ok(), "others have room of their own");
    exchange.venue.delete_group(ANN, first, START).expect("it is there");
    assert!(exchange.venue.create_group(AccountId::primary(ANN), Qty::ONE, START).is_ok());
}
