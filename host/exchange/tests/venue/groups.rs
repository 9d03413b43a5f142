//! Order groups: the limit on what may trade within 15 seconds.

use super::*;
use host_exchange::venue::{GroupEvent, InvalidOrder};
use uuid::Uuid;

fn desk(limit: i64) -> (Desk, Uuid) {
    let mut desk = Desk::new(FeeModel::None);
    let group = desk.venue.create_group(AccountId::primary(ANN), Qty::contracts(limit), START).expect("a fair limit");
    (desk, group)
}

fn rest(desk: &mut Desk, group: Uuid, cents: i32) -> Result<Placed, VenueError> {
    desk.send(ANN, Side::Buy, cents, 10, |order| order.group = Some(group))
}

#[test]
fn a_group_that_hits_its_limit_is_cancelled_and_refuses_until_it_is_reset() {
    let (mut desk, group) = desk(15);
    for cents in [40, 39, 38] {
        rest(&mut desk, group, cents).expect("the group is fresh");
    }
    desk.venue.take_updates();
    // Eve's hits 10 at 40 and 5 at 39, the limit; the rest of Ann's are gone before Eve's remainder rests.
    desk.sell(EVE, 38, 20);
    assert_eq!(desk.book(), " | 38x5");
    let triggered = |update: &Update| matches!(update.change, Change::Group { event: GroupEvent::Triggered, .. });
    assert_eq!(desk.venue.take_updates().iter().filter(|update| triggered(update)).count(), 1);
    let view = desk.venue.group(ANN, group).expect("it is there");
    assert_eq!((view.is_triggered, view.orders), (true, vec![]));
    assert_eq!(rest(&mut desk, group, 30), Err(InvalidOrder::GroupTriggered.into()));
    desk.now = at(100);
    assert_eq!(rest(&mut desk, group, 30), Err(InvalidOrder::GroupTriggered.into()));
    desk.venue.reset_group(ANN, group, desk.now).expect("it is there");
    let order = rest(&mut desk, group, 30).expect("it was reset").order_id;
    assert_eq!(desk.venue.group(ANN, group).expect("it is there").orders, [order]);
}

#[test]
fn only_the_last_15_seconds_count() {
    let check = |seconds: i64, book: &str| {
        let (mut desk, group) = desk(15);
        rest(&mut desk, group, 40).expect("the group is fresh");
        desk.sell(EVE, 40, 10);
        desk.now = at(seconds);
        rest(&mut desk, group, 40).expect("the limit is not hit");
        desk.send(EVE, Side::Sell, 40, 9, |order| order.time_in_force = IOC).expect("good");
        assert_eq!(desk.book(), book, "after {seconds} s");
    };
    check(14, " | ");
    check(15, "40x1 | ");
}

#[test]
fn a_taker_of_a_group_stops_at_the_limit() {
    let (mut desk, group) = desk(15);
    desk.sell(BOB, 42, 100);
    let placed = desk.send(ANN, Side::Buy, 42, 50, |order| order.group = Some(group)).expect("good");
    assert_eq!((placed.filled, placed.remaining), (Qty::contracts(15), Qty::ZERO));
    assert_eq!(desk.book(), " | 42x85");
}

#[test]
fn triggering_deleting_and_lowering_the_limit_cancel_the_orders() {
    let check = |change: &dyn Fn(&mut Desk, Uuid), is_left: bool| {
        let (mut desk, group) = desk(15);
        rest(&mut desk, group, 40).expect("the group is fresh");
        desk.sell(EVE, 40, 5);
        change(&mut desk, group);
        assert_eq!(desk.book(), " | ");
        assert_eq!(desk.venue.groups(ANN, None).len(), usize::from(is_left));
        assert_eq!(desk.venue.groups(BOB, None), []);
    };
    check(&|desk, group| desk.venue.trigger_group(ANN, group, START).expect("it is there"), true);
    check(&|desk, group| desk.venue.delete_group(ANN, group, START).expect("it is there"), false);
    check(&|desk, group| desk.venue.limit_group(ANN, group, Qty::contracts(5), START).expect("it is there"), true);
}

#[test]
fn a_group_is_its_owners_alone() {
    let (mut desk, group) = desk(15);
    assert!(desk.venue.group(BOB, group).is_err());
    assert!(desk.venue.trigger_group(BOB, group, START).is_err());
    assert!(desk.send(BOB, Side::Buy, 40, 1, |order| order.group = Some(group)).is_err());
}

#[test]
fn each_member_has_so_many_groups_and_no_more() {
    let mut desk = Desk::new(FeeModel::None);
    let mut create = |member| desk.venue.create_group(AccountId::primary(member), Qty::ONE, START);
    let first = create(ANN).expect("room");
    for _ in 1..100_000 {
        create(ANN).expect("room");
    }
    assert!(create(ANN).is_err());
    assert!(create(BOB).is_ok(), "others have room of their own");
    desk.venue.delete_group(ANN, first, START).expect("it is there");
    assert!(desk.venue.create_group(AccountId::primary(ANN), Qty::ONE, START).is_ok());
}
