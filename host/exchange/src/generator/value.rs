//! What a market is worth, and what the crowd takes it to be worth.
//!
//! The fair value is the posterior of a Bayesian who hears news about an outcome that is already drawn: a martingale
//! within 0..1 that drifts to 0 or 1 as the event nears. The crowd adds a mood, which overreacts to news and to rumours
//! and fades over hours, and the pressure of orders, which fades within the hour. All live in log odds, so prices move
//! most in the middle and least near 0 and 1. The outcome must reach prices through news alone.

use super::dice::{Dice, exp, logistic, power};

/// Hours in which a mood fades to 1/e: the overreaction that the case study's strategy trades on.
const MOOD_HOURS: f64 = 10.0;
/// Hours in which the pressure of orders fades to 1/e.
const PRESSURE_HOURS: f64 = 0.5;
/// Largest change of the pressure in one act, in log odds.
const PRESSURE_STEP: f64 = 0.010;
/// Weight in log odds of what every act tells of the outcome ...
const TRICKLE: f64 = 0.0065;
/// ... and of the news that a share of the acts brings.
const NEWS: Tidings = Tidings { share: 1.0 / 64.0, median: 0.002, largest: 0.8 };
/// Largest change of the mood in one act ...
const MOOD_STEP: f64 = 0.008;
/// ... and the rumours that a share of the acts brings.
const RUMOUR: Tidings = Tidings { share: 1.0 / 64.0, median: 0.0015, largest: 0.3 };
/// The crowd adds to news this share of its weight at the least, and at the most.
const OVERREACTION: (f64, f64) = (0.1, 0.7);
/// News weigh more as the event nears: within so many hours, so many times.
const NEARING: [(f64, f64); 3] = [(24.0, 3.5), (72.0, 2.0), (168.0, 1.3)];
/// Log odds beyond which no news goes before the event.
const CERTAIN: f64 = 4.2;

/// How often something is heard, and its weight in log odds.
struct Tidings {
    share: f64,
    median: f64,
    largest: f64,
}

impl Tidings {
    /// A weight with a fat tail, `times` the usual one.
    fn weight(&self, dice: &mut Dice, times: f64) -> f64 {
        (times * self.median * dice.odds(f64::INFINITY)).min(self.largest)
    }
}

/// The state of one market, in log odds.
#[derive(Clone, Debug)]
pub(super) struct Value {
    fair: f64,
    mood: f64,
    pressure: f64,
    /// 1 if the event will have happened, else -1.
    truth: f64,
    fading: Fading,
}

/// What is left of a mood and of a pressure after one step.
#[derive(Clone, Copy, Debug)]
struct Fading {
    mood: f64,
    pressure: f64,
}

impl Value {
    /// A market that opens at log odds `opening` and resolves to `truth` (1 yes, -1 no), in steps of `step_hours`.
    pub(super) fn new(opening: f64, truth: f64, step_hours: f64) -> Value {
        let fading = Fading { mood: exp(-step_hours / MOOD_HOURS), pressure: exp(-step_hours / PRESSURE_HOURS) };
        Value { fair: opening, mood: 0.0, pressure: 0.0, truth, fading }
    }

    /// What the crowd would pay for one contract, in cents.
    pub(super) fn cents(&self) -> f64 {
        100.0 * logistic(self.fair + self.mood + self.pressure)
    }

    /// Lets `steps` pass and one act happen, `ahead` hours before the event. Returns how
    /// much news or a rumour moved the crowd.
    pub(super) fn act(&mut self, dice: &mut Dice, steps: u32, ahead: f64) -> f64 {
        self.mood *= power(self.fading.mood, steps);
        self.pressure *= power(self.fading.pressure, steps);
        self.pressure += dice.between(-PRESSURE_STEP, PRESSURE_STEP);
        self.mood += dice.between(-MOOD_STEP, MOOD_STEP);
        let urgency = NEARING.iter().find(|(hours, _)| ahead < *hours).map_or(1.0, |(_, times)| *times);
        let chance = dice.unit();
        if chance < NEWS.share {
            let weight = NEWS.weight(dice, urgency);
            self.hear(dice, weight)
        } else if chance < NEWS.share + RUMOUR.share {
            let weight = RUMOUR.weight(dice, 1.0);
            self.mood += weight * dice.sign();
            weight
        } else {
            self.hear(dice, urgency * TRICKLE);
            0.0
        }
    }

    /// News of weight `w` says yes with odds `e^w` if yes is true, and with odds `e^-w` if not. Bayes' rule then moves
    /// the log odds by exactly `w`: whoever knows only the news can expect nothing of the next.
    fn hear(&mut self, dice: &mut Dice, weight: f64) -> f64 {
        let says = if dice.chance(logistic(weight)) { self.truth } else { -self.truth };
        self.fair = (self.fair + weight * says).clamp(-CERTAIN, CERTAIN);
        let excess = weight * dice.between(OVERREACTION.0, OVERREACTION.1);
        self.mood += excess * says;
        weight + excess
    }

    /// The event happens: the crowd knows the outcome.
    pub(super) fn reveal(&mut self, dice: &mut Dice) {
        (self.fair, self.mood, self.pressure) = (self.truth * dice.between(4.0, 6.0), 0.0, 0.0);
    }
}
