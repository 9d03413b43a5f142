//! The exposure in one market: the account's net position, working orders, and the positions of the strategies.

use crate::money::{Qty, Usd};
use crate::order::{Intent, Order, Side};
use crate::strategy::SlotId;

use super::slot_exposure::{HeldExposure, SideExposure, SlotExposure, index};

/// A working order and its quantity still to fill.
#[derive(Clone, Debug)]
pub(super) struct CountedOrder {
    pub order: Order,
    pub left: Qty,
}

/// Positions and working orders in one market.
#[derive(Debug)]
pub(super) struct MarketExposure {
    pub allowed: bool,
    pub settled: bool,
    /// Index of its event in `ExposureLedger::events`.
    pub event: usize,
    /// Index of its category in `ExposureLedger::categories`.
    pub category: usize,
    /// The position of all strategies together, as the venue nets it.
    pub account: HeldExposure,
    /// Working entry orders: YES side, NO side.
    pub entries: [SideExposure; 2],
    pub working: Vec<CountedOrder>,
    pub positions: Vec<SlotExposure>,
}

impl MarketExposure {
    pub fn new(event: usize, category: usize) -> MarketExposure {
        MarketExposure {
            allowed: false,
            settled: false,
            event,
            category,
            account: HeldExposure::default(),
            entries: [SideExposure::default(); 2],
            working: Vec::new(),
            positions: Vec::new(),
        }
    }

    /// Returns the worst-case loss of `side`: positions and orders.
    pub fn loss(&self, side: Side) -> Usd {
        self.loss_before(side, Intent::Exit)
    }

    /// Returns the worst-case loss of `side` that an order of `intent` there adds to.
    pub fn loss_before(&self, side: Side, intent: Intent) -> Usd {
        self.account.loss(side) + self.entries[index(side)].loss + self.exits_before(side, intent).loss
    }

    /// Returns the contracts of working exits on `side`.
    pub fn exits(&self, side: Side) -> Qty {
        let exits = self.working.iter().filter(|working| working.is_exit(side));
        exits.map(|working| working.left).sum()
    }

    /// Returns the contracts that exits on `side` can take from the account's position if all entries there fill first.
    pub fn closable(&self, side: Side) -> Qty {
        (-side.signed(self.account.qty) - self.entries[index(side)].qty).max(Qty::ZERO)
    }

    /// Returns the contracts by which exits on `side`, with `further` if it is one, can open risk, and what they can
    /// lose.
    pub fn growing(&self, side: Side, further: Option<&Order>) -> SideExposure {
        let exits = self.exits(side) + further.map_or(Qty::ZERO, |order| order.qty);
        self.dearest_exits(side, further, (exits - self.closable(side)).max(Qty::ZERO))
    }

    /// Returns the exits on `side` that open risk once an order of `intent` fills there. An entry can fill before them
    /// and take what they were to close, so all of them count.
    fn exits_before(&self, side: Side, intent: Intent) -> SideExposure {
        match intent {
            Intent::Exit => self.growing(side, None),
            Intent::Entry => self.dearest_exits(side, None, self.exits(side)),
        }
    }

    /// Returns `qty` contracts of the exits on `side`, at the price that can lose most.
    fn dearest_exits(&self, side: Side, further: Option<&Order>, qty: Qty) -> SideExposure {
        let working = self.working.iter().filter(|working| working.is_exit(side)).map(|working| &working.order);
        let dearest = working.chain(further).map(unit_loss).max().unwrap_or_default();
        SideExposure { qty, loss: Usd(dearest.0.saturating_mul(qty.0)) }
    }

    /// Returns the contracts on `side` that an order of `intent` adds to: the account's position, or that of one
    /// strategy if it is larger, and orders.
    pub fn side_qty(&self, slot: SlotId, side: Side, intent: Intent) -> Qty {
        let own = self.positions.iter().find(|position| position.slot == slot).map_or(Qty::ZERO, |own| own.held.qty);
        let held = side.signed(self.account.qty).max(side.signed(own)).max(Qty::ZERO);
        held + self.entries[index(side)].qty + self.exits_before(side, intent).qty
    }

    /// Returns the market's worst-case loss.
    pub fn worst(&self) -> Usd {
        self.loss(Side::Buy).max(self.loss(Side::Sell))
    }

    pub fn open(&self) -> u32 {
        self.positions.iter().map(|position| u32::from(position.is_open())).sum()
    }

    /// Returns the position of `slot`, creating a flat one if there is none.
    pub fn position(&mut self, slot: SlotId) -> &mut SlotExposure {
        let at = self.positions.iter().position(|position| position.slot == slot).unwrap_or_else(|| {
            self.positions.push(SlotExposure::flat(slot));
            self.positions.len() - 1
        });
        &mut self.positions[at]
    }

    /// Counts `qty` of an entry order as working (`sign` 1) or as no longer working (`sign` -1).
    pub fn count_entry(&mut self, order: &Order, qty: Qty, sign: i64) {
        let loss = Usd(sign * order.side.worst_loss(order.price, qty).0);
        self.position(order.slot).entry_losses[index(order.side)] += loss;
        let entries = &mut self.entries[index(order.side)];
        entries.qty += Qty(sign * qty.0);
        entries.loss += loss;
    }

    /// Sets the position of `slot`, and the account's with it.
    pub fn set_position(&mut self, slot: SlotId, held: HeldExposure) {
        self.position(slot).held = held;
        self.account = HeldExposure::default();
        for position in &self.positions {
            self.account.adopt(position.held);
        }
    }
}

impl CountedOrder {
    pub fn is_exit(&self, side: Side) -> bool {
        self.order.side == side && self.order.intent == Intent::Exit
    }
}

/// Returns the worst-case loss of 1/1,000,000 contract of an order.
fn unit_loss(order: &Order) -> Usd {
    order.side.worst_loss(order.price, Qty(1))
}
