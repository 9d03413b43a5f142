//! The files of a live account: the store, which is journal and outbox in one, and the recording of what was polled.
//!
//! It has one owner so that what is written first, and what counts when both disagree, is decided in one place: the
//! store's numbers of markets are the ones that count.

use std::collections::BTreeMap;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use host_core::{Market, MarketId, Order, OrderId, PublicTrades, QuotesView, Settlement, SlotId, Span, Timestamp};
use host_store::journal::JournalError;
use host_store::live::{
    Commit, KeptState, LineSample, LiveStore, OperatorEntry, OutboxRow, Reconciliation, Sent, ShadowStep, StoreError,
};
use host_store::recording::{Recording, RecordingError};

use crate::control::protocol::SwapOrder;
use crate::error::{LiveError, Result};
use crate::notice::Notice;
use crate::reconcile::{Baseline, Difference};
use crate::references::PollReferences;
use crate::retention::Retention;
use crate::shadow::{SHADOWS, Shadows};
use crate::swap::{FAULTS, PLANNED_SWAPS};

/// The store's name for the part of the account that is not the host's.
const BASELINE: &str = "baseline";

/// The store's name for the differences that people were told of.
pub const TOLD: &str = "told";

/// Time between two looks at whether the files are still in their place.
const LOOK: Duration = Duration::from_secs(10);

/// The open files of an account.
#[derive(Debug)]
pub struct AccountJournal {
    store: LiveStore,
    recording: Recording,
    references: PollReferences,
    retention: Retention,
    looked: Instant,
    /// The notices of the host: those that no record stands for are kept.
    notices: Receiver<Notice>,
    /// The differences that are kept as told.
    told: Vec<Difference>,
}

impl AccountJournal {
    /// Takes over the open files, and reads `notices`. What is older than `keep` moves into the archive.
    pub fn new(store: LiveStore, recording: Recording, notices: Receiver<Notice>, keep: Span) -> AccountJournal {
        let (references, retention) = (PollReferences::default(), Retention::new(keep));
        AccountJournal { store, recording, references, retention, looked: Instant::now(), notices, told: Vec::new() }
    }

    /// Looks every few seconds whether the files are still in their place: whoever deletes or moves them causes no
    /// other error.
    pub fn look_at_files(&mut self) -> Result<()> {
        if self.looked.elapsed() < LOOK {
            return Ok(());
        }
        self.looked = Instant::now();
        self.written(|store| store.check_in_place())
    }

    /// Writes `commit`, all or nothing, and waits for the disk. Returns the proofs by which its orders may leave.
    ///
    /// # Errors
    /// The store takes nothing more. The same goes for every other method here that returns a [`Result`].
    pub fn commit(&mut self, commit: &Commit<'_>) -> Result<Vec<Sent>> {
        self.store.commit(commit).map_err(LiveError::StoreFailed)
    }

    /// Moves what is committed from the write-ahead log to the store, and keeps the engine's state as `snapshot` at
    /// `time`. To be called when no order waits: it waits for the disk several times.
    pub fn keep_snapshot(&mut self, snapshot: &str, time: Timestamp) -> Result<()> {
        self.written(|store| store.checkpoint())?;
        self.commit(&Commit { snapshot: Some(snapshot), ..Commit::at(time) }).map(drop)
    }

    /// Returns the number of the last event.
    pub fn events(&self) -> i64 {
        self.store.events().cast_signed()
    }

    /// Keeps the states of strategies, and the engine's with them as `snapshot`. To be called when no order waits.
    pub fn keep_states(&mut self, states: &[KeptState], snapshot: &str, time: Timestamp) -> Result<()> {
        self.written(|store| store.keep_states(states, snapshot, time))
    }

    /// Keeps a copy of a component, so that a replay or a restart needs no other file.
    pub fn keep_component(&mut self, sha256: &str, bytes: &[u8]) -> Result<()> {
        self.written(|store| store.keep_component(sha256, bytes))
    }

    /// Keeps what shadows decided.
    pub fn note_shadows(&mut self, steps: &[ShadowStep]) -> Result<()> {
        if steps.is_empty() {
            return Ok(());
        }
        self.written(|store| store.note_shadows(steps))
    }

    /// Keeps the shadows, for a restart.
    pub fn keep_shadows(&mut self, shadows: &Shadows) -> Result<()> {
        self.written(|store| store.set_meta(SHADOWS, &shadows.kept()))
    }

    /// Keeps the swaps that wait for their time.
    pub fn keep_planned_swaps(&mut self, planned: &[SwapOrder]) -> Result<()> {
        self.written(|store| store.set_meta(PLANNED_SWAPS, &planned))
    }

    /// Keeps the numbers of faults, by slot.
    pub fn keep_faults(&mut self, faults: &BTreeMap<SlotId, u32>) -> Result<()> {
        self.written(|store| store.set_meta(FAULTS, faults))
    }

    /// Returns true if the state should be kept soon, because the write-ahead log has become long.
    pub fn needs_checkpoint(&self) -> bool {
        self.store.needs_checkpoint()
    }

    /// Returns the id under which [`AccountJournal::commit`] will write down `order`, if it can.
    pub fn client_order_id(&self, order: &Order, ticker: &str) -> Option<String> {
        self.store.client_order_id(order, ticker)
    }

    /// Notes that the venue has `order` under the id `venue_id`.
    pub fn acknowledged(&mut self, order: OrderId, venue_id: &str, now: Timestamp) -> Result<()> {
        self.written(|store| store.acked(order, venue_id, now))
    }

    /// Notes that the outcome of `order` is not known.
    pub fn unknown(&mut self, order: OrderId, reason: &str, now: Timestamp) -> Result<()> {
        self.written(|store| store.unknown(order, reason, now))
    }

