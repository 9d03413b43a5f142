//! The work itself: limits on the shape, validation, audit, rewriting and compiling, in this order.

use std::io::{self, Read, Write};

use host_core::foreign;
use host_system::guard::guarded;
use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};
use serde::{Deserialize, Serialize};
use wasmtime::Engine;

use crate::audit::{self, Surface};
use crate::cap::FixedCap;
use crate::engine::deterministic_config;
use crate::instance::chain;
use crate::limits::SandboxLimits;
use crate::refusal::{Refusal, within_fixed};
use crate::{nan, shape};

/// Most files that are open while compiling.
const OPEN_FILES: u64 = 32;
/// Most bytes of a frame's head: a list of imports and exports can be long.
const MOST_HEAD_BYTES: u32 = 16 << 20;

/// Most bytes of machine code of one component, with its data: the host holds it twice while it loads it. Python and
/// its libraries need less.
pub(super) const MOST_CODE_BYTES: u64 = 128 << 20;

/// A component's imports, exports and machine code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Compiled {
    pub surface: Surface,
    pub code: Vec<u8>,
}

impl Compiled {
    /// Returns the bytes that stand before the code in what [`Compiled::decode`] reads.
    pub(crate) fn head(&self) -> io::Result<Vec<u8>> {
        head(&self.surface)
    }

    /// Reads what the head and the code were. The code stays where it is, because it may be large.
    pub(crate) fn decode(mut bytes: Vec<u8>) -> Option<Compiled> {
        let mut rest = bytes.as_slice();
        let surface = read_head(&mut rest).ok()?;
        let head = bytes.len() - rest.len();
        bytes.drain(..head);
        Some(Compiled { surface, code: bytes })
    }
}

/// Validates, audits and compiles `bytes` without any budget.
///
/// # Errors
/// The reason why it is refused.
fn compile(bytes: &[u8], engine: &Engine, limits: &SandboxLimits) -> Result<Compiled, Refusal> {
    let surface = audited(bytes, engine, limits)?;
    let rewritten = nan::canonicalize(bytes).map_err(Refusal::Invalid)?;
    let code = engine.precompile_component(&rewritten).map_err(|error| Refusal::Invalid(chain(&error)))?;
    within_fixed(FixedCap::MachineCodeBytes, code.len() as u64, MOST_CODE_BYTES)?;
    Ok(Compiled { surface, code })
}

/// Compiles `bytes` as [`compile`] does. If the compiler panics, that is about these bytes.
///
/// # Errors
/// As [`compile`].
pub(super) fn compile_guarded(bytes: &[u8], engine: &Engine, limits: &SandboxLimits) -> Result<Compiled, Refusal> {
    unless_it_panics(|| compile(bytes, engine, limits))
}

fn unless_it_panics<T>(work: impl FnOnce() -> Result<T, Refusal>) -> Result<T, Refusal> {
    guarded("the component", work).unwrap_or_else(|panicked| {
        let message = panicked.panic.lines().next().unwrap_or_default();
        Err(Refusal::CompilerPanicked(foreign::line(message, foreign::CELL)))
    })
}

/// Returns true if these last words are those of a process that gets no more memory.
pub(super) fn are_out_of_memory(words: &str) -> bool {
    let known = ["memory allocation of", "Cannot allocate memory", "Resource temporarily unavailable", "out of memory"];
    known.iter().any(|known| words.contains(known))
}

/// Checks `bytes` without compiling them.
///
/// # Errors
/// The reason why they are refused.
pub(super) fn audited(bytes: &[u8], engine: &Engine, limits: &SandboxLimits) -> Result<Surface, Refusal> {
    shape::require(bytes, limits)?;
    let surface = audit::surface(bytes)?;
    audit::require_contract(&surface)?;
    audit::validate(bytes, engine)?;
    Ok(surface)
}

/// Compiles a component that comes from `input` and writes the result to `output`, as a process that does nothing else:
/// it binds itself to `seconds` of processor time and `bytes` of memory first, for good, and ends with its parent.
///
/// # Errors
/// The system's, or a request that is not this version's.
pub fn compile_in_this_process(
    (seconds, bytes): (u64, u64),
    mut input: impl Read,
    mut output: impl Write,
) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    let limit = |resource, value| setrlimit(resource, Rlimit { current: Some(value), maximum: Some(value) });
    limit(Resource::Core, 0)?;
    limit(Resource::Fsize, 0)?;
    limit(Resource::Nofile, OPEN_FILES)?;
    limit(Resource::Data, bytes)?;
    // A second more until it is killed: the first signal says why.
    setrlimit(Resource::Cpu, Rlimit { current: Some(seconds), maximum: Some(seconds.saturating_add(1)) })?;
    let limits: SandboxLimits = read_head(&mut input)?;
    let mut component = Vec::new();
    input.take(limits.component_bytes).read_to_end(&mut component)?;
    let engine = Engine::new(&deterministic_config(limits.stack_bytes)).map_err(io::Error::other)?;
    match compile_guarded(&component, &engine, &limits) {
        // Its own budget is over, of which this process knows nothing.
        Err(Refusal::CompilerPanicked(words)) if are_out_of_memory(&words) => return Err(io::Error::other(words)),
        Ok(Compiled { surface, code }) => {
            output.write_all(&head(&Ok::<_, Refusal>(surface))?)?;
            output.write_all(&code)?;
        }
        Err(refusal) => output.write_all(&head(&Err::<Surface, _>(refusal))?)?,
    }
    output.flush()
}

/// Returns `value` as JSON behind its length.
pub(super) fn head(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let text = serde_json::to_vec(value)?;
    let length = u32::try_from(text.len()).map_err(io::Error::other)?;
    Ok([&length.to_le_bytes(), text.as_slice()].concat())
}

/// Reads a value that [`head`] has made.
pub(super) fn read_head<T: for<'a> Deserialize<'a>>(input: &mut impl Read) -> io::Result<T> {
    let mut length = [0; 4];
    input.read_exact(&mut length)?;
    let length = u32::from_le_bytes(length);
    if length > MOST_HEAD_BYTES {
        return Err(io::Error::other("its head is too long"));
    }
    let mut text = Vec::new();
    input.by_ref().take(u64::from(length)).read_to_end(&mut text)?;
    Ok(serde_json::from_slice(&text)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_of_the_compiler_is_a_refusal_of_the_file() {
        let refused = unless_it_panics::<()>(|| panic!("too many regions\nat some place"));
        let told = refused.unwrap_err().of("x.wasm").to_string();
        assert_eq!(told, "x.wasm cannot be compiled: the compiler failed on it (too many regions)");
    }
}
