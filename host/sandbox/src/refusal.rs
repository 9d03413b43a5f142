//! The reasons why a component is refused before any of its code runs, as the process that compiles it sends them.

use serde::{Deserialize, Serialize};

use crate::cap::{Cap, FixedCap};
use crate::error::LoadError;

/// The reason why a component is refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Refusal {
    Invalid(String),
    /// It exceeds the limit `key`, which allows `limit` of the `unit`.
    TooComplex {
        key: Cap,
        found: u64,
        limit: u64,
    },
    /// It exceeds a limit that holds for all, likewise.
    TooMuch {
        cap: FixedCap,
        found: u64,
        limit: u64,
    },
    /// The message of the compiler's panic.
    CompilerPanicked(String),
    ForeignImports(Vec<String>),
    WrongContract(String),
    NoGuest,
}

impl Refusal {
    /// Returns the error for the component `name`. Text from the file is shown without control characters.
    pub(crate) fn of(self, name: &str) -> LoadError {
        let name = name.to_owned();
        match self {
            Refusal::Invalid(reason) => LoadError::Invalid { name, reason },
            Refusal::TooComplex { key, found, limit } => LoadError::TooComplex { name, cap: key, found, limit },
            Refusal::TooMuch { cap, found, limit } => LoadError::TooMuch { name, cap, found, limit },
            Refusal::CompilerPanicked(reason) => LoadError::CompilerFailed { name, reason },
            Refusal::ForeignImports(imports) => LoadError::ForeignImports { name, imports },
            Refusal::WrongContract(found) => LoadError::WrongContract { name, found },
            Refusal::NoGuest => LoadError::NoGuest { name },
        }
    }
}

/// Refuses a component in which more was found than the limit `key` allows.
pub(crate) fn within(key: Cap, found: u64, limit: u64) -> Result<(), Refusal> {
    if found > limit { Err(Refusal::TooComplex { key, found, limit }) } else { Ok(()) }
}

/// Refuses a component in which more was found than the limit `cap` allows.
pub(crate) fn within_fixed(cap: FixedCap, found: u64, limit: u64) -> Result<(), Refusal> {
    if found > limit { Err(Refusal::TooMuch { cap, found, limit }) } else { Ok(()) }
}

impl From<wasmparser::BinaryReaderError> for Refusal {
    fn from(error: wasmparser::BinaryReaderError) -> Refusal {
        Refusal::Invalid(error.to_string())
    }
}
