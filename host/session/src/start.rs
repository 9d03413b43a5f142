//! The start of a session, as the journal keeps it. Runs make their engine from it, and so does a replay, so that both
//! are the same.

use std::collections::BTreeMap;

use host_core::engine::{Engine, EngineSnapshot};
use host_core::entry_cost::EntryCost;
use host_core::pricing::OrderPolicy;
use host_core::risk::{RiskLimits, RiskManager};
use host_core::strategy::ParameterValue;
use host_core::{Market, SlotId, Span, Strategy, Timestamp, Usd};
use host_sandbox::{SandboxLimits, Settings, StrategyComponent, resolve_parameters};
use serde::{Deserialize, Serialize};

use crate::error::{Reason, Result, SessionError};
use crate::tape_ref::TapeRef;

/// The version of [`Start`]. To be raised with every change of its content or meaning; the engine's state has its own.
const VERSION: u32 = 3;
/// The version of this engine: that of the package.
pub const ENGINE_VERSION: &str = env!("CARGO_PKG_VERSION");
/// The key of the engine's version in a start's JSON.
const ENGINE_KEY: &str = "engine_version";
/// The key of the version in a start's JSON.
const VERSION_KEY: &str = "version";

/// Everything that an engine and its strategies are made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Start {
    /// The version of the engine that decides.
    pub engine_version: String,
    pub from: Beginning,
    /// The policy by which signals become orders.
    pub execution: OrderPolicy,
    /// The limits in force, fitted to the capital stage.
    pub limits: RiskLimits,
    pub sandbox: SandboxLimits,
    /// The interval between polls that strategies are told.
    pub poll_interval: Span,
    /// The terms on which entries are filled. Absent in journals of former hosts, which did not know them.
    #[serde(default)]
    pub entry_cost: EntryCost,
    /// The tape with the rows of the run, where the journal does not hold them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tape: Option<TapeRef>,
    /// The strategies, by slot.
    pub strategies: Vec<Started>,
    /// The names of slots whose strategy was not loaded again after a restart.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub vacant: BTreeMap<SlotId, String>,
    /// The slots whose strategies lack history, each with the time from which its signals count: others trade.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub waits: BTreeMap<SlotId, Timestamp>,
}

/// A slot's number and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NamedSlot {
    pub number: SlotId,
    pub name: String,
}

/// A new engine, or one that continues an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[expect(clippy::large_enum_variant, reason = "made once for a session")]
pub enum Beginning {
    /// Nothing has happened yet.
    Fresh {
        /// All of it in cash.
        capital: Usd,
        /// Signals on rows before this are warm-up.
        trade_from: Timestamp,
    },
    /// It continues from before a restart.
    Restored {
        /// The engine's last state.
        snapshot: EngineSnapshot,
        /// Markets that closed before this are over: the engine is given them only if it holds something in them.
        /// Absent in journals of former hosts, which gave it all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        open_since: Option<Timestamp>,
    },
}

/// A strategy as it was started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Started {
    /// Its slot; absent in journals of former hosts, where slots were numbered in order and had the strategies' names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<NamedSlot>,
    pub name: String,
    pub version: String,
    /// SHA-256 of the component, in hexadecimal.
    pub sha256: String,
    /// All parameters, defaults included.
    pub parameters: BTreeMap<String, ParameterValue>,
}

impl Start {
    /// Makes the engine, without strategies. One that continues is given those of the account's `markets`,
    /// by number, that are not over.
    ///
    /// # Errors
    /// The limits contradict each other, or the snapshot does not fit.
    pub fn engine(&self, markets: &[Market]) -> Result<Engine> {
        let mut engine = match &self.from {
            Beginning::Fresh { capital, trade_from } => {
                let risk = RiskManager::new(self.limits.clone()).map_err(SessionError::Limits)?;
                Engine::new(self.execution.clone(), risk, *capital, *trade_from)
            }
            Beginning::Restored { snapshot, open_since } => {
                let is_over = |market: &Market| market.closes.is_some_and(|closes| Some(closes) < *open_since);
                let needed = markets.iter().filter(|market| !is_over(market) || snapshot.needs(market.id));
                let markets: Vec<Market> = needed.cloned().collect();
                let (execution, limits) = (self.execution.clone(), self.limits.clone());
                Engine::restore(execution, limits, snapshot.clone(), &markets).map_err(SessionError::Restore)?
            }
        };
        engine.set_entry_cost(self.entry_cost);
        Ok(engine)
    }

