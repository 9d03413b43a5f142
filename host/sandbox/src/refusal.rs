//! The reasons why a component is refused before any of its code runs, as the process that compiles it sends them.

use serde::{Deserialize, Serialize};

use crate::cap::Cap;
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

impl From<wasmparser::BinaryReaderError> for Refusal {
    fn from(error: wasmparser::BinaryReaderError) -> Refusal {
        Refusal::Invalid(error.to_string())
    }
}
