//! `host replay`: replays a journal.

use std::path::{Path, PathBuf};

use host_core::strategy::ParameterValue;
use host_sandbox::StrategyComponent;
use host_session::SessionError;
use host_session::replay::source::JournalSource;
use host_session::replay::verify::{FirstDifference, UncheckedSession, Verification, verify};
use host_session::replay::what_if::{Comparison, Counterpart, compare, settings_of, slot_of};
use host_session::start::Start;
use host_store::journal::{Journal, JournalError};
use host_store::live::JOURNAL_FILE as ACCOUNT_JOURNAL;
use host_store::runs::{KeptRun, is_run};

use crate::context::Context;
use crate::strategies::load::{Strategies, user_cache};
use crate::strategies::parameters;
use crate::strategies::slots::StrategyArg;
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::output::{self, Format, Rows};
use crate::terminal::paths;
use crate::terminal::progress::Progress;
use crate::terminal::units::grouped;

/// Replay a journal, or show what another strategy would have done
///
/// The engine receives the journaled events again, with the strategies kept in the journal, and its output is compared
/// with the journaled output, record by record and cancel by cancel. The first difference ends the replay with exit
/// code 1, and so does a journal without events, which proves nothing. Sessions that a host with another engine decided
/// are passed over, and the version that can check them is named.
///
/// With --strategy or --param, another strategy sees the same rows in place of the journaled one, and the rows on which
/// it decides differently are printed. Only signals are compared, and nothing is simulated: an order that never existed
/// has no fills, so positions stay those of the journaled run, even for a strategy that reads its positions. The other
/// strategy starts with the journaled one's parameters, as far as it has them.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  host replay runs/paper-20260131T120000-123456789
  host replay run.journal --strategy mean_reversion_v2.wasm
  host replay run.journal --param threshold=1.3 --format csv > differences.csv
  host replay live/kalshi-main/account.journal   # with `tape` beside it")]
pub struct Args {
    /// Journal to replay, or the folder of a run or of a live account; it is only read
    #[arg(value_name = "JOURNAL|RUN")]
    journal: PathBuf,

    /// The tape of a back test, if it is no longer where it was
    #[arg(long, value_name = "TAPE")]
    tape: Option<PathBuf>,

    /// Strategy to run in place of the journaled one: a component, or a crate folder; NAME is that of the slot meant
    #[arg(long, value_name = "[NAME=]X.wasm|DIR", value_parser = clap::value_parser!(StrategyArg))]
    strategy: Option<StrategyArg>,

    /// Set a parameter of that strategy (repeatable); if the journal has several slots, write slot.name=value
    #[arg(long, value_name = "NAME=VALUE")]
    param: Vec<String>,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs `host replay`.
///
/// # Errors
/// The journal cannot be replayed, the replay differs from it, or the other strategy fails.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    let journal = Journal::open(journal_in(&args.journal)?).map_err(|error| unopened(&args.journal, &error))?;
    let events = journal.count_events().map_err(SessionError::JournalNotRead)?;
    let progress = Progress::bar(&context.ui, "replay", events, "events");
    let trust = context.trust()?;
    let source = JournalSource::new(&journal, user_cache(&trust), context.sandbox()?).with_tape(args.tape.as_deref());
    // Told also of a replay that fails: it may do so because of them.
    let tell_of_limits = || context.say_beyond("the journal's run", &source.beyond());
    if args.strategy.is_none() && args.param.is_empty() {
        let verification = verify(&journal, &source, &mut |done| progress.advance_to(done));
        drop(progress);
        tell_of_limits();
        return print_verification(verification?, args);
    }
    let load = |start: &Start| load(args, start, &source, context);
    let comparison = compare(&journal, &source, &load, &mut |done| progress.advance_to(done));
    drop(progress);
    tell_of_limits();
    let comparison = comparison?;
    if comparison.rows == 0 && comparison.fault.is_none() {
        return Err(nothing_replayed(args));
    }
    print(&comparison, args.format)?;
    match comparison.fault {
        None => Ok(()),
        Some(fault) => {
            let failed = format!("the strategy `{}` failed, and was not called again", comparison.other);
            Err(Report::new(Kind::StrategyFault, failed).because(fault))
        }
    }
}

/// Returns the journal that `path` names: the file, or that of a run or an account in its folder.
fn journal_in(path: &Path) -> Result<PathBuf> {
    if !path.is_dir() {
        return Ok(path.to_owned());
    }
    let of_account = path.join(ACCOUNT_JOURNAL);
    match KeptRun::open(path) {
        Ok(run) => Ok(run.journal()),
        Err(error) if is_run(path) && !of_account.exists() => {
            Err(Report::user("cannot replay the run").because_of(&error))
        }
        Err(_) => Ok(of_account),
    }
}

fn unopened(path: &Path, error: &JournalError) -> Report {
    let report = Report::user("cannot replay the journal").because_of(error);
    match paths::similar(path) {
        None => {
            report.hint("`host run` and `host backtest` write one to the folder `runs`; `host runs list` lists them")
        }
        guess => paths::did_you_mean(report, guess),
    }
}

