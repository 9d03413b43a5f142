//! The proof that no decision of a run was made with rows that came after it.
//!
//! A strategy without feedback is shown many polls at once, because one call is cheaper than many: it could decide on a
//! row with those after it. What a check on other rows says does not help, since a strategy can tell those rows from
//! a run's. Therefore a [`second`] instance of the same component, started alike, decides the rows of the run itself,
//! poll by poll: when it decides a poll, it has been shown nothing later. Each decision must be the same, signals and
//! scores, bit for bit. The first one that is not ends the run.
//!
//! The two instances share nothing that either can read, so a decision that both make follows from the rows up to its
//! poll. Polls are cut too, at places that [`cuts`] draws from the system's randomness: rows of one poll share their
//! time, so that what comes below a row is nothing later, but a decision must not depend on it either. On a machine
//! with one core the second instance is shown one poll in two together with the next one, again at random: it then
//! misses a single decision that looks ahead as often as not, twenty of them once in a million runs.
//!
//! A fault is a decision as well: the second instance must fail at the poll at which the one that trades does. Of a
//! fault at rows that were shown ahead it does not hear, nor of the instance that is made again after it: that one
//! must decide as if nothing had happened.
//!
//! A strategy with feedback is shown one poll a call anyway, and needs no proof.

mod cuts;
pub mod looked_ahead;
mod proven;
mod second;
pub mod seed;

use host_core::Strategy;
use host_report::{LookAhead, Proof};
use host_sandbox::{Settings, StrategyComponent};

use self::looked_ahead::LookedAhead;
use self::proven::Proven;
use self::second::SecondInstance;
use self::seed::ProofSeed;
use crate::error::Result;

/// The proofs of a run's strategies, while it goes on.
#[derive(Debug, Default)]
pub struct RunProof {
    seconds: Vec<SecondInstance>,
    /// True if a strategy is shown polls ahead and has no second instance.
    is_off: bool,
}

impl RunProof {
    /// Returns `trading`, an instance of `component` in `slot`, followed by a second one that decides the same rows
    /// without those after them; without a `seed`, the proof is off.
    ///
    /// # Errors
    /// The second instance does not start, or the system starts no thread for it.
    pub(crate) fn follow(
        &mut self,
        slot: &str,
        (component, settings): (&StrategyComponent, &Settings),
        trading: Box<dyn Strategy>,
        seed: Option<ProofSeed>,
    ) -> Result<Box<dyn Strategy>> {
        if component.manifest.feedback {
            return Ok(trading);
        }
        let Some(seed) = seed else {
            self.is_off = true;
            return Ok(trading);
        };
        // What the second instance logs was logged by the one that trades.
        let strategy = component.without_log().start(settings)?;
        let stack = component.limits().stack_bytes;
        let (second, way) = SecondInstance::spawn(slot, strategy, stack, seed)?;
        self.seconds.push(second);
        Ok(Box::new(Proven::new(trading, way)))
    }

    /// Returns true if a difference has been found: the run need not go on.
    pub(crate) fn has_failed(&self) -> bool {
        self.seconds.iter().any(SecondInstance::has_ended)
    }

    /// Waits until every decision so far has been compared, and ends the proof. Returns what it proves.
    ///
    /// # Errors
    /// The first difference.
    pub(crate) fn finish(&mut self) -> std::result::Result<Proof, Box<LookedAhead>> {
        let ends: Vec<_> = self.seconds.drain(..).map(SecondInstance::join).collect();
        let batched = !ends.is_empty();
        let decisions = ends.into_iter().sum::<std::result::Result<u64, _>>()?;
        let look_ahead = match (self.is_off, batched) {
            (true, _) => LookAhead::NotProven,
            (false, true) => LookAhead::None,
            (false, false) => LookAhead::Impossible,
        };
        Ok(Proof { look_ahead, decisions })
    }
}
