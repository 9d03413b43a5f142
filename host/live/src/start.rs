//! The start of a live run, the first one and the one after a `kill -9` alike: checks, store, engine, warm-up, and what
//! the last run left on the wire.
//!
//! There is one way to start. It must never begin to trade on a state that it could not read.

use std::collections::BTreeMap;

use host_core::engine::{Engine, EngineSnapshot};
use host_core::{Market, MarketId, SlotId, Span, Timestamp, Usd};
use host_sandbox::trust::TradingMode;
use host_sandbox::{Cache, Sandbox};
use host_session::pretend::PretendTerms;
use host_session::run_journal::strategies;
use host_session::setup::Setup;
use host_session::start::Beginning;
use host_session::{Reason, SessionError, StopFlag};
use host_store::live::lock::HostLock;
use host_store::live::{LiveInfo, LiveStore, Recovery, StoreError};
use host_store::recording::{Recording, Recovered};
use host_venues::kalshi::{ClockKind, KalshiSettings};
use host_venues::venue::Venue;
use tokio::runtime::Runtime;

use crate::account_dir::{AccountDir, VENUE, is_there};
use crate::account_lock::{self, LockPlaces};
use crate::capacity::Capacity;
use crate::capital_stage::StageTerms;
use crate::confirm::Confirmed;
use crate::connect::{AccountKeeper, AccountTerms, Connected, connect, environment, journal_mode, key_id};
use crate::control::status::Identity;
use crate::control::{Control, KillSwitch, OperatorInbox, Reloader, StatusPublisher, VenueAccess};
use crate::disk_use::DiskWatch;
use crate::error::{LiveError, Result};
use crate::feed::Feed;
use crate::host::{LiveHost, Parts};
use crate::journal::AccountJournal;
use crate::last_start::LastStart;
use crate::lines::LineKeeper;
use crate::markets::Markets;
use crate::notice::{Notice, NoticeCode, Notices, Severity};
use crate::preflight::{self, UnsetLimit};
use crate::reconcile::Reconciler;
use crate::refusal::{Checked, Refusal};
use crate::requests::VenueRequests;
use crate::restore::{Restart, entry_cost, refuse_without_journal};
use crate::resume::{Comeback, Comebacks, marks};
use crate::settings::{JournalSettings, LiveSettings};
use crate::shadow;
use crate::sight::AccountSight;
use crate::state_keeper::StateKeeper;
use crate::swap::{self, Preparer, Seats, SwappedIn, TrustTerms};
use crate::timers::{Intervals, Timers};
use crate::venue_way::VenueWay;

/// Everything that a run at a venue is started from.
#[derive(Clone, Copy, Debug)]
pub struct StartRequest<'a> {
    /// Real money, or paper.
    pub mode: TradingMode,
    /// The strategies, and how they trade.
    pub setup: &'a Setup,
    pub live: &'a LiveSettings,
    pub journal: JournalSettings,
    pub venue: &'a KalshiSettings,
    /// The stage of the capital, in percent.
    pub stage_percent: u32,
    pub answers: Answers,
    /// The limits that the operator must have set, and has not.
    pub unset_limits: &'a [UnsetLimit],
    /// The places in which locks stand.
    pub lock_places: &'a LockPlaces,
    /// The terms from which those of each stage of the capital follow.
    pub stages: &'a StageTerms,
    /// The cache of compiled strategies.
    pub cache: &'a Cache,
    /// The terms on which components may trade.
    pub trust: &'a TrustTerms,
    /// The strategies that former sessions have swapped in, and that `setup` has in the places of those given.
    pub swapped_in: &'a BTreeMap<String, SwappedIn>,
    pub reloader: &'a Reloader,
    /// Ends the wait for a venue that does not answer.
    pub stop: &'a StopFlag,
}

