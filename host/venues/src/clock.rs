//! The client's time: the wall clock, or that of an exchange which moves only when it is told to.
//!
//! Every wait of a client goes through here, so that weeks can be traded in a minute against a stepped exchange. Only
//! the time-out of a request is real time, because a network does not wait for a simulation.

mod stepped;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use host_core::{Span, Timestamp};

pub use stepped::ClockError;
use stepped::Stepped;

/// Where time comes from; clones are the same clock.
#[derive(Clone, Debug)]
pub struct Clock(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Wall,
    Stepped(Arc<Stepped>),
}

/// Keeps a stepped clock from moving while it lives: something is under way that takes no simulated time.
#[derive(Debug)]
#[must_use = "time stands still only as long as this lives"]
pub struct Hold(#[expect(dead_code, reason = "dropping it is what it is for")] Option<stepped::Standing>);

impl Clock {
    /// The machine's clock.
    pub const fn wall() -> Clock {
        Clock(Kind::Wall)
    }

    /// The clock of the stepped exchange whose address begins `base_url` (scheme, host and port count; a path is cut
    /// off). It is read once now; waiting on it moves it.
    ///
    /// # Errors
    /// No exchange there that can be stepped, or not on this machine.
    pub async fn stepped(base_url: &str) -> Result<Clock, ClockError> {
        Ok(Clock(Kind::Stepped(Arc::new(Stepped::connect(base_url).await?))))
    }

    /// The time. A stepped clock tells what the exchange last said.
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Kind::Wall => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX))
            }
            Kind::Stepped(stepped) => stepped.now(),
        }
    }

    /// Waits until `time`; returns at once if it has passed. May be dropped at any point.
    ///
    /// A stepped clock is moved to the earliest time that anybody waits for, as soon as nobody holds it. While its
    /// exchange does not answer, this keeps trying. Needs a tokio runtime.
    pub async fn sleep_until(&self, time: Timestamp) {
        match &self.0 {
            Kind::Wall => {
                let left = u64::try_from((time - self.now()).0).unwrap_or(0);
                tokio::time::sleep(Duration::from_nanos(left)).await;
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
            Kind::Wall => None,
            Kind::Stepped(stepped) => Some(stepped.hold().await),
        })
    }
}
