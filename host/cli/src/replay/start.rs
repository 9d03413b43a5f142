//! What an engine began with, as the journal's start events keep it: shells make their engines of it, and so does a replay,
//! so that both are the same.

use std::collections::BTreeMap;

use host_core::engine::{Engine, EngineSnapshot};
use host_core::execution;
use host_core::risk::{RiskLimits, RiskManager};
use host_core::strategy::Value;
use host_core::{Market, Span, Timestamp, Usd};
use host_sandbox::{SandboxLimits, Settings, StrategyComponent, resolve_parameters};
use serde::{Deserialize, Serialize};

use crate::error::{Kind, Report, Result};

/// All that an engine and its strategies were made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// What it begins with.
    pub from: Beginning,
    /// How orders are made.
    pub execution: execution::Settings,
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
    /// It goes on from before a restart.
    Restored {
        /// What it was then.
        snapshot: EngineSnapshot,
        /// All markets of the account, by number.
        markets: Vec<Market>,
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
    pub parameters: BTreeMap<String, Value>,
}

impl Start {
    /// The engine, without strategies.
    ///
    /// # Errors
    /// Limits that make no sense; a snapshot that cannot be gone on from.
    pub fn engine(&self) -> Result<Engine> {
        let unusable = |error: &dyn std::error::Error| {
            Report::new(Kind::Config, "the risk limits make no sense").because_of(error)
        };
        match &self.from {
            Beginning::Fresh { capital, trade_from } => {
                let risk = RiskManager::new(self.limits.clone()).map_err(|error| unusable(&error))?;
                Ok(Engine::new(self.execution.clone(), risk, *capital, *trade_from))
            }
            Beginning::Restored { snapshot, markets } => {
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
            Beginning::Restored { snapshot, .. } => snapshot.trade_from(),
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
        serde_json::to_value(self)
            .map_err(|error| Report::new(Kind::Internal, "cannot write down what the run begins with").because(error))
    }
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
