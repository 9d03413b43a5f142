//! `host drill`: rehearses what people must be able to rely on, on the embedded exchange.

mod alerts;
pub mod child;
mod copy;
mod crash;
mod http;
mod kill;
mod outage;
mod receiver;
mod restore;
mod risk;
mod steps;
mod theatre;

use std::collections::BTreeMap;

use clap::ValueEnum;
use host_evaluate::gonogo::{ALERTS_DRILL, CRASH, KILL, OUTAGE, RESTORE, RISK_DRILL, SENT};
use host_live::account_dir::AccountDir;
use host_session::StopFlag;
use host_store::drills::{self, DrillRecord, DrillStep};
use serde_json::json;

use self::steps::Steps;
use super::account::account_dir;
use super::gonogo::terms::digest_of;
use crate::config::Config;
use crate::context::Context;
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::interrupt;
use crate::terminal::operator::login;
use crate::terminal::output::{self, Format, Rows};
use crate::terminal::progress::Progress;

/// Rehearse a stop, an outage, a crash, a restore, limits and alerts
///
/// A drill is held on the embedded exchange, with a copy of the configuration, an account and a key of its own, in a
/// folder that is removed afterwards: nothing reaches the venue, and a running host is not disturbed. Times are held
/// against goals. Date, times and result are kept beside the account, where `host gonogo` reads them; of a drill that
/// is interrupted nothing is kept, and nothing goes on running.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  host drill
  host drill kill crash
  host drill alerts --send   # also through the configured channels
  host drill --list")]
pub struct Args {
    /// Drills to hold [default: all]
    #[arg(value_name = "DRILL", value_enum)]
    drills: Vec<Drill>,

    /// Send a test through every channel of [alerts] too
    #[arg(long, conflicts_with = "list")]
    send: bool,

    /// List the last drill of each kind
    #[arg(long, conflicts_with = "drills")]
    list: bool,

    /// Account that the drills are kept for [default: live.account]
    #[arg(long, value_name = "NAME")]
    account: Option<String>,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// A drill, as it is named on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum Drill {
    /// The kill switch, from a phone's page
    Kill,
    /// The venue answers nothing but errors
    Outage,
    /// `kill -9`, and a start
    Crash,
    /// A backup, verified, restored and traded on
    Restore,
    /// Each configured limit, breached
    Risk,
    /// Simulated failures, told
    Alerts,
    /// All of them
    All,
}

/// Holds a drill, and writes down its steps.
type Hold = fn(&Config, &mut Steps) -> Result<()>;

/// Each drill with the name that it is kept under, in the order in which they are held.
const EACH: [(Drill, &str, Hold); 6] = [
    (Drill::Risk, RISK_DRILL, |config, steps| {
        risk::hold(config, steps);
        Ok(())
    }),
    (Drill::Kill, KILL, kill::hold),
    (Drill::Crash, CRASH, crash::hold),
    (Drill::Outage, OUTAGE, outage::hold),
    (Drill::Restore, RESTORE, restore::hold),
    (Drill::Alerts, ALERTS_DRILL, alerts::hold),
];

/// Runs `host drill`.
///
/// # Errors
/// A drill fails, is interrupted, or cannot be held or kept.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    let config = context.config()?.config;
    let folder = account_dir(&config, args.account.as_deref())?.real();
    if args.list {
        return list(&folder, args.format, context);
    }
    let stop = interrupt::listen()?;
    let is_asked =
        |drill: &Drill| args.drills.is_empty() || args.drills.contains(&Drill::All) || args.drills.contains(drill);
    let mut held = Vec::new();
    for (_, name, in_steps) in EACH.iter().filter(|(drill, ..)| is_asked(drill)) {
        held.push(hold(name, &config, &folder, (&stop, context), |steps| in_steps(&config, steps))?);
    }
    if args.send {
        held.push(hold(SENT, &config, &folder, (&stop, context), |steps| alerts::send(&config, steps))?);
    }
    print(&held, args.format)?;
    let failed: Vec<&str> = held.iter().filter(|drill| !drill.passed).map(|drill| drill.drill.as_str()).collect();
    match failed.is_empty() {
        true => Ok(()),
        false => Err(Report::new(
            Kind::NoGo,
            format!("{} of {} drills failed: {}", failed.len(), held.len(), failed.join(", ")),
        )
        .hint("the steps that failed are above; `host gonogo` is no-go until they pass")),
    }
}

