//! The news of a market, act by act: a step that somebody learns first, news for everybody, or a rumour.

use super::random::RandomStream;
use super::value::MarketValue;

/// Share of the acts in which one person learns a little, and the largest weight of that, in log odds.
const STEP: f64 = 0.1;
const STEP_WEIGHT: f64 = 0.06;
/// Share of what the quotes do not know that they learn right after a step.
pub(super) const STEP_PUBLISHED: f64 = 0.45;
/// News, of which the quotes learn this share at once, at least, ...
const NEWS: NewsFlow = NewsFlow { share: 1.0 / 48.0, median: 0.004, largest: 0.27 };
const PUBLISHED: f64 = 0.75;
/// ... and rumours, which move nothing but the mood. Their weight is that in a crowd that overreacts by 1.
const RUMOUR: NewsFlow = NewsFlow { share: 1.0 / 96.0, median: 0.021, largest: 0.55 };
/// News weigh more as the event approaches: (within hours, factor).
const NEARING: [(f64, f64); 3] = [(24.0, 3.5), (72.0, 2.0), (168.0, 1.3)];

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

/// The news that an act brought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Heard {
    Nothing,
    /// One person knows more than the quotes, which says yes (1) or no (-1).
    Step(f64),
    /// Everybody heard something that moved the crowd this far, in log odds.
    News(f64),
}

impl Heard {
    /// Returns true if it is a step.
    pub(super) fn is_step(self) -> bool {
        matches!(self, Heard::Step(_))
    }

    /// Returns how far it moved the crowd at once, in log odds.
    pub(super) fn shock(self) -> f64 {
        if let Heard::News(weight) = self { weight } else { 0.0 }
    }
}

/// Draws what comes to be known of `value` in one act, `ahead` hours before the event, in a crowd that overreacts by up
/// to `overreaction` times the weight of news.
pub(super) fn hear(random: &mut RandomStream, value: &mut MarketValue, ahead: f64, overreaction: f64) -> Heard {
    let chance = random.unit();
    if chance >= STEP + NEWS.share + RUMOUR.share {
        return Heard::Nothing;
    }
    let urgency = NEARING.iter().find(|(hours, _)| ahead < *hours).map_or(1.0, |(_, times)| *times);
    if chance < STEP {
        let weight = urgency * random.between(0.0, STEP_WEIGHT);
        return Heard::Step(value.hear(random, weight));
    }
    if chance < STEP + NEWS.share {
        let weight = NEWS.weight(random, urgency);
        let says = value.hear(random, weight);
        value.publish(random.between(PUBLISHED, 1.0));
        let excess = weight * random.unit() * overreaction;
        value.sway(excess * says);
        return Heard::News(weight + excess);
    }
    let weight = RUMOUR.weight(random, 1.0) * overreaction;
    value.sway(weight * random.sign());
    Heard::News(weight)
}
