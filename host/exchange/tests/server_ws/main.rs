//! The WebSocket of the stand-in venue, over real sockets, with a client that shares no code with the server.

#![allow(clippy::expect_used, clippy::panic, reason = "helpers of tests are tests")]

mod books;
mod commands;
mod messages;
mod private;
mod recorded;
mod simulation;

use std::collections::BTreeSet;
use std::net::SocketAddr;

use aws_lc_rs::signature::Ed25519KeyPair;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures_util::{SinkExt, StreamExt};
use host_core::fees::FeeModel;
use host_core::{MarketId, Price, Qty, Side, Span, Timestamp, Usd};
use host_exchange::server::accounts::{AccountEntry, Accounts, KeyKind, generate};
use host_exchange::server::clock::ExchangeClock;
use host_exchange::server::handle::ExchangeHandle;
use host_exchange::server::limits::Tier;
use host_exchange::server::market_source::MarketSource;
use host_exchange::server::{ServerOptions, serve};
use host_exchange::venue::{EventInfo, Listing, MemberId, NewOrder, PriceStructure, Resolution, Venue, VenueSettings};
use host_testkit::exchange::{event, series};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// 2025-12-01.
const START: Timestamp = Timestamp(1_764_547_200_000_000_000);
const PATH: &str = "/trade-api/ws/v2";
const ANN: MemberId = MemberId(2);
const BOB: MemberId = MemberId(3);
const NAMES: [&str; 3] = ["ann", "bob", "eve"];

/// Runs a test on its own runtime.
fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(test)
}

/// A running exchange with members `ann`, `bob` and `eve`, a thousand dollars each.
struct Exchange {
    handle: ExchangeHandle,
    address: SocketAddr,
    /// In PEM, in the order of the members.
    keys: Vec<String>,
}

impl Exchange {
    /// Returns an exchange with two markets and no outside quotes: `KXCENT` in cents, `KXTAPER` in tenths of a cent
    /// near 0 and 1.
    async fn quiet() -> Exchange {
        let mut venue = Venue::new(VenueSettings::default(), START);
        list(&mut venue);
        Exchange::open(venue, MarketSource::default(), ExchangeClock::stepped(START)).await
    }

    async fn open(mut venue: Venue, world: MarketSource, clock: ExchangeClock) -> Exchange {
        let (mut keys, mut accounts) = (Vec::new(), Vec::new());
        for name in NAMES {
            let (private, public) = generate(KeyKind::Ed25519).expect("a pair of keys");
            keys.push(private);
            accounts.push(AccountEntry {
                name: name.into(),
                key_id: format!("key of {name}"),
                public_key_pem: public,
                deposit: Usd::dollars(1_000),
                tier: Tier::Prestige,
            });
        }
        let keyring = Accounts { accounts, ..Accounts::default() }.join(&mut venue).expect("everyone can join");
        let handle = ExchangeHandle::new(venue, world, clock, keyring);
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let options = ServerOptions { simulation: true, signature_window: Span::days(1), ..ServerOptions::default() };
        tokio::spawn(serve(listener, handle.clone(), options, std::future::pending()));
        Exchange { handle, address, keys }
    }

    /// Returns the headers of a request signed by the member at the exchange's time.
    fn headers(&self, member: MemberId, method: &str, path: &str) -> [(&'static str, String); 3] {
        let number = member.0 as usize - 2;
        let base64: String = self.keys[number].lines().filter(|line| !line.starts_with("---")).collect();
        let pkcs8 = STANDARD.decode(base64).expect("base64");
        let key = Ed25519KeyPair::from_pkcs8(&pkcs8).expect("a private key");
        let time = (self.handle.clock().now().0 / 1_000_000).to_string();
        let signature = key.sign(format!("{time}{method}{path}").as_bytes());
        [
            ("KALSHI-ACCESS-KEY", format!("key of {}", NAMES[number])),
            ("KALSHI-ACCESS-TIMESTAMP", time),
            ("KALSHI-ACCESS-SIGNATURE", STANDARD.encode(signature)),
        ]
    }

    async fn connect(&self, member: MemberId) -> Client {
        self.try_connect(&self.headers(member, "GET", PATH)).await.expect("a connection")
    }

    async fn try_connect(&self, headers: &[(&'static str, String)]) -> Result<Client, Error> {
        let mut request = format!("ws://{}{PATH}", self.address).into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().expect("a header"));
        }
        let (socket, _) = connect_async(request).await?;
        Ok(Client { socket, last_id: 0, seqs: Vec::new() })
    }

    /// Returns the response to an unsigned request.
    async fn ask(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let request = reqwest::Client::new().request(method, format!("http://{}{path}", self.address));
        let request = if let Some(body) = body { request.json(&body) } else { request };
        let answer = request.send().await.expect("an answer");
        (answer.status().as_u16(), answer.json().await.expect("JSON"))
    }

    async fn advance(&self, to: Timestamp) {
        let body = json!({ "to_ns": to.0 });
        let (status, answer) = self.ask(reqwest::Method::POST, "/simulation/advance", Some(body)).await;
        assert_eq!((status, answer), (200, json!({ "now_ns": to.0 })));
    }

    fn place(&self, member: MemberId, order: &NewOrder) {
        self.handle.with_venue(|venue, now| venue.create(member, order, now)).expect("a good order");
    }

    fn determine(&self, ticker: &str, result: Resolution) {
        self.handle
            .with_venue(|venue, now| {
                let market = venue.market_by_ticker(ticker).map(|market| market.id).expect("it is listed");
                venue.determine(market, result, now)
            })
            .expect("its result is open");
    }
}

fn list(venue: &mut Venue) {
    venue.add_series(series("KX"));
    venue.add_event(event("KX-25", "KX"));
    for (ticker, structure) in [("KXCENT", PriceStructure::LinearCent), ("KXTAPER", PriceStructure::TaperedDeciCent)] {
        let market = host_core::Market {
            ticker: ticker.into(),
            event: "KX-25".into(),
            category: "Weather".into(),
            title: "a market".into(),
            closes: Some(START + Span::days(30)),
            ..host_testkit::market(0)
        };
        let listing = Listing { structure, ..Listing::of(&market, START) };
        venue.list_market(listing, START).expect("it is new");
    }
}

fn order(ticker: &str, side: Side, price: i32, contracts: i64, client_order_id: &str) -> NewOrder {
    let plain = NewOrder::limit(ticker, side, Price(price), Qty::contracts(contracts));
    NewOrder { client_order_id: client_order_id.into(), ..plain }
}

/// A connected member.
struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    last_id: u64,
    /// Subscription and number of all numbered messages, in the order of arrival.
    seqs: Vec<(u64, u64)>,
}

