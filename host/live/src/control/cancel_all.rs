//! Cancels everything at the venue until no open order is seen, whatever the venue answers meanwhile.
//!
//! It goes by real time and has a client of its own: the loop, its budget and its circuit breaker may be in any state.
//! It must never say "verified" on anything but the venue's own list of open orders, seen empty more than once.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, stream};
use host_core::{Span, Timestamp};
use host_venues::clock::Clock;
use host_venues::error::CancelError;
use host_venues::model::{AccountRows, VenueOrder};
use host_venues::venue::Venue;
use tokio::time::{Instant, sleep};

use super::protocol::Failure;
use crate::venue_way::{VenueWay, WayError};

/// Real time that one request may take here: a request that hangs is made again.
const REQUEST: Span = Span::seconds(2);

/// Pause between two looks.
const PAUSE: Duration = Duration::from_millis(250);

/// Pause between an empty look and the one that confirms it: longer than the venue's reads lag behind its writes.
const CONFIRM: Duration = Duration::from_millis(1_100);

/// Looks in a row that must find no open order: one alone may come before an order that was on its way.
const EMPTY_LOOKS: u32 = 2;

/// The same where the venue has not confirmed a cancel of everything.
const EMPTY_LOOKS_UNSWEPT: u32 = 4;

/// Cancels under way at once, well within the write budget of the lowest tier.
const CANCELS_AT_ONCE: usize = 8;

/// Time that cancelling one by one may take before the next look.
const ROUND: Duration = Duration::from_secs(5);

/// Most open orders that are named to a person.
const NAMED: usize = 20;

/// The way to one account at the venue.
#[derive(Clone, Debug)]
pub struct VenueAccess {
    pub name: String,
    pub way: VenueWay,
    /// The clock that requests are signed by.
    pub clock: Clock,
    /// Time to keep trying.
    pub patience: Duration,
}

/// The reason why it is not verified that no order is open.
#[derive(Debug)]
pub enum OrdersRemain {
    /// The account cannot be reached.
    NoWay(WayError),
    /// Time ran out.
    OutOfTime {
        patience: Duration,
        /// The orders at the last look, if there was one.
        open: Option<Vec<VenueOrder>>,
        /// The last thing that went wrong.
        trouble: Option<String>,
    },
}

impl VenueAccess {
    /// Cancels all orders of the account and looks until none is open, more than once, after no order is `leaving` any
    /// more. Hands each step to `say`. Returns the venue's time of the last look.
    ///
    /// # Errors
    /// The key cannot be used, or time ran out.
    pub async fn verify_no_open_orders(
        &self,
        leaving: &(dyn Fn() -> bool + Sync),
        say: &mut (dyn FnMut(String) + Send),
    ) -> Result<Timestamp, OrdersRemain> {
        let mut attempt = Attempt {
            access: self,
            venue: self.venue().map_err(OrdersRemain::NoWay)?,
            until: Instant::now() + self.patience,
            open: None,
            trouble: None,
            told: BTreeSet::new(),
            leaving,
            say,
        };
        match attempt.run().await {
            Some(time) => Ok(time),
            None => {
                Err(OrdersRemain::OutOfTime { patience: self.patience, open: attempt.open, trouble: attempt.trouble })
            }
        }
    }

    /// Returns the orders that were placed since `since`, in any state.
    ///
    /// # Errors
    /// The key cannot be used, or the venue does not list them in time.
    pub async fn orders_since(&self, since: Timestamp) -> Result<Vec<VenueOrder>, OrdersRemain> {
        let account = self.venue().map_err(OrdersRemain::NoWay)?;
        let until = Instant::now() + self.patience;
        let mut trouble = None;
        while Instant::now() < until {
            match in_time(until, account.orders_since(since)).await {
                Some(Ok(AccountRows { rows, unreadable })) if unreadable.is_empty() => return Ok(rows),
                Some(Ok(list)) => trouble = list.unreadable.first().map(|row| row.reason.clone()),
                Some(Err(error)) => trouble = Some(error.to_string()),
                None => {}
            }
            sleep(PAUSE).await;
        }
        Err(OrdersRemain::OutOfTime { patience: self.patience, open: None, trouble })
    }

    /// Returns the venue, with requests that are soon given up: the loop here is the retry.
    fn venue(&self) -> Result<Arc<dyn Venue>, WayError> {
        self.way.urgent(&self.clock, REQUEST)
    }

    /// Turns the result of [`VenueAccess::verify_no_open_orders`] into the line that people read.
    ///
    /// # Errors
    /// The orders that are still open, and what to do.
    pub fn explain(&self, verified: Result<Timestamp, OrdersRemain>) -> Result<String, Failure> {
        let venue = &self.name;
        let by_hand = format!("or cancel all orders on {venue}'s web site");
        match verified {
            Ok(time) => Ok(format!("verified: 0 open orders at {venue} {time}")),
            Err(OrdersRemain::NoWay(error)) => {
                let failure = Failure::new(format!("orders at {venue} could not be cancelled")).because(&error);
                Err(match error {
                    WayError::Client(_) => failure
                        .hint(
                            "set venue.key_id and venue.key_file (`host config show` prints them), then `host kill` \
                             again",
                        )
                        .hint(by_hand),
                    WayError::Ledger(_) => failure.hint("no real order is open: the account is pretend"),
                })
            }
            Err(OrdersRemain::OutOfTime { patience, open, trouble }) => {
                let open = match &open {
                    Some(orders) => format!("{} open at the last look:{}", orders.len(), named(orders)),
                    None => "no list of open orders was had".to_owned(),
                };
                let failure = Failure::new(format!("open orders at {venue} are not verified to be 0"))
                    .because(format!("after {} s: {open}", patience.as_secs()));
                let failure = trouble.into_iter().fold(failure, Failure::because);
                let failure = failure.hint("`host kill` again: it does no harm, however often");
                Err(if self.way.key_id().is_some() { failure.hint(by_hand) } else { failure })
            }
        }
    }
}

