//! The loop's side of swaps: what waits for its time, and what is being brought to the last poll.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::thread;

use host_core::engine::Newcomer;
use host_core::record::SwapCause;
use host_core::{Market, SlotId, Timestamp};
use host_system::background;

use super::candidate::SwapCandidate;
use super::prepare::Preparer;
use super::ready::Ready;
use super::seats::{Seat, Seats};
use super::swapped_in::SwappedIn;
use super::trust_terms::{TrustTerms, keep_signature};
use crate::account_dir::AccountDir;
use crate::control::OperatorAnswer;
use crate::control::protocol::SwapOrder;
use crate::lines::LineDrawer;

/// The key by which the store keeps the numbers of faults.
pub const FAULTS: &str = "slot_faults";

/// The swaps of an account.
#[derive(Debug)]
pub struct Swaps {
    folder: AccountDir,
    trust: TrustTerms,
    /// The strategies in the slots now.
    pub seats: Seats,
    /// Digests of the components that the host was started with, by slot.
    given: BTreeMap<SlotId, String>,
    /// One for each slot at most.
    waiting: BTreeMap<SlotId, Waiting>,
    /// The one that the engine is about to seat, and its place.
    coming: Option<(Seat, Newcomer)>,
    /// The strategies from before the last swaps.
    former: BTreeMap<SlotId, Seat>,
    /// Number of faults since the account was opened, by slot.
    faults: BTreeMap<SlotId, u32>,
    /// True if one came since the numbers were kept.
    has_failed: bool,
    /// The swaps that are kept for a restart.
    kept: Vec<SwapOrder>,
    /// Draws the lines of those that take over.
    lines: Option<LineDrawer>,
}

/// A candidate that waits, and whoever waits for the answer.
#[derive(Debug)]
struct Waiting {
    candidate: SwapCandidate,
    answer: Option<OperatorAnswer>,
    /// Filled once its time has come.
    coming: Option<Receiver<Result<Ready, String>>>,
}

/// A candidate that has been brought to the last poll, or could not be.
#[derive(Debug)]
pub struct Arrived {
    pub candidate: SwapCandidate,
    pub ready: Result<Ready, String>,
    pub answer: Option<OperatorAnswer>,
}

impl Swaps {
    /// Makes the swaps of the account of `preparer`. `kept` are those that a former session has swapped in.
    pub fn new(preparer: &Preparer, kept: &BTreeMap<String, SwappedIn>) -> Swaps {
        let Preparer { folder, seats, trust, .. } = preparer.clone();
        let given = |name: &str, digest: String| kept.get(name).map_or(digest, |swapped| swapped.given.clone());
        let named = seats.names().into_iter().filter_map(|name| seats.named(&name));
        let given = named.map(|seat| (seat.slot.number, given(&seat.slot.name, seat.component.digest))).collect();
        Swaps {
            folder,
            trust,
            seats,
            given,
            waiting: BTreeMap::new(),
            coming: None,
            former: BTreeMap::new(),
            faults: BTreeMap::new(),
            has_failed: false,
            kept: Vec::new(),
            lines: None,
        }
    }

    /// Takes up swaps that a former session had planned.
    pub fn with_planned(mut self, planned: Vec<SwapCandidate>) -> Swaps {
        for candidate in planned {
            self.take_up(candidate, None);
        }
        self.kept = self.planned();
        self
    }

    /// Takes up the numbers of faults that former sessions have counted, by slot.
    #[must_use]
    pub fn with_faults(self, faults: BTreeMap<SlotId, u32>) -> Swaps {
        Swaps { faults, ..self }
    }

    /// Lets the lines of those that take over be drawn.
    #[must_use]
    pub fn drawing(self, lines: LineDrawer) -> Swaps {
        Swaps { lines: Some(lines), ..self }
    }

    /// Returns the swaps that are planned for a time, if they are others than when this was last asked.
    pub fn take_planned(&mut self) -> Option<Vec<SwapOrder>> {
        let planned = self.planned();
        let changed = (planned != self.kept).then(|| planned.clone());
        self.kept = planned;
        changed
    }

    fn planned(&self) -> Vec<SwapOrder> {
        let orders = self.waiting.values().map(|waiting| &waiting.candidate.order);
        orders.filter(|order| order.at.is_some()).cloned().collect()
    }

    /// Keeps the signature of `candidate` for a restart.
    ///
    /// # Errors
    /// The system's reason.
    pub fn keep_signature(&self, candidate: &SwapCandidate) -> Result<(), String> {
        let SwapCandidate { component, signature, .. } = candidate;
        let Some(signature) = signature else { return Ok(()) };
        keep_signature(&self.folder, &component.digest, signature).map_err(|error| error.to_string())
    }

    /// Records in the lock that `candidate` trades from now on.
    ///
    /// # Errors
    /// The reason why the lock cannot be written.
    pub fn record(&self, candidate: &SwapCandidate) -> Result<(), String> {
        let SwapCandidate { slot, component, bytes, signer, .. } = candidate;
        self.trust.record(&slot.name, component, bytes, signer).map_err(|error| error.to_string())
    }

