//! The client's time: the wall clock, or the clock of an exchange that moves only when a client steps it.
//!
//! Every wait of a client goes through this module, so that weeks can be traded in a minute against a stepped exchange.
//! Only the time-out of a request is real time, because a network does not wait for a simulation.

mod stepped;
mod wall;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use host_core::{Span, Timestamp};

pub use stepped::ClockError;
use stepped::SteppedClock;
pub use wall::Reading;
use wall::WallClock;

/// Longest real time between two looks at the clock while waiting: after the machine was suspended, a wait ends late by
/// at most this much.
const LONGEST_NAP: Duration = Duration::from_secs(1);

/// A source of time; clones are the same clock.
#[derive(Clone, Debug)]
pub struct Clock(ClockSource);

#[derive(Clone, Debug)]
enum ClockSource {
    Wall(Arc<WallClock>),
    Stepped(Arc<SteppedClock>),
}

/// Keeps a stepped clock from moving while it lives: for work that takes no simulated time.
#[derive(Debug)]
#[must_use = "time stands still only as long as this lives"]
pub struct Hold(#[expect(dead_code, reason = "only its drop matters")] Option<stepped::HoldGuard>);

impl Clock {
    /// Returns the machine's clock, one for the whole process. It never goes back and never stops, whatever is done to
    /// the system's clock: it follows that one only forward (after a suspension or a late correction), and only where
    /// [`Clock::witness`] says so.
    pub fn wall() -> Clock {
        static MACHINE: LazyLock<Arc<WallClock>> = LazyLock::new(|| Arc::new(WallClock::new(Reading::of_machine)));
        Clock(ClockSource::Wall(Arc::clone(&MACHINE)))
    }

    /// Returns a clock like [`Clock::wall`] that reads `source` instead of the machine. A wait takes the real time that
    /// it has left by these readings.
    pub fn wall_from(source: impl Fn() -> Reading + Send + Sync + 'static) -> Clock {
        Clock(ClockSource::Wall(Arc::new(WallClock::new(source))))
    }

    /// Returns the clock of the stepped exchange at `base_url` (its path is ignored). Reads the clock once now; waiting
    /// on it moves it.
    ///
    /// # Errors
    /// No exchange that can be stepped answers there, or the address is not on this machine.
    pub async fn stepped(base_url: &str) -> Result<Clock, ClockError> {
        Ok(Clock(ClockSource::Stepped(Arc::new(SteppedClock::connect(base_url).await?))))
    }

    /// Takes the fact that the venue's time lies between `earliest` and `latest` now. A system's clock that is ahead of
    /// this one is followed if it agrees with that.
    pub fn witness(&self, earliest: Timestamp, latest: Timestamp) {
        if let ClockSource::Wall(wall) = &self.0 {
            wall.witness(earliest, latest);
        }
    }

    /// Returns the time to compute with, which never goes back. For a stepped clock, this is the time that the exchange
    /// last stated.
    pub fn now(&self) -> Timestamp {
        self.both().0
    }

    /// Returns the reading of the system's clock, right or wrong, which may go back. For signatures: the venue checks
    /// them against its own clock.
    pub fn system_now(&self) -> Timestamp {
        self.both().1
    }

    /// Returns how far [`Clock::now`] is ahead of the system's clock; not zero after that was set back. Times that are
    /// sent to the venue are on the system's clock, so they are less by this.
    pub fn ahead(&self) -> Span {
        let (now, system) = self.both();
        (now - system).max(Span::ZERO)
    }

    fn both(&self) -> (Timestamp, Timestamp) {
        match &self.0 {
            ClockSource::Wall(wall) => wall.read(),
            ClockSource::Stepped(stepped) => {
                let now = stepped.now();
                (now, now)
            }
        }
    }

    /// Waits until `time`; returns at once if it has passed. The future may be dropped at any point.
    ///
    /// A stepped clock moves to the earliest time that anyone waits for as soon as no one holds it. While its exchange
    /// does not answer, this keeps trying. Needs a tokio runtime.
    pub async fn sleep_until(&self, time: Timestamp) {
        match &self.0 {
            // In short naps, because the clock may be moved forward meanwhile.
            ClockSource::Wall(wall) => {
                while let Some(left) = u64::try_from((time - wall.read().0).0).ok().filter(|&left| left > 0) {
                    tokio::time::sleep(Duration::from_nanos(left).min(LONGEST_NAP)).await;
                }
            }
            ClockSource::Stepped(stepped) => stepped.sleep_until(time).await,
        }
    }

    /// Waits for `span`.
    pub async fn sleep(&self, span: Span) {
        self.sleep_until(self.now() + span).await;
    }

    /// Waits for a move that is under way to end, then keeps a stepped clock from moving until the hold is dropped;
    /// does nothing to the wall clock. The holder must not wait on the clock meanwhile: that wait would never end.
    pub async fn hold(&self) -> Hold {
        Hold(match &self.0 {
            ClockSource::Wall(_) => None,
            ClockSource::Stepped(stepped) => Some(stepped.hold().await),
        })
    }
}