    /// Returns the time from which signals count.
    pub fn trade_from(&self) -> Timestamp {
        match &self.from {
            Beginning::Fresh { trade_from, .. } => *trade_from,
            Beginning::Restored { snapshot, .. } => snapshot.trade_from(),
        }
    }

    /// Returns the slot of the strategy in `place` among the started ones.
    pub fn slot(&self, place: usize) -> NamedSlot {
        let started = self.strategies.get(place);
        started.and_then(|started| started.slot.clone()).unwrap_or_else(|| NamedSlot {
            number: SlotId(place as u16),
            name: started.map(|started| started.name.clone()).unwrap_or_default(),
        })
    }

    /// Puts `strategies`, those that were started, in this order, into the slots of `engine`.
    pub fn seat(&self, engine: &mut Engine, strategies: impl IntoIterator<Item = Box<dyn Strategy>>) {
        let started = strategies.into_iter().enumerate().map(|(place, strategy)| {
            let NamedSlot { number, name } = self.slot(place);
            (number, (name, Some(strategy)))
        });
        let vacant = self.vacant.iter().map(|(number, name)| (*number, (name.clone(), None)));
        let mut seats: BTreeMap<SlotId, (String, Option<Box<dyn Strategy>>)> = vacant.chain(started).collect();
        let last = seats.keys().next_back().copied();
        for number in last.into_iter().flat_map(|last| 0..=last.0) {
            let (name, strategy) = seats.remove(&SlotId(number)).unwrap_or_default();
            match strategy {
                Some(strategy) => engine.add_strategy(&name, strategy),
                None => engine.add_vacant_slot(&name),
            };
        }
        self.waits.iter().for_each(|(slot, time)| engine.wait_until(*slot, *time));
    }

    /// Returns what the strategy in `place` among the started ones is started with.
    pub fn settings(&self, place: usize) -> Settings {
        let started = self.strategies.get(place).map(|started| started.settings(self.poll_interval));
        started.unwrap_or_else(|| Settings { parameters: Vec::new(), poll_interval: self.poll_interval })
    }

    /// Returns the start as the journal keeps it.
    ///
    /// # Errors
    /// A number cannot be expressed in JSON, which no configuration holds.
    pub fn to_json(&self) -> Result<serde_json::Value> {
        let mut json = serde_json::to_value(self).map_err(SessionError::StartNotWritten)?;
        json[VERSION_KEY] = version().into();
        Ok(json)
    }

    /// Reads what [`Start::to_json`] has written.
    ///
    /// # Errors
    /// A host of another version wrote it, or it is damaged.
    pub fn from_json(mut json: serde_json::Value) -> Result<Start> {
        let noted = json.as_object_mut().and_then(|json| json.remove(VERSION_KEY));
        // Hosts before the first version that was written down.
        let noted = noted.as_ref().and_then(serde_json::Value::as_str).unwrap_or("1");
        if !readable(noted) {
            let why = format!("the journal's starts are of version {noted}, this host reads {}", version());
            return Err(SessionError::StartVersion(Reason(why)));
        }
        serde_json::from_value(json).map_err(SessionError::StartNotRead)
    }
}

/// Returns the version of the engine that decided the session of a start in JSON, if this engine cannot check it.
pub fn other_engine(start: &serde_json::Value) -> Option<&str> {
    let version = start.get(ENGINE_KEY).and_then(serde_json::Value::as_str).unwrap_or("unknown");
    Some(version).filter(|version| *version != ENGINE_VERSION)
}

/// Returns true if this host reads starts of `version`.
fn readable(version: &str) -> bool {
    (EngineSnapshot::OLDEST..=EngineSnapshot::VERSION).any(|state| version == format!("{VERSION}.{state}"))
}

/// Returns the version of a start, with that of the engine's state.
fn version() -> String {
    format!("{VERSION}.{}", EngineSnapshot::VERSION)
}

impl Started {
    /// Returns what it is started with, where polls come in `poll_interval`.
    pub fn settings(&self, poll_interval: Span) -> Settings {
        Settings { parameters: self.parameters.clone().into_iter().collect(), poll_interval }
    }

    /// Describes `component`, started with `settings` in `slot`.
    pub fn of(slot: NamedSlot, component: &StrategyComponent, settings: &Settings) -> Started {
        let manifest = &component.manifest;
        // They were resolved once already, when they were read.
        let parameters = resolve_parameters(manifest, &settings.parameters).unwrap_or_default();
        Started {
            slot: Some(slot),
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            sha256: component.digest.clone(),
            parameters: parameters.into_iter().collect(),
        }
    }
}
