//! Liquidity from outside: the exchange's own orders follow a tape's or a generator's quotes.
//!
//! [`MIRROR`] rests at the quoted best prices with the quoted sizes, and at a few prices behind, one cent apart with 100
//! to 1,500 contracts. Where a quote comes to members' orders, it trades through them. [`CROWD`] takes what traded
//! outside since the last quote, at the last trade's price, so queues move on and there is a tape. What members took of a
//! side stays taken until that side's best price or size changes, so nothing fills twice from one quote. An outside
//! market does not answer to members: what they do here leaves no trace in the next quote.

use host_core::{MarketId, Price, Qty, Quote, Side, Timestamp};

use super::Venue;
use super::book::Resting;
use super::entry::LARGEST_COUNT;
use super::ids::{Account, CROWD, MIRROR, MemberId};
use super::market::{Market, MarketStatus};
use super::order::{CancelReason, NewOrder, Order, TimeInForce};

/// From one price behind the best to the next.
const CENT: Price = Price(100);
/// Contracts at a price behind the best, or at a best price whose size is not quoted.
const LEAST: u64 = 100;
const MOST: u64 = 1_500;

/// What the last quote said.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MirrorState {
    /// As it was mirrored; `None`: the side was empty, or not seen yet.
    bid: Option<(Price, Qty)>,
    ask: Option<(Price, Qty)>,
    /// Contracts traded in 24 hours.
    volume: Option<Qty>,
}

impl Venue {
    /// Makes `market` look as `quote`. A crossed quote, and one of a market that does not trade, changes nothing.
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
        if let (Some(last), Some(volume), Some(volume_before)) = (quote.last, quote.volume, before.volume)
            && volume > volume_before
        {
            self.take_outside_trade(market, last, (volume - volume_before).min(LARGEST_COUNT));
        }
        // Both sides step back before either steps forward: the mirror never meets itself.
        let changed = [(Side::Buy, bid, before.bid), (Side::Sell, ask, before.ask)].map(|(side, best, before)| {
            let levels = (best != before).then(|| self.levels(market, side, best));
            levels.map(|levels| (side, levels))
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

    /// What `quote` says of trading before the venue opened: the price of the last trade, and the volume of its 24 hours.
    pub fn traded_before(&mut self, market: MarketId, quote: &Quote) {
        if let Ok(state) = self.market_mut(market) {
            state.stats.traded_before(quote.last, quote.volume.unwrap_or_default(), quote.time);
        }
    }

    /// A quoted price on the market's grid, never better than quoted, and its size.
    fn quoted(&self, market: &Market, side: Side, price: Option<Price>, size: Option<Qty>) -> Option<(Price, Qty)> {
        let grid = market.listing.structure;
        let price = match side {
            Side::Buy => grid.floor(price?),
            Side::Sell => grid.ceil(price?),
        };
        let size = size.unwrap_or_else(|| self.depth_at(market.id, side, price));
        (grid.allows(price) && size > Qty::ZERO).then_some((price, size.min(LARGEST_COUNT)))
    }

    /// The best price and those behind it.
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

    /// Contracts that stand at a price behind the best: the same at each time, so that quiet books stay quiet.
    fn depth_at(&self, market: MarketId, side: Side, price: Price) -> Qty {
        let place = u64::from(market.0) << 32 | (price.0 as u64) << 1 | u64::from(side == Side::Buy);
        Qty::contracts((LEAST + scramble(self.settings.seed ^ scramble(place)) % (MOST - LEAST + 1)) as i64)
    }

    /// Takes off what the mirror has beyond `levels`, the last in the queue first.
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

    /// Adds what the mirror lacks of `levels`, the best price first. It takes where it meets members' orders.
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

    /// Lets the crowd do the trades that happened outside, as far as there is someone to trade with here.
    fn take_outside_trade(&mut self, market: MarketId, price: Price, qty: Qty) {
        let Some(top) = self.market(market).map(Market::top) else { return };
        let distance = |best: Option<(Price, Qty)>| best.map_or(i32::MAX, |(best, _)| (best.0 - price.0).abs());
        let side = if distance(top.ask) <= distance(top.bid) { Side::Buy } else { Side::Sell };
        let mut order = self.house_order(CROWD, market, side, (price, qty));
        order.time_in_force = TimeInForce::ImmediateOrCancel;
        let plan = self.plan(&order);
        self.execute(order, &plan);
    }

    fn mirror_holding(&self, market: MarketId) -> Option<&super::account::Holding> {
        self.members.get(MIRROR.0 as usize)?.ledgers.get(&0)?.holdings.get(&market)
    }

    /// What the mirror has on a side.
    fn mirrored(&self, market: MarketId, side: Side) -> Vec<(Price, Qty)> {
        self.mirror_holding(market).map_or(Vec::new(), |holding| holding.book.depth(side).collect())
    }

    fn house_order(&mut self, member: MemberId, market: MarketId, side: Side, (price, qty): (Price, Qty)) -> Order {
        let order = NewOrder::limit("", side, price, qty);
        let (id, number) = (self.ids.draw(), self.next_number());
        Order::new(&order, (id, number), Account::primary(member), market, self.now)
    }
}

/// A well-mixed number for each number (Steele et al., SplitMix64).
const fn scramble(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
