//! The seed of the places at which a proof cuts polls.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::str::FromStr;

/// The seed of the places at which polls are cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProofSeed(pub u64);

impl ProofSeed {
    /// Draws a seed from the system's randomness: no strategy can know it.
    pub fn drawn() -> ProofSeed {
        ProofSeed(RandomState::new().hash_one(()))
    }
}

impl FromStr for ProofSeed {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<ProofSeed, String> {
        let seed = u64::from_str_radix(text, 16).map(ProofSeed);
        seed.map_err(|_| "write the up to 16 hexadecimal digits that a failed proof names".to_owned())
    }
}

impl fmt::Display for ProofSeed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}
