//! The venue's responses, and what follows: rows for the engine, updates of orders, differences in the books.

use std::collections::BTreeSet;

use host_core::{Command, MarketId, OrderId, Span, Timestamp};
use host_session::SessionError;
use host_store::journal::events::EventRef;
use host_venues::error::ReadError;
use host_venues::model::{MarketPhase, MarketRow, StreamEvent, VenueFill};

use super::LiveHost;
use crate::error::Result;
use crate::link::Endpoints;
use crate::notice::{Notice, NoticeCode, Severity};
use crate::orders::OrderUpdate;
use crate::requests::{OrdersAndFills, VenueResponse};

/// A list of prices that took longer than this is dropped: half of what [`host_core::risk::RiskLimits`] lets quotes
/// age.
const OLDEST_POLL: Span = Span::seconds(45);

impl LiveHost {
    /// Takes a response of the venue and does what follows from it.
    ///
    /// # Errors
    /// It could not be written down.
    pub(super) fn on_response(&mut self, response: VenueResponse) -> Result<()> {
        self.watch_clock();
        self.tell_healed();
        match response {
            VenueResponse::Polled { time, asked, rows } => self.on_poll_response(time, asked, rows)?,
            VenueResponse::Watched { tickers, rows } => {
                if let Some(rows) = self.note_health(Endpoints::MarketData, rows) {
                    self.on_watched(&tickers, &rows)?;
                }
            }
            VenueResponse::Traded(trades) => self.on_trades(trades)?,
            VenueResponse::Discovered(found) => match self.note_health(Endpoints::MarketData, found) {
                Some((events, series)) => self.feed.on_discovered(events, series),
                None => self.feed.rediscover_at(self.soon()),
            },
            VenueResponse::Created(order, answer) => {
                let now = self.requests.now();
                self.note_creation(&answer);
                let updates = self.orders.on_created(order, answer, now);
                self.write_down(updates)?;
                self.timers.look_at(now);
            }
            VenueResponse::Cancelled(order, answer) => {
                self.note_cancel(order, &answer);
                self.orders.on_cancelled(order, &answer, self.requests.now());
                self.timers.look_at(self.requests.now());
            }
            VenueResponse::Looked { asked, look } => {
                self.timers.looked();
                match self.note_health(Endpoints::Account, look) {
                    Some(look) => self.on_looked(&look, asked)?,
                    None => self.timers.look_at(self.soon()),
                }
            }
            VenueResponse::Found(order, found) => {
                // A row that cannot be read says nothing of the link.
                let found = if let Err(ReadError::Malformed(_)) = found { return Ok(()) } else { found };
                if let Some(found) = self.note_health(Endpoints::Account, found) {
                    let updates = self.orders.on_found(found.as_slice());
                    self.write_down(updates)?;
                    let update = self.orders.on_one(order, found.as_ref(), self.requests.now());
                    self.write_down(update.into_iter().collect())?;
                }
            }
            VenueResponse::Audited(account) => {
                self.timers.audited();
                match self.note_health(Endpoints::Account, account) {
                    Some(account) => self.on_audited(&account)?,
                    None => self.timers.audit_at(self.soon()),
                }
            }
            VenueResponse::Limits(limits) => drop(self.note_health(Endpoints::Account, limits)),
            VenueResponse::Status(status) => self.on_venue_status(status),
            VenueResponse::Plans { announcements, closures } => self.on_venue_plans(announcements, closures),
            VenueResponse::Stream(event) => self.on_stream(event)?,
        }
        self.send_cancels()
    }

    fn on_poll_response(
        &mut self,
        time: Timestamp,
        asked: Timestamp,
        rows: Result<Vec<MarketRow>, ReadError>,
    ) -> Result<()> {
        self.timers.polled();
        match self.note_health(Endpoints::MarketData, rows) {
            // An order that a strategy's signal led to now would be cancelled at once.
            Some(_) if self.stopping => {}
            // Pages that came late, after failures, say how it was: the next poll says how it is.
            Some(_) if self.requests.now() - asked > OLDEST_POLL => self.timers.poll_at(self.requests.now()),
            Some(rows) => {
                let rows = self.feed.on_real_poll(time, asked, rows);
                self.on_poll(time, &rows)?;
                // After the orders of the poll, which must not wait for it.
                self.ask_for_trades(&rows);
            }
            None => self.timers.poll_at(self.soon()),
        }
        Ok(())
    }

