//! The sections of the configuration as types, with their defaults. A library's section is the library's own type.

use std::io;
use std::path::{Path, PathBuf};

use host_core::pricing::OrderPolicy;
use host_core::risk::RiskLimits;
use host_core::{Span, Usd, time::span_text};
use host_evaluate::gonogo::GoNoGoSettings;
use host_live::settings::{JournalSettings, LiveSettings};
use host_monitor::alerts::AlertsSettings;
use host_monitor::dashboard::settings::DashboardSettings;
use host_monitor::logs::LogSettings;
use host_sandbox::SandboxLimits;
use host_sandbox::trust::TrustSettings;
use host_session::schedule::{Schedule, ScheduleEntry};
use host_session::stage::StageRules;
use host_sim::fill::ExchangeSettings;
use host_venues::kalshi::KalshiSettings;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::credentials::Credentials;
use super::{schedule_keys, venue_section};

/// All settings of the host.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    pub capital: CapitalSettings,
    /// Limits at full capital; [`CapitalSettings::stage_percent`] scales them.
    pub risk: RiskLimits,
    pub execution: OrderPolicy,
    pub exchange: ExchangeSettings,
    pub sandbox: SandboxLimits,
    pub trust: TrustSettings,
    pub feed: FeedSettings,
    #[serde(with = "venue_section")]
    pub venue: KalshiSettings,
    pub live: LiveSettings,
    /// Thresholds of the decision whether an account may trade real money.
    pub gonogo: GoNoGoSettings,
    pub alerts: AlertsSettings,
    pub journal: JournalSettings,
    pub logs: LogSettings,
    pub runs: RunsSettings,
    pub dashboard: DashboardSettings,
    /// Changes of the limits by the hour. Last, since a table's lists of tables stand after its tables.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub schedule: Vec<ScheduleEntry>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CapitalSettings {
    /// Capital at full stage, in dollars.
    target: f64,
    /// Fraction of the target at work: 0.25, 0.5 or 1.0.
    pub stage: f64,
    /// UTC days to be traded at a stage before `host stage up`.
    pub stage_days: u32,
    /// Least profit at the stage, in dollars, before `host stage up`.
    stage_profit: f64,
    /// Deepest fall at the stage, as a fraction of the equity at its start, before `host stage up`.
    stage_fall: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeedSettings {
    /// Time from one poll to the next.
    #[serde(with = "span_text")]
    pub poll: Span,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RunsSettings {
    /// Folder of the runs that back tests and paper trading leave, each in a folder of its own.
    pub folder: PathBuf,
}

impl Default for RunsSettings {
    fn default() -> Self {
        RunsSettings { folder: "runs".into() }
    }
}

impl Default for CapitalSettings {
    /// Returns the case study's allocation at full stage.
    fn default() -> Self {
        let (stage_days, stage_profit, stage_fall) = (14, 0.0, 0.1);
        CapitalSettings { target: 2_000.0, stage: 1.0, stage_days, stage_profit, stage_fall }
    }
}

impl Default for FeedSettings {
    /// Returns the case study's poll interval.
    fn default() -> Self {
        FeedSettings { poll: Span::seconds(30) }
    }
}

impl CapitalSettings {
    /// Returns the capital at full stage.
    pub fn target(&self) -> Usd {
        // Loading refuses an amount out of range; zero, which buys nothing, is the safe value if one slipped through.
        Usd::from_dollars(self.target).unwrap_or(Usd::ZERO)
    }

    /// Returns the conditions for the next stage.
    pub fn stage_rules(&self) -> StageRules {
        let profit = Usd::from_dollars(self.stage_profit).unwrap_or(Usd::MOST);
        StageRules { days: self.stage_days.into(), profit, fall: self.stage_fall }
    }

    /// Lowers the stage to `percent`, if it is higher.
    pub fn cap_stage(&mut self, percent: u32) {
        self.stage = self.stage.min(f64::from(percent) / 100.0);
    }

    /// Returns the stage in percent, for [`RiskLimits::scaled`].
    pub fn stage_percent(&self) -> u32 {
        (self.stage * 100.0).round() as u32
    }
}

impl Config {
    /// Returns the paths of files that hold secrets, each with its key. An empty one is not set.
    pub fn secret_files_mut(&mut self) -> Vec<(String, &mut PathBuf)> {
        let own = [
            ("venue.key_file".to_owned(), &mut self.venue.key_file),
            ("dashboard.certificate_key".to_owned(), &mut self.dashboard.certificate_key),
        ];
        own.into_iter().chain(self.alerts.secret_files_mut()).collect()
    }

    /// Makes paths absolute. Relative ones start at `folder`, which itself may be relative to the working directory;
    /// files of secrets that the service manager has handed out are taken from `credentials`.
    ///
    /// # Errors
    /// The working directory no longer exists.
    pub fn resolve_paths(&mut self, folder: &Path, credentials: &Credentials) -> io::Result<()> {
        self.secret_files_mut().into_iter().for_each(|(key, path)| credentials.take(&key, path));
        // Relative to the working directory where that holds the file: it is printed.
        self.runs.folder = folder.join(&self.runs.folder);
        let DashboardSettings { certificate, certificate_key, .. } = &mut self.dashboard;
        let folders = [&mut self.live.folder, &mut self.logs.folder];
        let files = [&mut self.venue.key_file, certificate, certificate_key, &mut self.gonogo.runbook];
        for path in folders.into_iter().chain(files).chain(self.alerts.paths_mut()) {
            // An empty path means: not set.
            if !path.as_os_str().is_empty() {
                *path = std::path::absolute(folder.join(&*path))?;
            }
        }
        Ok(())
    }

    /// Returns the schedule at full capital.
    pub fn planned(&self) -> Schedule {
        // Loading refuses entries that cannot be used; without them the usual limits hold.
        Schedule::of(&self.schedule, &self.risk).unwrap_or_default()
    }

    /// Converts the settings to a tree of sections and keys.
    pub fn into_tree(self) -> Table {
        match Value::try_from(self) {
            Ok(Value::Table(tree)) => tree,
            // Cannot happen: settings are numbers, booleans, texts and lists in named sections, which TOML has.
            _ => Table::new(),
        }
    }

    /// Converts the settings that a run depends on: without those of alerts, which are addresses of people and secrets,
    /// and those of go/no-go, which decide nothing in it. Runs keep these.
    pub fn into_tree_of_run(self) -> Table {
        let mut tree = self.into_tree();
        tree.remove("alerts");
        tree.remove("gonogo");
        tree
    }

    /// Returns the problems that [`super::keys::Bound`] cannot see, the libraries' own checks among them: key and
    /// reason.
    pub fn refusals(&self) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = Vec::new();
        if ![0.25, 0.5, 1.0].contains(&self.capital.stage) {
            found.push(("capital.stage".into(), "must be 0.25, 0.5 or 1.0".into()));
        }
        if Usd::from_dollars(self.capital.target).is_none() {
            found.push(("capital.target".into(), "must be at most 900,000,000 dollars".into()));
        }
        if let Err(invalid) = self.risk.validate() {
            found.extend(invalid.0.into_iter().map(|fault| (fault.key(), fault.problem)));
        }
        // Against limits that are wrong themselves, nothing can be said of the schedule's.
        if self.risk.validate().is_ok()
            && let Err(wrong) = Schedule::of(&self.schedule, &self.risk)
        {
            found.extend(wrong.into_iter().map(schedule_keys::refusal));
        }
        if let Err(invalid) = self.exchange.validate() {
            let range = format!("must lie between {} and {}", invalid.lowest, invalid.highest);
            found.push((format!("exchange.{}", invalid.name), range));
        }
        found.extend(venue_section::refusal(&self.venue));
        found.extend(self.live.refusals());
        found.extend(self.alerts.refusals());
        found.extend(self.trust.refusals());
        found
    }
}
