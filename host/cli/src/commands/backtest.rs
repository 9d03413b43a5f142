//! `host backtest`: runs strategies on a tape.

use std::path::PathBuf;
use std::time::Instant;

use host_core::{QuotesView, Span, Timestamp};
use host_session::SessionError;
use host_session::drive::{Observer, RunEnd, conclude, drive};
use host_session::feed::Feed;
use host_session::kept_run::KeptRun;
use host_session::lower_estimate::PlannedEstimate;
use host_session::run_journal::RunAbout;
use host_session::session::Session;
use host_session::setup::{Setup, Window};
use host_session::start::Start;
use host_session::step_log::StepOutput;
use host_session::tape_ref::TapeRef;
use host_store::journal::Mode;
use host_store::scores::ScoresWriter;
use host_store::tape::{SourceKind, Tape};

use super::outcome::{self, RunOutcome};
use super::proof_args::ProofArgs;
use super::tape;
use super::trade_args::{TradeArgs, about_tape, charge_venue, setup};
use crate::config::{Config, Loaded};
use crate::context::Context;
use crate::terminal::error::{Report, Result};
use crate::terminal::interrupt;
use crate::terminal::output::Format;
use crate::terminal::progress::Progress;
use crate::terminal::units;

/// Back test strategies on a tape
///
/// The engine is the same as in paper and live trading: every order passes the risk manager, and the fill model decides
/// when it fills. `queue`, the default on tapes with trades, lets it wait behind the size displayed at its price; the
/// figures under `touch` stand beside it as the lower estimate. `touch`, the default on other tapes, fills an order
/// only when the market reaches its price; `instant`, the case study's back test, fills every order at its limit and
/// flatters any strategy.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  host backtest --strategy strategies/mean-reversion --tape tape
  host backtest --strategy x.wasm --param threshold=1.3 --tape t --format json
  host backtest --strategy x.wasm --tape tape --poll 30s --scores scores.csv
  host backtest --strategy x.wasm --tape tape --fill queue
  host backtest --strategy a=x.wasm --strategy b=x.wasm --param b.n=2 --tape t")]
pub struct Args {
    #[command(flatten)]
    trade: TradeArgs,

    /// The tape: a folder that `host data` wrote
    #[arg(long, value_name = "TAPE")]
    tape: PathBuf,

    /// Show the strategy what polling at this interval would have seen; fills use every row
    #[arg(long, value_name = "SPAN")]
    poll: Option<Span>,

    /// Start of the period: rows before TIME are left out [default: the tape's first row]
    #[arg(long, value_name = "TIME", value_parser = units::parse_time)]
    from: Option<Timestamp>,

    /// End of the period: rows from TIME on are left out [default: after the tape's last row and payout]
    #[arg(long, value_name = "TIME", value_parser = units::parse_time)]
    until: Option<Timestamp>,

    /// Write time, market and score of each row that the strategy scored (of several, the first slot by name): CSV or
    /// Parquet by the extension
    #[arg(long, value_name = "FILE")]
    scores: Option<PathBuf>,

    /// Keep nothing of the run, for speed: neither journal nor trades, orders, fills and days
    #[arg(long)]
    no_journal: bool,

    /// Under `queue`, leave out the lower estimate, which is the same run under `touch` beside it
    #[arg(long)]
    no_lower: bool,

    #[command(flatten)]
    proof: ProofArgs,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// Print every figure, with profit by market, category and day
    #[arg(long)]
    full: bool,
}

/// Runs `host backtest`.
///
/// # Errors
/// The arguments, configuration, tape or a strategy cannot be used, or a strategy fails; then the figures up to the
/// fault have been printed.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    require_order(args)?;
    let tape = tape::open(&args.tape)?;
    let mut loaded = args.trade.config(context)?;
    let fees_of = charge_venue(&mut loaded, &tape);
    args.trade.queue_where_trades_are_known(&mut loaded, tape.meta().trades() > 0);
    let poll_interval = args.poll.or(tape.meta().poll).unwrap_or(loaded.config.feed.poll);
    let strategies = args.trade.strategies(&loaded, poll_interval, context)?;
    let setup = setup(&loaded.config, poll_interval, strategies, args.proof.seed());
    let rows = TapeRef::of(&tape, args.from, args.until, args.poll)?;
    let mut feed = rows.feed_for(&tape, setup.exchange.fill_model)?;
    let window = window(&feed, &tape, args)?;
    let start = Start { tape: Some(rows.clone()), ..setup.beginning(&feed, Timestamp(i64::MIN)) };
    say_if_no_volume(&setup, &feed, context);
    // Before anything is kept: from then on, an interrupt must end the run in good order.
    let stop = interrupt::listen()?;
    let mut lower = if args.no_lower { PlannedEstimate::default() } else { PlannedEstimate::of(&setup) };
    let (mut session, kept) = match args.no_journal {
        true => (setup.session(&feed, &start, window, lower.telling())?, None),
        false => {
            let (session, lines) = setup.drawn_session(&feed, &start, window, lower.telling())?;
            let kept = keep(&loaded.config, &tape, &setup, &start, context)?.drawing(lines);
            (session.logged_on_tape(), Some(kept))
        }
    };
    let mut watch = BacktestObserver {
        progress: Progress::bar(&context.ui, "back test", window.length().as_seconds() as u64, "s of tape"),
        start: window.from(),
        scores: args.scores.as_ref().map(|path| scores_writer(path, &tape)).transpose()?,
        kept,
    };
    announce(&tape, &loaded, context);
    let (about, same_tape) = (about_tape(&tape, &loaded.config, fees_of), tape.clone());
    let lower = lower.begin(&setup, &start, window, about.clone(), move || rows.feed(&same_tape))?;
    let started = Instant::now();
    let end = drive(&mut session, &mut feed, None, &stop, &mut watch);
    let seconds = started.elapsed().as_secs_f64();
    let lower = lower.and_then(|lower| lower.finish(matches!(end, RunEnd::Feed)));
    let BacktestObserver { progress, scores, kept, .. } = watch;
    drop(progress);
    let (end, kept) = outcome::refuse_look_ahead(end, kept)?;
    // An incomplete file of scores is left without its final name.
    let scores = scores.filter(|_| !matches!(end, RunEnd::Unwritable(_)));
    let scored =
        scores.map_or(Ok(()), |scores| scores.finish().map_err(|error| SessionError::ScoresNotWritten(error).into()));
    let run = RunOutcome::of(&session);
    let (mut report, output) = conclude(session, &end, about, seconds);
    report.lower_estimate = lower.map(Box::new);
    report.data_digest = tape.digest().ok();
    report.components = setup.components();
    // A run that can no longer be written keeps its records but gets no end.
    let kept = kept.filter(|_| !matches!(end, RunEnd::Unwritable(_))).map(|kept| kept.finish(output, &report));
    if report.complete && report.updates == 0 {
        return Err(no_rows(&tape, args));
    }
    outcome::print(&report, args.format, args.full)?;
    run.print_restriction(context);
    outcome::print_kept(kept.transpose()?, context);
    run.end(end).and(scored)
}

