//! One run on simulated fills: rows go to the exchange, then to the engine; orders go back; records go to the report
//! and the journal. Back test and paper differ only in where the rows come from and where records go.

use std::ops::Range;

use host_core::engine::{Effect, Engine};
use host_core::{Event, Fault, Market, PublicTrade, QuotesView, Record, Settlement, SlotId, Timestamp, VenueEvent};
use host_report::{FunnelFacts, Proof, Recorder};
use host_sim::fill::{QueueGround, SimulatedExchange};
use host_store::journal::EquityPoints;
use host_store::journal::events::LoggedEvent;

use crate::feed::{Feed, FeedBatch};
use crate::history::History;
use crate::proof::RunProof;
use crate::proof::looked_ahead::LookedAhead;
use crate::step_log::{StepLog, StepOutput};

/// An engine, an exchange and a report, tied together.
pub struct Session {
    engine: Engine,
    exchange: SimulatedExchange,
    recorder: Recorder,
    /// All markets of the feed, by number; listed as their first rows come.
    markets: Vec<Market>,
    listed: usize,
    /// All settlements of the feed, by time.
    settlements: Vec<Settlement>,
    settled: usize,
    /// The number of trades of the batch that the exchange has been shown.
    trades_shown: usize,
    effects: Vec<Effect>,
    venue: Vec<VenueEvent>,
    /// The records since they were last taken.
    records: Vec<Record>,
    /// The events since then; only where a journal is kept.
    log: Option<StepLog>,
    /// The equity since then; only where a journal is kept.
    equity: EquityPoints,
    /// The slots whose strategy failed, with the fault.
    faults: Vec<(SlotId, Fault)>,
    restarts: Vec<(SlotId, Fault)>,
    history: History,
    proof: RunProof,
    /// The result of the proof, once it has ended.
    proven: Option<Proof>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("engine", &self.engine).field("listed", &self.listed).finish_non_exhaustive()
    }
}

impl Session {
    /// Makes a run of `engine` on `exchange` over `feed`.
    pub fn new(engine: Engine, exchange: SimulatedExchange, recorder: Recorder, feed: &Feed) -> Session {
        let (markets, settlements) = (feed.markets().to_vec(), feed.settlements().to_vec());
        Session { markets, settlements, ..Session::without_feed(engine, exchange, recorder) }
    }

    /// Makes a run that is told its events one by one, by [`Session::show`].
    pub fn without_feed(engine: Engine, exchange: SimulatedExchange, recorder: Recorder) -> Session {
        Session {
            engine,
            exchange,
            recorder,
            markets: Vec::new(),
            listed: 0,
            settlements: Vec::new(),
            settled: 0,
            trades_shown: 0,
            effects: Vec::new(),
            venue: Vec::new(),
            records: Vec::new(),
            log: None,
            equity: EquityPoints::default(),
            faults: Vec::new(),
            restarts: Vec::new(),
            history: History::default(),
            proof: RunProof::default(),
            proven: None,
        }
    }

    /// Takes up the history that markets have and strategies ask for, to explain a run without scores.
    #[must_use]
    pub(crate) fn with_history(self, history: History) -> Session {
        Session { history, ..self }
    }

    /// Takes up what proves the decisions of the strategies.
    #[must_use]
    pub(crate) fn with_proof(self, proof: RunProof) -> Session {
        Session { proof, ..self }
    }

    /// Returns true if a decision was found to look ahead: the run need not go on.
    pub(crate) fn has_failed_proof(&self) -> bool {
        self.proof.has_failed()
    }

    /// Waits until all decisions are compared, and keeps what that proves.
    ///
    /// # Errors
    /// The first decision that looks ahead.
    pub(crate) fn finish_proof(&mut self) -> Result<(), Box<LookedAhead>> {
        self.proven = Some(self.proof.finish()?);
        Ok(())
    }

    /// Returns what is proven of the decisions, once the run has ended.
    pub(crate) fn proven(&self) -> Option<Proof> {
        self.proven
    }

    /// Returns the facts that explain why rows led to no fills.
    pub(crate) fn funnel_facts(&self) -> FunnelFacts {
        let scores = self.engine.scores();
        let limits = self.engine.risk().limits();
        let listed = self.markets.iter().take(self.listed);
        let allowed = listed.filter(|market| limits.allows(&market.ticker)).count();
        FunnelFacts {
            rows: self.engine.traded_updates(),
            scored: scores.scored,
            largest_score: scores.largest,
            signals: self.engine.signals(),
            history_asked: self.history.asked,
            longest_history: self.history.longest,
            markets: self.listed as u64,
            allowed: allowed as u64,
            fill_model: String::new(),
        }
    }

