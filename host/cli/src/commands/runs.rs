//! `host runs`: lists, shows and removes the runs that back tests and paper trading have left.

use std::path::Path;

use clap::Subcommand;
use host_core::{Span, Timestamp};
use host_report::{Detail, Report as Figures, table};
use host_store::runs::{DamagedRun, FoundRuns, KeptRun, RunState, RunsError, find};
use serde_json::{Value, json};

use super::named_run;
use crate::context::Context;
use crate::terminal::error::{Report, Result};
use crate::terminal::output::{self, Format, Rows};
use crate::terminal::units::{parse_time, whole};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: RunsAction,
}

#[derive(Debug, Subcommand)]
enum RunsAction {
    /// List the runs, the latest last
    #[command(after_help = "Examples:\n  host runs list\n  host runs list --format csv")]
    List {
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Show what ran, on what, and its figures
    #[command(after_help = "Examples:\n  host runs show latest\n  host runs show latest --format json")]
    Show {
        /// Name of the run, its beginning, or `latest`
        #[arg(value_name = "RUN")]
        run: String,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Remove the folders of old runs; those that are being written stay
    #[command(after_help = "Examples:\n  host runs prune --keep 20\n  host runs prune --older-than 30d --dry-run")]
    Prune(PruneArgs),
}

#[derive(Debug, clap::Args)]
#[group(required = true, multiple = true, args = ["keep", "older_than"])]
struct PruneArgs {
    /// Number of the latest runs that stay
    #[arg(long, value_name = "N", value_parser = whole::<u64>(0..=u64::MAX))]
    keep: Option<u64>,
    /// Remove only runs that began longer ago than this
    #[arg(long, value_name = "SPAN")]
    older_than: Option<Span>,
    /// Only say what would be removed
    #[arg(long)]
    dry_run: bool,
}

/// Runs `host runs`.
///
/// # Errors
/// The folder of runs cannot be read, there is no such run, it is damaged, or one cannot be removed.
pub fn run(args: Args, context: &Context) -> Result<()> {
    let config = context.config()?.config;
    let folder = &config.runs.folder;
    let runs = find(folder).map_err(|error| failed("list the runs", &error))?;
    match args.action {
        RunsAction::List { format } => list_all(&runs, folder, format, context),
        RunsAction::Show { run, format } => show(named_run::kept(runs, &run, folder)?, format),
        RunsAction::Prune(args) => prune(runs, &args, context),
    }
}

fn failed(what: &str, error: &dyn std::error::Error) -> Report {
    Report::user(format!("cannot {what}")).because_of(error)
}

fn list_all(found: &FoundRuns, folder: &Path, format: Format, context: &Context) -> Result<()> {
    let FoundRuns { runs, damaged } = found;
    if runs.is_empty() && damaged.is_empty() {
        context.ui.say(&format!("no runs in {}", folder.display()));
    }
    let mut rows = Rows::new(&["run", "started", "state", "strategies", "trades", "net P&L"]);
    let mut all = Vec::new();
    for DamagedRun { id, path, error } in damaged {
        let reason = reason(error);
        context.ui.say(&format!("{id}: {reason}"));
        all.push(json!({ "run": id, "state": "damaged", "problem": reason, "folder": path }));
        rows.push([id.as_str(), "-", "damaged", "-", "-", "-"].map(str::to_owned));
    }
    for run in runs {
        let read = run.report();
        let problem = read.as_ref().err().map(reason);
        if let Some(problem) = &problem {
            context.ui.say(&format!("{}: {problem}", run.facts.id));
        }
        let report = read.ok().flatten().unwrap_or_default();
        let names: Vec<&str> = run.facts.strategies.iter().map(|strategy| strategy.name.as_str()).collect();
        let figure = |name: &str| report.get(name).map_or_else(|| "-".to_owned(), bare);
        rows.push([
            run.facts.id.clone(),
            run.facts.started.clone(),
            state(run.state).to_owned() + not_proven(&report) + if problem.is_some() { ", report damaged" } else { "" },
            names.join(" "),
            figure("trades"),
            figure("net_pnl"),
        ]);
        all.push(json!({
            "run": run.facts.id,
            "mode": run.facts.mode,
            "started": run.facts.started,
            "ended": run.facts.ended,
            "state": run.state,
            "problem": problem,
            "strategies": names,
            "trades": report.get("trades"),
            "net_pnl": report.get("net_pnl"),
            "proof": report.get("proof"),
            "folder": run.path,
        }));
    }
    rows.print(format, &all)
}

/// Returns what cannot be read of a run, and why, on a line.
fn reason(error: &RunsError) -> String {
    let source = std::error::Error::source(error).map_or_else(String::new, |source| format!(": {source}"));
    format!("{error}{source}")
}

fn bare(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

fn state(state: RunState) -> &'static str {
    match state {
        RunState::Running => "running",
        RunState::Ended => "ended",
        RunState::Broken => "broken off",
    }
}

/// Returns a mark for figures of decisions that may depend on later rows.
fn not_proven(report: &Value) -> &'static str {
    if report["proof"]["look_ahead"] == "not_proven" { ", not proven" } else { "" }
}

fn show(run: KeptRun, format: Format) -> Result<()> {
    let report = run.report().map_err(|error| failed("show the run", &error))?;
    let json = json!({ "state": run.state, "folder": run.path, "run": run.facts, "report": report });
    match format {
        Format::Json => output::print_json(&json),
        Format::Csv => output::print_flat_csv(&json),
        Format::Table => {
            let figures = report.and_then(|report| serde_json::from_value::<Figures>(report).ok());
            let figures = figures.map_or_else(
                || "it has no figures that this host can read\n".to_owned(),
                |figures| table(&figures, Detail::Short),
            );
            output::print(&format!("{}\n{figures}", facts(&run).table()))
        }
    }
}

fn facts(run: &KeptRun) -> Rows {
    let facts = &run.facts;
    let mut rows = Rows::new(&["run", &facts.id]);
    let mut fact = |name: &str, value: String| rows.push([name.to_owned(), value]);
    fact("state", state(run.state).to_owned());
    fact("folder", run.path.display().to_string());
    fact("command", format!("host {}", facts.command.join(" ")));
    fact("host", facts.engine_version.clone());
    fact("started", facts.started.clone());
    fact("ended", facts.ended.clone().unwrap_or_else(|| "-".to_owned()));
    fact("data", facts.data.clone());
    fact("data digest", facts.data_digest.clone());
    if let Some(repeats) = &facts.repeats {
        fact("repeats", repeats.clone());
    }
    if let Some(tape) = &facts.tape {
        fact("tape", tape.display().to_string());
    }
    if !facts.mode.is_account() {
        let seed = facts.proof_seed.as_ref();
        fact("proof", seed.map_or_else(|| "none".to_owned(), |seed| format!("polls cut by the seed {seed}")));
    }
    fact("config digest", facts.config_digest.clone());
    for strategy in &facts.strategies {
        fact("strategy", format!("{} {}, {}", strategy.name, strategy.version, strategy.sha256));
    }
    fact("journal", run.journal().display().to_string());
    rows
}

fn prune(found: FoundRuns, args: &PruneArgs, context: &Context) -> Result<()> {
    let FoundRuns { runs, damaged } = found;
    let now = Timestamp(host_system::clock::unix_nanos());
    let kept = args.keep.map_or(0, |keep| usize::try_from(keep).unwrap_or(usize::MAX));
    let candidates = runs.len().saturating_sub(kept);
    let is_old = |run: &KeptRun| match args.older_than {
        // A time that cannot be read is no reason to remove anything.
        Some(age) => parse_time(&run.facts.started).is_ok_and(|started| now - started > age),
        None => true,
    };
    let old = runs.into_iter().take(candidates).filter(|run| run.state != RunState::Running).filter(is_old);
    let mut count = 0;
    for run in old {
        let id = run.facts.id.clone();
        if !args.dry_run {
            run.remove().map_err(|error| failed("remove the run", &error))?;
        }
        output::print_line(&id)?;
        count += 1;
    }
    let what = if args.dry_run { "would be removed" } else { "removed" };
    context.ui.say(&format!("{count} runs {what}"));
    for DamagedRun { id, error, .. } in damaged {
        context.ui.say(&format!("{id} stays: {}", reason(&error)));
    }
    Ok(())
}
