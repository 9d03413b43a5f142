//! Stepping the clock, and reading the ledger.

use host_exchange::server::market_source::ListingTerms;
use host_sim::generator::GeneratorSettings;
use reqwest::Method;

use super::*;

#[test]
fn a_stepped_clock_moves_forward_only() {
    run(async {
        let exchange = Exchange::quiet().await;
        let clock = || exchange.ask(Method::GET, "/simulation/clock", None);
        assert_eq!(clock().await, (200, json!({ "now_ns": START.0 })));
        let later = START + Span::hours(30);
        exchange.advance(later).await;
        let back = json!({ "to_ns": START.0 });
        let answer = exchange.ask(Method::POST, "/simulation/advance", Some(back)).await;
        assert_eq!(answer, (200, json!({ "now_ns": later.0 })));
        for bad in
            [json!({}), json!({ "to_ns": "5" }), json!({ "to_ns": 1.5 }), json!({ "to_ns": i64::MAX }), json!([])]
        {
            assert_eq!(exchange.ask(Method::POST, "/simulation/advance", Some(bad)).await.0, 400);
        }
        assert_eq!(clock().await.1, json!({ "now_ns": later.0 }));
    });
}

#[test]
fn a_running_clock_cannot_be_stepped_and_advances_the_markets() {
    run(async {
        let settings = GeneratorSettings { markets: 5, gaps: false, ..GeneratorSettings::new(START, 3) };
        let world = MarketSource::generator(settings, ListingTerms::default());
        let clock = ExchangeClock::running(START, 36_000.0);
        let exchange = Exchange::open(Venue::new(VenueSettings::default(), START), world, clock).await;
        let ahead = json!({ "to_ns": (START + Span::days(20)).0 });
        assert_eq!(exchange.ask(Method::POST, "/simulation/advance", Some(ahead)).await.0, 400);
        // The client's own clock runs at normal speed, so it signs with the exchange's time.
        let mut client = exchange.connect(ANN).await;
        client.send("subscribe", json!({ "channels": ["ticker"] })).await;
        // Nobody sends requests: messages must come by themselves.
        let mut tickers = 0;
        while tickers < 100 {
            let message = client.next().await.expect("the world goes on");
            tickers += usize::from(message["type"] == "ticker");
        }
    });
}

/// A speed that no machine holds: the exchange is late and says so, answers all the while, and sends what happens in
/// order.
#[test]
fn an_exchange_that_cannot_keep_up_is_late_and_goes_on_answering() {
    run(async {
        let settings = GeneratorSettings { markets: 200, gaps: false, ..GeneratorSettings::new(START, 3) };
        let world = MarketSource::generator(settings, ListingTerms::default());
        let clock = ExchangeClock::running(START, 1e6);
        let exchange = Exchange::open(Venue::new(VenueSettings::default(), START), world, clock).await;
        let mut client = exchange.connect(ANN).await;
        client.send("subscribe", json!({ "channels": ["market_lifecycle_v2"] })).await;
        let (mut before, mut behind) = (START.0, 0);
        let began = std::time::Instant::now();
        while behind == 0 || began.elapsed().as_secs() < 4 {
            let (status, clock) = exchange.ask(Method::GET, "/simulation/clock", None).await;
            let now = clock["now_ns"].as_i64().expect("a time");
            assert!(status == 200 && now >= before, "{clock}");
            (before, behind) = (now, clock["behind_ns"].as_i64().unwrap_or(0));
            let (status, said) = exchange.ask(Method::GET, "/trade-api/v2/exchange/status", None).await;
            assert_eq!((status, &said["trading_active"]), (200, &json!(true)));
            if behind > 0 {
                assert!(said["behind_seconds"].as_f64().is_some_and(|seconds| seconds > 0.0), "{said}");
            }
            // No answer waits for all that is behind.
            let asked = std::time::Instant::now();
            assert_eq!(exchange.ask(Method::GET, "/trade-api/v2/markets?limit=1", None).await.0, 200);
            assert!(asked.elapsed().as_secs() < 5, "{:?}", asked.elapsed());
        }
        assert!(before > START.0 + Span::hours(1).0, "it goes on");
        assert_eq!(client.next().await.expect("an answer")["type"], "subscribed");
    });
}

/// Trades at each step against the outside quotes, and leaves orders for them to take. Returns the ledger.
async fn trade(steps: i64) -> Value {
    let settings =
        GeneratorSettings { markets: 14, span: Span::days(31), gaps: false, ..GeneratorSettings::new(START, 4) };
    let terms = ListingTerms { fees: FeeModel::KalshiWithMakerFees, sub_penny_every: 4, ..ListingTerms::default() };
    let venue = Venue::new(VenueSettings::default(), START);
    let exchange = Exchange::open(venue, MarketSource::generator(settings, terms), ExchangeClock::stepped(START)).await;
    for step in 1..=steps {
        exchange.advance(START + Span::hours(step * 12)).await;
        exchange.handle.with_venue(|venue, now| {
            let markets: Vec<(String, Price)> = (0..)
                .map_while(|id| venue.market(MarketId(id)))
                .filter_map(|market| Some((market.listing.ticker.clone(), market.top().bid?.0)))
                .collect();
            for (number, (ticker, bid)) in (0..).zip(&markets) {
                let side = if (step + number) % 2 == 0 { Side::Buy } else { Side::Sell };
                let id = format!("{step}-{number}");
                // Some are refused for lack of money.
                let _ = venue.create(
                    ANN,
                    &NewOrder { client_order_id: id, ..NewOrder::limit(ticker, side, *bid, Qty::hundredths(150)) },
                    now,
                );
            }
        });
    }
    let (status, ledger) = exchange.ask(Method::GET, "/simulation/ledger", None).await;
    assert_eq!(status, 200);
    ledger
}

#[test]
fn the_same_steps_give_the_same_ledger() {
    run(async {
        let (once, again) = (trade(60).await, trade(60).await);
        let ann = &once["members"][0];
        for (list, least) in [("fills", 50), ("orders", 100), ("settlements", 3), ("positions", 8)] {
            let found = ann[list].as_array().map_or(0, Vec::len);
            assert!(found >= least, "{list}: {found}");
        }
        assert_eq!(once, again);
    });
}

#[test]
fn the_endpoints_are_off_by_default() {
    run(async {
        let exchange = Exchange::quiet().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        tokio::spawn(serve(listener, exchange.handle.clone(), ServerOptions::default(), std::future::pending()));
        let plain = Exchange { handle: exchange.handle.clone(), address, keys: exchange.keys.clone() };
        for path in ["/simulation/clock", "/simulation/ledger"] {
            assert_eq!(plain.ask(Method::GET, path, None).await.0, 404);
        }
        let step = json!({ "to_ns": (START + Span::hours(1)).0 });
        assert_eq!(plain.ask(Method::POST, "/simulation/advance", Some(step)).await.0, 404);
        assert!(plain.try_connect(&plain.headers(ANN, "GET", PATH)).await.is_ok());
    });
}
