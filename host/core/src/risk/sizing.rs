//! The largest allowed entry: caps on size and exposure, and the taper towards them.

use crate::market::MarketId;
use crate::money::{Price, Qty, Usd};
use crate::order::{Intent, Side};
use crate::quote::Quote;
use crate::strategy::SlotId;

use super::decimal::Fraction;
use super::exposure::ExposureDelta;
use super::limits::WhenUnknown;
use super::manager::{CheckContext, RiskManager};
use super::refusal_code::RefusalCode;

/// The usage of a cap at which orders start to shrink, and the range over which they shrink to nothing.
const TAPER_FROM: Fraction = Fraction(700_000);
const TAPER_OVER: Fraction = Fraction(Fraction::ONE.0 - TAPER_FROM.0);

impl RiskManager {
    /// Returns the largest entry that currently passes every cap on size and exposure: an order of that size or less is
    /// not refused for its size. Returns zero if a figure that a cap needs is missing. Other checks, such as state,
    /// spread and timing, are left to [`RiskManager::check`].
    pub fn max_entry_qty(&self, slot: SlotId, side: Side, price: Price, context: &CheckContext<'_>) -> Qty {
        let market = context.market.id;
        let unit_loss = side.worst_loss(price, Qty(1)).0;
        let (Some(caps), Some(tapered)) =
            (self.caps(market, side, Intent::Entry), self.tapered_size(slot, market, side))
        else {
            return Qty::ZERO;
        };
        let own_places = self.slot_limits(slot).and_then(|own| own.max_open_positions);
        let is_full = self.exposure.open_with(slot, market) > self.limits.max_open_positions
            || own_places.is_some_and(|most| self.exposure.slot_open_with(slot, market) > most);
        if unit_loss <= 0 || is_full {
            return Qty::ZERO;
        }
        let by_value = |cap: Usd| Qty(cap.0 / unit_loss);
        let mut largest = tapered
            .min(self.limits.max_order_size)
            .min(by_value(self.limits.max_order_value))
            .min(self.limits.max_position_size - self.exposure.side_qty(slot, market, side, Intent::Entry))
            .min(self.max_by_volume(context.quote).unwrap_or(Qty::ZERO))
            .min(context.funds.cost.affordable(side, price, context.funds.available));
        for (_, delta, cap) in caps {
            largest = largest.min(by_value(delta.headroom(cap)));
        }
        if let Some((delta, cap)) = self.slot_cap(slot, market, side) {
            largest = largest.min(by_value(delta.headroom(cap)));
        }
        Qty(largest.0.max(0))
    }

    /// Returns the largest order that the volume allows, or `None` if the volume is unknown and that refuses entries.
    pub(super) fn max_by_volume(&self, quote: &Quote) -> Option<Qty> {
        match (quote.volume, self.limits.volume_unknown) {
            (Some(volume), _) => Some(self.limits.max_volume_fraction.of_qty(volume)),
            (None, WhenUnknown::Allow) => Some(Qty(i64::MAX)),
            (None, WhenUnknown::Refuse) => None,
        }
    }

    /// Returns the caps on the worst-case losses that an order on `side` of `market` adds to, smallest group first.
    pub(super) fn caps(
        &self,
        market: MarketId,
        side: Side,
        intent: Intent,
    ) -> Option<[(RefusalCode, ExposureDelta, Usd); 4]> {
        let deltas = self.exposure.deltas(market, side, intent)?;
        Some([
            (RefusalCode::MaxPositionValue, deltas.market, self.limits.max_position_value),
            (RefusalCode::MaxEventExposure, deltas.event, self.limits.max_event_exposure),
            (RefusalCode::MaxCategoryExposure, deltas.category, self.limits.max_category_exposure),
            (RefusalCode::MaxPortfolioExposure, deltas.portfolio, self.limits.max_portfolio_exposure),
        ])
    }

    /// Returns the cap on the worst-case loss of a slot that has one, and the effect of an entry of it on that loss.
    pub(super) fn slot_cap(&self, slot: SlotId, market: MarketId, side: Side) -> Option<(ExposureDelta, Usd)> {
        let cap = self.slot_limits(slot)?.max_exposure?;
        Some((self.exposure.slot_delta(slot, market, side), cap))
    }

    /// Returns the fractions in use of the limits that a slot's entries shrink by. What a slot has a share of counts by
    /// that share alone: what other slots do with theirs shrinks nothing.
    fn used(&self, slot: SlotId, market: MarketId, side: Side) -> Option<Fraction> {
        let caps = self.caps(market, side, Intent::Entry)?;
        let (limits, own) = (&self.limits, self.slot_limits(slot));
        let (day_loss, drawdown) = self.latches.losses().unwrap_or_default();
        let usage = self.slot_usage(slot).limits;
        let day = own.and_then(|own| own.max_daily_loss).map(|most| (usage.day_loss, most));
        let fall = own.and_then(|own| own.max_drawdown).map(|most| (usage.drawdown, most));
        let ratio = |(used, most): (Usd, Usd)| Fraction::ratio(used.0, most.0);
        let others = [
            Fraction::ratio(self.exposure.side_qty(slot, market, side, Intent::Entry).0, limits.max_position_size.0),
            ratio(day.unwrap_or((day_loss, limits.max_daily_loss))),
            ratio(fall.unwrap_or((drawdown, limits.max_drawdown))),
        ];
        let share = self.slot_cap(slot, market, side).map(|(delta, cap)| ratio((delta.now, cap)));
        let of_account = caps.iter().filter(|(code, ..)| share.is_none() || *code == RefusalCode::MaxPositionValue);
        let exposures = of_account.map(|(_, delta, cap)| ratio((delta.now, *cap)));
        others.into_iter().chain(exposures).chain(share).max()
    }

    /// Returns the largest order size after the taper: the full size (an empty account's largest entry) while every cap
    /// is used to 70 % or less, nothing once one is used up, and in proportion between. Position size, worst-case
    /// losses, day loss and drawdown count; the most used cap decides.
    pub(super) fn tapered_size(&self, slot: SlotId, market: MarketId, side: Side) -> Option<Qty> {
        let full = self.limits.full_order_size();
        if !self.limits.size_taper {
            return Some(full);
        }
        let used = self.used(slot, market, side)?;
        let left = Fraction((Fraction::ONE.0 - used.0).clamp(0, TAPER_OVER.0));
        Some(Fraction::ratio(left.0, TAPER_OVER.0).of_qty(full))
    }
}
