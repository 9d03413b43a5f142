//! Bias checks: how much of a back test hangs on what it cannot know. Each repeats the back test with one thing changed
//! (the history, the poll interval, a tick, the fees, the fill model), and says by how much the profit changes and on
//! how many rows the strategy decides differently.
//!
//! Both back tests of a pair run at the same time and are compared row by row as they go, so memory does not grow with
//! the tape. Nothing is kept of them: neither a journal nor a run.

mod decided;
mod figures;
mod finding;
mod pair;
mod reading;
mod tape_proof;
mod trial;
mod variation;

use host_report::About;
use host_session::setup::Setup;
use host_session::{SessionError, StopFlag};
use host_store::tape::Tape;
use serde::Serialize;

pub use self::figures::BiasFigures;
pub use self::finding::BiasFinding;
use self::pair::Pair;
pub use self::tape_proof::{TapeProof, prove};
use self::trial::whole_feed;
use self::variation::Variation;
use crate::error::Result;

/// The findings of the bias checks, in the order in which they were made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BiasReport {
    pub findings: Vec<BiasFinding>,
    /// False if a stop was requested before the last finding was made.
    pub complete: bool,
}

/// The place at which the checks are.
#[derive(Clone, Copy, Debug)]
pub struct BiasProgress<'a> {
    /// The variation that is being tried.
    pub variation: &'a str,
    /// Part of all checks that is done, 0 to 1.
    pub done: f64,
}

/// Varies the back test of `setup`, which has one strategy, on `tape`. `about` says what the figures are of. A stop
/// ends it with the findings made so far.
///
/// # Errors
/// The strategy cannot hold the tape's markets, or the tape cannot be read to its end. What fails in one variation
/// alone is a finding.
pub fn check(
    tape: &Tape,
    setup: &Setup,
    about: &About,
    stop: &StopFlag,
    progress: &mut dyn FnMut(BiasProgress<'_>),
) -> Result<BiasReport> {
    let feed = whole_feed(tape)?;
    setup.memory_demand().require(feed.markets().len(), feed.lives()).map_err(SessionError::from)?;
    let variations = Variation::all(setup);
    let mut findings = Vec::new();
    for (number, variation) in variations.iter().enumerate() {
        let words = variation.in_words(setup, tape);
        let mut at = |part: f64| {
            let done = (number as f64 + part) / variations.len() as f64;
            progress(BiasProgress { variation: &words, done });
        };
        at(0.0);
        let outcome = match variation.trials(setup, tape) {
            Ok([plain, varied]) => Pair { plain, varied, tape, about }.run(stop, &mut at)?,
            Err(reason) => Err(reason),
        };
        if stop.is_requested() {
            return Ok(BiasReport { findings, complete: false });
        }
        findings.push(BiasFinding::of(*variation, words, outcome));
    }
    Ok(BiasReport { findings, complete: true })
}