/// The operator's answers to what a start would ask.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// Positions that a new account finds are the operator's, and stay as they are.
    pub leave_positions: bool,
    /// Positions of slots whose strategy is not loaded are closed.
    pub wind_down: bool,
}

/// A live run that is ready, and the thread that the operator reaches it by.
#[derive(Debug)]
pub struct Started {
    pub host: LiveHost,
    /// Ends when dropped.
    pub control: Control,
    /// Keeps other hosts off the account until it is dropped.
    pub account_lock: AccountKeeper,
}

impl StartRequest<'_> {
    /// Checks the settings, before anybody is asked to confirm anything.
    ///
    /// # Errors
    /// Everything that is missing or wrong in them, at once.
    pub fn check_settings(&self) -> Result<()> {
        let refusals = preflight::check_settings(self.unset_limits, self.mode, self.live, self.venue);
        preflight::require(Checked::Settings, refusals)
    }

    fn account(&self) -> AccountTerms<'_> {
        let (exchange, deposit) = (&self.setup.exchange, self.stages.target);
        AccountTerms { mode: self.mode, venue: self.venue, account: &self.live.account, exchange, deposit }
    }

    fn intervals(&self) -> Intervals {
        let LiveSettings { sync, reconcile, snapshot, .. } = *self.live;
        Intervals { poll: self.setup.poll_interval, look: sync, audit: reconcile, snapshot }
    }
}

/// Checks everything, opens everything, and brings the engine to where it was. What there is to tell goes to `notices`.
///
/// # Errors
/// Something is missing, wrong or in the way, told all at once where that is possible; then nothing was sent.
pub fn start(request: StartRequest<'_>, confirmed: &Confirmed, mut notices: Notices) -> Result<Started> {
    let kept_notices = notices.subscribe();
    request.check_settings()?;
    let StartRequest { setup, live, venue, .. } = request;
    let runtime = VenueRequests::runtime()?;
    let folder = AccountDir::of(request.mode, &live.folder, VENUE, confirmed.account());
    let Connected { venue: account, listens, way, ledger_lock } =
        connect(&request.account(), &folder, &runtime, &notices)?;
    let (cash, now) = (check_venue(&runtime, &*account, &request, &notices)?, account.clock().now());
    let account_lock = lock_account(&request, &folder, &runtime, (&*account, ledger_lock))?;
    let sandbox = Sandbox::new(setup.sandbox.clone(), request.cache.clone()).map_err(SessionError::from)?;
    let (store, recording) = open_files(request, confirmed, (&folder, &sandbox), now, &notices)?;
    let (status, kill) = (publisher(request.mode, confirmed), KillSwitch::load(&folder));
    let (drawer, lines) = LineKeeper::new();
    let (operator, requests_of_operator) = OperatorInbox::new(kill.clone());
    let (seats, trust) = (Seats::of(setup, store.slots(), request.trust), request.trust.clone());
    let preparer = Preparer::new(sandbox, seats, folder.clone(), setup.poll_interval, trust);
    let operator_side = (requests_of_operator, preparer.clone(), request.reloader.clone());
    let control = Control::serve(&folder, access(way, &*account, live), status.clone(), kill, operator_side)?;
    let states = StateKeeper::new(marks(setup, store.slots())?, now);
    let mut restart = Restart::prepare(setup, cash, (store, recording), now)?;
    let (markets, next_market) = known_markets(&restart).map_err(LiveError::StoreFailed)?;
    let capacity = Capacity::of(setup).require_known(&markets).map_err(SessionError::from)?;
    let (engine, recovery) = restart.engine(&markets, &folder, &drawer)?;
    // A restart within a poll's interval does not show or record that poll again.
    let Restart { recording, mut store, comebacks, last_poll, .. } = restart;
    let vacant = vacant_slots(&engine, request.answers)?;
    notices.name_slots(engine.slot_names());
    tell_comebacks(&comebacks, &engine, now, &notices);
    let terms = PretendTerms::of(setup, entry_cost(request.mode, &setup.exchange));
    let shadows = shadow::rebuild(&mut store, &preparer, &terms, &engine, &notices)?;
    let swaps = swap::take_up(&mut store, &preparer, request.swapped_in, now, &notices)?.drawing(drawer);
    let trades_from = recording.last_trade().map_or(now, |last| last + Span(1));
    let mut journal = AccountJournal::new(store, recording, kept_notices, request.journal.keep);
    let parts = Parts {
        engine,
        reconciler: Reconciler::new(journal.baseline()?, setup.capital, journal.told()?),
        journal,
        requests: VenueRequests::new(runtime, account, venue.clock == ClockKind::Stepped, listens),
        feed: Feed::new(Markets::new(markets, next_market), venue.series.clone(), last_poll, now),
        capacity,
        sight: AccountSight::new(live.sync, live.reconcile, live.max_unseen, now),
        timers: Timers::new(request.intervals(), now),
        operator,
        status,
        notices,
        disk: DiskWatch::new(folder.clone()),
        states,
        swaps,
        shadows,
        lines,
        terms,
        stages: request.stages.clone(),
        stage_percent: request.stage_percent,
        schedule: setup.schedule.clone(),
        trades_from,
        orders_at_stop: live.orders_at_stop,
    };
    Ok(Started { host: begun(parts, recovery, &folder, &vacant)?, control, account_lock })
}

