//! Invariants of every row, whatever the settings.

use std::collections::BTreeMap;

use crate::{START, settings};
use host_core::{Market, Outcome, PublicTrades, Quote, Quotes, Span, Timestamp};
use host_sim::generator::{Generator, GeneratorSettings};
use proptest::prelude::*;

/// Returns all rows of a run.
fn rows(settings: GeneratorSettings) -> (Vec<Market>, Vec<Quote>) {
    let mut generator = Generator::new(settings);
    let (mut rows, mut quotes) = (Vec::new(), Quotes::default());
    while generator.next_batch(&mut quotes) {
        rows.extend((0..quotes.len()).map(|row| quotes.all().row(row)));
    }
    assert!(!generator.next_batch(&mut quotes) && quotes.is_empty());
    (generator.markets().to_vec(), rows)
}

/// Returns the FNV-1a hash of all columns of rows and trades, bit for bit.
fn digest(settings: GeneratorSettings) -> u64 {
    let mut generator = Generator::new(settings);
    let (mut hash, mut quotes, mut trades) = (0xcbf2_9ce4_8422_2325_u64, Quotes::default(), PublicTrades::default());
    let mut add = |word: u64| {
        hash = word.to_le_bytes().iter().fold(hash, |h, b| (h ^ u64::from(*b)).wrapping_mul(0x100_0000_01b3));
    };
    while generator.next_batch_with_trades(&mut quotes, &mut trades) {
        for row in 0..quotes.len() {
            let q = &quotes;
            let floats = [&q.bid, &q.ask, &q.bid_size, &q.ask_size, &q.last, &q.volume].map(|c| c[row].to_bits());
            [u64::from(q.market[row]), q.time[row] as u64].into_iter().chain(floats).for_each(&mut add);
        }
        for trade in 0..trades.len() {
            let t = &trades;
            let (price, quantity) = (t.price[trade].to_bits(), t.quantity[trade].to_bits());
            let words = [u64::from(t.market[trade]), t.time[trade] as u64, price, quantity, t.taker[trade] as u64];
            words.into_iter().for_each(&mut add);
        }
    }
    hash
}

#[test]
fn a_seed_gives_the_same_rows_and_trades_on_every_machine() {
    let day = |seed| GeneratorSettings { span: Span::days(1), ..settings(START, seed) };
    assert_eq!(
        digest(day(7)),
        9_018_331_333_150_651_993,
        "pinned: who changes the generator changes everyone's synthetic tapes"
    );
    assert_ne!(digest(day(7)), digest(day(8)));
}

#[test]
fn a_market_has_the_same_rows_among_few_and_many_markets_and_with_gaps() {
    let run = |markets, gaps| {
        let (markets, rows) = rows(GeneratorSettings { markets, gaps, span: Span::days(20), ..coarse(3) });
        let named = |row: Quote| {
            ((markets[row.market.index()].ticker.clone(), row.time), (row.bid, row.ask, row.last, row.volume))
        };
        rows.into_iter().map(named).collect::<BTreeMap<_, _>>()
    };
    let many = run(12, false);
    for fewer in [run(3, false), run(12, true)] {
        assert!(fewer.len() < many.len());
        assert!(fewer.iter().all(|(key, row)| many[key] == *row));
    }
}

/// Returns settings with polls of 5 min; markets are simulated in steps of 30 s all the same.
fn coarse(seed: u64) -> GeneratorSettings {
    GeneratorSettings { poll: Span::minutes(5), ..settings(START, seed) }
}

#[test]
fn every_slot_has_one_row_per_poll_less_half_a_percent_of_gaps() {
    for seed in 0..10 {
        let small = GeneratorSettings { markets: 2, span: Span::days(40), ..coarse(seed) };
        let whole = 2 * 40 * 288;
        assert_eq!(rows(GeneratorSettings { gaps: false, ..small }).1.len(), whole);
        let with_gaps = rows(small).1.len();
        assert!(with_gaps < whole && with_gaps as f64 > 0.995 * whole as f64, "{with_gaps} of {whole}");
    }
}

