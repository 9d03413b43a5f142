//! Tries a strategy before it is trusted with anything: `host check`.
//!
//! Runs it over a made-up sequence several times and compares. It must decide the same on two runs, and the same however
//! the rows are split into batches: a strategy that looks ahead within a batch, or counts calls, fails here. What it
//! uses of its limits is measured on the way.

mod sequence;
mod trace;

use std::time::Instant;

use host_core::Fault;
use host_core::strategy::ParameterValue;
use serde::Serialize;

pub use sequence::{Sequence, SequenceOptions};
use trace::{Split, Trace};

use crate::component::StrategyComponent;
use crate::error::LoadError;
use crate::limits::SandboxLimits;
use crate::strategy::{Settings, Usage};

/// What to check with.
#[derive(Clone, Debug, Default)]
pub struct CheckOptions {
    /// The made-up market.
    pub sequence: SequenceOptions,
    /// Parameters, as for [`Settings`].
    pub parameters: Vec<(String, ParameterValue)>,
}

/// One thing that was checked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What, in a few words.
    pub name: String,
    /// Whether it holds.
    pub passed: bool,
    /// Figures if it holds, what went wrong if not.
    pub detail: String,
}

/// The result of [`check`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CheckReport {
    /// The strategy's name and version.
    pub name: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its file, hexadecimal.
    pub digest: String,
    /// Size of its file in bytes.
    pub size_bytes: u64,
    /// In the order in which they were checked.
    pub findings: Vec<Finding>,
    /// Rows of the sequence.
    pub rows: u64,
    /// Signals over the sequence.
    pub signals: u64,
    /// Rows with a score.
    pub scores: u64,
    /// Fuel for each row, called poll by poll as a live host does.
    pub fuel_per_row: f64,
    /// Fuel for each row, called with one great batch as a back test does.
    pub fuel_per_row_in_bulk: f64,
    /// Fuel that `init` used.
    pub init_fuel: u64,
    /// Wall-clock time of instantiation and `init`, in milliseconds; depends on the machine.
    pub init_ms: f64,
    /// Linear memory at the end, in bytes.
    pub memory_bytes: usize,
    /// Nanoseconds for each row in one great batch; depends on the machine.
    pub nanoseconds_per_row: f64,
    /// What it may use.
    pub limits: SandboxLimits,
}

impl CheckReport {
    /// Whether all findings passed.
    pub fn passed(&self) -> bool {
        self.findings.iter().all(|finding| finding.passed)
    }
}

/// One run over the sequence and what it used.
struct Run {
    trace: Trace,
    usage: Usage,
    init_ms: f64,
    nanoseconds: f64,
}

/// Checks `component`, which loading has found valid and free of foreign imports.
///
/// # Errors
/// [`LoadError::Parameter`] for parameters that do not fit; whatever else goes wrong is a finding.
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
    }
}

impl CheckReport {
    /// Runs a fresh instance; a failure becomes a finding under `name`.
    fn try_run(
        &mut self,
        component: &StrategyComponent,
        settings: &Settings,
        sequence: &Sequence,
        split: Split,
        name: &str,
    ) -> Option<Run> {
        match run(component, settings, sequence, split) {
            Ok(run) => Some(run),
            Err(detail) => {
                self.findings.push(Finding { name: name.to_owned(), passed: false, detail });
                None
            }
        }
    }

    fn note_live(&mut self, live: &Run) {
        self.signals = live.trace.signals.len() as u64;
        self.scores = live.trace.scores.iter().filter(|score| !score.is_nan()).count() as u64;
        self.fuel_per_row = live.usage.fuel as f64 / self.rows.max(1) as f64;
        self.init_fuel = live.usage.init_fuel;
        self.init_ms = live.init_ms;
        self.memory_bytes = live.usage.memory_bytes;
        let detail = format!("{} rows, {} signals, {} scores", self.rows, self.signals, self.scores);
        self.findings.push(Finding { name: "runs poll by poll".to_owned(), passed: true, detail });
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

fn run(component: &StrategyComponent, settings: &Settings, sequence: &Sequence, split: Split) -> Result<Run, String> {
    let begun = Instant::now();
    let mut strategy = component.start(settings).map_err(|error| match error.fault() {
        Some(fault) => format!("{error}{}", tail(fault)),
        None => error.to_string(),
    })?;
    let init_ms = begun.elapsed().as_secs_f64() * 1e3;
    let begun = Instant::now();
    let trace = Trace::record(&mut strategy, sequence, split)
        .map_err(|(row, fault)| format!("batch from row {row}: {}{}", fault.message, tail(&fault)))?;
    let nanoseconds = begun.elapsed().as_secs_f64() * 1e9;
    Ok(Run { trace, usage: strategy.usage(), init_ms, nanoseconds })
}

/// The last log lines of a fault, as further lines of a message.
fn tail(fault: &Fault) -> String {
    fault.log.iter().map(|line| format!("\n  log: {line}")).collect()
}

fn per_row(amount: f64, sequence: &Sequence) -> f64 {
    amount / sequence.quotes.len().max(1) as f64
}
