//! Settings of the synthetic markets.

use host_core::{Span, Timestamp};

use crate::overreaction::DEFAULT_OVERREACTION;

/// Settings of the generator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct GeneratorSettings {
    /// Number of markets open at any time. A run with fewer markets has the first of these same markets.
    pub markets: usize,
    /// Earliest time of a poll.
    pub start: Timestamp,
    /// Polls are earlier than `start + span`.
    pub span: Span,
    /// Time between polls, which happen at multiples of it since the epoch. Less than a second counts as one second.
    pub poll: Span,
    /// Different seeds give different markets.
    pub seed: u64,
    /// If true, polls are missing now and then: one outage in 20 days, of minutes to two hours, less than 0.5 % of
    /// all polls. The markets behave the same with and without.
    pub gaps: bool,
    /// Largest overreaction of the crowd, as a multiple of the weight of news, 0 to [`MOST_OVERREACTION`]; values
    /// beyond count as the nearest of these. It fades over half a day, and is the only edge there is: 0 is a world
    /// without.
    pub overreaction: f64,
}

impl GeneratorSettings {
    /// Returns the default markets from `start` on: 45 markets for 240 days every 30 s, with gaps; 31.1 million rows.
    pub const fn new(start: Timestamp, seed: u64) -> GeneratorSettings {
        GeneratorSettings {
            markets: 45,
            start,
            span: Span::days(240),
            poll: Span::seconds(30),
            seed,
            gaps: true,
            overreaction: DEFAULT_OVERREACTION,
        }
    }

    /// Returns a description for people: `synthetic markets, seed N`, and the overreaction unless it is the default.
    /// Worlds that differ by either have different descriptions.
    pub fn description(&self) -> String {
        let GeneratorSettings { seed, overreaction, .. } = self;
        let seed = format!("synthetic markets, seed {seed}");
        if *overreaction == DEFAULT_OVERREACTION { seed } else { format!("{seed}, overreaction {overreaction}") }
    }
}
