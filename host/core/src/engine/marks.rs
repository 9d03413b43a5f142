//! Marks: the value at which the open positions of a market count. Equity, day loss, drawdown, reports and status all
//! read this one value.
//!
//! A mark lies within what the book admits now. With both sides it is the mid. With a side missing, the last mark is
//! clamped at once by the side that is there; once a side has been missing for longer than a quote may be old, the
//! position counts at its worst: a long at the bid or 0, a short at the ask or 1. So one thin poll trips no limit, and
//! a market that died does. After a market's close its book says nothing more: the last mark stays until it pays out.

use super::Engine;
use super::one_sided::MarkBasis;
use crate::market::MarketId;
use crate::money::{Price, Qty};

/// Twice the largest price.
const MOST_DOUBLED: i32 = 2 * Price::ONE.0;

impl Engine {
    /// Marks the positions in a market by the row that has just come.
    pub(super) fn mark_by_row(&mut self, market: MarketId) {
        let Some((bid, ask)) = self.quotes.sides(market) else { return };
        if let (Some(bid), Some(ask)) = (bid, ask) {
            self.one_sided.remove(market);
            self.portfolio.mark(market, bid.0 + ask.0);
        } else {
            self.mark_without_side(market);
        }
    }

    /// Keeps the marks in a market within its book after a fill there.
    pub(super) fn mark_after_fill(&mut self, market: MarketId) {
        let Some((bid, ask)) = self.quotes.sides(market) else { return };
        if bid.is_some() && ask.is_some() {
            self.clamp(market, bid, ask);
        } else {
            self.mark_without_side(market);
        }
    }

    fn mark_without_side(&mut self, market: MarketId) {
        if self.portfolio.holds(market) {
            self.one_sided.note(market, self.now);
            self.mark_one_sided(market);
        } else {
            self.one_sided.remove(market);
        }
    }

    /// Marks the positions whose book has lacked a side for too long by now. Returns true if that changes the equity:
    /// after a restart the same worst is booked again, which is nothing new.
    pub(super) fn mark_overdue(&mut self) -> bool {
        let waiting: Vec<MarketId> = self.one_sided.uncertain().map(|(market, _)| market).collect();
        let before = self.portfolio.equity();
        for market in waiting {
            self.mark_one_sided(market);
        }
        self.portfolio.equity() != before
    }

    /// Tells the risk manager if a position's value is uncertain: entries must wait until its worst is booked.
    pub(super) fn tell_uncertain(&mut self) {
        let uncertain = self.one_sided.uncertain().filter_map(|(market, since)| {
            let text = format!("{} lacks a side since {since}", self.market(market)?.ticker);
            Some(self.portfolio.in_market(market).map(move |(slot, _)| (slot, text.clone())))
        });
        self.risk.on_uncertain(uncertain.flatten().collect());
    }

    /// Marks the positions in a market whose book lacks a side.
    fn mark_one_sided(&mut self, market: MarketId) {
        let (now, max_age) = (self.now, self.risk.limits().max_quote_age_seconds);
        let closed = self.market(market).is_some_and(|listed| listed.closes.is_some_and(|closes| closes <= now));
        let Some(book) = self.one_sided.get_mut(market) else { return };
        book.booked |= now - book.since > max_age || closed;
        let at_worst = book.booked && !closed;
        let Some((bid, ask)) = self.quotes.sides(market) else { return };
        if !at_worst {
            return self.clamp(market, bid, ask);
        }
        // The venue nets the positions of all strategies: one mark for all, the worst for what is left.
        let net: Qty = self.portfolio.in_market(market).map(|(_, position)| position.qty).sum();
        match net.0.signum() {
            1 => self.portfolio.mark(market, bid.map_or(0, |bid| 2 * bid.0)),
            -1 => self.portfolio.mark(market, ask.map_or(MOST_DOUBLED, |ask| 2 * ask.0)),
            _ => self.clamp(market, bid, ask),
        }
    }

    fn clamp(&mut self, market: MarketId, bid: Option<Price>, ask: Option<Price>) {
        let (low, high) = (bid.map_or(0, |bid| 2 * bid.0), ask.map_or(MOST_DOUBLED, |ask| 2 * ask.0));
        self.portfolio.clamp_marks(market, low.min(high), high.max(low));
    }

    /// Returns the basis of the marks in `market`.
    pub fn mark_basis(&self, market: MarketId) -> MarkBasis {
        let closes = self.market(market).and_then(|listed| listed.closes);
        match (self.one_sided.get(market), closes) {
            (_, Some(closes)) if closes <= self.now => MarkBasis::Closed(closes),
            (Some(book), _) if book.booked => MarkBasis::Worst(book.since),
            (Some(book), _) => MarkBasis::Clamped(book.since),
            (None, _) => MarkBasis::Mid,
        }
    }
}
