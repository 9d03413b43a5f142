//! The engine as the last session left it, with its strategies warmed up from the recording.
//!
//! It must never begin on a state that it misunderstands, nor warm strategies up with rows of other markets.

use std::collections::BTreeMap;

use host_core::engine::{Engine, EngineSnapshot};
use host_core::entry_cost::EntryCost;
use host_core::fees::FeeModel;
use host_core::{Event, Market, MarketId, Price, Quotes, SlotId, Span, Strategy, Timestamp, Usd};
use host_sandbox::trust::TradingMode;
use host_session::Reason;
use host_session::setup::Setup;
use host_session::start::{Beginning, Start};
use host_session::warm_up::{WarmUpRows, warm_up};
use host_sim::fill::ExchangeSettings;
use host_store::journal::events::{EventRef, JournalStep, WarmUp};
use host_store::live::{Commit, LiveStore, Recovery, StoredSnapshot};
use host_store::recording::{Recording, RowsBetween};

use crate::account_dir::{AccountDir, VENUE, is_there};
use crate::error::{LiveError, Result};
use crate::lines::LineDrawer;
use crate::resume::{Comebacks, marks};
use crate::warm_up_plan::WarmUpPlan;

/// The parts that an engine is brought back from.
pub struct Restart<'a> {
    pub setup: &'a Setup,
    /// The account's cash at the venue.
    pub cash: Usd,
    pub recording: Recording,
    pub store: LiveStore,
    pub now: Timestamp,
    /// Markets that closed before this are over.
    pub open_since: Timestamp,
    pub comebacks: Comebacks,
    pub warm_up: WarmUpPlan,
    /// The slots whose strategies wait for history that is not recorded, and until when.
    waits: BTreeMap<SlotId, Timestamp>,
    /// Polls of the journal that the recording lacks.
    pub unrecorded: Vec<Quotes>,
    /// The last poll that strategies were shown, by journal or recording.
    pub last_poll: Option<Timestamp>,
}

/// A journal may be so many polls, or this long, ahead of the venue's time.
const LEAD_POLLS: i64 = 3;
const LEAD: Span = Span::minutes(1);

/// Markets that closed longer ago than this are over, unless strategies are warmed up with rows of them.
const OVER_AFTER: Span = Span::days(2);

/// Returns the most that entries cost at the venue: what its dearest fee schedule asks of them. A limit is kept. On
/// paper it is what the fill model asks of them.
pub fn entry_cost(mode: TradingMode, exchange: &ExchangeSettings) -> EntryCost {
    match mode {
        TradingMode::Live => EntryCost { fees: FeeModel::KalshiWithMakerFees.schedule(100), slippage: Price::ZERO },
        TradingMode::Paper => exchange.entry_cost(),
    }
}

