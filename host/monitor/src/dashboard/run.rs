//! A run on simulated fills as its journal tells it: the journal is replayed with the strategies that it keeps, and
//! what the engine says then is the status. No figure is kept anywhere else. A run that goes on is followed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use host_core::engine::Engine;
use host_core::{Record, SlotId, Timestamp};
use host_live::control::engine_lines::{limit_lines, order_line, position_lines, slot_line};
use host_live::control::status::{Ago, Identity, Status, StatusView};
use host_live::day_counts::DayCounts;
use host_sandbox::{Cache, SandboxLimits};
use host_session::replay::player::{Player, ReplayedStep};
use host_session::replay::source::JournalSource;
use host_session::replay::verify::JournaledCast;
use host_session::start::other_engine;
use host_session::{SessionError, with_causes};
use host_store::journal::events::LoggedEvent;
use host_store::journal::{Journal, JournalError, RunInfo};
use host_store::runs::{KeptRun, RunState, RunsError};
use thiserror::Error;
use tokio::sync::watch;

use super::standing::RunStanding;
use super::view::Frame;
use super::watch::Sight;

/// Time between two looks at the journal.
const EVERY: Duration = Duration::from_secs(1);

/// Time within which a run that goes on has written what it is.
const BEGINS: Duration = Duration::from_secs(10);
/// Time between two looks at it.
const NAP: Duration = Duration::from_millis(100);
/// The time of an engine that was told nothing.
const NEVER: Timestamp = Timestamp(i64::MIN);

