//! A running host's settings, read anew: the file as it is now, with the environment and the command line of its start.
//!
//! Limits, schedule and alerts are taken up. Any other change is refused, and then nothing is: half of a new file is
//! nobody's decision.

use std::sync::{Arc, Mutex, PoisonError};

use host_live::control::protocol::Failure;
use host_live::control::reload::{Reloaded, Reloader};
use host_monitor::alerts::{AlertsChange, Prepared};
use host_sandbox::trust::TradingMode;
use host_session::schedule;

use super::decided::refuse_unread;
use crate::commands::unset_limits::unset_limits;
use crate::config::Loaded;
use crate::config::changes::{KeyChange, changes};
use crate::terminal::error::{Kind, Report, Result};

/// Sections, and keys, that a running host takes up.
const TAKEN_UP: [&str; 3] = ["risk.", "alerts.", "schedule."];
/// Keys that a running host does not use: each command reads them for itself.
const OF_COMMANDS: [&str; 4] = ["capital.stage_days", "capital.stage_profit", "capital.stage_fall", "runs.folder"];

/// The settings in force, shared with those who reload them.
#[derive(Clone, Debug)]
pub struct Reloading {
    state: Arc<Mutex<InForce>>,
}

#[derive(Debug)]
struct InForce {
    loaded: Loaded,
    mode: TradingMode,
    /// Set once people are told.
    alerts: Option<AlertsChange>,
}

impl Reloading {
    /// Notes the settings of a start.
    pub fn new(loaded: Loaded, mode: TradingMode) -> Reloading {
        Reloading { state: Arc::new(Mutex::new(InForce { loaded, mode, alerts: None })) }
    }

    /// Notes the way to change who is told.
    pub fn tell_by(&self, alerts: Option<AlertsChange>) {
        self.with(|state| state.alerts = alerts);
    }

    /// Returns the way to read the settings anew, by `load`, which reads them as the start did.
    pub fn reloader(&self, on_hangup: bool, load: impl Fn() -> Result<Loaded> + Send + Sync + 'static) -> Reloader {
        let this = self.clone();
        Reloader::new(on_hangup, move || {
            load().and_then(|loaded| this.reloaded(loaded)).map_err(|report| report.into_failure("not reloaded"))
        })
    }

