//! One shadow: a strategy on a pretend account.

use host_core::{Event, Record, SlotId, Timestamp, Usd};
use host_session::session::Session;
use host_store::journal::events::LoggedEvent;

use super::tally::Tally;
use crate::control::status::ShadowLine;
use crate::swap::SwapCandidate;

/// A version of a strategy that decides in the shadow of the one in its slot.
pub struct Shadow {
    pub candidate: SwapCandidate,
    session: Session,
    slot: SlotId,
    /// Number of the event with which it began.
    pub begun: i64,
    pub since: Timestamp,
    /// The time at which people are told how it did; `None` once they were.
    tell_at: Option<Timestamp>,
    /// Number of the last event whose records are kept: after a restart, those up to it are made a second time.
    pub kept: i64,
    own: Tally,
    trading: Tally,
    fault: Option<String>,
}

impl std::fmt::Debug for Shadow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shadow").field("slot", &self.slot).field("own", &self.own).finish_non_exhaustive()
    }
}

impl Shadow {
    /// Makes a shadow of the slot of `candidate` that decides in `session`, begun with the event number `begun` at
    /// `since`. People are told at `tell_at` how it did.
    pub fn new(
        candidate: SwapCandidate,
        session: Session,
        (begun, since): (i64, Timestamp),
        tell_at: Timestamp,
    ) -> Shadow {
        let slot = candidate.slot.number;
        let (own, trading) = (Tally::default(), Tally::default());
        let (tell_at, kept, fault) = (Some(tell_at), begun, None);
        Shadow { candidate, session, slot, begun, since, tell_at, kept, own, trading, fault }
    }

    /// Returns the digest of its component.
    pub fn sha256(&self) -> &str {
        &self.candidate.component.digest
    }

    /// Takes note of what the version in the slot did.
    pub fn note_trading(&mut self, records: &[Record]) {
        records.iter().for_each(|record| self.trading.count(self.slot, record));
    }

    /// Shows it an event of the account with the number `seq`. Returns the records that are not kept yet.
    pub fn show(&mut self, seq: i64, event: &LoggedEvent) -> Vec<Record> {
        if self.fault.is_some() {
            return Vec::new();
        }
        match event {
            LoggedEvent::Market(market) => self.session.show(Event::Market(market)),
            LoggedEvent::Poll(rows) => self.session.show(Event::Poll(rows.all())),
            LoggedEvent::Settled(settlement) => self.session.show(Event::Settled(*settlement)),
            LoggedEvent::Command(command) => self.session.show(Event::Command(command)),
            _ => return Vec::new(),
        }
        let records = self.session.take().records;
        for record in &records {
            self.own.count(self.slot, record);
            if let Record::Fault { fault, .. } = record {
                self.fault = Some(fault.message.clone());
            }
        }
        if seq <= self.kept { Vec::new() } else { records }
    }

    /// Returns true, once, if people are to be told at `now`: its time is over, or it has failed.
    pub fn take_due(&mut self, now: Timestamp) -> bool {
        self.tell_at.take_if(|at| now >= *at || self.fault.is_some()).is_some()
    }

    /// Returns its equity on the pretend account, and what it began with.
    fn equity(&self) -> (Usd, Usd) {
        let portfolio = self.session.engine().portfolio();
        (portfolio.equity(), portfolio.start())
    }

    /// Returns it as the status shows it.
    pub fn line(&self) -> ShadowLine {
        let manifest = &self.candidate.component.manifest;
        let (equity, capital) = self.equity();
        ShadowLine {
            strategy: manifest.name.clone(),
            version: manifest.version.clone(),
            sha256: self.sha256().to_owned(),
            since: self.since.to_string(),
            figures: self.own.figures(),
            trading: self.trading.figures(),
            equity: equity.as_dollars(),
            capital: capital.as_dollars(),
            fault: self.fault.clone(),
        }
    }

    pub fn fault(&self) -> Option<&str> {
        self.fault.as_deref()
    }

    /// Returns how both did, in words.
    pub fn told(&self) -> String {
        let (own, trading) = (self.own, self.trading);
        let (name, since) = (self.candidate.name(), self.since);
        match &self.fault {
            Some(fault) => format!("{name} failed in the shadow: {fault}"),
            None => format!("in the shadow since {since}, {name} had {own}; the version that trades had {trading}"),
        }
    }
}
