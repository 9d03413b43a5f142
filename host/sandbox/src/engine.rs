//! The one engine configuration that strategies run under. The same component and the same input give the same
//! decisions on every machine; nothing here may depend on the machine, the clock or chance.

use std::num::NonZeroUsize;
use std::time::Duration;

use wasmtime::{Config, Engine, EngineWeak, OperatorCost, OptLevel, Strategy, WasmBacktraceDetails};

use crate::error::LoadError;

/// How often the epoch advances: the wall-clock backstop's resolution, in milliseconds.
pub(crate) const EPOCH_MS: u64 = 10;

/// The engine settings, each with its reason. `tests/determinism.rs` and `tests/load.rs` hold a test for each that a guest
/// can observe.
pub fn deterministic_config(stack_bytes: usize) -> Config {
    let mut config = Config::new();
    config
        // One optimising compiler everywhere, never a faster-to-start one that treats corner cases otherwise.
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        // A NaN's bits differ between processors. The code is rewritten to hide them (`nan`), for less than a tenth of the time.
        .cranelift_nan_canonicalization(false)
        // Relaxed SIMD may round differently from one processor to the next: refused.
        .wasm_relaxed_simd(false)
        .relaxed_simd_deterministic(true)
        // Shared memory would let scheduling show.
        .shared_memory(false)
        // A smaller surface: no compiler for strategies emits these by default.
        .wasm_memory64(false)
        .wasm_multi_memory(false)
        .wasm_tail_call(false)
        .wasm_custom_page_sizes(false)
        .wasm_component_model(true)
        // Calls are synchronous; the machinery for concurrent ones makes each call three times dearer.
        .concurrency_support(false)
        // The budget of a call: counted in instructions, so it runs out at the same one everywhere.
        .consume_fuel(true)
        // Pinned here, so that a new engine cannot change what a strategy costs without this line changing.
        .operator_cost(OperatorCost::default())
        // Wall-clock backstop; never part of a decision.
        .epoch_interruption(true)
        .max_wasm_stack(stack_bytes)
        // Not left to the environment variable that wasmtime would ask.
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .wasm_backtrace_max_frames(NonZeroUsize::new(8));
    config
}

/// Builds the engine and starts the thread that advances its epoch for as long as the engine lives.
///
/// # Errors
/// [`LoadError::Engine`] if this machine cannot run it.
pub(crate) fn start_engine(stack_bytes: usize) -> Result<Engine, LoadError> {
    let engine =
        Engine::new(&deterministic_config(stack_bytes)).map_err(|error| LoadError::Engine(error.to_string()))?;
    let weak = engine.weak();
    std::thread::Builder::new()
        .name("strategy-epoch".into())
        .spawn(move || tick(&weak))
        .map_err(|error| LoadError::Engine(format!("its clock thread did not start: {error}")))?;
    Ok(engine)
}

fn tick(engine: &EngineWeak) {
    while let Some(engine) = engine.upgrade() {
        engine.increment_epoch();
        // Hold no engine while asleep, so that the last owner's drop ends this thread.
        drop(engine);
        std::thread::sleep(Duration::from_millis(EPOCH_MS));
    }
}
