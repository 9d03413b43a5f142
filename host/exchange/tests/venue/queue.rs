//! Places in the queue: which changes keep or lose them, and how far from the front they are.

use super::*;
use host_exchange::venue::{Amendment, Expiration, InvalidOrder, Reduction};
use uuid::Uuid;

fn amendment(cents: i32, contracts: i64) -> Amendment {
    Amendment {
        ticker: "CENT".into(),
        side: Side::Buy,
        price: Price(cents * 100),
        count: Qty::contracts(contracts),
        client_order_id: None,
        updated_client_order_id: None,
        expiration: Expiration::Keep,
    }
}

/// Returns an exchange with bids of Bob 10, Ann 10, Eve 10 at 40 and Eve 5 at 41, and Ann's order.
fn exchange() -> (Exchange, Uuid) {
    let mut exchange = Exchange::new(FeeModel::None);
    exchange.buy(BOB, 40, 10);
    let ann = exchange.buy(ANN, 40, 10).order_id;
    exchange.buy(EVE, 40, 10);
    exchange.buy(EVE, 41, 5);
    (exchange, ann)
}

#[test]
fn a_smaller_size_or_new_expiry_keeps_the_place_and_a_new_price_or_larger_size_loses_it() {
    let check = |ahead: i64, change: &dyn Fn(&mut Exchange, Uuid)| {
        let (mut exchange, ann) = exchange();
        assert_eq!(exchange.venue.queue_position(ANN, ann), Ok(Qty::contracts(15)));
        change(&mut exchange, ann);
        assert_eq!(exchange.venue.queue_position(ANN, ann), Ok(Qty::contracts(ahead)));
    };
    let amend = |ahead: i64, amendment: Amendment| {
        check(ahead, &|exchange, ann| {
            exchange.venue.amend(ANN, ann, &amendment, START).expect("a good amendment");
        });
    };
    amend(15, Amendment { expiration: Expiration::At(at(60)), ..amendment(40, 10) });
    amend(15, amendment(40, 10));
    amend(15, amendment(40, 9));
    amend(25, amendment(40, 11));
    amend(5, amendment(41, 10));
    amend(0, amendment(42, 10));
    amend(35 - 10, amendment(39, 10));
    check(15, &|exchange, ann| {
        exchange.venue.decrease(ANN, ann, Reduction::By(Qty::contracts(3)), START).expect("a good decrease");
    });
    check(15, &|exchange, ann| {
        exchange.venue.decrease(ANN, ann, Reduction::To(Qty::hundredths(1)), START).expect("a good decrease");
    });
}

#[test]
fn an_amendment_that_crosses_takes_and_its_count_includes_what_was_filled() {
    let (mut exchange, ann) = exchange();
    exchange.sell(BOB, 42, 4);
    exchange.trades();
    let placed = exchange.venue.amend(ANN, ann, &amendment(42, 10), START).expect("a good amendment");
    assert_eq!((placed.filled, placed.remaining), (Qty::contracts(4), Qty::contracts(6)));
    assert_eq!(exchange.trades(), "4@42");
    let placed = exchange.venue.amend(ANN, ann, &amendment(42, 5), START).expect("a good amendment");
    assert_eq!((placed.filled, placed.remaining), (Qty::contracts(4), Qty::contracts(1)));
    assert_eq!(exchange.venue.amend(ANN, ann, &amendment(42, 4), START), Err(InvalidOrder::CountBelowFilled.into()));
}

#[test]
fn a_refused_amendment_leaves_the_order_unchanged() {
    let check = |expect: VenueError, amendment: Amendment| {
        let (mut exchange, ann) = exchange();
        exchange.sell(BOB, 45, 4);
        exchange.send(ANN, Side::Buy, 1, 1, |order| order.client_order_id = "used".into()).expect("good");
        let before = (exchange.book(), exchange.venue.balance(AccountId::primary(ANN)));
        assert_eq!(exchange.venue.amend(ANN, ann, &amendment, START), Err(expect));
        assert_eq!((exchange.book(), exchange.venue.balance(AccountId::primary(ANN))), before);
        assert_eq!(exchange.venue.queue_position(ANN, ann), Ok(Qty::contracts(15)));
    };
    check(InvalidOrder::AmendMismatch.into(), Amendment { side: Side::Sell, ..amendment(40, 9) });
    check(InvalidOrder::AmendMismatch.into(), Amendment { ticker: "TAPER".into(), ..amendment(40, 9) });
    check(InvalidOrder::AmendMismatch.into(), Amendment { client_order_id: Some("x".into()), ..amendment(40, 9) });
    check(InvalidOrder::Expiration.into(), Amendment { expiration: Expiration::At(START), ..amendment(40, 9) });
    check(VenueError::InvalidPrice, Amendment { price: Price(4_050), ..amendment(40, 9) });
    check(VenueError::InsufficientBalance, amendment(44, 2_273));
    check(
        VenueError::OrderAlreadyExists,
        Amendment { updated_client_order_id: Some("used".into()), ..amendment(40, 9) },
    );
}

#[test]
fn expiries_can_be_set_moved_and_cleared() {
    let check = |steps: &[(i32, Expiration)], works_after: bool| {
        let (mut exchange, ann) = exchange();
        for &(cents, expiration) in steps {
            let amendment = Amendment { expiration, ..amendment(cents, 10) };
            exchange.venue.amend(ANN, ann, &amendment, START).expect("a good amendment");
        }
        exchange.venue.advance(at(61));
        assert_eq!(exchange.venue.queue_position(ANN, ann).is_ok(), works_after, "{steps:?}");
    };
    let soon = Expiration::At(at(60));
    check(&[(40, soon)], false);
    // At 40 the order keeps its place in the queue; at 41 it joins another.
    for cents in [40, 41] {
        check(&[(40, soon), (cents, Expiration::Keep)], false);
        check(&[(40, soon), (cents, Expiration::At(at(70)))], true);
        check(&[(40, soon), (cents, Expiration::Clear)], true);
    }
}
