//! The WebSocket: quotes, fills and order states as they happen, faster than polling, and never instead of it.
//!
//! It reconnects by itself and says [`StreamEvent::Down`] whenever something may have been missed. Quotes that wait are
//! replaced by newer ones; a fill is never dropped without a `Down`. Prices that make no sense are left out, with a warning:
//! the next poll tells what there is.

mod connection;
mod mailbox;
mod message;

use std::sync::Arc;

use host_core::{Price, Qty, Timestamp};
use tokio::task::JoinHandle;

use super::Kalshi;
use super::wire::{VenueFill, VenueOrder};
use mailbox::Mailbox;

/// A market's top of book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TickerRow {
    /// Which market.
    pub ticker: String,
    /// Best bid for YES.
    pub bid: Option<Price>,
    /// Best ask for YES.
    pub ask: Option<Price>,
    /// Contracts at the bid; none without a bid.
    pub bid_size: Option<Qty>,
    /// Contracts at the ask; none without an ask.
    pub ask_size: Option<Qty>,
    /// Price of the last trade.
    pub last: Option<Price>,
    /// When it changed, by the venue's clock: what tells whether it or a poll is newer.
    pub time: Timestamp,
}

/// What the stream says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StreamEvent {
    /// Connected and subscribed; what happened before must be polled.
    Up,
    /// Something may be missed from here on, for this reason: poll. `Up` follows when it is back.
    Down(String),
    /// A market's top of book changed; only the newest of each market.
    Ticker(TickerRow),
    /// An own order was filled; it comes again with the next poll, under the same id.
    Fill(VenueFill),
    /// An own order changed its state.
    Order(VenueOrder),
}

/// A stream that runs in the background until it is dropped.
#[derive(Debug)]
pub struct Stream {
    mailbox: Arc<Mailbox>,
    task: JoinHandle<()>,
}

impl Kalshi {
    /// Opens the stream for these markets' quotes (all if there is none) and the account's fills and orders.
    /// Must be called within a tokio runtime.
    pub fn stream(&self, markets: Vec<String>) -> Stream {
        let mailbox = Arc::new(Mailbox::default());
        let task = tokio::spawn(connection::run(self.clone(), markets, Arc::clone(&mailbox)));
        Stream { mailbox, task }
    }
}

impl Stream {
    /// The next event; waits for one. May be dropped at any point without losing any.
    pub async fn next(&mut self) -> StreamEvent {
        self.mailbox.next().await
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.task.abort();
    }
}
