//! The end of a live run: orders cancelled, what came of them and of markets that paid out written down, the recording closed.
//! The books are compared at the next start.
//! Positions stay: only a strategy or a person closes them.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use host_core::{OrderId, Span, Timestamp};
use host_store::live::{LiveStore, Reconciliation};
use host_venues::error::{CancelError, PlaceError};

use super::apply::{refused_by_recording, refused_by_store};
use super::io::Answer;
use super::reconcile::{Baseline, Difference};
use super::shell::{End, NAP, Shell};
use crate::error::Result;

/// So long a venue that does not answer is waited for, counted from when it could have said how each order ended.
const PATIENCE: Span = Span::seconds(120);
/// So long a host that cannot write any more waits for the answers to its last orders.
const LAST_ANSWERS: Duration = Duration::from_secs(15);
/// In the meta table: what is not the host's.
pub(super) const BASELINE: &str = "baseline";

impl Shell {
    /// Cancels what works, and waits until every order's end is written down.
    pub(super) fn wind_down(&mut self) -> Result<()> {
        let now = self.now();
        // What still waits for its turn would only be cancelled.
        self.venue.close();
        if !self.desk.is_empty() {
            let (open, unknown) = (self.desk.len(), self.desk.unknown());
            let wait = if unknown == 0 { String::new() } else { format!(", {unknown} unknown ones looked up") };
            self.voice
                .say(now, &format!("stopping: {open} open orders are cancelled{wait}; Ctrl-C again does not wait"));
        }
        let open: Vec<OrderId> = self.desk.orders().map(|desked| desked.order.id).collect();
        for order in open {
            self.store.cancel_wanted(order, now).map_err(|error| refused_by_store(&error))?;
            self.desk.want_cancel(order);
        }
        self.send_cancels()?;
        self.stopping = true;
        self.timers.look_at(now);
        self.last_words(now)?;
        if self.desk.is_empty() {
            // That took time: markets may have paid out meanwhile.
            self.watch_closed();
            self.last_words(self.now())?;
        }
        if !self.desk.is_empty() {
            let left = self.desk.len();
            self.voice.alert(
                self.now(),
                &format!("{left} orders are still open at the venue, or unknown; they expire by themselves"),
            );
        }
        self.snapshot()
    }

    /// Takes answers until all orders have ended and all payouts are booked, or the venue has had its time since `began`.
    fn last_words(&mut self, began: Timestamp) -> Result<()> {
        while !self.desk.is_empty() || self.venue.in_flight() > 0 || !self.settling.is_empty() {
            let deadline = self.desk.knowable().map_or(began, |knowable| knowable.max(began)) + PATIENCE;
            let now = self.venue.now();
            if now >= deadline {
                break;
            }
            self.hear()?;
            self.start_due(now)?;
            let wake = deadline.min(self.next_wake());
            if let Some(answer) = self.venue.next(wake, NAP) {
                self.on_answer(answer)?;
            }
        }
        Ok(())
    }

    /// The store takes nothing more: what can still be done is to let no order leave, and to cancel, best effort, by the
    /// venue's ids.
    pub(super) fn abandon(&mut self) {
        self.venue.close();
        let mut ids: BTreeSet<String> = self.desk.venue_ids().map(ToOwned::to_owned).collect();
        let unanswered = self.last_answers(&mut ids);
        let kalshi = self.venue.kalshi().clone();
        let left = self.venue.wait_for(async move {
            let mut left = 0;
            for id in ids {
                left += usize::from(!matches!(kalshi.cancel(&id).await, Ok(_) | Err(CancelError::Gone)));
            }
            left
        });
        let said = match left + unanswered {
            0 => "the open orders were cancelled".to_owned(),
            some => format!("{some} orders may be open still; they expire by themselves, and `host kill` cancels them"),
        };
        self.voice.alert(self.now(), &format!("stopped: {said}"));
    }

    /// Waits for the answers to orders that are on their way, and adds what the venue calls those that it took; yields how many
    /// orders nobody knows the outcome of.
    fn last_answers(&mut self, ids: &mut BTreeSet<String>) -> usize {
        let mut unanswered: BTreeSet<OrderId> =
            self.desk.orders().filter(|desked| !desked.is_at_venue()).map(|desked| desked.order.id).collect();
        let until = Instant::now() + LAST_ANSWERS;
        while self.desk.has_sent() && self.venue.in_flight() > 0 && Instant::now() < until {
            let Some(Answer::Created(order, answer)) = self.venue.next(self.venue.now(), NAP) else { continue };
            if !matches!(answer, Err(PlaceError::OutcomeUnknown(_))) {
                unanswered.remove(&order);
            }
            ids.extend(answer.ok().map(|accepted| accepted.order_id));
            self.desk.forget(order);
        }
        unanswered.len()
    }

    /// Closes the files. What is not closed is found and repaired at the next start.
    ///
    /// # Errors
    /// The disk's.
    pub fn close(self, end: End) -> Result<()> {
        let Shell { store, recording, venue, voice, .. } = self;
        let now = venue.now();
        let _ = recording.close().map_err(|error| refused_by_recording(&error))?;
        LiveStore::close(store, now).map_err(|error| refused_by_store(&error))?;
        let why = match end {
            End::Asked => "stopped",
            End::Time => "the time that it was given is over",
            End::Faulted => "no strategy is left that answers",
        };
        voice.say(now, why);
        Ok(())
    }

    /// Writes down what is not the host's.
    pub(super) fn keep_baseline(&mut self, baseline: Baseline) -> Result<Baseline> {
        self.store.set_meta(BASELINE, &baseline).map_err(|error| refused_by_store(&error))?;
        Ok(baseline)
    }

    /// Writes down how an audit ended.
    pub(super) fn note_audit(&mut self, time: Timestamp, how: &str, differences: &[Difference]) -> Result<()> {
        let clean = differences.is_empty();
        let listed: Vec<String> = differences.iter().map(ToString::to_string).collect();
        let detail = if clean { how.to_owned() } else { format!("{how}: {}", listed.join("; ")) };
        let found = Reconciliation { time, clean, detail };
        self.store.note_reconciliation(&found).map_err(|error| refused_by_store(&error))
    }
}