    /// Shows a poll at `time` to the engine, and records it.
    pub(super) fn on_poll(&mut self, time: Timestamp, rows: &[MarketRow]) -> Result<()> {
        self.require_capacity(rows)?;
        let (feed, journal) = (&mut self.feed, &mut self.journal);
        let shown = feed.show_poll(rows, time, &mut |ticker| journal.market_number(ticker))?;
        let Some(poll) = shown else { return Ok(()) };
        let now = self.requests.now();
        if self.feed.on_shown(now) {
            self.notices.info(now, NoticeCode::PollsBack, "strategies are shown polls again");
        }
        if self.feed.take_discovery(poll.unknown_events, self.now()) {
            self.requests.discover(self.feed.series().to_vec());
        }
        let mut events: Vec<EventRef<'_>> = poll.listed.iter().map(EventRef::Market).collect();
        let scheduled = self.schedule.command(time, self.engine.risk().scheduled());
        if !poll.rows.is_empty() {
            events.extend(scheduled.as_ref().map(EventRef::Command));
            events.push(EventRef::Poll(poll.rows.all()));
        }
        self.apply_all(&events)?;
        if !poll.rows.is_empty() {
            self.ask_deferred()?;
            self.states.polled(self.journal.events());
        }
        // The store first: its numbers of markets are the ones that count.
        self.journal.record_poll(&poll.listed, &poll.rows.all())?;
        if let Some(problem) = self.journal.take_recording_problem() {
            let text = format!("a day that has ended stays as it was polled, because its recording fails: {problem}");
            self.notices.alert(self.now(), NoticeCode::RecordingWaits, text);
        }
        self.watch_missing(rows);
        Ok(())
    }

    /// Lets strategies whose calls take long decide the poll, each when the orders of those before it have left.
    fn ask_deferred(&mut self) -> Result<()> {
        for slot in self.long_calls.deferred() {
            self.command(Command::AskDeferred { time: self.now(), slot: Some(slot) })?;
        }
        match self.long_calls.note(&self.engine) {
            Some(slots) => self.command(Command::Defer { time: self.now(), slots }),
            None => Ok(()),
        }
    }

    /// Refuses to begin with more markets than strategies can hold. Once the host trades it only tells: leaving
    /// positions alone would be worse.
    fn require_capacity(&mut self, rows: &[MarketRow]) -> Result<()> {
        match self.capacity.require_open(rows) {
            Ok(()) => Ok(()),
            Err((true, error)) => Err(SessionError::from(error).into()),
            Err((false, error)) => {
                let text = format!("{error}: a strategy that uses up its memory fails; start again with fewer series");
                self.notices.alert(self.now(), NoticeCode::TooManyMarkets, text);
                Ok(())
            }
        }
    }

    /// Requests markets that the host holds or has orders in, but that are not in the list of open ones.
    fn watch_missing(&mut self, rows: &[MarketRow]) {
        if self.told.is_any(NoticeCode::MarketDelisted) {
            self.tell_relisted(&rows.iter().map(|row| row.ticker.as_str()).collect());
        }
        let portfolio = self.engine.portfolio();
        let held = portfolio.positions().map(|(market, _, _)| market);
        let ordered = self.orders.iter().map(|tracked| tracked.order.market);
        let matter: BTreeSet<MarketId> = held.chain(ordered).filter(|id| !self.payouts.is_pending(*id)).collect();
        if matter.is_empty() {
            return;
        }
        let open: BTreeSet<&str> = rows.iter().map(|row| row.ticker.as_str()).collect();
        let missing: Vec<String> = matter
            .into_iter()
            .map(|market| self.feed.markets().ticker(market).to_owned())
            .filter(|ticker| !open.contains(ticker.as_str()))
            .collect();
        if !missing.is_empty() {
            self.requests.watch(missing);
        }
    }

