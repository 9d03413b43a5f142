//! What the venue's answers mean for the run: rows for the engine, words about orders, differences in the books.

use std::collections::BTreeSet;

use host_core::{MarketId, Span, Timestamp};
use host_store::journal::events::EventRef;
use host_venues::error::ReadError;
use host_venues::model::{MarketPhase, MarketRow, VenueFill};

use super::apply::refused_by_store;
use super::desk::Word;
use super::io::{Answer, Look};
use super::shell::Shell;
use crate::error::Result;

/// Lists of events and series are long: they are asked for so often at the most.
const DISCOVER_EVERY: Span = Span::minutes(2);

/// A list of prices that took longer than this is dropped: half of what [`host_core::risk::RiskLimits`] lets quotes age.
const OLDEST_POLL: Span = Span::seconds(45);

impl Shell {
    /// Takes an answer.
    ///
    /// # Errors
    /// What followed from it could not be written down.
    pub(super) fn on_answer(&mut self, answer: Answer) -> Result<()> {
        match answer {
            Answer::Polled { time, asked, rows } => {
                self.timers.polled();
                match self.heard(rows) {
                    // What a strategy wishes now would be an order that is cancelled at once.
                    Some(_) if self.stopping => {}
                    // Pages that came late, after failures, say how it was: the next poll says how it is.
                    Some(_) if self.venue.now() - asked > OLDEST_POLL => self.timers.poll_at(self.now()),
                    Some(rows) => {
                        self.streamed.polled(asked, &rows);
                        // With what the stream has brought since it was asked for.
                        let rows = self.streamed.poll(time).unwrap_or(rows);
                        self.on_polled(time, &rows)?;
                    }
                    None => self.timers.poll_at(self.soon()),
                }
            }
            Answer::Watched(rows) => {
                let rows = self.heard(rows).unwrap_or_default();
                self.on_watched(&rows);
            }
            Answer::Discovered(found) => match self.heard(found) {
                Some((events, series)) => self.markets.learn(events, series),
                None => self.discover_from = self.soon(),
            },
            Answer::Created(order, answer) => {
                let now = self.now();
                let words = self.desk.on_created(order, answer, now);
                self.write_down(words)?;
                self.timers.look_at(now);
            }
            Answer::Cancelled(order, answer) => {
                if let Err(error) = &answer {
                    tracing::debug!("cancel of order {}: {error}", order.0);
                }
                self.desk.on_cancelled(order, &answer, self.venue.now());
                self.timers.look_at(self.now());
            }
            Answer::Looked { asked, look } => {
                self.timers.looked();
                match self.heard(look) {
                    Some(look) => self.on_looked(&look, asked)?,
                    None => self.timers.look_at(self.soon()),
                }
            }
            Answer::Found(order, found) => {
                if let Some(found) = self.heard(found) {
                    let word = self.desk.on_one(order, found.as_ref(), self.now());
                    self.write_down(word.into_iter().collect())?;
                }
            }
            Answer::Audited(account) => {
                self.timers.audited();
                match self.heard(account) {
                    Some(account) => self.on_audited(&account)?,
                    None => self.timers.audit_at(self.soon()),
                }
            }
            Answer::Stream(event) => self.on_stream(event)?,
        }
        self.send_cancels()
    }

    /// Notes whether the venue answers, and tells people once when that changes.
    fn heard<T>(&mut self, answer: Result<T, ReadError>) -> Option<T> {
        match answer {
            Ok(answer) => {
                if self.venue_down.take().is_some() {
                    self.voice.say(self.venue.now(), "the venue answers again");
                }
                Some(answer)
            }
            Err(error) => {
                let text = error.to_string();
                if self.venue_down.replace(text.clone()).is_none() {
                    self.voice.alert(self.venue.now(), &format!("the venue does not answer: {text}"));
                }
                None
            }
        }
    }

    pub(super) fn on_polled(&mut self, time: Timestamp, rows: &[MarketRow]) -> Result<()> {
        if self.last_poll.is_some_and(|last| time <= last) {
            return Ok(());
        }
        let polled = self.markets.poll(rows, time);
        // What the lists do not have now, they may have later: not to be asked for at every poll.
        if polled.unknown_events && self.now() >= self.discover_from {
            self.discover_from = self.now() + DISCOVER_EVERY;
            self.venue.discover(self.series.clone());
        }
        let mut events: Vec<EventRef<'_>> = polled.listed.iter().map(EventRef::Market).collect();
        if !polled.rows.is_empty() {
            events.push(EventRef::Poll(polled.rows.all()));
            self.last_poll = Some(time);
        }
        self.apply_all(&events)?;
        // The journal first: its numbers of markets are the ones that count.
        self.record(|recording| {
            recording.list(&polled.listed)?;
            recording.append(&polled.rows.all())
        })?;
        self.watch_missing(rows);
        Ok(())
    }

    /// Asks after markets that touch money but are not in the list of open ones.
    fn watch_missing(&mut self, rows: &[MarketRow]) {
        let portfolio = self.engine.portfolio();
        let held = portfolio.positions().map(|(market, _, _)| market);
        let ordered = self.desk.orders().map(|desked| desked.order.market);
        let matter: BTreeSet<MarketId> = held.chain(ordered).filter(|id| !self.settling.contains_key(id)).collect();
        if matter.is_empty() {
            return;
        }
        let open: BTreeSet<&str> = rows.iter().map(|row| row.ticker.as_str()).collect();
        let missing: Vec<String> = matter
            .into_iter()
            .map(|market| self.markets.ticker(market).to_owned())
            .filter(|ticker| !open.contains(ticker.as_str()))
            .collect();
        if !missing.is_empty() {
            self.venue.watch(missing);
        }
    }

