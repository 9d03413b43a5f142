//! Turns the error that ended a call into a [`Fault`]: its kind, a message for the strategy's author, the last log
//! lines.

use host_core::Fault;
use host_core::strategy::FaultKind;
use wasmtime::{Error, Trap, WasmBacktrace};

use crate::guest_state::{GrowthRefused, GuestState, MAX_PARTS};
use crate::limits::SandboxLimits;

/// Largest number of backtrace frames in a message. The innermost ones are shown: they tell where it happened.
const FRAMES_SHOWN: usize = 4;

/// Fuel for each byte of memory that a state may be made from, or become: several times what mean reversion needs.
const STATE_FUEL_PER_BYTE: u64 = 100;

/// A call that saves or restores a state has so many times the processor time of another.
const STATE_TIMES: u64 = 10;

/// The resources that one call may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CallBudget {
    pub fuel: u64,
    pub answer_bytes: usize,
    /// Processor time, in milliseconds.
    pub processor_ms: u64,
    /// Quote rows and markets in the call; `None` for calls that carry none.
    pub rows: Option<usize>,
}

impl CallBudget {
    /// The budget of a call that carries no rows.
    pub(crate) fn start(limits: &SandboxLimits) -> CallBudget {
        let answer_bytes = limits.answer_bytes(0);
        CallBudget { fuel: limits.fuel_start, answer_bytes, processor_ms: limits.call_ms, rows: None }
    }

    /// The budget of a call that saves or restores a state: it grows with the memory that a strategy may fill, all of
    /// which can be in it.
    pub(crate) fn state(limits: &SandboxLimits) -> CallBudget {
        let fuel = limits.fuel_start.max((limits.memory_bytes as u64).saturating_mul(STATE_FUEL_PER_BYTE));
        let processor_ms = limits.call_ms.saturating_mul(STATE_TIMES);
        CallBudget { fuel, answer_bytes: limits.memory_bytes, processor_ms, rows: None }
    }

    /// The budget of a batch of `rows` quote rows and markets.
    pub(crate) fn batch(limits: &SandboxLimits, rows: usize) -> CallBudget {
        let answer_bytes = limits.answer_bytes(rows);
        CallBudget { fuel: limits.fuel(rows), answer_bytes, processor_ms: limits.call_ms, rows: Some(rows) }
    }
}

/// Explains `error`, which ended a call with `budget`.
pub(crate) fn explain(error: &Error, state: &GuestState, budget: CallBudget, limits: &SandboxLimits) -> Fault {
    let (kind, what) = classify(error, budget, limits);
    // The message of a panic, which the SDK logs, tells an author more than the trap that follows it.
    let logged = state.log.last_error().filter(|_| matches!(kind, FaultKind::Panicked | FaultKind::Trapped));
    let mut message = match logged {
        Some(logged) => logged.trim_end().to_owned(),
        None => what,
    };
    if let Some(place) = backtrace(error) {
        message.push_str(&format!(" [{place}]"));
    }
    Fault { kind, message, log: state.log.lines() }
}

/// Explains `error`, which ended the start of an instance.
pub(crate) fn explain_start(error: &Error, state: &GuestState, budget: CallBudget, limits: &SandboxLimits) -> Fault {
    let mut fault = explain(error, state, budget, limits);
    // The log is reached through a table that the component fills when its modules have started.
    if error.downcast_ref::<Trap>() == Some(&Trap::IndirectCallToNull) {
        fault.message += "; a start function can call nothing outside, not even the log: do it in `init`";
    }
    fault
}

fn classify(error: &Error, budget: CallBudget, limits: &SandboxLimits) -> (FaultKind, String) {
    if let Some(refused) = error.downcast_ref::<GrowthRefused>() {
        return (FaultKind::OutOfMemory, refused.to_string());
    }
    let Some(&trap) = error.downcast_ref::<Trap>() else {
        return unclassified(error, budget, limits);
    };
    let text = trap.to_string();
    let text = text.trim_start_matches("wasm trap: ");
    match trap {
        Trap::OutOfFuel => (FaultKind::OutOfFuel, out_of_fuel(budget)),
        Trap::Interrupt => (
            FaultKind::TimedOut,
            format!("used more than {} ms of processor time, the limit `call_ms`", budget.processor_ms),
        ),
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

fn out_of_fuel(budget: CallBudget) -> String {
    match budget.rows {
        Some(rows) => format!(
            "used up its {} fuel for a batch of {rows} rows: an endless loop, or more work than the limits `fuel_base` \
             and `fuel_per_row` allow",
            budget.fuel
        ),
        None => format!(
            "used up its {} fuel: an endless loop, or more work than the limit `fuel_start` allows",
            budget.fuel
        ),
    }
}

/// Explains an error that is not a trap: a limit of the engine, or it arose while the host read what the guest gives it
/// (text, lists, enum cases). The engine's errors have no public types; tests pin their wording.
fn unclassified(error: &Error, budget: CallBudget, limits: &SandboxLimits) -> (FaultKind, String) {
    let cause = error.root_cause().to_string();
    if let Some(message) = beyond_the_engine(&cause, limits) {
        return (FaultKind::OutOfMemory, message);
    }
    if cause.contains("handle") || cause.contains("resource") {
        return (FaultKind::Trapped, format!("misuses a resource of its own: {cause}"));
    }
    // The guest is still running only if it has called the host, and there is nothing to call but the log.
    let is_log = error.downcast_ref::<WasmBacktrace>().is_some_and(|backtrace| !backtrace.frames().is_empty());
    let message = match (cause.contains("too much data is being copied"), is_log) {
        (true, false) => format!(
            "handed over more than {} bytes in one call, the limits `answer_bytes_base` and `answer_bytes_per_row`",
            budget.answer_bytes
        ),
        (true, true) => format!("logged a message of more than the {} bytes that a call may", budget.answer_bytes),
        (false, false) => format!("its answer breaks the binary contract: {cause}"),
        (false, true) => format!("its call of the log breaks the binary contract: {cause}"),
    };
    (FaultKind::InvalidAnswer, message)
}

/// Explains an error about something of which the engine has no more.
fn beyond_the_engine(cause: &str, limits: &SandboxLimits) -> Option<String> {
    let parts = |what: &str| format!("has more than {MAX_PARTS} {what}, the most that a strategy may have");
    let has = |part: &str| cause.contains(part);
    match () {
        () if has("memory count too high") => Some(parts("memories")),
        () if has("table count too high") => Some(parts("tables")),
        () if has("instance count too high") => {
            Some(format!("has more than {} instances, the limit `instances`", limits.instances))
        }
        () if has("store handle limit exceeded") => {
            Some("holds more handles of its own resources than the engine allows".to_owned())
        }
        () if has("out of memory") => Some(format!("wants memory that the host has not got: {cause}")),
        () => None,
    }
}

/// Returns the innermost functions of the backtrace, as `in a < b < c`.
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

/// Returns true for the functions between a strategy's `panic!` and the trap, which are of no use to its author.
fn is_panic_machinery(name: &str) -> bool {
    ["std::", "core::", "alloc::", "__rust", "rust_panic", "abort", "_RNv"].iter().any(|start| name.starts_with(start))
}