    /// Keeps every event for a journal.
    #[must_use]
    pub fn logged(self) -> Session {
        Session { log: Some(StepLog::default()), ..self }
    }

    /// Keeps every event for a journal that refers to a tape for the rows. Each batch must be shown ahead.
    #[must_use]
    pub fn logged_on_tape(self) -> Session {
        Session { log: Some(StepLog::on_tape()), ..self }
    }

    /// Tells exchange and engine of a market, a poll or a payout. Other events are another account's.
    pub fn show(&mut self, event: Event<'_>) {
        match event {
            Event::Market(market) => self.exchange.list(market),
            Event::Poll(rows) => {
                let Some(&time) = rows.time.first() else { return };
                self.list(rows);
                self.exchange.on_quotes(&rows, &mut self.venue);
                self.exchange.advance(Timestamp(time), &mut self.venue);
                self.deliver();
                if self.recorder.pending_markouts() {
                    self.recorder.on_quotes(&rows);
                }
            }
            Event::Settled(settlement) => {
                self.exchange.settle(settlement, &mut self.venue);
                self.deliver();
            }
            Event::Venue(_) | Event::Command(_) => return,
        }
        self.tell(event);
        self.deliver();
    }

    /// Shows the exchange a trade of other people, before the rows and polls that are not earlier.
    pub fn show_trade(&mut self, trade: &PublicTrade) {
        self.exchange.on_trade(trade, &mut self.venue);
        self.deliver();
    }

    /// Shows strategies the polls of `batch` from its row `row` on ahead, up to the first one that names a new market:
    /// no strategy is told of a market before the poll that it comes with. Returns the row where that one starts, or
    /// the end of the batch.
    pub fn preview(&mut self, batch: &FeedBatch<'_>, row: usize) -> usize {
        let polled = batch.polled;
        self.list(polled.slice(row..polled.poll_end(row)));
        let is_new = |market: &u32| *market as usize >= self.listed && (*market as usize) < self.markets.len();
        let new =
            polled.market[row..].iter().position(is_new).map_or(polled.len(), |after| polled.poll_start(row + after));
        let ahead = polled.slice(row..new);
        self.engine.preview(ahead);
        if let Some(log) = &mut self.log {
            log.preview(ahead);
        }
        new
    }

    /// Lists the markets that `rows` name for the first time.
    fn list(&mut self, rows: QuotesView<'_>) {
        let highest = rows.market.iter().max();
        self.list_up_to(highest.map_or(0, |&market| market as usize + 1));
    }

    /// Runs the poll of `batch` that starts at its row `row`; `shown` raw rows have been shown to the exchange.
    /// Returns the row where the next poll starts, and the number of raw rows that have been shown then.
    pub fn run_poll(&mut self, batch: &FeedBatch<'_>, row: usize, shown: usize) -> (usize, usize) {
        let end = batch.polled.poll_end(row);
        let now = Timestamp(batch.polled.time[row]);
        let shown = self.settle_until(batch, shown, now);
        let come = batch.raw_until(shown, now, end);
        let shown = come.end;
        self.show_exchange(batch, come, now);
        self.exchange.advance(now, &mut self.venue);
        self.deliver();
        let rows = batch.polled.slice(row..end);
        self.list(rows);
        if self.recorder.pending_markouts() {
            self.recorder.on_quotes(&rows);
        }
        self.tell(Event::Poll(rows));
        self.deliver();
        (end, shown)
    }

    /// Ends the batch: raw rows after its last poll go to the exchange.
    pub fn close_batch(&mut self, batch: &FeedBatch<'_>, shown: usize) {
        let last = batch.raw.time.last().copied();
        let shown = last.map_or(shown, |last| self.settle_until(batch, shown, Timestamp(last)));
        self.show_exchange(batch, shown..batch.raw.len(), Timestamp(i64::MAX));
        self.trades_shown = 0;
        self.deliver();
    }

    /// Settles what is known to settle later: the feed has ended.
    pub fn settle_rest(&mut self) {
        while self.next_settlement(Timestamp(i64::MAX)).is_some() {
            self.settle();
        }
    }

    /// Ends the run and closes the last day's books.
    pub fn finish(&mut self) {
        let before = self.effects.len();
        self.engine.finish(&mut self.effects);
        if let Some(log) = &mut self.log {
            log.note(LoggedEvent::Finish, &self.effects[before..]);
        }
        self.deliver();
    }