    /// Asks after markets in which something is held and that have closed: they may have paid out since the last poll.
    pub(super) fn watch_closed(&mut self) {
        let (now, portfolio) = (self.now(), self.engine.portfolio());
        let held = portfolio.positions().map(|(market, _, _)| market).filter(|id| !self.settling.contains_key(id));
        let closed = held.filter(|id| self.markets.has_closed(*id, now));
        let tickers: BTreeSet<String> = closed.map(|id| self.markets.ticker(id).to_owned()).collect();
        if !tickers.is_empty() {
            self.venue.watch(tickers.into_iter().collect());
        }
    }

    /// Markets that have paid out. The engine is told once all their fills are booked: after a look that begins from now on.
    fn on_watched(&mut self, rows: &[MarketRow]) {
        let now = self.now();
        for row in rows.iter().filter(|row| row.phase == MarketPhase::Settled) {
            match self.markets.settlement(row, now) {
                Some(settlement) => {
                    self.settling.entry(settlement.market).or_insert((settlement, now));
                    self.timers.look_at(now);
                }
                None if self.unsettled.insert(row.ticker.clone()) => {
                    let what = format!("{} has paid neither yes nor no: look at it at the venue", row.ticker);
                    self.voice.alert(now, &what);
                }
                None => {}
            }
        }
    }

    fn on_looked(&mut self, look: &Look, asked: Timestamp) -> Result<()> {
        let words = self.desk.on_found(&look.orders);
        self.write_down(words)?;
        self.book_fills(&look.fills, Some(asked))?;
        let words = self.desk.on_look(&look.orders, asked, self.now());
        self.write_down(words)?;
        let listed: BTreeSet<&str> = look.orders.iter().map(|order| order.order_id.as_str()).collect();
        for (order, venue_id) in self.desk.overdue(asked) {
            if !listed.contains(venue_id.as_str()) {
                self.venue.find(order, venue_id);
            }
        }
        if let Some(time) = self.desk.grace_ends() {
            self.timers.look_at(time.max(self.soon()));
        }
        self.settle(asked)
    }

    /// Books the fills that were not booked before; whether there was any. `looked`: when the look at the orders behind them
    /// began, if there was one. A fill whose order is known neither then nor at a later look is not the host's.
    ///
    /// # Errors
    /// It could not be written down.
    pub(super) fn book_fills(&mut self, fills: &[VenueFill], looked: Option<Timestamp>) -> Result<bool> {
        let mut new = false;
        for fill in fills {
            if self.store.has_fill(&fill.id).map_err(|error| refused_by_store(&error))? {
                continue;
            }
            new = true;
            if let Some(word) = self.desk.on_fill(fill) {
                self.audit.unexplained.remove(&fill.id);
                self.write_down(vec![word])?;
                continue;
            }
            let now = self.now();
            let since = *self.audit.unexplained.entry(fill.id.clone()).or_insert(now);
            // An order that is on its way may be the one.
            let explained_later = self.desk.has_sent() || self.desk.unknown() > 0;
            if looked.is_some_and(|looked| looked > since) && !explained_later {
                self.set_aside(fill)?;
            }
        }
        Ok(new)
    }

    /// A fill that no open order explains. The comparison of the books shows what it has done.
    fn set_aside(&mut self, fill: &VenueFill) -> Result<()> {
        let now = self.now();
        let VenueFill { id, ticker, order_id, qty, .. } = fill;
        let ours = self.store.order_by_venue_id(order_id).map_err(|error| refused_by_store(&error))?;
        let whose = match ours {
            Some(row) => format!("order {}, which has ended as {}", row.order.id.0, row.state),
            None => format!("order {order_id} of the venue, which is not the host's"),
        };
        let reason = format!("{qty} contracts of {ticker} were traded by {whose}");
        self.voice.alert(now, &reason);
        self.audit.unexplained.remove(id);
        let body = format!("{fill:?}");
        self.store.set_fill_aside(id, &reason, &body, now).map_err(|error| refused_by_store(&error))
    }

    /// Tells the engine of payouts whose fills are all booked.
    fn settle(&mut self, asked: Timestamp) -> Result<()> {
        let working: BTreeSet<MarketId> = self.desk.orders().map(|desked| desked.order.market).collect();
        let due: Vec<MarketId> = self
            .settling
            .iter()
            .filter(|(market, (_, noticed))| asked >= *noticed && !working.contains(market))
            .map(|(market, _)| *market)
            .collect();
        for market in due {
            if let Some((settlement, _)) = self.settling.remove(&market) {
                let held = self.engine.portfolio().holds(market);
                self.apply(EventRef::Settled(settlement))?;
                self.record(|recording| recording.settled(&settlement))?;
                if held {
                    let what = format!("{} paid {}", self.markets.ticker(market), settlement.outcome.payout());
                    self.voice.say(self.venue.now(), &what);
                }
            }
        }
        Ok(())
    }

    /// Writes words about orders down and tells the engine.
    pub(super) fn write_down(&mut self, words: Vec<Word>) -> Result<()> {
        for word in words {
            match word {
                Word::Acked { order, venue_id } => {
                    let now = self.now();
                    self.store.acked(order, &venue_id, now).map_err(|error| refused_by_store(&error))?;
                }
                Word::Unknown { order, reason } => {
                    self.voice.alert(self.venue.now(), &format!("order {}: {reason}", order.0));
                    let now = self.now();
                    self.store.unknown(order, &reason, now).map_err(|error| refused_by_store(&error))?;
                }
                Word::Filled { order, fill } => self.apply_fill(order, &fill)?,
                Word::Ended { order, state, reason } => self.apply_end(order, state, reason)?,
            }
        }
        Ok(())
    }
}
