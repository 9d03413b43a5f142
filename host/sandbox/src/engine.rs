//! The only engine configuration that strategies run under. The same component with the same input gives the same
//! decisions on every machine; nothing here may depend on the machine, the clock or randomness.

use std::num::NonZeroUsize;
use std::time::Duration;

use wasmtime::{Config, Engine, EngineWeak, OperatorCost, OptLevel, Strategy, WasmBacktraceDetails};

use crate::error::LoadError;

/// Time between two increments of the epoch, in milliseconds: the resolution of the wall-clock backstop.
pub(crate) const EPOCH_MS: u64 = 10;

/// Returns the engine settings, each with its reason. Every setting that a guest can observe has a test in
/// `tests/determinism.rs` or `tests/load.rs`.
pub fn deterministic_config(stack_bytes: usize) -> Config {
    let mut config = Config::new();
    config
        // One optimising compiler everywhere: a baseline compiler starts faster but could treat corner cases
        // differently.
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        // The bits of a NaN differ between processors. `nan` rewrites the code to hide them, for less than a tenth of
        // the time that this setting costs.
        .cranelift_nan_canonicalization(false)
        // Relaxed SIMD may round differently from one processor to the next.
        .wasm_relaxed_simd(false)
        .relaxed_simd_deterministic(true)
        // Shared memory would make thread scheduling observable.
        .shared_memory(false)
        // A smaller attack surface: no compiler for strategies emits these by default.
        .wasm_memory64(false)
        .wasm_tail_call(false)
        .wasm_custom_page_sizes(false)
        .wasm_component_model(true)
        // The engine's own code between two components inside of a strategy copies from one memory to the other, and
        // the engine panics without it. In the strategy's own modules `audit` refuses it.
        .wasm_multi_memory(true)
        // Calls are synchronous; support for concurrent calls makes each call three times as expensive.
        .concurrency_support(false)
        // The budget of a call is counted in instructions, so it runs out at the same instruction everywhere.
        .consume_fuel(true)
        // Pinned, so that a new engine version cannot change the cost of a strategy unnoticed.
        .operator_cost(OperatorCost::default())
        // The wall-clock backstop; it never takes part in a decision.
        .epoch_interruption(true)
        .max_wasm_stack(stack_bytes)
        // Set here, so that wasmtime does not consult its environment variable.
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .wasm_backtrace_max_frames(NonZeroUsize::new(8));
    config
}

/// Builds the engine and starts the thread that advances its epoch while the engine lives.
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
        // Do not hold the engine while asleep, so that this thread ends when the last owner drops it.
        drop(engine);
        std::thread::sleep(Duration::from_millis(EPOCH_MS));
    }
}
