//! Tests a strategy before it trades: `host check`.
//!
//! The strategy runs over a generated sequence several times. Its decisions must be the same on a second run, and must
//! not depend on how the rows are split into batches: a strategy that looks ahead within a batch, or counts calls,
//! fails here. The runs also measure how much of its limits it uses.
//!
//! A strategy can tell these rows from those of a run, so a run proves its own decisions (`host-session`). What is kept
//! of a pass does not grow with what the strategy decides, and all of them have one budget of time.

mod budget;
mod kept;
mod memory;
mod sequence;
mod trace;

use std::hash::RandomState;
use std::ops::Range;
use std::time::{Duration, Instant};

use host_core::strategy::{ParameterValue, ResourceUsage};
use host_core::{Fault, Strategy};
use serde::Serialize;

use budget::CheckTime;
pub use kept::KeptCheck;
pub use memory::{MemoryUse, memory_use};
pub use sequence::{Sequence, SequenceOptions};
use trace::{Ask, NoTrace, OfRow, Pass, Split, Trace};

use crate::component::StrategyComponent;
use crate::error::LoadError;
use crate::limits::SandboxLimits;
use crate::strategy::{SandboxedStrategy, Settings};

/// The data and parameters of a check.
#[derive(Clone, Debug)]
pub struct CheckOptions {
    /// The market data to generate.
    pub sequence: SequenceOptions,
    /// Parameters, as in [`Settings`].
    pub parameters: Vec<(String, ParameterValue)>,
    /// The time for all of it. What is not reached within it does not pass.
    pub budget: Duration,
}

impl Default for CheckOptions {
    fn default() -> CheckOptions {
        let (sequence, parameters) = (SequenceOptions::default(), Vec::new());
        CheckOptions { sequence, parameters, budget: Duration::from_secs(600) }
    }
}

/// The result of one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The property that was checked, in a few words.
    pub name: String,
    pub passed: bool,
    /// Figures if it passed, the difference or fault if it failed.
    pub detail: String,
}

/// The result of [`check`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckReport {
    pub name: String,
    pub version: String,
    /// SHA-256 of the file, in hexadecimal.
    pub digest: String,
    /// Size of the file, in bytes.
    pub size_bytes: u64,
    /// In the order in which they were checked.
    pub findings: Vec<Finding>,
    /// False if the time of the check was over: what was not reached did not pass, but did not fail either.
    pub complete: bool,
    /// Number of rows in the sequence.
    pub rows: u64,
    /// Number of signals over the sequence.
    pub signals: u64,
    /// Number of rows with a score.
    pub scores: u64,
    /// Fuel per row with one batch per poll, as in live trading.
    pub fuel_per_row: f64,
    /// Fuel per row with all rows in one batch, much as in a back test.
    pub fuel_per_row_in_bulk: f64,
    pub init_fuel: u64,
    /// Wall-clock time of instantiation and `init`, in milliseconds; depends on the machine.
    pub init_ms: f64,
    /// Linear memory at the end, in bytes.
    pub memory_bytes: usize,
    /// Wall-clock time per row with all rows in one batch, in nanoseconds; depends on the machine.
    pub nanoseconds_per_row: f64,
    pub limits: SandboxLimits,
    /// Memory by the number of markets; absent if the strategy failed while it was measured.
    pub memory: Option<MemoryUse>,
    /// Number of markets with full history that fit into the limit of memory, likewise.
    pub markets_within_memory: Option<u64>,
}

impl CheckReport {
    /// Returns true if all findings passed.
    pub fn passed(&self) -> bool {
        self.findings.iter().all(|finding| finding.passed)
    }
}

/// One run over the sequence, with the resources that it used.
struct TrialRun {
    trace: Trace,
    usage: ResourceUsage,
    init_ms: f64,
    nanoseconds: f64,
}

/// Checks `component`, whose validity and imports were verified when it was loaded.
///
/// # Errors
/// [`LoadError::Parameter`] for a parameter that the manifest does not allow. Any other failure is a finding.
pub fn check(component: &StrategyComponent, options: &CheckOptions) -> Result<CheckReport, LoadError> {
    crate::parameters::resolve_parameters(&component.manifest, &options.parameters)?;
    let sequence = Sequence::generate(options.sequence);
    let settings = Settings { parameters: options.parameters.clone(), poll_interval: options.sequence.poll_interval };
    let budget = CheckTime::begin(options.budget);
    let trials = Trials { component, settings: &settings, sequence: &sequence, budget, keys: RandomState::new() };
    let mut report = empty_report(component, &sequence);
    report.run_all(component, &trials);
    report.complete = !budget.is_over();
    Ok(report)
}

