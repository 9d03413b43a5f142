//! Cash, collateral, fees, positions and settlement, to the micro-dollar.

use super::*;
use host_exchange::venue::{PositionFilter, Resolution, SettlementFilter};

fn usd(dollars: f64) -> Usd {
    Usd::from_dollars(dollars).expect("a fair amount")
}

#[test]
fn buying_costs_the_price_and_selling_the_rest_of_a_dollar_and_both_sides_net() {
    let mut exchange = Exchange::new(FeeModel::None);
    let mut check = |seller: MemberId, buyer: MemberId, cents: i32, contracts: i64, ann: f64, position: i64| {
        exchange.sell(seller, cents, contracts);
        exchange.buy(buyer, cents, contracts);
        assert_eq!(exchange.cash(ANN), usd(ann), "after {contracts} at {cents}");
        let held = exchange.venue.positions(ANN, &PositionFilter::default(), 10, None).items;
        assert_eq!(held[0].position, Qty::contracts(position));
    };
    // Buys 10 at 40; sells 4 at 45; sells 10 at 50: closes 6 and opens 4 NO; buys 4 back at 30.
    check(BOB, ANN, 40, 10, 996.0, 10);
    check(ANN, BOB, 45, 4, 997.8, 6);
    check(ANN, BOB, 50, 10, 997.8 + 3.0 - 2.0, -4);
    check(BOB, ANN, 30, 4, 998.8 + 4.0 * 0.7, 0);
    let held = exchange.venue.positions(ANN, &PositionFilter::default(), 10, None).items[0];
    // 4 × 0.05 + 6 × 0.10 + 4 × 0.20.
    assert_eq!((held.realized, held.cost, held.volume), (usd(1.6), Usd::ZERO, Qty::contracts(28)));
    assert_eq!(held.traded, usd(4.0 + 4.0 * 0.55 + 10.0 * 0.5 + 4.0 * 0.3));
    assert_eq!(exchange.venue.totals().escrow, Usd::ZERO);
}

#[test]
fn resting_orders_reserve_what_they_could_cost_and_no_more() {
    let check = |held: i64, orders: &[(Side, i32, i64)], reserved: f64| {
        let mut exchange = Exchange::new(FeeModel::None);
        if held > 0 {
            exchange.sell(BOB, 50, held);
            exchange.buy(ANN, 50, held);
        }
        for &(side, cents, contracts) in orders {
            exchange.send(ANN, side, cents, contracts, |_| {}).expect("she can pay");
        }
        let balance = exchange.venue.balance(AccountId::primary(ANN));
        assert_eq!(balance.reserved, usd(reserved), "{held} held, {orders:?}");
        assert_eq!(balance.available, balance.cash - balance.reserved);
    };
    check(0, &[(Side::Buy, 40, 10)], 4.0);
    check(0, &[(Side::Sell, 40, 10)], 6.0);
    check(0, &[(Side::Buy, 40, 10), (Side::Sell, 60, 10)], 8.0);
    // Closing 10 held contracts reserves nothing; what goes beyond does, starting from the last to fill.
    check(10, &[(Side::Sell, 60, 10)], 0.0);
    check(10, &[(Side::Sell, 60, 15)], 2.0);
    check(10, &[(Side::Sell, 70, 10), (Side::Sell, 60, 10)], 3.0);
    check(10, &[(Side::Buy, 40, 10)], 4.0);
}

#[test]
fn a_position_cannot_cover_two_sales() {
    let mut exchange = Exchange::new(FeeModel::None);
    exchange.sell(BOB, 50, 1_990);
    exchange.buy(ANN, 50, 1_990);
    exchange.sell(ANN, 60, 1_990);
    exchange.buy(BOB, 30, 1_990);
    // What she sells at 30 no longer covers her offers at 60: 5 + 0.30 n must pay for 0.40 n.
    let sale =
        |exchange: &mut Exchange, n: i64| exchange.send(ANN, Side::Sell, 30, n, |order| order.time_in_force = IOC);
    assert_eq!(sale(&mut exchange, 51), Err(VenueError::InsufficientBalance));
    assert!(sale(&mut exchange, 50).is_ok());
    let balance = exchange.venue.balance(AccountId::primary(ANN));
    assert_eq!((balance.cash, balance.available), (usd(20.0), Usd::ZERO));
}

