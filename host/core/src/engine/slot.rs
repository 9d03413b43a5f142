//! A slot: the strategy in it, the former one that may come back, and whether it is quarantined.

use std::fmt;

use super::occupant::Occupant;
use super::standing::Standing;
use crate::market::{Market, MarketId};
use crate::order::Side;
use crate::quote::QuotesView;
use crate::strategy::{Decisions, Fault, FillView, Manifest, PositionView, SavedState, Strategy, StrategyVersion};
use crate::time::Timestamp;

/// A slot. Orders and positions are its own, whichever strategy is in it.
pub(super) struct Slot {
    name: String,
    /// `None` in a slot whose strategy was not loaded again after a restart.
    occupant: Option<Occupant>,
    /// The strategy that was here before a swap.
    former: Option<Former>,
    pub standing: Standing,
    /// Number of signals received so far.
    pub signals: u64,
    /// Scores of rows that are no warm-up.
    pub scores: ScoreCount,
}

/// The strategy from before a swap. It sees what the new one sees, so that it can come back at any time.
struct Former {
    occupant: Occupant,
    /// The end of the time in which it may come back.
    until: Timestamp,
}

impl Former {
    fn can_come_back(&self, now: Timestamp) -> bool {
        now < self.until && !self.occupant.has_failed()
    }
}

/// The number of scores that a strategy gave, and the one farthest from zero.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ScoreCount {
    /// Rows with a score; NaN is none.
    pub scored: u64,
    /// The largest distance of a score from zero; zero where there is none.
    pub largest: f64,
}

impl ScoreCount {
    /// Adds scores. They come once for every row, so this must cost next to nothing: without branches, and with whole
    /// numbers, since the bits of positive floats are in the order of the floats, and those of NaN beyond them.
    fn add(&mut self, scores: &[f64]) {
        let mut largest = self.largest.to_bits();
        for score in scores {
            let bits = score.abs().to_bits();
            let defined = bits <= f64::INFINITY.to_bits();
            self.scored += u64::from(defined);
            largest = largest.max(if defined { bits } else { 0 });
        }
        self.largest = f64::from_bits(largest);
    }

    /// Returns the count of both.
    pub fn plus(self, other: ScoreCount) -> ScoreCount {
        ScoreCount { scored: self.scored + other.scored, largest: self.largest.max(other.largest) }
    }
}

impl Slot {
    pub fn new(name: &str, strategy: Box<dyn Strategy>, markets: &[Market]) -> Slot {
        Slot { occupant: Some(Occupant::new(strategy, markets.to_vec())), ..Slot::vacant(name) }
    }

