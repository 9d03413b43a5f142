//! The life cycle of markets, and pauses of the exchange.

use super::*;
use host_exchange::venue::{ExchangeStatus, Lifecycle, MaintenanceWindow, MarketStatus, Resolution};
use host_exchange::venue::{OrderStatus, Resource};

/// Returns the lifecycle steps since the last call, as `market status`.
fn steps(exchange: &mut Exchange) -> Vec<String> {
    let step = |update: Update| match update.change {
        Change::Market(market, event) => Some(format!("{} {}", market.0, event.as_str())),
        _ => None,
    };
    exchange.venue.take_updates().into_iter().filter_map(step).collect()
}

#[test]
fn a_market_goes_from_listing_to_payout() {
    let mut exchange = Exchange::new(FeeModel::None);
    let mut late = listing("LATE", PriceStructure::DeciCent);
    (late.opens, late.closes) = (at(10), at(20));
    let id = exchange.venue.list_market(late, START).expect("a new ticker");
    let mut check = |now: i64, status: MarketStatus, answer: Result<(), VenueError>| {
        let order = NewOrder::limit("LATE", Side::Buy, Price(4_230), Qty::ONE);
        assert_eq!(exchange.venue.create(ANN, &order, at(now)).map(|_| ()), answer, "after {now} s");
        assert_eq!(exchange.venue.market(id).expect("it is listed").status, status);
        if now == 30 {
            exchange.venue.determine(id, Resolution::Yes, at(30)).expect("it was not known");
            assert!(exchange.venue.determine(id, Resolution::No, at(30)).is_err(), "a result stays");
        }
    };
    check(9, MarketStatus::Initialized, Err(VenueError::MarketInactive));
    check(10, MarketStatus::Active, Ok(()));
    check(20, MarketStatus::Closed, Err(VenueError::MarketInactive));
    check(30, MarketStatus::Closed, Err(VenueError::MarketInactive));
    check(89, MarketStatus::Determined, Err(VenueError::MarketInactive));
    check(90, MarketStatus::Finalized, Err(VenueError::MarketInactive));
    let expect = ["created", "deactivated", "determined", "settled"].map(|step| format!("2 {step}"));
    assert_eq!(steps(&mut exchange), expect);
    assert!(
        exchange.venue.list_market(listing("LATE", PriceStructure::DeciCent), at(90)).is_err(),
        "tickers are unique"
    );
}

#[test]
fn a_close_can_be_moved_and_cancels_resting_orders() {
    let mut exchange = Exchange::new(FeeModel::None);
    exchange.buy(ANN, 40, 10);
    exchange.venue.set_close(CENT, at(50), START).expect("it is open");
    exchange.venue.advance(at(49));
    assert_eq!(exchange.book(), "40x10 | ");
    exchange.venue.advance(at(50));
    assert_eq!(exchange.book(), " | ");
    assert_eq!(exchange.venue.balance(AccountId::primary(ANN)).reserved, Usd::ZERO);
    assert_eq!(exchange.venue.set_close(CENT, at(90), at(60)), Err(VenueError::MarketInactive));
    assert_eq!(steps(&mut exchange), ["0 close_date_updated", "0 deactivated"]);
}

/// The venue's pages on the life of markets.
#[test]
fn a_cancel_after_the_close_is_refused_as_an_order_is() {
    let mut exchange = Exchange::new(FeeModel::None);
    let [open, cancelled] = [40, 41].map(|cents| exchange.buy(ANN, cents, 10).order_id);
    exchange.venue.cancel(ANN, cancelled, START).expect("it rests");
    let cancel = |exchange: &mut Exchange, member, id| exchange.venue.cancel(member, id, START).map(|_| ());
    let not_found = Err(VenueError::NotFound(Resource::Order));
    assert_eq!(cancel(&mut exchange, ANN, cancelled), not_found);
    exchange.venue.close(CENT, START).expect("it is open");
    for id in [open, cancelled] {
        assert_eq!(cancel(&mut exchange, ANN, id), Err(VenueError::MarketInactive));
        assert_eq!(cancel(&mut exchange, BOB, id), not_found, "another's order is told nothing about");
    }
    assert_eq!((VenueError::MarketInactive.code(), VenueError::MarketInactive.http_status()), ("MARKET_INACTIVE", 409));
}

#[test]
fn a_halted_market_that_resumes_has_cancelled_its_resting_orders() {
    let mut exchange = Exchange::new(FeeModel::None);
    let quote = host_testkit::quote(0, START, 4_200, 4_600);
    exchange.venue.mirror(CENT, &quote, START);
    let id = exchange.buy(ANN, 43, 10).order_id;
    let orders = |exchange: &Exchange| {
        let market = exchange.venue.market(CENT).expect("it is listed");
        market.bids().chain(market.asks()).count()
    };
    let quoted = orders(&exchange) - 1;
    exchange.venue.halt(CENT, START).expect("it trades");
    let buy = exchange.send(BOB, Side::Buy, 40, 1, |_| {});
    assert_eq!(buy.expect_err("it is halted"), VenueError::MarketInactive);
    exchange.venue.resume(CENT, START).expect("it is halted");
    assert_eq!(exchange.venue.order(ANN, id).expect("hers").status, OrderStatus::Canceled);
    assert_eq!((orders(&exchange), exchange.venue.balance(AccountId::primary(ANN)).reserved), (0, Usd::ZERO));
    // The same quote as before brings the outside's liquidity back.
    exchange.venue.mirror(CENT, &quote, START);
    assert_eq!(orders(&exchange), quoted);
}

