//! `host doctor`: looks at everything that a host needs, says what is wrong and what cures it, and cures what is safe.

mod alerts;
mod configuration;
mod dashboard;
mod diagnosis;
mod disk;
mod formats;
mod keys;
mod limits;
mod patient;
mod ports;
mod print;
mod remedy;
mod store;
#[cfg(test)]
mod tests;
mod time_zones;
mod toolchain;
mod venue;

use host_core::Timestamp;

use self::diagnosis::{Condition, Diagnosis};
use self::patient::Patient;
use self::print::{Fate, Treated};
use crate::config::Examined;
use crate::config::load_text;
use crate::context::Context;
use crate::strategies::load::user_cache;
use crate::terminal::error::{Report, Result};
use crate::terminal::output::Format;
use crate::terminal::progress::Progress;

/// Look at everything that a host needs, and say what is wrong and what cures it
///
/// Configuration, limits, keys and permissions, the venue and this machine's clock, the account's files and their
/// formats, disk, ports, dashboard, alerts, toolchain and time zones. It needs neither an account nor a network, and
/// says what it could not look at. Nothing is changed without --fix, and what trades is never touched.
///
/// Exit code 0 if there is no problem, 1 if there is one. Warnings are no problem yet.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  host doctor
  host doctor alex --notify
  host doctor --fix --dry-run
  host doctor --fix
  host doctor --quick --offline --format json")]
pub struct Args {
    /// Account to look at [default: live.account]
    #[arg(value_name = "ACCOUNT")]
    account: Option<String>,

    /// Cure what can be cured safely: permissions, missing folders, sockets of killed hosts, renamed keys
    #[arg(long)]
    fix: bool,

    /// With --fix, say what it would do, and do nothing
    #[arg(long, requires = "fix")]
    dry_run: bool,

    /// Send a test through every channel of [alerts], as `host notify test` does
    #[arg(long)]
    notify: bool,

    /// Ask nobody: leave out what needs the network
    #[arg(long, conflicts_with = "notify")]
    offline: bool,

    /// Open journal and recording without reading them from end to end
    #[arg(long)]
    quick: bool,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs `host doctor`.
///
/// # Errors
/// There is a problem, or the account's name is not valid.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    let now = Timestamp(host_system::clock::unix_nanos());
    let (examined, unreadable) = match context.examine() {
        Ok(examined) => (examined, None),
        Err(report) => (Examined { loaded: load_text("", &[])?, problems: Vec::new() }, Some(report)),
    };
    let patient = Patient::new(examined, args.account.as_deref(), now)?;
    let found = match unreadable {
        Some(report) => without_settings(&report),
        None => look(&patient, args, context)?,
    };
    let treated: Vec<Treated> = found.into_iter().map(|diagnosis| treat(diagnosis, args)).collect();
    print::print(&treated, args.format, context)?;
    judge(&treated)
}

/// Looks at everything, group by group.
fn look(patient: &Patient, args: &Args, context: &Context) -> Result<Vec<Diagnosis>> {
    let spinner = |task: &str| Progress::spinner(&context.ui, task);
    let mut found = configuration::look(patient);
    found.extend(limits::look(patient));
    found.extend(keys::look(patient));
    {
        let _asking = spinner("asking the venue");
        found.extend(venue::look(patient, args.offline)?);
    }
    {
        let _reading = spinner("reading the account's files");
        found.extend(store::look(patient, args.quick));
    }
    found.extend(formats::look(patient));
    found.extend(disk::look(patient));
    found.extend(ports::look(patient));
    found.extend(dashboard::look(patient));
    found.extend(alerts::look(patient, args.notify)?);
    found.extend(toolchain::look(&user_cache(&patient.config().trust)));
    found.extend(time_zones::look());
    Ok(found)
}

/// Says what can be said where the configuration cannot be read: with default settings, another account would be
/// looked at than the one that is meant.
fn without_settings(report: &Report) -> Vec<Diagnosis> {
    let cure = "correct the line; `host config init --out FILE` writes a whole file to compare with";
    let text = report.render(false).to_string();
    let text: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
    let text = text.join(" ");
    let problem = Diagnosis::problem("config_unreadable", text.trim_start_matches("error: "), cure);
    let rest = Diagnosis::unseen("everything else", "it hangs on the configuration, which cannot be read");
    std::iter::once(problem).chain([rest]).chain(time_zones::look()).collect()
}

/// Applies the remedy of `diagnosis`, if it has one and that is asked for.
fn treat(diagnosis: Diagnosis, args: &Args) -> Treated {
    let outcome = match &diagnosis.remedy {
        None => Fate::None,
        Some(_) if !args.fix => Fate::Offered,
        Some(_) if args.dry_run => Fate::Planned,
        Some(remedy) => match remedy.apply() {
            Ok(()) => Fate::Done,
            Err(report) => Fate::Failed(report.render(false).to_string()),
        },
    };
    Treated { diagnosis, outcome }
}

/// Turns what was found, and not cured, into the command's result.
fn judge(treated: &[Treated]) -> Result<()> {
    let left = treated.iter().filter(|treated| treated.condition() == Condition::Problem);
    let (count, curable) = (left.clone().count(), left.filter(|left| left.outcome == Fate::Offered).count());
    if count == 0 {
        return Ok(());
    }
    let problems = if count == 1 { "1 problem".to_owned() } else { format!("{count} problems") };
    let hint = (curable > 0).then(|| format!("`host doctor --fix` cures {curable} of them"));
    Err(Report::user(problems).maybe_hint(hint))
}
