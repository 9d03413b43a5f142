//! Liquidity from outside: the exchange's own orders follow the quotes of a tape or the generator.
//!
//! [`MIRROR`] rests at the quoted best prices with the quoted sizes, and at a few prices behind them, one cent apart,
//! with 100 to 1,500 contracts each. If a quote reaches members' orders, it trades through them. [`CROWD`] takes what
//! traded outside since the last quote, at the last trade's price, so that queues advance and trades are reported; it
//! passes over made-up prices, at which nobody traded. What it took of the mirror is back with the quote that reports
//! the trade: the quote shows what was left. What members took from a side stays taken until that side's best price or
//! size changes, so the same quote never fills twice. The outside market does not react to members: their orders leave
//! no trace in the next quote.

use host_core::{MarketId, Price, Qty, Quote, Side, Timestamp};

use super::book::Resting;
use super::create::LARGEST_COUNT;
use super::ids::{AccountId, CROWD, MIRROR, MemberId};
use super::market::{ListedMarket, MarketStatus, MirrorState};
use super::order::{BookOrder, CancelReason, NewOrder, TimeInForce};
use super::state::Venue;

/// Distance between mirrored prices.
const CENT: Price = Price(100);
/// Range of contracts at a price behind the best, or at a best price quoted without size.
const LEAST: u64 = 100;
const MOST: u64 = 1_500;

impl Venue {
    /// Makes the book of `market` match `quote`. A crossed quote, or one for a market that is not trading, is
    /// ignored.
    pub fn mirror(&mut self, market: MarketId, quote: &Quote, now: Timestamp) {
        self.advance(now);
        let Some(state) = self.market(market) else { return };
        if state.status != MarketStatus::Active || !self.status.trading_active() {
            return;
        }
        let bid = self.quoted(state, Side::Buy, quote.bid, quote.bid_size);
        let ask = self.quoted(state, Side::Sell, quote.ask, quote.ask_size);
        if let (Some((bid, _)), Some((ask, _))) = (bid, ask)
            && bid >= ask
        {
            return;
        }
        let before = state.mirror;
        let mut taken = None;
        if let (Some(last), Some(volume), Some(volume_before)) = (quote.last, quote.volume, before.volume)
            && volume > volume_before
        {
            taken = self.take_outside_trade(market, last, (volume - volume_before).min(LARGEST_COUNT));
        }
        // Both sides step back before either steps forward, so that the mirror never trades with itself.
        let changed = [(Side::Buy, bid, before.bid), (Side::Sell, ask, before.ask)].map(|(side, best, before)| {
            let restored = taken.take_if(|(of, _)| *of == side);
            let levels = (best != before).then(|| (side, self.levels(market, side, best)));
            levels.or(restored)
        });
        for (side, levels) in changed.iter().flatten() {
            self.step_back(market, *side, levels);
        }
        for (side, levels) in changed.iter().flatten() {
            self.step_forward(market, *side, levels);
        }
        if let Ok(state) = self.market_mut(market) {
            state.mirror = MirrorState { bid, ask, volume: quote.volume.or(before.volume) };
        }
        self.note_book(market);
    }

    /// Records trading before the venue opened, from `quote`: the last trade's price, and the volume of the 24 hours
    /// before.
    pub fn traded_before(&mut self, market: MarketId, quote: &Quote) {
        if let Ok(state) = self.market_mut(market) {
            state.stats.traded_before(quote.last, quote.volume.unwrap_or_default(), quote.time);
        }
    }

    /// Returns a quoted price on the market's grid, never better than quoted, with its size.
    fn quoted(
        &self,
        market: &ListedMarket,
        side: Side,
        price: Option<Price>,
        size: Option<Qty>,
    ) -> Option<(Price, Qty)> {
        let grid = market.listing.structure;
        let price = match side {
            Side::Buy => grid.floor(price?),
            Side::Sell => grid.ceil(price?),
        };
        let size = size.unwrap_or_else(|| self.depth_at(market.id, side, price));
        (grid.allows(price) && size > Qty::ZERO).then_some((price, size.min(LARGEST_COUNT)))
    }

    /// Returns the best price and the mirrored ones behind it.
    fn levels(&self, market: MarketId, side: Side, best: Option<(Price, Qty)>) -> Vec<(Price, Qty)> {
        let Some((price, size)) = best else { return Vec::new() };
        let mut levels = vec![(price, size)];
        for step in 1..=self.settings.levels_behind as i32 {
            let behind = Price(price.0 - side.sign() as i32 * step * CENT.0);
            if self.market(market).is_some_and(|market| market.listing.structure.allows(behind)) {
                levels.push((behind, self.depth_at(market, side, behind)));
            }
        }
        levels
    }

