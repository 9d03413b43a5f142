//! The checks of the risk manager, in the order of `host/core/RISK.md`; the first that fails names the refusal.

use super::grid::down;
use super::model::Model;
use super::words::{CONTRACT, DAY, DOLLAR, Order, Row, SECOND, Side};

type Check = Result<(), &'static str>;

fn require(holds: bool, code: &'static str) -> Check {
    if holds { Ok(()) } else { Err(code) }
}

/// A fraction in millionths, rounded down.
fn millionths(part: i128, whole: i128) -> i128 {
    if whole > 0 { (part * 1_000_000).div_euclid(whole) } else { 0 }
}

/// Returns that fraction of `qty`, rounded down to hundredths of a contract.
fn share(millionths: i128, qty: i128) -> i128 {
    down(qty * millionths / 1_000_000, CONTRACT / 100)
}

impl Model<'_> {
    /// Checks an order.
    pub fn check(&mut self, order: &Order, row: &Row) -> Check {
        let market = &self.tape.markets[order.market];
        let named = market.event == "E0" || market.ticker == "E1-M3";
        let allowed = named || order.is_exit || !self.settings.limits.only_first_events;
        require(allowed, "market_not_allowed")?;
        let open = !self.settled[order.market] && market.closes.is_none_or(|closes| self.now < closes);
        require(open, "market_closed")?;
        require(order.qty > 0, "invalid_quantity")?;
        require(0 < order.price && order.price < DOLLAR, "invalid_price")?;
        require(market.grid.contains(order.price), "off_tick")?;
        if order.is_exit {
            self.check_exit_quote(order, row)?;
            self.check_traffic(order)?;
            return self.check_exit(order);
        }
        self.check_quote(order, row)?;
        self.check_traffic(order)?;
        self.check_may_grow(order)?;
        self.check_liquidity(order, row)?;
        self.check_size(order)?;
        let cost = self.settings.most(order.side, order.price, order.qty);
        require(cost <= self.free_cash(), "insufficient_cash")?;
        self.check_exposure(order, order.qty, order.side.risk(order.price) * order.qty)?;
        let limits = &self.settings.limits;
        require(self.open_with(order.slot, order.market) <= limits.open_positions, "max_open_positions")?;
        require(order.qty <= self.tapered(order.slot, order.market, order.side), "size_taper")
    }

    fn check_age(&self, row: &Row) -> Check {
        let age = self.now - row.time;
        require(0 <= age && age <= self.settings.limits.quote_age, "stale_quote")
    }

    fn check_quote(&self, order: &Order, row: &Row) -> Check {
        let (Some(bid), Some(ask)) = (row.bid, row.ask) else { return Err("no_price") };
        let (limits, grid) = (&self.settings.limits, self.tape.markets[order.market].grid);
        self.check_age(row)?;
        require(bid < ask, "crossed_book")?;
        require(grid.contains(bid) && grid.contains(ask), "quote_off_tick")?;
        let guard = self.guards[order.market];
        require(guard.sum.is_some() && guard.clean >= limits.clean_quotes, "price_jump")?;
        require((2 * order.price - bid - ask).abs() <= 2 * limits.deviation, "max_price_deviation")
    }

    fn check_exit_quote(&self, order: &Order, row: &Row) -> Check {
        let low = row.bid.into_iter().chain(row.ask).min().ok_or("no_price")?;
        let high = row.bid.into_iter().chain(row.ask).max().ok_or("no_price")?;
        self.check_age(row)?;
        let outside = (low - order.price).max(order.price - high);
        require(outside <= self.settings.limits.deviation, "max_price_deviation")
    }

    fn check_traffic(&self, order: &Order) -> Check {
        let limits = &self.settings.limits;
        let sent = self.messages.iter().filter(|&&time| self.now - time < 60 * SECOND).count() as i128;
        // A quarter is reserved for cancels and exits.
        let most = if order.is_exit { limits.messages } else { limits.messages - limits.messages / 4 };
        require(sent < most, "max_messages")?;
        let meets = |other: &Order| {
            other.market == order.market
                && other.side != order.side
                && order.side.sign() * (order.price - other.price) >= 0
        };
        require(!self.orders.iter().any(meets), "self_match")?;
        let same = |other: &Order| {
            let of = |order: &Order| (order.slot, order.market, order.side, order.price, order.qty);
            of(other) == of(order) && self.now - other.created < limits.duplicate_window
        };
        require(order.is_exit || !self.entries.iter().any(same), "duplicate_order")
    }

    fn check_exit(&self, order: &Order) -> Check {
        let (slot, market, side) = (order.slot, order.market, order.side);
        let own = |other: &&Order| (other.slot, other.market, other.side) == (slot, market, side);
        let working: i128 = self.orders.iter().filter(own).map(Order::open).sum();
        let left = (-side.sign() * self.account.held(slot, market) - working).max(0);
        require(order.qty <= left, "exceeds_position")?;
        let (before, after) = (self.growing(market, side, None), self.growing(market, side, Some(order)));
        if after.0 == before.0 {
            return Ok(());
        }
        self.check_latches()?;
        require(!self.is_uncertain(), "equity_unknown")?;
        self.check_exposure(order, after.0 - before.0, after.1 - before.1)
    }

    fn check_latches(&self) -> Check {
        self.latches.first().map_or(Ok(()), |code| Err(*code))
    }

    fn check_may_grow(&mut self, order: &Order) -> Check {
        self.check_latches()?;
        require(!self.is_uncertain(), "equity_unknown")?;
        let (today, most) = (self.now.div_euclid(DAY), self.settings.limits.repeats);
        let rounds = &mut self.rounds[order.slot];
        if rounds.day != today {
            (rounds.day, rounds.count) = (today, 0);
        }
        rounds.disabled |= rounds.count + i128::from(rounds.filled) > most;
        require(!rounds.disabled, "repeated_execution")?;
        let held = self.account.held(order.slot, order.market);
        require(held * order.side.sign() >= 0, "entry_against_position")?;
        let closes = self.tape.markets[order.market].closes;
        let limits = &self.settings.limits;
        let far = closes.map_or(!limits.close_needed, |closes| closes - self.now > limits.time_to_close);
        require(far, "near_close")
    }

    fn check_liquidity(&self, order: &Order, row: &Row) -> Check {
        let (Some(bid), Some(ask)) = (row.bid, row.ask) else { return Err("no_price") };
        let limits = &self.settings.limits;
        require(ask - bid >= limits.min_spread, "min_spread")?;
        require(ask - bid <= limits.max_spread, "max_spread")?;
        match row.volume {
            None => require(!limits.volume_needed, "volume_unknown"),
            Some(volume) => require(order.qty <= share(limits.volume_fraction, volume), "max_volume_fraction"),
        }
    }

    /// Returns the cash that neither the account's shorts nor working entries claim.
    fn free_cash(&self) -> i128 {
        let shorts: i128 = self.account.nets.iter().map(|net| (-net.qty).max(0) * DOLLAR).sum();
        let entries = self.orders.iter().filter(|order| !order.is_exit);
        let claims: i128 = entries.map(|order| self.settings.most(order.side, order.price, order.open())).sum();
        self.account.cash - shorts - claims
    }

    fn check_size(&self, order: &Order) -> Check {
        let limits = &self.settings.limits;
        require(order.qty <= limits.order_size, "max_order_size")?;
        require(order.side.risk(order.price) * order.qty <= limits.order_value, "max_order_value")
    }

    /// Checks the caps that the order adds `qty` and `loss` to.
    fn check_exposure(&self, order: &Order, qty: i128, loss: i128) -> Check {
        let size = self.side_qty(order.slot, order.market, order.side, order.is_exit) + qty;
        require(size <= self.position_limit(), "max_position_size")?;
        for cap in self.caps(order.market, order.side, order.is_exit) {
            require(cap.now.max(cap.start + loss) <= cap.limit, cap.code)?;
        }
        Ok(())
    }

    /// Returns the limit of a position at the capital stage.
    pub fn position_limit(&self) -> i128 {
        self.settings.staged(self.settings.limits.position_size, CONTRACT / 100)
    }

    /// Returns the largest order while the most used cap is used as it is: all up to 70 %, nothing at 100 %, and in
    /// proportion between.
    fn tapered(&self, slot: usize, market: usize, side: Side) -> i128 {
        let limits = &self.settings.limits;
        let full = limits.order_size.min(self.position_limit());
        if !limits.taper {
            return full;
        }
        let (loss, fall) = self.losses();
        let used = [
            millionths(self.side_qty(slot, market, side, false), self.position_limit()),
            millionths(loss, self.money_limit(limits.daily_loss)),
            millionths(fall, self.money_limit(limits.drawdown)),
        ];
        let caps = self.caps(market, side, false).map(|cap| millionths(cap.now, cap.limit));
        let used = used.into_iter().chain(caps).max().unwrap_or(0);
        share(millionths((1_000_000 - used).clamp(0, 300_000), 300_000), full)
    }

    /// Returns the largest entry, in whole contracts, that no limit on sizes refuses.
    pub fn largest_entry(&self, slot: usize, side: Side, price: i128, row: &Row) -> i128 {
        let (limits, market, unit) = (&self.settings.limits, row.market, side.risk(price));
        if unit <= 0 || self.open_with(slot, market) > limits.open_positions {
            return 0;
        }
        let unknown = if limits.volume_needed { 0 } else { i128::MAX };
        let sizes = [
            self.tapered(slot, market, side),
            limits.order_size,
            limits.order_value / unit,
            self.position_limit() - self.side_qty(slot, market, side, false),
            row.volume.map_or(unknown, |volume| share(limits.volume_fraction, volume)),
            self.free_cash() / self.settings.most(side, price, CONTRACT) * CONTRACT,
        ];
        let room = |now: i128, start: i128, limit: i128| if now > limit { 0 } else { (limit - start).max(0) };
        let caps = self.caps(market, side, false).map(|cap| room(cap.now, cap.start, cap.limit) / unit);
        let largest = sizes.into_iter().chain(caps).min().unwrap_or(0);
        down(largest.max(0), CONTRACT)
    }
}
