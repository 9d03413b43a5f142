//! A plan of faults: rules for which faults happen where, when and how often. In TOML `[[rules]]`, in JSON `rules`.

use std::num::NonZeroU64;

use host_core::{Span, Timestamp};
use serde::{Deserialize, Serialize};

use super::endpoint::Endpoint;
use super::fault::{Chance, Fault};

/// Rules for injecting faults. The same plan and the same sequence of requests give the same faults.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct FaultPlan {
    /// Seed of all random draws.
    pub seed: u64,
    /// In order of precedence: the first rule that fires decides the fate of a request. Clock skews add up; market
    /// closes and pauses happen in addition.
    pub rules: Vec<Rule>,
}

impl FaultPlan {
    pub fn with_seed(self, seed: u64) -> FaultPlan {
        FaultPlan { seed, ..self }
    }
}

/// A fault and the conditions under which it happens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "RawRule")]
pub struct Rule {
    /// Requests that it applies to.
    pub endpoint: Endpoint,
    pub fault: Fault,
    #[serde(flatten)]
    pub trigger: Trigger,
    /// Exchange time since the start of the plan from which it can happen; immediately if missing.
    #[serde(with = "optional_span", skip_serializing_if = "Option::is_none")]
    pub from: Option<Span>,
    /// Exchange time since the start of the plan until which it can happen; forever if missing.
    #[serde(with = "optional_span", skip_serializing_if = "Option::is_none")]
    pub until: Option<Span>,
    /// Maximum number of times.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub times: Option<u64>,
}

impl Rule {
    /// Returns a rule without time limits.
    pub const fn new(endpoint: Endpoint, fault: Fault, trigger: Trigger) -> Rule {
        Rule { endpoint, fault, trigger, from: None, until: None, times: None }
    }

    /// Returns true if `now` lies in the rule's time range, in a plan that began at `began`.
    pub(super) fn is_time(&self, began: Timestamp, now: Timestamp) -> bool {
        let since = now - began;
        self.from.is_none_or(|from| from <= since) && self.until.is_none_or(|until| since < until)
    }
}

/// Selects among the requests that a rule can hit.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// Each request with this probability.
    Chance(Chance),
    /// Every n-th request.
    Every(NonZeroU64),
    /// The requests with these numbers, counted from 1.
    At(Vec<u64>),
}

impl Trigger {
    /// Every request.
    pub const ALWAYS: Trigger = Trigger::Chance(Chance::new(1.0));
}

/// A rule in the file format.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
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

impl TryFrom<RawRule> for Rule {
    type Error = &'static str;

    fn try_from(written: RawRule) -> Result<Rule, &'static str> {
        let RawRule { endpoint, fault, from, until, times, .. } = written;
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

/// Like [`host_core::time::span_text`], for spans that may be missing.
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
