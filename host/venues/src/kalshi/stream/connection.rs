//! Opens one connection after the other for as long as the stream lives.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use host_core::{Span, Timestamp};
use serde_json::json;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Error};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use super::mailbox::Mailbox;
use super::message::{self, StreamMessage};
use crate::client::retry::Backoff;
use crate::kalshi::account::Kalshi;
use crate::kalshi::{http, sign};
use crate::model::StreamEvent;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Largest message; a snapshot of a full book is about 100 kB.
const LARGEST: usize = 4 * 1024 * 1024;

/// Real time without a message after which a connection counts as dead: three pings of the venue, which come every 10 s
/// (<https://docs.kalshi.com/websockets/connection-keep-alive>).
const SILENCE: Duration = Duration::from_secs(30);

/// A connection that breaks sooner counts as a failure: the waits go on growing.
const LASTING: Span = Span::minutes(1);

/// Connects again and again, with growing waits while that fails.
pub(super) async fn run(kalshi: Kalshi, (markets, with_account): (Vec<String>, bool), mailbox: Arc<Mailbox>) {
    let commands = subscriptions(&markets, with_account);
    let mut backoff = Backoff::new(&format!("{}/stream", kalshi.shared.settings.key_id));
    let mut attempt = 0;
    loop {
        let mut up_since = None;
        let Err(reason) = session(&kalshi, &commands, &mailbox, &mut up_since).await;
        let lasted = up_since.is_some_and(|since| kalshi.clock().now() - since >= LASTING);
        attempt = if lasted { 1 } else { attempt + 1 };
        tracing::warn!(reason, attempt, "the stream is down; polling goes on");
        mailbox.down(reason);
        let wait = backoff.wait(attempt);
        kalshi.clock().sleep(wait).await;
    }
}

/// Connects, subscribes and passes events on until the connection breaks; returns the reason.
async fn session(
    kalshi: &Kalshi,
    commands: &[String],
    mailbox: &Mailbox,
    up_since: &mut Option<Timestamp>,
) -> Result<std::convert::Infallible, String> {
    let mut socket = timeout(SILENCE, connect(kalshi)).await.map_err(|_| "no connection in time".to_owned())??;
    for command in commands {
        let frame = tungstenite::Message::text(command);
        socket.send(frame).await.map_err(|error| describe(&error))?;
    }
    let mut subscribed = 0;
    loop {
        let next = timeout(SILENCE, socket.next()).await.map_err(|_| "the venue went silent".to_owned())?;
        let frame = next.ok_or("the venue closed it")?.map_err(|error| describe(&error))?;
        let text = match frame {
            tungstenite::Message::Text(text) => text,
            tungstenite::Message::Close(_) => return Err("the venue closed it".to_owned()),
            // The library answers pings with the next read.
            _ => continue,
        };
        match message::decode(&text).map_err(|malformed| malformed.to_string())? {
            StreamMessage::Subscribed => {
                subscribed += 1;
                if subscribed == commands.len() {
                    *up_since = Some(kalshi.clock().now());
                    mailbox.push(StreamEvent::Up)?;
                }
            }
            StreamMessage::Event(event) => mailbox.push(event)?,
            StreamMessage::MalformedQuote { ticker, malformed } => {
                kalshi.shared.warnings.left_out("ticker", &ticker, &malformed);
            }
            StreamMessage::Refused(reason) => return Err(reason),
            StreamMessage::Other => {}
        }
    }
}

async fn connect(kalshi: &Kalshi) -> Result<Socket, String> {
    let url = kalshi.shared.settings.stream().map_err(|error| error.to_string())?;
    let mut request = url.as_str().into_client_request().map_err(|error| describe(&error))?;
    let key = kalshi.shared.http.credentials().ok_or("the stream needs a key")?;
    let signed = sign::headers(key, kalshi.clock().system_now(), "GET", url.path())?;
    for (name, value) in sign::NAMES.iter().zip(signed) {
        let mut value = HeaderValue::try_from(value).map_err(|_| "a header could not be written".to_owned())?;
        value.set_sensitive(true);
        request.headers_mut().insert(*name, value);
    }
    let config = WebSocketConfig::default().max_message_size(Some(LARGEST)).max_frame_size(Some(LARGEST));
    let (socket, _) = connect_async_with_config(request, Some(config), true).await.map_err(|error| describe(&error))?;
    Ok(socket)
}

/// Returns the commands that begin a session: for quotes, and for fills and orders `with_account`, whose channels take
/// no list of markets.
fn subscriptions(markets: &[String], with_account: bool) -> Vec<String> {
    let mut quotes = json!({ "channels": ["ticker"] });
    if !markets.is_empty() {
        quotes["market_tickers"] = json!(markets);
        quotes["send_initial_snapshot"] = json!(true);
    }
    let command = |id: u32, params| json!({ "id": id, "cmd": "subscribe", "params": params }).to_string();
    let mut commands = vec![command(1, quotes)];
    if with_account {
        commands.push(command(2, json!({ "channels": ["fill"] })));
        commands.push(command(3, json!({ "channels": ["user_orders"] })));
    }
    commands
}

fn describe(error: &Error) -> String {
    match error {
        Error::Http(response) => format!("the venue refused it with {}", response.status().as_u16()),
        other => http::chain(other),
    }
}