/// Refuses a period that ends before it begins.
fn require_order(args: &Args) -> Result<()> {
    if let (Some(from), Some(until)) = (args.from, args.until)
        && from > until
    {
        return Err(Report::usage(format!("`--from {from}` is after `--until {until}`"))
            .hint("`--from` is the first time whose rows are traded, `--until` the first whose rows are not"));
    }
    Ok(())
}

fn say_if_no_volume(setup: &Setup, feed: &Feed, context: &Context) {
    if setup.lacks_volume(feed) {
        context.ui.say("note: this tape has no volume, so risk.max_volume_fraction cannot be checked");
    }
}

fn announce(tape: &Tape, loaded: &Loaded, context: &Context) {
    context.say_if_no_file(loaded);
    if tape.meta().source.kind == SourceKind::Synthetic {
        context.ui.say(&format!("back test on synthetic markets: {}", tape.meta().source.description));
    }
}

/// Begins the folder of the run.
fn keep(config: &Config, tape: &Tape, setup: &Setup, start: &Start, context: &Context) -> Result<KeptRun> {
    let about = RunAbout {
        mode: Mode::Backtest,
        command: context.command_line.clone(),
        repeats: None,
        data: tape.meta().source.description.clone(),
        data_digest: start.tape.as_ref().map_or_else(String::new, |tape| tape.digest.clone()),
        seed: config.exchange.seed,
        resumes: false,
    };
    Ok(KeptRun::begin(&config.runs.folder, None, about, setup, start, tape.markets())?)
}

/// Returns the period that the figures are of: that of all rows of `feed`, except for the ends that `args` give.
fn window(feed: &Feed, tape: &Tape, args: &Args) -> Result<Window> {
    let own = feed.whole().ok_or_else(|| no_rows(tape, args))?;
    let window = Window::new(args.from.unwrap_or(own.from()), args.until.unwrap_or(own.until()));
    window.ok_or_else(|| no_rows(tape, args))
}

/// Returns the error about a period in which the tape has no rows.
fn no_rows(tape: &Tape, args: &Args) -> Report {
    let ends = [("--from", args.from), ("--until", args.until)];
    let ends = ends.into_iter().filter_map(|(name, end)| Some(format!("{name} {}", end?)));
    let report = Report::user(match ends.collect::<Vec<_>>().join(" ") {
        ends if ends.is_empty() => format!("the tape {} has no rows", args.tape.display()),
        ends => format!("no row of the tape {} is in the period {ends}", args.tape.display()),
    });
    let has = format!("it has rows from {} to {}", tape.meta().first, tape.meta().last);
    report.maybe_hint((tape.meta().rows > 0).then_some(has))
}

fn scores_writer(path: &PathBuf, tape: &Tape) -> Result<ScoresWriter> {
    let tickers = tape.markets().iter().map(|market| market.ticker.clone()).collect();
    Ok(ScoresWriter::create(path, tickers).map_err(SessionError::ScoresNotWritten)?)
}

/// Advances the progress line, keeps the run and writes the scores.
struct BacktestObserver {
    progress: Progress,
    start: Timestamp,
    scores: Option<ScoresWriter>,
    kept: Option<KeptRun>,
}

impl Observer for BacktestObserver {
    fn on_scores(&mut self, rows: QuotesView<'_>, scores: &[f64]) -> Result<(), SessionError> {
        match &mut self.scores {
            Some(writer) => writer.append(rows, scores).map_err(SessionError::ScoresNotWritten),
            None => Ok(()),
        }
    }

    fn on_output(&mut self, output: StepOutput, session: &Session) -> Result<(), SessionError> {
        if let Some(kept) = &mut self.kept {
            kept.take(output)?;
        }
        let engine = session.engine();
        self.progress.advance_to((engine.now() - self.start).as_seconds() as u64);
        Ok(())
    }
}
