//! What positions and working orders can lose at the worst: per market, event, category and in all.
//!
//! Rules. An order counts from the moment it is approved until it is terminal (RTS 6 art. 15(2)). Nothing is netted
//! between strategies, nor between positions and orders. Per market, the YES side (longs, buys) is lost if it resolves
//! NO and the NO side (shorts, sells) if it resolves YES, so the market's worst loss is the larger of the two. Exits
//! cannot open risk and count nothing. Positions count at cost, without fees. Every hook costs O(1) in history:
//! it looks at the orders and strategies of one market only.

use std::collections::HashMap;

use crate::market::{Market, MarketId};
use crate::money::{Qty, Usd};
use crate::order::{Fill, Intent, Order, OrderId, Side};
use crate::strategy::SlotId;

use super::limits::{RiskLimits, is_listed};
use super::position::{Position, Slice};

/// An order that is not terminal.
#[derive(Clone, Debug)]
struct Working {
    order: Order,
    left: Qty,
}

/// What is held and ordered in one market.
#[derive(Debug)]
pub(super) struct Book {
    allowed: bool,
    settled: bool,
    event: usize,
    category: usize,
    /// Positions of all strategies, by side: YES side, NO side.
    held: [Slice; 2],
    /// Working entry orders, by side.
    entries: [Slice; 2],
    working: Vec<Working>,
    positions: Vec<Position>,
}

/// The markets of one event.
#[derive(Debug)]
struct EventBook {
    exclusive: bool,
    markets: Vec<usize>,
    /// Sum of the markets' worst losses.
    sum: Usd,
}

/// All of it.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    books: Vec<Option<Book>>,
    events: Vec<EventBook>,
    categories: Vec<Usd>,
    event_ids: HashMap<String, usize>,
    category_ids: HashMap<String, usize>,
    total: Usd,
    open: u32,
}

/// How a worst loss grows with an order that can lose `x`: to `max(now, start + x)`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Growth {
    /// The worst loss as it is.
    pub now: Usd,
    /// That of the scenarios in which the order loses.
    pub start: Usd,
}

impl Growth {
    pub fn after(self, loss: Usd) -> Usd {
        self.now.max(self.start + loss)
    }

    /// The largest loss that an order may add without passing `cap`.
    pub fn room(self, cap: Usd) -> Usd {
        if self.now > cap { Usd::ZERO } else { (cap - self.start).max(Usd::ZERO) }
    }
}

/// The four worst losses that an order on one side of a market adds to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Growths {
    pub market: Growth,
    pub event: Growth,
    pub category: Growth,
    pub portfolio: Growth,
}

const fn index(side: Side) -> usize {
    match side {
        Side::Buy => 0,
        Side::Sell => 1,
    }
}

impl Book {
    /// What `side` can lose: positions and entries.
    fn loss(&self, side: Side) -> Usd {
        self.held[index(side)].loss + self.entries[index(side)].loss
    }

    fn worst(&self) -> Usd {
        self.loss(Side::Buy).max(self.loss(Side::Sell))
    }

    fn open(&self) -> u32 {
        self.positions.iter().map(|position| u32::from(position.is_open())).sum()
    }

    fn position(&mut self, slot: SlotId) -> &mut Position {
        let at = self.positions.iter().position(|position| position.slot == slot).unwrap_or_else(|| {
            self.positions.push(Position::flat(slot));
            self.positions.len() - 1
        });
        &mut self.positions[at]
    }

    /// Books `qty` of an entry order as working (`sign` 1) or as no longer working (`sign` -1).
    fn count_entry(&mut self, order: &Order, qty: Qty, sign: i64) {
        let entries = &mut self.entries[index(order.side)];
        entries.qty += Qty(sign * qty.0);
        entries.loss += Usd(sign * order.side.worst_loss(order.price, qty).0);
    }

    fn set_position(&mut self, slot: SlotId, change: impl FnOnce(&mut Position)) {
        let position = self.position(slot);
        let (side, before) = position.slice();
        change(position);
        let (side_after, after) = position.slice();
        self.held[index(side)] -= before;
        self.held[index(side_after)] += after;
    }
}

