//! Order types, and refusals of orders.

use super::*;
use host_exchange::venue::{CancelReason, InvalidOrder, OrderStatus, Resource, SelfTradePrevention};

/// Returns a book of `40x10 39x10 | 42x10 43x10`, all Bob's.
fn exchange() -> Exchange {
    let mut exchange = Exchange::new(FeeModel::None);
    for (side, cents) in [(Side::Buy, 40), (Side::Buy, 39), (Side::Sell, 42), (Side::Sell, 43)] {
        exchange.send(BOB, side, cents, 10, |_| {}).expect("a good order");
    }
    exchange.trades();
    exchange
}

#[test]
fn orders_take_what_they_can_and_rest_or_end() {
    let check = |side: Side, cents: i32, contracts: i64, kind: TimeInForce, trades: &str, book: &str| {
        let mut exchange = exchange();
        let _ = exchange.send(ANN, side, cents, contracts, |order| order.time_in_force = kind);
        assert_eq!(
            (exchange.trades().as_str(), exchange.book().as_str()),
            (trades, book),
            "{side} {contracts} at {cents}"
        );
    };
    let gtc = TimeInForce::GoodTillCanceled(None);
    check(Side::Buy, 41, 5, gtc, "", "41x5 40x10 39x10 | 42x10 43x10");
    check(Side::Buy, 42, 15, gtc, "10@42", "42x5 40x10 39x10 | 43x10");
    check(Side::Buy, 99, 15, gtc, "10@42 5@43", "40x10 39x10 | 43x5");
    check(Side::Sell, 39, 25, gtc, "10@40 10@39", " | 39x5 42x10 43x10");
    check(Side::Buy, 42, 15, IOC, "10@42", "40x10 39x10 | 43x10");
    check(Side::Buy, 41, 15, IOC, "", "40x10 39x10 | 42x10 43x10");
    check(Side::Buy, 42, 15, FOK, "", "40x10 39x10 | 42x10 43x10");
    check(Side::Buy, 43, 20, FOK, "10@42 10@43", "40x10 39x10 | ");
}

#[test]
fn an_order_that_breaks_a_rule_is_refused_and_changes_nothing() {
    let check = |expect: VenueError, code: (&str, u16), change: &dyn Fn(&mut NewOrder)| {
        let mut exchange = exchange();
        let before = (exchange.book(), exchange.venue.balance(AccountId::primary(ANN)));
        let answer = exchange.send(ANN, Side::Buy, 42, 5, change);
        assert_eq!(answer.expect_err("it must be refused"), expect);
        assert_eq!((expect.code(), expect.http_status()), code);
        assert_eq!((exchange.book(), exchange.venue.balance(AccountId::primary(ANN))), before, "{expect:?}");
        assert_eq!(exchange.venue.take_updates(), [], "{expect:?}");
    };
    let invalid = |rule: InvalidOrder, change: &dyn Fn(&mut NewOrder)| {
        check(VenueError::InvalidOrder(rule), ("invalid_order", 400), change);
    };
    invalid(InvalidOrder::PostOnlyCross, &|order| order.post_only = true);
    for price in [Price(4_205), Price::ONE, Price(-100)] {
        check(VenueError::InvalidPrice, ("invalid_price", 400), &|order| order.price = price);
    }
    for id in ["a b", "é", "a.b", &"a".repeat(65)] {
        let named = |order: &mut NewOrder| order.client_order_id = id.to_owned();
        check(VenueError::InvalidClientOrderId, ("invalid_parameters", 400), &named);
    }
    invalid(InvalidOrder::Count, &|order| order.count = Qty::hundredths(0));
    invalid(InvalidOrder::Count, &|order| order.count = Qty(i64::MAX));
    invalid(InvalidOrder::Subaccount, &|order| order.subaccount = 64);
    invalid(InvalidOrder::Expiration, &|order| order.time_in_force = TimeInForce::GoodTillCanceled(Some(START)));
    invalid(InvalidOrder::PostOnlyNeedsGoodTillCanceled, &|order| {
        (order.post_only, order.time_in_force) = (true, IOC);
    });
    invalid(InvalidOrder::ReduceOnlyNeedsImmediateOrCancel, &|order| order.reduce_only = true);
    invalid(InvalidOrder::NothingToReduce, &|order| (order.reduce_only, order.time_in_force) = (true, IOC));
    check(VenueError::InsufficientBalance, ("insufficient_balance", 400), &|order| order.count = Qty::contracts(2_500));
    check(VenueError::NotFound(Resource::Market), ("market_not_found", 404), &|order| order.ticker = "NONE".into());
    let group = Some(uuid::Uuid::nil());
    check(VenueError::NotFound(Resource::OrderGroup), ("not_found", 404), &|order| order.group = group);
}

#[test]
fn a_client_order_id_is_used_once_even_by_an_order_that_was_killed() {
    let mut exchange = exchange();
    let mut named = |id: &str, cents: i32, kind: TimeInForce| {
        let change = |order: &mut NewOrder| (order.client_order_id, order.time_in_force) = (id.into(), kind);
        exchange.send(ANN, Side::Buy, cents, 20, change).map(|placed| placed.filled)
    };
    let killed = VenueError::FillOrKillInsufficientRestingVolume;
    assert_eq!(named("a", 42, FOK), Err(killed));
    assert_eq!((killed.code(), killed.http_status()), ("fill_or_kill_insufficient_resting_volume", 409));
    assert_eq!(named("a", 43, FOK), Err(VenueError::OrderAlreadyExists));
    // An order refused for its form leaves its client order id unused.
    assert_eq!(named("b", 0, FOK), Err(VenueError::InvalidPrice));
    assert_eq!(named("b", 43, FOK), Ok(Qty::contracts(20)));
    assert_eq!(named("b", 43, IOC), Err(VenueError::OrderAlreadyExists));
}

