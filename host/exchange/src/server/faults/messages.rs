//! Faults of WebSocket messages.

use axum::http::Method;
use serde_json::Value;

use super::endpoint::{ApiCall, EndpointGroup};
use super::fault::Fault;
use super::state::Faults;

/// Filters the outgoing messages of one connection.
#[derive(Debug)]
pub struct MessageFilter {
    faults: Option<Faults>,
    /// A message to be sent after the next one.
    held: Option<Value>,
}

/// The messages that faults left over.
#[derive(Debug, PartialEq)]
pub struct FilteredMessages {
    /// To be sent, in order.
    pub messages: Vec<Value>,
    /// True if the connection ends afterwards.
    pub ends: bool,
}

/// Treatment of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum MessageFate {
    Send,
    Twice,
    /// Sent after the next message.
    Later,
    Lost,
    Disconnect,
}

impl MessageFilter {
    /// Returns the filter of a connection that `faults`, if any, can hit.
    pub const fn new(faults: Option<Faults>) -> MessageFilter {
        MessageFilter { faults, held: None }
    }

    /// Applies faults to `messages`.
    pub fn pass(&mut self, messages: Vec<Value>) -> FilteredMessages {
        let Some(faults) = &self.faults else { return FilteredMessages { messages, ends: false } };
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
                MessageFate::Disconnect => return FilteredMessages { messages: left, ends: true },
            }
            left.extend(self.held.take());
        }
        FilteredMessages { messages: left, ends: false }
    }
}

impl Faults {
    /// Decides the treatment of the next message; `is_fill` is true for a member's fill.
    fn message(&self, is_fill: bool) -> MessageFate {
        let upgrade =
            ApiCall { method: Method::GET, path: String::new(), query: String::new(), group: EndpointGroup::WebSocket };
        let now = self.now();
        match self.injector().message(is_fill, &upgrade, now).map(|injection| injection.fault) {
            Some(Fault::DuplicatedFills) => MessageFate::Twice,
            Some(Fault::ReorderedFills) => MessageFate::Later,
            Some(Fault::LostMessages) => MessageFate::Lost,
            Some(Fault::Disconnect) => MessageFate::Disconnect,
            _ => MessageFate::Send,
        }
    }
}