    pub fn cancels_wanted(&mut self, orders: &[OrderId], now: Timestamp) -> Result<()> {
        self.written(|store| store.cancels_wanted(orders, now))
    }

    pub fn cancels_sent(&mut self, orders: &[OrderId], now: Timestamp) -> Result<()> {
        self.written(|store| store.cancels_sent(orders, now))
    }

    /// Returns true if the fill with the venue's id `fill` is booked or set aside.
    pub fn has_fill(&mut self, fill: &str) -> Result<bool> {
        self.written(|store| store.has_fill(fill))
    }

    /// Keeps a fill that belongs to no open order of the host, out of the books.
    pub fn set_fill_aside(
        &mut self,
        fill: &str,
        reason: &str,
        body: &impl serde::Serialize,
        now: Timestamp,
    ) -> Result<()> {
        self.written(|store| store.set_fill_aside(fill, reason, body, now))
    }

    /// Returns the host's order that the venue knows as `venue_id`, ended ones included.
    pub fn order_by_venue_id(&mut self, venue_id: &str) -> Result<Option<OutboxRow>> {
        self.written(|store| store.order_by_venue_id(venue_id))
    }

    /// Keeps the notices since the last call that no record stands for. To be called when no order waits.
    pub fn keep_notices(&mut self) -> Result<()> {
        let news: Vec<_> = self.notices.try_iter().filter(|notice| !notice.code.is_of_record()).collect();
        if news.is_empty() {
            return Ok(());
        }
        let news: Vec<_> = news.iter().map(Notice::kept).collect();
        self.written(|store| store.keep_notices(&news))
    }

    /// Keeps what strategies drew over prices. To be called when no order waits.
    pub fn keep_lines(&mut self, samples: &[LineSample], now: Timestamp) -> Result<()> {
        if samples.is_empty() {
            return Ok(());
        }
        self.written(|store| store.keep_lines(samples, now))
    }

    pub fn log_operator(&mut self, entry: &OperatorEntry) -> Result<()> {
        self.written(|store| store.log_operator(entry))
    }

    pub fn note_reconciliation(&mut self, found: &Reconciliation) -> Result<()> {
        self.written(|store| store.note_reconciliation(found))
    }

    /// Returns the part of the account that is not the host's; `None` before the first comparison.
    pub fn baseline(&mut self) -> Result<Option<Baseline>> {
        self.written(|store| store.meta(BASELINE))
    }

    pub fn keep_baseline(&mut self, baseline: &Baseline) -> Result<()> {
        self.written(|store| store.set_meta(BASELINE, baseline))
    }

    /// Returns the differences that people were told of by a former session.
    pub fn told(&mut self) -> Result<Vec<Difference>> {
        let told: Option<Vec<Difference>> = self.written(|store| store.meta(TOLD))?;
        self.told = told.unwrap_or_default();
        Ok(self.told.clone())
    }

    /// Keeps the differences that people were told of, if they are others than before.
    pub fn keep_told(&mut self, told: &[Difference]) -> Result<()> {
        if self.told != told {
            self.written(|store| store.set_meta(TOLD, &told))?;
            self.told = told.to_vec();
        }
        Ok(())
    }

    /// Returns the number of a market that was listed in any session.
    pub fn market_number(&mut self, ticker: &str) -> Result<Option<MarketId>> {
        self.written(|store| store.market_number(ticker))
    }

    /// Records a poll, and the markets that it lists for the first time. To be called once the store knows them.
    pub fn record_poll(&mut self, listed: &[Market], rows: &QuotesView<'_>) -> Result<()> {
        self.recording.list(listed).and_then(|()| self.recording.append(rows)).map_err(LiveError::RecordingFailed)
    }

    /// Records trades of other people in markets that are listed, in time order.
    pub fn record_trades(&mut self, trades: &PublicTrades) -> Result<()> {
        self.recording.append_trades(trades).map_err(LiveError::RecordingFailed)
    }

    /// Returns the reason why a day that has ended could not be moved into the tape, or not be read there, once until
    /// it could.
    pub fn take_recording_problem(&mut self) -> Option<RecordingError> {
        self.recording.take_problem().or_else(|| self.references.take_problem())
    }

    /// Replaces the rows of a few polls whose day is recorded by references to the recording. It takes a few
    /// milliseconds and one wait for the disk.
    pub fn refer_polls(&mut self) -> Result<()> {
        self.references.go_on(&mut self.store, &mut self.recording).map_err(LiveError::StoreFailed)
    }

    /// Moves what is old into the archive: a few milliseconds, and one wait for the disk.
    pub fn keep_recent(&mut self, now: Timestamp) -> Result<()> {
        self.retention.go_on(&mut self.store, now).map_err(LiveError::StoreFailed)
    }

    /// Returns the reason why the archive could not be written, once. The journal keeps its rows.
    pub fn take_archive_problem(&mut self) -> Option<JournalError> {
        self.retention.take_problem()
    }

    pub fn record_settlement(&mut self, settlement: &Settlement) -> Result<()> {
        self.recording.settled(settlement).map_err(LiveError::RecordingFailed)
    }

    /// Closes the files. What is not closed is found and repaired at the next start.
    pub fn close(mut self, now: Timestamp) -> Result<()> {
        self.keep_notices()?;
        self.recording.close().map_err(LiveError::RecordingFailed)?;
        LiveStore::close(self.store, now).map_err(LiveError::StoreFailed)
    }

    fn written<T>(&mut self, act: impl FnOnce(&mut LiveStore) -> Result<T, StoreError>) -> Result<T> {
        act(&mut self.store).map_err(LiveError::StoreFailed)
    }
}
