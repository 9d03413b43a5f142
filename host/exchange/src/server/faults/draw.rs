//! Which rule fires for which request: counts and seeded draws, and nothing else.

use std::collections::BTreeMap;

use host_core::{Span, Timestamp};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde::Serialize;

use super::endpoint::Call;
use super::fault::Fault;
use super::plan::{Chance, FaultPlan, Trigger};

/// A plan at work.
#[derive(Debug)]
pub(super) struct Draws {
    plan: FaultPlan,
    began: Timestamp,
    /// Counts up with each plan, so that what an old one brought on is not counted for a new one.
    generation: u64,
    /// As many as there are rules.
    states: Vec<RuleState>,
    /// By the name of the fault, over all plans.
    totals: BTreeMap<&'static str, u64>,
}

/// How far a rule is.
#[derive(Debug)]
struct RuleState {
    /// A stream of its own, so that other rules do not change what it draws.
    dice: ChaCha8Rng,
    /// Requests that it could hit.
    seen: u64,
    injected: u64,
}

/// A fault that is to happen to a request.
#[derive(Clone, Debug)]
pub(super) struct Shot {
    generation: u64,
    rule: usize,
    pub(super) fault: Fault,
}

/// What is to happen to a request.
#[derive(Clone, Debug, Default)]
pub(super) struct Verdict {
    pub(super) shot: Option<Shot>,
    /// By how much the venue's clock is ahead for it.
    pub(super) skew: Span,
    /// What is to happen at the venue first.
    pub(super) events: Vec<Shot>,
}

/// What a plan has done so far, rule by rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleCount {
    /// The rule's endpoint, as it was written.
    pub endpoint: String,
    /// The fault's name.
    pub fault: &'static str,
    /// Requests, or messages, that the rule could have hit in its time.
    pub seen: u64,
    /// Those that it did hit.
    pub injected: u64,
}

impl Draws {
    pub(super) fn new(plan: FaultPlan, began: Timestamp) -> Draws {
        let mut draws =
            Draws { plan: FaultPlan::default(), began, generation: 0, states: Vec::new(), totals: BTreeMap::new() };
        draws.set(plan, began);
        draws
    }

    /// Begins `plan` anew at `began`.
    pub(super) fn set(&mut self, plan: FaultPlan, began: Timestamp) {
        let state = |stream: u64| {
            let mut dice = ChaCha8Rng::seed_from_u64(plan.seed);
            dice.set_stream(stream);
            RuleState { dice, seen: 0, injected: 0 }
        };
        self.states = (0..plan.rules.len() as u64).map(state).collect();
        (self.plan, self.began, self.generation) = (plan, began, self.generation + 1);
    }

    pub(super) const fn plan(&self) -> &FaultPlan {
        &self.plan
    }

    /// What is to happen to `call`.
    pub(super) fn request(&mut self, call: &Call, now: Timestamp) -> Verdict {
        let mut verdict = Verdict::default();
        for rule in 0..self.plan.rules.len() {
            let meant = &self.plan.rules[rule];
            let is_meant = meant.endpoint.takes(call) && meant.fault.can_hit(call) && meant.is_time(self.began, now);
            if !is_meant || !self.fires(rule) {
                continue;
            }
            match self.plan.rules[rule].fault {
                Fault::ClockSkew { seconds } => {
                    verdict.skew = verdict.skew + Span::seconds(seconds);
                    self.count(rule);
                }
                Fault::MarketCloses | Fault::Pause { .. } => verdict.events.push(self.count(rule)),
                _ if verdict.shot.is_none() => verdict.shot = Some(self.count(rule)),
                _ => {}
            }
        }
        verdict
    }

    /// What is to happen to a WebSocket message.
    pub(super) fn message(&mut self, is_fill: bool, upgrade: &Call, now: Timestamp) -> Option<Shot> {
        let mut shot = None;
        for rule in 0..self.plan.rules.len() {
            let meant = &self.plan.rules[rule];
            let can_hit = meant.endpoint.takes(upgrade) && meant.fault.can_hit_message(is_fill);
            if can_hit && meant.is_time(self.began, now) && self.fires(rule) && shot.is_none() {
                shot = Some(self.count(rule));
            }
        }
        shot
    }

    /// For how long answers to `call` are to be remembered, if at all.
    pub(super) fn longest_memory(&self, call: &Call) -> Option<Span> {
        let meant = self.plan.rules.iter().filter(|rule| rule.endpoint.takes(call) && rule.fault.can_hit(call));
        let ages = meant.filter_map(|rule| match rule.fault {
            Fault::StaleQuotes { age } => Some(age),
            _ => None,
        });
        ages.max()
    }

    /// Takes back the count of a fault that could not happen, such as fills twice where there are none.
    pub(super) fn take_back(&mut self, shot: &Shot) {
        if shot.generation == self.generation
            && let Some(state) = self.states.get_mut(shot.rule)
        {
            state.injected -= 1;
        }
        if let Some(total) = self.totals.get_mut(shot.fault.name()) {
            *total -= 1;
        }
    }

    /// Of the present plan.
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

    /// Faults by name, over all plans.
    pub(super) const fn totals(&self) -> &BTreeMap<&'static str, u64> {
        &self.totals
    }

    /// Whether a rule fires for the next request that it can hit.
    fn fires(&mut self, rule: usize) -> bool {
        let (Some(rule), Some(state)) = (self.plan.rules.get(rule), self.states.get_mut(rule)) else { return false };
        state.seen += 1;
        let fires = match &rule.trigger {
            Trigger::Chance(chance) => draw(&mut state.dice, *chance),
            Trigger::Every(n) => state.seen.is_multiple_of(n.get()),
            Trigger::At(numbers) => numbers.contains(&state.seen),
        };
        fires && rule.times.is_none_or(|times| state.injected < times)
    }

    fn count(&mut self, rule: usize) -> Shot {
        let fault = self.plan.rules[rule].fault.clone();
        self.states[rule].injected += 1;
        *self.totals.entry(fault.name()).or_default() += 1;
        Shot { generation: self.generation, rule, fault }
    }

    /// A number below `bound` from the stream of the rule behind `shot`; 0 if there is none.
    pub(super) fn below(&mut self, shot: &Shot, bound: usize) -> usize {
        let state = self.states.get_mut(shot.rule).filter(|_| bound > 0 && shot.generation == self.generation);
        // The bias of the remainder is below 2^-40 for any list that fits in memory.
        state.map_or(0, |state| (state.dice.next_u64() % bound as u64) as usize)
    }
}

/// True with this chance: 53 random bits against it.
fn draw(dice: &mut ChaCha8Rng, chance: Chance) -> bool {
    ((dice.next_u64() >> 11) as f64) < chance.get() * (1u64 << 53) as f64
}