#[test]
fn fees_are_the_schedules() {
    // Contracts at cents; the taker's and the maker's fees.
    let check = |model: FeeModel, cents: i32, contracts: i64, taker: f64, maker: f64| {
        let mut exchange = Exchange::new(model);
        exchange.sell(BOB, cents, contracts);
        let placed = exchange.buy(ANN, cents, contracts);
        let order = exchange.venue.order(ANN, placed.order_id).expect("it was made");
        assert_eq!((order.taker_fees, order.maker_fees), (usd(taker), Usd::ZERO), "{model:?}");
        assert_eq!(order.taker_cost, Price(cents * 100) * Qty::contracts(contracts));
        let price = f64::from(cents) / 100.0;
        assert_eq!(exchange.cash(ANN), usd(1_000.0 - price * contracts as f64 - taker), "{model:?}");
        assert_eq!(exchange.cash(BOB), usd(1_000.0 - (1.0 - price) * contracts as f64 - maker), "{model:?}");
        assert_eq!(exchange.venue.totals().fees, usd(taker + maker), "{model:?}");
    };
    check(FeeModel::None, 50, 100, 0.0, 0.0);
    check(FeeModel::Kalshi, 50, 100, 1.75, 0.0);
    check(FeeModel::KalshiWithMakerFees, 50, 100, 1.75, 0.4375);
    // 0.07 × 15 × 0.43 × 0.57 = 0.257355, up to the next 0.0001.
    check(FeeModel::Kalshi, 43, 15, 0.2574, 0.0);
}

#[test]
fn a_member_who_can_pay_the_price_but_not_the_fee_is_refused() {
    let check = |model: FeeModel, contracts: i64, is_ok: bool| {
        let mut exchange = Exchange::new(model);
        exchange.venue.deposit(AccountId::primary(BOB), Usd::dollars(10_000), START).expect("a fair deposit");
        exchange.sell(BOB, 50, 3_000);
        assert_eq!(exchange.send(ANN, Side::Buy, 50, contracts, |_| {}).is_ok(), is_ok, "{model:?} {contracts}");
    };
    check(FeeModel::None, 2_000, true);
    check(FeeModel::None, 2_001, false);
    check(FeeModel::Kalshi, 2_000, false);
    // 1,932 × (0.50 + 0.0175) = 999.81.
    check(FeeModel::Kalshi, 1_932, true);
    check(FeeModel::Kalshi, 1_933, false);
}

#[test]
fn settlement_pays_the_winning_side_and_is_recorded() {
    let check = |resolution: Resolution, ann: f64, bob: f64| {
        let mut exchange = Exchange::new(FeeModel::None);
        exchange.sell(BOB, 40, 10);
        exchange.buy(ANN, 40, 10);
        exchange.buy(EVE, 10, 5);
        exchange.venue.determine(CENT, resolution, at(10)).expect("it was not known");
        assert_eq!(exchange.cash(ANN), usd(996.0), "nothing is paid before the timer has run");
        exchange.venue.advance(at(70));
        assert_eq!((exchange.cash(ANN), exchange.cash(BOB)), (usd(996.0 + ann), usd(994.0 + bob)), "{resolution:?}");
        assert_eq!(exchange.venue.balance(AccountId::primary(EVE)).available, Usd::dollars(1_000));
        let records = |member| exchange.venue.settlements(member, &SettlementFilter::default(), 9, None).items;
        let (ann_was, bob_was) = (records(ANN), records(BOB));
        assert_eq!((ann_was[0].revenue, bob_was[0].revenue), (usd(ann), usd(bob)));
        assert_eq!((ann_was[0].yes, ann_was[0].no), ((Qty::contracts(10), usd(4.0)), (Qty::ZERO, Usd::ZERO)));
        assert_eq!((bob_was[0].no, bob_was[0].time), ((Qty::contracts(10), usd(6.0)), at(70)));
        assert!(records(EVE).is_empty());
    };
    check(Resolution::Yes, 10.0, 0.0);
    check(Resolution::No, 0.0, 10.0);
    check(Resolution::Scalar(Price(2_500)), 2.5, 7.5);
}

#[test]
fn only_available_money_can_be_transferred_or_withdrawn() {
    let mut exchange = Exchange::new(FeeModel::None);
    exchange.buy(ANN, 50, 1_000);
    assert_eq!(exchange.venue.transfer(ANN, (0, 5), usd(500.01), START), Err(VenueError::InsufficientBalance));
    assert_eq!(exchange.venue.transfer(ANN, (0, 5), usd(200.0), START), Ok(()));
    assert_eq!(
        exchange.venue.withdraw(AccountId::primary(ANN), usd(300.01), START),
        Err(VenueError::InsufficientBalance)
    );
    assert_eq!(exchange.venue.withdraw(AccountId::primary(ANN), usd(300.0), START), Ok(()));
    assert!(exchange.venue.transfer(ANN, (0, 64), usd(1.0), START).is_err());
    let account = AccountId { member: ANN, subaccount: 5 };
    assert_eq!(exchange.venue.balance(account).available, usd(200.0));
    let five = |order: &mut NewOrder| order.subaccount = 5;
    assert_eq!(exchange.send(ANN, Side::Buy, 50, 401, five), Err(VenueError::InsufficientBalance));
    assert!(exchange.send(ANN, Side::Buy, 50, 400, five).is_ok());
    assert_eq!(exchange.venue.totals().deposits, usd(2_700.0));
}
