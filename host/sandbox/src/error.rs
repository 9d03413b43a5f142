//! The reasons why a file cannot become a running strategy. Each message names the cause and the remedy.

use std::path::PathBuf;

use host_core::{Fault, Span};

use crate::cap::{Cap, FixedCap};
use crate::parameters::ParameterError;

/// A strategy that could not be loaded or started. `name` is the file, as the caller named it.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    #[error("cannot read {}: {source}", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error("{name} has {bytes} bytes; `component_bytes` allows {limit}")]
    TooLarge { name: String, bytes: u64, limit: u64 },
    #[error("{name} has {found} {}; `sandbox.{}` allows {limit}", cap.unit(), cap.key())]
    TooComplex { name: String, cap: Cap, found: u64, limit: u64 },
    #[error("{name} has {found} {}; no strategy may have more than {limit}", cap.unit())]
    TooMuch { name: String, cap: FixedCap, found: u64, limit: u64 },
    /// It took more than its budget to validate and compile.
    #[error("{name} takes more than {allowed} to validate and compile; `sandbox.{key}` allows no more")]
    OverBudget { name: String, allowed: String, key: &'static str },
    /// The compiler panicked, or its process ended without a result.
    #[error("{name} cannot be compiled: the compiler failed on it ({reason})")]
    CompilerFailed { name: String, reason: String },
    /// The process that validates and compiles components does not start, whatever the component.
    #[error("cannot start the process that compiles strategies: {0}")]
    NoCompiler(std::io::Error),
    #[error("{name} is no WebAssembly component: {found}")]
    NotWasm { name: String, found: &'static str },
    #[error("{name} is a core WebAssembly module, not a component: build it with `host build`")]
    CoreModule { name: String },
    #[error(
        "{name} is machine code compiled ahead of time; only portable components are loaded: give the `.wasm` file"
    )]
    Precompiled { name: String },
    #[error(
        "{name} is WebAssembly in text form; compile it to a binary component first, \
             for instance with `wasm-tools parse`"
    )]
    TextFormat { name: String },
    #[error("{name} is damaged or uses WebAssembly features that strategies may not use: {reason}")]
    Invalid { name: String, reason: String },
    #[error("{name} wants what strategies may not have: {}. A strategy may import only `trading:strategy/log@1`; \
             for Rust build with `host build`, elsewhere stub WASI", imports.join(", "))]
    ForeignImports { name: String, imports: Vec<String> },
    #[error(
        "{name} was built for `{found}`; this host runs `trading:strategy@1`: rebuild it with the SDK of this host"
    )]
    WrongContract { name: String, found: String },
    #[error(
        "{name} exports no `trading:strategy/guest@1.0.0`, so it is no strategy, or it was cut off: \
             implement the SDK's trait and export it"
    )]
    NoGuest { name: String },
    #[error("{name} does not match the contract `trading:strategy@1`: {reason}")]
    ContractMismatch { name: String, reason: String },
    #[error("{name} describes itself wrongly: {reason}")]
    BadManifest { name: String, reason: String },
    #[error(
        "{name} asks for {asked} of history before it trades; `sandbox.max_warm_up` allows {most}: \
             raise it if you want to wait that long"
    )]
    WarmUpTooLong { name: String, asked: Span, most: Span },
    #[error("{name} failed in {stage}: {fault}", fault = .fault.message)]
    Fault { name: String, stage: &'static str, fault: Fault },
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    #[error("the sandbox cannot start on this machine: {0}")]
    Engine(String),
}

impl LoadError {
    /// Returns the strategy's own fault if its code ran and failed.
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            LoadError::Fault { fault, .. } => Some(fault),
            _ => None,
        }
    }
}
