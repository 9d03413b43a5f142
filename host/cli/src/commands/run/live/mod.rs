//! `host run --venue`: trades at a venue, with real money or on paper, and prints the final figures.

mod decided;
mod kept;
mod readers;
mod reloading;
mod supervisor;
mod swapped;

use host_core::fees::FeeModel;
use host_core::{Span, Timestamp};
use host_live::account_dir::AccountDir;
use host_live::capital_stage::StageTerms;
use host_live::confirm::Confirmed;
use host_live::control::Reloader;
use host_live::notice::{NoticeCode, Notices};
use host_live::summary::LiveFigures;
use host_live::swap::TrustTerms;
use host_live::{Answers, LiveEnd, LiveError, StartRequest, Started, VENUE, start};
use host_sandbox::trust::TradingMode;
use host_session::setup::{LoadedStrategy, Setup, StoppedBy};
use host_session::{StopFlag, StopSignal};
use host_store::journal::Journal;

use self::decided::refuse_unread;
use self::readers::Readers;
use self::reloading::Reloading;
use self::supervisor::Supervisor;
use super::admission::{Admission, AdmissionArgs, Admitted};
use super::card::shortened;
use super::confirm::{confirm, may_leave};
use crate::commands::account::{PAPER_NAME, lock_places, reference_of};
use crate::commands::gonogo::ask::{Answer, GoNoGoArgs, before_first_start, keep};
use crate::commands::stage::{in_force, keep_lower};
use crate::commands::trade_args::{TradeArgs, setup};
use crate::commands::unset_limits::unset_limits;
use crate::config::{Config, Loaded, Origin};
use crate::context::Context;
use crate::strategies::load::user_cache;
use crate::strategies::{shares, trusted};
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::interrupt::{self, cut_short};
use crate::terminal::mode_mark::LiveMark;
use crate::terminal::output::{self, Format};

#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Trading at a venue")]
pub struct LiveArgs {
    /// Trade real money at a venue: needs your own limits, a key, and your confirmation of the account
    #[arg(
        long,
        requires = "venue",
        conflicts_with_all = ["seed", "fill_model"]
    )]
    pub live: bool,

    /// Venue to trade at: kalshi. Without `--live` on paper: with its quotes and trades, fills from the fill model, and
    /// a pretend account, which later runs go on with; it needs no key
    #[arg(
        long,
        value_name = "NAME",
        value_parser = [VENUE],
        conflicts_with_all = ["start", "speed", "overreaction", "markets", "journal", "full"]
    )]
    pub venue: Option<String>,

    /// Confirm the account without being asked; must be the value of live.account
    #[arg(long, value_name = "ACCOUNT", requires = "live", require_equals = true)]
    pub yes_i_mean_live: Option<String>,

    /// Start a new account although it holds positions that this host did not open: they are left alone, as yours
    #[arg(long, requires = "live")]
    pub leave_positions: bool,

    #[command(flatten)]
    pub go_no_go: GoNoGoArgs,

    /// Close the positions of strategies that are not loaded any more; without it such a start is refused
    #[arg(long, requires = "venue")]
    pub wind_down: bool,
}

impl LiveArgs {
    fn mode(&self) -> TradingMode {
        if self.live { TradingMode::Live } else { TradingMode::Paper }
    }

    fn confirmation(&self, account: &str) -> Result<Confirmed, LiveError> {
        match self.mode() {
            TradingMode::Live => confirm(account, self.yes_i_mean_live.as_deref()),
            TradingMode::Paper => Ok(Confirmed::on_paper(account)),
        }
    }
}

