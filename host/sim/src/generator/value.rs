//! The fair value of a market, what its quotes know of it, and the mood of its crowd.
//!
//! The fair value is the posterior of a Bayesian who hears news about an outcome that is already drawn: a martingale
//! within 0..1 that drifts to 0 or 1 as the event approaches. The quotes know less: they follow the fair value within
//! the hour, so whoever knows more trades first, and prices drift on after they have moved. The mood is what the crowd
//! adds to the fair value, and fades over hours. All are in log odds, so prices move most in the middle and least near
//! 0 and 1. The outcome must reach prices through news alone.

use super::random::{RandomStream, exp, logistic, power};

/// Hours in which the mood fades to 1/e.
const MOOD_HOURS: f64 = 12.0;
/// Hours in which the quotes' distance from the fair value fades to 1/e.
const LEARNING_HOURS: f64 = 0.4;
/// Log odds beyond which no news leads before the event.
const CERTAIN: f64 = 4.2;

/// State of one market, in log odds.
#[derive(Clone, Debug)]
pub(super) struct MarketValue {
    fair: f64,
    /// The part of `fair` that the quotes know.
    known: f64,
    mood: f64,
    /// 1 if the event will have happened, else -1.
    truth: f64,
    fading: Fading,
}

/// Shares of the mood, and of what the quotes do not know, that are left after one step.
#[derive(Clone, Copy, Debug)]
struct Fading {
    mood: f64,
    unknown: f64,
}

impl MarketValue {
    /// Returns a market that opens at log odds `opening` and resolves to `truth` (1 yes, -1 no), in steps of
    /// `step_hours`.
    pub(super) fn new(opening: f64, truth: f64, step_hours: f64) -> MarketValue {
        let fading = Fading { mood: exp(-step_hours / MOOD_HOURS), unknown: exp(-step_hours / LEARNING_HOURS) };
        MarketValue { fair: opening, known: opening, mood: 0.0, truth, fading }
    }

    /// Returns the value around which the makers quote, in cents.
    pub(super) fn quoted_cents(&self) -> f64 {
        100.0 * logistic(self.known + self.mood)
    }

    /// Returns what somebody who has heard everything, and shares the mood, would pay for one contract, in cents.
    pub(super) fn informed_cents(&self) -> f64 {
        100.0 * logistic(self.fair + self.mood)
    }

    /// Returns 1 if the fair value lies above what the quotes know of it, else -1.
    pub(super) fn leaning(&self) -> f64 {
        if self.fair > self.known { 1.0 } else { -1.0 }
    }

    /// Lets `steps` pass: the mood fades, and the quotes learn.
    pub(super) fn pass(&mut self, steps: u32) {
        self.mood *= power(self.fading.mood, steps);
        self.known = self.fair + (self.known - self.fair) * power(self.fading.unknown, steps);
    }

    /// Applies news of weight `w`, which says yes with odds `e^w` if yes is true, and with odds `e^-w` if not. Bayes'
    /// rule then moves the log odds by exactly `w`, so somebody who knows only the news can expect nothing of the
    /// next move. Returns what the news says: 1 yes, -1 no.
    pub(super) fn hear(&mut self, random: &mut RandomStream, weight: f64) -> f64 {
        let says = if random.chance(logistic(weight)) { self.truth } else { -self.truth };
        self.fair = (self.fair + weight * says).clamp(-CERTAIN, CERTAIN);
        says
    }

    /// Moves the mood by `weight`.
    pub(super) fn sway(&mut self, weight: f64) {
        self.mood += weight;
    }

    /// Lets the quotes learn `share` of what they do not know yet.
    pub(super) fn publish(&mut self, share: f64) {
        self.known += share * (self.fair - self.known);
    }

    /// Lets the makers conclude from what others did that the value lies `weight` higher.
    pub(super) fn conclude(&mut self, weight: f64) {
        self.known += weight;
    }

    /// Reveals the outcome to everybody: the event has happened.
    pub(super) fn reveal(&mut self, random: &mut RandomStream) {
        self.fair = self.truth * random.between(4.0, 6.0);
        (self.known, self.mood) = (self.fair, 0.0);
    }
}
