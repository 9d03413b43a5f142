//! The part of `host check` that varies a back test on a tape.

use std::path::Path;

use host_core::strategy::ParameterValue;
use host_evaluate::EvaluateError;
use host_evaluate::bias::{self, BiasFinding, BiasProgress, BiasReport, TapeProof};
use host_sandbox::{Finding, Settings, StrategyComponent};
use host_session::StopSignal;
use host_session::proof::seed::ProofSeed;
use host_session::setup::LoadedStrategy;
use host_store::tape::Tape;

use crate::commands::trade_args::{about_tape, charge_venue, queue_where_trades_are_known, setup};
use crate::config::Loaded;
use crate::context::Context;
use crate::terminal::error::{Report, Result};
use crate::terminal::interrupt;
use crate::terminal::output::Rows;
use crate::terminal::progress::Progress;
use crate::terminal::units::grouped;

/// Steps of the progress line.
const STEPS: f64 = 1_000.0;

/// The headings of the columns that bias checks add to the CSV of the other checks.
pub const FIGURES: [&str; 8] =
    ["net pnl", "varied net pnl", "pnl change", "fills", "varied fills", "rows", "rows with signal", "differing rows"];

/// Refuses a tape on which there is nothing to vary.
///
/// # Errors
/// It has no rows.
pub fn require_rows(tape: &Tape, path: &Path) -> Result<()> {
    match tape.meta().rows {
        0 => Err(Report::user(format!("the tape {} has no rows", path.display()))
            .hint("`host data generate` or `host data import` creates one that has")),
        _ => Ok(()),
    }
}

/// The findings about a strategy on a tape.
#[derive(Debug, Default)]
pub struct OnTape {
    /// The proof that it does not look ahead on the tape's rows; absent if it was cut short.
    pub proof: Option<Finding>,
    /// The variations; absent without the proof.
    pub report: Option<BiasReport>,
    /// The signal that cut it short, if one did.
    pub stopped: Option<StopSignal>,
}

/// Proves that `component`, loaded from `bytes`, does not look ahead on `tape`, and varies its back test then.
///
/// # Errors
/// The tape cannot be read to its end, or the strategy cannot hold its markets.
pub fn run(
    tape: &Tape,
    (component, bytes): (StrategyComponent, Vec<u8>),
    parameters: Vec<(String, ParameterValue)>,
    mut loaded: Loaded,
    context: &Context,
) -> Result<OnTape> {
    let fees_of = charge_venue(&mut loaded, tape);
    queue_where_trades_are_known(&mut loaded, tape.meta().trades() > 0);
    let poll_interval = tape.meta().poll.unwrap_or(loaded.config.feed.poll);
    let slot = component.manifest.name.clone();
    let settings = Settings { parameters, poll_interval };
    let strategy = LoadedStrategy { slot, component, bytes, settings };
    let setup = setup(&loaded.config, poll_interval, vec![strategy], Some(ProofSeed::drawn()));
    let about = about_tape(tape, &loaded.config, fees_of);
    context.say_if_no_file(&loaded);
    let stop = interrupt::listen()?;
    let progress = Progress::spinner(&context.ui, "proving on the tape");
    let proof = bias::prove(tape, &setup, &about, &stop).map_err(failed)?;
    drop(progress);
    let proof = proof_finding(proof);
    if !proof.as_ref().is_some_and(|proof| proof.passed) {
        return Ok(OnTape { proof, report: None, stopped: stop.requested() });
    }
    let progress = Progress::bar(&context.ui, "bias checks", STEPS as u64, "steps");
    let mut shown = String::new();
    let mut show = |at: BiasProgress<'_>| {
        if shown != at.variation {
            at.variation.clone_into(&mut shown);
            progress.note(&format!("bias checks: {shown}"));
        }
        progress.advance_to((at.done * STEPS) as u64);
    };
    let report = bias::check(tape, &setup, &about, &stop, &mut show).map_err(failed)?;
    Ok(OnTape { proof, report: Some(report), stopped: stop.requested() })
}

/// Returns the finding of a proof on a tape; `None` if it was cut short.
fn proof_finding(proof: TapeProof) -> Option<Finding> {
    let (passed, detail) = match proof {
        TapeProof::Proven(proof) => (true, proof.in_words()),
        TapeProof::LookedAhead(difference) => {
            let [traded, alone, _] = difference.lines();
            (false, format!("{} at {}: {traded}; {alone}", difference.market, difference.time))
        }
        TapeProof::Failed(reason) => (false, reason),
        TapeProof::Stopped => return None,
    };
    Some(Finding { name: "the same decisions on the tape without later rows".to_owned(), passed, detail })
}

fn failed(error: EvaluateError) -> Report {
    match error {
        EvaluateError::Session(error) => Report::from(error),
        other => Report::user("the back test cannot be varied").because_of(&other),
    }
}

/// Returns the findings for people.
pub fn table(report: &BiasReport) -> Rows {
    let mut rows = Rows::new(&["back test with", "net P&L", "change", "decisions that differ", "reading"]);
    for BiasFinding { variation, figures, reading } in &report.findings {
        let [varied, change, differing] = figures.map_or([(); 3].map(|()| "-".to_owned()), |figures| {
            let counts = format!("{} of {}", grouped(figures.differing_rows), grouped(figures.rows));
            let share = figures.differing_share.map(|share| format!("{counts} ({:.1} %)", 100.0 * share));
            [figures.varied_net_pnl.0.shown(), figures.pnl_change.0.shown_signed(), share.unwrap_or(counts)]
        });
        rows.push([variation.clone(), varied, change, differing, reading.clone()]);
    }
    rows
}

/// Returns the cells of a finding under [`FIGURES`]; empty ones without figures.
pub fn figures(finding: &BiasFinding) -> [String; FIGURES.len()] {
    let Some(figures) = finding.figures else { return [(); FIGURES.len()].map(|()| String::new()) };
    let money = [figures.net_pnl, figures.varied_net_pnl, figures.pnl_change].map(|money| money.to_string());
    let counts = [figures.fills, figures.varied_fills, figures.rows, figures.rows_with_signal, figures.differing_rows];
    let [net, varied, change] = money;
    let [fills, varied_fills, rows, with_signal, differing] = counts.map(|count| count.to_string());
    [net, varied, change, fills, varied_fills, rows, with_signal, differing]
}