impl Ledger {
    /// Lists `market`, or moves it where its event or category changed.
    pub fn list(&mut self, market: &Market, limits: &RiskLimits) {
        let event = self.event(&market.event, limits);
        let category = self.category(&market.category);
        let at = market.id.index();
        if at >= self.books.len() {
            self.books.resize_with(at + 1, || None);
        }
        let allowed = is_listed(&limits.allowed_markets, &market.ticker);
        let mut book = self.books[at].take().unwrap_or_else(|| Book::new(event, category));
        let (worst, old_event) = (book.worst(), book.event);
        self.categories[book.category] -= worst;
        self.categories[category] += worst;
        self.events[old_event].sum -= worst;
        self.events[old_event].markets.retain(|&other| other != at);
        self.events[event].sum += worst;
        self.events[event].markets.push(at);
        (book.allowed, book.event, book.category) = (allowed, event, category);
        self.books[at] = Some(book);
    }

    fn event(&mut self, name: &str, limits: &RiskLimits) -> usize {
        if let Some(&id) = self.event_ids.get(name) {
            return id;
        }
        let exclusive = is_listed(&limits.exclusive_events, name);
        self.events.push(EventBook { exclusive, markets: Vec::new(), sum: Usd::ZERO });
        self.event_ids.insert(name.to_owned(), self.events.len() - 1);
        self.events.len() - 1
    }

    fn category(&mut self, name: &str) -> usize {
        if let Some(&id) = self.category_ids.get(name) {
            return id;
        }
        self.categories.push(Usd::ZERO);
        self.category_ids.insert(name.to_owned(), self.categories.len() - 1);
        self.categories.len() - 1
    }

    /// Whether `market` was listed, and then whether it may be traded.
    pub fn allowed(&self, market: MarketId) -> Option<bool> {
        self.book(market).map(|book| book.allowed)
    }

    /// Whether `market` paid out.
    pub fn settled(&self, market: MarketId) -> bool {
        self.book(market).is_some_and(|book| book.settled)
    }

    /// Counts an order that leaves, or one that works already with `left` to fill.
    pub fn place(&mut self, order: &Order, left: Qty) {
        self.change(order.market, |book| {
            if order.intent == Intent::Entry {
                book.count_entry(order, left, 1);
                book.position(order.slot).entries += 1;
            }
            book.working.push(Working { order: order.clone(), left });
        });
    }

    /// Moves a fill from the working order to the position. Whether the order is full now, and thereby terminal.
    pub fn fill(&mut self, order: &Order, fill: &Fill) -> bool {
        let left = self.change(order.market, |book| {
            book.set_position(order.slot, |position| position.trade(order.side, fill.price, fill.qty));
            let working = book.working.iter_mut().find(|working| working.order.id == order.id)?;
            let taken = fill.qty.min(working.left);
            working.left -= taken;
            let left = working.left;
            if order.intent == Intent::Entry {
                book.count_entry(order, taken, -1);
            }
            Some(left)
        });
        left.flatten() == Some(Qty::ZERO) && self.close(order.market, order.id)
    }

    /// Releases what an order that became terminal still counts. Whether it was working.
    pub fn close(&mut self, market: MarketId, id: OrderId) -> bool {
        let closed = self.change(market, |book| {
            let at = book.working.iter().position(|working| working.order.id == id)?;
            let Working { order, left } = book.working.remove(at);
            if order.intent == Intent::Entry {
                book.count_entry(&order, left, -1);
                book.position(order.slot).entries -= 1;
            }
            Some(())
        });
        closed.flatten().is_some()
    }

    /// Drops all positions and orders of a market that paid out.
    pub fn settle(&mut self, market: MarketId) {
        self.change(market, |book| {
            *book = Book { allowed: book.allowed, settled: true, ..Book::new(book.event, book.category) };
        });
    }

    /// Sets a strategy's position, as read back from a journal or a venue. Whether the market is listed.
    pub fn set_position(&mut self, slot: SlotId, market: MarketId, qty: Qty, cost: Usd) -> bool {
        let set = |position: &mut Position| (position.qty, position.cost) = (qty, cost);
        self.change(market, |book| book.set_position(slot, set)).is_some()
    }

    /// Changes one market's book and carries the difference to event, category and total.
    fn change<R>(&mut self, market: MarketId, change: impl FnOnce(&mut Book) -> R) -> Option<R> {
        let book = self.books.get_mut(market.index())?.as_mut()?;
        let (worst, open) = (book.worst(), book.open());
        let result = change(book);
        let grown = book.worst() - worst;
        self.open = self.open + book.open() - open;
        self.events[book.event].sum += grown;
        self.categories[book.category] += grown;
        self.total += grown;
        Some(result)
    }

