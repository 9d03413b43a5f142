//! Loads a file as a strategy that can be started: size limit, digest, cache or compiler, `describe`.
//!
//! The order matters: nothing is compiled before it is validated, and nothing runs before its imports are known. This
//! process does not parse the file: the compiler does, within its budget.

use std::path::Path;

use host_core::strategy::FaultKind;
use host_core::{Fault, Manifest};
use host_system::capped;
use wasmtime::Engine;
use wasmtime::component::{Component, Linker};

use crate::audit::{self, Surface};
use crate::bindings::{self, chart, guest, state};
use crate::cache::{self, Cache};
use crate::compiler::Compiler;
use crate::engine::start_engine;
use crate::error::LoadError;
use crate::fault::CallBudget;
use crate::guest_state::{GuestState, link_log};
use crate::instance::{Instance, NotStarted, Prepared, chain};
use crate::limits::SandboxLimits;
use crate::parameters::manifest_fault;
use crate::strategy::{SandboxedStrategy, Settings, StartedFrom};
use crate::trust::read_beside;

/// The engine, limits and cache that strategies run with. One per process is enough: instances share no state.
pub struct Sandbox {
    engine: Engine,
    linker: Linker<GuestState>,
    limits: SandboxLimits,
    cache: Cache,
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").field("limits", &self.limits).field("cache", &self.cache).finish_non_exhaustive()
    }
}

/// A checked and compiled strategy. It is cheap to clone, and any number of instances can be started from it.
#[derive(Clone)]
pub struct StrategyComponent {
    pub(crate) prepared: Prepared,
    pub(crate) limits: SandboxLimits,
    pub(crate) cache: Cache,
    /// The file, as the caller named it.
    pub name: String,
    /// SHA-256 of the file, in hexadecimal.
    pub digest: String,
    pub size_bytes: u64,
    pub imports: Vec<String>,
    pub exports: Vec<String>,
    pub manifest: Manifest,
    /// True if its native code came from the compile cache.
    pub from_cache: bool,
    /// True if the wall time of its instances is limited over time.
    pub(crate) is_timed: bool,
}

impl std::fmt::Debug for StrategyComponent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StrategyComponent")
            .field("name", &self.name)
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

impl Sandbox {
    /// Makes a sandbox that keeps compiled strategies in `cache`.
    ///
    /// # Errors
    /// [`LoadError::Engine`] if this machine cannot run the engine.
    pub fn new(limits: SandboxLimits, cache: Cache) -> Result<Sandbox, LoadError> {
        let engine = start_engine(limits.stack_bytes)?;
        let mut linker = Linker::new(&engine);
        link_log(&mut linker).map_err(|error| LoadError::Engine(format!("{error:#}")))?;
        Ok(Sandbox { engine, linker, limits, cache })
    }

    /// Returns the cache of compiled strategies.
    pub fn cache(&self) -> &Cache {
        &self.cache
    }

    pub fn limits(&self) -> &SandboxLimits {
        &self.limits
    }

    /// Loads the component in the file `path`.
    ///
    /// # Errors
    /// A [`LoadError`]. The file's code has run only in case of [`LoadError::Fault`], [`LoadError::BadManifest`] or
    /// [`LoadError::ContractMismatch`].
    pub fn load(&self, path: &Path) -> Result<StrategyComponent, LoadError> {
        self.load_with_bytes(path).map(|(component, _)| component)
    }

    /// Loads the component in the file `path`, and returns the bytes that it was loaded from: the file is read once, so
    /// what is judged, kept or sent on is what runs.
    ///
    /// # Errors
    /// As [`Sandbox::load`].
    pub fn load_with_bytes(&self, path: &Path) -> Result<(StrategyComponent, Vec<u8>), LoadError> {
        let name = path.display().to_string();
        let bytes = self.read(path)?;
        // One that cannot be read gives no greater budget; whether the component may run is judged elsewhere.
        let signature = read_beside(path).unwrap_or_default();
        Ok((self.load_signed(&name, &bytes, signature.as_deref())?, bytes))
    }

