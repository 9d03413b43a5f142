//! The start of a live run, the first one and the one after a `kill -9` alike: checks, store, engine, warm-up, and what the
//! last run left on the wire.
//!
//! There is one way to start. It must never begin to trade on a state that it could not read.

use std::io::{IsTerminal, stdin};
use std::sync::mpsc::channel;

use host_core::engine::EngineSnapshot;
use host_core::{Disputed, Timestamp};
use host_store::journal::JournalError;
use host_store::live::lock::HostLock;
use host_store::live::{LiveError, LiveInfo, LiveStore, OutboxRow, OutboxState, Recovery};
use host_store::recording::{Recording, Recovered};
use host_venues::clock::Clock;
use host_venues::kalshi::{ClockKind, Kalshi};
use tokio::runtime::Runtime;

use super::apply::refused_by_store;
use super::audits::NOT_YET;
use super::control::status::Identity;
use super::control::{Control, KillSwitch, Operator, ResumeNote, StatusBoard, VenueAccess};
use super::desk::{Desk, Desked, Standing};
use super::folder::AccountFolder;
use super::io::VenueIo;
use super::markets::Markets;
use super::one_host;
use super::preflight::{self, Asking, LiveMark};
use super::restart::{Restart, refuse_without_journal};
use super::shell::{Audit, Shell};
use super::streamed::Streamed;
use super::summary::Summary;
use super::timers::{Intervals, Timers};
use super::voice::Voice;
use super::winding::BASELINE;
use crate::app::Context;
use crate::config::Config;
use crate::error::{Kind, Report, Result};
use crate::replay::start::Beginning;
use crate::shell::journal::strategies;
use crate::shell::setup::Setup;

/// The venue's name in folders and for people.
pub const VENUE: &str = "kalshi";

/// A live run that is ready, and the thread that a person reaches it by.
#[derive(Debug)]
pub struct Started {
    /// The run.
    pub shell: Shell,
    /// Ends when dropped.
    pub control: Control,
    /// Keeps other hosts off the account until it is dropped.
    pub one_host: HostLock,
}

/// Checks everything, opens everything, and brings the engine to where it was.
///
/// # Errors
/// Whatever is missing, wrong or in the way, all at once where that can be; then nothing was sent.
pub fn start(setup: &Setup, confirmed: Option<&str>, context: &Context) -> Result<Started> {
    let config = &setup.loaded.config;
    preflight::verdict(Kind::Config, &preflight::check_settings(&setup.loaded))?;
    confirm(&config.live.account, confirmed)?;
    let mark = LiveMark::new(&config.live.account, context.ui.colour);
    let voice = Voice::new(context.ui, mark);
    let runtime = VenueIo::runtime()?;
    let kalshi = connect(config, &runtime)?;
    let refusals = runtime.block_on(preflight::check_venue(&kalshi, &config.venue));
    preflight::verdict(Kind::Venue, &refusals)?;
    // From here on requests are paced by what this account may send; unknown, by what every account may.
    if let Err(error) = runtime.block_on(kalshi.limits()) {
        tracing::warn!("the account's request limits are not known, so the lowest are kept: {error}");
    }
    let folder = AccountFolder::new(&config.live.folder, VENUE, &config.live.account);
    let one_host = one_host::lock(&config.venue, folder.path())?;
    refuse_without_journal(&folder)?;
    let now = kalshi.clock().now();
    let store = open_store(setup, &folder, now)?;
    if let Some(former) = store.former_key().filter(|former| *former != config.venue.key_id) {
        voice.say(now, &format!("the key is {}, it was {former} at the last start", config.venue.key_id));
    }
    let (recording, recovered) = Recording::open(folder.tape()).map_err(|error| {
        Report::user("the recording of what was polled cannot be opened, so nothing is traded")
            .because_of(&error)
            .hint("move that folder away: a new one is begun, and strategies warm up again; no order or fill is in it")
    })?;
    tell_damage(&recovered, now, &voice);
    let (kill, board) =
        (KillSwitch::load(&folder), StatusBoard::new(Identity::of_this_process(VENUE, &config.live.account)));
    let (tell, operator) = channel::<Operator>();
    let access = VenueAccess {
        name: VENUE.to_owned(),
        settings: config.venue.clone(),
        clock: kalshi.clock().clone(),
        patience: config.live.kill_patience(),
    };
    let control = Control::serve(&folder, access, board.clone(), kill.clone(), tell)?;
    let markets = store.markets().map_err(|error| refused_by_store(&error))?;
    let timers = Timers::new(intervals(config), now);
    let mut restart = Restart { setup, recording, store, now };
    let (engine, recovery) = restart.engine(&markets, &folder)?;
    let Restart { recording, store, .. } = restart;
    // A restart within a poll's interval does not show or record that poll again.
    let last_poll = recording.last();
    let mut shell = Shell {
        engine,
        store,
        recording,
        venue: VenueIo::new(runtime, kalshi, &config.venue),
        markets: Markets::new(markets),
        desk: Desk::default(),
        timers,
        kill,
        board,
        operator,
        voice,
        series: config.venue.series.clone(),
        audit: Audit::default(),
        settling: Default::default(),
        unsettled: Default::default(),
        streamed: Streamed::default(),
        stopping: false,
        kills_told: 0,
        discover_from: now,
        last_poll,
        venue_down: None,
        summary: Summary::default(),
    };
    shell.go_on(recovery, &folder)?;
    Ok(Started { shell, control, one_host })
}

