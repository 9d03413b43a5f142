//! The REST half of the server, over real sockets, with a client that shares no code with it.

// The body of a market is a long JSON literal.
#![recursion_limit = "256"]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

mod access;
mod accounts;
mod answers;
mod connections;
mod fuzz;
mod history;
mod limits;
mod lists;
mod market_data;
mod orders;
mod recorded;
mod refusals;

use std::sync::OnceLock;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{Ed25519KeyPair, RSA_PSS_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use host_core::fees::FeeModel;
use host_core::{Span, Timestamp, Usd};
use host_exchange::server::accounts::{AccountEntry, Accounts, KeyKind, generate};
use host_exchange::server::clock::ExchangeClock;
use host_exchange::server::handle::ExchangeHandle;
use host_exchange::server::limits::Tier;
use host_exchange::server::market_source::MarketSource;
use host_exchange::server::{ServerOptions, serve};
use host_exchange::venue::{Listing, PriceStructure, Series, Venue, VenueSettings};
use host_testkit::exchange::{event, listing, series};
use reqwest::{Method, header::HeaderMap};
use serde_json::{Value, json};

/// 2025-12-01T00:00:00Z.
const START: Timestamp = Timestamp(1_764_547_200_000_000_000);
const ORDERS: &str = "/trade-api/v2/portfolio/events/orders";

/// Private and public keys in PEM: Ann's is RSA, Bob's Ed25519. Created once, because RSA is slow.
fn keys() -> &'static [(String, String); 2] {
    static KEYS: OnceLock<[(String, String); 2]> = OnceLock::new();
    KEYS.get_or_init(|| [generate(KeyKind::Rsa).expect("keys"), generate(KeyKind::Ed25519).expect("keys")])
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Who {
    Ann,
    Bob,
    Nobody,
}
use Who::{Ann, Bob, Nobody};

impl Who {
    /// Returns the authentication headers; none for nobody.
    fn headers(self, time_ms: i64, method: &str, path: &str) -> Vec<(&'static str, String)> {
        let text = format!("{time_ms}{method}{path}");
        let (key, signature) = match self {
            Ann => ("ann-key", rsa(&keys()[0].0, text.as_bytes())),
            Bob => ("bob-key", ed25519(&keys()[1].0, text.as_bytes())),
            Nobody => return vec![],
        };
        vec![
            ("KALSHI-ACCESS-KEY", key.to_owned()),
            ("KALSHI-ACCESS-TIMESTAMP", time_ms.to_string()),
            ("KALSHI-ACCESS-SIGNATURE", BASE64.encode(signature)),
        ]
    }
}

fn der(pem: &str) -> Vec<u8> {
    let lines = pem.lines().filter(|line| !line.starts_with("-----"));
    BASE64.decode(lines.collect::<String>()).expect("a PEM")
}

fn rsa(pem: &str, text: &[u8]) -> Vec<u8> {
    let pair = RsaKeyPair::from_pkcs8(&der(pem)).expect("an RSA key");
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(&RSA_PSS_SHA256, &SystemRandom::new(), text, &mut signature).expect("a signature");
    signature
}

fn ed25519(pem: &str, text: &[u8]) -> Vec<u8> {
    Ed25519KeyPair::from_pkcs8(&der(pem)).expect("an Ed25519 key").sign(text).as_ref().to_vec()
}

/// A response.
#[derive(Debug)]
struct Reply {
    status: u16,
    headers: HeaderMap,
    /// Null if there is none.
    body: Value,
}

impl Reply {
    /// Checks the status and returns the body.
    #[track_caller]
    fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        self.body
    }
}

/// A running exchange on a stepped clock: Ann and Bob with 1,000 dollars each and high rate limits, and the markets
/// `CENT` and `TAPER` of event `E`, `DECI` of event `F`; all of series `S`.
struct TestServer {
    origin: String,
    exchange: ExchangeHandle,
    http: reqwest::Client,
}

impl TestServer {
    async fn open() -> TestServer {
        TestServer::with(Tier::Prestige, FeeModel::None).await
    }

    async fn with(tier: Tier, fees: FeeModel) -> TestServer {
        TestServer::on(ExchangeClock::stepped(START), tier, fees, ServerOptions::default()).await
    }

