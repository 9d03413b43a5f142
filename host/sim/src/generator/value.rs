//! The fair value of a market, and what the crowd believes it to be worth.
//!
//! The fair value is the posterior of a Bayesian who hears news about an outcome that is already drawn: a martingale
//! within 0..1 that drifts to 0 or 1 as the event approaches. The crowd adds sentiment, which overreacts to news and
//! rumours and fades over hours, and order pressure, which fades within the hour. All are in log odds, so prices move
//! most in the middle and least near 0 and 1. The outcome must reach prices through news alone.

use super::random::{RandomStream, exp, logistic, power};

/// Hours in which sentiment fades to 1/e: the overreaction that the case study's strategy trades on.
const SENTIMENT_HOURS: f64 = 10.0;
/// Hours in which order pressure fades to 1/e.
const PRESSURE_HOURS: f64 = 0.5;
/// Largest change of the pressure in one action, in log odds.
const PRESSURE_STEP: f64 = 0.010;
/// Weight in log odds of what every action reveals of the outcome ...
const TRICKLE: f64 = 0.0065;
/// ... and of the news that a share of the actions brings.
const NEWS: NewsFlow = NewsFlow { share: 1.0 / 64.0, median: 0.002, largest: 0.8 };
/// Largest change of sentiment in one action ...
const SENTIMENT_STEP: f64 = 0.008;
/// ... and the rumours that a share of the actions brings.
const RUMOUR: NewsFlow = NewsFlow { share: 1.0 / 64.0, median: 0.0015, largest: 0.3 };
/// Smallest and largest share of its weight by which the crowd overreacts to news.
const OVERREACTION: (f64, f64) = (0.1, 0.7);
/// News weigh more as the event approaches: (within hours, factor).
const NEARING: [(f64, f64); 3] = [(24.0, 3.5), (72.0, 2.0), (168.0, 1.3)];
/// Log odds beyond which no news leads before the event.
const CERTAIN: f64 = 4.2;

/// Frequency of news or rumours, and their weight in log odds.
struct NewsFlow {
    share: f64,
    median: f64,
    largest: f64,
}

impl NewsFlow {
    /// Returns a fat-tailed weight, scaled by `times`.
    fn weight(&self, random: &mut RandomStream, times: f64) -> f64 {
        (times * self.median * random.odds(f64::INFINITY)).min(self.largest)
    }
}

/// State of one market, in log odds.
#[derive(Clone, Debug)]
pub(super) struct CrowdValue {
    fair: f64,
    sentiment: f64,
    pressure: f64,
    /// 1 if the event will have happened, else -1.
    truth: f64,
    fading: Fading,
}

/// Shares of sentiment and pressure left after one step.
#[derive(Clone, Copy, Debug)]
struct Fading {
    sentiment: f64,
    pressure: f64,
}

impl CrowdValue {
    /// Returns a market that opens at log odds `opening` and resolves to `truth` (1 yes, -1 no), in steps of
    /// `step_hours`.
    pub(super) fn new(opening: f64, truth: f64, step_hours: f64) -> CrowdValue {
        let fading =
            Fading { sentiment: exp(-step_hours / SENTIMENT_HOURS), pressure: exp(-step_hours / PRESSURE_HOURS) };
        CrowdValue { fair: opening, sentiment: 0.0, pressure: 0.0, truth, fading }
    }

    /// Returns what the crowd would pay for one contract, in cents.
    pub(super) fn cents(&self) -> f64 {
        100.0 * logistic(self.fair + self.sentiment + self.pressure)
    }

    /// Lets `steps` pass and performs one action, `ahead` hours before the event. Returns how far news or a rumour
    /// moved the crowd.
    pub(super) fn act(&mut self, random: &mut RandomStream, steps: u32, ahead: f64) -> f64 {
        self.sentiment *= power(self.fading.sentiment, steps);
        self.pressure *= power(self.fading.pressure, steps);
        self.pressure += random.between(-PRESSURE_STEP, PRESSURE_STEP);
        self.sentiment += random.between(-SENTIMENT_STEP, SENTIMENT_STEP);
        let urgency = NEARING.iter().find(|(hours, _)| ahead < *hours).map_or(1.0, |(_, times)| *times);
        let chance = random.unit();
        if chance < NEWS.share {
            let weight = NEWS.weight(random, urgency);
            self.hear(random, weight)
        } else if chance < NEWS.share + RUMOUR.share {
            let weight = RUMOUR.weight(random, 1.0);
            self.sentiment += weight * random.sign();
            weight
        } else {
            self.hear(random, urgency * TRICKLE);
            0.0
        }
    }

    /// Applies news of weight `w`, which says yes with odds `e^w` if yes is true, and with odds `e^-w` if not. Bayes'
    /// rule then moves the log odds by exactly `w`, so somebody who knows only the news can expect nothing of the
    /// next move.
    fn hear(&mut self, random: &mut RandomStream, weight: f64) -> f64 {
        let says = if random.chance(logistic(weight)) { self.truth } else { -self.truth };
        self.fair = (self.fair + weight * says).clamp(-CERTAIN, CERTAIN);
        let excess = weight * random.between(OVERREACTION.0, OVERREACTION.1);
        self.sentiment += excess * says;
        weight + excess
    }

    /// Reveals the outcome to the crowd: the event has happened.
    pub(super) fn reveal(&mut self, random: &mut RandomStream) {
        (self.fair, self.sentiment, self.pressure) = (self.truth * random.between(4.0, 6.0), 0.0, 0.0);
    }
}