    /// Requests closed markets in which something is held: they may have paid out since the last poll.
    pub(super) fn watch_closed(&mut self) {
        let (now, portfolio) = (self.now(), self.engine.portfolio());
        let held = portfolio.positions().map(|(market, _, _)| market).filter(|id| !self.payouts.is_pending(*id));
        let markets = self.feed.markets();
        let closed = held.filter(|id| markets.has_closed(*id, now));
        let tickers: BTreeSet<String> = closed.map(|id| markets.ticker(id).to_owned()).collect();
        if !tickers.is_empty() {
            self.requests.watch(tickers.into_iter().collect());
        }
    }

    /// Takes up what became of markets that are no longer listed as open. Those that have paid out the engine is told
    /// of once all their fills are booked: after a look that begins from now on.
    fn on_watched(&mut self, tickers: &[String], rows: &[MarketRow]) -> Result<()> {
        let now = self.now();
        self.tell_delisted(tickers, rows);
        let closed = self.feed.on_watched(tickers, rows, now);
        self.apply_all(&closed.iter().map(EventRef::Market).collect::<Vec<_>>())?;
        for row in rows.iter().filter(|row| row.phase == MarketPhase::Settled) {
            match self.feed.markets().settlement(row, now) {
                Some(settlement) => {
                    self.payouts.notice(settlement, self.requests.now());
                    self.timers.look_at(self.requests.now());
                }
                None if self.payouts.notice_unreadable(&row.ticker) => {
                    let text = format!("{} has paid neither yes nor no: look at it at the venue", row.ticker);
                    let notice = Notice::new(Severity::Alert, now, NoticeCode::PayoutUnreadable, text);
                    self.notices.publish(notice.of_market(&row.ticker));
                }
                None => {}
            }
        }
        Ok(())
    }

    fn on_looked(&mut self, look: &OrdersAndFills, asked: Timestamp) -> Result<()> {
        let OrdersAndFills { orders, fills } = look;
        self.sight.on_listed(asked);
        let updates = self.orders.on_unreadable(&orders.unreadable, self.requests.now());
        self.write_down(updates)?;
        self.tell_unreadable(&[&orders.unreadable, &fills.unreadable]);
        let updates = self.orders.on_found(&orders.rows);
        self.write_down(updates)?;
        self.book_fills(&fills.rows, Some(asked))?;
        let updates = self.orders.on_look(&orders.rows, asked, self.requests.now());
        self.write_down(updates)?;
        let readable = orders.rows.iter().map(|order| order.order_id.as_str());
        let listed: BTreeSet<&str> = readable.chain(orders.unreadable.iter().map(|row| row.id.as_str())).collect();
        for (order, venue_id) in self.orders.overdue(asked) {
            if !listed.contains(venue_id.as_str()) {
                self.requests.find(order, venue_id);
            }
        }
        if let Some(time) = self.orders.grace_ends() {
            self.timers.look_at(time.max(self.soon()));
        }
        self.settle(asked)
    }

    /// Books the fills that were not booked before. Returns true if there was any. `looked` is the time when the look
    /// at the orders behind them began, if there was one: a fill whose order is known neither then nor at a later look
    /// is not the host's.
    ///
    /// # Errors
    /// It could not be written down.
    pub(super) fn book_fills(&mut self, fills: &[VenueFill], looked: Option<Timestamp>) -> Result<bool> {
        let mut any_new = false;
        for fill in fills {
            if self.journal.has_fill(&fill.id)? {
                continue;
            }
            any_new = true;
            let updates = self.orders.on_filled(fill);
            self.write_down(updates)?;
            if let Some(update) = self.orders.on_fill(fill) {
                self.reconciler.on_explained(&fill.id);
                self.write_down(vec![update])?;
                continue;
            }
            let since = self.reconciler.unexplained_since(&fill.id, self.requests.now());
            // An order that is on its way may be the one.
            let explained_later = self.orders.has_sent() || self.orders.unknown() > 0;
            if looked.is_some_and(|looked| looked > since) && !explained_later {
                self.set_aside(fill)?;
            }
        }
        Ok(any_new)
    }

