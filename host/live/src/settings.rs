//! The sections `[live]` and `[journal]` of the configuration: the account, its folder, how often a live host does
//! what, and what its journal keeps.

use std::path::PathBuf;
use std::time::Duration;

use host_core::{Span, time::span_text};
use serde::{Deserialize, Serialize};

use crate::account_dir::fault_of_name;

/// The settings of a live host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LiveSettings {
    /// The operator's name for the account; empty: unset.
    pub account: String,
    /// The folder in which live accounts have theirs.
    pub folder: PathBuf,
    /// Interval between looks at orders and fills.
    #[serde(with = "span_text")]
    pub sync: Span,
    /// Interval between comparisons of the host's books with the venue's.
    #[serde(with = "span_text")]
    pub reconcile: Span,
    /// Time for which a look at the account, or a comparison, may be overdue before entries stop.
    #[serde(with = "span_text")]
    pub max_unseen: Span,
    /// Longest interval between copies of the engine's state.
    #[serde(with = "span_text")]
    pub snapshot: Span,
    /// Time that a start keeps trying to reach the venue.
    #[serde(with = "span_text")]
    pub start_timeout: Span,
    /// Time that a kill keeps trying until the venue lists no open order.
    #[serde(with = "span_text")]
    pub cancel_timeout: Span,
    /// Treatment of working orders when the host is stopped.
    pub orders_at_stop: OrdersAtStop,
}

/// Treatment of working orders when a host is stopped in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OrdersAtStop {
    /// They are cancelled, and the host waits until it knows how each has ended.
    #[default]
    Cancel,
    /// They work on until they expire, and the next start takes them over. Orders whose outcome is not known are looked
    /// up first.
    Keep,
}

/// The section `[journal]`: what a live account's journal keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JournalSettings {
    /// Age at which events and records move from the journal into its archive.
    #[serde(with = "span_text")]
    pub keep: Span,
}

impl Default for JournalSettings {
    /// A quarter of a year.
    fn default() -> JournalSettings {
        JournalSettings { keep: Span::days(90) }
    }
}

impl Default for LiveSettings {
    /// The case study's intervals where it names one: state every 60 s, reconciliation every 5 minutes.
    fn default() -> LiveSettings {
        LiveSettings {
            account: String::new(),
            folder: PathBuf::from("live"),
            sync: Span::seconds(10),
            reconcile: Span::minutes(5),
            max_unseen: Span::minutes(2),
            snapshot: Span::seconds(60),
            start_timeout: Span::minutes(1),
            cancel_timeout: Span::seconds(10),
            orders_at_stop: OrdersAtStop::Cancel,
        }
    }
}

impl LiveSettings {
    /// Returns the time that a start keeps trying, in real time.
    pub fn start_timeout(&self) -> Duration {
        self.start_timeout.as_duration()
    }

    /// Returns the time that a kill keeps trying, in real time.
    pub fn cancel_timeout(&self) -> Duration {
        self.cancel_timeout.as_duration()
    }

    /// Returns what is wrong beyond the bounds of single keys: the key to blame, and why.
    pub fn refusals(&self) -> Vec<(String, String)> {
        let mut found = Vec::new();
        if let Some(fault) = fault_of_name(&self.account) {
            found.push(("live.account".to_owned(), fault.to_owned()));
        }
        if self.folder.as_os_str().is_empty() {
            found.push(("live.folder".to_owned(), "must not be empty".to_owned()));
        }
        let second = Span::seconds(1);
        let range = second..=Span::hours(1);
        let spans = [
            ("sync", self.sync),
            ("reconcile", self.reconcile),
            ("max_unseen", self.max_unseen),
            ("snapshot", self.snapshot),
            ("start_timeout", self.start_timeout),
            ("cancel_timeout", self.cancel_timeout),
        ];
        for (name, span) in spans {
            if !range.contains(&span) {
                found.push((format!("live.{name}"), "must lie between 1s and 1h".to_owned()));
            }
        }
        found
    }
}
