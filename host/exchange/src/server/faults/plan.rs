//! A plan of faults: rules that say what goes wrong where, when and how often. As TOML, `[[rules]]`; as JSON, `rules`.

use std::num::NonZeroU64;

use host_core::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::endpoint::Endpoint;
use super::fault::Fault;

/// What goes wrong. The same plan and the same sequence of requests give the same faults.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultPlan {
    /// What chances are drawn from.
    pub seed: u64,
    /// In order: the first that fires decides what happens to a request. Clock skews add up; closing markets and
    /// pauses come on top.
    pub rules: Vec<Rule>,
}

impl FaultPlan {
    /// The same with another seed.
    pub fn with_seed(self, seed: u64) -> FaultPlan {
        FaultPlan { seed, ..self }
    }
}

/// One thing that goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Written")]
pub struct Rule {
    /// With which requests.
    pub endpoint: Endpoint,
    /// What.
    pub fault: Fault,
    /// When.
    #[serde(flatten)]
    pub trigger: Trigger,
    /// Exchange time since the plan began, from which it can happen; missing: at once.
    #[serde(with = "optional_span", skip_serializing_if = "Option::is_none")]
    pub from: Option<Span>,
    /// Exchange time since the plan began, from which it cannot happen any more; missing: never.
    #[serde(with = "optional_span", skip_serializing_if = "Option::is_none")]
    pub until: Option<Span>,
    /// It happens so many times at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
}

impl Rule {
    /// A rule that fires for each request that it can hit.
    pub const fn new(endpoint: Endpoint, fault: Fault, trigger: Trigger) -> Rule {
        Rule { endpoint, fault, trigger, from: None, until: None, times: None }
    }

    /// Whether `now` lies in the rule's time, in a plan that began at `began`.
    pub(super) fn is_time(&self, began: Timestamp, now: Timestamp) -> bool {
        let since = now - began;
        self.from.is_none_or(|from| from <= since) && self.until.is_none_or(|until| since < until)
    }
}

/// For which of the requests that a rule can hit it fires.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// For each with this chance.
    Chance(Chance),
    /// For every n-th.
    Every(NonZeroU64),
    /// For these, counted from 1.
    At(Vec<u64>),
}

impl Trigger {
    /// For each request.
    pub const ALWAYS: Trigger = Trigger::Chance(Chance(1.0));
}

/// A rule as people write it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    endpoint: Endpoint,
    fault: Fault,
    chance: Option<Chance>,
    every: Option<NonZeroU64>,
    at: Option<Vec<u64>>,
    #[serde(default, with = "optional_span")]
    from: Option<Span>,
    #[serde(default, with = "optional_span")]
    until: Option<Span>,
    times: Option<u64>,
}

impl TryFrom<Written> for Rule {
    type Error = &'static str;

    fn try_from(written: Written) -> Result<Rule, &'static str> {
        let Written { endpoint, fault, from, until, times, .. } = written;
        let trigger = match (written.chance, written.every, written.at) {
            (None, None, None) => Trigger::ALWAYS,
            (Some(chance), None, None) => Trigger::Chance(chance),
            (None, Some(every), None) => Trigger::Every(every),
            (None, None, Some(at)) => Trigger::At(at),
            _ => return Err("`chance`, `every` and `at` exclude each other: keep one of them"),
        };
        if until.is_some_and(|until| until <= from.unwrap_or(Span::ZERO)) {
            return Err("`until` must be later than `from`: both count from the beginning of the plan");
        }
        Ok(Rule { endpoint, fault, trigger, from, until, times })
    }
}

/// A probability, `0.0..=1.0`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Chance(f64);

impl Chance {
    /// One in a hundred.
    pub const PERCENT: Chance = Chance(0.01);

    /// The probability, cut to `0.0..=1.0`; what is no number counts as 0.
    pub const fn new(chance: f64) -> Chance {
        Chance(if chance >= 1.0 {
            1.0
        } else if chance > 0.0 {
            chance
        } else {
            0.0
        })
    }

    /// The number.
    pub const fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Chance {
    type Error = String;

    fn try_from(chance: f64) -> Result<Chance, String> {
        let is_chance = (0.0..=1.0).contains(&chance);
        if is_chance { Ok(Chance(chance)) } else { Err(format!("{chance} is no chance: write one from 0 to 1")) }
    }
}

impl From<Chance> for f64 {
    fn from(chance: Chance) -> f64 {
        chance.0
    }
}

/// As [`host_core::time::span_text`], where the span may be missing.
mod optional_span {
    use host_core::Span;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(span: &Option<Span>, serializer: S) -> Result<S::Ok, S::Error> {
        match span {
            Some(span) => serializer.collect_str(span),
            None => serializer.serialize_none(),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Span>, D::Error> {
        let text = Option::<String>::deserialize(deserializer)?;
        text.map(|text| text.parse().map_err(D::Error::custom)).transpose()
    }
}