    /// Keeps a fill that no open order explains out of the books. The comparison shows its effect.
    fn set_aside(&mut self, fill: &VenueFill) -> Result<()> {
        let now = self.now();
        let VenueFill { id, ticker, order_id, qty, .. } = fill;
        let whose = match self.journal.order_by_venue_id(order_id)? {
            Some(row) => format!("order {}, which has ended as {}", row.order.id.0, row.state),
            None => format!("order {order_id} of the venue, which is not the host's"),
        };
        let reason = format!("{qty} contracts of {ticker} were traded by {whose}");
        let notice = Notice::new(Severity::Alert, now, NoticeCode::ForeignFill, reason.clone());
        self.notices.publish(notice.of_market(ticker));
        self.reconciler.on_explained(id);
        self.journal.set_fill_aside(id, &reason, &format!("{fill:?}"), now)
    }

    /// Tells the engine of payouts whose fills are all booked, after a look that began at `asked`.
    fn settle(&mut self, asked: Timestamp) -> Result<()> {
        let working: BTreeSet<MarketId> = self.orders.iter().map(|tracked| tracked.order.market).collect();
        for settlement in self.payouts.take_due(asked, &working) {
            let held = self.engine.portfolio().holds(settlement.market);
            self.apply(EventRef::Settled(settlement))?;
            self.journal.record_settlement(&settlement)?;
            if held {
                let ticker = self.feed.markets().ticker(settlement.market);
                let text = format!("{ticker} paid {}", settlement.outcome.payout());
                let notice = Notice::new(Severity::Info, self.requests.now(), NoticeCode::MarketPaid, text);
                self.notices.publish(notice.of_market(ticker));
            }
        }
        Ok(())
    }

    /// Writes updates of orders down, in order, and tells the engine.
    pub(super) fn write_down(&mut self, updates: Vec<OrderUpdate>) -> Result<()> {
        for update in updates {
            match update {
                OrderUpdate::Acknowledged { order, venue_id } => self.acknowledge(order, &venue_id)?,
                OrderUpdate::Unknown { order, reason } => self.set_unknown(order, &reason)?,
                OrderUpdate::Filled { order, fill } => self.apply_fill(order, &fill)?,
                OrderUpdate::Ended { order, state, reason } => self.apply_end(order, state, reason)?,
            }
        }
        Ok(())
    }

    /// Writes down that the venue has an order under the id `venue_id`, unless that is the id of another one.
    fn acknowledge(&mut self, order: OrderId, venue_id: &str) -> Result<()> {
        let other = self.journal.order_by_venue_id(venue_id)?.filter(|other| other.order.id != order);
        let Some(other) = other else { return self.journal.acknowledged(order, venue_id, self.now()) };
        self.orders.on_strange_id(order, self.requests.now());
        self.set_unknown(order, &format!("the venue shows it under the id of order {}, {venue_id}", other.order.id.0))
    }

    fn set_unknown(&mut self, order: OrderId, reason: &str) -> Result<()> {
        let text = format!("order {}: {reason}", order.0);
        let notice = Notice::new(Severity::Alert, self.requests.now(), NoticeCode::OrderUnknown, text);
        self.notices.publish(notice.of_order(order));
        self.journal.unknown(order, reason, self.now())
    }

    /// Takes an event of the stream. The stream only makes things faster: a look would bring the same.
    fn on_stream(&mut self, event: StreamEvent) -> Result<()> {
        let now = self.requests.now();
        match event {
            StreamEvent::Up => {
                self.feed.on_stream_up(self.requests.now());
                self.timers.look_at(now);
            }
            StreamEvent::Down(reason) => {
                self.feed.on_stream_down();
                self.timers.look_at(now);
                let text = format!("the stream is down, so prices are polled: {reason}");
                self.notices.warn(now, NoticeCode::StreamDown, text);
            }
            StreamEvent::Quote(tick) => self.feed.on_tick(tick, self.requests.now()),
            StreamEvent::Fill(fill) => {
                if self.book_fills(&[fill], None)? {
                    self.timers.look_at(now);
                }
            }
            StreamEvent::Order(order) => {
                let updates = self.orders.on_found(&[order]);
                self.write_down(updates)?;
                self.timers.look_at(now);
            }
        }
        Ok(())
    }
}