impl<'a> Restart<'a> {
    /// Prepares a start at `now` with `cash` at the venue, from what the last session left.
    ///
    /// # Errors
    /// The files cannot be read.
    pub fn prepare(
        setup: &'a Setup,
        cash: Usd,
        (store, recording): (LiveStore, Recording),
        now: Timestamp,
    ) -> Result<Restart<'a>> {
        let comebacks = Comebacks::of(setup, &store)?;
        let (last, unrecorded) = store.polls_after(recording.last()).map_err(LiveError::StoreFailed)?;
        let rows_between = |from, until| recording.rows_between(from, until);
        let mut warm_up = WarmUpPlan::for_prices(setup.warm_up(), now);
        let mut waits = BTreeMap::new();
        for strategy in &setup.strategies {
            let slot = setup.seat(strategy, store.slots()).number;
            if !comebacks.cold.contains_key(&slot) {
                continue;
            }
            let span = (strategy.component.manifest.warm_up, setup.poll_interval);
            let own = WarmUpPlan::new(&rows_between, span, now, unrecorded.len() as u64);
            let own = own.map_err(LiveError::RecordingFailed)?;
            warm_up.from = warm_up.from.min(own.from);
            if own.trade_from > now {
                waits.insert(slot, own.trade_from);
            }
        }
        let (open_since, last_poll) = (warm_up.from - OVER_AFTER, recording.last().max(last));
        Ok(Restart { setup, cash, recording, store, now, open_since, comebacks, warm_up, waits, unrecorded, last_poll })
    }

    /// Returns the engine as the last session left it, or a new one, with its strategies brought back or warmed up, and
    /// their lines drawn by `lines`; and what was on the wire.
    ///
    /// # Errors
    /// The state or the recording cannot be continued, or the disk refuses.
    pub fn engine(
        &mut self,
        markets: &[Market],
        folder: &AccountDir,
        lines: &LineDrawer,
    ) -> Result<(Engine, Recovery)> {
        let recovery = self.store.recover(self.now).map_err(LiveError::StoreFailed)?;
        self.require_past(recovery.snapshot.as_ref())?;
        let from = match &recovery.snapshot {
            Some(kept) => Beginning::Restored { snapshot: self.restored(kept)?, open_since: Some(self.open_since) },
            // What the account has not cannot be traded with. The first comparison of the books looks again.
            None => {
                let trade_from = self.warm_up.trade_from;
                Beginning::Fresh { capital: self.setup.capital.min(self.cash), trade_from }
            }
        };
        self.take_up_recording(markets, folder)?;
        let (entry_cost, waits) = (entry_cost(folder.mode(), &self.setup.exchange), self.waits.clone());
        let start = Start { entry_cost, waits, ..self.setup.start_of(from, self.store.slots()) };
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
        start.seat(&mut engine, self.instances(lines)?);
        self.comebacks.resume(&mut engine);
        begun.extend(self.comebacks.resumed.values().map(|comeback| EventRef::Resumed(&comeback.resumed)));
        note(&mut self.store, self.now, &begun)?;
        self.warm_up(&mut engine)?;
        self.keep_states(&engine)?;
        Ok((engine, recovery))
    }

    fn instances(&self, lines: &LineDrawer) -> Result<Vec<Box<dyn Strategy>>> {
        let started = self.setup.strategies.iter().zip(self.setup.instances()?);
        let followed = started.map(|(strategy, trading)| {
            let slot = self.setup.seat(strategy, self.store.slots()).number;
            lines.follow(slot, (&strategy.component, &strategy.settings), trading, self.now)
        });
        Ok(followed.collect())
    }

    /// Refuses a journal that goes beyond the venue's time: no poll would be shown, and no age would be right, until
    /// that time has come. A lead of a few polls passes by itself, as after an exchange that was set back a little.
    fn require_past(&self, snapshot: Option<&StoredSnapshot>) -> Result<()> {
        let last = self.recording.last().max(snapshot.map(|kept| kept.time));
        let most = (self.setup.poll_interval * LEAD_POLLS).max(LEAD);
        match last.map(|last| (last, last - self.now)) {
            Some((last, ahead)) if ahead > most => Err(LiveError::JournalAhead { last, ahead }),
            _ => Ok(()),
        }
    }

    /// Keeps the states that strategies go on from, and forgets those that were not taken up.
    fn keep_states(&mut self, engine: &Engine) -> Result<()> {
        let marks = marks(self.setup, self.store.slots())?;
        let books_seq = self.store.events().cast_signed();
        let mut states = Vec::new();
        for (slot, comeback) in self.comebacks.resumed.iter().filter(|(_, comeback)| comeback.polls > 0) {
            let Some(mark) = marks.get(slot) else { continue };
            let state = comeback.resumed.state.clone();
            states.push(mark.keep(engine, (*slot, state), (comeback.event, books_seq), self.now)?);
        }
        let cold: Vec<SlotId> = self.comebacks.cold.keys().copied().collect();
        self.store.forget_states(&cold).map_err(LiveError::StoreFailed)?;
        if states.is_empty() {
            return Ok(());
        }
        let snapshot = serde_json::to_string(&engine.snapshot()).map_err(LiveError::StateNotWritten)?;
        self.store.keep_states(&states, &snapshot, self.now).map_err(LiveError::StoreFailed)
    }

    /// Returns the state that was kept. Strategies that come back without the history that they need open nothing until
    /// they have it.
    fn restored(&self, kept: &StoredSnapshot) -> Result<EngineSnapshot> {
        let (kept_as, ours) = (kept.version, EngineSnapshot::VERSION);
        if !(EngineSnapshot::OLDEST..=ours).contains(&kept_as) {
            let why = format!("the state is of version {kept_as}, this host works with version {ours}");
            return Err(LiveError::StateVersion(Reason(why)));
        }
        let mut snapshot: EngineSnapshot = serde_json::from_str(&kept.body).map_err(LiveError::StateNotRead)?;
        snapshot.wait_until(self.warm_up.trade_from);
        Ok(snapshot)
    }

    /// Writes into the recording what it is of, lists in it the `markets` and those that it lacks, and adds the polls
    /// that it lacks. Its rows name markets by number: those that it knows must be the journal's.
    fn take_up_recording(&mut self, markets: &[Market], folder: &AccountDir) -> Result<()> {
        self.recording.keep(self.setup.warm_up() + OVER_AFTER).map_err(LiveError::RecordingFailed)?;
        // Those that are over are not looked at one by one: if the numbers were others', the last one's would be, too.
        let last = self.recording.next_market().0.checked_sub(1).map(MarketId);
        let given = markets.iter().map(|market| market.id);
        for recorded in given.chain(last).filter_map(|id| self.recording.market(id)) {
            let (id, ticker) = (recorded.id, &recorded.ticker);
            let journaled = self.store.ticker(id).map_err(LiveError::StoreFailed)?;
            if journaled.as_ref() != Some(ticker) {
                let journaled = journaled.map_or("unknown".to_owned(), |journaled| format!("`{journaled}`"));
                let why = format!("market {} is `{ticker}` in the recording, and {journaled} in the journal", id.0);
                return Err(of_another(folder, why));
            }
        }
        let missing = self.store.markets_from(self.recording.next_market()).map_err(LiveError::StoreFailed)?;
        let poll = self.setup.poll_interval;
        self.recording
            .describe(&format!("recorded at {VENUE}"), Some(poll))
            .and_then(|()| self.recording.list(&missing))
            .and_then(|()| self.recording.list(markets))
            .and_then(|()| self.unrecorded.iter().try_for_each(|poll| self.recording.append(&poll.all())))
            .map_err(LiveError::RecordingFailed)
    }

    /// Returns the span of the recording that warms strategies up: to just behind its last row. A poll that is still to
    /// come may carry a time before `now`, but never one before that: a replay, which finds it recorded as well, must
    /// not take it for warm-up.
    fn warm_up_span(&self) -> (Timestamp, Timestamp) {
        let from = self.warm_up.from.min(self.now);
        let behind_last = self.recording.last().map_or(from, |last| last + Span(1));
        // A host may come back at the very time of that poll.
        (from, behind_last.clamp(from, self.now + Span(1)))
    }

    fn recorded(&self) -> Result<RowsBetween> {
        let (from, to) = self.warm_up_span();
        self.recording.rows_between(from, to).map_err(LiveError::RecordingFailed)
    }

    /// Shows the recorded rows to the strategies, and writes down which those were, once they are safe on disk.
    fn warm_up(&mut self, engine: &mut Engine) -> Result<()> {
        let WarmUpRows { count, checksum } = warm_up(engine, self.recorded()?).map_err(LiveError::RecordingFailed)?;
        let (from, to) = self.warm_up_span();
        let told = WarmUp { from, to, rows: count, checksum };
        self.recording.sync().map_err(LiveError::RecordingFailed)?;
        note(&mut self.store, self.now, &[EventRef::WarmUp(&told)])
    }
}

/// Writes `events` down, from which nothing followed: one wait for the disk, however many they are.
fn note(store: &mut LiveStore, time: Timestamp, events: &[EventRef<'_>]) -> Result<()> {
    let steps: Vec<JournalStep<'_>> =
        events.iter().map(|&event| JournalStep { event, records: &[], cancels: &[] }).collect();
    store.commit(&Commit { steps: &steps, ..Commit::at(time) }).map(drop).map_err(LiveError::StoreFailed)
}

/// Refuses a recording without its journal, which somebody moved away or lost: the markets of an account begun beside
/// it would have other numbers.
///
/// # Errors
/// There is a recording with rows, and no journal.
pub fn refuse_without_journal(folder: &AccountDir) -> Result<()> {
    let recorded = || Recording::open_read(folder.tape()).is_ok_and(|recording| !recording.markets().is_empty());
    match !is_there(&folder.journal()) && recorded() {
        true => Err(of_another(folder, format!("there is no journal at {}", folder.journal().display()))),
        false => Ok(()),
    }
}

fn of_another(folder: &AccountDir, why: String) -> LiveError {
    LiveError::RecordingOfAnother { tape: folder.tape(), source: Reason(why) }
}
