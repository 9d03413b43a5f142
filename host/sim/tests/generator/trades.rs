//! Invariants of the trades that come with the rows.

use std::collections::BTreeMap;

use crate::{START, settings};
use host_core::{PublicTrades, Quote, Quotes, Span, Taker, Timestamp};
use host_sim::generator::{Generator, GeneratorSettings};
use proptest::prelude::*;

/// Returns all rows and trades of a run.
fn run(settings: GeneratorSettings) -> (Vec<Quote>, PublicTrades) {
    let mut generator = Generator::new(settings);
    let (mut rows, mut quotes) = (Vec::new(), Quotes::default());
    let (mut all, mut trades) = (PublicTrades::default(), PublicTrades::default());
    while generator.next_batch_with_trades(&mut quotes, &mut trades) {
        rows.extend((0..quotes.len()).map(|row| quotes.all().row(row)));
        // No trade of a batch comes after its last poll, so that batches can be played one after the other.
        assert!(trades.time.last() <= quotes.time.last());
        all.market.append(&mut trades.market);
        all.time.append(&mut trades.time);
        all.price.append(&mut trades.price);
        all.quantity.append(&mut trades.quantity);
        all.taker.append(&mut trades.taker);
    }
    assert!(trades.is_empty());
    (rows, all)
}

fn by_market(rows: &[Quote]) -> BTreeMap<u32, Vec<&Quote>> {
    let mut markets: BTreeMap<u32, Vec<&Quote>> = BTreeMap::new();
    rows.iter().for_each(|row| markets.entry(row.market.0).or_default().push(row));
    markets
}

/// Returns the number of the trade's fields, which must all be there.
fn check_columns(trades: &PublicTrades) -> usize {
    let PublicTrades { market, time, price, quantity, taker } = trades;
    assert!([time.len(), price.len(), quantity.len(), taker.len()].iter().all(|len| *len == market.len()));
    market.len()
}

#[test]
fn rows_are_the_same_with_and_without_trades() {
    let settings = GeneratorSettings { markets: 9, span: Span::days(2), ..settings(START, 5) };
    let (rows, trades) = run(settings);
    let (mut generator, mut quotes, mut alone) = (Generator::new(settings), Quotes::default(), Vec::new());
    while generator.next_batch(&mut quotes) {
        alone.extend((0..quotes.len()).map(|row| quotes.all().row(row)));
    }
    assert_eq!(rows, alone);
    assert!(check_columns(&trades) > 1_000, "{} trades", trades.len());
    assert_eq!(run(settings), (rows, trades), "the same settings give the same trades");
}

/// With one step a poll there is at most one trade between two rows of a market, so the row before shows its book.
#[test]
fn takers_trade_at_the_price_that_stood_before_and_change_last_price_and_volume() {
    let (rows, trades) = run(GeneratorSettings { markets: 20, span: Span::days(6), gaps: false, ..settings(START, 3) });
    let markets = by_market(&rows);
    let [mut buys, mut sells] = [0, 0];
    for trade in 0..trades.len() {
        let market = &markets[&trades.market[trade]];
        let after = market.partition_point(|row| row.time.0 < trades.time[trade]);
        let (before, shown) = (market[after - 1], market[after]);
        let price = Some(host_core::Price::from_dollars(trades.price[trade]).unwrap());
        let (best, size) = match trades.taker[trade] {
            Taker::Buys => (before.ask, before.ask_size),
            Taker::Sells => (before.bid, before.bid_size),
            Taker::Unknown => panic!("the generator knows who came"),
        };
        assert_eq!(price, best, "{before:?} {shown:?}");
        assert!(trades.quantity[trade] <= size.unwrap().as_contracts(), "{before:?} {shown:?}");
        assert_eq!(shown.last, price, "{before:?} {shown:?}");
        assert_ne!(shown.volume, before.volume, "{before:?} {shown:?}");
        buys += usize::from(trades.taker[trade] == Taker::Buys);
        sells += usize::from(trades.taker[trade] == Taker::Sells);
    }
    assert!(buys > 500 && sells > 500, "{buys} {sells}");
    // And the reverse: where no trade is told, last price and volume stay, but for the volume that falls off the day.
    let told: std::collections::BTreeSet<_> = (0..trades.len())
        .map(|trade| {
            let rows = &markets[&trades.market[trade]];
            (trades.market[trade], rows[rows.partition_point(|row| row.time.0 < trades.time[trade])].time)
        })
        .collect();
    for pair in markets.values().flat_map(|rows| rows.windows(2)) {
        if !told.contains(&(pair[1].market.0, pair[1].time)) {
            assert!(pair[1].last == pair[0].last && pair[1].volume <= pair[0].volume, "{pair:?}");
        }
    }
}

/// Volumes are sums of trades: in a market that opens within the run, the volume of every row is that of the trades in
/// the last 24 hours, by the hour of the poll that showed them.
fn check_volumes(rows: &[Quote], trades: &PublicTrades, listed: &[host_core::Market], poll: Span) {
    for (market, rows) in by_market(rows) {
        let first = rows[0].time;
        if listed[market as usize].opens.is_none_or(|opens| opens + poll <= first) {
            continue;
        }
        let shown = |time: i64| Timestamp((time + poll.0 - 1).div_euclid(poll.0) * poll.0);
        let own: Vec<(i64, f64)> = (0..trades.len())
            .filter(|trade| trades.market[*trade] == market)
            .map(|trade| (shown(trades.time[trade]).0, trades.quantity[trade]))
            .collect();
        let hour = |time: i64| time.div_euclid(Span::hours(1).0);
        for row in rows {
            let time = row.time.0;
            let counts = |at: i64| at <= time && hour(at) > hour(time) - 24;
            let sum: f64 = own.iter().filter(|(at, _)| counts(*at)).map(|(_, quantity)| quantity).sum();
            assert_eq!(row.volume.unwrap().as_contracts(), sum, "{row:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn trades_are_in_order_and_add_up_to_the_volume(
        markets in 1usize..30,
        start_minutes in 0i64..200_000,
        poll_seconds in prop_oneof![Just(30i64), Just(300), Just(45), Just(100), 1..4_000i64],
        seed: u64,
        gaps: bool,
    ) {
        let poll = Span::seconds(poll_seconds);
        let start = START + Span::minutes(start_minutes);
        let span = Span(Span::days(12).0.min(1_500 * poll.0));
        let settings = GeneratorSettings { markets, start, span, poll, gaps, ..settings(start, seed) };
        let listed = Generator::new(settings).markets().to_vec();
        let (rows, trades) = run(settings);
        check_columns(&trades);
        prop_assert!(trades.time.is_sorted());
        for trade in 0..trades.len() {
            let (quantity, cents) = (trades.quantity[trade], trades.price[trade] * 100.0);
            prop_assert!(quantity >= 1.0 && quantity.fract() == 0.0);
            prop_assert!((1.0..=99.0).contains(&cents) && (cents - cents.round()).abs() < 1e-9);
            prop_assert!(trades.taker[trade] != Taker::Unknown);
            let market = &listed[trades.market[trade] as usize];
            let time = Timestamp(trades.time[trade]);
            prop_assert!(market.opens.unwrap() < time && time < market.closes.unwrap(), "{:?} {:?}", time, market);
            prop_assert!(start <= time && time < start + span);
        }
        check_volumes(&rows, &trades, &listed, poll);
    }
}
