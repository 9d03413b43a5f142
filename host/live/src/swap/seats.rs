//! The strategies that are in the slots now: the loop changes them, the control thread prepares swaps for them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use host_core::SlotId;
use host_core::strategy::ParameterValue;
use host_sandbox::trust::Signer;
use host_sandbox::{Settings, StrategyComponent, resolve_parameters};
use host_session::setup::{ComponentLine, LoadedStrategy, Setup, SlotNames, component_line};
use host_session::start::{NamedSlot, Started};

use super::trust_terms::TrustTerms;

/// A slot, and the strategy in it.
#[derive(Clone, Debug)]
pub struct Seat {
    pub slot: NamedSlot,
    pub component: StrategyComponent,
    pub settings: Settings,
    /// The one who vouches for it.
    pub signer: Signer,
}

impl Seat {
    /// Returns all parameters in force, defaults included.
    pub fn parameters(&self) -> Vec<(String, ParameterValue)> {
        // They were resolved once already, when they were read.
        resolve_parameters(&self.component.manifest, &self.settings.parameters).unwrap_or_default()
    }

    /// Returns the strategy as it was started.
    pub fn started(&self) -> Started {
        Started::of(self.slot.clone(), &self.component, &self.settings)
    }
}

/// The seats of an account, by the numbers of their slots; clones share them.
#[derive(Clone, Debug, Default)]
pub struct Seats(Arc<Mutex<Vec<Seat>>>);

impl Seats {
    /// Returns the seats of the strategies of `setup`, in `slots`, all slots of the account.
    pub fn of(setup: &Setup, slots: &SlotNames, trust: &TrustTerms) -> Seats {
        let seat = |strategy: &LoadedStrategy| Seat {
            slot: setup.seat(strategy, slots),
            component: strategy.component.clone(),
            settings: strategy.settings.clone(),
            signer: trust.signer(&strategy.component, &strategy.bytes),
        };
        Seats(Arc::new(Mutex::new(setup.strategies.iter().map(seat).collect())))
    }

    pub fn in_slot(&self, slot: SlotId) -> Option<Seat> {
        self.lock().iter().find(|seat| seat.slot.number == slot).cloned()
    }

    /// Returns true if the component with the digest `sha256`, started with `settings`, is in `slot`.
    pub fn has(&self, slot: SlotId, sha256: &str, settings: &Settings) -> bool {
        let is_it =
            |seat: &Seat| seat.slot.number == slot && seat.component.digest == sha256 && seat.settings == *settings;
        self.lock().iter().any(is_it)
    }

    pub fn named(&self, name: &str) -> Option<Seat> {
        self.lock().iter().find(|seat| seat.slot.name == name).cloned()
    }

    /// Returns the strategies for reports.
    pub fn component_lines(&self) -> Vec<ComponentLine> {
        let seats = self.lock();
        seats.iter().map(|seat| component_line(&seat.slot.name, &seat.component, &seat.settings)).collect()
    }

    pub fn names(&self) -> Vec<String> {
        self.lock().iter().map(|seat| seat.slot.name.clone()).collect()
    }

    /// Puts `seat` in the place of the one with its slot.
    pub fn change(&self, seat: Seat) {
        let mut seats = self.lock();
        match seats.iter_mut().find(|other| other.slot.number == seat.slot.number) {
            Some(other) => *other = seat,
            None => seats.push(seat),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Seat>> {
        // A seat is set as a whole: what a panic left behind is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
