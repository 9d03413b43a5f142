//! Tests a strategy before it trades: `host check`.
//!
//! The strategy runs over a generated sequence several times. Its decisions must be the same on a second run, and must
//! not depend on how the rows are split into batches: a strategy that looks ahead within a batch, or counts calls,
//! fails here. The runs also measure how much of its limits it uses.

mod kept;
mod memory;
mod sequence;
mod trace;

use std::time::Instant;

use host_core::strategy::{ParameterValue, ResourceUsage};
use host_core::{Fault, Strategy};
use serde::Serialize;

pub use kept::KeptCheck;
pub use memory::{MemoryUse, memory_use};
pub use sequence::{Sequence, SequenceOptions};
use trace::{Split, Trace};

use crate::component::StrategyComponent;
use crate::error::LoadError;
use crate::limits::SandboxLimits;
use crate::strategy::{SandboxedStrategy, Settings};

/// The data and parameters of a check.
#[derive(Clone, Debug, Default)]
pub struct CheckOptions {
    /// The market data to generate.
    pub sequence: SequenceOptions,
    /// Parameters, as in [`Settings`].
    pub parameters: Vec<(String, ParameterValue)>,
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
    let mut report = empty_report(component, &sequence);
    let Some(live) = report.try_run(component, &settings, &sequence, Split::Polls, "runs poll by poll") else {
        return Ok(report);
    };
    report.note_live(&live);
    let splits = [Split::Polls, Split::Rows, Split::Odd, Split::Whole];
    for split in splits {
        let name = match split {
            Split::Polls => "deterministic: the same decisions on a second run".to_owned(),
            _ => format!("the same decisions {split}"),
        };
        let Some(run) = report.try_run(component, &settings, &sequence, split, &name) else { continue };
        if split == Split::Whole {
            report.fuel_per_row_in_bulk = per_row(run.usage.fuel as f64, &sequence);
            report.nanoseconds_per_row = per_row(run.nanoseconds, &sequence);
        }
        report.compare(&name, &live.trace, &run.trace);
    }
    if component.has_chart() {
        report.check_lines(component, &settings, &sequence, &live.trace);
    }
    report.measure(component, &settings);
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
    fn try_run(
        &mut self,
        component: &StrategyComponent,
        settings: &Settings,
        sequence: &Sequence,
        split: Split,
        name: &str,
    ) -> Option<TrialRun> {
        match run(component, settings, sequence, split) {
            Ok(run) => Some(run),
            Err(detail) => {
                self.findings.push(Finding { name: name.to_owned(), passed: false, detail });
                None
            }
        }
    }

    fn note_live(&mut self, live: &TrialRun) {
        self.signals = live.trace.signals.len() as u64;
        self.scores = live.trace.scores.iter().filter(|score| !score.is_nan()).count() as u64;
        self.fuel_per_row = live.usage.fuel as f64 / self.rows.max(1) as f64;
        self.init_fuel = live.usage.init_fuel;
        self.init_ms = live.init_ms;
        self.memory_bytes = live.usage.memory_bytes;
        let detail = format!("{} rows, {} signals, {} scores", self.rows, self.signals, self.scores);
        self.findings.push(Finding { name: "runs poll by poll".to_owned(), passed: true, detail });
    }

    /// Runs once more, asked for the lines of all markets after each poll, which must change no decision.
    fn check_lines(
        &mut self,
        component: &StrategyComponent,
        settings: &Settings,
        sequence: &Sequence,
        expected: &Trace,
    ) {
        let name = "the same decisions when asked for lines";
        match record_asked(component, settings, sequence) {
            Ok(trace) => self.compare(name, expected, &trace),
            Err(detail) => self.findings.push(Finding { name: name.to_owned(), passed: false, detail }),
        }
    }

    fn measure(&mut self, component: &StrategyComponent, settings: &Settings) {
        match memory_use(component, settings) {
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

    fn compare(&mut self, name: &str, expected: &Trace, found: &Trace) {
        let difference = expected.difference(found);
        let passed = difference.is_none();
        let explained = difference.map(|difference| {
            format!("{difference}: it must depend on nothing but the rows up to the one that it decides")
        });
        self.findings.push(Finding { name: name.to_owned(), passed, detail: explained.unwrap_or_default() });
    }
}

fn run(
    component: &StrategyComponent,
    settings: &Settings,
    sequence: &Sequence,
    split: Split,
) -> Result<TrialRun, String> {
    let begun = Instant::now();
    let mut strategy = component.start(settings).map_err(|error| match error.fault() {
        Some(fault) => format!("{error}{}", log_lines(fault)),
        None => error.to_string(),
    })?;
    let init_ms = begun.elapsed().as_secs_f64() * 1e3;
    let begun = Instant::now();
    let trace = Trace::record(&mut strategy, sequence, split)
        .map_err(|(row, fault)| format!("batch from row {row}: {}{}", fault.message, log_lines(&fault)))?;
    let nanoseconds = begun.elapsed().as_secs_f64() * 1e9;
    Ok(TrialRun { trace, usage: strategy.usage(), init_ms, nanoseconds })
}

/// Returns the decisions of a run in which the strategy is asked for its lines after each poll.
fn record_asked(component: &StrategyComponent, settings: &Settings, sequence: &Sequence) -> Result<Trace, String> {
    let mut strategy = component.start(settings).map_err(|error| error.to_string())?;
    let markets: Vec<u32> = sequence.markets.iter().map(|market| market.id.0).collect();
    let lines = strategy.line_names().map_err(|fault| fault.message)?.len();
    let ask = |strategy: &mut SandboxedStrategy| strategy.line_values(&markets, lines).map(|_| ());
    Trace::record_between(&mut strategy, sequence, Split::Polls, ask)
        .map_err(|(row, fault)| format!("after the batch from row {row}: {}{}", fault.message, log_lines(&fault)))
}

/// Returns the last log lines of a fault as further lines of a message.
fn log_lines(fault: &Fault) -> String {
    fault.log.iter().map(|line| format!("\n  log: {line}")).collect()
}

fn per_row(amount: f64, sequence: &Sequence) -> f64 {
    amount / sequence.quotes.len().max(1) as f64
}