/// Holds a drill to its end and keeps it.
fn hold(
    word: &str,
    config: &Config,
    folder: &AccountDir,
    (stop, context): (&StopFlag, &Context),
    hold: impl FnOnce(&mut Steps) -> Result<()>,
) -> Result<DrillRecord> {
    let progress = Progress::spinner(&context.ui, &format!("drill: {word}"));
    let mut steps = Steps::new(stop);
    hold(&mut steps)?;
    drop(progress);
    let steps = steps.into_steps();
    let record = DrillRecord {
        drill: word.to_owned(),
        time: theatre::now(),
        who: login(),
        engine_version: env!("CARGO_PKG_VERSION").to_owned(),
        passed: !steps.is_empty() && steps.iter().all(|step| step.passed),
        limits: digest_of(&config.risk),
        steps,
    };
    let failed = |error: &dyn std::error::Error| Report::user("the drill cannot be kept").because_of(error);
    folder.create().map_err(|error| failed(&error))?;
    drills::add(folder.path(), &record).map_err(|error| failed(&error))?;
    Ok(record)
}

fn word_of(passed: bool) -> String {
    if passed { "passed" } else { "FAILED" }.to_owned()
}

fn seconds(ms: Option<u64>) -> String {
    ms.map_or_else(|| "-".to_owned(), |ms| format!("{:.1} s", ms as f64 / 1e3))
}

fn print(held: &[DrillRecord], format: Format) -> Result<()> {
    let mut rows = Rows::new(&["drill", "step", "result", "took", "goal", "found"]);
    for drill in held {
        for DrillStep { step, passed, took_ms, goal_ms, found } in &drill.steps {
            let (took, goal) = (seconds(*took_ms), seconds(*goal_ms));
            rows.push([drill.drill.clone(), step.clone(), word_of(*passed), took, goal, found.clone()]);
        }
    }
    match format {
        Format::Json => output::print_json(&jsons(held)),
        _ => rows.print(format, &()),
    }
}

/// Returns the drills as JSON.
fn jsons<'a>(held: impl IntoIterator<Item = &'a DrillRecord>) -> Vec<serde_json::Value> {
    let json = |drill: &DrillRecord| {
        let DrillRecord { drill, time, who, engine_version, passed, limits, steps } = drill;
        json!({
            "drill": drill, "time": time.to_string(), "who": who, "engine_version": engine_version,
            "passed": passed, "limits": limits, "steps": steps,
        })
    };
    held.into_iter().map(json).collect()
}

fn list(folder: &AccountDir, format: Format, context: &Context) -> Result<()> {
    let all = drills::read(folder.path()).map_err(|error| Report::user("cannot list the drills").because_of(&error))?;
    let last: BTreeMap<&str, &DrillRecord> = all.iter().map(|drill| (drill.drill.as_str(), drill)).collect();
    if last.is_empty() {
        context.ui.say("no drill was held yet: `host drill` holds all");
    }
    let mut rows = Rows::new(&["drill", "time", "result", "steps", "by", "version"]);
    for drill in last.values() {
        let passed = drill.steps.iter().filter(|step| step.passed).count();
        rows.push([
            drill.drill.clone(),
            drill.time.to_string(),
            word_of(drill.passed),
            format!("{passed} of {}", drill.steps.len()),
            drill.who.clone(),
            drill.engine_version.clone(),
        ]);
    }
    rows.print(format, &jsons(last.into_values()))
}