fn begun(
    parts: Parts,
    recovery: Recovery,
    folder: &AccountDir,
    vacant: &BTreeMap<SlotId, Vec<MarketId>>,
) -> Result<LiveHost> {
    let mut host = LiveHost::new(parts);
    host.recover(recovery, folder)?;
    host.begin(vacant)?;
    Ok(host)
}

fn publisher(mode: TradingMode, confirmed: &Confirmed) -> StatusPublisher {
    let paper = mode == TradingMode::Paper;
    StatusPublisher::new(Identity { paper, ..Identity::of_this_process(VENUE, confirmed.account()) })
}

fn access(way: VenueWay, account: &dyn Venue, live: &LiveSettings) -> VenueAccess {
    let clock = account.clock().clone();
    VenueAccess { name: VENUE.to_owned(), way, clock, patience: live.cancel_timeout() }
}

/// Returns the markets that are not over, and the number of the next one.
fn known_markets(restart: &Restart<'_>) -> Result<(Vec<Market>, MarketId), StoreError> {
    Ok((restart.store.markets(restart.open_since)?, restart.store.next_market()?))
}

/// Keeps other hosts off the account in `folder`, and refuses one that holds positions which nobody accounts for.
fn lock_account(
    request: &StartRequest<'_>,
    folder: &AccountDir,
    runtime: &Runtime,
    (account, ledger_lock): (&dyn Venue, Option<HostLock>),
) -> Result<AccountKeeper> {
    let account_lock = match ledger_lock {
        Some(lock) => AccountKeeper::Paper(lock),
        None => AccountKeeper::Live(account_lock::lock(request.lock_places, request.venue, folder.path())?),
    };
    refuse_without_journal(folder)?;
    if !is_there(&folder.journal()) && !request.answers.leave_positions {
        runtime.block_on(preflight::refuse_positions(account))?;
    }
    Ok(account_lock)
}

/// Checks the venue, and asks it how fast requests may come. Returns the account's cash.
fn check_venue(runtime: &Runtime, account: &dyn Venue, request: &StartRequest<'_>, notices: &Notices) -> Result<Usd> {
    let patience = request.live.start_timeout();
    let say = |what: &str| {
        let text = format!("not started yet, and tried again for {} s: {what}", patience.as_secs());
        notices.warn(account.clock().now(), NoticeCode::VenueDown, text);
    };
    let checked = runtime.block_on(preflight::check_venue(account, request.venue, patience, request.stop, say));
    let cash = checked.map_err(|refusals| LiveError::Refused { checked: Checked::Venue, refusals })?;
    let cash = cash.map_err(LiveError::StoppedAtStart)?;
    // From here on requests are paced by what this account may send; unknown, by what every account may.
    if let Err(error) = runtime.block_on(account.learn_limits()) {
        tracing::warn!("the account's request limits are not known, so the lowest are kept: {error}");
    }
    Ok(cash)
}

