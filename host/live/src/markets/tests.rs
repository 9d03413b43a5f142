//! Numbers, changes and rows of markets.

use std::collections::BTreeMap;
use std::convert::Infallible;

use host_core::Ticks;
use host_venues::model::MarketResult;
use proptest::prelude::*;

use super::*;

fn row(ticker: &str) -> MarketRow {
    MarketRow {
        ticker: ticker.to_owned(),
        event: "E".to_owned(),
        title: String::new(),
        yes_title: String::new(),
        phase: MarketPhase::Open,
        result: MarketResult::Open,
        opens: Timestamp(0),
        closes: Timestamp(1_000),
        occurs: None,
        expected_expiration: None,
        settled: None,
        settlement_value: None,
        ticks: Ticks::CENT,
        bid: None,
        ask: None,
        bid_size: None,
        ask_size: None,
        last: None,
        volume: None,
    }
}

/// Makes the event and the series known.
fn learn(markets: &mut Markets) {
    let (ticker, title) = ("E".to_owned(), String::new());
    let event =
        EventDescription { ticker, series: "S".to_owned(), title, category: String::new(), mutually_exclusive: false };
    let (ticker, title, category) = ("S".to_owned(), String::new(), "Weather".to_owned());
    markets.learn(vec![event], vec![SeriesDescription { ticker, title, category }]);
}

fn poll(markets: &mut Markets, tickers: &[&str]) -> Vec<(u32, String)> {
    let rows: Vec<MarketRow> = tickers.iter().map(|ticker| row(ticker)).collect();
    // A market of a former session keeps its number.
    let former = |ticker: &str| Ok::<_, ()>((ticker == "OLD").then_some(MarketId(2)));
    let polled = markets.poll(&rows, Timestamp(1), &mut { former }).unwrap();
    assert!(polled.rows.market.is_sorted() && polled.rows.len() == tickers.len());
    polled.listed.into_iter().map(|market| (market.id.0, market.ticker)).collect()
}

fn listed() -> Markets {
    let mut markets = Markets::new(Vec::new(), MarketId(7));
    learn(&mut markets);
    markets
}

#[test]
fn markets_listed_together_are_numbered_by_ticker_whatever_the_venues_order() {
    let orders = [["C", "OLD", "A", "B"], ["A", "B", "C", "OLD"], ["OLD", "C", "B", "A"]];
    for order in orders {
        let mut markets = listed();
        let expect = [(2, "OLD"), (7, "A"), (8, "B"), (9, "C")];
        assert_eq!(poll(&mut markets, &order), expect.map(|(id, ticker)| (id, ticker.to_owned())), "{order:?}");
        // What is listed later is numbered later, and nothing is renumbered.
        assert_eq!(poll(&mut markets, &["AA", "C", "0"]), [(10, "0".to_owned()), (11, "AA".to_owned())]);
    }
}

proptest! {
    /// Whatever the order of a poll's rows, what it repeats and what it lacks: each market has its number, once,
    /// with its first row's price.
    #[test]
    fn a_poll_is_one_row_a_market_in_any_order(
        polls in prop::collection::vec(prop::collection::vec((10u32..30, 1i32..9_999), 1..30), 1..6),
    ) {
        let mut markets = Markets::default();
        learn(&mut markets);
        let mut numbers = BTreeMap::new();
        for poll in polls {
            let mut first_bids = BTreeMap::new();
            for (ticker, bid) in &poll {
                first_bids.entry(*ticker).or_insert(f64::from(*bid) / 10_000.0);
            }
            for ticker in first_bids.keys() {
                let next = numbers.len() as u32;
                numbers.entry(*ticker).or_insert(next);
            }
            let expect: BTreeMap<u32, f64> =
                first_bids.into_iter().map(|(ticker, bid)| (numbers[&ticker], bid)).collect();
            let bid = |&(ticker, bid): &(u32, i32)| MarketRow { bid: Some(Price(bid)), ..row(&ticker.to_string()) };
            let rows: Vec<MarketRow> = poll.iter().map(bid).collect();
            let polled = markets.poll(&rows, Timestamp(5), &mut |_| Ok::<_, Infallible>(None)).unwrap();
            let shown = polled.rows.market.iter().copied().zip(polled.rows.bid.iter().copied());
            prop_assert_eq!(shown.collect::<Vec<_>>(), expect.into_iter().collect::<Vec<_>>());
            for (ticker, number) in &numbers {
                prop_assert_eq!(markets.number(&ticker.to_string()), Some(MarketId(*number)));
                prop_assert_eq!(markets.ticker(MarketId(*number)), ticker.to_string());
            }
        }
    }
}