    /// Loads the component `bytes`, which nobody has signed; `name` appears in messages.
    ///
    /// # Errors
    /// As [`Sandbox::load`].
    pub fn load_bytes(&self, name: &str, bytes: &[u8]) -> Result<StrategyComponent, LoadError> {
        self.load_signed(name, bytes, None)
    }

    /// Loads the component `bytes` with the `signature` that stands beside it, on which depends how long it may be
    /// compiled; `name` appears in messages.
    ///
    /// # Errors
    /// As [`Sandbox::load`].
    pub fn load_signed(
        &self,
        name: &str,
        bytes: &[u8],
        signature: Option<&[u8]>,
    ) -> Result<StrategyComponent, LoadError> {
        self.require_size(name, bytes.len() as u64)?;
        let digest = cache::digest(bytes);
        audit::require_component(name, bytes)?;
        let kept = self.cache.compiled(&self.engine, &digest);
        let from_cache = kept.is_some();
        let (surface, component) = match kept {
            Some(kept) => kept,
            None => {
                let compiler = self.cache.compiler();
                let compiled = compiler.compile((name, bytes), signature, &self.engine, &self.limits)?;
                let component = self.cache.keep_compiled(&self.engine, &digest, &compiled);
                let unfit = || LoadError::Engine("the compiled code does not fit this engine".to_owned());
                (compiled.surface, component.ok_or_else(unfit)?)
            }
        };
        audit::require_contract(&surface).map_err(|refusal| refusal.of(name))?;
        let prepared = self.prepare(name, &component, &surface)?;
        let manifest = self.describe(name, &prepared)?;
        let (asked, most) = (manifest.warm_up, self.limits.max_warm_up);
        if asked > most {
            return Err(LoadError::WarmUpTooLong { name: name.to_owned(), asked, most });
        }
        Ok(StrategyComponent {
            prepared,
            limits: self.limits.clone(),
            cache: self.cache.clone(),
            name: name.to_owned(),
            digest,
            size_bytes: bytes.len() as u64,
            imports: surface.imports,
            exports: surface.exports,
            manifest,
            from_cache,
            is_timed: false,
        })
    }

    /// Returns the bytes of the file `path`. Neither a pipe nor a device is read, nor more than the size limit: they
    /// may never end.
    ///
    /// # Errors
    /// [`LoadError::Read`] or [`LoadError::TooLarge`].
    pub fn read(&self, path: &Path) -> Result<Vec<u8>, LoadError> {
        let failed = |source| LoadError::Read { path: path.to_owned(), source };
        let found = std::fs::metadata(path).map_err(failed)?;
        self.require_size(&path.display().to_string(), if found.is_file() { found.len() } else { 0 })?;
        capped::read(path, self.limits.component_bytes).map_err(failed)
    }

    /// Checks the component `bytes` without compiling it or running its code, in this process.
    ///
    /// # Errors
    /// As [`Sandbox::load`].
    pub fn audit(&self, name: &str, bytes: &[u8]) -> Result<(), LoadError> {
        self.require_size(name, bytes.len() as u64)?;
        audit::require_component(name, bytes)?;
        Compiler::audit((name, bytes), &self.engine, &self.limits)
    }

    fn require_size(&self, name: &str, bytes: u64) -> Result<(), LoadError> {
        let limit = self.limits.component_bytes;
        if bytes > limit { Err(LoadError::TooLarge { name: name.to_owned(), bytes, limit }) } else { Ok(()) }
    }

    /// Links the imports and looks up the exports, which compares their types with the contract's.
    fn prepare(&self, name: &str, component: &Component, surface: &Surface) -> Result<Prepared, LoadError> {
        let mismatch = |error| LoadError::ContractMismatch { name: name.to_owned(), reason: chain(&error) };
        let pre = self.linker.instantiate_pre(component).map_err(mismatch)?;
        let guest = guest::GuestIndices::new(&pre).map_err(mismatch)?;
        let has = |interface| surface.exports.iter().any(|export| export.starts_with(interface));
        let state = has("trading:strategy/state@").then(|| state::GuestIndices::new(&pre)).transpose();
        let chart = has("trading:strategy/chart@").then(|| chart::GuestIndices::new(&pre)).transpose();
        Ok(Prepared { pre, guest, state: state.map_err(mismatch)?, chart: chart.map_err(mismatch)? })
    }

