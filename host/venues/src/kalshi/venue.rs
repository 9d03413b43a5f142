//! Kalshi as a venue among others.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use host_core::Timestamp;

use super::account::Kalshi;
use super::stream::Stream;
use crate::client::{HealedReads, VenueTime};
use crate::clock::Clock;
use crate::error::CancelError;
use crate::model::{
    AccountBalance, AccountRows, Announcement, Cancelled, Closure, EventDescription, MarketFilter, MarketRow, NewOrder,
    SeriesDescription, StreamEvent, VenueFill, VenueOrder, VenuePosition, VenueStatus,
};
use crate::past::VenueTrade;
use crate::venue::{EventStream, OrderLeave, PlaceAnswer, ReadAnswer, Venue};

impl Venue for Kalshi {
    fn clock(&self) -> &Clock {
        Kalshi::clock(self)
    }

    fn urgent(&self) -> Arc<dyn Venue> {
        Arc::new(Kalshi::urgent(self))
    }

    fn skew(&self) -> Option<VenueTime> {
        Kalshi::skew(self)
    }

    fn take_healed(&self) -> Option<HealedReads> {
        Kalshi::take_healed(self)
    }

    fn reads_resume(&self) -> Option<Timestamp> {
        Kalshi::reads_resume(self)
    }

    fn venue_time(&self) -> ReadAnswer<'_, VenueTime> {
        Box::pin(Kalshi::venue_time(self))
    }

    fn exchange_status(&self) -> ReadAnswer<'_, VenueStatus> {
        Box::pin(Kalshi::exchange_status(self))
    }

    fn announcements(&self) -> ReadAnswer<'_, Vec<Announcement>> {
        Box::pin(Kalshi::announcements(self))
    }

    fn closures(&self) -> ReadAnswer<'_, Vec<Closure>> {
        Box::pin(Kalshi::closures(self))
    }

    fn quotes<'a>(&'a self, filter: &'a MarketFilter) -> ReadAnswer<'a, Vec<MarketRow>> {
        Box::pin(Kalshi::quotes(self, filter))
    }

    fn events<'a>(&'a self, series: &'a [String]) -> ReadAnswer<'a, Vec<EventDescription>> {
        Box::pin(Kalshi::events(self, series))
    }

    fn series<'a>(&'a self, series: &'a [String]) -> ReadAnswer<'a, Vec<SeriesDescription>> {
        Box::pin(Kalshi::series(self, series))
    }

    fn trades_since(&self, since: Timestamp) -> ReadAnswer<'_, Vec<VenueTrade>> {
        Box::pin(Kalshi::trades_since(self, since))
    }

    fn stream(&self) -> Box<dyn EventStream> {
        Box::new(Kalshi::stream(self, Vec::new()))
    }

    fn stream_of_quotes(&self) -> Box<dyn EventStream> {
        Box::new(Kalshi::stream_of_quotes(self))
    }

    fn learn_limits(&self) -> ReadAnswer<'_, ()> {
        Box::pin(async { self.limits().await.map(drop) })
    }

    fn balance(&self) -> ReadAnswer<'_, AccountBalance> {
        Box::pin(Kalshi::balance(self))
    }

    fn positions(&self) -> ReadAnswer<'_, AccountRows<VenuePosition>> {
        Box::pin(Kalshi::positions(self))
    }

    fn open_orders(&self) -> ReadAnswer<'_, AccountRows<VenueOrder>> {
        Box::pin(Kalshi::open_orders(self))
    }

    fn orders_since(&self, since: Timestamp) -> ReadAnswer<'_, AccountRows<VenueOrder>> {
        Box::pin(Kalshi::orders_since(self, since))
    }

    fn fills_since(&self, since: Timestamp) -> ReadAnswer<'_, AccountRows<VenueFill>> {
        Box::pin(Kalshi::fills_since(self, since))
    }

    fn order<'a>(&'a self, id: &'a str) -> ReadAnswer<'a, Option<VenueOrder>> {
        Box::pin(Kalshi::order(self, id))
    }

    #[expect(clippy::borrowed_box, reason = "what leaves is the box itself, and is looked at through it")]
    fn place<'a>(&'a self, order: NewOrder, leave: BoxFuture<'a, Option<Box<dyn OrderLeave>>>) -> PlaceAnswer<'a> {
        Box::pin(Kalshi::place(self, order, leave, |leave: &Box<dyn OrderLeave>| leave.is_revoked()))
    }

    fn cancel<'a>(&'a self, order_id: &'a str) -> BoxFuture<'a, Result<Cancelled, CancelError>> {
        Box::pin(Kalshi::cancel(self, order_id))
    }

    fn cancel_all(&self) -> BoxFuture<'_, Result<(), CancelError>> {
        Box::pin(Kalshi::cancel_all(self))
    }
}

impl EventStream for Stream {
    fn next(&mut self) -> BoxFuture<'_, StreamEvent> {
        Box::pin(Stream::next(self))
    }
}
