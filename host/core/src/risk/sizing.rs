//! How large an entry may be now: the caps on size and exposure, and the taper towards them.

use crate::market::MarketId;
use crate::money::{Price, Qty, Usd};
use crate::order::Side;
use crate::quote::Quote;
use crate::strategy::SlotId;

use super::code::RefusalCode;
use super::decimal::Part;
use super::ledger::Growth;
use super::limits::WhenUnknown;
use super::manager::{Context, RiskManager};

/// Use of a cap from which on orders shrink, and the rest over which they shrink to nothing.
const TAPER_FROM: Part = Part(700_000);
const TAPER_OVER: Part = Part(Part::ONE.0 - TAPER_FROM.0);

impl RiskManager {
    /// The largest entry that passes every cap on size and exposure now, in 1/100 contract: an engine that orders no
    /// more (in whole contracts) is not refused for its size. Zero where a figure that a cap needs is missing.
    /// It looks at no other check: state, spread and timing are for [`RiskManager::check`].
    pub fn room(&self, slot: SlotId, side: Side, price: Price, context: &Context<'_>) -> Qty {
        let market = context.market.id;
        let unit_loss = side.worst_loss(price, Qty(1)).0;
        let (Some(caps), Some(tapered)) = (self.caps(market, side), self.tapered_size(market, side)) else {
            return Qty::ZERO;
        };
        if unit_loss <= 0 || self.ledger.open_with(slot, market) > self.limits.max_open_positions {
            return Qty::ZERO;
        }
        let by_value = |cap: Usd| Qty(cap.0 / unit_loss);
        let mut room = tapered
            .min(self.limits.max_order_size)
            .min(by_value(self.limits.max_order_value))
            .min(self.limits.max_position_size - self.ledger.side_qty(market, side))
            .min(self.max_by_volume(context.quote).unwrap_or(Qty::ZERO));
        for (_, growth, cap) in caps {
            room = room.min(by_value(growth.room(cap)));
        }
        Qty(room.0.max(0))
    }

    /// The largest order that the volume allows; `None` where it is not known and that refuses.
    pub(super) fn max_by_volume(&self, quote: &Quote) -> Option<Qty> {
        match (quote.volume, self.limits.volume_unknown) {
            (Some(volume), _) => Some(Qty(self.limits.max_volume_fraction.of(volume.0))),
            (None, WhenUnknown::Allow) => Some(Qty(i64::MAX)),
            (None, WhenUnknown::Refuse) => None,
        }
    }

    /// The caps on worst losses that an order on `side` of `market` adds to, smallest group first.
    pub(super) fn caps(&self, market: MarketId, side: Side) -> Option<[(RefusalCode, Growth, Usd); 4]> {
        let growths = self.ledger.growths(market, side)?;
        Some([
            (RefusalCode::MaxPositionValue, growths.market, self.limits.max_position_value),
            (RefusalCode::MaxEventExposure, growths.event, self.limits.max_event_exposure),
            (RefusalCode::MaxCategoryExposure, growths.category, self.limits.max_category_exposure),
            (RefusalCode::MaxPortfolioExposure, growths.portfolio, self.limits.max_portfolio_exposure),
        ])
    }

    /// The largest order size after the taper: all of it while every cap is used to 70 % or less, nothing where one is
    /// used up, in proportion between. Position size, worst losses, day loss and drawdown count; the worst binds.
    pub(super) fn tapered_size(&self, market: MarketId, side: Side) -> Option<Qty> {
        let caps = self.caps(market, side)?;
        if !self.limits.size_taper {
            return Some(self.limits.max_order_size);
        }
        let (day_loss, drawdown) = self.guard.losses().unwrap_or_default();
        let limits = &self.limits;
        let others = [
            Part::ratio(self.ledger.side_qty(market, side).0, limits.max_position_size.0),
            Part::ratio(day_loss.0, limits.max_daily_loss.0),
            Part::ratio(drawdown.0, limits.max_drawdown.0),
        ];
        let exposures = caps.map(|(_, growth, cap)| Part::ratio(growth.now.0, cap.0));
        let used = others.into_iter().chain(exposures).max().unwrap_or_default();
        let left = Part((Part::ONE.0 - used.0).clamp(0, TAPER_OVER.0));
        Some(Qty(Part::ratio(left.0, TAPER_OVER.0).of(limits.max_order_size.0)))
    }
}