/// What of the recording is lost: strategies warm up without it.
fn tell_damage(recovered: &Recovered, now: Timestamp, voice: &Voice) {
    tracing::info!("recording: {recovered:?}");
    let Recovered { damaged_frames, cut_bytes, .. } = recovered;
    if *damaged_frames > 0 {
        let what = "in the recording are damaged and left out of the warm-up: check the disk";
        voice.alert(now, &format!("{damaged_frames} polls {what}"));
    }
    if *cut_bytes > 0 {
        voice.say(now, &format!("{cut_bytes} bytes of an unfinished poll at the end of the recording were cut off"));
    }
}

fn confirm(account: &str, confirmed: Option<&str>) -> Result<()> {
    let asking = match confirmed {
        Some(name) => Asking::Named(name),
        None if stdin().is_terminal() => Asking::Terminal,
        None => Asking::Nobody,
    };
    match preflight::confirm(account, &asking, &mut stdin().lock(), &mut std::io::stderr()) {
        Ok(()) => Ok(()),
        Err(refusal) => preflight::verdict(Kind::User, &[refusal]),
    }
}

fn connect(config: &Config, runtime: &Runtime) -> Result<Kalshi> {
    let clock = match config.venue.clock {
        ClockKind::Wall => Clock::wall(),
        ClockKind::Stepped => runtime
            .block_on(Clock::stepped(&config.venue.base_url))
            .map_err(|error| Report::new(Kind::Venue, "the stepped clock cannot be read").because_of(&error))?,
    };
    Kalshi::connect(&config.venue, clock).map_err(|error| {
        Report::new(Kind::Config, "not started: the venue's client cannot be set up")
            .because_of(&error)
            .hint("correct the section [venue] of host.toml; `host config show` prints it with each key's origin")
    })
}

fn intervals(config: &Config) -> Intervals {
    let live = &config.live;
    Intervals { poll: config.feed.poll, look: live.sync, audit: live.reconcile, snapshot: live.snapshot }
}

fn open_store(setup: &Setup, folder: &AccountFolder, now: Timestamp) -> Result<LiveStore> {
    let config = &setup.loaded.config;
    let environment = config.venue.environment();
    let environment =
        environment.map_err(|error| Report::new(Kind::Config, "the venue has no address").because_of(&error))?;
    let environment = environment.to_string();
    let nothing = Beginning::Fresh { capital: setup.capital(), trade_from: now };
    let info = LiveInfo {
        venue: VENUE.to_owned(),
        environment,
        account: config.live.account.clone(),
        key_id: config.venue.key_id.clone(),
        engine_version: env!("CARGO_PKG_VERSION").to_owned(),
        state_version: EngineSnapshot::VERSION,
        started: now,
        config: config.clone().into_tree().to_string(),
        strategies: strategies(&setup.start_of(nothing)),
    };
    let cannot = |error: LiveError| {
        let hint = match &error {
            LiveError::Journal(JournalError::NotAJournal { .. }) => {
                "move that file away, or set live.folder to another folder"
            }
            LiveError::Journal(JournalError::Damaged { .. }) => {
                "bring it back from a backup, or move the folder away and begin a new one: `host kill` cancels what it left \
                 open at the venue, and works without it"
            }
            LiveError::Held { .. } => "`host status` shows what that host does",
            _ => "nothing was sent, and nothing is lost",
        };
        Report::user("the account's store cannot be opened, so nothing is traded").because_of(&error).hint(hint)
    };
    let mut store = LiveStore::open(folder.path(), &info).map_err(cannot)?;
    for (component, bytes) in setup.components.iter().zip(&setup.bytes) {
        store.keep_component(&component.digest, bytes).map_err(cannot)?;
    }
    Ok(store)
}

impl Shell {
    /// Takes up what the last session left, and what was said while none ran.
    fn go_on(&mut self, recovery: Recovery, folder: &AccountFolder) -> Result<()> {
        self.audit.baseline = self.store.meta(BASELINE).map_err(|error| refused_by_store(&error))?;
        for OutboxRow { order, .. } in recovery.never_sent {
            self.apply_end(order.id, OutboxState::NotPlaced, "the host stopped before it was sent".to_owned())?;
        }
        for row in recovery.unknown.into_iter().chain(recovery.working) {
            let standing = match row.venue_order_id {
                Some(venue_id) => Standing::Resting { venue_id },
                None => Standing::Unknown { since: row.unknown_since.unwrap_or(self.venue.now()) },
            };
            let (id, cancel) = (row.order.id, row.cancel_wanted.is_some());
            let mut desked = Desked::new(row.order, &row.ticker, &row.client_order_id, standing);
            desked.filled = row.filled;
            self.desk.take_on(desked);
            if cancel {
                self.desk.want_cancel(id);
            }
        }
        if !self.desk.is_empty() {
            let (open, unknown) = (self.desk.len(), self.desk.unknown());
            self.voice
                .say(self.now(), &format!("{open} orders of the last run are looked up, {unknown} of them unknown"));
        }
        if let Some(note) = ResumeNote::pending(folder) {
            self.resume(&note.reason, &note.by)?;
            ResumeNote::void(folder).map_err(|error| Report::io("the note RESUMED cannot be removed", &error))?;
        }
        self.dispute(NOT_YET.to_owned(), Disputed::Everything)
    }
}
