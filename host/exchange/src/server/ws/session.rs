//! One connection: reads commands, passes on what happens, keeps it alive.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use futures_util::SinkExt;
use serde_json::Value;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::time::{Interval, MissedTickBehavior, interval, timeout};

use super::desk::Desk;
use super::refusal::Refusal;
use crate::server::faults::Messages;
use crate::server::shared::Shared;
use crate::venue::{MemberId, Update, Venue};

/// How often the server asks whether the client is there, and with what.
const HEARTBEAT: (Duration, &str) = (Duration::from_secs(10), "heartbeat");
/// A client that takes nothing for so long is too slow.
const PATIENCE: Duration = Duration::from_secs(5);
/// He has so long to read why he is cut off.
const FAREWELL: Duration = Duration::from_secs(10);

/// A connected member.
pub(super) struct Session {
    socket: WebSocket,
    shared: Shared,
    desk: Desk,
    updates: Receiver<Arc<[Update]>>,
    heartbeat: Interval,
    /// What faults leave of what it is told.
    messages: Messages,
}

/// Why a session is over.
enum End {
    /// The client is gone, or wants to be.
    Gone,
    TooSlow,
}

impl Session {
    /// A session without subscriptions.
    pub(super) fn new(socket: WebSocket, shared: Shared, member: MemberId, messages: Messages) -> Session {
        let updates = shared.subscribe();
        let mut heartbeat = interval(HEARTBEAT.0);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        heartbeat.reset();
        let desk = Desk::new(member, shared.look(Venue::now));
        Session { socket, shared, desk, updates, heartbeat, messages }
    }

    /// Serves the client until he leaves or cannot keep up.
    pub(super) async fn run(mut self) {
        loop {
            let served = tokio::select! {
                // What has happened is told before what is asked later is answered.
                biased;
                _ = self.heartbeat.tick() => self.send([Message::Ping(HEARTBEAT.1.into())]).await,
                updates = self.updates.recv() => self.pass_on(updates).await,
                message = self.socket.recv() => match message {
                    Some(Ok(message)) => self.hear(&message).await,
                    Some(Err(_)) | None => Err(End::Gone),
                },
            };
            match served {
                Ok(()) => {}
                Err(End::Gone) => return,
                Err(End::TooSlow) => break,
            }
        }
        let farewell = [text(&Refusal::OVERFLOW.message()), Message::Close(None)];
        let _ = timeout(FAREWELL, send_all(&mut self.socket, farewell)).await;
    }

    async fn hear(&mut self, message: &Message) -> Result<(), End> {
        let command = match message {
            Message::Text(text) => text.as_str(),
            // Not UTF-8: no command, and answered as such.
            Message::Binary(bytes) => std::str::from_utf8(bytes).unwrap_or_default(),
            // Pings and closes are answered by the WebSocket itself.
            Message::Ping(_) | Message::Pong(_) | Message::Close(_) => return Ok(()),
        };
        let answers = self.shared.look(|venue| self.desk.command(venue, command));
        self.send(answers.iter().map(text)).await
    }

    async fn pass_on(&mut self, updates: Result<Arc<[Update]>, RecvError>) -> Result<(), End> {
        let updates = match updates {
            Ok(updates) => updates,
            Err(RecvError::Lagged(_)) => return Err(End::TooSlow),
            Err(RecvError::Closed) => return Err(End::Gone),
        };
        if self.desk.is_deaf() {
            return Ok(());
        }
        let said = self.shared.look(|venue| self.desk.updates(venue, &updates));
        let passed = self.messages.pass(said);
        self.send(passed.messages.iter().map(text)).await?;
        if passed.ends { Err(End::Gone) } else { Ok(()) }
    }

    /// Sends messages one by one, so that only one who takes nothing at all runs out of time.
    async fn send(&mut self, messages: impl IntoIterator<Item = Message>) -> Result<(), End> {
        for message in messages {
            let fed = timeout(PATIENCE, self.socket.feed(message)).await;
            fed.map_err(|_| End::TooSlow)?.map_err(|_| End::Gone)?;
        }
        let flushed = timeout(PATIENCE, self.socket.flush()).await;
        flushed.map_err(|_| End::TooSlow)?.map_err(|_| End::Gone)
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
