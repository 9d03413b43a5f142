//! `host run`: paper trading on the embedded exchange, or live trading at a venue.

pub mod admission;
mod card;
mod confirm;
pub mod live;

use std::path::PathBuf;
use std::time::Instant;

use host_core::{QuotesView, Record, Span, Timestamp};
use host_report::Report as Figures;
use host_sandbox::trust::TradingMode;
use host_session::SessionError;
use host_session::drive::{Observer, Pace, RunEnd, conclude, drive};
use host_session::feed::Feed;
use host_session::kept_run::{KeptPaths, KeptRun};
use host_session::lower_estimate::PlannedEstimate;
use host_session::run_journal::RunAbout;
use host_session::session::Session;
use host_session::setup::{Origin, RunKind, Setup, Window};
use host_session::start::Start;
use host_session::step_log::StepOutput;
use host_sim::generator::{Generator, GeneratorSettings};

use self::admission::{Admission, AdmissionArgs};
use self::live::LiveArgs;
use super::compare;
use super::outcome::{self, RunOutcome};
use super::proof_args::ProofArgs;
use super::trade_args::{self, TradeArgs, setup};
use crate::config::Loaded;
use crate::context::Context;
use crate::terminal::error::{Report, Result};
use crate::terminal::interrupt;
use crate::terminal::mode_mark;
use crate::terminal::output::Format;
use crate::terminal::progress::Progress;
use crate::terminal::text::Text;
use crate::terminal::ui::Ui;
use crate::terminal::units::{grouped, overreaction, parse_time, whole};

/// The default length of a paper run: the case study's.
const PAPER_SPAN: Span = Span::days(21);

/// Trade strategies on synthetic markets, or at a venue: on paper, or with real money
///
/// Without `--venue`, this is paper trading on the embedded exchange. The markets are synthetic: recurring weekly,
/// monthly and quarterly events, generated from a seed to move like recorded ones. History for strategies to warm up
/// comes before the first day, as much as `--history` says; a strategy that asks for more trades later. The same seed
/// and settings give the same run. The run is kept in a folder of its own: a journal, an SQLite file that `sqlite3` can
/// read and `host replay` can replay; its trades, orders, fills and days as CSV and Parquet; the figures; and the
/// configuration.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  host run --strategy strategies/mean-reversion
  host run --strategy x.wasm --param threshold=1.3 --for 60d --seed 7
  host run --strategy x.wasm --fill touch
  host run --strategy x.wasm --shadow-backtest   # and compare with it
  host run --strategy x.wasm --speed 3600   # an hour per second
  host run --strategy x.wasm --venue kalshi --for 21d   # on paper, no key
  host run --strategy x.wasm --live --venue kalshi   # real money: asks first")]
pub struct Args {
    #[command(flatten)]
    trade: TradeArgs,

    /// Time to trade [default: 21d of simulated time; at a venue: until stopped]. On paper at a venue it counts from
    /// the beginning of the account, over all restarts
    #[arg(long = "for", value_name = "SPAN")]
    span: Option<Span>,

    /// Start of trading, UTC
    #[arg(long, value_name = "TIME", default_value = "2026-01-05", value_parser = parse_time)]
    start: Timestamp,

    /// Time that the markets go on before the start of trading, for all strategies to warm up; one that asks for more
    /// trades later. The default is what mean reversion asks for
    #[arg(long, value_name = "SPAN", default_value = "5000m", conflicts_with = "venue")]
    history: Span,

    /// Simulated seconds per second [default: as fast as possible]
    #[arg(long, value_name = "N", value_parser = positive)]
    speed: Option<f64>,

    /// Seed of the markets, and of the fill model's randomness if it has any [default: exchange.seed]
    #[arg(long, value_name = "N", value_parser = whole::<u64>(0..=u64::MAX))]
    seed: Option<u64>,

    /// Most by which the crowd of the markets overreacts, times the weight of news; 0: a world without an edge
    /// [default: exchange.overreaction]
    #[arg(long, value_name = "N", value_parser = overreaction)]
    overreaction: Option<f64>,

    /// Number of markets open at any time
    #[arg(long, value_name = "N", default_value_t = 45, value_parser = whole::<u32>(1..=100_000))]
    markets: u32,

    /// File of the journal [default: run.journal in the run's folder, which runs.folder holds]
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,

    /// Go on with the run of the journal, which was killed: with the same arguments it decides as if it never had been
    #[arg(long, requires = "journal", conflicts_with = "venue")]
    resume: bool,

    /// Under `queue`, leave out the lower estimate, which is the same run under `touch` beside it
    #[arg(long, conflicts_with = "live")]
    no_lower: bool,

