//! Liquidity from outside quotes.

use super::*;
use host_core::Quote;
use host_exchange::venue::{CROWD, MIRROR, OrderFilter};

fn quote(bid: Option<(i32, i64)>, ask: Option<(i32, i64)>) -> Quote {
    Quote {
        market: CENT,
        time: START,
        bid: bid.map(|(cents, _)| Price(cents * 100)),
        ask: ask.map(|(cents, _)| Price(cents * 100)),
        bid_size: bid.map(|(_, size)| Qty::contracts(size)),
        ask_size: ask.map(|(_, size)| Qty::contracts(size)),
        last: None,
        volume: None,
    }
}

fn traded(quote: Quote, cents: i32, volume: i64) -> Quote {
    Quote { last: Some(Price(cents * 100)), volume: Some(Qty::contracts(volume)), ..quote }
}

impl Desk {
    fn mirror(&mut self, quote: Quote) {
        self.venue.mirror(CENT, &quote, self.now);
    }

    /// The best prices of `CENT` as `bidxsize | askxsize`, in cents.
    fn top(&self) -> String {
        let top = self.venue.market(CENT).expect("it is listed").top();
        let show = |best: Option<(Price, Qty)>| best.map_or(String::new(), |(p, q)| format!("{}x{q}", p.0 / 100));
        format!("{} | {}", show(top.bid), show(top.ask))
    }
}

#[test]
fn the_book_looks_as_quoted_with_depth_behind() {
    let mut desk = Desk::new(FeeModel::None);
    let check = |desk: &mut Desk, bid: Option<(i32, i64)>, ask: Option<(i32, i64)>, top: &str, levels: [usize; 2]| {
        desk.mirror(quote(bid, ask));
        let market = desk.venue.market(CENT).expect("it is listed");
        assert_eq!((desk.top().as_str(), [market.bids().count(), market.asks().count()]), (top, levels));
        for (_, behind) in market.bids().skip(1).chain(market.asks().skip(1)) {
            assert!((Qty::contracts(100)..=Qty::contracts(1_500)).contains(&behind));
        }
    };
    check(&mut desk, Some((42, 300)), Some((44, 70)), "42x300 | 44x70", [5, 5]);
    check(&mut desk, Some((45, 10)), Some((46, 80)), "45x10 | 46x80", [5, 5]);
    check(&mut desk, Some((2, 10)), Some((99, 80)), "2x10 | 99x80", [2, 1]);
    check(&mut desk, None, Some((50, 80)), " | 50x80", [0, 5]);
    check(&mut desk, None, None, " | ", [0, 0]);
    // A crossed quote is no quote.
    check(&mut desk, Some((42, 300)), Some((44, 70)), "42x300 | 44x70", [5, 5]);
    check(&mut desk, Some((44, 300)), Some((44, 70)), "42x300 | 44x70", [5, 5]);
    assert_eq!(desk.trades(), "", "the mirror never meets itself");
}

#[test]
fn a_quiet_quote_is_silent() {
    let mut desk = Desk::new(FeeModel::None);
    desk.mirror(quote(Some((42, 300)), Some((44, 70))));
    desk.venue.take_updates();
    desk.mirror(quote(Some((42, 300)), Some((44, 70))));
    assert_eq!(desk.venue.take_updates(), []);
    desk.mirror(quote(Some((42, 310)), Some((44, 70))));
    assert_eq!(desk.venue.take_updates().len(), 1, "one price changed");
}

#[test]
fn members_take_from_the_mirror_and_what_is_taken_stays_taken_until_the_quote_changes() {
    let mut desk = Desk::new(FeeModel::None);
    desk.mirror(quote(Some((42, 300)), Some((44, 70))));
    assert_eq!(desk.buy(ANN, 44, 30).filled, Qty::contracts(30));
    desk.mirror(quote(Some((42, 300)), Some((44, 70))));
    assert_eq!(desk.top(), "42x300 | 44x40");
    desk.mirror(quote(Some((42, 300)), Some((44, 71))));
    assert_eq!(desk.top(), "42x300 | 44x71");
}

#[test]
fn a_quote_that_comes_to_members_orders_trades_with_them_at_their_price() {
    let check = |orders: &[(Side, i32, i64)], next: Quote, trades: &str, top: &str| {
        let mut desk = Desk::new(FeeModel::None);
        desk.mirror(traded(quote(Some((42, 300)), Some((46, 70))), 46, 1_000));
        for &(side, cents, contracts) in orders {
            desk.send(ANN, side, cents, contracts, |_| {}).expect("she can pay");
        }
        desk.trades();
        desk.mirror(next);
        assert_eq!((desk.trades().as_str(), desk.top().as_str()), (trades, top), "{orders:?}");
    };
    let falls = quote(Some((40, 300)), Some((43, 70)));
    check(&[(Side::Buy, 44, 10)], falls, "10@44", "40x300 | 43x60");
    // The offer at 44 is the mirror's next price.
    check(&[(Side::Buy, 43, 100)], falls, "70@43", "43x30 | 44x310");
    check(&[(Side::Sell, 45, 10)], falls, "", "40x300 | 43x70");
    let rises = quote(Some((45, 30)), Some((47, 70)));
    check(&[(Side::Sell, 44, 10), (Side::Sell, 45, 10)], rises, "10@44 10@45", "45x10 | 47x70");
}

#[test]
fn what_trades_outside_moves_queues_on() {
    let check = |cents: i32, volume: i64, trades: &str, top: &str| {
        let mut desk = Desk::new(FeeModel::None);
        let quoted = quote(Some((42, 30)), Some((46, 70)));
        desk.mirror(traded(quoted, 46, 1_000));
        desk.buy(ANN, 42, 10);
        desk.buy(ANN, 43, 5);
        desk.trades();
        desk.mirror(traded(quoted, cents, 1_000 + volume));
        assert_eq!((desk.trades().as_str(), desk.top().as_str()), (trades, top), "{volume} at {cents}");
    };
    // Sold at the bid: Ann's better bid first, then the mirror's, which was there before her other one.
    check(42, 4, "4@43", "43x1 | 46x70");
    check(42, 20, "5@43 15@42", "42x25 | 46x70");
    check(42, 40, "5@43 30@42 5@42", "42x5 | 46x70");
    check(46, 20, "20@46", "43x5 | 46x50");
    check(46, -20, "", "43x5 | 46x70");
}

#[test]
fn the_house_leaves_no_history_and_pays_no_fees() {
    let mut desk = Desk::new(FeeModel::KalshiWithMakerFees);
    for n in 0..200 {
        desk.mirror(traded(quote(Some((40 + n % 7, 300)), Some((47 + n % 7, 70))), 47, 1_000 * i64::from(n)));
    }
    let updates = desk.venue.take_updates();
    let public = |update: &Update| matches!(update.change, Change::Book(_) | Change::Trade(_));
    assert!(updates.iter().all(public), "the house is silent");
    for member in [MIRROR, CROWD] {
        assert!(desk.venue.fills(member, &Default::default(), 9, None).items.is_empty());
        assert!(desk.venue.orders(member, &OrderFilter::default(), 9, None).items.is_empty());
    }
    assert_eq!(desk.venue.totals().fees, Usd::ZERO);
}

#[test]
fn off_grid_quotes_are_rounded_away_from_the_middle() {
    let mut desk = Desk::new(FeeModel::None);
    let off = Quote { bid: Some(Price(4_290)), ask: Some(Price(4_310)), ..quote(Some((0, 5)), Some((0, 6))) };
    desk.mirror(off);
    assert_eq!(desk.top(), "42x5 | 44x6");
}
