//! The client against the embedded exchange: the whole life of orders, with its signatures, limits and money.

use host_core::fees::FeeModel;
use host_core::{OrderState, Outcome, Price, Qty, Side, Span, TimeInForce, Timestamp, Usd};
use host_exchange::server::accounts::{AccountEntry, Accounts, KeyKind};
use host_exchange::server::clock::ExchangeClock;
use host_exchange::server::handle::ExchangeHandle;
use host_exchange::server::limits::Tier;
use host_exchange::server::market_source::MarketSource;
use host_exchange::server::{ServerOptions, serve};
use host_exchange::venue::{Resolution, Venue, VenueSettings};
use host_venues::clock::Clock;
use host_venues::error::{CancelError, PlaceError, ReadError};
use host_venues::kalshi::{Kalshi, KalshiSettings};
use host_venues::model::{MarketFilter, MarketResult, NewOrder};

use crate::fake::{Keys, START};

/// A running exchange with three markets and two members, on a stepped clock.
pub struct Exchange {
    pub url: String,
    pub handle: ExchangeHandle,
    /// The members' settings.
    pub members: Vec<KalshiSettings>,
    _keys: Vec<Keys>,
}

impl Exchange {
    pub async fn start() -> Exchange {
        let mut venue = Venue::new(VenueSettings::default(), START);
        for id in 0..3 {
            venue.list(&market(id), FeeModel::Kalshi, START).unwrap();
        }
        let keys = vec![Keys::new(KeyKind::Rsa), Keys::new(KeyKind::Ed25519)];
        let account = |(number, keys): (usize, &Keys)| AccountEntry {
            name: format!("member {number}"),
            key_id: format!("key-{number}"),
            public_key_pem: keys.public_pem.clone(),
            deposit: Usd::dollars(1_000),
            tier: Tier::default(),
        };
        let accounts = keys.iter().enumerate().map(account).collect();
        let keyring = Accounts { accounts, ..Accounts::default() }.join(&mut venue).unwrap();
        let handle = ExchangeHandle::new(venue, MarketSource::default(), ExchangeClock::stepped(START), keyring);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/trade-api/v2", listener.local_addr().unwrap());
        let options = ServerOptions { simulation: true, ..ServerOptions::default() };
        tokio::spawn(serve(listener, handle.clone(), options, std::future::pending()));
        let settings = |(number, keys): (usize, &Keys)| KalshiSettings {
            base_url: url.clone(),
            key_id: format!("key-{number}"),
            ..keys.settings()
        };
        let members = keys.iter().enumerate().map(settings).collect();
        Exchange { url, handle, members, _keys: keys }
    }

    /// Returns clients of both members, on one clock.
    pub async fn clients(&self) -> (Kalshi, Kalshi) {
        let clock = Clock::stepped(&self.url).await.unwrap();
        let connect = |number: usize| Kalshi::connect(&self.members[number], clock.clone()).unwrap();
        (connect(0), connect(1))
    }
}

fn market(id: u32) -> host_core::Market {
    host_core::Market {
        event: "KX-EVENT".to_owned(),
        category: "Weather".to_owned(),
        title: "a market".to_owned(),
        closes: Some(START + Span::days(30)),
        ..host_testkit::market(id)
    }
}

pub fn order(id: &str, side: Side, price: i32, contracts: i64) -> NewOrder {
    NewOrder {
        client_order_id: id.to_owned(),
        ticker: "KX-0".to_owned(),
        side,
        price: Price(price),
        qty: Qty::contracts(contracts),
        time_in_force: TimeInForce::GoodTill(START + Span::hours(2)),
        reduce_only: false,
    }
}

