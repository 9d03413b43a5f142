//! The rows of the ledgers, from records.

use std::collections::BTreeMap;

use host_core::record::{DayClose, Trade};
use host_core::{
    Fill, Intent, Market, MarketId, Order, OrderId, OrderState, Qty, Record, Side, SlotId, TimeInForce, Timestamp, Usd,
};

use super::cell::{Cell, Kind};
use super::table::{Row, Table};

pub(super) static TRADES: Table = Table {
    name: "trades",
    columns: &[
        ("opened", Kind::Time),
        ("closed", Kind::Time),
        ("strategy", Kind::Text),
        ("ticker", Kind::Text),
        ("event", Kind::Text),
        ("category", Kind::Text),
        ("side", Kind::Text),
        ("contracts", Kind::Decimal),
        ("entry_price", Kind::Decimal),
        ("exit_price", Kind::Decimal),
        ("fees", Kind::Decimal),
        ("net_pnl", Kind::Decimal),
        ("holding_seconds", Kind::Decimal),
        ("settled", Kind::Flag),
    ],
};

pub(super) static ORDERS: Table = Table {
    name: "orders",
    columns: &[
        ("order", Kind::Whole),
        ("created", Kind::Time),
        ("ended", Kind::Time),
        ("strategy", Kind::Text),
        ("ticker", Kind::Text),
        ("intent", Kind::Text),
        ("side", Kind::Text),
        ("limit_price", Kind::Decimal),
        ("contracts", Kind::Decimal),
        ("filled", Kind::Decimal),
        ("average_price", Kind::Decimal),
        ("fees", Kind::Decimal),
        ("arrival_mid", Kind::Decimal),
        ("expires", Kind::Time),
        ("state", Kind::Text),
        ("reason", Kind::Text),
    ],
};

pub(super) static FILLS: Table = Table {
    name: "fills",
    columns: &[
        ("time", Kind::Time),
        ("order", Kind::Whole),
        ("strategy", Kind::Text),
        ("ticker", Kind::Text),
        ("side", Kind::Text),
        ("price", Kind::Decimal),
        ("contracts", Kind::Decimal),
        ("cost", Kind::Decimal),
        ("fee", Kind::Decimal),
        ("liquidity", Kind::Text),
        ("arrival_mid", Kind::Decimal),
        ("position_after", Kind::Decimal),
    ],
};

pub(super) static DAILY: Table = Table {
    name: "daily",
    columns: &[
        ("date", Kind::Date),
        ("equity", Kind::Decimal),
        ("equity_change", Kind::Decimal),
        ("realised_pnl", Kind::Decimal),
        ("trades", Kind::Whole),
        ("fills", Kind::Whole),
        ("fees", Kind::Decimal),
        ("max_drawdown", Kind::Decimal),
    ],
};

/// The names of markets and slots.
#[derive(Clone, Debug, Default)]
pub struct LedgerNames {
    pub markets: Vec<Market>,
    pub slots: BTreeMap<SlotId, String>,
}

/// The same, to be looked up.
#[derive(Debug)]
pub(super) struct Names {
    markets: BTreeMap<MarketId, Market>,
    slots: BTreeMap<SlotId, String>,
}

impl Names {
    pub(super) fn new(names: LedgerNames) -> Names {
        let markets = names.markets.into_iter().map(|market| (market.id, market)).collect();
        Names { markets, slots: names.slots }
    }

    fn slot(&self, slot: SlotId) -> Option<Cell> {
        text(self.slots.get(&slot).map_or_else(|| slot.0.to_string(), Clone::clone))
    }

    fn market(&self, market: MarketId, part: impl Fn(&Market) -> &str) -> Option<Cell> {
        let found = self.markets.get(&market).map(|market| part(market).to_owned());
        found.filter(|text| !text.is_empty()).map(Cell::Text)
    }

    pub(super) fn ticker(&self, market: MarketId) -> Option<Cell> {
        self.market(market, |market| &market.ticker)
    }

    pub(super) fn event(&self, market: MarketId) -> Option<Cell> {
        self.market(market, |market| &market.event)
    }
}

fn text(text: impl ToString) -> Option<Cell> {
    Some(Cell::Text(text.to_string()))
}

fn mid(doubled: i32) -> Option<Cell> {
    Some(Cell::Number(f64::from(doubled) / 20_000.0))
}

pub(super) fn trade_row(names: &Names, trade: &Trade) -> Row {
    vec![
        Some(Cell::Time(trade.opened)),
        Some(Cell::Time(trade.closed)),
        names.slot(trade.slot),
        names.ticker(trade.market),
        names.event(trade.market),
        names.market(trade.market, |market| &market.category),
        text(trade.side),
        Some(Cell::Qty(trade.qty)),
        Some(Cell::Price(trade.entry_price)),
        Some(Cell::Price(trade.exit_price)),
        Some(Cell::Usd(trade.fees)),
        Some(Cell::Usd(trade.net)),
        Some(Cell::Number((trade.closed - trade.opened).as_seconds())),
        Some(Cell::Flag(trade.settled)),
    ]
}