#[test]
fn nobody_trades_with_themselves() {
    let check = |kind: SelfTradePrevention, expect: (&str, &str, &str)| {
        let mut exchange = exchange();
        exchange.sell(EVE, 41, 3);
        exchange.sell(ANN, 42, 4);
        exchange.trades();
        let placed = exchange.send(ANN, Side::Buy, 43, 20, |order| order.self_trade_prevention = kind).expect("good");
        let order = exchange.venue.order(ANN, placed.order_id).expect("it was made").clone();
        let end = format!("{} {:?}", order.status.as_str(), order.cancel_reason);
        assert_eq!((exchange.trades().as_str(), exchange.book().as_str(), end.as_str()), expect);
    };
    check(SelfTradePrevention::TakerAtCross, ("3@41 10@42", "40x10 39x10 | 42x4 43x10", "canceled Some(SelfTrade)"));
    check(SelfTradePrevention::Maker, ("3@41 10@42 7@43", "40x10 39x10 | 43x3", "executed None"));
}

#[test]
fn a_reduce_only_order_ends_with_no_position() {
    let mut exchange = exchange();
    exchange.sell(ANN, 40, 6);
    let reduce = |order: &mut NewOrder| (order.reduce_only, order.time_in_force) = (true, IOC);
    let placed = exchange.send(ANN, Side::Buy, 43, 20, reduce).expect("there is something to reduce");
    assert_eq!((placed.filled, placed.remaining), (Qty::contracts(6), Qty::ZERO));
    assert_eq!(exchange.send(ANN, Side::Buy, 43, 20, reduce), Err(InvalidOrder::NothingToReduce.into()));
}

#[test]
fn an_order_expires_at_its_time() {
    let mut exchange = exchange();
    let until = |order: &mut NewOrder| order.time_in_force = TimeInForce::GoodTillCanceled(Some(at(30)));
    let id = exchange.send(ANN, Side::Buy, 41, 5, until).expect("good").order_id;
    exchange.venue.advance(at(29));
    assert_eq!(exchange.book(), "41x5 40x10 39x10 | 42x10 43x10");
    exchange.venue.advance(at(100));
    let order = exchange.venue.order(ANN, id).expect("it was made");
    assert_eq!((order.status, order.cancel_reason), (OrderStatus::Canceled, Some(CancelReason::Expired)));
    assert_eq!((order.updated, exchange.book().as_str()), (at(30), "40x10 39x10 | 42x10 43x10"));
}

#[test]
fn a_member_can_cancel_only_their_own_resting_orders() {
    let mut exchange = exchange();
    let id = exchange.buy(ANN, 41, 5).order_id;
    let lost = Err(VenueError::NotFound(Resource::Order));
    let by = |exchange: &mut Exchange, member: MemberId, id| {
        exchange.venue.cancel(member, id, exchange.now).map(|answer| (answer.reduced_by, answer.remaining))
    };
    assert_eq!(by(&mut exchange, BOB, id), lost);
    assert_eq!(by(&mut exchange, ANN, uuid::Uuid::nil()), lost);
    assert_eq!(by(&mut exchange, MemberId(99), id), lost);
    assert_eq!(by(&mut exchange, ANN, id), Ok((Qty::contracts(5), Qty::ZERO)));
    assert_eq!(by(&mut exchange, ANN, id), lost);
    assert_eq!(exchange.venue.cancel_all(BOB, None, START), Ok(4));
    assert_eq!(exchange.book(), " | ");
}

#[test]
fn sub_penny_prices_and_fractional_contracts_trade_where_the_grid_has_them() {
    let mut exchange = Exchange::new(FeeModel::Kalshi);
    let mut send = |member: MemberId, side: Side, price: i32, qty: i64| {
        let mut order = NewOrder::limit("TAPER", side, Price(price), Qty::hundredths(qty));
        order.time_in_force = if member == ANN { IOC } else { TimeInForce::GoodTillCanceled(None) };
        exchange
            .venue
            .create(member, &order, START)
            .map(|placed| (placed.filled.0 / Qty::HUNDREDTH.0, placed.average_price.map(|p| p.0 / Usd::MICRO.0)))
    };
    assert_eq!(send(BOB, Side::Sell, 9_553, 250), Err(VenueError::InvalidPrice));
    assert_eq!(send(BOB, Side::Sell, 5_010, 250), Err(VenueError::InvalidPrice));
    assert_eq!(send(BOB, Side::Sell, 9_550, 250), Ok((0, None)));
    assert_eq!(send(BOB, Side::Sell, 9_560, 100), Ok((0, None)));
    // 2.5 at 0.955 and 0.3 at 0.956: 0.955107 on average.
    assert_eq!(send(ANN, Side::Buy, 9_900, 280), Ok((280, Some(955_107))));
}