    /// Returns the manifest, from an instance that is dropped afterwards.
    fn describe(&self, name: &str, prepared: &Prepared) -> Result<Manifest, LoadError> {
        let in_stage = |stage| move |fault| LoadError::Fault { name: name.to_owned(), stage, fault };
        let mut instance = Instance::start(prepared, name, &self.limits).map_err(|reason| not_started(name, reason))?;
        let (manifest, _) = instance
            .call(CallBudget::start(&self.limits), |exports, store| exports.guest.call_describe(store))
            .map_err(in_stage("`describe`"))?;
        let manifest = bindings::manifest(manifest);
        match manifest_fault(&manifest) {
            Some(reason) => Err(LoadError::BadManifest { name: name.to_owned(), reason }),
            None => Ok(manifest),
        }
    }
}

impl StrategyComponent {
    /// Returns true if a newer version can take over the strategy's state.
    pub fn has_state(&self) -> bool {
        self.prepared.state.is_some()
    }

    /// Returns true if the strategy draws lines over the price of a market, such as its fair value.
    pub fn has_chart(&self) -> bool {
        self.prepared.chart.is_some()
    }

    /// Returns the contract that it was built for, with its version: `trading:strategy@1.0.0`, or that of the last
    /// addition that it has.
    pub fn contract(&self) -> String {
        let version_of = |interface| self.exports.iter().find_map(|export| export.strip_prefix(interface));
        let version = version_of("trading:strategy/chart@").or_else(|| version_of("trading:strategy/guest@"));
        format!("trading:strategy@{}", version.unwrap_or("?"))
    }

    pub fn limits(&self) -> &SandboxLimits {
        &self.limits
    }

    /// Returns a copy whose instances log nothing.
    pub fn without_log(&self) -> StrategyComponent {
        StrategyComponent { limits: SandboxLimits { log_bytes: 0, ..self.limits.clone() }, ..self.clone() }
    }

    /// Returns it for live trading: the wall time of its instances is limited over time, besides that of each call.
    /// What is decided in a back test or a replay never depends on wall time.
    #[must_use]
    pub fn timed(self) -> StrategyComponent {
        StrategyComponent { is_timed: true, ..self }
    }

    /// Starts an instance with `settings`.
    ///
    /// # Errors
    /// [`LoadError::Parameter`] for a parameter that the manifest does not allow, [`LoadError::Fault`] if `init` fails
    /// or refuses.
    pub fn start(&self, settings: &Settings) -> Result<SandboxedStrategy, LoadError> {
        let parameters = crate::parameters::resolve_parameters(&self.manifest, &settings.parameters)?;
        let in_stage = |stage| move |fault| LoadError::Fault { name: self.name.clone(), stage, fault };
        let mut instance = Instance::start(&self.prepared, &self.manifest.name, &self.limits)
            .map_err(|reason| not_started(&self.name, reason))?;
        let given = settings.clone();
        let settings = bindings::types::Settings {
            parameters: &bindings::parameters(&parameters),
            poll_interval: settings.poll_interval.0,
        };
        let (answer, cost) = instance
            .call(CallBudget::start(&self.limits), |exports, store| exports.guest.call_init(store, settings))
            .map_err(in_stage("`init`"))?;
        if let Err(refusal) = answer {
            let fault = instance.with_log(Fault { kind: FaultKind::Refused, message: refusal, log: Vec::new() });
            return Err(in_stage("`init`")(fault));
        }
        let component = self.clone();
        let origin = StartedFrom {
            manifest: self.manifest.clone(),
            sha256: self.digest.clone(),
            limits: self.limits.clone(),
            is_timed: self.is_timed,
            again: Box::new(move || component.start(&given)),
        };
        Ok(SandboxedStrategy::new(instance, origin, cost))
    }
}

fn not_started(name: &str, reason: NotStarted) -> LoadError {
    let name = name.to_owned();
    match reason {
        NotStarted::Mismatch(reason) => LoadError::ContractMismatch { name, reason },
        NotStarted::Fault(fault) => LoadError::Fault { name, stage: "its start", fault },
    }
}
