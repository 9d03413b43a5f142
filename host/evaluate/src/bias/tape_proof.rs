//! The proof that a strategy does not look ahead on the rows of a tape: a back test that is made for nothing else.

use host_report::{About, Proof};
use host_session::SessionError;
use host_session::StopFlag;
use host_session::proof::looked_ahead::LookedAhead;
use host_session::setup::Setup;
use host_store::tape::Tape;

use super::trial::{NoTrialEnd, Trial};
use crate::error::Result;

/// The finding of a back test on decisions that depend on later rows.
#[derive(Debug)]
pub enum TapeProof {
    /// There are none.
    Proven(Proof),
    /// The first one.
    LookedAhead(Box<LookedAhead>),
    /// Nothing: the back test has no end, for this reason.
    Failed(String),
    /// A stop was requested.
    Stopped,
}

/// Makes the back test of `setup` on `tape`, and says what it proves. `about` says what it is of.
///
/// # Errors
/// The tape cannot be read to its end.
pub fn prove(tape: &Tape, setup: &Setup, about: &About, stop: &StopFlag) -> Result<TapeProof> {
    Ok(match Trial::whole(setup.clone()).run(tape, about, stop, None) {
        Ok(end) => match end.proof {
            Some(proof) => TapeProof::Proven(proof),
            None => TapeProof::Failed("it was not proven".to_owned()),
        },
        Err(NoTrialEnd::LookedAhead(difference)) => TapeProof::LookedAhead(difference),
        Err(NoTrialEnd::Failed(reason)) => TapeProof::Failed(reason),
        Err(NoTrialEnd::Stopped) => TapeProof::Stopped,
        Err(NoTrialEnd::Damaged(error)) => return Err(SessionError::TapeNotRead(error).into()),
    })
}
