//! `host swap`: another version of a strategy takes over its slot while the host trades.

mod at;

use std::path::{Path, PathBuf};

use host_core::{Span, Timestamp};
use host_live::account_dir::AccountDir;
use host_live::control::client::{NoAnswer, ask};
use host_live::control::protocol::{Reply, Request, SlotOrder, SwapOrder};
use host_live::control::status::StatusView;
use host_sandbox::Settings;
use host_sandbox::trust::TradingMode;
use host_session::setup::LoadedStrategy;
use host_store::suggest::did_you_mean;
use host_system::background;

use super::account::account_dir;
use crate::commands::run::admission::{Admission, AdmissionArgs};
use crate::commands::run::live::offered;
use crate::config::Loaded;
use crate::context::Context;
use crate::strategies::load::Strategies;
use crate::strategies::parameters;
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::operator::operator;
use crate::terminal::output;

/// Let another version of a strategy take over its slot while the host trades
///
/// The version is loaded and checked beside the running host, goes on from the state of the one in the slot (or begins
/// from recorded history), and takes over between two polls. Orders and positions stay with the slot. If it fails
/// within its time of trial, the version from before comes back by itself. A restart goes on with what was swapped in
/// as long as its command line names the component from before.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  host swap mean-reversion v2.wasm --reason 'exits at -0.3 sigma'
  host swap mean-reversion v2.wasm --at 'Sun 23:59' --param threshold=1.3
  host swap mean-reversion --back --reason 'too many exits'
  host swap mean-reversion v3.wasm --shadow 7d --reason 'a week beside v2'
  host swap mean-reversion --promote --at 'Sun 23:59' --reason 'it did better'
  host slots   # shows what runs in each slot")]
pub struct Args {
    /// Name of the slot: that of its strategy, unless it was given another
    #[arg(value_name = "SLOT")]
    slot: String,

    /// The version that is to take over: a component, or a crate folder, which is built first
    #[arg(value_name = "X.wasm|DIR", required_unless_present = "act", conflicts_with = "act")]
    strategy: Option<PathBuf>,

    /// Set a parameter (repeatable); those not named keep the values in force
    #[arg(long, value_name = "NAME=VALUE", conflicts_with = "act")]
    param: Vec<String>,

    /// Time from which it takes over, in UTC: '23:59', 'Sun 23:59' or '2026-12-06 23:59' [default: now]
    #[arg(long, value_name = "TIME", conflicts_with_all = ["back", "end_shadow", "shadow"])]
    at: Option<String>,

    /// Time of trial: if it fails within it, the version from before comes back
    #[arg(long, value_name = "SPAN", default_value = "1d", conflicts_with = "act")]
    rollback: Span,

    /// Begin from recorded history even if it could go on from the state of the version in the slot
    #[arg(long, conflicts_with = "act")]
    warm_up: bool,

    /// Decide in the shadow of the version in the slot instead: on a pretend account, with the limits and the fill
    /// model in force; nothing is sent. After SPAN people are told how it did
    #[arg(long, value_name = "SPAN", conflicts_with = "act")]
    shadow: Option<Span>,

    /// Put the version from before back in its slot, or call off a swap that is planned
    #[arg(long, group = "act")]
    back: bool,

    /// Let the shadow take over the slot
    #[arg(long, group = "act")]
    promote: bool,

    /// End the shadow; its records stay in the journal
    #[arg(long, group = "act")]
    end_shadow: bool,

    /// Reason for the journal
    #[arg(long, value_name = "TEXT")]
    reason: String,

    #[command(flatten)]
    admission: AdmissionArgs,

    /// Account whose host it is [default: live.account]
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
}

