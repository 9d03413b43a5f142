//! The options of `run` and `backtest` about the proof that no decision looks ahead.

use host_session::proof::seed::ProofSeed;

use crate::terminal::error::{Report, Result};

#[derive(Clone, Copy, Debug, clap::Args)]
pub struct ProofArgs {
    /// Leave out the proof that no decision looks ahead, which the figures then say: no second instance of each
    /// strategy decides the same rows poll by poll
    #[arg(long)]
    pub no_proof: bool,

    /// Cut polls in the proof as a failed one did, which named SEED [default: a new one for each run]
    #[arg(long, value_name = "SEED", conflicts_with = "no_proof")]
    pub proof_seed: Option<ProofSeed>,
}

impl ProofArgs {
    /// Refuses these options live.
    ///
    /// # Errors
    /// One of them is given.
    pub fn refuse(self) -> Result<()> {
        if !self.no_proof && self.proof_seed.is_none() {
            return Ok(());
        }
        let report = Report::usage("live there is nothing to prove: a strategy is shown each poll when it comes");
        Err(report.hint("leave out `--no-proof` and `--proof-seed`"))
    }

    /// Returns the seed of the proof, unless it is left out.
    pub fn seed(self) -> Option<ProofSeed> {
        (!self.no_proof).then(|| self.proof_seed.unwrap_or_else(ProofSeed::drawn))
    }
}