    #[command(flatten)]
    proof: ProofArgs,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,

    /// Print every figure, with profit by market, category and day
    #[arg(long)]
    full: bool,

    /// After the run, make the back test of what it saw, and compare the two
    #[arg(long, conflicts_with = "venue")]
    shadow_backtest: bool,

    #[command(flatten)]
    admission: AdmissionArgs,

    #[command(flatten)]
    live: LiveArgs,
}

impl Args {
    /// Returns the options of a run at a venue.
    pub fn at_venue(&self) -> (&TradeArgs, &LiveArgs) {
        (&self.trade, &self.live)
    }

    /// Sets the seed and the overreaction of the markets where they were given, and returns both.
    fn choose_world(&self, loaded: &mut Loaded) -> (u64, f64) {
        let exchange = &mut loaded.config.exchange;
        exchange.seed = self.seed.unwrap_or(exchange.seed);
        exchange.overreaction = self.overreaction.unwrap_or(exchange.overreaction);
        (exchange.seed, exchange.overreaction)
    }
}

fn positive(text: &str) -> Result<f64, String> {
    let number = text.parse::<f64>().ok().filter(|speed| speed.is_finite() && *speed > 0.0);
    number.ok_or_else(|| "write the simulated seconds per second, such as 1 or 3600".to_owned())
}

/// Runs `host run`.
///
/// # Errors
/// The arguments, configuration, or a strategy cannot be used; the journal cannot be written; or a strategy fails: then
/// the figures up to the fault have been printed.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    args.live.go_no_go.refuse_unless(args.live.live)?;
    if args.live.venue.is_some() {
        args.proof.refuse()?;
        return live::run(&args.trade, (&args.live, &args.admission), (args.span, args.seed), args.format, context);
    }
    let span = args.span.unwrap_or(PAPER_SPAN);
    let mut loaded = args.trade.config(context)?;
    let poll = loaded.config.feed.poll;
    let strategies = args.trade.strategies(&loaded, poll, context)?;
    if span < poll {
        return Err(Report::usage(format!("a run of {span} is shorter than one poll interval, {poll}")));
    }
    let (seed, overreaction) = args.choose_world(&mut loaded);
    args.trade.queue_where_trades_are_known(&mut loaded, true);
    let setup = setup(&loaded.config, poll, strategies, args.proof.seed());
    let (markets, from, all) = (args.markets as usize, args.start - args.history, args.history + span);
    let world = GeneratorSettings { markets, start: from, span: all, poll, seed, gaps: true, overreaction };
    let generator = Generator::new(world);
    let source = generator.description();
    let admitted = admission(args, &setup, &source).admit(&args.admission, &loaded, context)?;
    let mut feed = feed(generator, &setup);
    let start = beginning(&setup, &feed, (from, args.start), context.ui);
    let window = Window::new(args.start, args.start + span)
        .ok_or_else(|| Report::usage(format!("a run of {span} has no time to trade in")))?;
    let mut lower = if args.no_lower { PlannedEstimate::default() } else { PlannedEstimate::of(&setup) };
    let (session, lines) = setup.drawn_session(&feed, &start, window, lower.telling())?;
    let mut session = session.logged();
    // Before the journal is created: from then on, an interrupt must end the journal in good order.
    let stop = interrupt::listen()?;
    let about = RunAbout { resumes: args.resume, ..RunAbout::paper(context.command_line.clone(), &source, seed) };
    let (data_digest, runs) = (about.data_digest.clone(), &loaded.config.runs.folder);
    let kept = KeptRun::begin(runs, args.journal.as_deref(), about, &setup, &start, feed.markets())?.drawing(lines);
    let trade_from = kept.known_until().map_or(args.start, |time| time.max(args.start));
    announce(args, &source, span, &loaded, context);
    admitted.tell(context);
    admitted.record(context);
    let progress = Progress::bar(&context.ui, "warming up", span_seconds(all), "s simulated");
    let mut watch =
        PaperObserver { progress, kept, start: from, trade_from: args.start, trades: 0, begun: Instant::now() };
    let pace = args.speed.map(|speed| Pace { speed, from: trade_from });
    let about = trade_args::about(RunKind::Paper, Origin::Synthetic, &source, &loaded.config, None);
    let same_rows = move || Ok(Feed::generator(Generator::new(world)));
    let lower = lower.begin(&setup, &start, window, about.clone(), same_rows)?;
    let end = drive(&mut session, &mut feed, pace, &stop, &mut watch);
    let lower = lower.and_then(|lower| lower.finish(matches!(end, RunEnd::Feed)));
    let PaperObserver { progress, kept, begun, .. } = watch;
    let seconds = begun.elapsed().as_secs_f64();
    drop(progress);
    let (end, kept) = outcome::refuse_look_ahead(end, Some(kept))?;
    let run = RunOutcome::of(&session);
    let (mut report, output) = conclude(session, &end, about, seconds);
    report.lower_estimate = lower.map(Box::new);
    (report.data_digest, report.components) = (Some(data_digest), setup.components());
    // A run that can no longer be written keeps its records but gets no end.
    let kept = kept.filter(|_| !matches!(end, RunEnd::Unwritable(_))).map(|kept| kept.finish(output, &report));
    print(kept.transpose()?, &report, &run, args, context)?;
    run.end(end)
}

