//! `host check`: tests a strategy before it is trusted with anything.

mod bias;

use std::path::PathBuf;

use host_core::Span;
use host_evaluate::bias::BiasReport;
use host_sandbox::{CheckOptions, CheckReport, Finding, SequenceOptions, check};
use serde::Serialize;

use self::bias::OnTape;
use super::tape;
use crate::context::Context;
use crate::strategies::load::{self, Strategies};
use crate::strategies::parameters;
use crate::strategies::trusted;
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::interrupt::cut_short;
use crate::terminal::output::{self, Format, Rows};
use crate::terminal::progress::Progress;
use crate::terminal::units::{at_least_a_second, grouped, rough_size, whole};

/// Most rows of synthetic markets: they take about half a gigabyte.
const MOST_ROWS: u64 = 8_000_000;

/// Check that a strategy is valid, self-contained and deterministic, and show its resource use against its limits
///
/// It runs on synthetic markets twice, and with the rows split into batches in several ways. A strategy that looks
/// ahead, counts its calls or is not deterministic fails. The exit code is 5 if any check fails.
///
/// With --tape, a second instance decides the tape's rows too, poll by poll: its decisions must be those of a back
/// test, in which many polls are shown at once. Then the back test is varied, one thing at a time: the history before
/// it (1x, 2x and 4x the warm-up), the poll interval, one tick worse fills, the fees and the fill model. For each, the
/// change in net P&L and the rows on which decisions differ are shown. These are information: they change no exit code.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  host check strategies/mean-reversion\n  \
                        host check mean-reversion.wasm --param threshold=1.3 --format json\n  \
                        host check strategies/mean-reversion --tape tape")]
pub struct Args {
    /// A component, or a strategy's crate folder, which is built first if it is trusted
    #[arg(value_name = "X.wasm|DIR")]
    strategy: PathBuf,

    /// Set a parameter of the strategy (repeatable)
    #[arg(long, value_name = "NAME=VALUE")]
    param: Vec<String>,

    /// Vary a back test on this tape, a folder that `host data` wrote, with the settings that `host backtest` has
    #[arg(long, value_name = "TAPE")]
    tape: Option<PathBuf>,

    /// Number of synthetic markets
    #[arg(long, value_name = "N", default_value_t = SequenceOptions::default().markets,
          value_parser = whole::<u32>(1..=1_000))]
    markets: u32,

    /// Number of days of them
    #[arg(long, value_name = "N", default_value_t = SequenceOptions::default().days,
          value_parser = whole::<u32>(1..=400))]
    days: u32,

    /// Time from one poll of them to the next; polls of a tape are as it has them
    #[arg(long, value_name = "SPAN", default_value = "5m", value_parser = at_least_a_second)]
    poll: Span,

    /// Seed of the synthetic markets
    #[arg(long, value_name = "N", default_value_t = SequenceOptions::default().seed,
          value_parser = whole::<u64>(0..=u64::MAX))]
    seed: u64,

    /// Time for the checks on synthetic markets: what is not reached within it does not pass
    #[arg(long, value_name = "SPAN", default_value = "10m", value_parser = at_least_a_second)]
    budget: Span,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs `host check`.
///
/// # Errors
/// The strategy cannot be loaded or the tape not read, or a check fails; then the results have been printed.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    let sequence =
        SequenceOptions { markets: args.markets, days: args.days, poll_interval: args.poll, seed: args.seed };
    if sequence.rows() > MOST_ROWS {
        let rows = grouped(sequence.rows());
        return Err(Report::usage(format!("these markets have {rows} rows, which the check would hold in memory"))
            .hint(format!("it holds up to {}: choose fewer days or markets, or a longer poll", grouped(MOST_ROWS))));
    }
    let loaded = context.config()?;
    let tape = args.tape.as_ref().map(|path| {
        let tape = tape::open(path)?;
        bias::require_rows(&tape, path).map(|()| tape)
    });
    let tape = tape.transpose()?;
    let (component, bytes) = Strategies::new(&loaded.config.sandbox, &loaded.config.trust, context.ui)?
        .never_asking()
        .load_with_bytes(&args.strategy)?;
    let parameters = parameters::of_strategy(&component.manifest, &loaded, &args.param)?;
    let progress = Progress::spinner(&context.ui, "checking");
    let options = CheckOptions { sequence, parameters, budget: args.budget.as_duration() };
    let mut report = check(&component, &options).map_err(|error| load::report(&error))?;
    drop(progress);
    let loaded_from = (component.clone(), bytes);
    let on_tape = tape.map(|tape| bias::run(&tape, loaded_from, options.parameters, loaded, context));
    let OnTape { proof, report: bias, stopped } = on_tape.transpose()?.unwrap_or_default();
    report.findings.extend(proof);
    component.keep_check(&report, trusted::now());
    print(&CheckOutcome { checks: &report, bias: bias.as_ref() }, args.format)?;
    let failed: Vec<String> = report.findings.iter().filter(|finding| !finding.passed).map(named).collect();
    match failed.as_slice() {
        [] => stopped.map_or(Ok(()), |signal| Err(cut_short(signal, "the other variations were not tried"))),
        [one] => Err(Report::new(Kind::StrategyFault, format!("{} fails the check {one}", report.name))),
        several => {
            let count = format!("{} fails {} of the checks", report.name, several.len());
            Err(several.iter().fold(Report::new(Kind::StrategyFault, count), Report::because))
        }
    }
}

