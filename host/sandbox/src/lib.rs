//! A strategy component's life: build, audit, load, call, meter.
//!
//! A strategy is untrusted. This crate lets it compute and nothing else: no clock, no chance, no file, no network, no
//! memory or time beyond its limits. It must never let a strategy's fault panic the host, never run machine code that it
//! did not compile itself, and never link any import but the contract's log.

mod audit;
mod bindings;
mod build;
mod cache;
mod check;
mod component;
pub mod engine;
mod error;
mod fault;
mod guest_state;
mod inspect;
mod instance;
mod limits;
mod log;
mod nan;
mod parameters;
mod strategy;

pub use build::{BuildError, BuildOptions, Built, Progress, ToolchainChoice, build};
pub use cache::{CACHE_VARIABLE, Cache, digest};
pub use check::{CheckOptions, CheckReport, Finding, Sequence, SequenceOptions, check};
pub use component::{Sandbox, StrategyComponent};
pub use error::LoadError;
pub use inspect::Inspection;
pub use limits::SandboxLimits;
pub use parameters::{ParameterError, resolve_parameters};
pub use strategy::{SandboxedStrategy, Settings, Snapshot, Usage};