pub(super) fn fill_row(
    names: &Names,
    (slot, market): (SlotId, MarketId),
    side: Side,
    fill: &Fill,
    arrival_mid_doubled: i32,
    position: Qty,
) -> Row {
    vec![
        Some(Cell::Time(fill.time)),
        Some(Cell::Whole(fill.order.0.cast_signed())),
        names.slot(slot),
        names.ticker(market),
        text(side),
        Some(Cell::Price(fill.price)),
        Some(Cell::Qty(fill.qty)),
        Some(Cell::Usd(fill.cost)),
        Some(Cell::Usd(fill.fee)),
        text(if fill.taker { "taker" } else { "maker" }),
        mid(arrival_mid_doubled),
        Some(Cell::Qty(position)),
    ]
}

/// The orders that have not ended.
#[derive(Debug, Default)]
pub(super) struct Orders {
    open: BTreeMap<OrderId, OpenOrder>,
}

/// An order with what was filled of it.
#[derive(Debug)]
pub(super) struct OpenOrder {
    order: Order,
    filled: Qty,
    cost: Usd,
    fees: Usd,
}

impl Orders {
    pub(super) fn placed(&mut self, order: &Order) {
        let (filled, cost, fees) = (Qty::ZERO, Usd::ZERO, Usd::ZERO);
        self.open.insert(order.id, OpenOrder { order: order.clone(), filled, cost, fees });
    }

    pub(super) fn filled(&mut self, fill: &Fill) {
        if let Some(open) = self.open.get_mut(&fill.order) {
            open.filled += fill.qty;
            open.cost += fill.cost;
            open.fees += fill.fee;
        }
    }

    pub(super) fn done(&mut self, order: OrderId) -> Option<OpenOrder> {
        self.open.remove(&order)
    }

    /// Takes the orders that are left, by number.
    pub(super) fn rest(&mut self) -> impl Iterator<Item = OpenOrder> + use<> {
        std::mem::take(&mut self.open).into_values()
    }
}

impl OpenOrder {
    pub(super) fn row(&self, names: &Names, state: OrderState, ended: Option<Timestamp>, reason: &str) -> Row {
        let Order { id, slot, market, side, price, qty, time_in_force, intent, created, arrival_mid_doubled } =
            &self.order;
        let expires = match time_in_force {
            TimeInForce::GoodTill(time) => Some(Cell::Time(*time)),
            TimeInForce::ImmediateOrCancel => None,
        };
        let average = self.cost.as_dollars() / self.filled.as_contracts();
        vec![
            Some(Cell::Whole(id.0.cast_signed())),
            Some(Cell::Time(*created)),
            ended.map(Cell::Time),
            names.slot(*slot),
            names.ticker(*market),
            text(match intent {
                Intent::Entry => "entry",
                Intent::Exit => "exit",
            }),
            text(side),
            Some(Cell::Price(*price)),
            Some(Cell::Qty(*qty)),
            Some(Cell::Qty(self.filled)),
            (!self.filled.is_zero()).then_some(Cell::Number(average)),
            Some(Cell::Usd(self.fees)),
            mid(*arrival_mid_doubled),
            expires,
            text(state.as_str()),
            Some(reason).filter(|reason| !reason.is_empty()).and_then(text),
        ]
    }

    pub(super) fn still_open(&self, names: &Names) -> Row {
        self.row(names, OrderState::Working, None, "")
    }
}

/// The sums of the day that is open.
#[derive(Debug)]
pub(super) struct Days {
    /// Equity at the end of the day before.
    before: Option<Usd>,
    trades: i64,
    fills: i64,
    fees: Usd,
}

impl Days {
    pub(super) fn new(start: Option<Usd>) -> Days {
        Days { before: start, trades: 0, fills: 0, fees: Usd::ZERO }
    }

    pub(super) fn take(&mut self, record: &Record) {
        match record {
            Record::Trade(_) => self.trades += 1,
            Record::Filled { fill, .. } => {
                self.fills += 1;
                self.fees += fill.fee;
            }
            _ => {}
        }
    }

    /// Returns the row of the day that `close` ends, and begins the next.
    pub(super) fn row(&mut self, close: &DayClose) -> Row {
        let Days { before, trades, fills, fees } = std::mem::replace(self, Days::new(Some(close.equity)));
        vec![
            Some(Cell::Date(close.day)),
            Some(Cell::Usd(close.equity)),
            before.map(|before| Cell::Usd(close.equity - before)),
            Some(Cell::Usd(close.realised)),
            Some(Cell::Whole(trades)),
            Some(Cell::Whole(fills)),
            Some(Cell::Usd(fees)),
            Some(Cell::Usd(close.max_drawdown)),
        ]
    }
}
