//! `host stage`: the part of the capital that a live account trades with.

use clap::Subcommand;
use host_live::account_dir::AccountDir;
use host_live::capital_stage::{STAGES, StageNote, allowed};
use host_live::control::client::{NoAnswer, ask};
use host_live::control::protocol::{Reply, Request, StageOrder};
use host_sandbox::trust::TradingMode;
use host_session::stage::{StageEvidence, evidence};
use host_store::decisions::{self, Decision};
use serde_json::json;

use super::account::account_dir;
use super::gonogo::ask::{GoNoGoArgs, before_more, keep};
use crate::config::{Config, Loaded};
use crate::context::Context;
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::operator::operator;
use crate::terminal::output::{self, Format, Rows};
use crate::terminal::units::parse_time;

/// The action of the entries in the decision journal.
const STAGE: &str = "stage";

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: StageAction,
}

#[derive(Debug, Subcommand)]
enum StageAction {
    /// Show the stage, and what speaks for the next one
    #[command(after_help = "Examples:\n  host stage show\n  host stage show --format json")]
    Show {
        /// Account to show [default: live.account]
        #[arg(long, value_name = "NAME")]
        account: Option<String>,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Go up a stage, if all conditions are met and `host gonogo` says go; a running host takes it up at once
    #[command(after_help = "Examples:
  host stage up --reason 'three quiet weeks'
  host stage up --reason 'quiet weeks' --no-go-anyway='papered in May'")]
    Up {
        #[command(flatten)]
        change: ChangeArgs,
        #[command(flatten)]
        go_no_go: GoNoGoArgs,
    },
    /// Go down a stage, which needs no condition; a running host takes it up at once
    #[command(after_help = "Examples:\n  host stage down --reason 'slippage has doubled'")]
    Down(ChangeArgs),
}

#[derive(Debug, clap::Args)]
struct ChangeArgs {
    /// Reason for the journal
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Account to change [default: live.account]
    #[arg(long, value_name = "NAME")]
    account: Option<String>,
}

/// Runs `host stage`.
///
/// # Errors
/// There is no such account or stage, a condition is not met, or the change cannot be kept.
pub fn run(args: Args, context: &Context) -> Result<()> {
    let loaded = context.config()?;
    let config = &loaded.config;
    match args.action {
        StageAction::Show { account, format } => show(&folder(config, account.as_deref())?, config, format),
        StageAction::Up { change, go_no_go } => up(&change, &go_no_go, &loaded, context),
        StageAction::Down(args) => down(&args, config, context),
    }
}

fn folder(config: &Config, account: Option<&str>) -> Result<AccountDir> {
    let folder = account_dir(config, account)?;
    match folder.journal().is_file() {
        true => Ok(folder),
        false => Err(Report::user(format!("there is no live account in {}", folder.path().display()))
            .hint("an account that has never traded starts at capital.stage")),
    }
}

/// Returns the stage of the next start: the lower of the configuration's and the account's.
pub fn in_force(config: &Config, folder: &AccountDir) -> u32 {
    config.capital.stage_percent().min(allowed(folder))
}

/// Keeps the stage of `config`, at which the account in `folder` has started, if it may trade at a higher one: from
/// then on only `host stage up` raises it, which asks for evidence, and no setting does by itself.
///
/// # Errors
/// The file cannot be written.
pub fn keep_lower(config: &Config, folder: &AccountDir) -> Result<()> {
    let percent = config.capital.stage_percent();
    let has_begun = folder.mode() == TradingMode::Live && folder.journal().is_file();
    if !has_begun || allowed(folder) <= percent {
        return Ok(());
    }
    let kept = StageNote::write(folder, percent, &operator("run --live"), "capital.stage at a start");
    kept.map_err(|error| Report::io(format!("the stage is not kept in {}", folder.stage().display()), &error))
}

fn look(folder: &AccountDir, config: &Config) -> Result<StageEvidence> {
    let found = evidence(folder.path(), &config.capital.stage_rules(), folder.is_locked())?;
    found.ok_or_else(|| Report::user("the account has not traded yet"))
}

fn show(folder: &AccountDir, config: &Config, format: Format) -> Result<()> {
    let (found, next) = (look(folder, config)?, in_force(config, folder));
    let (configured, own) = (config.capital.stage_percent(), StageNote::read(folder));
    let mut rows = Rows::new(&["condition for more", "found", "needed", "met"]);
    for condition in &found.conditions {
        let met = if condition.met { "yes" } else { "no" };
        let name = condition.condition.to_owned();
        rows.push([name, condition.found.clone(), condition.needed.clone(), met.to_owned()]);
    }
    match format {
        Format::Json => output::print_json(&json!({
            "stage": found.percent, "since": found.since, "next_start": next, "configured": configured,
            "changed": own, "conditions": found.conditions, "may_go_up": found.allows_more(),
        })),
        Format::Csv => output::print_csv(rows.csv()),
        Format::Table => {
            let mut facts = Rows::new(&["stage", &format!("{} %, since {}", found.percent, found.since)]);
            facts.push(["next start".to_owned(), format!("{next} %")]);
            facts.push(["capital.stage".to_owned(), format!("{configured} %, the most that it may be")]);
            if let Some(StageNote { percent, time, by, reason }) = own {
                facts.push(["last change".to_owned(), format!("{percent} % by {by} on {time}: {reason}")]);
            }
            output::print(&format!("{}\n{}", facts.table(), rows.table()))
        }
    }
}

fn up(args: &ChangeArgs, go_no_go: &GoNoGoArgs, loaded: &Loaded, context: &Context) -> Result<()> {
    let config = &loaded.config;
    let folder = folder(config, args.account.as_deref())?;
    let (found, now) = (look(&folder, config)?, in_force(config, &folder));
    let Some(next) = STAGES.into_iter().find(|stage| *stage > now) else {
        return Err(Report::user(format!("the account is at {now} % already, the highest stage")));
    };
    if next > config.capital.stage_percent() {
        let configured =
            format!("capital.stage allows {} %, and the next stage is {next} %", config.capital.stage_percent());
        let fix = format!("set capital.stage to {} in host.toml as well", f64::from(next) / 100.0);
        return Err(Report::new(Kind::Config, configured).hint(fix));
    }
    if found.percent != now {
        let waiting = format!("the account still has to trade at {now} %: the last session was at {} %", found.percent);
        return Err(Report::new(Kind::RiskRefused, waiting));
    }
    let open: Vec<_> = found.conditions.iter().filter(|condition| !condition.met).collect();
    if !open.is_empty() {
        let report = Report::new(Kind::RiskRefused, format!("the account stays at {now} %"));
        let cause =
            |one: &&host_session::stage::Condition| format!("{}: {}, needed: {}", one.condition, one.found, one.needed);
        return Err(open.iter().map(cause).fold(report, Report::because));
    }
    let answer = before_more(go_no_go, &folder, loaded, context)?;
    change(&folder, (now, next), args, "stage up", context)?;
    keep(Some(answer), &folder)
}

fn down(args: &ChangeArgs, config: &Config, context: &Context) -> Result<()> {
    let folder = folder(config, args.account.as_deref())?;
    let now = in_force(config, &folder);
    match STAGES.into_iter().rev().find(|stage| *stage < now) {
        Some(next) => change(&folder, (now, next), args, "stage down", context),
        None => Err(Report::user(format!("the account is at {now} % already, the lowest stage"))
            .hint("`host kill` stops it altogether")),
    }
}

/// Keeps the change, and writes it into the decision journal.
fn change(
    folder: &AccountDir,
    (now, next): (u32, u32),
    args: &ChangeArgs,
    command: &str,
    context: &Context,
) -> Result<()> {
    let (by, reason) = (operator(command), args.reason.trim());
    if reason.is_empty() {
        return Err(Report::usage("a change of the stage needs a reason: it is kept in the journal"));
    }
    let failed =
        |error| Report::io(format!("the stage is still {now} %: cannot write {}", folder.stage().display()), &error);
    StageNote::write(folder, next, &by, reason).map_err(failed)?;
    let text = format!("{now} % \u{2192} {next} %: {reason}");
    let order = StageOrder { percent: next, reason: text.clone(), by: by.clone() };
    let taken_up = ask(folder, &Request::Stage(order), &mut |_| {});
    if matches!(taken_up, Ok(Reply::Done(_))) {
        // The host has noted it.
        return output::print_line(&format!("{now} % \u{2192} {next} % from now on"));
    }
    let time = StageNote::read(folder).and_then(|note| parse_time(&note.time).ok()).unwrap_or_default();
    let noted = decisions::add(folder.path(), &Decision { time, who: by, what: STAGE.to_owned(), text, about: None });
    noted.map_err(|error| Report::user("the stage is changed, but not noted").because_of(&error))?;
    let why = match taken_up {
        Err(NoAnswer::NotRunning) => None,
        Err(NoAnswer::Hung(why)) => Some(why),
        Ok(Reply::Failed(failure)) => Some(failure.message),
        Ok(_) => Some("its answer does not match the request".to_owned()),
    };
    if let Some(why) = why {
        context.ui.say(&format!("warning: the host trades on at {now} % until it is started again: {why}"));
    }
    output::print_line(&format!("{now} % \u{2192} {next} % from the next start on"))
}