/// The reason why a run cannot be told further.
#[derive(Debug, Error)]
pub enum Untold {
    /// Another engine decided it.
    #[error("it was run by a host with the engine {0}, and this one decides otherwise")]
    OtherEngine(String),
    #[error(transparent)]
    Session(#[from] SessionError),
    #[error(transparent)]
    Run(#[from] RunsError),
}

/// Returns the description of `run`. One that has just begun may not have written it yet, and is given time.
pub fn info(run: &KeptRun) -> Result<RunInfo, JournalError> {
    let until = Instant::now() + BEGINS;
    loop {
        match Journal::open(run.journal()).and_then(|journal| journal.run_info()) {
            Err(_) if run.state == RunState::Running && Instant::now() < until => thread::sleep(NAP),
            read => return read,
        }
    }
}

/// Returns what is seen of `run` before its journal is read.
pub fn beginning(run: &KeptRun) -> Sight {
    without_figures(RunStanding::of(run, true), "The journal is being read: nothing is known yet.".to_owned())
}

fn without_figures(standing: RunStanding, why: String) -> Sight {
    Sight { frame: Frame::of(None), silent: Some(why), run: Some(standing), ..Sight::default() }
}

/// Follows `run`, and publishes what is seen of it, until nobody looks any more. Components are compiled into the
/// cache, and run within `limits`.
pub fn follow(run: &KeptRun, (cache, limits): (&Cache, &SandboxLimits), sight: &watch::Sender<Arc<Sight>>) {
    if let Err(why) = play(&run.path, (cache, limits), sight) {
        let told = format!("Positions, orders and limits of this run are not known: {}.", with_causes(&why));
        watch_end(run, &told, sight);
    }
    while !sight.is_closed() {
        thread::sleep(EVERY);
    }
}

/// Publishes the state of `run`, of which nothing else is known, as it is `told`, until the run is over.
fn watch_end(run: &KeptRun, told: &str, sight: &watch::Sender<Arc<Sight>>) {
    while !sight.is_closed() {
        // While its folder cannot be read, it is what it was.
        let latest = KeptRun::open(&run.path);
        let latest = latest.as_ref().unwrap_or(run);
        sight.send_replace(Arc::new(without_figures(RunStanding::of(latest, false), told.to_owned())));
        if latest.state != RunState::Running {
            return;
        }
        thread::sleep(EVERY);
    }
}

/// Replays the journal of the run in `folder` to its end, and follows it while it grows.
fn play(
    folder: &Path,
    (cache, limits): (&Cache, &SandboxLimits),
    sight: &watch::Sender<Arc<Sight>>,
) -> Result<(), Untold> {
    let journal = Journal::open(KeptRun::open(folder)?.journal()).map_err(SessionError::JournalNotRead)?;
    let source = JournalSource::new(&journal, cache.clone(), limits.clone());
    let mut player = Player::new(&source, JournaledCast(&source));
    let mut followed = Followed::new(folder.to_owned());
    loop {
        // Asked first: what a run that is over has written is all that it has.
        let run = KeptRun::open(folder)?;
        let unread = SessionError::JournalNotRead;
        let steps = match followed.seq {
            0 => journal.steps(),
            seq => match journal.steps_after(seq).map_err(unread)? {
                Some(steps) => steps,
                None => return Err(SessionError::JournalInconsistent("an event has vanished from it".into()).into()),
            },
        };
        let mut published = Instant::now();
        for step in steps {
            let step = step.map_err(unread)?;
            if let LoggedEvent::Start(start) = &step.event
                && let Some(version) = other_engine(start)
            {
                return Err(Untold::OtherEngine(version.to_owned()));
            }
            followed.seq = step.seq;
            let made = player.play(step.event)?;
            let Some(engine) = player.engine() else { continue };
            followed.note(&made, engine.now());
            if published.elapsed() >= EVERY && followed.has_begun() {
                if sight.is_closed() {
                    return Ok(());
                }
                sight.send_replace(Arc::new(followed.sight(engine, RunStanding::of(&run, true))));
                published = Instant::now();
            }
        }
        let standing = RunStanding::of(&run, false);
        sight.send_replace(Arc::new(match player.engine() {
            Some(engine) if followed.has_begun() => followed.sight(engine, standing),
            _ => without_figures(standing, "No price has come yet: nothing is known.".to_owned()),
        }));
        if run.state != RunState::Running || sight.is_closed() {
            return Ok(());
        }
        thread::sleep(EVERY);
    }
}

/// The facts that the replayed engine does not keep itself.
struct Followed {
    folder: PathBuf,
    /// Number of the last event.
    seq: i64,
    day: Option<DayCounts>,
    /// Number of faults, by slot.
    faults: BTreeMap<SlotId, u32>,
}

impl Followed {
    fn new(folder: PathBuf) -> Followed {
        Followed { folder, seq: 0, day: None, faults: BTreeMap::new() }
    }

    fn note(&mut self, made: &ReplayedStep, now: Timestamp) {
        if now == NEVER {
            return;
        }
        let day = self.day.get_or_insert_with(|| DayCounts::new(Timestamp::start_of_day(now.day())));
        for record in &made.records {
            day.count(record, now);
            if let Record::Fault { slot, .. } = record {
                *self.faults.entry(*slot).or_default() += 1;
            }
        }
    }

    /// Returns true once the engine knows what time it is.
    fn has_begun(&self) -> bool {
        self.day.is_some()
    }

    fn sight(&self, engine: &Engine, standing: RunStanding) -> Sight {
        let name = self.folder.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let identity = Identity { paper: true, ..Identity::of_this_process("", &name) };
        let status = self.status(engine);
        let frame = Frame::of_run(&status, &standing);
        let status = Some(status);
        let view = StatusView { identity, uptime_seconds: 0.0, killed: None, status, status_age_seconds: 0.0 };
        Sight { view: Some(view), frame, run: Some(standing), ..Sight::default() }
    }

    fn status(&self, engine: &Engine) -> Status {
        let now = engine.now();
        let closes = |market| engine.market(market).and_then(|market| market.closes);
        let blocked = engine
            .blocked_exits()
            .map(|exit| exit.describe(engine.market(exit.market).map_or("", |market| market.ticker.as_str())));
        let orders = engine.open_orders().map(|open| order_line(engine, open, "resting", now));
        let slots = (0..).map(SlotId).zip(engine.slot_names()).filter(|(_, name)| !name.is_empty());
        let slots = slots.map(|(slot, _)| host_live::control::status::SlotLine {
            faults: self.faults.get(&slot).copied().unwrap_or_default(),
            ..slot_line(engine, slot, now)
        });
        Status {
            time: now.to_string(),
            state: engine.risk().state(),
            reasons: engine.risk().reasons(),
            equity: engine.portfolio().equity().as_dollars(),
            day_profit: engine.risk().day_change().as_dollars(),
            positions: position_lines(engine, closes),
            limits: limit_lines(engine),
            today: self.day.as_ref().map(|day| day.today(now)).unwrap_or_default(),
            blocked_exits: blocked.collect(),
            orders: orders.collect(),
            last_poll: Some(Ago { time: now.to_string(), age_seconds: 0.0 }),
            slots: slots.collect(),
            ..Status::default()
        }
    }
}
