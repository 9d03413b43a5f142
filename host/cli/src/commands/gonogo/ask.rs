//! The question before an account trades real money for the first time, and before it trades more of it.

use host_core::Timestamp;
use host_live::account_dir::AccountDir;
use host_sandbox::trust::TradingMode;
use host_session::setup::LoadedStrategy;
use host_store::decisions::{self, Decision};

use super::gather::{Asked, Gathered, infos, judged};
use super::terms::{EvidenceArgs, no_go, not_met};
use super::text;
use crate::config::Loaded;
use crate::context::Context;
use crate::terminal::error::{Report, Result};
use crate::terminal::operator::operator;

/// The actions of the decisions that answer it.
const GO: &str = "go";
const ANYWAY: &str = "no-go-anyway";

/// The evidence that is asked for, and a person's word against it.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct GoNoGoArgs {
    #[command(flatten)]
    pub evidence: EvidenceArgs,

    /// Trade real money, or more of it, without asking `host gonogo`; the journal keeps the reason
    #[arg(long, value_name = "REASON", require_equals = true, conflicts_with = "paper")]
    pub no_go_anyway: Option<String>,
}

impl GoNoGoArgs {
    /// Refuses these options unless the run is `live`: nobody asks about paper.
    ///
    /// # Errors
    /// One of them is given.
    pub fn refuse_unless(&self, live: bool) -> Result<()> {
        match !live && (self.no_go_anyway.is_some() || self.evidence.paper.is_some()) {
            true => Err(Report::usage("`--no-go-anyway` and `--paper` belong to `--live`: paper is not asked about")),
            false => Ok(()),
        }
    }
}

/// An answer that lets an account go on, not kept yet.
#[derive(Debug)]
#[must_use = "it is kept once the account has begun"]
pub struct Answer(Decision);

/// Keeps `answer`, if there is one, in the journal of decisions of the account in `folder`, if that has begun: also
/// after a start that failed, because the next one finds the account begun and does not ask.
///
/// # Errors
/// The disk is full.
pub fn keep(answer: Option<Answer>, folder: &AccountDir) -> Result<()> {
    let Some(Answer(decision)) = answer.filter(|_| folder.journal().is_file()) else { return Ok(()) };
    let kept = decisions::add(folder.path(), &decision);
    kept.map_err(|error| Report::user("the go/no-go decision cannot be kept").because_of(&error))
}

/// Asks before the first live start of the account in `folder` with `strategies`. `None` on paper, and if it has
/// traded already: a restart is never asked about.
///
/// # Errors
/// A criterion is not met, and nobody goes on anyway.
pub fn before_first_start(
    args: &GoNoGoArgs,
    (mode, folder): (TradingMode, &AccountDir),
    strategies: &[LoadedStrategy],
    loaded: &Loaded,
    context: &Context,
) -> Result<Option<Answer>> {
    if mode == TradingMode::Paper || folder.journal().is_file() {
        return Ok(None);
    }
    let infos = infos(strategies);
    let (refused, command) = ("not started: this account has never traded real money", "run --live");
    ask(
        args,
        &Asked { folder, strategies: Some(&infos), paper: None, whole: false },
        (refused, command),
        loaded,
        context,
    )
    .map(Some)
}

/// Asks before the account in `folder` goes up a stage.
///
/// # Errors
/// A criterion is not met, and nobody goes on anyway.
pub fn before_more(args: &GoNoGoArgs, folder: &AccountDir, loaded: &Loaded, context: &Context) -> Result<Answer> {
    let asked = Asked { folder, strategies: None, paper: None, whole: false };
    ask(args, &asked, ("the account stays at its stage", "stage up"), loaded, context)
}

fn ask(
    args: &GoNoGoArgs,
    asked: &Asked<'_>,
    (refused, command): (&str, &str),
    loaded: &Loaded,
    context: &Context,
) -> Result<Answer> {
    let answer = |what: &str, text: String| {
        let time = Timestamp(host_system::clock::unix_nanos());
        Answer(Decision { time, who: operator(command), what: what.to_owned(), text, about: None })
    };
    if let Some(reason) = &args.no_go_anyway {
        let reason = reason.trim();
        if reason.is_empty() {
            return Err(Report::usage("`--no-go-anyway` needs a reason: it is kept in the journal"));
        }
        context.ui.say("warning: `host gonogo` was not asked; the journal keeps the reason");
        return Ok(answer(ANYWAY, reason.to_owned()));
    }
    let asked = Asked { paper: args.evidence.paper.as_deref(), ..*asked };
    let Gathered { verdict, .. } = judged(&asked, loaded, context)?;
    let open: Vec<String> = verdict.open().map(text::lines).collect();
    if open.is_empty() {
        let paper = verdict.paper.unwrap_or_default();
        return Ok(answer(GO, format!("all {} criteria are met; paper run: {paper}", verdict.criteria.len())));
    }
    let (missing, all) = (not_met(open.len()), verdict.criteria.len());
    let report = no_go(&format!("{refused}, and {missing}, of {all}"));
    Err(open
        .into_iter()
        .fold(report, Report::because)
        .hint("`host gonogo` shows all of them")
        .hint("`--no-go-anyway=\"REASON\"` goes on without; the journal keeps the reason"))
}
