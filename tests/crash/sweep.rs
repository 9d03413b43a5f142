//! Checks many points, in parallel on all processors.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread::available_parallelism;
use std::time::Instant;

/// Checks all `points` and prints the progress. Fails with the list of points that failed, each with the command that
/// repeats it. `check` returns true if its run came to the point.
pub fn sweep<P: Sync + std::fmt::Display>(points: &[P], check: impl Fn(&P) -> Result<bool, String> + Sync) {
    let (next, reached, begun) = (AtomicUsize::new(0), AtomicUsize::new(0), Instant::now());
    let failed: Mutex<Vec<String>> = Mutex::default();
    let take = || {
        let number = next.fetch_add(1, Ordering::Relaxed);
        Some((number, points.get(number)?))
    };
    let work = || {
        while let Some((done, point)) = take() {
            match check(point) {
                Ok(there) => reached.fetch_add(usize::from(there), Ordering::Relaxed),
                Err(why) => {
                    let again = format!(
                        "CRASH_POINT={point} cargo test -p host --test crash -- --ignored one_point --nocapture"
                    );
                    eprintln!("FAILED at {point}: {why}\nagain: {again}");
                    failed.lock().unwrap_or_else(PoisonError::into_inner).push(point.to_string());
                    0
                }
            };
            if done % 50 == 0 {
                eprintln!("{done} of {} points, {} s", points.len(), begun.elapsed().as_secs());
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..available_parallelism().map_or(1, usize::from) {
            scope.spawn(work);
        }
    });
    let failed = failed.into_inner().unwrap_or_else(PoisonError::into_inner);
    let (reached, seconds) = (reached.into_inner(), begun.elapsed().as_secs());
    eprintln!("{} points, {reached} reached, {} failed, {seconds} s", points.len(), failed.len());
    assert!(failed.is_empty(), "failed at {}", failed.join(", "));
    // Runs differ in length, the more so on a busy machine, but a sweep that reaches few points tests little.
    assert!(10 * reached >= 6 * points.len(), "only {reached} of {} points were reached", points.len());
}
