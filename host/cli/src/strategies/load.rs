//! From what the user names with `--strategy` to a loaded component: a `.wasm` file, or a crate folder that is built first.
//!
//! Every failure becomes a [`Report`] with the right kind: a file that is no strategy is the user's, a strategy that breaks
//! its contract is the strategy's.

use std::path::{Path, PathBuf};

use host_core::Fault;
use host_sandbox::{
    BuildError, BuildOptions, BuildStep, Built, Cache, LoadError, Sandbox, SandboxLimits, StrategyComponent,
    UserEnvironment, build,
};
use host_store::suggest::nearest;

use crate::strategies::parameters;
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::progress::Progress;
use crate::terminal::ui::Ui;

/// The loader of this process' strategies.
#[derive(Debug)]
pub struct Strategies {
    sandbox: Sandbox,
    cache: Cache,
    environment: UserEnvironment,
    ui: Ui,
}

impl Strategies {
    /// With the user's limits and compile cache.
    ///
    /// # Errors
    /// This machine cannot run a sandbox.
    pub fn new(limits: &SandboxLimits, ui: Ui) -> Result<Strategies> {
        let environment = user_environment();
        let cache = Cache::of_user(&environment);
        let sandbox = Sandbox::new(limits.clone(), cache.clone()).map_err(|error| report(&error))?;
        Ok(Strategies { sandbox, cache, environment, ui })
    }

    /// Loads `path`: a component, or a crate folder, built first unless the cache holds that very content.
    ///
    /// # Errors
    /// Nothing is there, the crate does not build, or what it is cannot run here.
    pub fn load(&self, path: &Path) -> Result<StrategyComponent> {
        let file = match std::fs::metadata(path) {
            Ok(found) if found.is_dir() => self.build(path, &BuildOptions::default())?.path,
            Ok(_) => path.to_owned(),
            Err(error) => return Err(missing(path, &error)),
        };
        self.sandbox.load(&file).map_err(|error| report(&error))
    }

    /// The same, with the file's bytes.
    ///
    /// # Errors
    /// As [`Strategies::load`]; a file that changed meanwhile.
    pub fn load_whole(&self, path: &Path) -> Result<(StrategyComponent, Vec<u8>)> {
        let component = self.load(path)?;
        let bytes = std::fs::read(&component.name).map_err(|error| missing(Path::new(&component.name), &error))?;
        match host_sandbox::digest(&bytes) == component.digest {
            true => Ok((component, bytes)),
            false => Err(Report::user(format!("{} was changed while it was being loaded", component.name))),
        }
    }

    /// Builds the crate in `folder`, telling the user what is being done.
    ///
    /// # Errors
    /// Nothing is there, it is no crate, or it does not build.
    pub fn build(&self, folder: &Path, options: &BuildOptions) -> Result<Built> {
        std::fs::metadata(folder).map_err(|error| missing(folder, &error))?;
        let progress = Progress::spinner(&self.ui, &format!("building {}", folder.display()));
        let mut tell = |step: BuildStep| match step {
            // What takes minutes must not look like a standstill where no line can be drawn.
            BuildStep::Waiting | BuildStep::AddingTarget | BuildStep::FetchingToolchain { .. } if !self.ui.progress => {
                self.ui.say(&step.to_string());
            }
            _ => progress.note(&step.to_string()),
        };
        build(folder, options, &self.environment, &self.cache, &mut tell).map_err(|error| build_report(&error))
    }
}

/// Returns the user's cache of compiled strategies.
pub fn user_cache() -> Cache {
    Cache::of_user(&user_environment())
}

fn user_environment() -> UserEnvironment {
    UserEnvironment::new(std::env::vars_os(), std::env::home_dir())
}

/// A failure to build, as the user reads it.
fn build_report(error: &BuildError) -> Report {
    let hint = match error {
        BuildError::NoCrate { .. } => Some("a strategy is a `.wasm` component, or the folder of a Rust crate"),
        BuildError::NoToolchain { .. } => Some("`rustup target add wasm32-unknown-unknown` installs one"),
        _ => None,
    };
    Report::user(error.to_string()).maybe_hint(hint.map(ToOwned::to_owned))
}

/// A failure to load or start, as the user reads it.
pub fn report(error: &LoadError) -> Report {
    use LoadError as E;
    let kind = match error {
        E::Fault { .. } | E::ForeignImports { .. } | E::ContractMismatch { .. } | E::BadManifest { .. } => {
            Kind::StrategyFault
        }
        _ => Kind::User,
    };
    let report = Report::new(kind, error.to_string());
    let report = match error.fault() {
        Some(fault) => with_log(report, fault),
        None => report,
    };
    let hint = match error {
        E::NotWasm { .. } => Some("`--strategy` takes a `.wasm` component, or a strategy's crate folder".to_owned()),
        E::TooLarge { .. } => Some("`--set sandbox.component_bytes=N` allows more".to_owned()),
        E::Parameter(error) => parameters::hint(error),
        _ => None,
    };
    report.maybe_hint(hint)
}

/// A fault of a running strategy, as the user reads it; `what` says what it was doing.
pub fn fault_report(what: &str, fault: &Fault) -> Report {
    with_log(Report::new(Kind::StrategyFault, format!("{what}: {}", fault.message)), fault)
}

fn with_log(report: Report, fault: &Fault) -> Report {
    match fault.log.is_empty() {
        true => report,
        false => fault
            .log
            .iter()
            .fold(report.because("its last log lines:"), |report, line| report.because(format!("  {line}"))),
    }
}

/// Nothing is at `path`: says what the user may have meant.
fn missing(path: &Path, error: &std::io::Error) -> Report {
    let report = Report::io(format!("cannot load the strategy {}", path.display()), error);
    if error.kind() != std::io::ErrorKind::NotFound {
        return report;
    }
    let wanted = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let beside = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let guess = similar(&wanted, beside).or_else(|| similar(&wanted, Path::new("strategies")));
    report.maybe_hint(guess.map(|guess| format!("did you mean `{}`?", guess.display())))
}

/// Returns what is most like `wanted` in `folder`: files and folders, hidden ones apart.
fn similar(wanted: &str, folder: &Path) -> Option<PathBuf> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| !name.starts_with('.'))
        .collect();
    names.sort();
    let stem = wanted.strip_suffix(".wasm").unwrap_or(wanted);
    let found = nearest(wanted, names.iter().map(String::as_str))
        .or_else(|| nearest(stem, names.iter().map(String::as_str)))?;
    let folder = folder.strip_prefix(".").unwrap_or(folder);
    Some(folder.join(found))
}
