//! The market source, feeding a venue without a server.

#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests are tests")]

mod growth;

use std::io;

use host_core::fees::FeeModel;
use host_core::{Market, MarketId, Outcome, Price, Qty, Quote, Quotes, Settlement, Span, Timestamp};
use host_exchange::server::market_source::{ListingTerms, MarketSource};
use host_exchange::venue::{MarketFilter, MarketStatus, PriceStructure, Venue, VenueSettings};
use host_sim::generator::{Generator, GeneratorSettings};
use proptest::prelude::*;

/// 2025-12-01.
const START: Timestamp = Timestamp(1_764_547_200_000_000_000);

fn venue() -> Venue {
    Venue::new(VenueSettings::default(), START)
}

fn settings(markets: usize, days: i64) -> GeneratorSettings {
    GeneratorSettings { markets, span: Span::days(days), gaps: false, ..GeneratorSettings::new(START, 5) }
}

/// Returns everything that is public about the markets.
fn public_state(venue: &Venue) -> Vec<String> {
    let all = venue.markets(&MarketFilter::default(), usize::MAX, None);
    let show = |market: &&host_exchange::venue::ListedMarket| {
        let book: Vec<_> = market.bids().chain(market.asks()).collect();
        let listing = &market.listing;
        format!("{} {:?} {:?} {:?} {book:?}", listing.ticker, market.status, market.resolution, market.stats)
    };
    let mut seen: Vec<String> = all.items.iter().map(show).collect();
    seen.push(format!("{} updates, {:?}", venue.next_update(), venue.totals()));
    seen
}

fn market(id: u32, opens: Option<i64>, closes: Option<i64>) -> Market {
    let at = |hour: Option<i64>| hour.map(|hour| START + Span::hours(hour));
    Market {
        ticker: format!("KX{id}-A"),
        event: format!("KX{id}"),
        category: "Economics".into(),
        title: "a recorded market".into(),
        opens: at(opens),
        closes: at(closes),
        ..host_testkit::market(id)
    }
}

fn quote(id: u32, minute: i64, bid: i32) -> Quote {
    let (bid_size, ask_size) = (Some(Qty::contracts(40)), Some(Qty::contracts(50)));
    Quote { bid_size, ask_size, ..host_testkit::quote(id, START + Span::minutes(minute), bid, bid + 200) }
}

/// Returns a tape whose batches are single rows, each of which can fail.
fn tape(markets: &[Market], settlements: &[Settlement], rows: Vec<io::Result<Quote>>) -> MarketSource {
    let mut rows = rows.into_iter();
    let next = move |batch: &mut Quotes| {
        batch.clear();
        rows.next().transpose().map(|row| row.inspect(|row| batch.push(row)).is_some())
    };
    MarketSource::tape(markets, settlements, next, ListingTerms::default())
}

#[test]
fn a_source_without_markets_advances_to_the_end() {
    let (mut venue, mut source) = (venue(), MarketSource::default());
    source.advance(&mut venue, START + Span::days(400));
    assert_eq!(public_state(&venue).len(), 1);
    let mut none = MarketSource::generator(settings(0, 3), ListingTerms::default());
    none.advance(&mut venue, START + Span::days(800));
    assert_eq!((public_state(&venue).len(), venue.now()), (1, START + Span::days(800)));
}