#[tokio::test]
async fn an_order_rests_fills_and_is_cancelled() {
    let exchange = Exchange::start().await;
    let (ann, bob) = exchange.clients().await;
    let resting = ann.create(&order("a-1", Side::Buy, 4_200, 10)).await.unwrap();
    assert_eq!((resting.filled, resting.remaining), (Qty::ZERO, Qty::contracts(10)));
    let taker = NewOrder { time_in_force: TimeInForce::ImmediateOrCancel, ..order("b-1", Side::Sell, 4_000, 4) };
    let taken = bob.create(&taker).await.unwrap();
    assert_eq!((taken.filled, taken.remaining), (Qty::contracts(4), Qty::ZERO));

    let open = ann.open_orders().await.unwrap().rows;
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].client_order_id.as_str(), open[0].side), ("a-1", Side::Buy));
    assert_eq!(
        (open[0].initial, open[0].filled, open[0].remaining),
        (Qty::hundredths(1_000), Qty::hundredths(400), Qty::hundredths(600))
    );
    assert_eq!((open[0].state, open[0].expiration), (OrderState::Working, Some(START + Span::hours(2))));
    assert_eq!(ann.order(&resting.order_id).await.unwrap().as_ref(), open.first());
    assert_eq!(bob.open_orders().await.unwrap().rows, []);
    assert_eq!(bob.orders_since(START).await.unwrap().rows.len(), 1);
    assert_eq!(bob.order("00000000-0000-0000-0000-000000000000").await, Ok(None));

    let (bought, sold) = (ann.fills_since(START).await.unwrap().rows, bob.fills_since(START).await.unwrap().rows);
    assert_eq!((bought.len(), sold.len()), (1, 1));
    assert_eq!((bought[0].side, bought[0].price, bought[0].qty), (Side::Buy, Price(4_200), Qty::hundredths(400)));
    assert_eq!((sold[0].side, sold[0].price, sold[0].taker), (Side::Sell, Price(4_200), true));
    assert_eq!(bought[0].order_id, resting.order_id);
    let held = bob.positions().await.unwrap().rows;
    assert_eq!((held.len(), held[0].position, held[0].fees), (1, Qty::hundredths(-400), sold[0].fee));
    let paid = Usd::dollars(1_000) - Price(5_800) * Qty::hundredths(400) - sold[0].fee;
    let cash = bob.balance().await.unwrap().cash;
    assert!((paid - cash).abs() < Usd::micros(10_000), "{cash} of {paid}: the fee is at most rounded to the cent");

    assert_eq!(ann.cancel(&resting.order_id).await.unwrap().reduced_by, Qty::hundredths(600));
    assert_eq!(ann.cancel(&resting.order_id).await, Err(CancelError::Gone));
    assert_eq!(bob.cancel(&resting.order_id).await, Err(CancelError::Gone), "another member's orders do not exist");
}

#[tokio::test]
async fn the_exchange_s_refusals_keep_their_status_and_code() {
    let exchange = Exchange::start().await;
    let (ann, bob) = exchange.clients().await;
    ann.create(&order("a-1", Side::Buy, 4_200, 10)).await.unwrap();
    let again = ann.create(&order("a-1", Side::Buy, 4_200, 10)).await;
    assert!(matches!(again, Err(PlaceError::OutcomeUnknown(_))), "its id was used before: {again:?}");
    let check = |outcome: Result<_, PlaceError>, expect: u16| match outcome {
        Err(PlaceError::Rejected { status, code, .. }) => {
            assert!(status == expect && !code.is_empty(), "{status} {code}")
        }
        other => panic!("{other:?}"),
    };
    check(ann.create(&order("a-2", Side::Buy, 4_250, 10)).await, 400);
    check(ann.create(&order("a-3", Side::Buy, 9_900, 100_000)).await, 400);
    check(ann.create(&NewOrder { ticker: "KX-NONE".to_owned(), ..order("a-4", Side::Buy, 4_200, 1) }).await, 404);
    // Another member's key id: refused for reads and writes alike.
    let stranger = KalshiSettings { key_id: "key-0".to_owned(), ..exchange.members[1].clone() };
    let stranger = Kalshi::connect(&stranger, ann.clock().clone()).unwrap();
    check(stranger.create(&order("a-5", Side::Buy, 4_200, 1)).await, 401);
    assert!(matches!(stranger.balance().await, Err(ReadError::Refused { status: 401, .. })));
    ann.create(&order("a-6", Side::Buy, 4_100, 1)).await.unwrap();
    bob.create(&order("b-1", Side::Sell, 9_000, 1)).await.unwrap();
    ann.cancel_all().await.unwrap();
    assert_eq!((ann.open_orders().await.unwrap().rows.len(), bob.open_orders().await.unwrap().rows.len()), (0, 1));
}

