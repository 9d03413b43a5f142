//! What an engine began with, as the journal's start events keep it: shells make their engines of it, and so does a replay,
//! so that both are the same.

use std::collections::BTreeMap;

use host_core::engine::{Engine, EngineSnapshot};
use host_core::pricing::OrderPolicy;
use host_core::risk::{RiskLimits, RiskManager};
use host_core::strategy::ParameterValue;
use host_core::{Market, Span, Timestamp, Usd};
use host_sandbox::{SandboxLimits, Settings, StrategyComponent, resolve_parameters};
use serde::{Deserialize, Serialize};

use crate::error::{Kind, Report, Result};

/// How a [`Start`] reads. To be raised with every change of what it holds or means; the engine's state counts for itself.
const VERSION: u32 = 2;
/// Where the version stands in a start's JSON.
const VERSION_KEY: &str = "version";

/// All that an engine and its strategies were made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// What it begins with.
    pub from: Beginning,
    /// How orders are made.
    pub execution: OrderPolicy,
    /// The limits in force, fitted to the capital stage.
    pub limits: RiskLimits,
    /// What strategies may use.
    pub sandbox: SandboxLimits,
    /// What strategies are told of the time between polls.
    pub poll_interval: Span,
    /// Who trades, by slot.
    pub strategies: Vec<Started>,
}

/// An engine of nothing but capital, or one that goes on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[expect(clippy::large_enum_variant, reason = "made once for a session")]
pub enum Beginning {
    /// Nothing has happened yet.
    Fresh {
        /// In cash.
        capital: Usd,
        /// Signals on rows before this are warm-up.
        trade_from: Timestamp,
    },
    /// It goes on from before a restart, with the markets that the engine before it knew: all of the account.
    Restored {
        /// What it was then.
        snapshot: EngineSnapshot,
    },
}

/// A strategy as it was started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Started {
    /// The manifest's name.
    pub name: String,
    /// The manifest's version.
    pub version: String,
    /// Digest of the component, in hexadecimal.
    pub sha256: String,
    /// What was set, defaults included.
    pub parameters: BTreeMap<String, ParameterValue>,
}

impl Start {
    /// The engine, without strategies. One that goes on is given the `markets` of the account, by number.
    ///
    /// # Errors
    /// Limits that make no sense; a snapshot that cannot be gone on from.
    pub fn engine(&self, markets: &[Market]) -> Result<Engine> {
        let unusable = |error: &dyn std::error::Error| {
            Report::new(Kind::Config, "the risk limits make no sense").because_of(error)
        };
        match &self.from {
            Beginning::Fresh { capital, trade_from } => {
                let risk = RiskManager::new(self.limits.clone()).map_err(|error| unusable(&error))?;
                Ok(Engine::new(self.execution.clone(), risk, *capital, *trade_from))
            }
            Beginning::Restored { snapshot } => {
                let (execution, limits) = (self.execution.clone(), self.limits.clone());
                Engine::restore(execution, limits, snapshot.clone(), markets)
                    .map_err(|error| Report::user("cannot go on from the last state").because_of(&error))
            }
        }
    }

    /// From when on signals count.
    pub fn trade_from(&self) -> Timestamp {
        match &self.from {
            Beginning::Fresh { trade_from, .. } => *trade_from,
            Beginning::Restored { snapshot } => snapshot.trade_from(),
        }
    }

    /// What the strategy in place `slot` is started with.
    pub fn settings(&self, slot: usize) -> Settings {
        let parameters = self.strategies.get(slot).map(|started| started.parameters.clone()).unwrap_or_default();
        Settings { parameters: parameters.into_iter().collect(), poll_interval: self.poll_interval }
    }

    /// As the journal keeps it.
    ///
    /// # Errors
    /// A number that JSON cannot say, which configurations do not hold.
    pub fn to_json(&self) -> Result<serde_json::Value> {
        let mut json = serde_json::to_value(self).map_err(|error| {
            Report::new(Kind::Internal, "cannot write down what the run begins with").because(error)
        })?;
        json[VERSION_KEY] = version().into();
        Ok(json)
    }

    /// As [`Start::to_json`] has written it.
    ///
    /// # Errors
    /// A host of another version wrote it, or it is damaged.
    pub fn from_json(mut json: serde_json::Value) -> Result<Start> {
        let noted = json.as_object_mut().and_then(|json| json.remove(VERSION_KEY));
        // Hosts before the first version that was written down.
        let noted = noted.as_ref().and_then(serde_json::Value::as_str).unwrap_or("1");
        if noted != version() {
            return Err(Report::user("this host cannot begin as the journal's did")
                .because(format!("the journal's starts are of version {noted}, this host reads {}", version()))
                .hint("replay it with the host that wrote it"));
        }
        serde_json::from_value(json)
            .map_err(|error| Report::user("this host cannot begin as the journal's did").because(error))
    }
}

/// The version of a start, with that of the engine's state in it.
fn version() -> String {
    format!("{VERSION}.{}", EngineSnapshot::VERSION)
}

impl Started {
    /// `component`, started with `settings`.
    pub fn of(component: &StrategyComponent, settings: &Settings) -> Started {
        let manifest = &component.manifest;
        // They were resolved once already, when they were read.
        let parameters = resolve_parameters(manifest, &settings.parameters).unwrap_or_default();
        Started {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            sha256: component.digest.clone(),
            parameters: parameters.into_iter().collect(),
        }
    }
}
