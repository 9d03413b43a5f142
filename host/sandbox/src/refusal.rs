//! The reasons why a component is refused before any of its code runs, as the process that compiles it sends them.

use serde::{Deserialize, Serialize};

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

/// A limit on the shape of a component.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cap {
    CodeBytes,
    Functions,
    FunctionBytes,
    LocalsByBlocks,
    BranchTargets,
    Nesting,
    Instances,
}

impl Cap {
    /// The limit's key in the section `[sandbox]`.
    pub fn key(self) -> &'static str {
        match self {
            Cap::CodeBytes => "code_bytes",
            Cap::Functions => "functions",
            Cap::FunctionBytes => "function_bytes",
            Cap::LocalsByBlocks => "locals_by_blocks",
            Cap::BranchTargets => "branch_targets",
            Cap::Nesting => "nesting",
            Cap::Instances => "instances",
        }
    }

    /// The unit of the limit, for people.
    pub fn unit(self) -> &'static str {
        match self {
            Cap::CodeBytes => "bytes of code",
            Cap::Functions => "functions",
            Cap::FunctionBytes => "bytes of code in one function",
            Cap::LocalsByBlocks => "locals times blocks in one function",
            Cap::BranchTargets => "targets of branch tables",
            Cap::Nesting => "components within each other",
            Cap::Instances => "instances of modules and components",
        }
    }
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

impl From<wasmparser::BinaryReaderError> for Refusal {
    fn from(error: wasmparser::BinaryReaderError) -> Refusal {
        Refusal::Invalid(error.to_string())
    }
}
