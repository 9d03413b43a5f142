//! The history that markets have in a run, and that strategies ask of them before they score one.

use host_core::Span;

use crate::feed::Feed;

/// Spans of history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The shortest that one of the strategies asks for.
    pub asked: Span,
    /// The longest of a market.
    pub longest: Span,
}

impl History {
    /// Returns the history of the markets of `feed`, and the shortest that is asked for, `asked` by each strategy.
    pub fn of(asked: impl Iterator<Item = Span>, feed: &Feed) -> History {
        let longest = feed.lives().iter().map(|life| life.last - life.first).max();
        History { asked: asked.min().unwrap_or(Span::ZERO), longest: longest.unwrap_or(Span::ZERO) }
    }
}