/// Runs `host swap`.
///
/// # Errors
/// There is no reason, no such slot or no running host; or the version cannot take over: then the one in the slot goes
/// on.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    let reason = args.reason.trim().to_owned();
    if reason.is_empty() {
        return Err(Report::usage("a swap needs a reason: it is kept in the journal"));
    }
    let loaded = context.config()?;
    let folder = account_dir(&loaded.config, args.account.as_deref())?;
    let view = running(&folder)?;
    require_slot(&view, &args.slot)?;
    let (slot, by) = (args.slot.clone(), operator("swap"));
    let request = match &args.strategy {
        None => args.about_slot(SlotOrder { slot, reason, by }, &view)?,
        Some(path) => {
            // The running host goes first.
            background::step_back();
            let strategies = Strategies::new(&loaded.config.sandbox, &loaded.config.trust, context.ui)?;
            // What cannot be loaded or compiled is told here, and the running host finds it compiled.
            let (component, bytes) = strategies.load_with_bytes(path)?;
            let parameters = parameters::named(&component.manifest, &args.param)?;
            let file = absolute(Path::new(&component.name))?;
            let (at, keep, sha256) = (args.at(&view)?, args.rollback, component.digest.clone());
            let settings = Settings { parameters: Vec::new(), poll_interval: loaded.config.feed.poll };
            let candidate = LoadedStrategy { slot: slot.clone(), component, bytes, settings };
            admit(candidate, &args.admission, folder.mode(), &loaded, context)?;
            let (warm_up, shadow) = (args.warm_up, args.shadow);
            Request::Swap(SwapOrder { slot, file, sha256, parameters, at, keep, warm_up, shadow, reason, by })
        }
    };
    match ask(&folder, &request, &mut |text| context.ui.say(text)) {
        Ok(Reply::Done(text)) => output::print_line(&text),
        Ok(Reply::Failed(failure)) => Err(Report::from_failure(Kind::User, failure)),
        Ok(_) => Err(Report::new(Kind::Internal, "the host's answer does not match the request")),
        Err(error) => Err(no_answer(error)),
    }
}

impl Args {
    /// Returns the request that needs no component.
    fn about_slot(&self, order: SlotOrder, view: &StatusView) -> Result<Request> {
        Ok(match (self.promote, self.end_shadow) {
            (true, _) => Request::Promote { order, at: self.at(view)? },
            (_, true) => Request::EndShadow(order),
            _ => Request::SwapBack(order),
        })
    }

    /// Returns the time from which the version is to take over, by the host's clock.
    fn at(&self, view: &StatusView) -> Result<Option<Timestamp>> {
        self.at.as_deref().map(|text| at::parse(text, host_time(view)?)).transpose()
    }
}

/// Shows what is to take over, and asks for its confirmation if nobody vouches for it. The host judges it once more.
fn admit(
    candidate: LoadedStrategy,
    args: &AdmissionArgs,
    mode: TradingMode,
    loaded: &Loaded,
    context: &Context,
) -> Result<()> {
    let config = &loaded.config;
    let admission = Admission {
        mode,
        strategies: std::slice::from_ref(&candidate),
        limits: &config.risk.scaled(config.capital.stage_percent()),
        markets: offered(&config.venue.series),
        not_done: "not swapped",
    };
    admission.admit(args, loaded, context)?.tell(context);
    Ok(())
}

/// Returns the status of the host that trades the account in `folder`.
///
/// # Errors
/// None does, or it does not answer.
pub fn running(folder: &AccountDir) -> Result<StatusView> {
    match ask(folder, &Request::Status, &mut |_| {}) {
        Ok(Reply::Status(view)) => Ok(*view),
        Ok(_) => Err(Report::new(Kind::Internal, "the host's answer does not match the request")),
        Err(error) => Err(no_answer(error)),
    }
}

fn no_answer(error: NoAnswer) -> Report {
    match error {
        NoAnswer::NotRunning => Report::user("no host trades this account now")
            .hint("a start with another component in the slot is a swap as well: `host run --live --strategy ...`"),
        NoAnswer::Hung(why) => Report::user("a host seems to be running but does not answer").because(why).hint(
            "`host kill` works without it, at the venue directly; then end the host's process and start it again",
        ),
    }
}

fn require_slot(view: &StatusView, slot: &str) -> Result<()> {
    let Some(status) = &view.status else { return Ok(()) };
    let names: Vec<&str> = status.slots.iter().map(|line| line.slot.as_str()).collect();
    if names.contains(&slot) {
        return Ok(());
    }
    let known = format!("the slots are: {}", names.join(", "));
    let hint = did_you_mean(slot, names.iter().copied()).unwrap_or(known);
    Err(Report::user(format!("there is no slot `{slot}`")).hint(hint))
}

/// Returns the time of the running host, whose clock may be another than this machine's.
fn host_time(view: &StatusView) -> Result<Timestamp> {
    let status = view.status.as_ref().ok_or_else(|| Report::user("the host has only begun to start: try again"))?;
    at::parse_exact(&status.time)
        .ok_or_else(|| Report::new(Kind::Internal, format!("the host's time `{}` cannot be read", status.time)))
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|error| Report::io(format!("cannot find {}", path.display()), &error))
}