/// Opens store and recording, and tells what is new or wrong about them.
fn open_files(
    request: StartRequest<'_>,
    confirmed: &Confirmed,
    (folder, sandbox): (&AccountDir, &Sandbox),
    now: Timestamp,
    notices: &Notices,
) -> Result<(LiveStore, Recording)> {
    let mut store = open_store(request, confirmed, folder, now)?;
    let last = LastStart::read(&store).map_err(LiveError::StoreFailed)?;
    swap::refuse_changed_meaning(request.setup, last.as_ref(), &store, sandbox)?;
    let settings = LastStart::of(request.setup, request.stage_percent);
    settings.take_over(&mut store, now, notices).map_err(LiveError::StoreFailed)?;
    tell_changes(&store, &key_id(request.mode, request.venue), now, notices);
    let (recording, recovered) = Recording::open(folder.tape()).map_err(LiveError::RecordingNotOpened)?;
    tell_damage(&recovered, now, notices);
    Ok((store, recording))
}

/// Tells what is new about the account since its last start.
fn tell_changes(store: &LiveStore, key_id: &str, now: Timestamp, notices: &Notices) {
    if let Some(former) = store.former_key().filter(|former| *former != key_id) {
        let text = format!("the key is {key_id}, it was {former} at the last start");
        notices.warn(now, NoticeCode::KeyChanged, text);
    }
    if let Some(former) = store.upgraded_from() {
        let what = "former hosts cannot go on with it, nothing in it was lost";
        notices.warn(
            now,
            NoticeCode::JournalUpgraded,
            format!("the journal was upgraded from version {former}: {what}"),
        );
    }
}

/// Returns the slots that hold positions whose exit nobody wants, and nobody will: their strategy is not loaded.
///
/// # Errors
/// There are some, and the operator has not said that they are to be closed.
fn vacant_slots(engine: &Engine, answers: Answers) -> Result<BTreeMap<SlotId, Vec<MarketId>>> {
    let mut vacant: BTreeMap<SlotId, Vec<MarketId>> = BTreeMap::new();
    for (market, slot, _) in engine.portfolio().positions() {
        if engine.manifest(slot).is_none() && !engine.is_exit_wanted(slot, market) {
            vacant.entry(slot).or_default().push(market);
        }
    }
    if !answers.wind_down {
        refuse_vacant(engine, &vacant)?;
    }
    Ok(vacant)
}

/// Refuses a start that would leave positions alone.
fn refuse_vacant(engine: &Engine, vacant: &BTreeMap<SlotId, Vec<MarketId>>) -> Result<()> {
    let refusal = |(slot, markets): (&SlotId, &Vec<MarketId>)| {
        let tickers: Vec<&str> =
            markets.iter().filter_map(|market| engine.market(*market)).map(|market| market.ticker.as_str()).collect();
        let name = engine.slot_name(*slot);
        let count = tickers.len();
        // In lines of a few: one long line would be shortened where it is shown.
        let tickers: Vec<String> = tickers.chunks(4).map(|few| few.join(", ")).collect();
        let tickers = tickers.join(",\n  ");
        let what = format!("slot {name} holds {count} positions, and its strategy is not loaded:\n  {tickers}");
        Refusal::new(what, "load its strategy with `--strategy` as before, or close them with `--wind-down`")
    };
    preflight::require(Checked::Positions, vacant.iter().map(refusal).collect())
}

