//! What becomes of messages on a WebSocket.

use axum::http::Method;
use serde_json::Value;

use super::Faults;
use super::endpoint::{Call, Group};
use super::fault::Fault;

/// The messages of one connection on their way out.
#[derive(Debug)]
pub struct Messages {
    faults: Option<Faults>,
    /// A message that comes after the next one.
    held: Option<Value>,
}

/// What is left of messages.
#[derive(Debug, PartialEq)]
pub struct Passed {
    /// To be sent, in order.
    pub messages: Vec<Value>,
    /// Whether the connection ends then.
    pub ends: bool,
}

/// What is to become of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MessageFate {
    /// It is sent.
    Send,
    /// It is sent twice.
    Twice,
    /// It is sent after the next one.
    Later,
    /// It is not sent.
    Lost,
    /// The connection ends.
    Disconnect,
}

impl Messages {
    /// Those of a connection that `faults`, if there are any, can hit.
    pub const fn new(faults: Option<Faults>) -> Messages {
        Messages { faults, held: None }
    }

    /// What is left of `messages`.
    pub fn pass(&mut self, messages: Vec<Value>) -> Passed {
        let Some(faults) = &self.faults else { return Passed { messages, ends: false } };
        let mut left = Vec::with_capacity(messages.len());
        for message in messages {
            let is_fill = message.get("type").and_then(Value::as_str) == Some("fill");
            match faults.message(is_fill) {
                MessageFate::Send => left.push(message),
                MessageFate::Twice => left.extend([message.clone(), message]),
                MessageFate::Later if self.held.is_none() => {
                    self.held = Some(message);
                    continue;
                }
                MessageFate::Later => left.push(message),
                MessageFate::Lost => continue,
                MessageFate::Disconnect => return Passed { messages: left, ends: true },
            }
            left.extend(self.held.take());
        }
        Passed { messages: left, ends: false }
    }
}

impl Faults {
    /// What is to become of the next message; `is_fill`: it tells of a member's fill.
    fn message(&self, is_fill: bool) -> MessageFate {
        let upgrade = Call { method: Method::GET, path: String::new(), query: String::new(), group: Group::WebSocket };
        let now = self.now();
        match self.draws().message(is_fill, &upgrade, now).map(|shot| shot.fault) {
            Some(Fault::DuplicatedFills) => MessageFate::Twice,
            Some(Fault::ReorderedFills) => MessageFate::Later,
            Some(Fault::LostMessages) => MessageFate::Lost,
            Some(Fault::Disconnect) => MessageFate::Disconnect,
            _ => MessageFate::Send,
        }
    }
}