/// Returns what `generator` makes, with its trades if the fill model reads them.
fn feed(generator: Generator, setup: &Setup) -> Feed {
    let feed = Feed::generator(generator);
    if setup.exchange.fill_model.reads_trades() { feed.with_made_trades() } else { feed }
}

/// Returns the start of a run that trades from `trade_from` on in markets that begin at `from`. What a strategy asks
/// for must not change the markets of its neighbours: one that asks for more history waits for it.
fn beginning(setup: &Setup, feed: &Feed, (from, trade_from): (Timestamp, Timestamp), ui: Ui) -> Start {
    let mut start = setup.beginning(feed, trade_from);
    for (place, strategy) in setup.strategies.iter().enumerate() {
        let warm_up = strategy.component.manifest.warm_up;
        let (slot, has_it) = (start.slot(place), from + warm_up);
        if has_it > trade_from {
            ui.say(&format!(
                "slot {} asks for {warm_up} of history and trades from {has_it}; `--history {warm_up}` gives it before",
                slot.name
            ));
            start.waits.insert(slot.number, has_it);
        }
    }
    start
}

fn admission<'a>(args: &Args, setup: &'a Setup, source: &str) -> Admission<'a> {
    let markets = format!("{} at a time, {source}", args.markets);
    let (mode, not_done) = (TradingMode::Paper, "not started");
    Admission { mode, strategies: &setup.strategies, limits: &setup.limits, markets, not_done }
}

/// Prints the figures, or their comparison with the back test of what the run saw, and where the run is kept.
fn print(kept: Option<KeptPaths>, report: &Figures, run: &RunOutcome, args: &Args, context: &Context) -> Result<()> {
    let shadowed = kept.as_ref().filter(|_| args.shadow_backtest).map(|kept| kept.folder.clone());
    if shadowed.is_none() {
        outcome::print(report, args.format, args.full)?;
    }
    run.print_restriction(context);
    outcome::print_kept(kept, context);
    shadowed.map_or(Ok(()), |folder| compare::with_backtest(&folder, args.format, context))
}

fn announce(args: &Args, source: &str, span: Span, loaded: &Loaded, context: &Context) {
    let text = format!(
        "paper trading on the embedded exchange: {source}, {} markets, {span} from {}",
        args.markets,
        args.start.to_string().trim_end_matches("T00:00:00.000Z")
    );
    context.ui.say_text(&(mode_mark::paper(context.ui.colour) + Text::line(&text)));
    context.say_if_no_file(loaded);
}

fn span_seconds(span: Span) -> u64 {
    span.as_seconds() as u64
}

/// Writes the journal and advances the progress line.
struct PaperObserver {
    progress: Progress,
    kept: KeptRun,
    start: Timestamp,
    trade_from: Timestamp,
    trades: u64,
    begun: Instant,
}

impl Observer for PaperObserver {
    fn on_scores(&mut self, _: QuotesView<'_>, _: &[f64]) -> Result<(), SessionError> {
        Ok(())
    }

    fn on_output(&mut self, output: StepOutput, session: &Session) -> Result<(), SessionError> {
        self.trades += output.records.iter().filter(|record| matches!(record, Record::Trade(_))).count() as u64;
        self.kept.take(output)?;
        let engine = session.engine();
        let now = engine.now();
        self.progress.advance_to((now - self.start).as_seconds() as u64);
        if now >= self.trade_from {
            let day = (now - self.trade_from).0 / Span::DAY.0 + 1;
            let rate = engine.seen().1 as f64 / self.begun.elapsed().as_secs_f64().max(1e-3);
            let equity = engine.portfolio().equity().shown();
            let (trades, rate) = (self.trades, grouped(rate as u64));
            self.progress.note(&format!("day {day}  equity {equity}  {trades} trades  {rate} updates/s"));
        }
        Ok(())
    }
}