    async fn with_settings(settings: VenueSettings) -> TestServer {
        let clock = ExchangeClock::stepped(START);
        TestServer::all(settings, clock, Tier::Prestige, FeeModel::None, ServerOptions::default()).await
    }

    async fn on(clock: ExchangeClock, tier: Tier, fees: FeeModel, options: ServerOptions) -> TestServer {
        TestServer::all(VenueSettings::default(), clock, tier, fees, options).await
    }

    async fn all(
        settings: VenueSettings,
        clock: ExchangeClock,
        tier: Tier,
        fees: FeeModel,
        options: ServerOptions,
    ) -> TestServer {
        let mut venue = Venue::new(VenueSettings { seed: 7, ..settings }, START);
        list(&mut venue, fees);
        TestServer::of(venue, clock, tier, options).await
    }

    async fn of(mut venue: Venue, clock: ExchangeClock, tier: Tier, options: ServerOptions) -> TestServer {
        let account = |name: &str, key: usize| AccountEntry {
            name: name.to_owned(),
            key_id: format!("{name}-key"),
            public_key_pem: keys()[key].1.clone(),
            deposit: Usd::dollars(1_000),
            tier,
        };
        let accounts = Accounts { accounts: vec![account("ann", 0), account("bob", 1)], ..Accounts::default() };
        let keyring = accounts.join(&mut venue).expect("accounts that can join");
        let exchange = ExchangeHandle::new(venue, MarketSource::default(), clock, keyring);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        tokio::spawn(serve(listener, exchange.clone(), options, std::future::pending()));
        TestServer { origin, exchange, http: reqwest::Client::new() }
    }

    fn now_ms(&self) -> i64 {
        self.exchange.clock().now().0 / 1_000_000
    }

    fn step(&self, span: Span) {
        self.exchange.clock().step_to(self.exchange.clock().now() + span);
    }

    /// Sends a request with exactly these headers.
    async fn send(&self, method: &str, path: &str, headers: &[(&'static str, String)], body: Option<String>) -> Reply {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self.http.request(method, format!("{}{path}", self.origin));
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        if let Some(body) = body {
            request = request.header("content-type", "application/json").body(body);
        }
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.expect("a body");
        let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("JSON") };
        Reply { status, headers, body }
    }

    /// Sends a request signed by `who`, now.
    async fn call(&self, who: Who, method: &str, path: &str, body: Option<Value>) -> Reply {
        let (signed_path, _) = path.split_once('?').unwrap_or((path, ""));
        let headers = who.headers(self.now_ms(), method, signed_path);
        self.send(method, path, &headers, body.map(|body| body.to_string())).await
    }

    async fn get(&self, who: Who, path: &str) -> Value {
        self.call(who, "GET", &format!("/trade-api/v2{path}"), None).await.expect(200)
    }

    /// Places an order that must be accepted.
    async fn place(&self, who: Who, order: Value) -> Value {
        self.call(who, "POST", ORDERS, Some(order)).await.expect(201)
    }
}

/// Returns an order of `count` contracts, good till cancelled; fields in `more` override it.
fn limit(ticker: &str, side: &str, price: &str, count: &str, more: Value) -> Value {
    let mut order = json!({
        "ticker": ticker,
        "side": side,
        "price": price,
        "count": count,
        "time_in_force": "good_till_canceled",
        "self_trade_prevention_type": "taker_at_cross",
    });
    let more = more.as_object().expect("an object").clone();
    order.as_object_mut().expect("an object").extend(more);
    order
}

fn list(venue: &mut Venue, fees: FeeModel) {
    venue.add_series(Series { tags: vec!["rain".into()], fees, ..series("S") });
    for ticker in ["E", "F"] {
        venue.add_event(event(ticker, "S"));
    }
    let markets = [
        ("CENT", "E", PriceStructure::LinearCent),
        ("TAPER", "E", PriceStructure::TaperedDeciCent),
        ("DECI", "F", PriceStructure::DeciCent),
    ];
    for (ticker, event, structure) in markets {
        let listing = Listing {
            title: format!("{ticker}?"),
            yes_sub_title: "yes".into(),
            no_sub_title: "no".into(),
            rules: "as it says".into(),
            structure,
            closes: START + Span::days(1),
            latest_expiration: START + Span::days(2),
            settlement_timer: Span::minutes(5),
            ..listing(ticker, event, START)
        };
        venue.list_market(listing, START).expect("a listing");
    }
}
