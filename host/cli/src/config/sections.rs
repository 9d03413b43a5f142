//! The sections of the configuration as types, with their defaults. Sections that belong to a library are its own types.

use std::io;
use std::path::Path;

use host_core::pricing::OrderPolicy;
use host_core::risk::RiskLimits;
use host_core::{Span, Usd, time::span_text};
use host_live::settings::LiveSettings;
use host_sandbox::SandboxLimits;
use host_sim::fill::ExchangeSettings;
use host_venues::kalshi::KalshiSettings;
use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::venue_section;

/// All settings of the host.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Config {
    /// The capital at work.
    pub capital: Capital,
    /// The risk limits, at full capital.
    pub risk: RiskLimits,
    /// The policy by which signals become orders.
    pub execution: OrderPolicy,
    /// The embedded exchange.
    pub exchange: ExchangeSettings,
    /// The limits on what a strategy may use of the machine.
    pub sandbox: SandboxLimits,
    /// The market data.
    pub feed: FeedSettings,
    /// The venue for real money.
    #[serde(with = "venue_section")]
    pub venue: KalshiSettings,
    /// Live trading.
    pub live: LiveSettings,
}

/// The capital at work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Capital {
    /// In dollars, at full stage.
    target: f64,
    /// 0.25, 0.5 or 1.0.
    pub stage: f64,
}

/// The market data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FeedSettings {
    /// Interval between polls.
    #[serde(with = "span_text")]
    pub poll: Span,
}

impl Default for Capital {
    /// The case study's allocation, in full.
    fn default() -> Self {
        Capital { target: 2_000.0, stage: 1.0 }
    }
}

impl Default for FeedSettings {
    /// The case study's poll interval.
    fn default() -> Self {
        FeedSettings { poll: Span::seconds(30) }
    }
}

impl Capital {
    /// Returns the capital at full stage.
    pub fn target(&self) -> Usd {
        // Loading refuses what is out of range; were it let through, it would buy nothing.
        Usd::from_dollars(self.target).unwrap_or(Usd::ZERO)
    }

    /// The stage as [`RiskLimits::scaled`] takes it.
    pub fn stage_percent(&self) -> u32 {
        (self.stage * 100.0).round() as u32
    }
}

impl Config {
    /// Makes paths whole, seen from `folder`, which is seen from the working directory.
    ///
    /// # Errors
    /// There is no working directory any more.
    pub fn see_from(&mut self, folder: &Path) -> io::Result<()> {
        for path in [&mut self.live.folder, &mut self.venue.key_file] {
            // An empty one is not set.
            if !path.as_os_str().is_empty() {
                *path = std::path::absolute(folder.join(&*path))?;
            }
        }
        Ok(())
    }

    /// As a tree of sections and keys.
    pub fn into_tree(self) -> Table {
        match Value::try_from(self) {
            Ok(Value::Table(tree)) => tree,
            // Settings are numbers, truths and texts in named sections, which TOML can always say.
            _ => Table::new(),
        }
    }

    /// Returns what is wrong beyond the bounds of single keys, and what the libraries refuse: the key to blame, and why.
    pub fn refusals(&self) -> Vec<(String, String)> {
        let mut found: Vec<(String, String)> = Vec::new();
        if ![0.25, 0.5, 1.0].contains(&self.capital.stage) {
            found.push(("capital.stage".into(), "must be 0.25, 0.5 or 1.0".into()));
        }
        if Usd::from_dollars(self.capital.target).is_none() {
            found.push(("capital.target".into(), "must be less than a trillion dollars".into()));
        }
        if let Err(invalid) = self.risk.validate() {
            found.extend(invalid.0.into_iter().map(|fault| (format!("risk.{}", fault.field), fault.problem)));
        }
        if let Err(invalid) = self.exchange.validate() {
            let range = format!("must lie between {} and {}", invalid.lowest, invalid.highest);
            found.push((format!("exchange.{}", invalid.name), range));
        }
        found.extend(venue_section::refusal(&self.venue));
        found.extend(self.live.refusals());
        found
    }
}
