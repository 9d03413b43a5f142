//! One connection: reads commands, forwards updates, sends heartbeats.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use futures_util::SinkExt;
use serde_json::Value;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

use super::command_error::CommandError;
use super::subscriptions::ClientSubscriptions;
use crate::server::faults::MessageFilter;
use crate::server::handle::ExchangeHandle;
use crate::venue::{MemberId, Update, Venue};

/// Interval and payload of the pings.
const HEARTBEAT: (Duration, &str) = (Duration::from_secs(10), "heartbeat");
/// Time after which a client that accepts no data counts as too slow.
const SEND_TIMEOUT: Duration = Duration::from_secs(5);
/// Time for the client to read why it is disconnected.
const GOODBYE_TIMEOUT: Duration = Duration::from_secs(10);

/// The connection of a member.
pub(super) struct WsSession {
    socket: WebSocket,
    exchange: ExchangeHandle,
    subscriptions: ClientSubscriptions,
    updates: Receiver<Arc<[Update]>>,
    heartbeat: Interval,
    /// Applies faults to outgoing messages.
    messages: MessageFilter,
}

/// Reason why a session ends.
enum SessionEnd {
    /// The client is gone or has closed the connection.
    Gone,
    TooSlow,
}

impl WsSession {
    /// Returns a session without subscriptions.
    pub(super) fn new(
        socket: WebSocket,
        exchange: ExchangeHandle,
        member: MemberId,
        messages: MessageFilter,
    ) -> WsSession {
        let updates = exchange.subscribe();
        let mut heartbeat = interval(HEARTBEAT.0);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        heartbeat.reset();
        let subscriptions = ClientSubscriptions::new(member, exchange.peek(Venue::now));
        WsSession { socket, exchange, subscriptions, updates, heartbeat, messages }
    }

    /// Serves the client until it leaves or cannot keep up.
    pub(super) async fn run(mut self) {
        loop {
            let served = tokio::select! {
                // Updates are sent before the responses to later commands.
                biased;
                _ = self.heartbeat.tick() => self.send([Message::Ping(HEARTBEAT.1.into())]).await,
                updates = self.updates.recv() => self.forward(updates).await,
                message = self.socket.recv() => match message {
                    Some(Ok(message)) => self.handle(&message).await,
                    Some(Err(_)) | None => Err(SessionEnd::Gone),
                },
            };
            match served {
                Ok(()) => {}
                Err(SessionEnd::Gone) => return,
                Err(SessionEnd::TooSlow) => break,
            }
        }
        let goodbye = [text(&CommandError::OVERFLOW.message()), Message::Close(None)];
        let _ = timeout(GOODBYE_TIMEOUT, send_all(&mut self.socket, goodbye)).await;
    }

    async fn handle(&mut self, message: &Message) -> Result<(), SessionEnd> {
        let command = match message {
            Message::Text(text) => text.as_str(),
            // Text that is not UTF-8 is not a command, and is answered as such.
            Message::Binary(bytes) => std::str::from_utf8(bytes).unwrap_or_default(),
            // The WebSocket itself responses pings and closes.
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => return Ok(()),
        };
        let responses = self.exchange.peek(|venue| self.subscriptions.command(venue, command));
        self.send(responses.iter().map(text)).await
    }

    async fn forward(&mut self, updates: Result<Arc<[Update]>, RecvError>) -> Result<(), SessionEnd> {
        let updates = match updates {
            Ok(updates) => updates,
            Err(RecvError::Lagged(_)) => return Err(SessionEnd::TooSlow),
            Err(RecvError::Closed) => return Err(SessionEnd::Gone),
        };
        if self.subscriptions.is_empty() {
            return Ok(());
        }
        let said = self.exchange.peek(|venue| self.subscriptions.updates(venue, &updates));
        let passed = self.messages.pass(said);
        self.send(passed.messages.iter().map(text)).await?;
        if passed.ends { Err(SessionEnd::Gone) } else { Ok(()) }
    }

    /// Sends messages one by one, so that only a client that accepts nothing at all times out.
    async fn send(&mut self, messages: impl IntoIterator<Item = Message>) -> Result<(), SessionEnd> {
        for message in messages {
            let fed = timeout(SEND_TIMEOUT, self.socket.feed(message)).await;
            fed.map_err(|_| SessionEnd::TooSlow)?.map_err(|_| SessionEnd::Gone)?;
        }
        let flushed = timeout(SEND_TIMEOUT, self.socket.flush()).await;
        flushed.map_err(|_| SessionEnd::TooSlow)?.map_err(|_| SessionEnd::Gone)
    }
}

async fn send_all(socket: &mut WebSocket, messages: [Message; 2]) -> Result<(), axum::Error> {
    for message in messages {
        socket.feed(message).await?;
    }
    socket.flush().await
}

fn text(message: &Value) -> Message {
    Message::Text(message.to_string().into())
}
