//! Faults of the stand-in venue, over real sockets, with a client that shares no code with the server: each fault
//! happens as scripted, is counted, and leaves the venue's own state as a client must expect it.

#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests are tests")]

mod answers;
mod everything;
mod lagging;
mod late;
mod plan;
mod rows;
mod sockets;

use std::net::SocketAddr;

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use host_core::{MarketId, Price, Qty, Quote, Span, Timestamp, Usd};
use host_exchange::server::accounts::{AccountEntry, Accounts, KeyKind, generate};
use host_exchange::server::clock::ExchangeClock;
use host_exchange::server::faults::FaultPlan;
use host_exchange::server::handle::ExchangeHandle;
use host_exchange::server::limits::Tier;
use host_exchange::server::market_source::MarketSource;
use host_exchange::server::{ServerOptions, serve};
use host_exchange::venue::{MemberId, OrderFilter, Venue, VenueSettings};
use host_testkit::exchange::{event, listing, series};
use reqwest::{Method, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// 2025-12-01.
const START: Timestamp = Timestamp(1_764_547_200_000_000_000);
const API: &str = "/trade-api/v2";
const ORDERS: &str = "/portfolio/events/orders";
const ANN: MemberId = MemberId(2);
const MARKETS: [&str; 3] = ["ONE", "TWO", "THREE"];

/// Runs a test on its own runtime.
fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(test)
}

/// A stepped exchange of three markets at 0.40 to 0.44, with one member, `ann`, and faults.
struct Exchange {
    handle: ExchangeHandle,
    address: SocketAddr,
    key: String,
    client: reqwest::Client,
}

impl Exchange {
    async fn with(rules: Value) -> Exchange {
        Exchange::seeded(rules, 1).await
    }

    async fn seeded(rules: Value, seed: u64) -> Exchange {
        let faults: FaultPlan = serde_json::from_value(json!({ "seed": seed, "rules": rules })).expect("a plan");
        let mut venue = Venue::new(VenueSettings::default(), START);
        list(&mut venue);
        let (key, public_key_pem) = generate(KeyKind::Ed25519).expect("a pair of keys");
        let (name, key_id) = ("ann".to_owned(), "key of ann".to_owned());
        let account = AccountEntry { name, key_id, public_key_pem, deposit: Usd::dollars(1_000), tier: Tier::Prestige };
        let keyring =
            Accounts { accounts: vec![account], ..Accounts::default() }.join(&mut venue).expect("ann can join");
        let handle = ExchangeHandle::new(venue, MarketSource::default(), ExchangeClock::stepped(START), keyring);
        quote(&handle, 4_000, 4_400);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let options = ServerOptions { simulation: true, faults, ..ServerOptions::default() };
        tokio::spawn(serve(listener, handle.clone(), options, std::future::pending()));
        // A new connection for each request, so that a closed port affects all of them.
        let client = reqwest::Client::builder().pool_max_idle_per_host(0).build().expect("a client");
        Exchange { handle, address, key, client }
    }

    /// Returns the headers of a request signed by `ann`, `skew` seconds ahead of the exchange's time.
    fn signed(&self, method: &str, path: &str, skew: i64) -> [(&'static str, String); 3] {
        let base64: String = self.key.lines().filter(|line| !line.starts_with("---")).collect();
        let key = Ed25519KeyPair::from_pkcs8(&STANDARD.decode(base64).expect("base64")).expect("a private key");
        let time = ((self.handle.clock().now() + Span::seconds(skew)).0 / 1_000_000).to_string();
        let signature = key.sign(format!("{time}{method}{path}").as_bytes());
        [
            ("KALSHI-ACCESS-KEY", "key of ann".to_owned()),
            ("KALSHI-ACCESS-TIMESTAMP", time),
            ("KALSHI-ACCESS-SIGNATURE", STANDARD.encode(signature)),
        ]
    }

    /// Sends a request signed with a clock that is `skew` seconds ahead.
    async fn send_at(&self, skew: i64, method: Method, path: &str, body: Option<Value>) -> reqwest::Result<Response> {
        let whole = format!("{API}{path}");
        let signed = whole.split('?').next().unwrap_or_default();
        let mut request = self.client.request(method.clone(), format!("http://{}{whole}", self.address));
        for (name, value) in self.signed(method.as_str(), signed, skew) {
            request = request.header(name, value);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        request.send().await
    }

    async fn send(&self, method: Method, path: &str, body: Option<Value>) -> reqwest::Result<Response> {
        self.send_at(0, method, path, body).await
    }

    async fn get(&self, path: &str) -> reqwest::Result<Response> {
        self.send(Method::GET, path, None).await
    }

    /// Returns the JSON of a read.
    async fn read(&self, path: &str) -> Value {
        let answer = self.get(path).await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.expect("JSON")
    }

    /// Buys YES of a market at a price in cents.
    async fn buy(&self, ticker: &str, id: &str, cents: u32) -> reqwest::Result<Response> {
        let order = json!({
            "ticker": ticker, "client_order_id": id, "side": "bid", "count": "1.00",
            "price": format!("0.{cents:02}00"), "time_in_force": "good_till_canceled",
            "self_trade_prevention_type": "taker_at_cross",
        });
        self.send(Method::POST, ORDERS, Some(order)).await
    }

    /// Returns the client order ids of the venue's own orders, oldest first.
    fn orders(&self) -> Vec<String> {
        let all = |venue: &mut Venue, _| {
            let page = venue.orders(ANN, &OrderFilter::default(), usize::MAX, None);
            page.items.iter().rev().map(|order| order.client_order_id.clone()).collect()
        };
        self.handle.with_venue(all)
    }

    async fn simulation(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let request = self.client.request(method, format!("http://{}/simulation/{path}", self.address));
        let request = if let Some(body) = body { request.json(&body) } else { request };
        loop {
            let again = request.try_clone().expect("a body in memory");
            match again.send().await {
                Ok(answer) => return (answer.status().as_u16(), answer.json().await.expect("JSON")),
                // A closed port is closed for simulation requests too; nothing else about them fails.
                Err(error) if error.is_connect() || error.is_request() => {
                    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
                }
                Err(error) => panic!("what is simulated never fails: {error:?}"),
            }
        }
    }

    /// Returns the number of faults injected, by name: `{"status": 2}`.
    async fn injected(&self) -> Value {
        self.simulation(Method::GET, "faults", None).await.1["injected"].clone()
    }

    /// Advances the time to `seconds` after the start.
    async fn advance(&self, seconds: i64) {
        let to = START + Span::seconds(seconds);
        let (status, _) = self.simulation(Method::POST, "advance", Some(json!({ "to_ns": to.0 }))).await;
        assert_eq!(status, 200);
    }
}

/// Updates the outside quotes of all markets, in 1/10,000 $.
fn quote(handle: &ExchangeHandle, bid: i32, ask: i32) {
    handle.with_venue(|venue, now| {
        for market in 0..MARKETS.len() as u32 {
            let (bid, ask) = (Some(Price(bid)), Some(Price(ask)));
            let size = Some(Qty::contracts(100));
            let (last, volume) = (None, None);
            let market = MarketId(market);
            let quote = Quote { market, time: now, bid, ask, bid_size: size, ask_size: size, last, volume };
            venue.mirror(market, &quote, now);
        }
    });
}

fn list(venue: &mut Venue) {
    venue.add_series(series("S"));
    venue.add_event(event("E", "S"));
    for ticker in MARKETS {
        venue.list_market(listing(ticker, "E", START), START).expect("a new ticker");
    }
}