    pub fn vacant(name: &str) -> Slot {
        Slot {
            name: name.to_owned(),
            occupant: None,
            former: None,
            standing: Standing::default(),
            signals: 0,
            scores: ScoreCount::default(),
        }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn announce(&mut self, market: &Market) {
        let former = self.former.as_mut().map(|former| &mut former.occupant);
        self.occupant.iter_mut().chain(former).for_each(|occupant| occupant.announce(market));
    }

    pub fn note_fill(&mut self, fill: FillView) {
        let former = self.former.as_mut().map(|former| &mut former.occupant);
        self.occupant.iter_mut().chain(former).for_each(|occupant| occupant.note_fill(fill));
    }

    pub fn is_quarantined(&self) -> bool {
        self.standing.quarantine.is_some()
    }

    /// Returns true if there is a strategy, and it is not quarantined.
    pub fn is_running(&self) -> bool {
        self.occupant.is_some() && !self.is_quarantined()
    }

    /// Returns true if the strategy must see each poll separately, because its decisions depend on positions or fills.
    pub fn feedback(&self) -> bool {
        self.occupant.as_ref().is_some_and(Occupant::feedback)
    }

    /// Returns true if the strategy has taken up its former state.
    pub fn has_resumed(&self) -> bool {
        self.occupant.as_ref().is_some_and(Occupant::has_resumed)
    }

    pub fn manifest(&self) -> Option<&Manifest> {
        self.occupant.as_ref().map(|occupant| occupant.strategy().manifest())
    }

    pub fn strategy(&self) -> Option<&dyn Strategy> {
        self.occupant.as_ref().map(Occupant::strategy)
    }

    pub fn decisions(&self) -> Option<&Decisions> {
        self.occupant.as_ref().map(Occupant::decisions)
    }

    /// Returns the strategy, unless it is quarantined.
    pub fn running(&mut self) -> Option<&mut Occupant> {
        let is_quarantined = self.is_quarantined();
        self.occupant.as_mut().filter(|_| !is_quarantined)
    }

    /// Shows `rows` to the strategy and keeps its decisions. A fault is kept until the next poll acts on it. Scores
    /// count on rows from `trade_from` on.
    pub fn show(&mut self, rows: QuotesView<'_>, positions: &[PositionView], trade_from: Timestamp) {
        let is_quarantined = self.is_quarantined();
        let Some(occupant) = self.occupant.as_mut().filter(|one| !is_quarantined && !one.has_failed()) else { return };
        occupant.show(rows, positions);
        self.count_scores(rows, trade_from);
    }

    /// Counts the scores on the `rows` that the strategy was shown last, if it answered.
    fn count_scores(&mut self, rows: QuotesView<'_>, trade_from: Timestamp) {
        let answered = self.occupant.as_ref().filter(|occupant| occupant.has_answered(rows.len()));
        let warm_up = rows.time.partition_point(|&time| time < trade_from.0);
        let scores = answered.and_then(|occupant| occupant.decisions().scores.get(warm_up..));
        self.scores.add(scores.unwrap_or_default());
    }

    /// Shows `rows` of coming polls to a strategy without feedback, as [`Slot::show`] does.
    pub fn show_ahead(&mut self, rows: QuotesView<'_>, trade_from: Timestamp) {
        if let Some(occupant) = self.running().filter(|occupant| !occupant.feedback()) {
            occupant.show_ahead(rows);
            self.count_scores(rows, trade_from);
        }
    }

    /// Shows past `rows` to the strategy.
    pub fn warm_up(&mut self, rows: QuotesView<'_>, positions: &[PositionView]) {
        if let Some(occupant) = self.running() {
            occupant.warm_up(rows, positions);
        }
    }

    /// Returns the strategy's state as of the last rows that it was shown; `None` if it has none, or does not run.
    pub fn save(&mut self) -> Option<Result<SavedState, Fault>> {
        self.running()?.save()
    }

    /// Lets the strategy take up `saved`. It is then told of `markets` and `fills` alone, not of all markets again.
    ///
    /// # Errors
    /// It does not. Nothing else has changed, unless that ended it.
    pub fn resume(&mut self, saved: &SavedState, markets: Vec<Market>, fills: Vec<FillView>) -> Result<(), Fault> {
        self.occupant.as_mut().map_or(Ok(()), |occupant| occupant.resume(saved, markets, fills))
    }

    /// Returns true if the strategy knows of a position on `side` in `market`.
    pub fn knows(&self, market: MarketId, side: Side) -> bool {
        self.occupant.as_ref().is_some_and(|occupant| occupant.knows(market, side))
    }

    /// Puts `newcomer` in the place of the strategy, which may come back until `until`. Returns the versions of both.
    pub fn swap(&mut self, newcomer: Occupant, until: Timestamp) -> (Option<StrategyVersion>, StrategyVersion) {
        let to = newcomer.version();
        let left = self.occupant.replace(newcomer);
        let from = left.as_ref().map(Occupant::version);
        let fit = left.filter(|left| !self.is_quarantined() && !left.has_failed());
        self.former = fit.map(|mut occupant| {
            occupant.forget_answer();
            Former { occupant, until }
        });
        // Whoever comes has its own history, or does without.
        self.standing = Standing::default();
        (from, to)
    }

    /// Puts the former strategy back in its place, and drops the one there. Returns the versions of both, or `None` if
    /// there is no former one that can come back at `now`.
    pub fn swap_back(&mut self, now: Timestamp) -> Option<(Option<StrategyVersion>, StrategyVersion)> {
        let back = self.former.take().filter(|former| former.can_come_back(now))?.occupant;
        let to = back.version();
        let from = self.occupant.replace(back).as_ref().map(Occupant::version);
        self.standing.quarantine = None;
        Some((from, to))
    }

    /// Ends the quarantine: the strategy is made again as it was before its fault, or without a past.
    ///
    /// # Errors
    /// It fails at that, and the quarantine stays.
    pub fn release(&mut self, markets: &[Market]) -> Result<(), Fault> {
        if let Some(occupant) = &mut self.occupant
            && !matches!(occupant.make_again(), Some(Ok(())))
            && let Some(cold) = occupant.cold(markets)
        {
            *occupant = cold?;
        }
        self.standing.clear_faults();
        Ok(())
    }

    /// Shows `rows` to the former strategy, or forgets it if its time is over.
    pub fn show_former(&mut self, rows: QuotesView<'_>, positions: &[PositionView], now: Timestamp) {
        self.former.take_if(|former| !former.can_come_back(now));
        if let Some(former) = &mut self.former {
            former.occupant.show(rows, positions);
            former.occupant.forget_answer();
        }
    }

    pub fn has_former(&self) -> bool {
        self.former.is_some()
    }

    /// Returns the former strategy that can come back at `now`, and until when.
    pub fn former(&self, now: Timestamp) -> Option<(StrategyVersion, Timestamp)> {
        let former = self.former.as_ref().filter(|former| former.can_come_back(now))?;
        Some((former.occupant.version(), former.until))
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot")
            .field("name", &self.name)
            .field("quarantined", &self.is_quarantined())
            .field("signals", &self.signals)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_counted_without_those_that_are_undefined() {
        let mut count = ScoreCount::default();
        count.add(&[f64::NAN, 0.0, -1.75, 1.5, -f64::NAN]);
        assert_eq!(count, ScoreCount { scored: 3, largest: 1.75 });
        count.add(&[]);
        count.add(&[f64::NEG_INFINITY]);
        assert_eq!(count, ScoreCount { scored: 4, largest: f64::INFINITY });
    }
}
