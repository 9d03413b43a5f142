//! `host journal`: what was decided about an account or a run, and why.

use std::path::{Path, PathBuf};

use clap::Subcommand;
use host_core::Timestamp;
use host_live::account_dir::AccountDir;
use host_live::control::ResumeNote;
use host_session::decisions::read;
use host_store::decisions::{self, Decision, NOTE};
use host_store::journal::Journal;
use host_store::suggest::did_you_mean;
use host_system::files;
use serde_json::json;

use super::account::account_dir;
use super::named_run::{self, NamedRun};
use crate::config::Config;
use crate::context::Context;
use crate::terminal::error::{Report, Result};
use crate::terminal::operator::login;
use crate::terminal::output::{self, Format, Rows};

#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: JournalAction,
}

#[derive(Debug, Subcommand)]
enum JournalAction {
    /// Note a decision, while a host trades or not
    #[command(after_help = "Examples:
  host journal add \"No action taken. System working as designed.\"
  host journal add \"Too early to judge\" --about KXHIGHNY-26JAN18-T40
  host journal add \"Filled late, as expected\" --about 2225 --run latest")]
    Add {
        /// What was decided, and why
        #[arg(value_name = "TEXT")]
        text: String,
        /// The market or the number of the order that it is about
        #[arg(long, value_name = "MARKET|ORDER")]
        about: Option<String>,
        #[command(flatten)]
        of: Of,
    },
    /// List decisions, what was done by hand, and what was changed between sessions
    #[command(after_help = "Examples:\n  host journal list\n  host journal list --run latest --format csv")]
    List {
        #[command(flatten)]
        of: Of,
        /// Output format
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Write the same list to a file: CSV, or JSON if its name ends in .json
    #[command(
        after_help = "Examples:\n  host journal export decisions.csv\n  host journal export main.json --run main"
    )]
    Export {
        /// File to write
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        of: Of,
    },
}

/// The account or the run that is meant.
#[derive(Debug, clap::Args)]
struct Of {
    /// Name of a run, its beginning, `latest`, an account, or a path [default: the account live.account]
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
}

impl Of {
    /// Returns the run's folder and its journal.
    fn find(&self, config: &Config) -> Result<(PathBuf, PathBuf)> {
        let Some(name) = &self.run else {
            let account = account_dir(config, None)?;
            if !account.journal().is_file() {
                let missing = format!("there is no live account in {}", account.path().display());
                return Err(Report::user(missing).hint("`--run latest` means the latest back test or paper run"));
            }
            return Ok((account.path().to_owned(), account.journal()));
        };
        Ok(match named_run::find(name, config)? {
            NamedRun::Kept(run) => (run.path.clone(), run.journal()),
            NamedRun::Account(folder) => (folder.clone(), AccountDir::at(folder).journal()),
        })
    }
}

/// Runs `host journal`.
///
/// # Errors
/// There is no such run, market or order, or a file cannot be read or written.
pub fn run(args: Args, context: &Context) -> Result<()> {
    let config = context.config()?.config;
    match args.action {
        JournalAction::Add { text, about, of } => add(&text, about, of.find(&config)?, context),
        JournalAction::List { of, format } => {
            let all = all(&of.find(&config)?.0)?;
            if all.is_empty() {
                context.ui.say("nothing was decided or noted");
            }
            rows(&all).print(format, &jsons(&all))
        }
        JournalAction::Export { file, of } => export(&file, &all(&of.find(&config)?.0)?),
    }
}

fn failed(error: &dyn std::error::Error) -> Report {
    Report::user("cannot note the decision").because_of(error)
}

fn add(text: &str, about: Option<String>, (folder, journal): (PathBuf, PathBuf), context: &Context) -> Result<()> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Report::usage("a note needs a text: what was decided, and why"));
    }
    if let Some(about) = &about {
        require_known(about, &journal)?;
    }
    let time = Timestamp(host_system::clock::unix_nanos());
    let decision = Decision { time, who: login(), what: NOTE.to_owned(), text: text.to_owned(), about };
    decisions::add(&folder, &decision).map_err(|error| failed(&error))?;
    context.ui.say(&format!("noted in {}", folder.join(decisions::DECISIONS_FILE).display()));
    Ok(())
}

/// Fails if `about` is neither a market nor an order of the run.
fn require_known(about: &str, journal: &Path) -> Result<()> {
    let journal = Journal::open(journal).map_err(|error| failed(&error))?;
    if let Ok(order) = about.parse::<u64>() {
        return match journal.has_order(order).map_err(|error| failed(&error))? {
            true => Ok(()),
            false => {
                Err(Report::user(format!("the run has no order {order}")).hint("orders.csv in its folder lists them"))
            }
        };
    }
    let markets = journal.run_info().map_err(|error| failed(&error))?.markets;
    if markets.iter().any(|market| market.ticker == about) {
        return Ok(());
    }
    let guess = did_you_mean(about, markets.iter().map(|market| market.ticker.as_str()));
    Err(Report::user(format!("the run has no market `{about}`")).maybe_hint(guess))
}

/// Returns all entries, with a word to resume that waits for the next start.
fn all(folder: &Path) -> Result<Vec<Decision>> {
    let mut all = read(folder)?;
    if let Some(note) = ResumeNote::pending(&AccountDir::at(folder.to_owned())) {
        let time = crate::terminal::units::parse_time(&note.time).unwrap_or_default();
        let what = "resume at the next start".to_owned();
        all.push(Decision { time, who: note.by, what, text: note.reason, about: None });
    }
    all.sort_by_key(|decision| decision.time);
    Ok(all)
}

fn rows(all: &[Decision]) -> Rows {
    let mut rows = Rows::new(&["time", "who", "what", "about", "text"]);
    for Decision { time, who, what, text, about } in all {
        rows.push([time.to_string(), who.clone(), what.clone(), about.clone().unwrap_or_default(), text.clone()]);
    }
    rows
}

/// Returns the entries as JSON.
pub fn jsons<'a>(all: impl IntoIterator<Item = &'a Decision>) -> Vec<serde_json::Value> {
    let json = |decision: &Decision| {
        let Decision { time, who, what, text, about } = decision;
        json!({ "time": time.to_string(), "who": who, "what": what, "about": about, "text": text })
    };
    all.into_iter().map(json).collect()
}

fn export(file: &Path, all: &[Decision]) -> Result<()> {
    let text = match file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
        true => output::json_text(&jsons(all))?,
        false => rows(all).csv(),
    };
    let failed = |error| Report::io(format!("cannot write {}", file.display()), &error);
    files::replace(file, &[text.as_bytes()]).map_err(failed)?;
    output::print_line(&file.display().to_string())
}