#[test]
fn markets_settle_as_their_last_prices_suggest() {
    let settings = GeneratorSettings { span: Span::days(60), markets: 20, ..coarse(5) };
    let generator = Generator::new(settings);
    let (markets, rows) = rows(settings);
    let last: BTreeMap<_, _> = rows.iter().map(|row| (row.market, row)).collect();
    let closed = markets.iter().filter(|market| market.closes <= Some(rows.last().unwrap().time)).count();
    assert_eq!(generator.settlements().len(), closed);
    assert!(generator.settlements().is_sorted_by_key(|settlement| settlement.time));
    let mut yes = 0;
    for settlement in generator.settlements() {
        let (market, row) = (&markets[settlement.market.index()], last[&settlement.market]);
        assert!(row.time < settlement.time && Some(settlement.time) == market.closes);
        assert!(market.event_time < market.closes);
        let says_yes = row.bid.is_some_and(|bid| bid.0 > 5_000);
        assert_eq!(says_yes, settlement.outcome == Outcome::Yes, "{row:?}");
        yes += usize::from(says_yes);
    }
    assert!(yes > closed / 5 && yes < closed * 4 / 5, "{yes} of {closed}");
}

#[test]
fn every_name_and_title_says_that_it_is_synthetic() {
    let generator = Generator::new(settings(START, 42));
    assert_eq!(generator.description(), "synthetic markets, seed 42");
    let sober = Generator::new(GeneratorSettings { overreaction: 0.0, ..settings(START, 42) });
    assert_eq!(sober.description(), "synthetic markets, seed 42, overreaction 0");
    for market in generator.markets() {
        assert!(market.ticker.starts_with("SYN") && market.title.starts_with("Synthetic: "), "{market:?}");
        assert!(market.ticker.starts_with(&market.event) && market.event.starts_with(&market.series));
    }
    let tickers: std::collections::BTreeSet<_> = generator.markets().iter().map(|market| &market.ticker).collect();
    assert_eq!(tickers.len(), generator.markets().len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn every_row_is_valid(
        markets in 0usize..60,
        start in -4_000_000_000i64..4_000_000_000,
        span_minutes in 0i64..4_000,
        poll_seconds in prop_oneof![Just(30i64), 0..7_200i64],
        seed: u64,
        gaps: bool,
        overreaction in 0.0..=2.0f64,
    ) {
        let poll = Span::seconds(poll_seconds.max(1));
        // Enough to see markets close and list, but no more: a poll per second is many.
        let span = Span(Span::minutes(span_minutes).0.min(2_000 * poll.0));
        let start = Timestamp(start * 1_000_000_000 + 1);
        let every = Span::seconds(poll_seconds);
        let settings =
            GeneratorSettings { markets, start, span, poll: every, gaps, overreaction, ..settings(start, seed) };
        let (listed, rows) = rows(settings);
        let mut newest = None;
        for poll_rows in rows.chunk_by(|a, b| a.time == b.time) {
            prop_assert_eq!(poll_rows.len(), markets);
            prop_assert!(poll_rows.is_sorted_by(|a, b| a.market < b.market));
            let time = poll_rows[0].time;
            prop_assert!(start <= time && time < start + span && time.0 % poll.0 == 0);
            for row in poll_rows {
                check_row(row, &listed[row.market.index()]);
                newest = newest.max(Some(row.market.index()));
            }
        }
        prop_assert!(rows.is_sorted_by_key(|row| row.time));
        if !rows.is_empty() {
            prop_assert_eq!(newest.map(|id| id + 1), Some(listed.len()).filter(|n| *n > 0));
        }
    }
}

fn check_row(row: &Quote, market: &Market) {
    assert!(market.opens.unwrap() <= row.time && row.time < market.closes.unwrap(), "{row:?} {market:?}");
    for price in [row.bid, row.ask, row.last].into_iter().flatten() {
        assert!(market.ticks.contains(price) && (100..=9_900).contains(&price.0), "{row:?}");
    }
    assert!(row.bid.is_some() || row.ask.is_some(), "{row:?}");
    assert!(row.spread().is_none_or(|spread| spread.0 > 0), "{row:?}");
    for (price, size) in [(row.bid, row.bid_size), (row.ask, row.ask_size)] {
        assert_eq!(price.is_some(), size.is_some(), "{row:?}");
        assert!(size.is_none_or(|size| size.0 >= 100 && size == size.whole()), "{row:?}");
    }
    assert!(row.volume.is_some_and(|volume| volume.0 >= 0), "{row:?}");
    assert!(row.last.is_some() || row.volume.is_some_and(|volume| volume.is_zero()), "{row:?}");
}
