//! The WebSocket against the embedded exchange: it reports every event and every break.

use std::sync::{Arc, Mutex};

use futures_util::{SinkExt, StreamExt};
use host_core::{OrderState, Price, Qty, Side, Span, Timestamp};
use host_exchange::server::accounts::KeyKind;
use host_venues::clock::Clock;
use host_venues::kalshi::stream::Stream;
use host_venues::kalshi::{Kalshi, KalshiSettings};
use host_venues::model::StreamEvent;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message;

use crate::exchange::{Exchange, order};
use crate::fake::{Fake, Keys};

/// A relay in front of the exchange, whose connections can be cut.
struct Relay {
    port: u16,
    open: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Relay {
    async fn start(exchange: &Exchange) -> Relay {
        let target = exchange.url.split('/').nth(2).unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let open: Arc<Mutex<Vec<JoinHandle<()>>>> = Arc::default();
        let shared = Arc::clone(&open);
        tokio::spawn(async move {
            loop {
                let (mut near, _) = listener.accept().await.unwrap();
                let target = target.clone();
                shared.lock().unwrap().push(tokio::spawn(async move {
                    let mut far = TcpStream::connect(target).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
                }));
            }
        });
        Relay { port, open }
    }

    fn cut(&self) {
        self.open.lock().unwrap().drain(..).for_each(|connection| connection.abort());
    }
}

/// Returns the next event that `pick` accepts.
async fn next<T>(stream: &mut Stream, pick: impl Fn(&StreamEvent) -> Option<T>) -> T {
    loop {
        if let Some(found) = pick(&stream.next().await) {
            return found;
        }
    }
}

#[tokio::test]
async fn quotes_fills_and_order_states_arrive_and_a_break_is_reported() {
    let exchange = Exchange::start().await;
    let relay = Relay::start(&exchange).await;
    let clock = Clock::stepped(&exchange.url).await.unwrap();
    let websocket_url = Some(format!("ws://127.0.0.1:{}/trade-api/ws/v2", relay.port));
    let settings = KalshiSettings { websocket_url, ..exchange.members[0].clone() };
    let ann = Kalshi::connect(&settings, clock.clone()).unwrap();
    let bob = Kalshi::connect(&exchange.members[1], clock).unwrap();
    let mut stream = ann.stream(vec!["KX-0".to_owned()]);
    assert_eq!(stream.next().await, StreamEvent::Up);

    let placed = ann.create(&order("a-1", Side::Buy, 4_200, 10)).await.unwrap();
    let told = next(&mut stream, |event| match event {
        StreamEvent::Order(order) => Some(order.clone()),
        _ => None,
    });
    let told = told.await;
    assert_eq!(Some(&told), ann.order(&placed.order_id).await.unwrap().as_ref(), "the same as polled");
    assert_eq!(told.state, OrderState::Working);
    let quote = next(&mut stream, |event| match event {
        StreamEvent::Quote(row) if row.bid.is_some() => Some(row.clone()),
        _ => None,
    });
    let quote = quote.await;
    assert_eq!((quote.bid, quote.bid_size, quote.ask), (Some(Price(4_200)), Some(Qty::hundredths(1_000)), None));

    bob.create(&order("b-1", Side::Sell, 4_200, 10)).await.unwrap();
    let fill = next(&mut stream, |event| match event {
        StreamEvent::Fill(fill) => Some(fill.clone()),
        _ => None,
    });
    let (told, polled) = (fill.await, ann.fills_since(host_core::Timestamp(0)).await.unwrap().rows);
    assert_eq!(
        (&told.id, told.side, told.price, told.qty, told.fee),
        (&polled[0].id, Side::Buy, Price(4_200), Qty::hundredths(1_000), polled[0].fee)
    );

    relay.cut();
    let down = |event: &StreamEvent| matches!(event, StreamEvent::Down(_)).then_some(());
    next(&mut stream, down).await;
    next(&mut stream, |event| (*event == StreamEvent::Up).then_some(())).await;
}

#[tokio::test]
async fn a_stream_is_down_if_the_venue_does_not_speak_the_required_tls() {
    let exchange = Exchange::start().await;
    let clock = Clock::stepped(&exchange.url).await.unwrap();
    let websocket_url = Some(exchange.url.replace("http:", "wss:"));
    let settings = KalshiSettings { websocket_url, ..exchange.members[0].clone() };
    let mut stream = Kalshi::connect(&settings, clock).unwrap().stream(vec![]);
    assert!(matches!(stream.next().await, StreamEvent::Down(_)));
}

#[tokio::test]
async fn a_stream_that_cannot_begin_says_why_and_keeps_trying() {
    let exchange = Exchange::start().await;
    let clock = Clock::stepped(&exchange.url).await.unwrap();
    let stranger = KalshiSettings { key_id: "key-0".to_owned(), ..exchange.members[1].clone() };
    let mut stream = Kalshi::connect(&stranger, clock).unwrap().stream(vec![]);
    for _ in 0..3 {
        let StreamEvent::Down(reason) = stream.next().await else { panic!("a stranger is not let in") };
        assert!(reason.contains("401"), "{reason}");
    }
}

/// Returns a stream whose venue confirms the subscriptions, sends `messages`, then closes the connection if `closes`;
/// and the times at which the stream connected.
async fn scripted(messages: &'static [&'static str], closes: bool) -> (Stream, Arc<Mutex<Vec<Timestamp>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let websocket_url = Some(format!("ws://{}/trade-api/ws/v2", listener.local_addr().unwrap()));
    let (fake, keys) = (Fake::start([]).await, Keys::new(KeyKind::Ed25519));
    let clock = Clock::stepped(&fake.url).await.unwrap();
    let settings = KalshiSettings { websocket_url, ..fake.settings(&keys) };
    let kalshi = Kalshi::connect(&settings, clock.clone()).unwrap();
    let times: Arc<Mutex<Vec<Timestamp>>> = Arc::default();
    let seen = Arc::clone(&times);
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            seen.lock().unwrap().push(clock.now());
            let mut socket = tokio_tungstenite::accept_async(socket).await.unwrap();
            for _ in 0..3 {
                socket.next().await.unwrap().unwrap();
            }
            let subscribed = r#"{"type": "subscribed", "id": 1, "msg": {}}"#;
            for text in [subscribed; 3].iter().chain(messages) {
                socket.send(Message::text(*text)).await.unwrap();
            }
            if closes {
                continue;
            }
            while let Some(Ok(_)) = socket.next().await {}
        }
    });
    (kalshi.stream(vec![]), times)
}