    fn book(&self, market: MarketId) -> Option<&Book> {
        self.books.get(market.index())?.as_ref()
    }

    /// The worst losses that an order on `side` of `market` would add to; `None` if it is not listed.
    pub fn growths(&self, market: MarketId, side: Side) -> Option<Growths> {
        let book = self.book(market)?;
        let side_loss = book.loss(side);
        // A sum grows only where the order's side is the market's worse side.
        let sum = |now: Usd| Growth { now, start: now - book.worst() + side_loss };
        let event = &self.events[book.event];
        Some(Growths {
            market: Growth { now: book.worst(), start: side_loss },
            event: if event.exclusive { self.exclusive_growth(event, market, side) } else { sum(event.sum) },
            category: sum(self.categories[book.category]),
            portfolio: sum(self.total),
        })
    }

    /// The worst loss over the outcomes of an event of which at most one market resolves YES. All NO loses every YES
    /// side; market k YES loses the other YES sides and k's NO side.
    fn exclusive_growth(&self, event: &EventBook, market: MarketId, side: Side) -> Growth {
        let mut all_no = Usd::ZERO;
        // By how much another market's YES is worse than all NO, and by how much this market's is.
        let (mut others, mut own) = (Usd::ZERO, Usd::ZERO);
        for &at in &event.markets {
            let Some(book) = &self.books[at] else { continue };
            all_no += book.loss(Side::Buy);
            let worse = book.loss(Side::Sell) - book.loss(Side::Buy);
            if at == market.index() { own = worse } else { others = others.max(worse) }
        }
        let start = match side {
            Side::Buy => all_no + others,
            Side::Sell => all_no + own,
        };
        Growth { now: all_no + others.max(own), start }
    }

    /// Contracts held and ordered on `side` of `market`.
    pub fn side_qty(&self, market: MarketId, side: Side) -> Qty {
        self.book(market).map_or(Qty::ZERO, |book| book.held[index(side)].qty + book.entries[index(side)].qty)
    }

    /// The strategy's position in `market`; negative is short.
    pub fn position(&self, slot: SlotId, market: MarketId) -> Qty {
        let positions = self.book(market).map(|book| book.positions.as_slice()).unwrap_or_default();
        positions.iter().find(|position| position.slot == slot).map_or(Qty::ZERO, |position| position.qty)
    }

    /// What the strategy's position in `market` can lose at the worst.
    pub fn at_risk(&self, slot: SlotId, market: MarketId) -> Usd {
        let positions = self.book(market).map(|book| book.positions.as_slice()).unwrap_or_default();
        positions.iter().find(|position| position.slot == slot).map_or(Usd::ZERO, |position| position.cost)
    }

    /// Contracts of the strategy's working orders on `side` of `market`, entries and exits.
    pub fn working_qty(&self, slot: SlotId, market: MarketId, side: Side) -> Qty {
        let own = |working: &&Working| working.order.slot == slot && working.order.side == side;
        self.working(market).iter().filter(own).map(|working| working.left).sum()
    }

    /// A working order, of any strategy, that `order` would trade with.
    pub fn crossed_by(&self, order: &Order) -> Option<&Order> {
        let crosses = |other: &&Order| match order.side {
            Side::Buy => other.side == Side::Sell && order.price >= other.price,
            Side::Sell => other.side == Side::Buy && order.price <= other.price,
        };
        self.working(order.market).iter().map(|working| &working.order).find(crosses)
    }

    fn working(&self, market: MarketId) -> &[Working] {
        self.book(market).map(|book| book.working.as_slice()).unwrap_or_default()
    }

    /// Open positions if the strategy opened one in `market` too, a working entry counted as one.
    pub fn open_with(&self, slot: SlotId, market: MarketId) -> u32 {
        let positions = self.book(market).map(|book| book.positions.as_slice()).unwrap_or_default();
        let counted = positions.iter().any(|position| position.slot == slot && position.is_open());
        self.open + u32::from(!counted)
    }

    /// What everything can lose at the worst.
    pub fn total(&self) -> Usd {
        self.total
    }

    /// Open positions, a working entry counted as one.
    pub fn open(&self) -> u32 {
        self.open
    }
}

impl Book {
    fn new(event: usize, category: usize) -> Book {
        Book {
            allowed: false,
            settled: false,
            event,
            category,
            held: [Slice::default(); 2],
            entries: [Slice::default(); 2],
            working: Vec::new(),
            positions: Vec::new(),
        }
    }
}
