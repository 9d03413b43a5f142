//! The client's time: the wall clock, or that of an exchange which moves only when it is told to.
//!
//! Every wait of a client goes through here, so that weeks can be traded in a minute against a stepped exchange. Only
//! the time-out of a request is real time, because a network does not wait for a simulation.

mod stepped;
mod wall;

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use host_core::{Span, Timestamp};

pub use stepped::ClockError;
use stepped::Stepped;
pub use wall::Reading;
use wall::Wall;

/// Longest real time that a sleeper does not look at the clock: after a suspension he is late by this much at the most.
const LONGEST_NAP: Duration = Duration::from_secs(1);

/// Where time comes from; clones are the same clock.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Wall(Arc<Wall>),
    Stepped(Arc<Stepped>),
}

/// Keeps a stepped clock from moving while it lives: something is under way that takes no simulated time.
#[derive(Debug)]
#[must_use = "time stands still only as long as this lives"]
pub struct Hold(#[expect(dead_code, reason = "dropping it is what it is for")] Option<stepped::Standing>);

impl Clock {
    /// The machine's clock, the same for the whole process. It never goes back and never stands, whatever is done to the
    /// system's clock: it follows that only forward (a suspended machine, a late correction).
    pub fn wall() -> Clock {
        static MACHINE: LazyLock<Arc<Wall>> = LazyLock::new(|| Arc::new(Wall::new(Reading::of_machine)));
        Clock(Kind::Wall(Arc::clone(&MACHINE)))
    }

    /// As [`Clock::wall`], with readings from `source` instead of the machine's. Waits take the real time that they have left
    /// by these readings.
    pub fn wall_from(source: impl Fn() -> Reading + Send + Sync + 'static) -> Clock {
        Clock(Kind::Wall(Arc::new(Wall::new(source))))
    }

    /// The clock of the stepped exchange whose address begins `base_url` (scheme, host and port count; a path is cut
    /// off). It is read once now; waiting on it moves it.
    ///
    /// # Errors
    /// No exchange there that can be stepped, or not on this machine.
    pub async fn stepped(base_url: &str) -> Result<Clock, ClockError> {
        Ok(Clock(Kind::Stepped(Arc::new(Stepped::connect(base_url).await?))))
    }

    /// The time to reckon with: it never goes back. A stepped clock tells what the exchange last said.
    pub fn now(&self) -> Timestamp {
        self.both().0
    }

    /// What the system's clock says, right or wrong, forward or back: for signatures, which the venue checks against its own.
    pub fn system_now(&self) -> Timestamp {
        self.both().1
    }

    /// How far [`Clock::now`] is ahead of the system's clock: not zero after that was set back. Times that are told to the
    /// venue are on the system's clock, so they are less by this.
    pub fn ahead(&self) -> Span {
        let (now, system) = self.both();
        (now - system).max(Span::ZERO)
    }

    fn both(&self) -> (Timestamp, Timestamp) {
        match &self.0 {
            Kind::Wall(wall) => wall.read(),
            Kind::Stepped(stepped) => {
                let now = stepped.now();
                (now, now)
            }
        }
    }

    /// Waits until `time`; returns at once if it has passed. May be dropped at any point.
    ///
    /// A stepped clock is moved to the earliest time that anybody waits for, as soon as nobody holds it. While its
    /// exchange does not answer, this keeps trying. Needs a tokio runtime.
    pub async fn sleep_until(&self, time: Timestamp) {
        match &self.0 {
            // Again and again, because the clock may jump forward meanwhile.
            Kind::Wall(wall) => {
                while let Some(left) = u64::try_from((time - wall.read().0).0).ok().filter(|&left| left > 0) {
                    tokio::time::sleep(Duration::from_nanos(left).min(LONGEST_NAP)).await;
                }
            }
            Kind::Stepped(stepped) => stepped.sleep_until(time).await,
        }
    }

    /// Waits for `span`.
    pub async fn sleep(&self, span: Span) {
        self.sleep_until(self.now() + span).await;
    }

    /// Keeps a stepped clock from moving until the hold is dropped; does nothing to the wall clock. Whoever holds must
    /// not wait on the clock meanwhile: that wait would never end. A move that is under way is waited for.
    pub async fn hold(&self) -> Hold {
        Hold(match &self.0 {
            Kind::Wall(_) => None,
            Kind::Stepped(stepped) => Some(stepped.hold().await),
        })
    }
}
