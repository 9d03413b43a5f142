//! The live shell: one loop around the engine. An event goes in, one transaction writes down all that follows from it, and
//! only then does anything leave for the venue.
//!
//! It must never send what is not on disk, never send an order twice, never take silence for an answer, and never go on
//! when the store could not be written: it stops instead, with its orders cancelled.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use host_core::engine::Engine;
use host_core::{Command, Disputed, MarketId, Settlement, Span, Timestamp};
use host_store::journal::events::EventRef;
use host_store::live::{LiveStore, OperatorEntry};
use host_store::recording::Recording;
use host_venues::model::MarketFilter;

use super::apply::refused_by_store;
use super::audits::NOT_YET;
use super::control::{KillSwitch, Operator, StatusBoard};
use super::desk::Desk;
use super::io::VenueIo;
use super::markets::Markets;
use super::reconcile::{Baseline, Difference};
use super::streamed::Streamed;
use super::summary::Summary;
use super::timers::Timers;
use super::voice::Voice;
use crate::error::Result;
use crate::interrupt::Interrupt;

/// Ctrl-C and the kill switch are looked at so often.
pub(super) const NAP: Duration = Duration::from_millis(50);

/// Why a live run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Ctrl-C, or a person's stop.
    Asked,
    /// The time that it was given is over.
    Time,
    /// No strategy is left that answers.
    Faulted,
}

/// A live run.
#[derive(Debug)]
pub struct Shell {
    pub(super) engine: Engine,
    pub(super) store: LiveStore,
    pub(super) recording: Recording,
    pub(super) venue: VenueIo,
    pub(super) markets: Markets,
    pub(super) desk: Desk,
    pub(super) timers: Timers,
    pub(super) kill: KillSwitch,
    pub(super) board: StatusBoard,
    pub(super) operator: Receiver<Operator>,
    pub(super) voice: Voice,
    /// The series whose markets are traded; none: all.
    pub(super) series: Vec<String>,
    pub(super) audit: Audit,
    /// Markets that have paid out, and when that was noticed: told to the engine once all fills are booked.
    pub(super) settling: BTreeMap<MarketId, (Settlement, Timestamp)>,
    /// Markets that have paid out in a way that the host cannot book, and that people were told of.
    pub(super) unsettled: BTreeSet<String>,
    /// Prices between polls.
    pub(super) streamed: Streamed,
    /// Whether the run is ending: nothing new is begun.
    pub(super) stopping: bool,
    /// The engagements of the kill switch that the engine has been told of.
    pub(super) kills_told: u64,
    /// When events and series may be asked for again.
    pub(super) discover_from: Timestamp,
    /// The last poll that was shown to the engine.
    pub(super) last_poll: Option<Timestamp>,
    /// Why the venue does not answer, if it does not.
    pub(super) venue_down: Option<String>,
    /// What this session came to.
    pub(super) summary: Summary,
}

/// How host and venue compare.
#[derive(Debug, Default)]
pub struct Audit {
    /// What is not the host's; `None` before the first audit of a new account.
    pub baseline: Option<Baseline>,
    /// What differed the last time: only what differs twice is told.
    pub differed: Vec<Difference>,
    /// What differed when people were last told: they are told once.
    pub told: Vec<Difference>,
    /// What the engine has been told to be in doubt, if it lets only orders out that reduce a position because of that.
    pub disputed: Option<Disputed>,
    /// What a person has said to be his.
    pub accepted: Vec<Difference>,
    /// The last one, and what differed.
    pub last: Option<(Timestamp, Vec<Difference>)>,
    /// Whether people have been told that this machine's clock is not the venue's.
    pub clock_is_off: bool,
    /// Fills whose orders are not known yet, and since when they are seen.
    pub unexplained: BTreeMap<String, Timestamp>,
}

impl Shell {
    /// Trades until asked to stop, until `until`, or until no strategy is left; then ends in order.
    ///
    /// # Errors
    /// What happened could not be written down. Working orders have been asked to be cancelled then.
    pub fn run(&mut self, until: Option<Timestamp>, interrupt: &Interrupt) -> Result<End> {
        let outcome = self.trade(until, interrupt).and_then(|end| self.wind_down().map(|()| end));
        if outcome.is_err() {
            self.abandon();
        }
        outcome
    }

    fn trade(&mut self, until: Option<Timestamp>, interrupt: &Interrupt) -> Result<End> {
        loop {
            if interrupt.is_asked() {
                return Ok(End::Asked);
            }
            if self.hear()? {
                return Ok(End::Asked);
            }
            let now = self.venue.now();
            if until.is_some_and(|until| now >= until) {
                return Ok(End::Time);
            }
            if self.engine.running_slots() == 0 {
                return Ok(End::Faulted);
            }
            self.start_due(now)?;
            self.show_status();
            let wake = until.unwrap_or(Timestamp(i64::MAX)).min(self.next_wake());
            if let Some(answer) = self.venue.next(wake, NAP) {
                self.on_answer(answer)?;
            }
        }
    }

