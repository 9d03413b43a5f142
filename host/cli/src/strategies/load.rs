//! Loads the strategy that `--strategy` names: a `.wasm` file, or a crate folder, which is built first.
//!
//! Every failure becomes a [`Report`] of the right kind: a file that is not a strategy is the user's error, a strategy
//! that breaks its contract is the strategy's.

use std::path::Path;

use host_core::Fault;
use host_sandbox::trust::{CalendarDay, FolderTrust, HostWorkspace, TrustSettings};
use host_sandbox::{
    BuildError, BuildOptions, BuildStep, Built, CACHE_VARIABLE, Cache, Compiler, LoadError, Sandbox, SandboxLimits,
    StrategyComponent, UserEnvironment, build,
};

use crate::strategies::folders::{self, Asking};
use crate::strategies::{parameters, trusted};
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::interrupt::{self, cut_short};
use crate::terminal::paths;
use crate::terminal::progress::Progress;
use crate::terminal::ui::Ui;

/// The program of this process, even if another version has taken its place on the disk: what one version compiles,
/// another one cannot run.
pub const THIS_PROGRAM: &str = "/proc/self/exe";
/// The command with which it compiles a component that it is given, as a process of its own.
pub const COMPILE_COMMAND: &str = "compile-component";

/// The loader of strategies.
#[derive(Debug)]
pub struct Strategies {
    sandbox: Sandbox,
    cache: Cache,
    environment: UserEnvironment,
    folders: FolderTrust,
    asking: Asking,
    ui: Ui,
}

impl Strategies {
    /// Creates a loader with `limits` and the user's compile cache. Components that a key in `trust` has signed may
    /// take longer to compile.
    ///
    /// # Errors
    /// This machine cannot run the sandbox.
    pub fn new(limits: &SandboxLimits, trust: &TrustSettings, ui: Ui) -> Result<Strategies> {
        let environment = user_environment();
        let cache = user_cache(trust);
        // Told once: later runs find something in the folder.
        let is_new = || std::fs::read_dir(cache.root()).map_or(true, |mut entries| entries.next().is_none());
        if std::env::home_dir().is_none() && is_new() {
            let place = cache.root().display();
            ui.say(&format!(
                "there is no home folder: compiled strategies are kept in {place} (or in ${CACHE_VARIABLE})"
            ));
        }
        let sandbox = Sandbox::new(limits.clone(), cache.clone()).map_err(|error| report(&error))?;
        let folders = folders_of(&environment);
        Ok(Strategies { sandbox, cache, environment, folders, asking: Asking::AtTerminal, ui })
    }

    /// Returns the loader for people who want to look at a strategy: it asks nobody whether to trust a folder.
    #[must_use]
    pub fn never_asking(self) -> Strategies {
        Strategies { asking: Asking::Never, ..self }
    }

    /// Loads `path`: a component, or a crate folder, which is built first unless the cache holds a build of the same
    /// content.
    ///
    /// # Errors
    /// The path does not exist, the folder is not trusted, the crate does not build, or the component cannot be loaded.
    pub fn load(&self, path: &Path) -> Result<StrategyComponent> {
        self.load_with_bytes(path).map(|(component, _)| component)
    }

    /// Loads `path` as [`Strategies::load`] does, and returns the bytes that it was loaded from too.
    ///
    /// # Errors
    /// As [`Strategies::load`].
    pub fn load_with_bytes(&self, path: &Path) -> Result<(StrategyComponent, Vec<u8>)> {
        let file = match std::fs::metadata(path) {
            Ok(found) if found.is_dir() => self.build(path, &BuildOptions::default())?.path,
            Ok(_) => path.to_owned(),
            Err(error) => return Err(missing(path, &error)),
        };
        // Compiling an interpreter takes half a minute.
        let _progress = Progress::spinner(&self.ui, &format!("loading {}", path.display()));
        self.sandbox.load_with_bytes(&file).map_err(|error| report(&error))
    }

    /// Builds the crate in `folder`, and shows the progress. This is the one door to every build: none passes whose
    /// folder is not trusted.
    ///
    /// # Errors
    /// The folder does not exist, it is not trusted or not a crate, it does not build, or it is stopped.
    pub fn build(&self, folder: &Path, options: &BuildOptions) -> Result<Built> {
        std::fs::metadata(folder).map_err(|error| missing(folder, &error))?;
        // Nobody is asked to trust what is no crate.
        if !folder.join("Cargo.toml").is_file() {
            return Err(build_report(&BuildError::NoCrate { dir: folder.to_owned() }));
        }
        let trusted = folders::require_trusted(folder, &self.folders, self.asking)?;
        let task = interrupt::begin_task()?;
        let progress = Progress::spinner(&self.ui, &format!("building {}", folder.display()));
        let mut tell = |step: BuildStep| match step {
            BuildStep::Unconfined(_) | BuildStep::NotRead(_) => self.ui.say(&format!("note: {step}")),
            // Steps that take minutes are printed where no progress line is drawn, or the build would look stuck.
            BuildStep::Waiting | BuildStep::AddingTarget | BuildStep::FetchingToolchain { .. } if !self.ui.progress => {
                self.ui.say(&step.to_string());
            }
            _ => progress.note(&step.to_string()),
        };
        let options = BuildOptions { stop: task.stop(), ..options.clone() };
        let built = build(&trusted, &options, &self.environment, &self.cache, &mut tell);
        built.map_err(|error| match task.stopped_by() {
            Some(signal) => cut_short(signal, &error.to_string()),
            None => build_report(&error),
        })
    }
}