fn named(finding: &Finding) -> String {
    format!("`{}`: {}", finding.name, finding.detail)
}

/// All that the command prints.
#[derive(Serialize)]
struct CheckOutcome<'a> {
    #[serde(flatten)]
    checks: &'a CheckReport,
    /// The variations of a back test, if there is a tape for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    bias: Option<&'a BiasReport>,
}

fn print(outcome: &CheckOutcome<'_>, format: Format) -> Result<()> {
    match format {
        Format::Table => {
            let parts =
                [checks(outcome.checks), usage(outcome.checks)].into_iter().chain(outcome.bias.map(bias::table));
            output::print(&parts.map(|rows| rows.table()).collect::<Vec<_>>().join("\n"))
        }
        Format::Csv => output::print_csv(csv(outcome)),
        Format::Json => output::print_json(outcome),
    }
}

fn checks(report: &CheckReport) -> Rows {
    let mut rows = Rows::new(&CHECK);
    report.findings.iter().for_each(|finding| rows.push(cells(finding)));
    rows
}

/// The headings of a check.
const CHECK: [&str; 3] = ["check", "result", "detail"];

fn cells(finding: &Finding) -> [String; 3] {
    let result = if finding.passed { "pass" } else { "FAIL" };
    [finding.name.clone(), result.to_owned(), finding.detail.clone()]
}

/// Returns the checks as CSV, and the variations below them: with figures in further columns, and no result, since they
/// are neither passed nor failed.
fn csv(CheckOutcome { checks: report, bias }: &CheckOutcome<'_>) -> String {
    let Some(bias) = bias else { return checks(report).csv() };
    let mut rows = Rows::new(&[CHECK.as_slice(), &bias::FIGURES].concat());
    for finding in &report.findings {
        rows.push_all(cells(finding).into_iter().chain(bias::FIGURES.map(|_| String::new())));
    }
    for finding in &bias.findings {
        let check = [finding.variation.clone(), String::new(), finding.reading.clone()];
        rows.push_all(check.into_iter().chain(bias::figures(finding)));
    }
    rows.csv()
}

/// Returns the strategy's resource use beside its limits.
fn usage(report: &CheckReport) -> Rows {
    let limits = &report.limits;
    let fuel = |fuel: f64| grouped(fuel.round() as u64);
    let mut rows = Rows::new(&["use", "measured", "limit"]);
    let mut line = |what: &str, measured: String, limit: String| rows.push([what.to_owned(), measured, limit]);
    let per_row = format!("{} + {} a call", grouped(limits.fuel_per_row), grouped(limits.fuel_base));
    line("fuel per row, poll by poll", fuel(report.fuel_per_row), per_row.clone());
    line("fuel per row, in bulk", fuel(report.fuel_per_row_in_bulk), per_row);
    line("fuel to start", grouped(report.init_fuel), grouped(limits.fuel_start));
    line("memory", rough_size(report.memory_bytes as u64), rough_size(limits.memory_bytes as u64));
    if let (Some(memory), Some(fitting)) = (&report.memory, report.markets_within_memory) {
        let full = match memory.full_after() {
            Some(polls) => format!("{}, full after {} polls", rough_size(memory.full_market_bytes()), grouped(polls)),
            None => format!("{} and growing", rough_size(memory.full_market_bytes())),
        };
        line("memory per market", full, format!("{} markets", grouped(fitting)));
        line("memory per market without a poll", rough_size(memory.listed_bytes), "-".to_owned());
    }
    line("size", rough_size(report.size_bytes), rough_size(limits.component_bytes));
    line("time per row, in bulk", format!("{:.0} ns", report.nanoseconds_per_row), "-".to_owned());
    line("time to start", format!("{:.1} ms", report.init_ms), format!("{} ms", grouped(limits.call_ms)));
    rows
}
