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

impl Exchange {
    fn mirror(&mut self, quote: Quote) {
        self.venue.mirror(CENT, &quote, self.now);
    }

    /// Returns the best prices of `CENT` as `bidxsize | askxsize`, in cents.
    fn top(&self) -> String {
        let top = self.venue.market(CENT).expect("it is listed").top();
        let show = |best: Option<(Price, Qty)>| best.map_or(String::new(), |(p, q)| format!("{}x{q}", p.0 / 100));
        format!("{} | {}", show(top.bid), show(top.ask))
    }
}

#[test]
fn the_book_matches_the_quote_with_depth_behind() {
    let mut exchange = Exchange::new(FeeModel::None);
    let check =
        |exchange: &mut Exchange, bid: Option<(i32, i64)>, ask: Option<(i32, i64)>, top: &str, levels: [usize; 2]| {
            exchange.mirror(quote(bid, ask));
            let market = exchange.venue.market(CENT).expect("it is listed");
            assert_eq!((exchange.top().as_str(), [market.bids().count(), market.asks().count()]), (top, levels));
            for (_, behind) in market.bids().skip(1).chain(market.asks().skip(1)) {
                assert!((Qty::contracts(100)..=Qty::contracts(1_500)).contains(&behind));
            }
        };
    check(&mut exchange, Some((42, 300)), Some((44, 70)), "42x300 | 44x70", [5, 5]);
    check(&mut exchange, Some((45, 10)), Some((46, 80)), "45x10 | 46x80", [5, 5]);
    check(&mut exchange, Some((2, 10)), Some((99, 80)), "2x10 | 99x80", [2, 1]);
    check(&mut exchange, None, Some((50, 80)), " | 50x80", [0, 5]);
    check(&mut exchange, None, None, " | ", [0, 0]);
    // A crossed quote is ignored.
    check(&mut exchange, Some((42, 300)), Some((44, 70)), "42x300 | 44x70", [5, 5]);
    check(&mut exchange, Some((44, 300)), Some((44, 70)), "42x300 | 44x70", [5, 5]);
    assert_eq!(exchange.trades(), "", "the mirror never trades with itself");
}

#[test]
fn a_quiet_quote_is_silent() {
    let mut exchange = Exchange::new(FeeModel::None);
    exchange.mirror(quote(Some((42, 300)), Some((44, 70))));
    exchange.venue.take_updates();
    exchange.mirror(quote(Some((42, 300)), Some((44, 70))));
    assert_eq!(exchange.venue.take_updates(), []);
    exchange.mirror(quote(Some((42, 310)), Some((44, 70))));
    assert_eq!(exchange.venue.take_updates().len(), 1, "one price changed");
}

#[test]
fn size_taken_from_the_mirror_stays_taken_until_the_quote_changes() {
    let mut exchange = Exchange::new(FeeModel::None);
    exchange.mirror(quote(Some((42, 300)), Some((44, 70))));
    assert_eq!(exchange.buy(ANN, 44, 30).filled, Qty::contracts(30));
    exchange.mirror(quote(Some((42, 300)), Some((44, 70))));
    assert_eq!(exchange.top(), "42x300 | 44x40");
    exchange.mirror(quote(Some((42, 300)), Some((44, 71))));
    assert_eq!(exchange.top(), "42x300 | 44x71");
}

