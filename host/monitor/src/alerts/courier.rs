//! Brings the messages of one channel to its people, one after the other.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use host_core::{Span, Timestamp};
use tokio::sync::{mpsc, watch};

use super::channel::Channel;
use super::error::SendError;
use super::grouping::Grouping;
use super::news::News;
use super::queue::{Entry, Queue};
use super::retry;

/// Number of failures after which other channels are told that this one does not work: about two minutes.
const TRIES_UNTIL_TOLD: u32 = 6;

/// Longest sleep: the clock may be set meanwhile.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// The queue, shared by those who fill it and those who empty it.
#[derive(Clone, Debug)]
pub struct SharedQueue(Arc<Mutex<Queue>>);

impl SharedQueue {
    pub fn new(queue: Queue) -> SharedQueue {
        SharedQueue(Arc::new(Mutex::new(queue)))
    }

    /// Returns the queue for one step, with its times by the clock as it is now. The guard is never held over a wait.
    pub fn lock(&self) -> MutexGuard<'_, Queue> {
        // A step is a transaction: what a panic left behind is whole.
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        or_logged(queue.follow_clock(now()));
        queue
    }
}

/// Carries the messages of one channel.
#[derive(Debug)]
pub struct Courier {
    pub channel: Arc<Channel>,
    pub queue: SharedQueue,
    pub grouping: Grouping,
    pub give_up: Span,
    /// The way in which other channels hear of this one's failure.
    pub told: mpsc::UnboundedSender<News>,
    /// Woken when something was queued.
    pub queued: watch::Receiver<()>,
}

/// Returns the machine's time.
pub fn now() -> Timestamp {
    Timestamp(host_system::clock::unix_nanos())
}

/// Sleeps until the machine's clock shows `moment`, or for less.
pub async fn sleep_until(moment: Timestamp) {
    let left = (moment - now()).as_duration();
    tokio::time::sleep(left.min(LONGEST_SLEEP)).await;
}

/// Returns what the queue answered; an error is logged. Even memory has failed then, and nobody is left to tell.
pub fn or_logged<T: Default>(answer: rusqlite::Result<T>) -> T {
    answer.unwrap_or_else(|error| {
        tracing::error!("the queue of alerts fails: {error}");
        T::default()
    })
}

impl Courier {
    /// Delivers until it is dropped.
    pub async fn run(mut self) {
        let mut works = true;
        loop {
            // Before the look, so that nothing that is queued after it is slept through.
            self.queued.borrow_and_update();
            let next = or_logged(self.queue.lock().next(&self.channel.name, now()));
            match next {
                Some(entry) if entry.next_try <= now() => works = self.try_once(entry, works).await,
                Some(entry) => tokio::select! {
                    () = sleep_until(entry.next_try) => {}
                    _ = self.queued.changed() => {}
                },
                None if self.queued.changed().await.is_err() => return,
                None => {}
            }
        }
    }

    /// Tries to send `entry`, and notes how that ended. Returns true if the channel works; `worked` says if it did.
    async fn try_once(&self, entry: Entry, worked: bool) -> bool {
        let Entry { id, message, queued, tries, .. } = entry;
        let name = format!("{:x}.{id}.{}", queued.0, message.account);
        let sent = self.channel.send(&message, &name).await;
        let now = now();
        let error = match sent {
            Ok(()) => {
                or_logged(self.queue.lock().sent(id, now));
                return true;
            }
            Err(error) => error,
        };
        let SendError { text, permanent, retry_after } = error;
        let next = retry::next_try(now, tries + 1, retry::chance(), retry_after);
        let next = self.grouping.pass_quiet(message.kind, next);
        let is_over = permanent || now - queued > self.give_up;
        or_logged(self.queue.lock().failed(id, &text, now, (!is_over).then_some(next)));
        tracing::warn!("{} does not take a message: {text}", self.channel.name);
        let works = worked && !is_over && tries + 1 < TRIES_UNTIL_TOLD;
        if worked && !works {
            // The one who listens ends only together with this.
            let _ = self.told.send(News::Failing { channel: self.channel.name.clone(), error: text });
        }
        works
    }
}