fn empty_report(component: &StrategyComponent, sequence: &Sequence) -> CheckReport {
    let imports = if component.imports.is_empty() { "none".to_owned() } else { component.imports.join(", ") };
    let finding = |name: &str, detail: String| Finding { name: name.to_owned(), passed: true, detail };
    CheckReport {
        name: component.manifest.name.clone(),
        version: component.manifest.version.clone(),
        digest: component.digest.clone(),
        size_bytes: component.size_bytes,
        findings: vec![
            finding("valid component", format!("{} bytes", component.size_bytes)),
            finding("imports nothing but the contract", imports),
        ],
        complete: false,
        rows: sequence.quotes.len() as u64,
        signals: 0,
        scores: 0,
        fuel_per_row: 0.0,
        fuel_per_row_in_bulk: 0.0,
        init_fuel: 0,
        init_ms: 0.0,
        memory_bytes: 0,
        nanoseconds_per_row: 0.0,
        limits: component.limits.clone(),
        memory: None,
        markets_within_memory: None,
    }
}

impl CheckReport {
    /// Runs a new instance over the sequence; a failure becomes the finding `name`.
    fn try_run(&mut self, trials: &Trials<'_>, split: Split, name: &str) -> Option<TrialRun> {
        match trials.run(ShownAs::Split(split)) {
            Ok(run) => Some(run),
            Err(detail) => {
                self.findings.push(Finding { name: name.to_owned(), passed: false, detail });
                None
            }
        }
    }

    fn note_live(&mut self, live: &TrialRun) {
        (self.signals, self.scores) = (live.trace.signals, live.trace.scores);
        self.fuel_per_row = live.usage.fuel as f64 / self.rows.max(1) as f64;
        self.init_fuel = live.usage.init_fuel;
        self.init_ms = live.init_ms;
        self.memory_bytes = live.usage.memory_bytes;
        let detail = format!("{} rows, {} signals, {} scores", self.rows, self.signals, self.scores);
        self.findings.push(Finding { name: "runs poll by poll".to_owned(), passed: true, detail });
    }

    /// Checks all that rows can show.
    fn run_all(&mut self, component: &StrategyComponent, trials: &Trials<'_>) {
        let Some(live) = self.try_run(trials, Split::Polls, "runs poll by poll") else {
            return;
        };
        self.note_live(&live);
        let splits = [Split::Polls, Split::Rows, Split::Odd, Split::Whole];
        for split in splits {
            let name = match split {
                Split::Polls => "deterministic: the same decisions on a second run".to_owned(),
                _ => format!("the same decisions {split}"),
            };
            let Some(run) = self.try_run(trials, split, &name) else { continue };
            if split == Split::Whole {
                self.fuel_per_row_in_bulk = per_row(run.usage.fuel as f64, trials.sequence);
                self.nanoseconds_per_row = per_row(run.nanoseconds, trials.sequence);
            }
            self.compare(trials, &name, (&live.trace, &run.trace), ShownAs::Split(split));
        }
        if component.has_chart() {
            let name = "the same decisions when asked for lines";
            match trials.run(ShownAs::Lines) {
                Ok(run) => self.compare(trials, name, (&live.trace, &run.trace), ShownAs::Lines),
                Err(detail) => self.findings.push(Finding { name: name.to_owned(), passed: false, detail }),
            }
        }
        self.measure(component, trials.settings, trials.budget);
    }

    fn measure(&mut self, component: &StrategyComponent, settings: &Settings, budget: CheckTime) {
        match memory::memory_use_within(component, settings, Some(budget)) {
            Ok(memory) => {
                self.markets_within_memory = Some(memory.markets_within(&component.limits));
                self.memory = Some(memory);
            }
            Err(error) => {
                let (name, detail) = ("memory for each market is known".to_owned(), error.to_string());
                self.findings.push(Finding { name, passed: false, detail });
            }
        }
    }