#[test]
fn a_quote_that_reaches_members_orders_trades_with_them_at_their_price() {
    let check = |orders: &[(Side, i32, i64)], next: Quote, trades: &str, top: &str| {
        let mut exchange = Exchange::new(FeeModel::None);
        exchange.mirror(traded(quote(Some((42, 300)), Some((46, 70))), 46, 1_000));
        for &(side, cents, contracts) in orders {
            exchange.send(ANN, side, cents, contracts, |_| {}).expect("she can pay");
        }
        exchange.trades();
        exchange.mirror(next);
        assert_eq!((exchange.trades().as_str(), exchange.top().as_str()), (trades, top), "{orders:?}");
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
fn outside_trades_advance_the_queues() {
    let check = |cents: i32, volume: i64, trades: &str, top: &str| {
        let mut exchange = Exchange::new(FeeModel::None);
        let quoted = quote(Some((42, 30)), Some((46, 70)));
        exchange.mirror(traded(quoted, 46, 1_000));
        exchange.buy(ANN, 42, 10);
        exchange.buy(ANN, 43, 5);
        exchange.trades();
        exchange.mirror(traded(quoted, cents, 1_000 + volume));
        assert_eq!((exchange.trades().as_str(), exchange.top().as_str()), (trades, top), "{volume} at {cents}");
    };
    // Sold at the bid: Ann's better bid fills first, then the mirror's, which was there before her other one. What the
    // quote says is left is there afterwards, behind what is left of Ann's.
    check(42, 4, "4@43", "43x1 | 46x70");
    check(42, 20, "5@43 15@42", "42x40 | 46x70");
    check(42, 40, "5@43 30@42 5@42", "42x35 | 46x70");
    check(46, 20, "20@46", "43x5 | 46x70");
    check(46, -20, "", "43x5 | 46x70");
    // Made-up prices behind the quote do not trade, except the one at which others traded.
    check(41, 45, "5@43 30@42 10@42", "42x30 | 46x70");
    check(40, 60, "5@43 30@42 10@42 15@40", "42x30 | 46x70");
    // Within the spread, nobody met a quote.
    check(44, 1_000, "", "43x5 | 46x70");
}

/// Size that others take of a quote that does not change comes back with each row; what a member
/// took stays taken.
#[test]
fn what_outsiders_take_of_a_quote_comes_back_and_what_members_took_does_not() {
    let quoted = quote(Some((62, 500)), Some((64, 500)));
    for cents in [60, 61, 62, 63, 64, 65] {
        let mut exchange = Exchange::new(FeeModel::None);
        exchange.mirror(traded(quoted, cents, 1_000));
        exchange.send(ANN, Side::Sell, 62, 100, |_| {}).expect("she can pay");
        exchange.buy(ANN, 64, 30);
        exchange.trades();
        let mut prices = std::collections::BTreeSet::new();
        for row in 1..=50 {
            exchange.mirror(traded(quoted, cents, 1_000 + 700 * row));
            assert_eq!(exchange.top(), "62x400 | 64x470", "row {row}, trades at {cents}");
            let trades = exchange.trades();
            prices.extend(trades.split_whitespace().filter_map(|trade| trade.split('@').nth(1)).map(str::to_owned));
        }
        let known = [cents.to_string(), "62".to_owned(), "64".to_owned()];
        assert!(prices.iter().all(|price| known.contains(price)), "{prices:?} of {cents}");
    }
}

#[test]
fn the_house_leaves_no_history_and_pays_no_fees() {
    let mut exchange = Exchange::new(FeeModel::KalshiWithMakerFees);
    for n in 0..200 {
        exchange.mirror(traded(quote(Some((40 + n % 7, 300)), Some((47 + n % 7, 70))), 47, 1_000 * i64::from(n)));
    }
    let updates = exchange.venue.take_updates();
    let public = |update: &Update| matches!(update.change, Change::Book(_) | Change::Trade(_));
    assert!(updates.iter().all(public), "the house is silent");
    for member in [MIRROR, CROWD] {
        assert!(exchange.venue.fills(member, &Default::default(), 9, None).items.is_empty());
        assert!(exchange.venue.orders(member, &OrderFilter::default(), 9, None).items.is_empty());
    }
    assert_eq!(exchange.venue.totals().fees, Usd::ZERO);
}

#[test]
fn off_grid_quotes_are_rounded_away_from_the_middle() {
    let mut exchange = Exchange::new(FeeModel::None);
    let off = Quote { bid: Some(Price(4_290)), ask: Some(Price(4_310)), ..quote(Some((0, 5)), Some((0, 6))) };
    exchange.mirror(off);
    assert_eq!(exchange.top(), "42x5 | 44x6");
}
