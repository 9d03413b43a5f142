//! The engine as the last session left it, with its strategies warmed up from the recording.
//!
//! It must never begin on a state that it misunderstands, nor warm strategies up with rows of other markets.

use std::io::ErrorKind;

use host_core::engine::{Engine, EngineSnapshot};
use host_core::{Event, Market, Quotes, Span, Timestamp};
use host_store::journal::events::{EventRef, JournalStep, WarmUp};
use host_store::live::{Commit, LiveStore, Recovery, StoredSnapshot};
use host_store::recording::{Recording, RowsBetween, rows_checksum};

use super::apply::{refused_by_recording, refused_by_store};
use super::folder::AccountFolder;
use super::folder::VENUE;
use crate::error::{Report, Result};
use crate::replay::start::Beginning;
use crate::shell::setup::Setup;

/// What an engine is brought back from.
pub(super) struct Restart<'a> {
    pub(super) setup: &'a Setup,
    pub(super) recording: Recording,
    pub(super) store: LiveStore,
    pub(super) now: Timestamp,
}

impl Restart<'_> {
    /// The engine as the last session left it, or a new one, with its strategies warmed up; and what was on the wire.
    ///
    /// # Errors
    /// A state or a recording that cannot be gone on from; a disk that refuses.
    pub(super) fn engine(&mut self, markets: &[Market], folder: &AccountFolder) -> Result<(Engine, Recovery)> {
        let recovery = self.store.recover(self.now).map_err(|error| refused_by_store(&error))?;
        let from = match &recovery.snapshot {
            Some(kept) => Beginning::Restored { snapshot: self.restored(kept)? },
            None => Beginning::Fresh { capital: self.setup.capital(), trade_from: self.trade_from()? },
        };
        self.take_up_recording(markets, folder)?;
        let start = self.setup.start_of(from);
        let mut engine = start.engine(markets)?;
        let json = start.to_json()?;
        let mut begun = vec![EventRef::Start(&json)];
        if engine.markets().is_empty() {
            // New, or killed before its first state was kept: then the rows below name markets that it has to know.
            for market in markets {
                engine.step(Event::Market(market), &mut Vec::new());
                begun.push(EventRef::Market(market));
            }
        }
        self.note(&begun)?;
        for strategy in self.setup.start()? {
            engine.add_strategy(Box::new(strategy));
        }
        self.warm_up(&mut engine)?;
        Ok((engine, recovery))
    }

    /// The state that was kept. Strategies that come back without the history that they need open nothing until they have it.
    fn restored(&self, kept: &StoredSnapshot) -> Result<EngineSnapshot> {
        let (kept_as, ours) = (kept.version, EngineSnapshot::VERSION);
        if kept_as != ours {
            return Err(Report::user("the engine's last state is of another version of the host, so nothing is traded")
                .because(format!("the state is of version {kept_as}, this host works with version {ours}"))
                .hint(
                    "positions stay as they are at the venue: go on with the former host; or have it close them, and begin anew \
                     with this one under another live.account",
                ));
        }
        let mut snapshot: EngineSnapshot = serde_json::from_str(&kept.body).map_err(|error| {
            Report::user("the engine's last state cannot be read, so nothing is traded").because(error).hint(
                "bring the account's folder back from a backup, or move it away and begin a new one: `host kill` cancels what \
                 it left open at the venue",
            )
        })?;
        snapshot.wait_until(self.trade_from()?);
        Ok(snapshot)
    }

    /// Says in the recording what it is of, and makes it know all `markets`. Its rows name markets by number: those that it knows
    /// must be the journal's.
    fn take_up_recording(&mut self, markets: &[Market], folder: &AccountFolder) -> Result<()> {
        let name =
            |market: Option<&Market>| market.map_or("unknown".to_owned(), |market| format!("`{}`", market.ticker));
        for recorded in self.recording.markets() {
            let journaled = markets.get(recorded.id.index());
            if journaled.is_none_or(|journaled| journaled.ticker != recorded.ticker) {
                let (id, journaled) = (recorded.id.0, name(journaled));
                let why =
                    format!("market {id} is {} in the recording, and {journaled} in the journal", name(Some(recorded)));
                return Err(not_of_one(folder, &why));
            }
        }
        let poll = self.setup.loaded.config.feed.poll;
        self.recording
            .describe(&format!("recorded at {VENUE}"), Some(poll))
            .and_then(|()| self.recording.list(markets))
            .map_err(|error| refused_by_recording(&error))
    }

    /// When signals begin to count: at once if the recording goes back far enough, else once it does.
    fn trade_from(&self) -> Result<Timestamp> {
        let warm_up = self.setup.warm_up();
        let mut rows = self.recorded()?;
        let mut first = Quotes::default();
        rows.next_batch(&mut first).map_err(|error| refused_by_recording(&error))?;
        let since = first.time.first().map_or(self.now, |&time| Timestamp(time));
        Ok((since + warm_up).max(self.now))
    }

    /// From when and until when what was recorded warms strategies up: to just behind the last row. A poll that is still to come may
    /// carry a time before `now`, but never one before that: a replay, which finds it recorded as well, must not take it for warm-up.
    fn warm_up_span(&self) -> (Timestamp, Timestamp) {
        let from = self.now - self.setup.warm_up();
        let behind_last = self.recording.last().map_or(from, |last| last + Span(1));
        (from, behind_last.clamp(from, self.now))
    }

    fn recorded(&self) -> Result<RowsBetween> {
        let (from, to) = self.warm_up_span();
        self.recording.rows_between(from, to).map_err(|error| refused_by_recording(&error))
    }

    /// Shows the strategies what was recorded, and writes down what that was, once it is sure to stay.
    fn warm_up(&mut self, engine: &mut Engine) -> Result<()> {
        let (mut rows, mut batch) = (self.recorded()?, Quotes::default());
        let (mut count, mut checksum) = (0, 0);
        while rows.next_batch(&mut batch).map_err(|error| refused_by_recording(&error))? {
            engine.warm_up(batch.all());
            count += batch.len() as u64;
            checksum = rows_checksum(&batch.all(), checksum);
        }
        let (from, to) = self.warm_up_span();
        let told = WarmUp { from, to, rows: count, checksum: format!("{checksum:016x}") };
        self.recording.sync().map_err(|error| refused_by_recording(&error))?;
        self.note(&[EventRef::WarmUp(&told)])
    }

    /// Writes `events` down, of which nothing followed: one wait for the disk, however many they are.
    fn note(&mut self, events: &[EventRef<'_>]) -> Result<()> {
        let steps: Vec<JournalStep<'_>> =
            events.iter().map(|&event| JournalStep { event, records: &[], cancels: &[] }).collect();
        let commit = Commit {
            time: self.now,
            steps: &steps,
            intents: &[],
            fills: &[],
            endings: &[],
            positions: &[],
            snapshot: None,
        };
        self.store.commit(&commit).map_err(|error| refused_by_store(&error))
    }
}

/// A recording without its journal is what is left when somebody moved that away, or it is lost: no account is begun beside it,
/// whose markets would have other numbers.
///
/// # Errors
/// There is one with rows.
pub(super) fn refuse_without_journal(folder: &AccountFolder) -> Result<()> {
    let missing = std::fs::symlink_metadata(folder.journal()).is_err_and(|error| error.kind() == ErrorKind::NotFound);
    let recorded = || Recording::open_read(folder.tape()).is_ok_and(|recording| !recording.markets().is_empty());
    match missing && recorded() {
        true => Err(not_of_one(folder, &format!("there is no journal at {}", folder.journal().display()))),
        false => Ok(()),
    }
}

/// For people: recording and journal are not of one past.
fn not_of_one(folder: &AccountFolder, why: &str) -> Report {
    Report::user("the recording of what was polled is not that of the account's journal, so nothing is traded")
        .because(why)
        .hint(format!(
            "bring back the journal that belongs to it; or move {} away as well: a new one is begun, and strategies warm up again; \
             no order or fill is in it",
            folder.tape().display()
        ))
}