#[test]
fn after_21_days_every_market_stands_where_the_generator_left_it() {
    let terms = ListingTerms { fees: FeeModel::Kalshi, ..ListingTerms::default() };
    let (mut venue, mut source) = (venue(), MarketSource::generator(settings(45, 21), terms));
    let end = START + Span::days(21);
    let began = std::time::Instant::now();
    while venue.now() < end {
        let next = venue.now() + Span::seconds(30);
        source.advance(&mut venue, next);
        venue.take_updates();
    }
    // For people: shown with `--nocapture`.
    println!("21 days of 45 markets: {:?}", began.elapsed());

    let mut generator = Generator::new(settings(45, 21));
    let (mut rows, mut last) = (Quotes::default(), std::collections::BTreeMap::new());
    while generator.next_batch(&mut rows) {
        (0..rows.len()).map(|row| rows.all().row(row)).for_each(|row| {
            last.insert(row.market, row);
        });
    }
    let mut finalized = 0;
    for expected in generator.markets() {
        let found = venue.market_by_ticker(&expected.ticker).expect("it is listed");
        let series = venue.series(&found.series).expect("its series is listed");
        assert_eq!((&series.category, series.fees), (&expected.category, FeeModel::Kalshi));
        assert_eq!(venue.event(&found.listing.event).map(|event| &event.series), Some(&expected.series));
        let settled = generator.settlements().iter().find(|settlement| settlement.market == expected.id);
        match settled {
            Some(settlement) => {
                assert_eq!(found.resolution, Some(settlement.outcome.into()));
                assert_eq!((found.status, found.settled), (MarketStatus::Finalized, Some(settlement.time)));
                finalized += 1;
            }
            None => {
                let row = last[&expected.id];
                assert_eq!(found.status, MarketStatus::Active);
                let wanted = (row.bid.zip(row.bid_size), row.ask.zip(row.ask_size));
                assert_eq!((found.top().bid, found.top().ask), wanted, "{}", expected.ticker);
            }
        }
    }
    assert!(finalized > 15, "{finalized}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// The result does not depend on how often time is advanced.
    #[test]
    fn one_step_gives_the_same_result_as_many(steps in prop::collection::vec(1i64..20_000, 1..30), seed in 0u64..50) {
        let settings = GeneratorSettings { seed, ..settings(12, 4) };
        let terms = ListingTerms { sub_penny_every: 3, settlement_timer: Span::minutes(7), ..ListingTerms::default() };
        let (mut once, mut often) = (venue(), venue());
        let end = START + Span::seconds(steps.iter().sum());
        MarketSource::generator(settings, terms).advance(&mut once, end);
        let mut source = MarketSource::generator(settings, terms);
        for step in steps {
            let next = often.now() + Span::seconds(step);
            source.advance(&mut often, next);
        }
        prop_assert_eq!(public_state(&once), public_state(&often));
    }
}

#[test]
fn some_markets_quote_in_tenths_of_a_cent() {
    let terms = ListingTerms { sub_penny_every: 2, ..ListingTerms::default() };
    let (mut venue, mut source) = (venue(), MarketSource::generator(settings(45, 21), terms));
    let mut fine_quotes = 0;
    for hour in 1..21 * 24 {
        source.advance(&mut venue, START + Span::hours(hour));
        let markets = venue.markets(&MarketFilter::default(), usize::MAX, None);
        for market in markets.items {
            let is_on_cents = market.top().bid.is_none_or(|(price, _)| price.0 % 100 == 0);
            match market.listing.structure {
                PriceStructure::LinearCent => assert!(is_on_cents),
                PriceStructure::TaperedDeciCent => fine_quotes += usize::from(!is_on_cents),
                PriceStructure::DeciCent => panic!("nobody asked for it"),
            }
        }
    }
    assert!(fine_quotes > 100, "{fine_quotes}");
}

#[test]
fn a_result_is_announced_before_it_pays() {
    let terms = ListingTerms { settlement_timer: Span::minutes(10), ..ListingTerms::default() };
    let settings = settings(4, 30);
    let first = Generator::new(settings).settlements()[0];
    let ticker = Generator::new(settings).markets()[first.market.index()].ticker.clone();
    let (mut venue, mut source) = (venue(), MarketSource::generator(settings, terms));
    let status = |venue: &Venue| venue.market_by_ticker(&ticker).map(|market| market.status);
    for (minute, expect) in [(-1, MarketStatus::Active), (9, MarketStatus::Determined), (10, MarketStatus::Finalized)] {
        source.advance(&mut venue, first.time + Span::minutes(minute));
        assert_eq!(status(&venue), Some(expect), "{minute}");
    }
}

#[test]
fn a_recorded_market_is_listed_no_later_than_its_first_row_and_not_before_it_opens() {
    let markets = [market(0, None, None), market(1, Some(2), Some(4)), market(2, Some(-9), Some(-1))];
    let rows = [(2, -9, 1_000), (0, -5, 2_000), (0, 5, 3_000), (1, 130, 4_000), (1, 250, 9_000), (0, 251, 3_500)];
    let rows = rows.map(|(id, minute, bid)| Ok(quote(id, minute, bid)));
    let result = Settlement { market: MarketId(1), time: START + Span::hours(5), outcome: Outcome::Yes };
    let (mut venue, mut source) = (venue(), tape(&markets, &[result], rows.into()));
    let mut seen = String::new();
    for minute in [0, 4, 5, 119, 120, 130, 239, 240, 251, 300] {
        source.advance(&mut venue, START + Span::minutes(minute));
        let listed = venue.markets(&MarketFilter::default(), usize::MAX, None);
        let show = |market: &&host_exchange::venue::ListedMarket| {
            let bid = market.top().bid.map_or(0, |(price, _)| price.0);
            format!("{} {} {bid}", market.listing.ticker, market.status.as_str())
        };
        let markets: Vec<String> = listed.items.iter().map(show).collect();
        seen += &format!("{minute}: {}\n", markets.join(", "));
    }
    insta::assert_snapshot!(seen, @r"
    0: KX0-A active 2000
    4: KX0-A active 2000
    5: KX0-A active 3000
    119: KX0-A active 3000
    120: KX0-A active 3000, KX1-A active 0
    130: KX0-A active 3000, KX1-A active 4000
    239: KX0-A active 3000, KX1-A active 4000
    240: KX0-A active 3000, KX1-A closed 0
    251: KX0-A active 3500, KX1-A closed 0
    300: KX0-A active 3500, KX1-A finalized 0
    ");
}

#[test]
fn a_broken_tape_ends_the_quotes_and_nothing_else() {
    let markets = [market(0, None, None)];
    let rows = vec![Ok(quote(0, 1, 2_000)), Err(io::Error::other("damaged")), Ok(quote(0, 3, 3_000))];
    let result = Settlement { market: MarketId(0), time: START + Span::hours(1), outcome: Outcome::No };
    let (mut venue, mut source) = (venue(), tape(&markets, &[result], rows));
    source.advance(&mut venue, START + Span::minutes(30));
    let bid = |venue: &Venue| venue.market(MarketId(0)).and_then(|market| market.top().bid);
    assert_eq!(bid(&venue), Some((Price(2_000), Qty::contracts(40))));
    source.advance(&mut venue, START + Span::hours(1));
    assert_eq!(venue.market(MarketId(0)).map(|market| market.status), Some(MarketStatus::Finalized));
}

/// Trades from before the exchange opened are over: only the last quote of each market stands.
#[test]
fn an_exchange_that_opens_in_the_middle_of_a_tape_starts_with_the_last_quotes() {
    let markets = [market(0, None, None), market(1, Some(-9), None), market(2, None, Some(-1))];
    let traded = |id: u32, minute: i64, bid: i32, volume: i64| {
        let volume = Some(Qty::contracts(volume));
        Ok(Quote { last: Some(Price(bid + 200)), volume, ..quote(id, minute, bid) })
    };
    let rows = vec![
        traded(0, -90, 2_000, 10),
        traded(2, -80, 5_000, 10),
        traded(0, -50, 6_000, 500),
        traded(1, -40, 3_000, 7),
        traded(0, -30, 2_500, 900),
        traded(0, 5, 2_500, 930),
    ];
    let (mut venue, mut source) = (venue(), tape(&markets, &[], rows));
    source.advance(&mut venue, START);
    let seen = |venue: &Venue, ticker: &str| {
        let market = venue.market_by_ticker(ticker)?;
        Some((market.top().bid.map(|(price, _)| price.0), market.stats.volume_24h(venue.now()), market.created))
    };
    assert_eq!(seen(&venue, "KX0-A"), Some((Some(2_500), Qty::contracts(900), START)));
    assert_eq!(seen(&venue, "KX1-A"), Some((Some(3_000), Qty::contracts(7), START)));
    assert_eq!(
        venue.market_by_ticker("KX0-A").map(|market| market.trades().count()),
        Some(0),
        "what traded before does not trade again"
    );
    assert_eq!(seen(&venue, "KX2-A"), None, "it was over");
    source.advance(&mut venue, START + Span::minutes(5));
    assert_eq!(seen(&venue, "KX0-A").map(|(_, volume, _)| volume), Some(Qty::contracts(930)));
}
