//! The WebSocket: quotes, fills and order states as they happen. It is faster than polling and never replaces it.
//!
//! The stream reconnects by itself and reports [`StreamEvent::Down`] whenever events may have been missed. A newer
//! quote replaces one that still waits; a fill is never dropped without a `Down`. Malformed quotes are left out with a
//! warning: the next poll has the quote.

mod connection;
mod mailbox;
mod message;

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::account::Kalshi;
use crate::model::StreamEvent;
use mailbox::Mailbox;

/// A stream that runs in the background until it is dropped.
#[derive(Debug)]
pub struct Stream {
    mailbox: Arc<Mailbox>,
    task: JoinHandle<()>,
}

impl Kalshi {
    /// Opens the stream of these markets' quotes (of all markets if the list is empty) and of the account's fills and
    /// orders. Must be called within a tokio runtime.
    pub fn stream(&self, markets: Vec<String>) -> Stream {
        self.listen(markets, true)
    }

    /// Opens the stream of all markets' quotes, without the account's events. The venue asks for a key here as well.
    /// Must be called within a tokio runtime.
    pub fn stream_of_quotes(&self) -> Stream {
        self.listen(Vec::new(), false)
    }

    fn listen(&self, markets: Vec<String>, with_account: bool) -> Stream {
        let mailbox = Arc::new(Mailbox::default());
        let task = tokio::spawn(connection::run(self.clone(), (markets, with_account), Arc::clone(&mailbox)));
        Stream { mailbox, task }
    }
}

impl Stream {
    /// Returns the next event; waits for one. The future may be dropped at any point without losing an event.
    pub async fn next(&mut self) -> StreamEvent {
        self.mailbox.next().await
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.task.abort();
    }
}