/// Returns the user's trust in folders.
pub fn user_folders() -> FolderTrust {
    folders_of(&user_environment())
}

fn folders_of(environment: &UserEnvironment) -> FolderTrust {
    // The checkout that this binary was built from.
    let workspace = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let executable = std::env::current_exe().ok();
    FolderTrust::of_user(environment, HostWorkspace::at(workspace, executable.as_deref()))
}

/// Returns the user's cache of compiled strategies. What it lacks is compiled in a child of this process, with the
/// greater budget if a key in `trust` has signed it.
pub fn user_cache(trust: &TrustSettings) -> Cache {
    let today = CalendarDay::of(trusted::now());
    let keys = trust.keys.iter().filter(|key| key.is_valid(today)).map(|key| key.public_key.clone());
    let compiler = Compiler::in_child(THIS_PROGRAM.into(), vec![COMPILE_COMMAND.into()]);
    Cache::of_user(&user_environment(), compiler.trusting(keys.collect()))
}

fn user_environment() -> UserEnvironment {
    UserEnvironment::new(std::env::vars_os(), std::env::home_dir())
}

fn build_report(error: &BuildError) -> Report {
    let hint = match error {
        BuildError::NoCrate { .. } => Some("a strategy is a `.wasm` component, or the folder of a Rust crate"),
        BuildError::NoToolchain { .. } => Some("`rustup target add wasm32-unknown-unknown` installs one"),
        BuildError::Late { .. } => Some("`host build DIR --time-limit 2h` gives it more; what is built is kept"),
        BuildError::Fetch { .. } => Some("check the network, or the registries in your own cargo settings"),
        BuildError::NotOwn { fault, .. } => return Report::user(error.to_string()).hint(fault.hint()),
        _ => None,
    };
    let report = match error {
        BuildError::Manifest { output, .. } | BuildError::Fetch { output, .. } | BuildError::Compile { output, .. } => {
            Report::ending_in(Kind::User, &error.to_string(), &format!("\n{output}"))
        }
        _ => Report::user(error.to_string()),
    };
    report.maybe_hint(hint.map(ToOwned::to_owned))
}

/// Returns the report of a failure to load or start a strategy.
pub fn report(error: &LoadError) -> Report {
    use LoadError as E;
    let kind = match error {
        E::Fault { .. } | E::ForeignImports { .. } | E::ContractMismatch { .. } | E::BadManifest { .. } => {
            Kind::StrategyFault
        }
        _ => Kind::User,
    };
    let report = match error.fault() {
        Some(fault) => with_log(Report::ending_in(kind, &error.to_string(), &fault.message), fault),
        None => Report::new(kind, error.to_string()),
    };
    let hint = match error {
        E::NotWasm { .. } => Some("`--strategy` takes a `.wasm` component, or a strategy's crate folder".to_owned()),
        E::TooLarge { .. } => Some("`--set sandbox.component_bytes=N` allows more".to_owned()),
        E::TooComplex { cap, found, .. } => Some(format!("`--set sandbox.{}={found}` allows it", cap.key())),
        E::OverBudget { key, .. } if key.starts_with("signed") => Some(format!("`--set sandbox.{key}=N` allows more")),
        E::OverBudget { key, .. } => Some(format!(
            "`--set sandbox.{key}=N` allows more, and so does the signature of a key that you trust (`host sign`)"
        )),
        E::CompilerFailed { .. } => Some("get the component again from its author: it may be damaged".to_owned()),
        E::Parameter(error) => parameters::hint(error),
        _ => None,
    };
    report.maybe_hint(hint)
}

/// Returns the report of a running strategy's fault; `what` says what happened, such as which strategy failed.
pub fn fault_report(what: &str, fault: &Fault) -> Report {
    let message = format!("{what}: {}", fault.message);
    with_log(Report::ending_in(Kind::StrategyFault, &message, &fault.message), fault)
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

/// Returns the report of a missing or unreadable `path`, with a guess at what the user meant.
fn missing(path: &Path, error: &std::io::Error) -> Report {
    let report = Report::io(format!("cannot load the strategy {}", path.display()), error);
    if error.kind() != std::io::ErrorKind::NotFound {
        return report;
    }
    let beside = paths::similar(path);
    paths::did_you_mean(report, beside.or_else(|| paths::similar_in(path, Path::new("strategies"))))
}