    /// Compares a run in `way` with the first one, poll by poll.
    fn compare(&mut self, trials: &Trials<'_>, name: &str, (first, other): (&Trace, &Trace), way: ShownAs) {
        let differing = first.first_difference(other).map(|block| trials.difference(&block, way));
        let passed = differing.is_none();
        let explained = differing.map(|difference| match difference {
            Ok(difference) => {
                format!("{difference}: it must depend on nothing but the rows up to the one that it decides")
            }
            Err(failure) => failure,
        });
        self.findings.push(Finding { name: name.to_owned(), passed, detail: explained.unwrap_or_default() });
    }
}

/// A way to run over the sequence.
#[derive(Clone, Copy, Debug)]
enum ShownAs {
    /// In these batches.
    Split(Split),
    /// Poll by poll, asked for the lines of all markets after each.
    Lines,
}

/// The things that all runs over the sequence share.
struct Trials<'a> {
    component: &'a StrategyComponent,
    settings: &'a Settings,
    sequence: &'a Sequence,
    budget: CheckTime,
    keys: RandomState,
}

impl Trials<'_> {
    /// Runs a new instance over the sequence.
    fn run(&self, way: ShownAs) -> Result<TrialRun, String> {
        let begun = Instant::now();
        let mut strategy = self.start()?;
        let init_ms = begun.elapsed().as_secs_f64() * 1e3;
        let begun = Instant::now();
        let trace = self.pass(way, &mut strategy, &mut |pass, strategy, ask| pass.trace(strategy, ask))?;
        let nanoseconds = begun.elapsed().as_secs_f64() * 1e9;
        Ok(TrialRun { trace, usage: strategy.usage(), init_ms, nanoseconds })
    }

    /// Runs poll by poll and in `way` up to the end of `block`, whose digests differ, and returns the first difference
    /// as a clause for a message.
    fn difference(&self, block: &Range<usize>, way: ShownAs) -> Result<String, String> {
        let kept = |way| -> Result<Vec<OfRow>, String> {
            let mut strategy = self.start()?;
            self.pass(way, &mut strategy, &mut |pass, strategy, ask| pass.block(strategy, block, ask))
        };
        let (first, other) = (kept(ShownAs::Split(Split::Polls))?, kept(way)?);
        Ok(OfRow::first_difference(&first, &other, block.start).unwrap_or_else(|| {
            format!("rows {} to {} differ, and did not when they came again", block.start, block.end - 1)
        }))
    }

    fn start(&self) -> Result<SandboxedStrategy, String> {
        self.component.start(self.settings).map_err(|error| match error.fault() {
            Some(fault) => format!("{error}{}", log_lines(fault)),
            None => error.to_string(),
        })
    }

    /// Makes a pass over the sequence in `way`.
    fn pass<T>(
        &self,
        way: ShownAs,
        strategy: &mut SandboxedStrategy,
        make: &mut dyn FnMut(&Pass<'_>, &mut SandboxedStrategy, Ask<'_>) -> Result<T, NoTrace>,
    ) -> Result<T, String> {
        let Trials { sequence, budget, keys, .. } = self;
        let split = match way {
            ShownAs::Split(split) => split,
            ShownAs::Lines => Split::Polls,
        };
        let pass = Pass { sequence, split, budget: *budget, keys };
        let made = match way {
            ShownAs::Split(_) => make(&pass, strategy, &mut |_| Ok(())),
            ShownAs::Lines => {
                let markets: Vec<u32> = sequence.markets.iter().map(|market| market.id.0).collect();
                let lines = strategy.line_names().map_err(|fault| fault.message)?.len();
                make(&pass, strategy, &mut |strategy| strategy.line_values(&markets, lines).map(|_| ()))
            }
        };
        made.map_err(|failure| match failure {
            NoTrace::Failed(row, fault) => format!("batch from row {row}: {}{}", fault.message, log_lines(&fault)),
            NoTrace::NotReached(row) => {
                let rows = sequence.quotes.len();
                format!("not reached: at row {row} of {rows} the {budget} of the check were over")
            }
        })
    }
}

/// Returns the last log lines of a fault as further lines of a message.
fn log_lines(fault: &Fault) -> String {
    fault.log.iter().map(|line| format!("\n  log: {line}")).collect()
}

fn per_row(amount: f64, sequence: &Sequence) -> f64 {
    amount / sequence.quotes.len().max(1) as f64
}
