//! Turns the bytes of a component into machine code, within a budget of processor time and memory.
//!
//! Bytes of strangers are validated and compiled in a process of their own ([`Compiler::in_child`]): what takes it too
//! long or too much memory, or makes it panic, ends that process and not the host. The process has no environment, no
//! files and no key of the cache; what it returns is kept and authenticated by the host.

mod budget;
mod child;
mod job;

use std::ffi::OsString;
use std::path::PathBuf;

use host_system::guard::guarded;
use wasmtime::Engine;

use self::budget::CompileBudget;
use crate::error::LoadError;
use crate::limits::SandboxLimits;
use crate::refusal::Refusal;
use crate::trust::{DetachedSignature, PublicKey};
pub(crate) use job::Compiled;
pub use job::compile_in_this_process;

/// The way in which components are validated and compiled.
#[derive(Clone, Debug)]
pub struct Compiler {
    way: Way,
    /// The keys whose holders' components have the greater budget.
    trusted: Vec<PublicKey>,
}

#[derive(Clone, Debug)]
enum Way {
    InThisProcess,
    InChild { program: PathBuf, arguments: Vec<OsString> },
}

impl Compiler {
    /// Compiles in this process, without a budget: for callers that vouch for the bytes, such as tests.
    pub fn in_this_process() -> Compiler {
        Compiler { way: Way::InThisProcess, trusted: Vec::new() }
    }

    /// Compiles in a process of `program`, which with `arguments`, processor time in seconds and memory in bytes calls
    /// [`compile_in_this_process`].
    pub fn in_child(program: PathBuf, arguments: Vec<OsString>) -> Compiler {
        Compiler { way: Way::InChild { program, arguments }, trusted: Vec::new() }
    }

    /// Returns a compiler that gives components that one of `keys` has signed their greater budget.
    #[must_use]
    pub fn trusting(self, keys: Vec<PublicKey>) -> Compiler {
        Compiler { trusted: keys, ..self }
    }

    /// Validates, audits and compiles `bytes`. `signature` is what stands beside the component `name`.
    ///
    /// # Errors
    /// A [`LoadError`]: none of its code has run.
    pub(crate) fn compile(
        &self,
        (name, bytes): (&str, &[u8]),
        signature: Option<&[u8]>,
        engine: &Engine,
        limits: &SandboxLimits,
    ) -> Result<Compiled, LoadError> {
        match &self.way {
            Way::InThisProcess => job::compile_guarded(bytes, engine, limits).map_err(|refusal| refusal.of(name)),
            Way::InChild { program, arguments } => {
                let budget = self.budget(bytes, signature, limits);
                let answer = child::run((program, arguments), bytes, limits, budget);
                answer.map_err(|failure| failure.of(name, budget))?.map_err(|refusal| refusal.of(name))
            }
        }
    }

    /// Validates and audits `bytes` in this process, without compiling them.
    ///
    /// # Errors
    /// As [`Compiler::compile`].
    pub(crate) fn audit(
        (name, bytes): (&str, &[u8]),
        engine: &Engine,
        limits: &SandboxLimits,
    ) -> Result<(), LoadError> {
        let audited = guarded("the file", || job::audited(bytes, engine, limits));
        let audited = audited.map_err(|panicked| Refusal::Invalid(panicked.to_string())).flatten();
        audited.map(drop).map_err(|refusal| refusal.of(name))
    }

    fn budget(&self, bytes: &[u8], signature: Option<&[u8]>, limits: &SandboxLimits) -> CompileBudget {
        match signature.is_some_and(|signature| self.is_signed(bytes, signature)) {
            true => CompileBudget::of_signed(limits),
            false => CompileBudget::of_unsigned(limits),
        }
    }

    fn is_signed(&self, bytes: &[u8], signature: &[u8]) -> bool {
        let Ok(signature) = DetachedSignature::parse(signature) else { return false };
        let mut keys = self.trusted.iter().filter(|key| key.id() == signature.key_id());
        keys.any(|key| signature.verifies(bytes, key))
    }
}
