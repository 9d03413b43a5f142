//! From whatever ended a call to a [`Fault`]: its kind, a message for the strategy's author, the last log lines.

use host_core::Fault;
use host_core::strategy::FaultKind;
use wasmtime::{Error, Trap, WasmBacktrace};

use crate::guest_state::{GrowthRefused, GuestState};
use crate::limits::SandboxLimits;

/// The most frames of a backtrace that a message shows; the deepest say where it happened.
const FRAMES_SHOWN: usize = 4;

/// What the call that failed was allowed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    pub fuel: u64,
    pub answer_bytes: usize,
    /// Quote rows and markets that it carried; `None` for calls that carry none.
    pub rows: Option<usize>,
}

impl Budget {
    /// For calls that carry no rows.
    pub(crate) fn start(limits: &SandboxLimits) -> Budget {
        Budget { fuel: limits.fuel_start, answer_bytes: limits.answer_bytes(0), rows: None }
    }

    /// For a batch of `rows` quote rows and markets.
    pub(crate) fn batch(limits: &SandboxLimits, rows: usize) -> Budget {
        Budget { fuel: limits.fuel(rows), answer_bytes: limits.answer_bytes(rows), rows: Some(rows) }
    }
}

/// Explains `error`, which ended a call that had `budget`.
pub(crate) fn explain(error: &Error, state: &GuestState, budget: Budget, limits: &SandboxLimits) -> Fault {
    let (kind, what) = classify(error, budget, limits);
    let said = state.log.last_error().filter(|_| matches!(kind, FaultKind::Panicked | FaultKind::Trapped));
    let mut message = match said {
        Some(said) => said.trim_end().to_owned(),
        None => what,
    };
    if let Some(place) = backtrace(error) {
        message.push_str(&format!(" [{place}]"));
    }
    Fault { kind, message, log: state.log.lines() }
}

fn classify(error: &Error, budget: Budget, limits: &SandboxLimits) -> (FaultKind, String) {
    if let Some(refused) = error.downcast_ref::<GrowthRefused>() {
        return (FaultKind::OutOfMemory, refused.to_string());
    }
    let Some(&trap) = error.downcast_ref::<Trap>() else {
        return unclassified(error, budget);
    };
    let text = trap.to_string();
    let text = text.trim_start_matches("wasm trap: ");
    match trap {
        Trap::OutOfFuel => (FaultKind::OutOfFuel, out_of_fuel(budget)),
        Trap::Interrupt => (FaultKind::TimedOut, format!("ran longer than {} ms, the limit `call_ms`", limits.call_ms)),
        Trap::StackOverflow => (
            FaultKind::StackOverflow,
            format!("recursed deeper than its stack of {} bytes, the limit `stack_bytes`", limits.stack_bytes),
        ),
        Trap::AllocationTooLarge => (FaultKind::OutOfMemory, text.to_owned()),
        Trap::UnreachableCodeReached => (FaultKind::Panicked, "panicked without leaving a message".to_owned()),
        Trap::StringOutOfBounds
        | Trap::ListOutOfBounds
        | Trap::InvalidDiscriminant
        | Trap::InvalidChar
        | Trap::UnalignedPointer => {
            (FaultKind::InvalidAnswer, format!("its answer breaks the binary contract: {text}"))
        }
        _ => (FaultKind::Trapped, text.to_owned()),
    }
}

fn out_of_fuel(budget: Budget) -> String {
    match budget.rows {
        Some(rows) => format!(
            "used up its {} fuel for a batch of {rows} rows: an endless loop, or more work than the limits `fuel_base` and \
             `fuel_per_row` allow",
            budget.fuel
        ),
        None => format!(
            "used up its {} fuel: an endless loop, or more work than the limit `fuel_start` allows",
            budget.fuel
        ),
    }
}

/// Errors that are no traps come from reading what the guest handed over: text, lists, enum cases.
fn unclassified(error: &Error, budget: Budget) -> (FaultKind, String) {
    let cause = error.root_cause().to_string();
    // The engine's error for this has no public type; a test holds the wording.
    if cause.contains("too much data is being copied") {
        let message = format!(
            "handed over more than {} bytes in one call, the limits `answer_bytes_base` and `answer_bytes_per_row`",
            budget.answer_bytes
        );
        return (FaultKind::InvalidAnswer, message);
    }
    (FaultKind::InvalidAnswer, format!("its answer breaks the binary contract: {cause}"))
}

/// The innermost functions, as `in a < b < c`.
fn backtrace(error: &Error) -> Option<String> {
    let frames = error.downcast_ref::<WasmBacktrace>()?.frames();
    let names: Vec<_> = frames
        .iter()
        .filter_map(|frame| frame.func_name())
        .map(|name| format!("{:#}", rustc_demangle::demangle(name)))
        .filter(|name| !is_panic_machinery(name))
        .take(FRAMES_SHOWN)
        .collect();
    (!names.is_empty()).then(|| format!("in {}", names.join(" < ")))
}

/// The functions between a strategy's `panic!` and the trap: no author wants to read them.
fn is_panic_machinery(name: &str) -> bool {
    ["std::", "core::", "alloc::", "__rust", "rust_panic", "abort", "_RNv"].iter().any(|start| name.starts_with(start))
}
