//! The touch model's memory of one market: the last row, and how much of what it displays has been taken already.
//!
//! Everything is written for a buyer. A seller of YES is a buyer of NO, so he sees the complements of all prices.

use host_core::{Price, Qty, Quote, Side};

/// Top of one market's book as the exchange knows it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Top {
    pub(super) quote: Quote,
    /// What our buyers took of the displayed ask, and our sellers of the displayed bid.
    taken: [Qty; 2],
}

/// A trade that became visible between two rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Print {
    /// The row before it.
    before: Quote,
    price: Price,
    /// Contracts that it has left for our orders; `None` where the tape does not say.
    left: Option<Qty>,
}

/// Whether an order of `side` at `limit` takes what the other side displays.
pub(super) fn crosses(quote: &Quote, side: Side, limit: Price) -> bool {
    opposite(quote, side).is_some_and(|price| seen_by(side, price) <= seen_by(side, limit))
}

/// `price` in terms of what `side` buys.
fn seen_by(side: Side, price: Price) -> Price {
    match side {
        Side::Buy => price,
        Side::Sell => price.complement(),
    }
}

fn own(quote: &Quote, side: Side) -> Option<Price> {
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

impl Top {
    pub(super) fn new(quote: &Quote) -> Self {
        Top { quote: *quote, taken: [Qty::ZERO; 2] }
    }

    /// Whether nothing is remembered that a fresh look would not show.
    pub(super) fn is_untouched(&self) -> bool {
        self.taken == [Qty::ZERO; 2]
    }

    /// Takes in a new row: what was taken of a level is forgotten once its price or size changes. Gives back the trade
    /// that the row shows, if any: a last price that changed, or a volume that grew.
    pub(super) fn observe(&mut self, quote: &Quote) -> Option<Print> {
        let before = std::mem::replace(&mut self.quote, *quote);
        for side in [Side::Buy, Side::Sell] {
            let level = |quote: &Quote| (opposite(quote, side), displayed(quote, side));
            if level(&before) != level(quote) {
                self.taken[side as usize] = Qty::ZERO;
            }
        }
        let left = before.volume.zip(quote.volume).map(|(then, now)| Qty((now - then).0.max(0)));
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

    /// The price that [`Top::take`] takes at.
    pub(super) fn take_price(&self, side: Side) -> Option<Price> {
        opposite(&self.quote, side)
    }
}

impl Print {
    /// Takes up to `want` of the trade for an order that rested at `limit` before it.
    ///
    /// The market must have stood away from the order: had the other side already been at its limit, the trade may well be
    /// somebody taking what the order was filled from before.
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
