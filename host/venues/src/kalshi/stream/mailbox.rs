//! The bounded queue of events that wait to be read: one quote per market, and a limited number of all others.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::model::{QuoteUpdate, StreamEvent};

/// Most waiting events, quotes excluded.
const MOST: usize = 4_096;

/// Most markets with a waiting quote.
const MOST_MARKETS: usize = 100_000;

/// The queue of one stream with one reader.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    waiting: Mutex<PendingEvents>,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct PendingEvents {
    events: VecDeque<StreamEvent>,
    quotes: BTreeMap<String, QuoteUpdate>,
}

impl Mailbox {
    /// Adds an event.
    ///
    /// # Errors
    /// The reader is too slow: the connection must call [`Mailbox::down`] and begin anew.
    pub(super) fn push(&self, event: StreamEvent) -> Result<(), String> {
        let mut waiting = self.lock();
        let full = match event {
            StreamEvent::Quote(row) => {
                waiting.quotes.insert(row.ticker.clone(), row);
                waiting.quotes.len() > MOST_MARKETS
            }
            other => {
                waiting.events.push_back(other);
                waiting.events.len() > MOST
            }
        };
        drop(waiting);
        self.arrived.notify_one();
        if full { Err("the host reads its events too slowly".to_owned()) } else { Ok(()) }
    }

    /// Tells the reader that events may be missed. Waiting events are dropped: polling finds them with the missed ones.
    pub(super) fn down(&self, reason: String) {
        let mut waiting = self.lock();
        waiting.quotes.clear();
        waiting.events.clear();
        waiting.events.push_back(StreamEvent::Down(reason));
        drop(waiting);
        self.arrived.notify_one();
    }

    /// Returns the next event, quotes last; waits for one.
    pub(super) async fn next(&self) -> StreamEvent {
        loop {
            if let Some(event) = self.take() {
                return event;
            }
            self.arrived.notified().await;
        }
    }

    fn take(&self) -> Option<StreamEvent> {
        let mut waiting = self.lock();
        let event = waiting.events.pop_front();
        event.or_else(|| waiting.quotes.pop_first().map(|(_, row)| StreamEvent::Quote(row)))
    }

    fn lock(&self) -> MutexGuard<'_, PendingEvents> {
        // Nothing panics while it holds the lock.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use host_core::{Price, Timestamp};

    use super::*;

    fn quote(ticker: &str, bid: i32) -> StreamEvent {
        StreamEvent::Quote(QuoteUpdate {
            ticker: ticker.to_owned(),
            bid: Some(Price(bid)),
            ask: None,
            bid_size: None,
            ask_size: None,
            last: None,
            time: Timestamp(0),
        })
    }

    #[test]
    fn only_the_newest_quote_of_a_market_is_kept() {
        let mailbox = Mailbox::default();
        for event in [quote("A", 1), quote("B", 2), quote("A", 3), StreamEvent::Up] {
            mailbox.push(event).unwrap();
        }
        let read: Vec<_> = std::iter::from_fn(|| mailbox.take()).collect();
        assert_eq!(read, [StreamEvent::Up, quote("A", 3), quote("B", 2)]);
    }

    #[test]
    fn a_slow_reader_is_told_before_anything_is_dropped() {
        let mailbox = Mailbox::default();
        let refused = (0..=MOST).find_map(|_| mailbox.push(StreamEvent::Up).err()).expect("it is bounded");
        mailbox.down(refused.clone());
        assert_eq!(mailbox.take(), Some(StreamEvent::Down(refused)));
        assert_eq!(mailbox.take(), None);
    }
}
