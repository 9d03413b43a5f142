//! From what strategies say to orders: entries, which are granted in a stated order, and exits, which stay wanted.

use super::grid::down;
use super::model::{Effect, Model, WantedExit, Wish};
use super::settings::{Pricing, Sizing};
use super::words::{CONTRACT, DOLLAR, Order, Row, Side};

type Sent = Result<(), &'static str>;

/// The refusals that an exit meets whether or not it opens risk.
const HOLD_EVERY_EXIT: [&str; 11] = [
    "halted",
    "market_closed",
    "invalid_quantity",
    "invalid_price",
    "off_tick",
    "no_price",
    "stale_quote",
    "max_price_deviation",
    "max_messages",
    "self_match",
    "exceeds_position",
];

impl Model<'_> {
    fn entry_of(&self, slot: usize, market: usize) -> Option<&Order> {
        self.orders.iter().find(|order| !order.is_exit && (order.slot, order.market) == (slot, market))
    }

    fn cancel_entries(&mut self, slot: usize, market: usize) {
        self.cancel_where(|order| !order.is_exit && (order.slot, order.market) == (slot, market));
    }

    /// A strategy wants to buy or to sell.
    pub fn entry_signal(&mut self, slot: usize, market: usize, side: Side, confidence_per_mille: i128) {
        let held = self.account.held(slot, market);
        if held * side.sign() < 0 {
            return self.exit_signal(slot, market);
        }
        if held != 0 || self.exits.contains_key(&(slot, market)) {
            return;
        }
        if let Some(working) = self.entry_of(slot, market).map(|order| order.side) {
            if working != side {
                self.cancel_entries(slot, market);
            }
            return;
        }
        if !self.waits(slot, market, side) {
            self.wishes.push(Wish { slot, market, side, confidence_per_mille });
        }
    }

    /// Returns true if an entry was refused a short time ago.
    fn waits(&self, slot: usize, market: usize, side: Side) -> bool {
        self.retries.get(&(slot, market, side)).is_some_and(|&retry| self.now < retry)
    }

    /// A strategy wants to leave.
    pub fn exit_signal(&mut self, slot: usize, market: usize) {
        let something = self.entry_of(slot, market).is_some() || self.account.held(slot, market) != 0;
        if something && !self.exits.contains_key(&(slot, market)) {
            self.counts.signals += 1;
            self.exits.insert((slot, market), WantedExit { since: self.now, expiries: 0, refused: None });
            self.cancel_entries(slot, market);
        }
    }

    /// Forgets a wanted exit once there is nothing left to leave.
    pub fn forget_finished_exit(&mut self, slot: usize, market: usize) {
        if self.account.held(slot, market) == 0 && self.entry_of(slot, market).is_none() {
            self.exits.remove(&(slot, market));
        }
    }

    /// Turns wishes into orders: the most confident first, then by ticker, then by the slot's name.
    pub fn grant_wishes(&mut self) {
        let mut wishes = std::mem::take(&mut self.wishes);
        wishes.sort_by_key(|wish| {
            let ticker = &self.tape.markets[wish.market].ticker;
            (-wish.confidence_per_mille, ticker, self.settings.slots[wish.slot])
        });
        for wish in wishes {
            let Wish { slot, market, side, .. } = wish;
            if self.waits(slot, market, side) || self.entry_of(slot, market).is_some() {
                continue;
            }
            self.counts.signals += 1;
            if let Err(code) = self.enter(wish) {
                self.retries.insert((slot, market, side), self.now + self.settings.refused_entry_retry);
                self.refuse(code, &format!("{wish:?}"));
            }
        }
    }

    fn refuse(&mut self, code: &'static str, what: &str) {
        *self.counts.refusals.entry(code.to_owned()).or_default() += 1;
        self.say(format!("refused {code}: {what}"));
    }

    fn enter(&mut self, wish: Wish) -> Sent {
        let Wish { slot, market, side, confidence_per_mille } = wish;
        let row = self.latest[market].ok_or("no_price")?;
        let pricing = self.settings.entry_pricing;
        let grid = self.tape.markets[market].grid;
        let price = pricing.limit(side, &row, grid).ok_or("no_price")?;
        let wanted = match self.settings.sizing {
            Sizing::Confidence => down(confidence_per_mille * self.position_limit() / 1_000, CONTRACT),
            Sizing::Fixed(contracts) => contracts * CONTRACT,
        };
        if wanted < CONTRACT {
            return Err("invalid_quantity");
        }
        let allowed = self.largest_entry(slot, side, price, &row);
        // Where not even one contract is allowed, the refusal names the limit that the whole order would break.
        let whole = wanted.min(self.settings.limits.order_size.max(CONTRACT));
        let qty = if allowed < CONTRACT { whole } else { wanted.min(allowed) };
        self.send(slot, side, price, qty, false, &row)
    }

    fn send(&mut self, slot: usize, side: Side, price: i128, qty: i128, is_exit: bool, row: &Row) -> Sent {
        let immediate = if is_exit { self.settings.exit_immediate } else { self.settings.entry_immediate };
        let order = Order {
            id: self.last_id + 1,
            slot,
            market: row.market,
            side,
            price,
            qty,
            is_exit,
            created: self.now,
            expires: (!immediate).then_some(self.now + self.settings.order_expiry),
            filled: 0,
            cancelling: false,
        };
        // A number is used up even if the order is refused.
        self.last_id += 1;
        self.check(&order, row)?;
        self.counts.orders += 1;
        self.messages.push(self.now);
        if !is_exit {
            self.entries.push(order.clone());
            let rounds = &mut self.rounds[slot];
            rounds.count += i128::from(rounds.filled);
            rounds.filled = false;
        }
        self.say(format!("sent {order:?}"));
        self.orders.push(order.clone());
        self.effects.push(Effect::Place(order));
        Ok(())
    }

    /// Sends an order for every wanted exit that has none: first those that reduce the account's own position, then by
    /// ticker and slot.
    pub fn quote_exits(&mut self) {
        let mut wanted: Vec<(usize, usize)> = self.exits.keys().copied().collect();
        wanted.sort_by_key(|&(slot, market)| {
            let grows = self.reducible(market, self.exit_side(slot, market)) == 0;
            (grows, &self.tape.markets[market].ticker, self.settings.slots[slot])
        });
        for (slot, market) in wanted {
            let held = self.account.held(slot, market);
            let works = self.orders.iter().any(|order| order.is_exit && (order.slot, order.market) == (slot, market));
            let refused = if held == 0 || works { None } else { self.leave(slot, market, held.abs()).err() };
            let Some(exit) = self.exits.get_mut(&(slot, market)) else { continue };
            // The same cause is counted once.
            if let Some(code) = refused.filter(|code| exit.refused != Some(code)) {
                exit.refused = refused;
                self.refuse(code, &format!("exit of {slot} from {market}"));
            } else {
                exit.refused = refused;
            }
        }
    }

    fn exit_side(&self, slot: usize, market: usize) -> Side {
        if self.account.held(slot, market) > 0 { Side::Sell } else { Side::Buy }
    }

    fn leave(&mut self, slot: usize, market: usize, held: i128) -> Sent {
        let side = self.exit_side(slot, market);
        let row = self.latest[market].ok_or("no_price")?;
        let price = self.exit_price(slot, side, &row).ok_or("no_price")?;
        let mut sent = self.send(slot, side, price, held, true, &row);
        let reducible = self.reducible(market, side);
        if sent.is_err_and(|code| !HOLD_EVERY_EXIT.contains(&code)) && reducible < held {
            // A part opens risk at the venue and must wait; entries on the same side would take the other part's room.
            self.cancel_where(|order| !order.is_exit && order.market == market && order.side == side);
            if reducible > 0 {
                sent = self.send(slot, side, price, reducible, true, &row);
            }
        }
        if sent == Err("self_match") {
            let meets = |order: &Order| {
                order.market == market && order.side != side && side.sign() * (price - order.price) >= 0
            };
            self.cancel_where(|order| meets(order) && (!order.is_exit || reducible > 0));
        }
        sent
    }

    /// Prices an exit: by its policy, or across the spread once it was wanted for too long; where that price is
    /// missing, at what the book has; in a wide book as near to its own side as the collar allows.
    fn exit_price(&self, slot: usize, side: Side, row: &Row) -> Option<i128> {
        let (settings, grid) = (self.settings, self.tape.markets[row.market].grid);
        let patience = settings.exit_escalates_after;
        let overdue = self.exits.get(&(slot, row.market)).is_some_and(|exit| {
            let orders = (self.now - exit.since) / patience.max(1) >= settings.order_expiry;
            patience > 0 && (exit.expiries >= patience || orders)
        });
        let first = if overdue { Pricing::Cross } else { settings.exit_pricing };
        let priced = [first, Pricing::Cross, Pricing::Join].into_iter();
        let price = priced.filter_map(|way| way.limit(side, row, grid)).next()?;
        let band = 2 * settings.limits.deviation;
        // Twice the prices that the band is measured from: the mid of a sound book, else the book's own.
        let (low, high) = match (row.bid, row.ask) {
            (Some(bid), Some(ask)) if bid < ask => (bid + ask, bid + ask),
            (Some(bid), Some(ask)) => (2 * ask, 2 * bid),
            (Some(only), None) | (None, Some(only)) => (2 * only, 2 * only),
            (None, None) => return Some(price),
        };
        let edge = match side {
            Side::Sell => price.min(grid.down((high + band).div_euclid(2))),
            Side::Buy => price.max(grid.up((low - band + 1).div_euclid(2))),
        };
        Some(if 0 < edge && edge < DOLLAR { edge } else { price })
    }
}