/// Lists the first orders, one a line, each after a line break.
pub fn named(orders: &[VenueOrder]) -> String {
    let mut text = String::new();
    for VenueOrder { order_id, ticker, side, price, remaining, .. } in orders.iter().take(NAMED) {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n{order_id}  {side} {remaining} {ticker} at {price}");
    }
    if orders.len() > NAMED {
        let _ = write!(text, "\nand {} more", orders.len() - NAMED);
    }
    text
}

/// One attempt to cancel everything.
struct Attempt<'a> {
    access: &'a VenueAccess,
    venue: Arc<dyn Venue>,
    until: Instant,
    open: Option<Vec<VenueOrder>>,
    trouble: Option<String>,
    told: BTreeSet<String>,
    leaving: &'a (dyn Fn() -> bool + Sync),
    say: &'a mut (dyn FnMut(String) + Send),
}

impl Attempt<'_> {
    /// Returns the time of the last of enough empty looks in a row, if there were enough in time.
    async fn run(&mut self) -> Option<Timestamp> {
        let mut swept = false;
        let mut empty_looks = 0;
        while Instant::now() < self.until {
            if empty_looks == 0 || !swept {
                swept |= self.cancel_all().await;
            }
            let is_any_leaving = (self.leaving)();
            match self.look().await {
                Some(0) if is_any_leaving => self.trouble("an order is still on its way".to_owned()),
                Some(0) => empty_looks += 1,
                // Cancelling all at once may have failed, or come late: each is cancelled by itself, too.
                Some(_) => {
                    self.cancel_each().await;
                    empty_looks = 0;
                }
                None => empty_looks = 0,
            }
            if empty_looks >= if swept { EMPTY_LOOKS } else { EMPTY_LOOKS_UNSWEPT } {
                return Some(self.access.clock.now());
            }
            sleep(if empty_looks > 0 { CONFIRM } else { PAUSE }).await;
        }
        None
    }

    /// Cancels all at once. Returns true if the venue has accepted that.
    async fn cancel_all(&mut self) -> bool {
        let answer = in_time(self.until, self.venue.cancel_all()).await;
        match &answer {
            Some(Ok(())) => self.tell("cancel-all: accepted"),
            Some(Err(error)) => self.trouble(format!("cancel-all: {error}")),
            None => self.trouble("cancel-all: no answer".to_owned()),
        }
        matches!(answer, Some(Ok(())))
    }

    async fn cancel_each(&mut self) {
        let orders = self.open.clone().unwrap_or_default();
        let venue = &self.venue;
        let cancel = async |order: &VenueOrder| match venue.cancel(&order.order_id).await {
            Ok(_) | Err(CancelError::Gone) => None,
            Err(error) => Some(format!("cancel of {}: {error}", order.order_id)),
        };
        let cancels = stream::iter(&orders).map(cancel).buffer_unordered(CANCELS_AT_ONCE).collect::<Vec<_>>();
        let failed = in_time(self.until.min(Instant::now() + ROUND), cancels).await;
        let first =
            failed.map_or(Some("cancels: not all were answered".to_owned()), |each| each.into_iter().flatten().next());
        if let Some(trouble) = first {
            self.trouble(trouble);
        }
    }

    /// Returns the number of open orders, if the venue lists them.
    async fn look(&mut self) -> Option<usize> {
        match in_time(self.until, self.venue.open_orders()).await {
            Some(Ok(AccountRows { rows, unreadable })) => {
                let count = rows.len() + unreadable.len();
                self.open = Some(rows);
                self.tell(&format!("{count} open orders"));
                // An order that cannot be read may be open all the same.
                if let Some(row) = unreadable.first() {
                    self.trouble(format!("order `{}` cannot be read: {}", row.id, row.reason));
                }
                return Some(count);
            }
            Some(Err(error)) => self.trouble(format!("open orders: {error}")),
            None => self.trouble("open orders: no answer".to_owned()),
        }
        None
    }

    /// Reports `text` unless it was reported before: a venue that fails for long says the same again and again.
    fn tell(&mut self, text: &str) {
        if self.told.insert(text.to_owned()) || text.ends_with("open orders") {
            (self.say)(text.to_owned());
        }
    }

    fn trouble(&mut self, text: String) {
        self.tell(&text);
        self.trouble = Some(text);
    }
}

/// Returns the result of `request`, unless `until` comes first.
async fn in_time<T>(until: Instant, request: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout_at(until, request).await.ok()
}