/// Tells which strategies go on as if they had never stopped, which do not and why, and which positions the latter do
/// not know of.
fn tell_comebacks(comebacks: &Comebacks, engine: &Engine, now: Timestamp, notices: &Notices) {
    // One in quarantine does not go on, whatever became of its state.
    let goes_on = |slot: &SlotId| !engine.is_quarantined(*slot);
    for (slot, comeback) in comebacks.resumed.iter().filter(|(slot, _)| goes_on(slot)) {
        let Comeback { kept, polls, is_of_another, .. } = comeback;
        let whose = if *is_of_another { "that of its former version" } else { "its own" };
        let text = format!(
            "strategy {} goes on from the state of {kept}, {whose}, and has caught up with {polls} polls since",
            engine.slot_name(*slot)
        );
        notices.publish(Notice::new(Severity::Info, now, NoticeCode::StrategyResumed, text).of_strategy(*slot));
    }
    for (slot, why) in comebacks.cold.iter().filter(|(slot, _)| goes_on(slot)) {
        let Some(why) = why else { continue };
        let what = "does not go on from its last state, and was warmed up instead";
        let text = format!("strategy {} {what}: {why}", engine.slot_name(*slot));
        notices.publish(Notice::new(Severity::Warning, now, NoticeCode::StrategyNotResumed, text).of_strategy(*slot));
    }
    let mut unknown: BTreeMap<SlotId, Vec<&str>> = BTreeMap::new();
    for (slot, market) in engine.unknown_positions() {
        let ticker = engine.market(market).map_or("", |market| market.ticker.as_str());
        unknown.entry(slot).or_default().push(ticker);
    }
    for (slot, tickers) in unknown {
        let text = format!(
            "strategy {} does not know of its positions in {}: nothing may ask for their exit; close them at the venue",
            engine.slot_name(slot),
            tickers.join(", ")
        );
        notices.publish(Notice::new(Severity::Alert, now, NoticeCode::PositionsUnknown, text).of_strategy(slot));
    }
}

/// Tells what of the recording is lost: strategies warm up without it.
fn tell_damage(recovered: &Recovered, now: Timestamp, notices: &Notices) {
    tracing::info!("recording: {recovered:?}");
    let Recovered { damaged_frames, cut_bytes, .. } = recovered;
    if *damaged_frames > 0 {
        let what = "in the recording are damaged and left out of the warm-up: check the disk";
        notices.alert(now, NoticeCode::RecordingDamaged, format!("{damaged_frames} polls {what}"));
    }
    if *cut_bytes > 0 {
        let text = format!("{cut_bytes} bytes of an unfinished poll at the end of the recording were cut off");
        notices.warn(now, NoticeCode::RecordingDamaged, text);
    }
}

fn open_store(
    request: StartRequest<'_>,
    confirmed: &Confirmed,
    folder: &AccountDir,
    now: Timestamp,
) -> Result<LiveStore> {
    let setup = request.setup;
    let environment = environment(request.venue)?;
    let nothing = Beginning::Fresh { capital: setup.capital, trade_from: now };
    let info = LiveInfo {
        mode: journal_mode(request.mode),
        venue: VENUE.to_owned(),
        environment,
        account: confirmed.account().to_owned(),
        key_id: key_id(request.mode, request.venue),
        engine_version: env!("CARGO_PKG_VERSION").to_owned(),
        state_version: EngineSnapshot::VERSION,
        started: now,
        config: setup.config.clone(),
        strategies: strategies(&setup.start_of(nothing, &setup.slots())),
    };
    let mut store = LiveStore::open(folder.path(), &info).map_err(|error| match error {
        StoreError::State { .. } => LiveError::StateVersion(Reason(error.to_string())),
        other => LiveError::StoreNotOpened(other),
    })?;
    for strategy in &setup.strategies {
        store.keep_component(&strategy.component.digest, &strategy.bytes).map_err(LiveError::StoreNotOpened)?;
    }
    Ok(store)
}
