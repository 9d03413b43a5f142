//! A strategy component's life: build, audit, load, call, meter.
//!
//! A strategy is untrusted. This crate lets it compute and nothing else: no clock, no randomness, no files, no network,
//! and no memory or time beyond its limits. A strategy's fault must never panic the host. The crate never runs machine
//! code that it did not compile itself, and links no import but the contract's log.
//!
//! [`trust`] says which components may run: signatures, the trust list, and the lock of what ran.
//!
//! The life of a strategy: [`build()`] turns a crate into a component, [`Sandbox::load`] audits and compiles it,
//! [`StrategyComponent::start`] makes an instance, and [`SandboxedStrategy`] calls that instance within its limits.

mod audit;
mod bindings;
mod budget;
mod build;
mod cache;
mod cap;
mod chart;
mod check;
mod compiler;
mod component;
mod decided;
pub mod engine;
mod environment;
mod error;
mod fault;
mod guest_state;
mod inspect;
mod instance;
mod limits;
mod log;
mod nan;
mod parameters;
mod processor_time;
mod refusal;
mod shape;
mod strategy;
mod tree;
pub mod trust;
mod wall_time;

pub use build::{BuildError, BuildOptions, BuildStep, Built, ToolchainChoice, build, ready_toolchain};
pub use cache::{CACHE_KEY_VARIABLE, CACHE_VARIABLE, Cache, digest};
pub use cap::{Cap, FixedCap};
pub use check::{
    CheckOptions, CheckReport, Finding, KeptCheck, MemoryUse, Sequence, SequenceOptions, check, memory_use,
};
pub use compiler::{Compiler, compile_in_this_process};
pub use component::{Sandbox, StrategyComponent};
pub use decided::Decided;
pub use environment::UserEnvironment;
pub use error::LoadError;
pub use inspect::Inspection;
pub use limits::{LimitBeyond, SandboxLimits};
pub use parameters::{ParameterError, resolve_parameters};
pub use strategy::{SandboxedStrategy, Settings};
