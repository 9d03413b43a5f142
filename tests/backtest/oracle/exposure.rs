//! Worst-case losses, summed up anew from positions and working orders: of a market, an event, a category, and all.

use super::model::Model;
use super::words::{Market, Order, Side};

/// The effect of an order on a worst-case loss: one that can lose `x` raises it to `max(now, start + x)`.
#[derive(Clone, Copy, Debug)]
pub struct Cap {
    pub code: &'static str,
    pub now: i128,
    pub start: i128,
    pub limit: i128,
}

impl Model<'_> {
    fn working(&self, market: usize, side: Side, is_exit: bool) -> impl Iterator<Item = &Order> {
        let of = move |order: &&Order| order.market == market && order.side == side && order.is_exit == is_exit;
        self.orders.iter().filter(of)
    }

    fn entries_qty(&self, market: usize, side: Side) -> i128 {
        self.working(market, side, false).map(Order::open).sum()
    }

    /// Returns the contracts of working exits.
    fn exits_qty(&self, market: usize, side: Side) -> i128 {
        self.working(market, side, true).map(Order::open).sum()
    }

    /// Returns the contracts that exits on `side` can take from the account's position after all entries there.
    fn closable(&self, market: usize, side: Side) -> i128 {
        (-side.sign() * self.account.nets[market].qty - self.entries_qty(market, side)).max(0)
    }

    /// Returns the contracts that a further exit can take.
    pub fn reducible(&self, market: usize, side: Side) -> i128 {
        (self.closable(market, side) - self.exits_qty(market, side)).max(0)
    }

    /// Returns the contracts by which exits open risk, with `further` if it is one, and what these can lose.
    pub fn growing(&self, market: usize, side: Side, further: Option<&Order>) -> (i128, i128) {
        let exits: Vec<&Order> = self.working(market, side, true).chain(further).collect();
        let wanted: i128 = exits.iter().map(|order| order.open()).sum();
        let qty = (wanted - self.closable(market, side)).max(0);
        let dearest = exits.iter().map(|order| side.risk(order.price)).max().unwrap_or(0);
        (qty, if wanted == 0 { 0 } else { dearest * qty })
    }

    /// Returns what a market loses if `side` loses.
    fn side_loss(&self, market: usize, side: Side) -> i128 {
        let net = self.account.nets[market];
        let held = if net.qty * side.sign() > 0 { net.cost } else { 0 };
        let entries: i128 = self.working(market, side, false).map(|order| side.risk(order.price) * order.open()).sum();
        held + entries + self.growing(market, side, None).1
    }

    /// Returns the exits on `side` that an order there adds to. An entry can fill before them and take what they were
    /// to close, so all of them count.
    fn exits_before(&self, market: usize, side: Side, is_exit: bool) -> (i128, i128) {
        if is_exit {
            return self.growing(market, side, None);
        }
        let qty = self.exits_qty(market, side);
        let dearest = self.working(market, side, true).map(|order| side.risk(order.price)).max().unwrap_or(0);
        (qty, dearest * qty)
    }

    fn worst(&self, market: usize) -> i128 {
        self.side_loss(market, Side::Buy).max(self.side_loss(market, Side::Sell))
    }

    /// Returns the contracts on one side of a market that an order adds to.
    pub fn side_qty(&self, slot: usize, market: usize, side: Side, is_exit: bool) -> i128 {
        let (net, own) = (self.account.nets[market].qty, self.account.held(slot, market));
        let held = (side.sign() * net).max(side.sign() * own).max(0);
        held + self.entries_qty(market, side) + self.exits_before(market, side, is_exit).0
    }

    /// Returns the caps that an order adds to, in the order in which they are checked.
    pub fn caps(&self, market: usize, side: Side, is_exit: bool) -> [Cap; 4] {
        let added = self.exits_before(market, side, is_exit).1 - self.growing(market, side, None).1;
        let (worst, loss) = (self.worst(market), self.side_loss(market, side) + added);
        let limits = &self.settings.limits;
        let own = &self.tape.markets[market];
        let of = |wanted: &dyn Fn(&Market) -> bool| -> Vec<usize> {
            (0..self.tape.markets.len()).filter(|&at| wanted(&self.tape.markets[at])).collect()
        };
        let sum = |code, markets: Vec<usize>, limit| {
            let now: i128 = markets.iter().map(|&at| self.worst(at)).sum();
            Cap { code, now, start: now - worst + loss, limit: self.money_limit(limit) }
        };
        let in_event = of(&|other| other.event == own.event);
        let event = match limits.exclusive && own.event.starts_with("E1") {
            true => self.exclusive(&in_event, market, side, added),
            false => sum("max_event_exposure", in_event, limits.event),
        };
        [
            Cap { code: "max_position_value", now: worst, start: loss, limit: self.money_limit(limits.position_value) },
            event,
            sum("max_category_exposure", of(&|other| other.category == own.category), limits.category),
            sum("max_portfolio_exposure", of(&|_| true), limits.portfolio),
        ]
    }

    /// Of an exclusive event at most one market resolves YES: the loss is that of the worst outcome.
    fn exclusive(&self, event: &[usize], market: usize, side: Side, added: i128) -> Cap {
        // The loss if `yes` resolves YES, or if none does.
        let loss = |yes: Option<usize>| -> i128 {
            let lost = |at: usize| if yes == Some(at) { Side::Sell } else { Side::Buy };
            event.iter().map(|&at| self.side_loss(at, lost(at))).sum()
        };
        let outcomes = [None].into_iter().chain(event.iter().map(|&at| Some(at)));
        // An order to buy loses unless its market resolves YES; one to sell only then.
        let loses = |yes: &Option<usize>| (*yes == Some(market)) == (side == Side::Sell);
        let start = outcomes.clone().filter(loses).map(loss).max().unwrap_or(0) + added;
        let now = outcomes.map(loss).max().unwrap_or(0);
        Cap { code: "max_event_exposure", now, start, limit: self.money_limit(self.settings.limits.event) }
    }

    /// Returns the number of open positions, one in `market` included; a working entry counts as one.
    pub fn open_with(&self, slot: usize, market: usize) -> i128 {
        let held = self.account.positions.iter().map(|held| (held.slot, held.market));
        let entering = self.orders.iter().filter(|order| !order.is_exit).map(|order| (order.slot, order.market));
        let mut open: Vec<(usize, usize)> = held.chain(entering).chain([(slot, market)]).collect();
        open.sort_unstable();
        open.dedup();
        open.len() as i128
    }
}