/// Returns the error about a journal whose replay compares nothing.
fn nothing_replayed(args: &Args) -> Report {
    Report::user(format!("nothing was replayed: {} has no events beyond its start", args.journal.display()))
        .hint("if its run did trade, this is an incomplete copy: copy with `host backup`, or after the run has ended")
}

fn print_verification(verdict: Verification, args: &Args) -> Result<()> {
    let counts = format!("{} events, {} records", grouped(verdict.events), grouped(verdict.records));
    match args.format {
        Format::Json => output::print_json(&verdict)?,
        Format::Csv => output::print_flat_csv(&verdict)?,
        Format::Table if verdict.identical => {
            output::print_line(&format!("replayed {counts}: identical"))?;
            verdict.unchecked.iter().try_for_each(|session| output::print_line(&unchecked(session)))?;
        }
        Format::Table => {}
    }
    let Some(FirstDifference { event, kind, time, what, journaled, replayed }) = verdict.difference else {
        return match verdict.unchecked.as_slice() {
            _ if verdict.identical => Ok(()),
            [] => Err(nothing_replayed(args)),
            sessions => {
                let report = Report::user(format!("nothing of {} was checked", args.journal.display()));
                Err(sessions.iter().fold(report, |report, session| report.because(unchecked(session))))
            }
        };
    };
    let lines = |report: Report, whose: &str, lines: Vec<String>| {
        lines.into_iter().fold(report, |report, line| report.because(format!("{whose} {line}")))
    };
    let report = Report::user(format!("event {event} ({kind}, {time}) replays differently: {what}"));
    let report = lines(lines(report, "journaled:", journaled), "replayed: ", replayed);
    Err(report.because(format!("before that, {counts} are identical")))
}

fn unchecked(UncheckedSession { session, engine_version }: &UncheckedSession) -> String {
    format!("session {session} was run by host {engine_version}: check it with that version")
}

/// Loads the other strategy, finds its slot, and resolves its settings.
fn load(args: &Args, start: &Start, source: &JournalSource<'_>, context: &Context) -> Result<Counterpart> {
    let strategies = Strategies::new(&source.limits(start), &context.trust()?, context.ui)?;
    let (component, slot) = match &args.strategy {
        Some(StrategyArg { slot, path }) => {
            let component = strategies.load(path)?;
            let place = slot_of(slot.as_deref(), &component.manifest.name, start)?;
            (component, place)
        }
        None => journaled(args, start, source)?,
    };
    let prefixes = [start.slot(slot).name, component.manifest.name.clone()].map(|name| format!("{name}."));
    let own = |param: &str| prefixes.iter().find_map(|prefix| param.strip_prefix(prefix)).unwrap_or(param).to_owned();
    let given = args.param.iter().map(|param| own(param));
    let set = parameters_given(&component, &given.collect::<Vec<_>>(), context)?;
    let settings = settings_of(&component, slot, start, set)?;
    Ok(Counterpart { component, slot, settings })
}

/// Returns the journaled strategy that `--param` means, with its slot: the only one, or the one named before the dot.
fn journaled(args: &Args, start: &Start, source: &JournalSource<'_>) -> Result<(StrategyComponent, usize)> {
    let named = |name: &str| args.param.iter().all(|param| param.starts_with(&format!("{name}.")));
    let slot = match start.strategies.len() {
        1 => 0,
        count => (0..count).find(|place| named(&start.slot(*place).name)).ok_or_else(|| {
            let names: Vec<String> = (0..count).map(|place| start.slot(place).name).collect();
            Report::usage("`--param` does not say which strategy it means")
                .hint(format!("write `--param NAME.name=value`, NAME one of: {}", names.join(", ")))
        })?,
    };
    let mut components = source.components(start)?;
    Ok((components.swap_remove(slot), slot))
}

/// Returns the parameters set on the command line. The configuration is left out: it was not the journaled run's.
fn parameters_given(
    component: &StrategyComponent,
    given: &[String],
    context: &Context,
) -> Result<Vec<(String, ParameterValue)>> {
    let mut loaded = context.config()?;
    loaded.parameters.clear();
    parameters::of_strategy(&component.manifest, &loaded, given)
}

fn print(comparison: &Comparison, format: Format) -> Result<()> {
    let mut rows = Rows::new(&["time", "until", "rows", "market", "journaled", "other", "orders"]);
    for divergence in &comparison.differences {
        rows.push([
            divergence.time.to_string(),
            divergence.until.to_string(),
            divergence.rows.to_string(),
            divergence.market.clone(),
            divergence.journaled.to_owned(),
            divergence.other.to_owned(),
            divergence.orders.join(", "),
        ]);
    }
    if !comparison.differences.is_empty() || format != Format::Table {
        rows.print(format, comparison)?;
    }
    if format != Format::Table {
        return Ok(());
    }
    let Comparison { journaled, other, rows, journaled_signals, other_signals, differing_rows, differences, .. } =
        comparison;
    output::print_line(&format!(
        "{} rows: {journaled} gave signals on {}, {other} on {}; they differ on {}, in {} runs of rows",
        grouped(*rows),
        grouped(*journaled_signals),
        grouped(*other_signals),
        grouped(*differing_rows),
        grouped(differences.len() as u64)
    ))
}