#[test]
fn a_pause_refuses_orders_accepts_cancels_and_cancels_orders_that_ask_for_it() {
    let mut exchange = Exchange::new(FeeModel::None);
    let id = exchange.buy(ANN, 40, 10).order_id;
    exchange.send(ANN, Side::Buy, 39, 10, |order| order.cancel_on_pause = true).expect("good");
    exchange.venue.set_status(ExchangeStatus::Paused, START);
    assert_eq!(exchange.book(), "40x10 | ");
    let buy = |exchange: &mut Exchange| exchange.send(BOB, Side::Sell, 40, 1, |_| {}).map(|placed| placed.filled);
    assert_eq!(buy(&mut exchange), Err(VenueError::TradingIsPaused));
    exchange.venue.set_status(ExchangeStatus::Closed, START);
    assert_eq!(buy(&mut exchange), Err(VenueError::ExchangeIsPaused));
    assert_eq!(exchange.venue.cancel(ANN, id, START), Err(VenueError::ExchangeIsPaused));
    assert_eq!(exchange.venue.cancel_all(ANN, None, START), Err(VenueError::ExchangeIsPaused));
    exchange.venue.set_status(ExchangeStatus::Active, START);
    assert_eq!(buy(&mut exchange), Ok(Qty::ONE));
    exchange.venue.set_status(ExchangeStatus::Paused, START);
    assert!(exchange.venue.cancel(ANN, id, START).is_ok());
}

#[test]
fn a_halt_is_a_pause_of_one_market() {
    let mut exchange = Exchange::new(FeeModel::None);
    exchange.send(ANN, Side::Buy, 39, 10, |order| order.cancel_on_pause = true).expect("good");
    exchange.buy(ANN, 40, 10);
    exchange.venue.halt(CENT, START).expect("it trades");
    assert!(exchange.venue.halt(CENT, START).is_err());
    assert_eq!(exchange.book(), "40x10 | ");
    assert_eq!(exchange.send(BOB, Side::Sell, 40, 1, |_| {}), Err(VenueError::MarketInactive));
    let taper = |order: &mut NewOrder| order.ticker = "TAPER".into();
    assert!(exchange.send(BOB, Side::Sell, 40, 1, taper).is_ok());
    exchange.venue.resume(CENT, START).expect("it is halted");
    assert!(exchange.send(BOB, Side::Sell, 40, 1, |_| {}).is_ok());
    let lifecycle = |event: Lifecycle| event.as_str();
    assert_eq!(lifecycle(Lifecycle::Deactivated), "deactivated");
}

#[test]
fn time_never_goes_back() {
    let mut exchange = Exchange::new(FeeModel::None);
    exchange.venue.advance(at(100));
    let placed = exchange.buy(ANN, 40, 1);
    assert_eq!((placed.time, exchange.venue.now()), (at(100), at(100)));
    exchange.venue.close(CENT, START).expect("it is open");
    assert_eq!(exchange.venue.market(CENT).expect("it is listed").status, MarketStatus::Closed);
}

#[test]
fn a_pause_with_an_end_ends_by_itself_unless_the_status_is_set_again() {
    let mut exchange = Exchange::new(FeeModel::None);
    exchange.venue.set_status_until(ExchangeStatus::Paused, at(60), START);
    assert_eq!(exchange.venue.reopens(), Some(at(60)));
    exchange.venue.advance(at(59));
    assert_eq!(exchange.venue.status(), ExchangeStatus::Paused);
    exchange.venue.advance(at(60));
    assert_eq!((exchange.venue.status(), exchange.venue.reopens()), (ExchangeStatus::Active, None));
    exchange.venue.set_status_until(ExchangeStatus::Paused, at(120), at(60));
    exchange.venue.set_status(ExchangeStatus::Closed, at(61));
    exchange.venue.advance(at(200));
    assert_eq!((exchange.venue.status(), exchange.venue.reopens()), (ExchangeStatus::Closed, None));
}

#[test]
fn the_last_of_what_closes_the_exchange_decides_when_it_reopens() {
    let window = |from: i64, until: i64| MaintenanceWindow { from: at(from), until: at(until) };
    let mut exchange = Exchange::new(FeeModel::None);
    for window in [window(10, 100), window(20, 30), window(90, 110)] {
        assert!(exchange.venue.plan_maintenance(window, START));
    }
    for second in [10, 30, 100, 109] {
        exchange.venue.advance(at(second));
        assert_eq!(exchange.venue.status(), ExchangeStatus::Closed, "{second}");
    }
    exchange.venue.advance(at(110));
    assert_eq!((exchange.venue.status(), exchange.venue.reopens()), (ExchangeStatus::Active, None));
    // Until further notice is longer than any maintenance.
    assert!(exchange.venue.plan_maintenance(window(130, 140), at(120)));
    exchange.venue.set_status(ExchangeStatus::Paused, at(120));
    exchange.venue.advance(at(200));
    assert_eq!((exchange.venue.status(), exchange.venue.reopens()), (ExchangeStatus::Paused, None));
}