impl Client {
    async fn send(&mut self, command: &str, params: Value) {
        self.last_id += 1;
        self.write(json!({ "id": self.last_id, "cmd": command, "params": params }).to_string()).await;
    }

    async fn write(&mut self, text: impl Into<String>) {
        self.socket.send(Message::text(text.into())).await.expect("the server listens");
    }

    /// Returns the next message; `None` after the last one.
    async fn next(&mut self) -> Option<Value> {
        loop {
            match self.socket.next().await? {
                Ok(Message::Text(text)) => {
                    let message: Value = serde_json::from_str(&text).expect("JSON");
                    if let (Some(sid), Some(seq)) = (message["sid"].as_u64(), message["seq"].as_u64()) {
                        self.seqs.push((sid, seq));
                    }
                    return Some(message);
                }
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    /// Returns all messages about what has happened or was requested so far.
    async fn settle(&mut self) -> Vec<Value> {
        self.send("list_subscriptions", json!({})).await;
        let mut seen = Vec::new();
        loop {
            let message = self.next().await.expect("the connection is there");
            if message["id"] == self.last_id && message["type"] == "ok" && message["msg"].is_array() {
                return seen;
            }
            seen.push(message);
        }
    }

    /// Subscribes, and returns the responses.
    async fn subscribe(&mut self, params: Value) -> Vec<Value> {
        self.send("subscribe", params).await;
        self.settle().await
    }

    /// Checks that the messages of each subscription are numbered without gaps.
    fn assert_no_gaps(&self) {
        let sids: BTreeSet<u64> = self.seqs.iter().map(|(sid, _)| *sid).collect();
        for sid in sids {
            let numbers: Vec<u64> = self.seqs.iter().filter(|seq| seq.0 == sid).map(|seq| seq.1).collect();
            assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>(), "subscription {sid}");
        }
    }
}

/// Returns the bodies of the messages of one type.
fn of_type(messages: &[Value], kind: &str) -> Vec<Value> {
    messages.iter().filter(|message| message["type"] == kind).map(|message| message["msg"].clone()).collect()
}

/// Formats messages for snapshots: type and numbers, then the body in short lines. Random identifiers are left out.
fn show(messages: &[Value]) -> String {
    let mut shown = String::new();
    for message in messages {
        let (mut around, mut inside) = (Vec::new(), Vec::new());
        flatten("", message, &mut |name: &str, value: &Value| {
            let is_drawn = value.as_str().is_some_and(|text| text.len() == 36);
            let value = if is_drawn { "(an id)".to_owned() } else { value.to_string() };
            match name.strip_prefix("msg.") {
                Some(name) => inside.push(format!("{name}={value}")),
                None => around.push(format!("{name}={value}")),
            }
        });
        shown += &around.join(" ");
        let mut width = 200;
        for word in inside {
            width += word.len() + 1;
            let is_full = width > 100;
            shown += if is_full { "\n   " } else { "" };
            width = if is_full { word.len() } else { width };
            shown += &format!(" {word}");
        }
        shown += "\n";
    }
    shown
}

/// Calls `each` with all values that are not objects, and their paths.
fn flatten(path: &str, value: &Value, each: &mut impl FnMut(&str, &Value)) {
    match value.as_object() {
        Some(object) => object.iter().for_each(|(name, value)| {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            flatten(&path, value, each);
        }),
        None => each(path, value),
    }
}