    /// Returns the size at a price behind the best. It is the same every time, so that quiet books stay quiet.
    fn depth_at(&self, market: MarketId, side: Side, price: Price) -> Qty {
        let place = u64::from(market.0) << 32 | (price.0 as u64) << 1 | u64::from(side == Side::Buy);
        Qty::contracts((LEAST + scramble(self.settings.seed ^ scramble(place)) % (MOST - LEAST + 1)) as i64)
    }

    /// Removes what the mirror has beyond `levels`, last in the queue first.
    fn step_back(&mut self, market: MarketId, side: Side, levels: &[(Price, Qty)]) {
        let wanted = |price: Price| levels.iter().find(|level| level.0 == price).map_or(Qty::ZERO, |level| level.1);
        for (price, has) in self.mirrored(market, side) {
            let mut excess = has - wanted(price);
            let orders: Option<Vec<Resting>> = self.mirror_holding(market).map(|holding| {
                holding.book.orders(side).filter(|(at, _)| *at == price).map(|(_, resting)| resting).collect()
            });
            for resting in orders.unwrap_or_default().into_iter().rev() {
                if excess <= Qty::ZERO {
                    break;
                }
                let off = excess.min(resting.qty);
                excess -= off;
                if off == resting.qty {
                    self.end_order(resting.order, CancelReason::Member);
                } else if let Some(mut order) = self.orders.remove(&resting.order) {
                    self.shrink(&mut order, off);
                    self.keep(&order);
                }
            }
        }
    }

    /// Adds what the mirror lacks of `levels`, best price first. It takes where it meets members' orders.
    fn step_forward(&mut self, market: MarketId, side: Side, levels: &[(Price, Qty)]) {
        let mirrored = self.mirrored(market, side);
        for &(price, wanted) in levels {
            let has = mirrored.iter().find(|level| level.0 == price).map_or(Qty::ZERO, |level| level.1);
            if wanted > has {
                let order = self.house_order(MIRROR, market, side, (price, wanted - has));
                let plan = self.plan(&order);
                self.execute(order, &plan);
            }
        }
    }

    /// Repeats trades that happened outside, as far as the crowd finds counterparties here. Returns the side that it
    /// took from, and what the mirror had there before.
    fn take_outside_trade(&mut self, market: MarketId, price: Price, qty: Qty) -> Option<(Side, Vec<(Price, Qty)>)> {
        let top = self.market(market).map(ListedMarket::top)?;
        let distance = |best: Option<(Price, Qty)>| best.map_or(i32::MAX, |(best, _)| (best.0 - price.0).abs());
        let side = if distance(top.ask) <= distance(top.bid) { Side::Buy } else { Side::Sell };
        let had = self.mirrored(market, side.opposite());
        let mut order = self.house_order(CROWD, market, side, (price, qty));
        order.time_in_force = TimeInForce::ImmediateOrCancel;
        let plan = self.plan(&order);
        self.execute(order, &plan);
        Some((side.opposite(), had))
    }

    /// Returns true if `maker` is a made-up order of the mirror, and `taker` the crowd: behind the quoted price, where
    /// the crowd's last trade was not either.
    pub(super) fn is_passed_over(&self, taker: &BookOrder, maker: &BookOrder) -> bool {
        let is_of_house = taker.account.member == CROWD && maker.account.member == MIRROR;
        is_of_house && maker.price != taker.price && {
            let mirror = self.market(maker.market).map_or(MirrorState::default(), |market| market.mirror);
            let quoted = if maker.side == Side::Buy { mirror.bid } else { mirror.ask };
            quoted.is_none_or(|(price, _)| price != maker.price)
        }
    }

    fn mirror_holding(&self, market: MarketId) -> Option<&super::account::Holding> {
        self.members.get(MIRROR.0 as usize)?.ledgers.get(&0)?.holdings.get(&market)
    }

    /// Returns the mirror's price levels on a side.
    fn mirrored(&self, market: MarketId, side: Side) -> Vec<(Price, Qty)> {
        self.mirror_holding(market).map_or(Vec::new(), |holding| holding.book.depth(side).collect())
    }

    fn house_order(&mut self, member: MemberId, market: MarketId, side: Side, (price, qty): (Price, Qty)) -> BookOrder {
        let order = NewOrder::limit("", side, price, qty);
        let (id, number) = (self.ids.draw(), self.next_number());
        BookOrder::new(&order, (id, number), AccountId::primary(member), market, self.now)
    }
}

/// Returns a well-mixed number for each number (Steele et al., SplitMix64).
const fn scramble(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