/// Trades at the venue until Ctrl-C, or for `span`: on paper, counted from the beginning of the account.
///
/// # Errors
/// The start is refused, the store cannot be written, or all strategies have failed.
pub fn run(
    trade: &TradeArgs,
    (args, admission): (&LiveArgs, &AdmissionArgs),
    (span, seed): (Option<Span>, Option<u64>),
    format: Format,
    context: &Context,
) -> Result<()> {
    let mode = args.mode();
    let mut loaded = load(trade, mode, seed, context)?;
    let (reloading, reloader) = reloads(&loaded, trade, (mode, seed), context);
    let folder = AccountDir::of(mode, &loaded.config.live.folder, VENUE, &loaded.config.live.account);
    cap_stage(&mut loaded.config, &folder, context);
    let config = &loaded.config;
    let mut strategies = trade.strategies(&loaded, config.feed.poll, context)?;
    let swapped_in = swapped::take_over(&mut strategies, &folder, config)?;
    let setup = setup(config, config.feed.poll, strategies.into_iter().map(LoadedStrategy::timed).collect(), None);
    let stop = interrupt::listen()?;
    let (settings, limits) = (config.trust.clone(), setup.limits.clone());
    let trust = TrustTerms { mode, settings, lock: trusted::lock_file(&loaded)?, limits };
    let request = StartRequest {
        mode,
        setup: &setup,
        live: &config.live,
        journal: config.journal,
        venue: &config.venue,
        stage_percent: config.capital.stage_percent(),
        answers: Answers { leave_positions: args.leave_positions, wind_down: args.wind_down },
        unset_limits: &unset_limits(&loaded),
        lock_places: &lock_places(),
        stages: &StageTerms { target: config.capital.target(), limits: config.risk.clone() },
        cache: &user_cache(&config.trust),
        trust: &trust,
        swapped_in: &swapped_in,
        reloader: &reloader,
        stop: &stop,
    };
    request.check_settings()?;
    let admitted = admit(&setup, mode, admission, &loaded, context)?;
    let answer = before_first_start(&args.go_no_go, (mode, &folder), &setup.strategies, &loaded, context)?;
    let confirmed = args.confirmation(&config.live.account)?;
    let begun = begin(request, &confirmed, (&folder, config), context);
    keep_beginning(answer, config, &folder)?;
    let (readers, started) = begun?;
    reloading.tell_by(readers.alerts_change());
    admitted.record(context);
    let (figures, ended, left) = trade_until(started, &request, (span, &folder), &stop);
    readers.join();
    print(&figures, &reference_of(&folder, &figures.account), format, context)?;
    kept::keep(&folder, &setup, &figures, context);
    let ended = ended?;
    require_none_left(left)?;
    judge(ended, stop.requested(), span)
}

/// Lets strategies in that may trade, and says what they share.
fn admit<'a>(
    setup: &'a Setup,
    mode: TradingMode,
    args: &AdmissionArgs,
    loaded: &Loaded,
    context: &Context,
) -> Result<Admitted<'a>> {
    let (strategies, limits) = (&setup.strategies, &setup.limits);
    let markets = offered(&loaded.config.venue.series);
    let admitted = Admission { mode, strategies, limits, markets, not_done: "not started" };
    let admitted = admitted.admit(args, loaded, context)?;
    admitted.tell(context);
    shares::tell(strategies, limits, context.ui);
    Ok(admitted)
}

/// Keeps what the account in `folder` has begun with: the answer to go or no-go, and its stage.
fn keep_beginning(answer: Option<Answer>, config: &Config, folder: &AccountDir) -> Result<()> {
    keep(answer, folder)?;
    keep_lower(config, folder)
}

/// Returns the settings in force, and the way to read them anew as this start has read them.
fn reloads(
    loaded: &Loaded,
    trade: &TradeArgs,
    (mode, seed): (TradingMode, Option<u64>),
    context: &Context,
) -> (Reloading, Reloader) {
    let (trade, context) = (trade.clone(), context.quietly());
    let reloading = Reloading::new(loaded.clone(), mode);
    let reloader = reloading.reloader(interrupt::leave_hangups(), move || load(&trade, mode, seed, &context));
    (reloading, reloader)
}

/// Loads the configuration, and completes or refuses it as `mode` asks for.
fn load(trade: &TradeArgs, mode: TradingMode, seed: Option<u64>, context: &Context) -> Result<Loaded> {
    let mut loaded = trade.config(context)?;
    match mode {
        TradingMode::Live => refuse_unread(&loaded)?,
        TradingMode::Paper => {
            trade.queue_where_trades_are_known(&mut loaded, true);
            paper_terms(&mut loaded, seed);
        }
    }
    Ok(loaded)
}

/// Completes what nobody has set with what paper at a venue takes: a name for the account, and the venue's fees.
fn paper_terms(loaded: &mut Loaded, seed: Option<u64>) {
    let pays_fees = loaded.origin("exchange.fees") == Origin::Default;
    let config = &mut loaded.config;
    if config.live.account.is_empty() {
        PAPER_NAME.clone_into(&mut config.live.account);
    }
    if pays_fees {
        config.exchange.fees = FeeModel::Kalshi;
    }
    config.exchange.seed = seed.unwrap_or(config.exchange.seed);
}

/// Returns how the command ends after a host that `ended` so.
fn judge(ended: LiveEnd, signal: Option<StopSignal>, span: Option<Span>) -> Result<()> {
    match (ended, signal) {
        (LiveEnd::Faulted, _) => {
            Err(Report::new(Kind::StrategyFault, "all strategies have failed: see the faults in the journal"))
        }
        // A host that has no end is stopped in good order; one that was to trade for some time was cut short.
        (LiveEnd::Asked, Some(signal)) if span.is_some() => Err(cut_short(signal, "the figures end there")),
        (LiveEnd::Asked | LiveEnd::Time, _) => Ok(()),
    }
}

/// Returns in words which markets the venue is asked for.
pub fn offered(series: &[String]) -> String {
    match series.len() {
        0 => format!("all of {VENUE}"),
        _ => format!("of {VENUE}, series {}", shortened(series)),
    }
}

