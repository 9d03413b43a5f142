//! The live loop: an event goes in, one transaction writes down all that follows from it, and only then does anything
//! leave for the venue.
//!
//! It must never send what is not on disk, never send an order twice, never take silence for an answer, and never go on
//! when the store could not be written: it stops instead, with its orders cancelled.
//!
//! This file is control flow. State belongs to the owners that [`LiveHost`] is made of, each with methods of its own;
//! the files beside this one say what an event means for them.

mod apply;
mod audit;
mod health;
mod operator;
mod publish_status;
mod recover;
mod reload;
mod responses;
mod shadows;
mod shutdown;
mod states;
mod supervised;
mod swaps;
mod trades;
mod venue;

use std::time::Duration;

use host_core::engine::Engine;
use host_core::{Span, Timestamp};
use host_session::StopFlag;
use host_session::pretend::PretendTerms;
use host_session::schedule::Schedule;
use host_venues::model::MarketFilter;

use crate::capacity::Capacity;
use crate::capital_stage::StageTerms;
use crate::control::{OperatorInbox, StatusPublisher};
use crate::day_counts::DayCounts;
use crate::disk_use::DiskWatch;
use crate::error::Result;
use crate::feed::Feed;
use crate::journal::AccountJournal;
use crate::lines::LineKeeper;
use crate::link::VenueLink;
use crate::long_calls::LongCalls;
use crate::notice::Notices;
use crate::orders::OrderTracker;
use crate::payouts::Payouts;
use crate::reconcile::Reconciler;
use crate::requests::VenueRequests;
use crate::settings::OrdersAtStop;
use crate::shadow::Shadows;
use crate::sight::AccountSight;
use crate::state_keeper::StateKeeper;
use crate::summary::{LiveFigures, RefusalCounts, SessionCounts};
use crate::swap::Swaps;
use crate::timers::Timers;
use crate::told_once::ToldOnce;
use crate::trade_feed::TradeFeed;
use crate::venue_word::VenueWord;

/// Interval between looks at the stop flag and the kill switch.
const NAP: Duration = Duration::from_millis(50);

/// The reason why a live run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveEnd {
    /// Ctrl-C, or an operator's stop.
    Asked,
    /// The time that it was given is over.
    Time,
    /// No strategy is left that answers.
    Faulted,
}

/// A live run.
#[derive(Debug)]
pub struct LiveHost {
    engine: Engine,
    /// Store and recording.
    journal: AccountJournal,
    /// Requests to the venue and their responses.
    requests: VenueRequests,
    /// Up, or down with the reason.
    link: VenueLink,
    /// The venue's word about itself.
    venue_word: VenueWord,
    /// The age of what is known of the account.
    sight: AccountSight,
    /// The subjects that people were told of once.
    told: ToldOnce,
    /// The time from which reads that had to be repeated are told again.
    healed_from: Timestamp,
    /// Markets, prices between polls, the last poll.
    feed: Feed,
    /// The number of markets that strategies hold.
    capacity: Capacity,
    /// The strategies that others would wait for.
    long_calls: LongCalls,
    /// The host's orders that have not ended.
    orders: OrderTracker,
    /// Markets that have paid out and are not booked yet.
    payouts: Payouts,
    /// The comparison of the books.
    reconciler: Reconciler,
    timers: Timers,
    /// Kill switch and requests of the operator.
    operator: OperatorInbox,
    status: StatusPublisher,
    notices: Notices,
    disk: DiskWatch,
    /// The rhythm in which the states of strategies are kept.
    states: StateKeeper,
    /// Strategies that are about to take over their slots.
    swaps: Swaps,
    /// Strategies in the shadow of those in their slots.
    shadows: Shadows,
    /// The lines that strategies draw over prices.
    lines: LineKeeper,
    terms: PretendTerms,
    /// The terms from which those of each stage of the capital follow.
    stages: StageTerms,
    /// The stage in force, in percent.
    stage_percent: u32,
    /// Changes of the limits by the hour, at that stage.
    schedule: Schedule,
    /// The venue's trades.
    trades: TradeFeed,
    /// Counts of this session.
    counts: SessionCounts,
    /// Counts of the UTC day.
    day: DayCounts,
    refusals: RefusalCounts,
    /// True once the run is ending: nothing new is begun.
    stopping: bool,
    /// Treatment of the working orders at the end.
    orders_at_stop: OrdersAtStop,
}

/// The parts of a live run, ready to trade.
#[derive(Debug)]
pub struct Parts {
    pub engine: Engine,
    pub journal: AccountJournal,
    pub requests: VenueRequests,
    pub feed: Feed,
    pub capacity: Capacity,
    pub sight: AccountSight,
    pub reconciler: Reconciler,
    pub timers: Timers,
    pub operator: OperatorInbox,
    pub status: StatusPublisher,
    pub notices: Notices,
    pub disk: DiskWatch,
    pub states: StateKeeper,
    pub swaps: Swaps,
    pub shadows: Shadows,
    pub lines: LineKeeper,
    pub terms: PretendTerms,
    pub stages: StageTerms,
    /// In percent.
    pub stage_percent: u32,
    pub schedule: Schedule,
    /// Trades of the venue before this are recorded.
    pub trades_from: Timestamp,
    pub orders_at_stop: OrdersAtStop,
}

