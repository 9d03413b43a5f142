//! The work itself: limits on the shape, validation, audit, rewriting and compiling, in this order.

use std::io::{self, Read, Write};

use rustix::process::{Resource, Rlimit, Signal, set_parent_process_death_signal, setrlimit};
use serde::{Deserialize, Serialize};
use wasmtime::Engine;

use crate::audit::{self, Surface};
use crate::engine::deterministic_config;
use crate::instance::chain;
use crate::limits::SandboxLimits;
use crate::refusal::Refusal;
use crate::{nan, shape};

/// Most files that are open while compiling.
const OPEN_FILES: u64 = 32;
/// Most bytes of a frame's head: a list of imports and exports can be long.
const MOST_HEAD_BYTES: u32 = 16 << 20;

/// A component's imports, exports and machine code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Compiled {
    pub surface: Surface,
    pub code: Vec<u8>,
}

impl Compiled {
    /// Returns the bytes that [`Compiled::decode`] reads.
    pub(crate) fn encode(&self) -> io::Result<Vec<u8>> {
        let mut bytes = head(&self.surface)?;
        bytes.extend_from_slice(&self.code);
        Ok(bytes)
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Compiled> {
        let mut rest = bytes;
        let surface = read_head(&mut rest).ok()?;
        Some(Compiled { surface, code: rest.to_vec() })
    }
}

/// Validates, audits and compiles `bytes` without any budget.
///
/// # Errors
/// The reason why it is refused.
pub(super) fn compile(bytes: &[u8], engine: &Engine, limits: &SandboxLimits) -> Result<Compiled, Refusal> {
    let surface = audited(bytes, engine, limits)?;
    let rewritten = nan::canonicalize(bytes).map_err(Refusal::Invalid)?;
    let code = engine.precompile_component(&rewritten).map_err(|error| Refusal::Invalid(chain(&error)))?;
    Ok(Compiled { surface, code })
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
    match compile(&component, &engine, &limits) {
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