const TICKER: &str =
    r#"{"type": "ticker", "msg": {"market_ticker": "KX-2", "yes_bid_dollars": "0.42", "ts_ms": 1790000000216}}"#;
const BAD: &str =
    r#"{"type": "ticker", "msg": {"market_ticker": "KX-1", "yes_bid_dollars": "4.20", "ts_ms": 1790000000216}}"#;

#[tokio::test]
async fn malformed_quotes_do_not_break_the_stream() {
    let (mut stream, times) = scripted(&[BAD, BAD, TICKER], false).await;
    assert_eq!(stream.next().await, StreamEvent::Up);
    let StreamEvent::Quote(row) = stream.next().await else { panic!("the good one comes through") };
    assert_eq!((row.ticker.as_str(), row.time), ("KX-2", Timestamp(1_790_000_000_216_000_000)));
    assert_eq!(times.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn a_stream_that_breaks_at_once_reconnects_ever_more_rarely() {
    let (mut stream, times) = scripted(&[], true).await;
    let mut downs = 0;
    while downs < 4 {
        downs += usize::from(matches!(stream.next().await, StreamEvent::Down(_)));
    }
    let times = times.lock().unwrap().clone();
    for (pair, least) in times.windows(2).zip([2, 4, 8]) {
        assert!(pair[1] - pair[0] >= Span::seconds(least), "{times:?}");
    }
}