    /// Gives `newcomer` to the engine with its next swap; then it is in `seat`.
    pub fn seat(&mut self, seat: Seat, newcomer: Newcomer) {
        self.coming = Some((seat, newcomer));
    }

    /// Takes the one that the engine is about to seat.
    pub fn take_newcomer(&mut self) -> Option<Newcomer> {
        let (seat, newcomer) = self.coming.take()?;
        if let Some(former) = self.seats.in_slot(seat.slot.number) {
            self.former.insert(seat.slot.number, former);
        }
        self.seats.change(seat);
        Some(newcomer)
    }

    /// Takes note of a swap that the engine has made.
    pub fn note(&mut self, slot: SlotId, cause: &SwapCause) {
        let back = match cause {
            SwapCause::Asked { .. } => return,
            SwapCause::Back { .. } => self.former.remove(&slot),
            SwapCause::Fault(_) => {
                self.note_fault(slot);
                self.former.remove(&slot)
            }
        };
        if let Some(seat) = back {
            self.seats.change(seat);
        }
    }

    /// Counts a fault of the strategy in `slot`.
    pub fn note_fault(&mut self, slot: SlotId) {
        *self.faults.entry(slot).or_default() += 1;
        self.has_failed = true;
    }

    /// Returns the numbers of faults by slot, if one came since this was last asked.
    pub fn take_faults(&mut self) -> Option<&BTreeMap<SlotId, u32>> {
        std::mem::take(&mut self.has_failed).then_some(&self.faults)
    }

    /// Returns the number of faults in `slot` since the account was opened.
    pub fn faults(&self, slot: SlotId) -> u32 {
        self.faults.get(&slot).copied().unwrap_or_default()
    }

    /// Takes up `candidate`, in place of one that waits for the same slot. Returns the one that waited.
    pub fn take_up(&mut self, candidate: SwapCandidate, answer: Option<OperatorAnswer>) -> Option<SwapCandidate> {
        let slot = candidate.slot.number;
        let former = self.waiting.insert(slot, Waiting { candidate, answer, coming: None })?;
        if let Some(answer) = former.answer {
            answer.send(Err("another swap of the slot was asked for meanwhile".to_owned()));
        }
        Some(former.candidate)
    }

    /// Forgets what waits for `slot`.
    pub fn call_off(&mut self, slot: SlotId) -> Option<SwapCandidate> {
        let Waiting { candidate, answer, .. } = self.waiting.remove(&slot)?;
        if let Some(answer) = answer {
            answer.send(Err("it was called off".to_owned()));
        }
        Some(candidate)
    }

    /// Returns the swaps that wait.
    pub fn waiting(&self) -> impl Iterator<Item = &SwapCandidate> {
        self.waiting.values().map(|waiting| &waiting.candidate)
    }

    /// Begins to bring those to the last poll whose time has come at `now`. `markets` are those that the engine knows.
    pub fn start_due(&mut self, now: Timestamp, markets: &[Market]) {
        let due = self.waiting.values_mut().filter(|one| one.coming.is_none() && one.candidate.due() <= now);
        for waiting in due {
            let (sender, coming) = channel();
            let (candidate, folder, markets) = (waiting.candidate.clone(), self.folder.clone(), markets.to_vec());
            let lines = self.lines.clone();
            let bring_up = move || {
                background::step_back();
                // Fails if the swap was called off.
                let _ = sender.send(Ready::bring_up(candidate, &folder, &markets, lines.as_ref()));
            };
            waiting.coming = Some(coming);
            // Without a thread the receiver says that it was lost.
            drop(thread::Builder::new().name("swap".to_owned()).spawn(bring_up));
        }
    }

    /// Takes a candidate that has arrived.
    pub fn take_arrived(&mut self) -> Option<Arrived> {
        let arrived = self.waiting.iter().find_map(|(slot, waiting)| match waiting.coming.as_ref()?.try_recv() {
            Ok(ready) => Some((*slot, ready)),
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                Some((*slot, Err("the system gives no thread to prepare it".to_owned())))
            }
        });
        let (slot, ready) = arrived?;
        let Waiting { candidate, answer, .. } = self.waiting.remove(&slot)?;
        Some(Arrived { candidate, ready, answer })
    }

    /// Shows `ready` the few polls that have come since it was brought up.
    ///
    /// # Errors
    /// The reason why it cannot take over.
    pub fn go_on(&self, ready: Ready, markets: &[Market]) -> Result<Ready, String> {
        ready.go_on(&self.folder, markets, self.lines.as_ref())
    }

    /// Returns the strategies that are not those that the host was started with, by slot.
    pub fn swapped_in(&self) -> BTreeMap<String, SwappedIn> {
        let seats = self.seats.names().into_iter().filter_map(|name| self.seats.named(&name));
        let changed = seats.filter_map(|seat| {
            let given = self.given.get(&seat.slot.number).cloned().unwrap_or_default();
            let started = seat.started();
            (started.sha256 != given).then(|| (seat.slot.name, SwappedIn { given, started, bytes: Vec::new() }))
        });
        changed.collect()
    }
}