#[tokio::test]
async fn markets_settle_and_pay() {
    let exchange = Exchange::start().await;
    let (ann, bob) = exchange.clients().await;
    ann.create(&order("a-1", Side::Buy, 4_200, 10)).await.unwrap();
    bob.create(&order("b-1", Side::Sell, 4_200, 10)).await.unwrap();
    exchange.handle.with_venue(|venue, now| {
        let market = venue.market_by_ticker("KX-0").unwrap().id;
        venue.determine(market, Resolution::Yes, now).unwrap();
    });
    ann.clock().sleep(Span::days(2)).await;
    let (won, lost) =
        (ann.settlements_since(START).await.unwrap().rows, bob.settlements_since(START).await.unwrap().rows);
    assert_eq!(
        (won[0].result, won[0].revenue, won[0].yes),
        (MarketResult::Resolved(Outcome::Yes), Usd::dollars(10), Qty::hundredths(1_000))
    );
    assert_eq!((lost[0].revenue, lost[0].no), (Usd::ZERO, Qty::hundredths(1_000)));
    let rows = ann.quotes(&MarketFilter::Tickers(vec!["KX-0".to_owned()])).await.unwrap();
    assert_eq!((rows[0].result, rows[0].settlement_value), (MarketResult::Resolved(Outcome::Yes), Some(Price::ONE)));
    assert!(rows[0].settled.is_some_and(|time| time <= ann.clock().now()));
}

#[tokio::test]
async fn listed_markets_events_and_series_can_be_read() {
    let exchange = Exchange::start().await;
    let (ann, bob) = exchange.clients().await;
    ann.create(&order("a-1", Side::Buy, 4_200, 10)).await.unwrap();
    bob.create(&order("b-1", Side::Sell, 4_500, 3)).await.unwrap();
    for filter in [MarketFilter::Open(vec![]), MarketFilter::Open(vec!["KX".to_owned()])] {
        let rows = ann.quotes(&filter).await.unwrap();
        assert_eq!(rows.iter().map(|row| row.ticker.as_str()).collect::<Vec<_>>().len(), 3);
        let row = rows.iter().find(|row| row.ticker == "KX-0").unwrap();
        assert_eq!((row.bid, row.bid_size), (Some(Price(4_200)), Some(Qty::hundredths(1_000))));
        assert_eq!((row.ask, row.ask_size), (Some(Price(4_500)), Some(Qty::hundredths(300))));
        assert_eq!((&row.ticks, row.closes), (&host_core::Ticks::CENT, START + Span::days(30)));
        let empty = rows.iter().find(|row| row.ticker == "KX-1").unwrap();
        assert_eq!((empty.bid, empty.ask, empty.bid_size, empty.last), (None, None, None, None));
    }
    assert_eq!(ann.quotes(&MarketFilter::Open(vec!["KXOTHER".to_owned()])).await.unwrap(), []);
    let event = ann.events(&["KX".to_owned()]).await.unwrap().remove(0);
    assert_eq!((event.ticker.as_str(), event.series.as_str()), ("KX-EVENT", "KX"));
    let series = ann.series(&["KX".to_owned()]).await.unwrap();
    assert_eq!((series[0].category.as_str(), ann.series(&[]).await.unwrap()), ("Weather", series.clone()));
    assert_eq!(ann.limits().await.unwrap().write.refill_rate, 100);
    assert!(ann.exchange_status().await.unwrap().is_trading);
    assert_eq!(ann.venue_time().await.unwrap().skew(), Span::ZERO);
}

#[tokio::test]
async fn two_hundred_writes_never_meet_the_exchange_s_limit() {
    let exchange = Exchange::start().await;
    let (ann, _) = exchange.clients().await;
    for number in 0..100 {
        let order = NewOrder {
            time_in_force: TimeInForce::GoodTill(Timestamp(START.0 + Span::hours(9).0)),
            ..order(&format!("a-{number}"), Side::Buy, 100, 1)
        };
        let placed = ann.create(&order).await.unwrap();
        ann.cancel(&placed.order_id).await.unwrap();
        ann.balance().await.unwrap();
    }
    assert_eq!(ann.orders_since(START).await.unwrap().rows.len(), 100);
    let seconds = (ann.clock().now() - START).as_seconds();
    assert!((10.0..14.0).contains(&seconds), "1,200 tokens at 100 a second took {seconds} s");
}
