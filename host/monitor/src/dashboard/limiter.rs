//! Attempts to sign in, a few a minute: codes cannot be guessed, and nobody may keep the host busy with trying.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Attempts that may come at once.
const BURST: f64 = 5.0;
/// Time after which another one may come.
const EACH: Duration = Duration::from_secs(12);

/// The attempts that are left.
#[derive(Debug)]
pub struct Limiter(Mutex<(f64, Instant)>);

impl Default for Limiter {
    fn default() -> Limiter {
        Limiter(Mutex::new((BURST, Instant::now())))
    }
}

impl Limiter {
    /// Takes an attempt. Returns the time to wait if there is none left.
    pub fn take(&self) -> Result<(), Duration> {
        self.take_at(Instant::now())
    }

    fn take_at(&self, now: Instant) -> Result<(), Duration> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (left, since) = *held;
        let gained = now.saturating_duration_since(since).as_secs_f64() / EACH.as_secs_f64();
        let left = (left + gained).min(BURST);
        *held = ((left - 1.0).max(0.0), now);
        match left >= 1.0 {
            true => Ok(()),
            false => {
                held.0 = left;
                Err(EACH.mul_f64(1.0 - left))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_at_once_and_then_one_every_twelve_seconds() {
        let (limiter, start) = (Limiter::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        for _ in 0..5 {
            assert_eq!(limiter.take_at(at(0)), Ok(()));
        }
        assert_eq!(limiter.take_at(at(0)).map_err(|wait| wait.as_secs()), Err(12));
        assert!(limiter.take_at(at(6)).is_err());
        assert_eq!(limiter.take_at(at(13)), Ok(()), "who waits is let in");
        assert!(limiter.take_at(at(13)).is_err());
    }
}