/// Everything of a listed market that a venue may change reaches the engine once, and nothing else does.
#[test]
fn what_the_venue_changes_of_a_listed_market_is_taken_up_once() {
    type Change = fn(&mut MarketRow);
    type Get = fn(&Market) -> String;
    let changes: [(&str, Change, Get); 6] = [
        ("20", |row| row.occurs = Some(Timestamp(20)), |market| market.event_time.unwrap().0.to_string()),
        ("30", |row| row.expected_expiration = Some(Timestamp(30)), |market| market.event_time.unwrap().0.to_string()),
        ("2000", |row| row.closes = Timestamp(2_000), |market| market.closes.unwrap().0.to_string()),
        ("5", |row| row.opens = Timestamp(5), |market| market.opens.unwrap().0.to_string()),
        ("Will it?", |row| row.title = "Will it?".to_owned(), |market| market.title.clone()),
        ("0.001", |row| row.ticks = Ticks::every(Price(10)), |market| market.ticks.finest().to_string()),
    ];
    for (expect, change, get) in changes {
        let mut markets = listed();
        let mut show = |row: &MarketRow| {
            let polled = markets.poll(std::slice::from_ref(row), Timestamp(1), &mut |_| Ok::<_, Infallible>(None));
            polled.unwrap().listed
        };
        let mut changed = row("A");
        assert_eq!(show(&changed).len(), 1);
        assert_eq!(show(&changed), []);
        change(&mut changed);
        let told = show(&changed);
        assert_eq!(told.iter().map(get).collect::<Vec<_>>(), [expect]);
        assert_eq!(show(&changed), [], "it is told once");
        // What the venue does not say any more is not forgotten.
        (changed.occurs, changed.expected_expiration) = (None, None);
        assert_eq!(show(&changed), []);
    }
}

#[test]
fn a_series_that_moves_to_another_category_takes_its_markets_along() {
    let mut markets = listed();
    poll(&mut markets, &["A"]);
    let moved = |category: &str| {
        let (ticker, title, category) = ("S".to_owned(), String::new(), category.to_owned());
        vec![SeriesDescription { ticker, title, category }]
    };
    markets.learn(Vec::new(), moved("Politics"));
    assert_eq!(poll(&mut markets, &["A"]), [(7, "A".to_owned())]);
    assert_eq!(markets.market(MarketId(7)).unwrap().category, "Politics");
    markets.learn(Vec::new(), moved("Politics"));
    assert_eq!(poll(&mut markets, &["A"]), []);
}

#[test]
fn a_halted_or_delisted_market_gets_rows_without_a_book_and_one_that_ended_early_closes() {
    let mut markets = listed();
    poll(&mut markets, &["A", "B", "C", "D"]);
    let phase = |ticker: &str, phase: MarketPhase| MarketRow { phase, ..row(ticker) };
    let found = [phase("B", MarketPhase::Paused), phase("D", MarketPhase::Closed)];
    let gone = ["B", "C", "D"].map(str::to_owned);
    let changed = markets.on_watched(&gone, &found, Timestamp(5));
    let changed: Vec<_> = changed.iter().map(|market| (market.ticker.as_str(), market.closes)).collect();
    assert_eq!(changed, [("D", Some(Timestamp(5)))]);
    let mut rows = |open: &[&str], time: i64| -> Vec<(u32, bool)> {
        let rows: Vec<MarketRow> =
            open.iter().map(|ticker| MarketRow { bid: Some(Price(4_200)), ..row(ticker) }).collect();
        let polled = markets.poll(&rows, Timestamp(time), &mut |_| Ok::<_, ()>(None)).unwrap();
        polled.rows.market.iter().copied().zip(polled.rows.bid.iter().map(|bid| !bid.is_nan())).collect()
    };
    assert_eq!(rows(&["A"], 6), [(7, true), (8, false), (9, false)]);
    assert_eq!(rows(&["A", "B"], 7), [(7, true), (8, true), (9, false)], "B trades again");
    assert_eq!(rows(&["A"], 1_000), [(7, true)], "after its close no market has a row");
}
