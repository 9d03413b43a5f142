//! The one face of a venue for the live host: public market data, and one account.
//!
//! Nothing here is of one venue alone: signing, pages, budgets and retries stay behind it. A venue whose account is
//! pretend stands beside those with real ones.

use std::fmt::Debug;
use std::sync::Arc;

use futures_util::future::BoxFuture;
use host_core::{Price, Timestamp};

use crate::client::{HealedReads, VenueTime};
use crate::clock::Clock;
use crate::error::{CancelError, PlaceError, ReadError};
use crate::model::{
    Accepted, AccountBalance, AccountRows, Announcement, Cancelled, Closure, EventDescription, MarketFilter, MarketRow,
    NewOrder, SeriesDescription, StreamEvent, VenueFill, VenueOrder, VenuePosition, VenueStatus,
};
use crate::past::VenueTrade;

/// The answer to a read.
pub type ReadAnswer<'a, T> = BoxFuture<'a, Result<T, ReadError>>;

/// The answer to an order: `None` if it got no leave, so that nothing was sent.
pub type PlaceAnswer<'a> = BoxFuture<'a, Option<Result<Accepted, PlaceError>>>;

/// The leave for one order, once it is on disk. It lives for as long as the order may still leave.
pub trait OrderLeave: Send + Sync {
    /// Returns true if the order must not leave any more.
    fn is_revoked(&self) -> bool;
}

/// A venue, and one account at it; clones of the pointer share both.
pub trait Venue: Debug + Send + Sync {
    /// Returns the clock that all waits go through.
    fn clock(&self) -> &Clock;

    /// Returns the same for callers that cannot wait, or that ask again anyway: each read is attempted once.
    fn urgent(&self) -> Arc<dyn Venue>;

    /// Returns the estimate of the venue's time as of the latest response; `None` before the first.
    fn skew(&self) -> Option<VenueTime>;

    /// Returns the reads since the last call that succeeded only when they were repeated.
    fn take_healed(&self) -> Option<HealedReads>;

    /// Returns the time at which reads are sent again, if a circuit breaker stops some of them now.
    fn reads_resume(&self) -> Option<Timestamp>;

    /// Returns the venue's time, asked for until it is known well enough.
    fn venue_time(&self) -> ReadAnswer<'_, VenueTime>;

    /// Returns whether the venue operates and trades.
    fn exchange_status(&self) -> ReadAnswer<'_, VenueStatus>;

    /// Returns the venue's announcements, the latest first.
    fn announcements(&self) -> ReadAnswer<'_, Vec<Announcement>>;

    /// Returns the times in which the venue takes no orders by its own schedule.
    fn closures(&self) -> ReadAnswer<'_, Vec<Closure>>;

    /// Returns markets with their top of book, in the venue's order.
    fn quotes<'a>(&'a self, filter: &'a MarketFilter) -> ReadAnswer<'a, Vec<MarketRow>>;

    /// Returns the events with open markets of these series; of all series if the list is empty.
    fn events<'a>(&'a self, series: &'a [String]) -> ReadAnswer<'a, Vec<EventDescription>>;

    /// Returns these series; all series if the list is empty.
    fn series<'a>(&'a self, series: &'a [String]) -> ReadAnswer<'a, Vec<SeriesDescription>>;

    /// Returns the trades of all markets since `since`, oldest first, each once.
    fn trades_since(&self, since: Timestamp) -> ReadAnswer<'_, Vec<VenueTrade>>;

    /// Opens the stream of all markets' quotes, and of the account's fills and orders. Must be called within a tokio
    /// runtime.
    fn stream(&self) -> Box<dyn EventStream>;

    /// Opens the stream of all markets' quotes alone. Must be called within a tokio runtime.
    fn stream_of_quotes(&self) -> Box<dyn EventStream>;

    /// Asks for the account's request limits, and keeps to them from now on.
    fn learn_limits(&self) -> ReadAnswer<'_, ()>;

    /// Returns the account's money.
    fn balance(&self) -> ReadAnswer<'_, AccountBalance>;

    /// Returns all positions.
    fn positions(&self) -> ReadAnswer<'_, AccountRows<VenuePosition>>;

    /// Returns all working orders.
    fn open_orders(&self) -> ReadAnswer<'_, AccountRows<VenueOrder>>;

    /// Returns all orders placed since `since`, in any state.
    fn orders_since(&self, since: Timestamp) -> ReadAnswer<'_, AccountRows<VenueOrder>>;

    /// Returns all fills since `since`, each once.
    fn fills_since(&self, since: Timestamp) -> ReadAnswer<'_, AccountRows<VenueFill>>;

    /// Returns the order with the venue's id; `None` if the venue knows none.
    fn order<'a>(&'a self, id: &'a str) -> ReadAnswer<'a, Option<VenueOrder>>;

    /// Places an order, once, as soon as `leave` is given. Its place in the sequence of orders is that of this call.
    fn place<'a>(&'a self, order: NewOrder, leave: BoxFuture<'a, Option<Box<dyn OrderLeave>>>) -> PlaceAnswer<'a>;

    /// Cancels an order, once. Cancelling again does no harm.
    fn cancel<'a>(&'a self, order_id: &'a str) -> BoxFuture<'a, Result<Cancelled, CancelError>>;

    /// Cancels all of the account's orders, once.
    fn cancel_all(&self) -> BoxFuture<'_, Result<(), CancelError>>;

    /// Books what a person says that a market has paid. A real venue has paid before anybody says so; a pretend account
    /// has nobody else to say it.
    ///
    /// # Errors
    /// The account's books cannot be read or written.
    fn settle_by_hand(&self, _ticker: &str, _payout: Price) -> Result<(), ReadError> {
        Ok(())
    }
}

/// A venue's stream, which runs in the background until it is dropped.
pub trait EventStream: Debug + Send {
    /// Returns the next event; waits for one. The future may be dropped at any point without losing an event.
    fn next(&mut self) -> BoxFuture<'_, StreamEvent>;
}
