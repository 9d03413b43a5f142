//! Settings of the synthetic markets.

use host_core::{Span, Timestamp};

/// Settings of the generator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

impl GeneratorSettings {
    /// Returns the default markets from `start` on: 45 markets for 240 days every 30 s, with gaps; 31.1 million rows.
    pub const fn new(start: Timestamp, seed: u64) -> GeneratorSettings {
        GeneratorSettings { markets: 45, start, span: Span::days(240), poll: Span::seconds(30), seed, gaps: true }
    }
}
