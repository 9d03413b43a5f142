//! Decides which rules fire for which requests, by counts and seeded draws.

use std::collections::BTreeMap;

use host_core::{Span, Timestamp};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::Serialize;

use super::endpoint::ApiCall;
use super::fault::{Chance, Fault};
use super::plan::{FaultPlan, Trigger};

/// The active plan with its counts.
#[derive(Debug)]
pub(super) struct FaultInjector {
    plan: FaultPlan,
    began: Timestamp,
    /// Counts up with each plan, so that faults of an old plan are not counted for a new one.
    generation: u64,
    /// One for each rule.
    states: Vec<RuleState>,
    /// By fault name, over all plans.
    totals: BTreeMap<&'static str, u64>,
}

/// Progress of a rule.
#[derive(Debug)]
struct RuleState {
    /// A stream per rule, so that other rules do not change its draws.
    random: ChaCha8Rng,
    /// Number of requests that the rule could have hit.
    seen: u64,
    injected: u64,
}

/// A fault injected into a request.
#[derive(Clone, Debug)]
pub(super) struct Injection {
    generation: u64,
    rule: usize,
    pub(super) fault: Fault,
}

/// The faults that hit a request.
#[derive(Clone, Debug, Default)]
pub(super) struct RequestFaults {
    pub(super) injection: Option<Injection>,
    /// Offset of the venue's clock for the request.
    pub(super) skew: Span,
    /// Faults to apply to the venue before the request.
    pub(super) events: Vec<Injection>,
}

/// Counts of one rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleCount {
    /// The rule's endpoint, as written.
    pub endpoint: String,
    /// Name of the fault.
    pub fault: &'static str,
    /// Requests or messages that the rule could have hit in its time.
    pub seen: u64,
    /// Requests or messages that it did hit.
    pub injected: u64,
}

impl FaultInjector {
    pub(super) fn new(plan: FaultPlan, began: Timestamp) -> FaultInjector {
        let mut injector = FaultInjector {
            plan: FaultPlan::default(),
            began,
            generation: 0,
            states: Vec::new(),
            totals: BTreeMap::new(),
        };
        injector.set(plan, began);
        injector
    }

    /// Starts `plan` at `began`, with all counts reset.
    pub(super) fn set(&mut self, plan: FaultPlan, began: Timestamp) {
        let state = |stream: u64| {
            let mut random = ChaCha8Rng::seed_from_u64(plan.seed);
            random.set_stream(stream);
            RuleState { random, seen: 0, injected: 0 }
        };
        self.states = (0..plan.rules.len() as u64).map(state).collect();
        (self.plan, self.began, self.generation) = (plan, began, self.generation + 1);
    }

    pub(super) const fn plan(&self) -> &FaultPlan {
        &self.plan
    }

    /// Decides which faults hit `call`.
    pub(super) fn request(&mut self, call: &ApiCall, now: Timestamp) -> RequestFaults {
        let mut faults = RequestFaults::default();
        for rule in 0..self.plan.rules.len() {
            let meant = &self.plan.rules[rule];
            let is_meant = meant.endpoint.takes(call) && meant.fault.can_hit(call) && meant.is_time(self.began, now);
            if !is_meant || !self.fires(rule) {
                continue;
            }
            match self.plan.rules[rule].fault {
                Fault::ClockSkew { seconds } => {
                    faults.skew = faults.skew + Span::seconds(seconds);
                    self.count(rule);
                }
                Fault::MarketCloses | Fault::Pause { .. } => faults.events.push(self.count(rule)),
                _ if faults.injection.is_none() => faults.injection = Some(self.count(rule)),
                _ => {}
            }
        }
        faults
    }

    /// Decides which fault hits a WebSocket message.
    pub(super) fn message(&mut self, is_fill: bool, upgrade: &ApiCall, now: Timestamp) -> Option<Injection> {
        let mut injection = None;
        for rule in 0..self.plan.rules.len() {
            let meant = &self.plan.rules[rule];
            let can_hit = meant.endpoint.takes(upgrade) && meant.fault.can_hit_message(is_fill);
            if can_hit && meant.is_time(self.began, now) && self.fires(rule) && injection.is_none() {
                injection = Some(self.count(rule));
            }
        }
        injection
    }

    /// Returns how long responses to `call` must be remembered, if at all.
    pub(super) fn longest_memory(&self, call: &ApiCall) -> Option<Span> {
        let meant = self.plan.rules.iter().filter(|rule| rule.endpoint.takes(call) && rule.fault.can_hit(call));
        let ages = meant.filter_map(|rule| match rule.fault {
            Fault::StaleQuotes { age } => Some(age),
            _ => None,
        });
        ages.max()
    }

    /// Uncounts a fault that turned out to be impossible, such as duplicated fills where there are none.
    pub(super) fn take_back(&mut self, injection: &Injection) {
        if injection.generation == self.generation
            && let Some(state) = self.states.get_mut(injection.rule)
        {
            state.injected -= 1;
        }
        if let Some(total) = self.totals.get_mut(injection.fault.name()) {
            *total -= 1;
        }
    }

    /// Returns the counts of the active plan.
    pub(super) fn counts(&self) -> Vec<RuleCount> {
        let rules = self.plan.rules.iter().zip(&self.states);
        let count = |(rule, state): (&super::plan::Rule, &RuleState)| RuleCount {
            endpoint: rule.endpoint.to_string(),
            fault: rule.fault.name(),
            seen: state.seen,
            injected: state.injected,
        };
        rules.map(count).collect()
    }

    /// Returns the faults by name, over all plans.
    pub(super) const fn totals(&self) -> &BTreeMap<&'static str, u64> {
        &self.totals
    }

    /// Returns true if a rule fires for the next request that it can hit.
    fn fires(&mut self, rule: usize) -> bool {
        let (Some(rule), Some(state)) = (self.plan.rules.get(rule), self.states.get_mut(rule)) else { return false };
        state.seen += 1;
        let fires = match &rule.trigger {
            Trigger::Chance(chance) => draw(&mut state.random, *chance),
            Trigger::Every(n) => state.seen.is_multiple_of(n.get()),
            Trigger::At(numbers) => numbers.contains(&state.seen),
        };
        fires && rule.times.is_none_or(|times| state.injected < times)
    }

    fn count(&mut self, rule: usize) -> Injection {
        let fault = self.plan.rules[rule].fault.clone();
        self.states[rule].injected += 1;
        *self.totals.entry(fault.name()).or_default() += 1;
        Injection { generation: self.generation, rule, fault }
    }

    /// Returns a number below `bound` from the stream of the rule behind `injection`; 0 if there is none.
    pub(super) fn below(&mut self, injection: &Injection, bound: usize) -> usize {
        let state =
            self.states.get_mut(injection.rule).filter(|_| bound > 0 && injection.generation == self.generation);
        // The bias of the remainder is below 2^-40 for any list that fits in memory.
        state.map_or(0, |state| (state.random.next_u64() % bound as u64) as usize)
    }
}

/// Returns true with this probability, drawn with 53 random bits.
fn draw(random: &mut ChaCha8Rng, chance: Chance) -> bool {
    ((random.next_u64() >> 11) as f64) < chance.get() * (1u64 << 53) as f64
}
