//! The end of a live run: orders are cancelled, or work on if the operator wants that, their ends and the last payouts
//! are written down, the files closed.
//!
//! The books are compared at the next start. Positions stay: only a strategy or a person closes them.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use host_core::{Order, OrderId, Span, Timestamp};
use host_venues::error::{CancelError, PlaceError};

use super::{LiveEnd, LiveHost, NAP};
use crate::error::Result;
use crate::notice::NoticeCode;
use crate::orders::TrackedOrder;
use crate::requests::VenueResponse;
use crate::settings::OrdersAtStop;

/// Time that a venue which does not answer is waited for, counted from when it could have said how each order ended.
const PATIENCE: Span = Span::seconds(120);
/// Real time that a stop waits in all, so that it ends within a minute: what ends processes often waits for 90 s.
const STOP_WITHIN: Duration = Duration::from_secs(50);
/// Real time in which the last cancels of a host that cannot write any more must be answered.
const LAST_CANCELS: Duration = Duration::from_secs(20);
/// Cancels under way at once.
const CANCELS_AT_ONCE: usize = 8;
/// Time that a host which cannot write any more waits for the answers to its last orders.
const LAST_ANSWERS: Duration = Duration::from_secs(15);

impl LiveHost {
    /// Cancels the working orders, unless they are to be kept, and waits until it is written down what became of every
    /// other one, or for as long as a stop may take.
    pub(super) fn shut_down(&mut self, on_turn: &mut dyn FnMut(&LiveHost)) -> Result<()> {
        let until = Instant::now() + STOP_WITHIN;
        let now = self.now();
        // An order that still waits for its turn would only be cancelled.
        self.requests.close();
        self.tell_stopping(now);
        if !self.keeps_orders() {
            let open: Vec<OrderId> = self.orders.iter().map(|tracked| tracked.order.id).collect();
            self.journal.cancels_wanted(&open, now)?;
            open.into_iter().for_each(|order| self.orders.want_cancel(order));
        }
        self.send_cancels()?;
        self.stopping = true;
        on_turn(self);
        self.timers.look_at(self.requests.now());
        self.drain(self.requests.now(), until, on_turn)?;
        if !self.awaits_orders() {
            // That took time: markets may have paid out meanwhile.
            self.watch_closed();
            self.drain(self.requests.now(), until, on_turn)?;
        }
        if self.awaits_orders() {
            let text = format!("orders are left open at the venue, or unknown: {}", self.left().join("; "));
            self.notices.alert(self.now(), NoticeCode::OrdersRemain, text);
        }
        // No further answer is waited for.
        self.record_trades(self.requests.now() + Span::minutes(1))?;
        self.keep_states()?;
        self.keep_snapshot()
    }

    fn tell_stopping(&self, now: Timestamp) {
        if self.orders.is_empty() {
            return;
        }
        let (open, unknown) = (self.orders.len(), self.orders.unknown());
        let wait = if unknown == 0 { String::new() } else { format!(", {unknown} unknown ones looked up") };
        let what = if self.keeps_orders() { "work on until they expire" } else { "are cancelled" };
        let text = format!("stopping: {open} open orders {what}{wait}; Ctrl-C again does not wait");
        self.notices.info(now, NoticeCode::Stopping, text);
    }

    /// Returns true if working orders are to outlive this host. After a kill none is.
    fn keeps_orders(&self) -> bool {
        self.orders_at_stop == OrdersAtStop::Keep && !self.engine.risk().is_killed()
    }

    fn is_kept(&self, tracked: &TrackedOrder) -> bool {
        self.keeps_orders() && tracked.is_at_venue() && !tracked.is_cancel_wanted()
    }

    /// Returns true if there are orders whose end, or whose outcome, is waited for.
    fn awaits_orders(&self) -> bool {
        self.orders.iter().any(|tracked| !self.is_kept(tracked))
    }

