//! The generator of synthetic markets, through the public API.

#![allow(clippy::unwrap_used, reason = "helpers of tests, which the lint does not take for tests")]

mod edge;
mod facts;
mod figures;
mod probes;
mod rows;
mod strategy;
mod trader;
mod trades;
mod world;

use host_core::Timestamp;
use host_sim::generator::GeneratorSettings;

/// 2026-01-01.
const START: Timestamp = Timestamp(1_767_225_600_000_000_000);

fn settings(start: Timestamp, seed: u64) -> GeneratorSettings {
    GeneratorSettings::new(start, seed)
}