/// Lowers the stage to the one that a person has chosen for the account, and says so.
fn cap_stage(config: &mut Config, folder: &AccountDir, context: &Context) {
    if config.live.account.is_empty() {
        // The checks of settings refuse it, with all else that is missing.
        return;
    }
    let (configured, chosen) = (config.capital.stage_percent(), in_force(config, folder));
    if chosen < configured {
        context.ui.say(&format!("the stage is {chosen} % by `host stage`; capital.stage would allow {configured} %"));
        config.capital.cap_stage(chosen);
    }
}

/// Fails if the host has left orders at the venue, and names them.
fn require_none_left(left: Vec<String>) -> Result<()> {
    if left.is_empty() {
        return Ok(());
    }
    let what = format!("the host has ended, and {} orders are left open at the venue, or unknown", left.len());
    let report = left.into_iter().fold(Report::new(Kind::Venue, what), Report::because);
    Err(report.hint("`host kill` cancels them now; they expire by themselves, and the next start looks them up"))
}

/// Starts, and asks at a terminal what the positions are that a new account holds.
fn begin(
    mut request: StartRequest<'_>,
    confirmed: &Confirmed,
    (folder, config): (&AccountDir, &Config),
    context: &Context,
) -> Result<(Readers, Started)> {
    loop {
        let mut notices = Notices::default();
        let readers = Readers::follow(&mut notices, folder, config, context.ui)?;
        let error = match start(request, confirmed, notices) {
            Ok(started) => {
                let mut readers = readers.tell_people(folder, config)?;
                readers.serve_dashboard(folder, config, started.host.notices());
                return Ok((readers, started));
            }
            Err(error) => error,
        };
        readers.join();
        match &error {
            LiveError::PositionsFound { found } if may_leave(found) => request.answers.leave_positions = true,
            _ => return Err(error.into()),
        }
    }
}

/// Runs the started host to its end, and returns the orders that it left. When this returns, everything it held is
/// closed, the stream of notices included.
fn trade_until(
    started: Started,
    request: &StartRequest<'_>,
    (span, folder): (Option<Span>, &AccountDir),
    stop: &StopFlag,
) -> (LiveFigures, Result<LiveEnd, LiveError>, Vec<String>) {
    let Started { mut host, control, account_lock } = started;
    let names = request.setup.strategies.iter().map(|strategy| strategy.slot.as_str());
    let from = host.venue_time();
    let until = span.map(|span| begun(request.mode, folder).unwrap_or(from) + span);
    let paper = if request.mode == TradingMode::Paper { " on paper" } else { "" };
    let end = match until {
        Some(until) if paper.is_empty() || until - from == span.unwrap_or_default() => String::new(),
        Some(until) if until <= from => format!("; its time was over at {until}: give a longer `--for`"),
        Some(until) => format!(", until {until}"),
        None => String::new(),
    };
    let text = format!(
        "trading {} at {VENUE}{paper}, {}{end}; Ctrl-C stops, `host kill` from anywhere",
        names.collect::<Vec<_>>().join(", "),
        request.venue.base_url
    );
    host.notices().info(from, NoticeCode::Started, text);
    let mut supervisor = Supervisor::of_process();
    let outcome = host.run(until, stop, &mut |host| supervisor.on_turn(host));
    let mut figures = host.figures(&request.live.account);
    figures.environment = request.venue.environment().map(|environment| environment.to_string()).unwrap_or_default();
    let asked = stop.requested().filter(|_| span.is_some());
    figures.stopped_by = match outcome {
        Ok(LiveEnd::Asked) => asked.map(StopSignal::cause),
        Ok(LiveEnd::Faulted) => Some(StoppedBy::Fault),
        Ok(LiveEnd::Time) => None,
        Err(_) => Some(StoppedBy::Unwritable),
    };
    figures.complete = figures.stopped_by.is_none();
    let left = host.left();
    let ended = outcome.and_then(|end| host.close(end).map(|()| end));
    drop((control, account_lock));
    (figures, ended, left)
}

/// Returns when a pretend account was begun: its time counts from then, over all restarts.
fn begun(mode: TradingMode, folder: &AccountDir) -> Option<Timestamp> {
    let journal = (mode == TradingMode::Paper).then(|| Journal::open(folder.journal()).ok()).flatten()?;
    Some(journal.run_info().ok()?.started)
}

fn print(figures: &LiveFigures, account: &str, format: Format, context: &Context) -> Result<()> {
    let mark = LiveMark::new(account, context.ui.colour_out);
    match format {
        Format::Json => output::print_json(figures),
        Format::Table => output::write(&mark.lines(&figures.lines())),
        Format::Csv => output::print_csv(figures.csv()),
    }
}

#[cfg(test)]
mod tests;