    /// Returns the orders that have not ended, and were not to be kept, one line each.
    pub fn left(&self) -> Vec<String> {
        let line = |tracked: &TrackedOrder| {
            let Order { id, side, price, qty, .. } = tracked.order;
            let (left, ticker, stage) = (qty - tracked.filled, &tracked.ticker, tracked.stage());
            format!("order {}, {side} {left} {ticker} at {price}, {stage}", id.0)
        };
        self.orders.iter().filter(|tracked| !self.is_kept(tracked)).map(line).collect()
    }

    /// Takes responses until all orders have ended that are not kept, and all payouts are booked, or the venue has had
    /// its time since `began`, or until `until`.
    fn drain(&mut self, began: Timestamp, until: Instant, on_turn: &mut dyn FnMut(&LiveHost)) -> Result<()> {
        while self.awaits_orders() || self.requests.in_flight() > 0 || !self.payouts.is_empty() {
            on_turn(self);
            let deadline = self.orders.knowable().map_or(began, |knowable| knowable.max(began)) + PATIENCE;
            let now = self.requests.now();
            if now >= deadline || Instant::now() >= until {
                break;
            }
            self.poll_operator()?;
            self.start_due(now)?;
            let wake = deadline.min(self.next_wake());
            if let Some(response) = self.requests.next(wake, NAP) {
                self.on_response(response)?;
            }
        }
        Ok(())
    }

    /// Lets no order leave and cancels by the venue's ids, as far as possible: the store takes nothing more.
    pub(super) fn emergency_cancel(&mut self) {
        self.requests.close();
        let mut ids: BTreeSet<String> = self.orders.venue_ids().map(ToOwned::to_owned).collect();
        let unanswered = self.last_answers(&mut ids);
        let venue = Arc::clone(self.requests.venue());
        let left = self.requests.wait_for(async move {
            let (count, venue) = (ids.len(), &venue);
            let cancel = async |id: String| matches!(venue.cancel(&id).await, Ok(_) | Err(CancelError::Gone));
            let cancelled = Cell::new(0);
            let each = stream::iter(ids).map(cancel).buffer_unordered(CANCELS_AT_ONCE).for_each(async |done| {
                cancelled.set(cancelled.get() + usize::from(done));
            });
            // What was not answered in time counts as left.
            let _ = tokio::time::timeout(LAST_CANCELS, each).await;
            count - cancelled.get()
        });
        let said = match left + unanswered {
            0 => "the open orders were cancelled".to_owned(),
            some => format!("{some} orders may be open still; they expire by themselves, and `host kill` cancels them"),
        };
        self.notices.alert(self.now(), NoticeCode::EmergencyStop, format!("stopped: {said}"));
    }

    /// Waits for the answers to orders that are on their way, and adds the venue's ids of those that it took. Returns
    /// the number of orders whose outcome is not known.
    fn last_answers(&mut self, ids: &mut BTreeSet<String>) -> usize {
        let mut unanswered: BTreeSet<OrderId> =
            self.orders.iter().filter(|tracked| !tracked.is_at_venue()).map(|tracked| tracked.order.id).collect();
        let until = Instant::now() + LAST_ANSWERS;
        while self.orders.has_sent() && self.requests.in_flight() > 0 && Instant::now() < until {
            let response = self.requests.next(self.requests.now(), NAP);
            let Some(VenueResponse::Created(order, answer)) = response else { continue };
            if !matches!(answer, Err(PlaceError::OutcomeUnknown(_))) {
                unanswered.remove(&order);
            }
            ids.extend(answer.ok().map(|accepted| accepted.order_id));
            self.orders.forget(order);
        }
        unanswered.len()
    }

    /// Closes the files and publishes the last notice. What is not closed is found and repaired at the next start.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn close(self, end: LiveEnd) -> Result<()> {
        let LiveHost { journal, requests, notices, .. } = self;
        let now = requests.now();
        journal.close(now)?;
        let why = match end {
            LiveEnd::Asked => "stopped",
            LiveEnd::Time => "the time that it was given is over",
            LiveEnd::Faulted => "no strategy is left that answers",
        };
        notices.info(now, NoticeCode::Stopped, why);
        Ok(())
    }
}
