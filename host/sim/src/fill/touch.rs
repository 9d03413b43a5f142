//! The touch model's memory of one market: its last row, and how much of the displayed size has been taken.
//!
//! Everything is written for a buyer. A seller of YES is a buyer of NO, who sees the complements of all prices.

use host_core::{Price, Qty, Quote, Side};

/// Last row of one market, and the size already taken from it.
#[derive(Clone, Copy, Debug)]
pub(super) struct TouchMemory {
    pub(super) quote: Quote,
    /// Size our buyers took from the displayed ask, and our sellers from the displayed bid.
    taken: [Qty; 2],
}

/// A trade that became visible between two rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Print {
    /// The row before the trade.
    before: Quote,
    price: Price,
    /// Contracts still available to our orders; `None` if the tape does not say.
    left: Option<Qty>,
}

/// Returns true if an order of `side` at `limit` takes what the other side displays.
pub(super) fn crosses(quote: &Quote, side: Side, limit: Price) -> bool {
    opposite(quote, side).is_some_and(|price| seen_by(side, price) <= seen_by(side, limit))
}

/// Returns `price` in terms of the outcome that `side` buys.
pub(super) fn seen_by(side: Side, price: Price) -> Price {
    match side {
        Side::Buy => price,
        Side::Sell => price.complement(),
    }
}

/// Returns the best price of `side`'s own orders.
pub(super) fn own(quote: &Quote, side: Side) -> Option<Price> {
    match side {
        Side::Buy => quote.bid,
        Side::Sell => quote.ask,
    }
}

fn opposite(quote: &Quote, side: Side) -> Option<Price> {
    own(quote, side.opposite())
}

fn displayed(quote: &Quote, side: Side) -> Option<Qty> {
    match side {
        Side::Buy => quote.ask_size,
        Side::Sell => quote.bid_size,
    }
}

/// Returns the size displayed at the best price of `side`'s own orders.
pub(super) fn own_size(quote: &Quote, side: Side) -> Option<Qty> {
    displayed(quote, side.opposite())
}

impl TouchMemory {
    pub(super) fn new(quote: &Quote) -> Self {
        TouchMemory { quote: *quote, taken: [Qty::ZERO; 2] }
    }

    /// Returns true if a fresh row would show the same.
    pub(super) fn is_untouched(&self) -> bool {
        self.taken == [Qty::ZERO; 2]
    }

    /// Takes in a new row. Size taken from a level is forgotten once its price or size changes. Returns the trade
    /// that the row reveals, if any: a changed last price, or grown volume.
    pub(super) fn observe(&mut self, quote: &Quote) -> Option<Print> {
        let before = std::mem::replace(&mut self.quote, *quote);
        for side in [Side::Buy, Side::Sell] {
            let level = |quote: &Quote| (opposite(quote, side), displayed(quote, side));
            if level(&before) != level(quote) {
                self.taken[side as usize] = Qty::ZERO;
            }
        }
        let left = before.volume.zip(quote.volume).map(|(then, now)| (now - then).max(Qty::ZERO));
        let has_traded = left.is_some_and(|traded| !traded.is_zero())
            || before.last.zip(quote.last).is_some_and(|(then, now)| then != now);
        quote.last.filter(|_| has_traded).map(|price| Print { before, price, left })
    }

    /// Takes up to `want` of what the other side displays at `limit` or better.
    pub(super) fn take(&mut self, side: Side, limit: Price, want: Qty) -> Qty {
        if !crosses(&self.quote, side, limit) {
            return Qty::ZERO;
        }
        let Some(size) = displayed(&self.quote, side) else { return want };
        let taken = &mut self.taken[side as usize];
        let qty = want.min(size - *taken);
        *taken += qty;
        qty
    }

    /// Returns the price at which [`TouchMemory::take`] takes.
    pub(super) fn take_price(&self, side: Side) -> Option<Price> {
        opposite(&self.quote, side)
    }
}

impl Print {
    /// Returns the contracts that are left of the trade if it was at `price`.
    pub(super) fn left_at(&self, price: Option<Price>) -> Option<Qty> {
        self.left.filter(|_| price == Some(self.price))
    }

    /// Takes up to `want` of the trade for an order that rested at `limit` before it.
    ///
    /// The other side must have been away from the order: had it already been at the limit, the trade may well be
    /// somebody taking the size that the order was filled from before.
    pub(super) fn take(&mut self, side: Side, limit: Price, want: Qty) -> Qty {
        let limit = seen_by(side, limit);
        let seen = |price: Option<Price>| price.map(|price| seen_by(side, price));
        let stood_away = seen(opposite(&self.before, side)).is_none_or(|price| price > limit);
        let stood_alone = seen(own(&self.before, side)).is_none_or(|price| price < limit);
        let traded = seen_by(side, self.price);
        if !stood_away || traded > limit || (traded == limit && !stood_alone) {
            return Qty::ZERO;
        }
        let Some(left) = &mut self.left else { return want };
        let qty = want.min(*left);
        *left -= qty;
        qty
    }
}
