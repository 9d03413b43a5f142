//! Cash, positions and their marks, summed up anew whenever a figure is asked for.

use super::words::{DOLLAR, MICRO, Side};

/// One strategy's position in one market.
pub struct Position {
    pub slot: usize,
    pub market: usize,
    /// Negative is short.
    pub qty: i128,
    /// Money that came in less what went out since it was opened, fees included.
    flow: i128,
}

/// The position of all strategies in one market, as the venue nets it.
#[derive(Clone, Copy, Default)]
pub struct Net {
    pub qty: i128,
    /// The most that it can lose: the amount paid for YES if long, for NO if short.
    pub cost: i128,
}

pub struct Account {
    pub cash: i128,
    pub fees: i128,
    pub positions: Vec<Position>,
    /// By market.
    pub nets: Vec<Net>,
    /// Twice the price at which positions count, by market.
    pub marks: Vec<i128>,
    peak: i128,
    pub max_drawdown: i128,
    /// The results of all round trips.
    pub trades: Vec<i128>,
    /// By market: money that came in less what went out, and the number of fills.
    pub flows: Vec<(i128, u64)>,
}

impl Net {
    /// Counts a fill: what closes releases its share of the cost, rounded up in what is left; what opens adds to it.
    fn trade(&mut self, side: Side, price: i128, qty: i128) {
        let held = self.qty.abs();
        let closing = if self.qty * side.sign() < 0 { qty.min(held) } else { 0 };
        if closing > 0 {
            let left = -(-self.cost * (held - closing)).div_euclid(held * MICRO) * MICRO;
            self.cost = self.cost.min(left);
        }
        self.qty += side.sign() * qty;
        self.cost += side.risk(price) * (qty - closing);
    }
}

impl Account {
    pub fn new(capital: i128, markets: usize) -> Account {
        Account {
            cash: capital,
            fees: 0,
            positions: Vec::new(),
            nets: vec![Net::default(); markets],
            marks: vec![0; markets],
            peak: capital,
            max_drawdown: 0,
            trades: Vec::new(),
            flows: vec![(0, 0); markets],
        }
    }

    /// Returns the position of `slot` in `market`.
    pub fn held(&self, slot: usize, market: usize) -> i128 {
        self.positions.iter().find(|held| (held.slot, held.market) == (slot, market)).map_or(0, |held| held.qty)
    }

    pub fn holds(&self, market: usize) -> bool {
        self.positions.iter().any(|held| held.market == market)
    }

    pub fn equity(&self) -> i128 {
        let value: i128 = self.positions.iter().map(|held| held.qty * self.marks[held.market]).sum();
        self.cash + value / 2
    }

    /// Takes the equity as it is now into the largest fall.
    pub fn tick(&mut self) -> i128 {
        let equity = self.equity();
        self.peak = self.peak.max(equity);
        self.max_drawdown = self.max_drawdown.max(self.peak - equity);
        equity
    }

    /// Books a fill. Returns the result of the round trip that it ends.
    pub fn fill(&mut self, slot: usize, market: usize, side: Side, fill: (i128, i128, i128)) -> Option<i128> {
        let (price, qty, fee) = fill;
        let flow = -side.sign() * price * qty - fee;
        self.cash += flow;
        self.fees += fee;
        self.flows[market].0 += flow;
        self.flows[market].1 += 1;
        self.nets[market].trade(side, price, qty);
        if !self.holds(market) {
            self.marks[market] = 2 * price;
        }
        let at = self.positions.iter().position(|held| (held.slot, held.market) == (slot, market));
        let at = at.unwrap_or_else(|| {
            self.positions.push(Position { slot, market, qty: 0, flow: 0 });
            self.positions.len() - 1
        });
        let position = &mut self.positions[at];
        let before = position.qty;
        position.qty += side.sign() * qty;
        position.flow += flow;
        assert!(before * position.qty >= 0, "a fill beyond flat: {before} and then {}", position.qty);
        (position.qty == 0).then(|| self.close(at))
    }

    /// Pays out a market. Returns the results of the round trips that this ends.
    pub fn settle(&mut self, market: usize, payout: i128) -> Vec<i128> {
        let mut ended = Vec::new();
        // Slots in order.
        self.positions.sort_by_key(|held| held.slot);
        while let Some(at) = self.positions.iter().position(|held| held.market == market) {
            let paid = payout * self.positions[at].qty;
            self.cash += paid;
            self.flows[market].0 += paid;
            self.positions[at].flow += paid;
            ended.push(self.close(at));
        }
        self.nets[market] = Net::default();
        ended
    }

    fn close(&mut self, at: usize) -> i128 {
        let result = self.positions.remove(at).flow;
        self.trades.push(result);
        result
    }

    /// Moves the mark of `market` between two doubled prices; an absent bid is 0, an absent ask a dollar.
    pub fn clamp_mark(&mut self, market: usize, bid: Option<i128>, ask: Option<i128>) {
        let (bid, ask) = (2 * bid.unwrap_or(0), 2 * ask.unwrap_or(DOLLAR));
        self.marks[market] = self.marks[market].clamp(bid.min(ask), bid.max(ask));
    }
}