    fn with<T>(&self, act: impl FnOnce(&mut InForce) -> T) -> T {
        act(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns what is to be taken up of `loaded`.
    fn reloaded(&self, loaded: Loaded) -> Result<Reloaded> {
        let changed = self.with(|state| {
            if state.mode == TradingMode::Live {
                refuse_unread(&loaded)?;
                require_own_limits(&loaded)?;
            }
            Ok::<_, Report>(changes(&state.loaded, &loaded))
        })?;
        let changed: Vec<KeyChange> =
            changed.into_iter().filter(|change| !OF_COMMANDS.contains(&change.key.as_str())).collect();
        require_takeable(&changed)?;
        // Files of secrets may have changed although no key has.
        let prepared = Prepared::new(&loaded.config.alerts)?;
        let (limits, schedule) = (loaded.config.risk.clone(), loaded.config.planned());
        let this = self.clone();
        let finish = Box::new(move || this.finish(loaded, prepared));
        Ok(Reloaded { limits, schedule, changes: changed.iter().map(ToString::to_string).collect(), finish })
    }

    fn finish(&self, loaded: Loaded, prepared: Option<Prepared>) -> Result<String, Failure> {
        self.with(|state| {
            if let Some(alerts) = &state.alerts {
                alerts.take_up(prepared);
            }
            state.loaded = loaded;
        });
        Ok("no setting has changed; passwords and addresses of alerts are read anew".to_owned())
    }
}

/// Refuses defaults in place of limits that a person must have decided on.
fn require_own_limits(loaded: &Loaded) -> Result<()> {
    let unset = unset_limits(loaded);
    if unset.is_empty() {
        return Ok(());
    }
    let report = Report::new(Kind::Config, "limits are not set any more that must be set by you");
    let line = |report: Report, limit: &host_live::preflight::UnsetLimit| {
        report.because(format!("{}, whose default is {}", limit.key, limit.default))
    };
    Err(unset.iter().fold(report, line).hint("set them in host.toml"))
}

/// Refuses changes that a running host cannot take up, each with its reason.
fn require_takeable(changes: &[KeyChange]) -> Result<()> {
    let fixed = |change: &&KeyChange| {
        let limit = change.key.strip_prefix("risk.").unwrap_or_default();
        !TAKEN_UP.iter().any(|section| change.key.starts_with(section)) || schedule::FIXED.contains(&limit)
    };
    let fixed: Vec<&KeyChange> = changes.iter().filter(fixed).collect();
    if fixed.is_empty() {
        return Ok(());
    }
    let report = Report::new(Kind::Config, "a running host cannot take up some of the changes");
    let report = fixed.into_iter().fold(report, |report, change| report.because(format!("{change}: needs a restart")));
    Err(report.hint(
        "put these keys back as they were, or start the host again: `systemctl restart`, or Ctrl-C and `host run`",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load_text;

    const BEFORE: &str = "[risk]\nmax_daily_loss = 100\nmax_drawdown = 200\n[live]\naccount = \"alex\"\n";

    /// Returns what a reload of `after` takes up of settings that were those of [`BEFORE`], or why it takes up nothing.
    fn reload(after: &str) -> Result<Vec<String>, String> {
        let reloading = Reloading::new(load_text(BEFORE, &[]).unwrap(), TradingMode::Paper);
        let after = after.to_owned();
        let reloader = reloading.reloader(false, move || load_text(&after, &[]));
        let read = reloader.read().map(|reloaded| reloaded.changes);
        read.map_err(|failure| format!("{}: {}", failure.message, failure.causes.join("; ")))
    }

    #[test]
    fn limits_schedule_and_alerts_are_taken_up() {
        let check = |after: String, expect: &[&str]| assert_eq!(reload(&after).unwrap(), expect, "{after}");
        check(BEFORE.to_owned(), &[]);
        check(BEFORE.replace("100", "80"), &["risk.max_daily_loss: 100 → 80"]);
        check(format!("{BEFORE}[alerts]\nquiet = \"22:00-07:00\"\n"), &["alerts.quiet: (empty) → 22:00-07:00"]);
        check(format!("{BEFORE}[runs]\nfolder = \"elsewhere\"\n"), &[]);
        let night = "[[schedule]]\nname = \"night\"\nhours = \"22:00-06:00\"\npause_entries = true\n";
        let added = reload(&format!("{BEFORE}{night}")).unwrap();
        assert!(added.len() == 1 && added[0].starts_with("schedule.night: (none) \u{2192} {"), "{added:?}");
    }

    #[test]
    fn nothing_is_taken_up_where_something_cannot_be() {
        let check = |after: String, words: &[&str]| {
            let said = reload(&after).unwrap_err();
            assert!(words.iter().all(|word| said.contains(word)), "{said}");
        };
        let stricter = BEFORE.replace("100", "80");
        check(format!("{stricter}folder = \"other\"\n"), &["live.folder: live → other: needs a restart"]);
        check(
            format!("{stricter}[venue]\nseries = [\"KXFED\"]\n[feed]\npoll = \"10s\"\n"),
            &["venue.series", "feed.poll: 30s → 10s"],
        );
        check(format!("{stricter}[slot.fed]\nmax_exposure = 10\n"), &["slot.fed.max_exposure", "needs a restart"]);
        check(format!("{stricter}[strategy.fed]\nthreshold = 1\n"), &["strategy.fed.threshold", "needs a restart"]);
        check(stricter.replace("[risk]", "[risk]\nallowed_markets = [\"KX*\"]"), &["risk.allowed_markets"]);
        check(stricter.replace("80", "-1"), &["the configuration has a problem"]);
        check("[risk\n".to_owned(), &["not valid TOML"]);
        let mail = "server = \"m\"\nfrom = \"a@b.c\"\nto = [\"a@b.c\"]\nuser = \"a\"\npassword_file = \"/none\"\n";
        check(format!("{stricter}[alerts.mail]\n{mail}"), &["/none"]);
    }
}