impl LiveHost {
    pub(crate) fn new(parts: Parts) -> LiveHost {
        let now = parts.requests.now();
        LiveHost {
            engine: parts.engine,
            journal: parts.journal,
            requests: parts.requests,
            link: VenueLink::default(),
            venue_word: VenueWord::new(now, parts.timers.poll_interval()),
            sight: parts.sight,
            told: ToldOnce::default(),
            healed_from: Timestamp(i64::MIN),
            feed: parts.feed,
            capacity: parts.capacity,
            long_calls: LongCalls::default(),
            orders: OrderTracker::default(),
            payouts: Payouts::default(),
            reconciler: parts.reconciler,
            timers: parts.timers,
            operator: parts.operator,
            status: parts.status,
            notices: parts.notices,
            disk: parts.disk,
            states: parts.states,
            swaps: parts.swaps,
            shadows: parts.shadows,
            lines: parts.lines,
            terms: parts.terms,
            stages: parts.stages,
            stage_percent: parts.stage_percent,
            schedule: parts.schedule,
            day: DayCounts::new(now),
            trades: TradeFeed::new(parts.trades_from),
            counts: SessionCounts::default(),
            refusals: RefusalCounts::default(),
            stopping: false,
            orders_at_stop: parts.orders_at_stop,
        }
    }

    /// Trades until `stop` is requested, until `until`, or until no strategy is left; then ends in order. Each turn of
    /// the loop calls `on_turn`, many times a second whatever the markets do: a host that hangs does not.
    ///
    /// # Errors
    /// An event could not be written down. Then cancels of the working orders have been sent.
    pub fn run(
        &mut self,
        until: Option<Timestamp>,
        stop: &StopFlag,
        on_turn: &mut dyn FnMut(&LiveHost),
    ) -> Result<LiveEnd> {
        let outcome = self.trade(until, stop, on_turn).and_then(|end| self.shut_down(on_turn).map(|()| end));
        if outcome.is_err() {
            self.emergency_cancel();
        }
        outcome
    }

    fn trade(
        &mut self,
        until: Option<Timestamp>,
        stop: &StopFlag,
        on_turn: &mut dyn FnMut(&LiveHost),
    ) -> Result<LiveEnd> {
        loop {
            on_turn(self);
            if stop.is_requested() || self.poll_operator()? {
                return Ok(LiveEnd::Asked);
            }
            let now = self.requests.now();
            if until.is_some_and(|until| now >= until) {
                return Ok(LiveEnd::Time);
            }
            // A person may end a quarantine, and the exits of its slot are worked until then.
            if self.engine.running_slots() == 0 && !self.engine.any_quarantined() {
                return Ok(LiveEnd::Faulted);
            }
            self.start_due(now)?;
            self.publish_status();
            if self.timers.has_time(now) {
                self.engine.show_former();
                self.go_on_with_shadows(now)?;
                self.go_on_with_swaps(now)?;
                self.tidy_up(now)?;
            }
            let wake = until.unwrap_or(Timestamp(i64::MAX)).min(self.next_wake());
            if let Some(response) = self.requests.next(wake, NAP) {
                self.on_response(response)?;
            }
        }
    }

    /// Starts what is due at `now`: a question to the venue, a poll, cancels, a look at orders and fills, a comparison,
    /// a snapshot.
    fn start_due(&mut self, now: Timestamp) -> Result<()> {
        self.journal.look_at_files()?;
        self.watch_account(now)?;
        self.watch_venue(now)?;
        self.watch_polls(now);
        self.watch_trades(now);
        if let Some(time) = self.timers.take_poll(now).filter(|_| !self.stopping) {
            match self.feed.cached_poll(time) {
                Some(rows) => {
                    self.timers.polled();
                    self.on_poll(time, &rows)?;
                }
                None => self.requests.poll(time, MarketFilter::Open(self.feed.series().to_vec())),
            }
        }
        self.send_cancels()?;
        if self.is_looking() && self.timers.take_look(now) {
            self.requests.look(self.looks_since(now));
        }
        if self.timers.take_audit(now) {
            self.requests.audit(self.looks_since(now));
        }
        if self.timers.take_snapshot(now, self.journal.needs_checkpoint()) {
            self.keep_snapshot()?;
        }
        // An order whose answer is on its way, or a poll, must not wait for it.
        if self.states.is_due(now) && self.timers.has_time(now) && !self.orders.has_sent() {
            self.keep_states()?;
        }
        Ok(())
    }

    /// Returns true if there is something to look at: working orders, a market that has paid out, a fill without its
    /// order.
    fn is_looking(&self) -> bool {
        !self.orders.is_empty() || !self.payouts.is_empty() || self.reconciler.oldest_unexplained().is_some()
    }

    /// Returns the time from which orders and fills matter.
    fn looks_since(&self, now: Timestamp) -> Timestamp {
        let since = [self.orders.oldest(), self.reconciler.oldest_unexplained()].into_iter().flatten().min();
        since.unwrap_or(now) - VenueRequests::MARGIN
    }

    /// Returns the time when something is due next.
    fn next_wake(&self) -> Timestamp {
        let cancel = self.orders.next_cancel().unwrap_or(Timestamp(i64::MAX));
        self.timers.next(self.requests.now(), self.is_looking()).min(cancel).min(self.venue_word.next())
    }

    /// Returns the engine's time or the clock's, whichever is later: events come in time order. Ages and timers go by
    /// the clock alone.
    fn now(&self) -> Timestamp {
        self.requests.now().max(self.engine.now())
    }

    /// Returns the time for something that has to be repeated soon, by the clock that timers go by.
    fn soon(&self) -> Timestamp {
        self.requests.now() + Span::seconds(2)
    }

    /// Returns the time by the venue's clock.
    pub fn venue_time(&self) -> Timestamp {
        self.requests.now()
    }

    /// The notices of this run.
    pub fn notices(&self) -> &Notices {
        &self.notices
    }

    /// Returns the figures of this session, for `account`.
    pub fn figures(&self, account: &str) -> LiveFigures {
        let mut figures = self.counts.figures(account, &self.engine);
        figures.components = self.swaps.seats.component_lines();
        figures
    }
}
