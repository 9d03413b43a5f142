//! The lines that strategies draw over prices, kept beside trading without touching it: a twin of each strategy that
//! has any is shown what it is shown, on a thread of its own; see [`host_session::chart`].
//!
//! Trading never waits for a twin. A twin that fails, or that cannot keep up and has no state to go on from, costs its
//! lines and nothing else. What all twins say waits in a bounded queue for a moment in which the loop has time; what
//! finds no room is a gap. What a twin is shown of the past, to warm up, is not kept.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use host_core::{MarketId, SlotId, Strategy, Timestamp};
use host_sandbox::{Settings, StrategyComponent};
use host_session::chart::{self, Canvas, Choice, End, Patience};
use host_store::live::LineSample;
use host_system::background;

use crate::swap::Seats;

/// Largest number of markets of a slot that lines are drawn in at one time. A month of them takes about 100 MB.
const MOST_MARKETS: usize = 128;
/// Number of polls that a twin may lie behind: an hour of them where they come every thirty seconds.
const MOST_BEHIND: usize = 128;
/// Number of answers of twins that may wait. Each gives one in five minutes.
const MOST_WAITING: usize = 64;

/// The instance that lines are of.
#[derive(Clone, Debug, PartialEq)]
struct Drawing {
    slot: SlotId,
    /// Digest of its component.
    sha256: String,
    settings: Settings,
}

impl Drawing {
    fn is_seated(&self, seats: &Seats) -> bool {
        seats.has(self.slot, &self.sha256, &self.settings)
    }
}

/// An answer of a twin.
#[derive(Debug)]
enum Said {
    /// The values of all lines in each of the markets, market by market.
    Sample { by: Arc<Drawing>, names: Arc<[String]>, time: Timestamp, markets: Vec<u32>, values: Vec<f64> },
    /// There are no more, for this reason.
    Failed { by: Arc<Drawing>, why: String },
}

/// The markets in which something is held: their lines come first.
#[derive(Clone, Debug, Default)]
struct HeldMarkets(Arc<Mutex<Vec<u32>>>);

impl HeldMarkets {
    fn lock(&self) -> MutexGuard<'_, Vec<u32>> {
        // The list is set as a whole: what a panic left behind is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The means to let a strategy's lines be drawn; clones share them.
#[derive(Clone, Debug)]
pub struct LineDrawer {
    said: SyncSender<Said>,
    held: HeldMarkets,
}

impl LineDrawer {
    /// Returns `trading`, an instance of `component` in `slot`, followed by a twin if it draws lines. Rows from `now`
    /// on are those that it trades on.
    pub fn follow(
        &self,
        slot: SlotId,
        (component, settings): (&StrategyComponent, &Settings),
        trading: Box<dyn Strategy>,
        now: Timestamp,
    ) -> Box<dyn Strategy> {
        if !component.has_chart() {
            return trading;
        }
        let by = Arc::new(Drawing { slot, sha256: component.digest.clone(), settings: settings.clone() });
        let canvas = LiveCanvas {
            by: by.clone(),
            drawer: self.clone(),
            names: Arc::default(),
            drawn: Choice::new(MOST_MARKETS),
            from: now,
        };
        let patience = Patience { unwaited_from: now, most_behind: MOST_BEHIND };
        let (followed, thread) = chart::follow((component, settings), trading, canvas, patience);
        if let Err(why) = thread {
            self.say(Said::Failed { by, why });
        }
        followed
    }

    /// Drops what finds no room: nobody waits for it.
    fn say(&self, said: Said) {
        let _ = self.said.try_send(said);
    }
}

/// The canvas of a twin.
struct LiveCanvas {
    by: Arc<Drawing>,
    drawer: LineDrawer,
    names: Arc<[String]>,
    drawn: Choice<()>,
    /// Begin of the present: rows from before are the past.
    from: Timestamp,
}

impl Canvas for LiveCanvas {
    fn begin(&mut self, names: Vec<String>) {
        background::step_back();
        self.names = names.into();
    }

    fn due(&mut self, active: &[u32], signalled: &[u32], time: i64) -> Vec<u32> {
        self.drawn.forget_silent(time);
        let held = self.drawer.held.lock().clone();
        let first: Vec<u32> = signalled.iter().copied().chain(held).collect();
        let chosen = self.drawn.choose(active, &first, time, || ());
        if time < self.from.0 { Vec::new() } else { chosen }
    }

    fn push(&mut self, markets: Vec<u32>, values: Vec<f64>, time: i64) {
        let (by, names) = (self.by.clone(), self.names.clone());
        self.drawer.say(Said::Sample { by, names, time: Timestamp(time), markets, values });
    }

    fn end(&mut self, end: End) {
        if let Some(why) = end.failure() {
            self.drawer.say(Said::Failed { by: self.by.clone(), why });
        }
    }
}

/// The loop's side of it.
#[derive(Debug)]
pub struct LineKeeper {
    said: Receiver<Said>,
    held: HeldMarkets,
}

/// The lines since the keeper was asked last.
#[derive(Debug, Default)]
pub struct News {
    pub samples: Vec<LineSample>,
    /// The slots whose lines end, and why.
    pub ended: Vec<(SlotId, String)>,
}

impl LineKeeper {
    /// Makes a keeper, and the means to draw for it.
    pub fn new() -> (LineDrawer, LineKeeper) {
        let (sender, said) = sync_channel(MOST_WAITING);
        let held = HeldMarkets::default();
        (LineDrawer { said: sender, held: held.clone() }, LineKeeper { said, held })
    }

    /// Returns what was drawn since the last call by the strategies that are in `seats` now: one from before a swap is
    /// still shown prices, and may come back. `held` are the markets in which something is held.
    pub fn take(&self, seats: &Seats, held: impl Iterator<Item = MarketId>) -> News {
        let mut news = News::default();
        let mut all = self.said.try_iter().peekable();
        if all.peek().is_some() {
            *self.held.lock() = held.map(|market| market.0).collect();
        }
        for said in all {
            match said {
                Said::Sample { by, names, time, markets, values } if by.is_seated(seats) => {
                    news.samples.extend(samples(by.slot, &names, time, (&markets, &values)));
                }
                Said::Failed { by, why } if by.is_seated(seats) => news.ended.push((by.slot, why)),
                Said::Sample { .. } | Said::Failed { .. } => {}
            }
        }
        news
    }
}

fn samples(
    slot: SlotId,
    names: &[String],
    time: Timestamp,
    (markets, values): (&[u32], &[f64]),
) -> impl Iterator<Item = LineSample> {
    let drawn = markets.iter().zip(values.chunks_exact(names.len().max(1)));
    drawn.filter_map(move |(market, values)| {
        let values = names.iter().cloned().zip(values.iter().copied()).filter(|(_, value)| !value.is_nan());
        let values: BTreeMap<String, f64> = values.collect();
        (!values.is_empty()).then_some(LineSample { market: MarketId(*market), slot, time, values })
    })
}
