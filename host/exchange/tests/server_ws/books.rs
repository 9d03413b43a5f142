//! A book rebuilt from a snapshot and the deltas after it equals the venue's book.

use std::collections::BTreeMap;

use host_exchange::server::market_source::ListingTerms;
use host_sim::generator::GeneratorSettings;
use proptest::prelude::*;

use super::*;

/// Contracts by market, side and price, as the client counts them, in 1/100.
#[derive(Debug, Default)]
struct Books(BTreeMap<(String, String), BTreeMap<String, i64>>);

/// Parses a decimal such as `"12.34"` into hundredths.
fn hundredths(text: &Value) -> i64 {
    let text = text.as_str().expect("a string");
    let (whole, part) = text.split_once('.').expect("a decimal");
    assert_eq!(part.len(), 2, "{text}");
    format!("{whole}{part}").parse().expect("digits")
}

fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

impl Books {
    fn take_in(&mut self, message: &Value) {
        let inside = &message["msg"];
        match message["type"].as_str() {
            Some("orderbook_snapshot") => {
                for (side, name) in [("yes", "yes_dollars_fp"), ("no", "no_dollars_fp")] {
                    let levels = inside[name].as_array().cloned().unwrap_or_default();
                    let levels = levels.iter().map(|level| (text(&level[0]), hundredths(&level[1]))).collect();
                    self.0.insert((text(&inside["market_ticker"]), side.into()), levels);
                }
            }
            Some("orderbook_delta") => {
                let key = (text(&inside["market_ticker"]), text(&inside["side"]));
                let book = self.0.get_mut(&key).expect("a snapshot comes first");
                let level = book.entry(text(&inside["price_dollars"])).or_default();
                *level += hundredths(&inside["delta_fp"]);
                assert!(*level >= 0, "{message}");
                if *level == 0 {
                    book.remove(&text(&inside["price_dollars"]));
                }
            }
            _ => {}
        }
    }
}

async fn assert_same(exchange: &Exchange, books: &Books, ticker: &str) {
    let path = format!("/trade-api/v2/markets/{ticker}/orderbook");
    let (status, answer) = exchange.ask(reqwest::Method::GET, &path, None).await;
    assert_eq!(status, 200);
    for side in ["yes", "no"] {
        let levels = answer["orderbook_fp"][format!("{side}_dollars")].as_array().expect("levels").iter();
        let expect: BTreeMap<String, i64> = levels.map(|level| (text(&level[0]), hundredths(&level[1]))).collect();
        assert_eq!(books.0[&(ticker.to_owned(), side.to_owned())], expect, "{ticker} {side}");
    }
}

/// An action of a member, or a command of the client.
#[derive(Clone, Debug)]
enum Deed {
    Order { member: u32, market: usize, is_buy: bool, cents: i32, hundredths: i64 },
    Cancel { member: u32, which: usize },
    Snapshot,
    Drop(usize),
    Add(usize),
}

const TICKERS: [&str; 2] = ["KXCENT", "KXTAPER"];

fn deed() -> impl Strategy<Value = Deed> {
    let order = (2u32..5, 0usize..2, any::<bool>(), 1i32..30, 1i64..900).prop_map(
        |(member, market, is_buy, cents, hundredths)| Deed::Order { member, market, is_buy, cents, hundredths },
    );
    prop_oneof![
        12 => order,
        4 => (2u32..5, 0usize..50).prop_map(|(member, which)| Deed::Cancel { member, which }),
        1 => Just(Deed::Snapshot),
        1 => (0usize..2).prop_map(Deed::Drop),
        1 => (0usize..2).prop_map(Deed::Add),
    ]
}

async fn perform(exchange: &Exchange, client: &mut Client, deed: &Deed) {
    match *deed {
        Deed::Order { member, market, is_buy, cents, hundredths } => {
            let side = if is_buy { Side::Buy } else { Side::Sell };
            let limit = NewOrder::limit(TICKERS[market], side, Price(cents * 100), Qty::hundredths(hundredths));
            // A refused order changes nothing.
            let _ = exchange.handle.with_venue(|venue, now| venue.create(MemberId(member), &limit, now));
        }
        Deed::Cancel { member, which } => exchange.handle.with_venue(|venue, now| {
            let member = MemberId(member);
            let ids: Vec<_> = venue.resting_orders(member).map(|order| order.id).collect();
            if let Some(id) = ids.get(which % ids.len().max(1)) {
                venue.cancel(member, *id, now).expect("it rests");
            }
        }),
        Deed::Snapshot => client.send("update_subscription", json!({ "sid": 1, "action": "get_snapshot" })).await,
        Deed::Drop(market) | Deed::Add(market) => {
            let action = if matches!(deed, Deed::Drop(_)) { "delete_markets" } else { "add_markets" };
            let params = json!({ "sid": 1, "action": action, "market_ticker": TICKERS[market] });
            client.send("update_subscription", params).await;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn snapshot_and_deltas_add_up_to_the_book(deeds in prop::collection::vec(deed(), 1..80), late in 0usize..40) {
        run(async {
            let exchange = Exchange::quiet().await;
            let mut client = exchange.connect(ANN).await;
            let mut books = Books::default();
            for (place, deed) in deeds.iter().enumerate() {
                if place == late.min(deeds.len() / 2) {
                    let params = json!({ "channels": ["orderbook_delta"], "market_tickers": TICKERS });
                    client.send("subscribe", params).await;
                }
                perform(&exchange, &mut client, deed).await;
            }
            for ticker in TICKERS {
                let params = json!({ "sid": 1, "action": "add_markets", "market_ticker": ticker });
                client.send("update_subscription", params).await;
            }
            client.settle().await.iter().for_each(|message| books.take_in(message));
            client.assert_no_gaps();
            for ticker in TICKERS {
                assert_same(&exchange, &books, ticker).await;
            }
        });
    }
}

#[test]
fn books_follow_the_outside_quotes() {
    run(async {
        let settings =
            GeneratorSettings { markets: 6, span: Span::days(3), gaps: false, ..GeneratorSettings::new(START, 9) };
        let terms = ListingTerms { sub_penny_every: 2, ..ListingTerms::default() };
        let venue = Venue::new(VenueSettings::default(), START);
        let exchange =
            Exchange::open(venue, MarketSource::generator(settings, terms), ExchangeClock::stepped(START)).await;
        exchange.advance(START + Span::minutes(1)).await;
        let (_, answer) = exchange.ask(reqwest::Method::GET, "/trade-api/v2/markets?status=open", None).await;
        let markets = answer["markets"].as_array().expect("markets").iter();
        let tickers: Vec<String> = markets.map(|market| text(&market["ticker"])).collect();
        assert_eq!(tickers.len(), 6);
        let (mut client, mut books) = (exchange.connect(ANN).await, Books::default());
        client.send("subscribe", json!({ "channels": ["orderbook_delta"], "market_tickers": tickers })).await;
        for hour in 1..=24 {
            exchange.advance(START + Span::hours(hour)).await;
            client.settle().await.iter().for_each(|message| books.take_in(message));
            for ticker in &tickers {
                assert_same(&exchange, &books, ticker).await;
            }
        }
        client.assert_no_gaps();
        assert!(client.seqs.len() > 1_000, "{}", client.seqs.len());
    });
}
