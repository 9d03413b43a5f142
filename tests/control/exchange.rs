//! The embedded exchange in this process, on a free port, with one member.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};

use host_core::{Price, Qty, Quote, Side, Span, TimeInForce, Timestamp, Usd};
use host_exchange::server::accounts::{AccountEntry, Accounts, KeyKind, generate};
use host_exchange::server::clock::ExchangeClock;
use host_exchange::server::handle::ExchangeHandle;
use host_exchange::server::limits::Tier;
use host_exchange::server::market_source::MarketSource;
use host_exchange::server::{ServerOptions, serve};
use host_exchange::venue::{MemberId, OrderFilter, Venue, VenueSettings};
use host_testkit::exchange::{event, listing, series};
use host_venues::kalshi::{Kalshi, KalshiSettings};
use host_venues::model::NewOrder;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// An exchange of one market at 0.40 to 0.44, in wall-clock time, with one member, `alex`.
pub struct Exchange {
    /// The exchange's state, for tests that look past the network.
    handle: ExchangeHandle,
    /// The address that it listens on.
    pub address: SocketAddr,
    /// The member's private key.
    pub key: String,
    member: MemberId,
    runtime: Runtime,
    placed: AtomicUsize,
}

impl Exchange {
    /// Starts an exchange.
    pub fn new() -> Exchange {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let clock = ExchangeClock::wall();
        let start = clock.now();
        let mut venue = Venue::new(VenueSettings::default(), start);
        list(&mut venue, start);
        let (key, public_key_pem) = generate(KeyKind::Ed25519).expect("a pair of keys");
        let (name, key_id) = ("alex".to_owned(), "key-of-alex".to_owned());
        let account = AccountEntry { name, key_id, public_key_pem, deposit: Usd::dollars(1_000), tier: Tier::Basic };
        let keyring =
            Accounts { accounts: vec![account], ..Accounts::default() }.join(&mut venue).expect("alex can join");
        let handle = ExchangeHandle::new(venue, MarketSource::default(), clock, keyring);
        mirror(&handle);
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).expect("a free port");
        let address = listener.local_addr().expect("its address");
        let options = ServerOptions { simulation: true, ..ServerOptions::default() };
        runtime.spawn(serve(listener, handle.clone(), options, std::future::pending()));
        Exchange { handle, address, key, member: MemberId(2), runtime, placed: AtomicUsize::new(0) }
    }

    /// Settings of a client that uses the key in `key_file`.
    pub fn settings(&self, key_file: std::path::PathBuf) -> KalshiSettings {
        KalshiSettings {
            base_url: format!("http://{}/trade-api/v2", self.address),
            key_id: "key-of-alex".to_owned(),
            key_file,
            ..KalshiSettings::default()
        }
    }

    /// Places `count` orders far from the market, so that they rest.
    pub fn place(&self, count: usize, key_file: std::path::PathBuf) {
        let kalshi = Kalshi::connect(&self.settings(key_file), host_venues::clock::Clock::wall()).expect("a client");
        let before = self.open_orders();
        for _ in 0..count {
            let number = self.placed.fetch_add(1, Ordering::Relaxed);
            let order = NewOrder {
                client_order_id: format!("order-{number}"),
                ticker: "M".to_owned(),
                side: Side::Buy,
                price: Price(1_000),
                qty: Qty::contracts(1),
                time_in_force: TimeInForce::GoodTill(self.handle.clock().now() + Span::days(1)),
                reduce_only: false,
            };
            self.runtime.block_on(kalshi.create(&order)).expect("an order");
        }
        assert_eq!(self.open_orders(), before + count);
    }

    /// The number of open orders at the exchange.
    pub fn open_orders(&self) -> usize {
        let filter = OrderFilter { status: Some(host_exchange::venue::OrderStatus::Resting), ..OrderFilter::default() };
        self.handle.with_venue(|venue, _| venue.orders(self.member, &filter, usize::MAX, None).items.len())
    }

    /// Replaces the plan of faults.
    pub fn faults(&self, plan: &Value) {
        let url = format!("http://{}/simulation/faults", self.address);
        let answer = self.runtime.block_on(reqwest::Client::new().put(url).json(plan).send()).expect("an answer");
        assert_eq!(answer.status(), 200);
    }
}

fn mirror(handle: &ExchangeHandle) {
    handle.with_venue(|venue, time| {
        let size = Some(Qty::contracts(100));
        let quote = Quote { bid_size: size, ask_size: size, ..host_testkit::quote(0, time, 4_000, 4_400) };
        venue.mirror(quote.market, &quote, time);
    });
}

fn list(venue: &mut Venue, start: Timestamp) {
    venue.add_series(series("S"));
    venue.add_event(event("E", "S"));
    venue.list_market(listing("M", "E", start), start).expect("a new ticker");
}