    /// What persons say; whether one says stop.
    ///
    /// # Errors
    /// It could not be written down.
    pub(super) fn hear(&mut self) -> Result<bool> {
        // However it was engaged: by command, by signal, by hand. The engine then cancels, and says so in the journal.
        let engagements = self.kill.engagements();
        if self.kill.is_engaged() && engagements != self.kills_told {
            self.kills_told = engagements;
            let (by, reason) = self.kill.killed().map_or_else(Default::default, |killed| (killed.by, killed.reason));
            self.log(&by, "kill", &reason)?;
            self.command(Command::Kill { time: self.now(), reason: format!("{by}: {reason}") })?;
        }
        while let Ok(said) = self.operator.try_recv() {
            match said {
                Operator::Stop => return Ok(true),
                // The switch is engaged already: heard above, or at the next turn.
                Operator::Kill { .. } => {}
                // He has been told that it was not done.
                Operator::Resume { answer, .. } if answer.is_abandoned() => {}
                Operator::Resume { seen, answer, .. } if seen != self.kill.engagements() => {
                    answer.send(Err("it was killed again meanwhile".to_owned()));
                }
                Operator::Resume { reason, by, answer, .. } => {
                    self.resume(&reason, &by)?;
                    answer.send(Ok(()));
                }
            }
        }
        Ok(false)
    }

    /// A person says that it goes on, and that what differs, as he has been told, is his.
    ///
    /// # Errors
    /// It could not be written down.
    pub(super) fn resume(&mut self, reason: &str, by: &str) -> Result<()> {
        self.audit.accepted = std::mem::take(&mut self.audit.told);
        self.log(by, "resume", reason)?;
        self.command(Command::Resume { time: self.now(), reason: format!("{by}: {reason}") })?;
        // The engine holds nothing in doubt any more.
        self.audit.disputed = None;
        match self.audit.last {
            Some(_) => Ok(()),
            // What was never compared nobody can say anything about.
            None => self.dispute(NOT_YET.to_owned(), Disputed::Everything),
        }
    }

    fn log(&mut self, who: &str, what: &str, reason: &str) -> Result<()> {
        let (who, what, reason) = (who.to_owned(), what.to_owned(), reason.to_owned());
        let entry = OperatorEntry { time: self.now(), who, what, reason };
        self.store.log_operator(&entry).map_err(|error| refused_by_store(&error))
    }

    /// Tells the engine a command, and people what came of it.
    pub(super) fn command(&mut self, command: Command) -> Result<()> {
        self.apply(EventRef::Command(&command))
    }

    /// Whether there is anything to look at: working orders, a market that has paid out, a fill of nobody's.
    fn is_looking(&self) -> bool {
        !self.desk.is_empty() || !self.settling.is_empty() || !self.audit.unexplained.is_empty()
    }

    /// From when on orders and fills matter.
    fn looks_since(&self, now: Timestamp) -> Timestamp {
        let unexplained = self.audit.unexplained.values().copied().min();
        let since = [self.desk.oldest(), unexplained].into_iter().flatten().min();
        since.unwrap_or(now) - VenueIo::MARGIN
    }

    /// When something is due next.
    pub(super) fn next_wake(&self) -> Timestamp {
        let cancel = self.desk.next_cancel().unwrap_or(Timestamp(i64::MAX));
        self.timers.next(self.is_looking()).min(cancel)
    }

    pub(super) fn start_due(&mut self, now: Timestamp) -> Result<()> {
        if let Some(time) = self.timers.take_poll(now).filter(|_| !self.stopping) {
            match self.streamed.poll(time) {
                Some(rows) => {
                    self.timers.polled();
                    self.on_polled(time, &rows)?;
                }
                None => self.venue.poll(time, MarketFilter::Open(self.series.clone())),
            }
        }
        self.send_cancels()?;
        if self.is_looking() && self.timers.take_look(now) {
            self.venue.look(self.looks_since(now));
        }
        if self.timers.take_audit(now) {
            self.venue.audit(self.looks_since(now));
        }
        if self.timers.take_snapshot(now) {
            self.snapshot()?;
        }
        Ok(())
    }

    /// The engine's time or the clock's, whichever is later: events come in time order.
    pub(super) fn now(&self) -> Timestamp {
        self.venue.now().max(self.engine.now())
    }

    /// Soon, for what has to be repeated.
    pub(super) fn soon(&self) -> Timestamp {
        self.now() + Span::seconds(2)
    }
}