    fn list_up_to(&mut self, count: usize) {
        let markets = std::mem::take(&mut self.markets);
        for market in markets.iter().take(count).skip(self.listed) {
            self.exchange.list(market);
            self.tell(Event::Market(market));
        }
        self.listed = self.listed.max(count.min(markets.len()));
        self.markets = markets;
    }

    /// Settles what is due at `now`. The exchange is shown the raw rows before each settlement first: an order that
    /// they fill was filled before its market settled. Returns the number of raw rows that have been shown then.
    fn settle_until(&mut self, batch: &FeedBatch<'_>, mut shown: usize, now: Timestamp) -> usize {
        while let Some(settlement) = self.next_settlement(now) {
            let before = batch.raw_before(shown, settlement.time);
            shown = before.end;
            self.show_exchange(batch, before, Timestamp(settlement.time.0.saturating_sub(1)));
            self.deliver();
            self.settle();
        }
        shown
    }

    fn next_settlement(&self, now: Timestamp) -> Option<Settlement> {
        self.settlements.get(self.settled).filter(|settlement| settlement.time <= now).copied()
    }

    /// Carries out the next settlement, if its market is listed.
    fn settle(&mut self) {
        let Some(&settlement) = self.settlements.get(self.settled) else { return };
        self.settled += 1;
        if settlement.market.index() >= self.listed {
            return;
        }
        self.exchange.settle(settlement, &mut self.venue);
        self.deliver();
        self.tell(Event::Settled(settlement));
        self.deliver();
    }

    /// Steps the engine, and keeps the event with its effects.
    fn tell(&mut self, event: Event<'_>) {
        let before = self.effects.len();
        self.engine.step(event, &mut self.effects);
        if let Some(log) = &mut self.log {
            if !matches!(event, Event::Market(_)) {
                self.equity.note(self.engine.now(), self.engine.portfolio().equity());
            }
            log.event(event, &self.effects[before..]);
        }
    }

    /// Shows the exchange the raw rows `part` of `batch`, with the trades that are not later than `until`.
    fn show_exchange(&mut self, batch: &FeedBatch<'_>, part: Range<usize>, until: Timestamp) {
        let rows = batch.raw.slice(part);
        self.list(rows);
        let trades = (batch.trades, self.trades_shown);
        self.trades_shown = self.exchange.on_market_data(&rows, trades, until, &mut self.venue);
    }

    /// Carries effects to the exchange and its events back until neither has any more.
    fn deliver(&mut self) {
        while !(self.effects.is_empty() && self.venue.is_empty()) {
            let mut effects = std::mem::take(&mut self.effects);
            for effect in effects.drain(..) {
                self.carry_out(effect);
            }
            self.effects = effects;
            let mut venue = std::mem::take(&mut self.venue);
            for event in venue.drain(..) {
                self.tell(Event::Venue(&event));
            }
            if self.venue.is_empty() {
                self.venue = venue;
            }
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Record(record) => {
                self.recorder.record(&record);
                match &record {
                    Record::Fault { slot, fault, .. } => self.faults.push((*slot, fault.clone())),
                    Record::Restarted { slot, fault, .. } => self.restarts.push((*slot, fault.clone())),
                    _ => {}
                }
                self.records.push(record);
            }
            Effect::Cancel(order) => self.exchange.cancel(order, self.engine.now(), &mut self.venue),
            Effect::Place(approved) => {
                let order = approved.into_inner();
                if let Some(quote) = self.engine.quote(order.market) {
                    self.exchange.place(&order, &quote, &mut self.venue);
                }
            }
        }
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Returns the ground that fills stand on, under the models with a queue.
    pub(crate) fn ground(&self) -> QueueGround {
        self.exchange.ground()
    }

    /// Returns the strategies that failed, each with its fault, in order.
    pub fn faults(&self) -> &[(SlotId, Fault)] {
        &self.faults
    }

    /// Returns the strategies that failed and were made again, each with its fault, in order.
    pub fn restarts(&self) -> &[(SlotId, Fault)] {
        &self.restarts
    }

    /// Takes the output since it was last taken.
    pub fn take(&mut self) -> StepOutput {
        let records = std::mem::take(&mut self.records);
        let equity = std::mem::take(&mut self.equity);
        StepOutput { records, equity, log: self.log.as_mut().map(StepLog::take).unwrap_or_default() }
    }

    /// Takes the session apart, for the report.
    pub fn into_parts(self) -> (Engine, Recorder, Vec<Market>) {
        (self.engine, self.recorder, self.markets)
    }
}
