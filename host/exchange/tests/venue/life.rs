//! The life of markets, and pauses of the exchange.

use super::*;
use host_exchange::venue::{ExchangeStatus, Lifecycle, MarketStatus, Resolution};

/// The lifecycle steps since the last call, as `market status`.
fn steps(desk: &mut Desk) -> Vec<String> {
    let step = |update: Update| match update.change {
        Change::Market(market, event) => Some(format!("{} {}", market.0, event.as_str())),
        _ => None,
    };
    desk.venue.take_updates().into_iter().filter_map(step).collect()
}

#[test]
fn a_market_lives_from_listing_to_payout() {
    let mut desk = Desk::new(FeeModel::None);
    let mut late = listing("LATE", PriceStructure::DeciCent);
    (late.opens, late.closes) = (at(10), at(20));
    let id = desk.venue.list_market(late, START).expect("a new ticker");
    let mut check = |now: i64, status: MarketStatus, answer: Result<(), VenueError>| {
        let order = NewOrder::limit("LATE", Side::Buy, Price(4_230), Qty::ONE);
        assert_eq!(desk.venue.create(ANN, &order, at(now)).map(|_| ()), answer, "after {now} s");
        assert_eq!(desk.venue.market(id).expect("it is listed").status, status);
        if now == 30 {
            desk.venue.determine(id, Resolution::Yes, at(30)).expect("it was not known");
            assert!(desk.venue.determine(id, Resolution::No, at(30)).is_err(), "a result stays");
        }
    };
    check(9, MarketStatus::Initialized, Err(VenueError::MarketNotOpen));
    check(10, MarketStatus::Active, Ok(()));
    check(20, MarketStatus::Closed, Err(VenueError::MarketClosed));
    check(30, MarketStatus::Closed, Err(VenueError::MarketClosed));
    check(89, MarketStatus::Determined, Err(VenueError::MarketClosed));
    check(90, MarketStatus::Finalized, Err(VenueError::MarketClosed));
    let expect = ["created", "activated", "deactivated", "determined", "settled"].map(|step| format!("2 {step}"));
    assert_eq!(steps(&mut desk), expect);
    assert!(desk.venue.list_market(listing("LATE", PriceStructure::DeciCent), at(90)).is_err(), "tickers are unique");
}

#[test]
fn a_close_can_be_moved_and_cancels_what_rests() {
    let mut desk = Desk::new(FeeModel::None);
    desk.buy(ANN, 40, 10);
    desk.venue.set_close(CENT, at(50), START).expect("it is open");
    desk.venue.advance(at(49));
    assert_eq!(desk.book(), "40x10 | ");
    desk.venue.advance(at(50));
    assert_eq!(desk.book(), " | ");
    assert_eq!(desk.venue.balance(AccountId::primary(ANN)).reserved, Usd::ZERO);
    assert_eq!(desk.venue.set_close(CENT, at(90), at(60)), Err(VenueError::MarketClosed));
    assert_eq!(steps(&mut desk), ["0 close_date_updated", "0 deactivated"]);
}

#[test]
fn a_pause_refuses_orders_takes_cancels_and_pulls_what_asks_for_it() {
    let mut desk = Desk::new(FeeModel::None);
    let id = desk.buy(ANN, 40, 10).order_id;
    desk.send(ANN, Side::Buy, 39, 10, |order| order.cancel_on_pause = true).expect("good");
    desk.venue.set_status(ExchangeStatus::Paused, START);
    assert_eq!(desk.book(), "40x10 | ");
    let buy = |desk: &mut Desk| desk.send(BOB, Side::Sell, 40, 1, |_| {}).map(|placed| placed.filled);
    assert_eq!(buy(&mut desk), Err(VenueError::TradingIsPaused));
    desk.venue.set_status(ExchangeStatus::Closed, START);
    assert_eq!(buy(&mut desk), Err(VenueError::ExchangeIsPaused));
    assert_eq!(desk.venue.cancel(ANN, id, START), Err(VenueError::ExchangeIsPaused));
    assert_eq!(desk.venue.cancel_all(ANN, None, START), Err(VenueError::ExchangeIsPaused));
    desk.venue.set_status(ExchangeStatus::Active, START);
    assert_eq!(buy(&mut desk), Ok(Qty::ONE));
    desk.venue.set_status(ExchangeStatus::Paused, START);
    assert!(desk.venue.cancel(ANN, id, START).is_ok());
}

#[test]
fn a_halt_is_a_pause_of_one_market() {
    let mut desk = Desk::new(FeeModel::None);
    desk.send(ANN, Side::Buy, 39, 10, |order| order.cancel_on_pause = true).expect("good");
    desk.buy(ANN, 40, 10);
    desk.venue.halt(CENT, START).expect("it trades");
    assert!(desk.venue.halt(CENT, START).is_err());
    assert_eq!(desk.book(), "40x10 | ");
    assert_eq!(desk.send(BOB, Side::Sell, 40, 1, |_| {}), Err(VenueError::TradingIsPaused));
    let taper = |order: &mut NewOrder| order.ticker = "TAPER".into();
    assert!(desk.send(BOB, Side::Sell, 40, 1, taper).is_ok());
    desk.venue.resume(CENT, START).expect("it is halted");
    assert!(desk.send(BOB, Side::Sell, 40, 1, |_| {}).is_ok());
    let lifecycle = |event: Lifecycle| event.as_str();
    assert_eq!(lifecycle(Lifecycle::Deactivated), "deactivated");
}

#[test]
fn time_never_goes_back() {
    let mut desk = Desk::new(FeeModel::None);
    desk.venue.advance(at(100));
    let placed = desk.buy(ANN, 40, 1);
    assert_eq!((placed.time, desk.venue.now()), (at(100), at(100)));
    desk.venue.close(CENT, START).expect("it is open");
    assert_eq!(desk.venue.market(CENT).expect("it is listed").status, MarketStatus::Closed);
}

#[test]
fn a_pause_with_an_end_ends_by_itself_unless_it_is_told_otherwise() {
    let mut desk = Desk::new(FeeModel::None);
    desk.venue.set_status_until(ExchangeStatus::Paused, at(60), START);
    assert_eq!(desk.venue.reopens(), Some(at(60)));
    desk.venue.advance(at(59));
    assert_eq!(desk.venue.status(), ExchangeStatus::Paused);
    desk.venue.advance(at(60));
    assert_eq!((desk.venue.status(), desk.venue.reopens()), (ExchangeStatus::Active, None));
    desk.venue.set_status_until(ExchangeStatus::Paused, at(120), at(60));
    desk.venue.set_status(ExchangeStatus::Closed, at(61));
    desk.venue.advance(at(200));
    assert_eq!((desk.venue.status(), desk.venue.reopens()), (ExchangeStatus::Closed, None));
}
