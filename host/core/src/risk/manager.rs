//! The manager: what it remembers between checks, and what it must be told.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::event::Command;
use crate::market::{Market, MarketId};
use crate::money::{Price, Qty, Usd};
use crate::order::{Fill, Intent, Order, OrderState};
use crate::quote::Quote;
use crate::record::{Refused, Trade, TradingState, Verdict};
use crate::strategy::SlotId;
use crate::time::Timestamp;

use super::approved::Approved;
use super::exposure::ExposureLedger;
use super::latches::{Latches, TradingChange};
use super::limits::RiskLimits;
use super::quote_guard::QuoteGuard;
use super::throttle::{MessageWindow, RecentEntries, RepeatedExecutions};
use super::validate::InvalidLimits;

/// What an order is checked against, besides what the manager remembers.
#[derive(Clone, Copy, Debug)]
pub struct CheckContext<'a> {
    /// The time of the event that is being handled.
    pub now: Timestamp,
    /// The order's market.
    pub market: &'a Market,
    /// The market's latest quote. An absent side or volume stays absent: it refuses, it never defaults.
    pub quote: &'a Quote,
}

/// How much of the limits is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LimitUsage {
    /// Dollars that all positions and entry orders can lose at the worst.
    pub exposure: Usd,
    /// Positions, a working entry counted as one.
    pub open_positions: u32,
    /// Dollars lost today, realised and marked; not below zero.
    pub day_loss: Usd,
    /// Dollars below the peak.
    pub drawdown: Usd,
}

/// What survives a restart: latches, loss figures, throttles, blocked markets. Positions and orders do not belong to
/// it: they come from the journal and the venue, by [`RiskManager::adopt_position`] and [`RiskManager::adopt_order`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskSnapshot {
    #[serde(rename = "guard")]
    latches: Latches,
    messages: MessageWindow,
    #[serde(rename = "rounds")]
    repeated_executions: RepeatedExecutions,
    recent: RecentEntries,
    /// By ticker, since market numbers are those of one run.
    blocked: BTreeSet<String>,
}

/// The risk manager of one account. Every order of every strategy, operator and exit path passes through it.
#[derive(Debug)]
pub struct RiskManager {
    pub(super) limits: RiskLimits,
    pub(super) exposure: ExposureLedger,
    pub(super) latches: Latches,
    pub(super) quote_guard: QuoteGuard,
    pub(super) messages: MessageWindow,
    pub(super) recent: RecentEntries,
    pub(super) repeated_executions: RepeatedExecutions,
    /// By market number; empty where none is listed.
    tickers: Vec<String>,
    /// Blocked before a restart, not listed since.
    blocked: BTreeSet<String>,
}

impl RiskManager {
    /// A manager that holds nothing and remembers nothing.
    ///
    /// # Errors
    /// Limits that are not usable: all their faults.
    pub fn new(limits: RiskLimits) -> Result<RiskManager, InvalidLimits> {
        limits.validate()?;
        Ok(RiskManager {
            quote_guard: QuoteGuard::new(&limits),
            limits,
            exposure: ExposureLedger::default(),
            latches: Latches::default(),
            messages: MessageWindow::default(),
            recent: RecentEntries::default(),
            repeated_executions: RepeatedExecutions::default(),
            tickers: Vec::new(),
            blocked: BTreeSet::new(),
        })
    }

    /// A manager that goes on where the one of `snapshot` stopped: what was latched stays so.
    ///
    /// # Errors
    /// As [`RiskManager::new`].
    pub fn restore(limits: RiskLimits, snapshot: RiskSnapshot) -> Result<RiskManager, InvalidLimits> {
        let RiskSnapshot { latches, messages, repeated_executions, recent, blocked } = snapshot;
        Ok(RiskManager { latches, messages, repeated_executions, recent, blocked, ..RiskManager::new(limits)? })
    }

    /// What must survive a restart. Take it after each event that changed something.
    pub fn snapshot(&self) -> RiskSnapshot {
        // What has paid out stays closed, blocked or not.
        let open = self.quote_guard.blocked().filter(|&market| !self.exposure.settled(MarketId(market as u32)));
        let open = open.filter_map(|market| self.tickers.get(market));
        let blocked = open.chain(&self.blocked).cloned().collect();
        RiskSnapshot {
            latches: self.latches.clone(),
            messages: self.messages.clone(),
            repeated_executions: self.repeated_executions.clone(),
            recent: self.recent.clone(),
            blocked,
        }
    }

    /// The limits in force.
    pub fn limits(&self) -> &RiskLimits {
        &self.limits
    }

    /// How much of them is used.
    pub fn usage(&self) -> LimitUsage {
        let (day_loss, drawdown) = self.latches.losses().unwrap_or_default();
        LimitUsage { exposure: self.exposure.total(), open_positions: self.exposure.open(), day_loss, drawdown }
    }

    /// Equity less that at the end of the UTC day before.
    pub fn day_change(&self) -> Usd {
        self.latches.day_change()
    }

    /// Why trading is restricted: a line for each latch; none while it is not.
    pub fn reasons(&self) -> Vec<String> {
        self.latches.reasons()
    }

    /// What orders are let through.
    pub fn state(&self) -> TradingState {
        self.latches.state()
    }

    /// A market was listed or changed. Before it is, its orders are refused.
    pub fn list(&mut self, market: &Market) {
        let at = market.id.index();
        if at >= self.tickers.len() {
            self.tickers.resize_with(at + 1, String::new);
        }
        self.tickers[at].clone_from(&market.ticker);
        self.exposure.list(market, &self.limits);
        self.quote_guard.list(at, self.blocked.remove(&market.ticker));
    }

    /// One quote row of any market, as the columns have it (dollars, NaN for absent). Call it for every row, in row
    /// order, and before the signals and orders of that row; it costs about two nanoseconds.
    #[inline]
    pub fn on_row(&mut self, market: MarketId, bid: f64, ask: f64) {
        self.quote_guard.on_row(market.index(), bid, ask);
    }

    /// The same of a quote in integer money.
    pub fn on_quote(&mut self, quote: &Quote) {
        let dollars = |side: Option<Price>| side.map_or(f64::NAN, Price::dollars);
        self.on_row(quote.market, dollars(quote.bid), dollars(quote.ask));
    }

    /// Checks `order`, in the order in which [`super::RefusalCode`] declares the checks. If it passes, its usage is
    /// booked at once: it must be sent, or released by [`RiskManager::on_closed`]. The verdicts are all checks that
    /// it passed, with what they measured.
    ///
    /// Entries pass all checks. Exits, which must reduce the strategy's position, pass those that do not exist to stop
    /// delta: halt, market, price, quote, collar, messages, self-match.
    ///
    /// # Errors
    /// The first check that failed, with value and limit.
    pub fn check(
        &mut self,
        order: Order,
        context: &CheckContext<'_>,
    ) -> Result<(Approved<Order>, Vec<Verdict>), Refused> {
        match self.verdicts(&order, context) {
            Ok(verdicts) => {
                self.book(&order, context.now);
                Ok((Approved::new(order), verdicts))
            }
            Err(verdict) => Err(Refused {
                time: context.now,
                slot: order.slot,
                market: order.market,
                side: Some(order.side),
                qty: order.qty,
                price: Some(order.price),
                verdict,
            }),
        }
    }

    fn book(&mut self, order: &Order, now: Timestamp) {
        let entry = order.intent == Intent::Entry;
        self.exposure.place(order, order.qty);
        self.messages.push(now);
        self.recent.push(now, order, entry);
        if entry {
            self.repeated_executions.on_entry(order.slot);
        }
    }

    /// A cancel left. Cancels need no approval; they are counted.
    pub fn on_cancel(&mut self, now: Timestamp) {
        self.messages.push(now);
    }

    /// An order was filled, in full or in part. A full fill is terminal.
    pub fn on_fill(&mut self, order: &Order, fill: &Fill) -> Option<TradingChange> {
        if order.intent == Intent::Entry {
            self.repeated_executions.on_fill(order.slot);
        }
        let full = self.exposure.fill(order, fill);
        if full { self.latches.on_outcome(fill.time, OrderState::Filled, &self.limits) } else { None }
    }

    /// An order ended at `now` otherwise than by a full fill. What is not terminal releases nothing.
    pub fn on_closed(&mut self, order: &Order, now: Timestamp, state: OrderState) -> Option<TradingChange> {
        let closed = state.is_terminal() && self.exposure.close(order.market, order.id);
        if closed { self.latches.on_outcome(now, state, &self.limits) } else { None }
    }

    /// A market paid out: its positions and orders are gone, and no order in it passes any more.
    pub fn on_settled(&mut self, market: MarketId) {
        self.exposure.settle(market);
    }

    /// A round trip ended.
    pub fn on_trade(&mut self, trade: &Trade) -> Option<TradingChange> {
        self.latches.on_trade(trade, &self.limits)
    }

    /// Equity, realised and marked, at `now`: call it once with the starting capital before any order, then whenever
    /// it may have changed, and at the first event of each UTC day. Until the first call every entry is refused.
    pub fn on_equity(&mut self, now: Timestamp, equity: Usd) -> Option<TradingChange> {
        self.latches.on_equity(now, equity, &self.limits)
    }

    /// A command. Resume lifts every latch but the day loss, and enables disabled strategies. `None` where nothing changes.
    pub fn command(&mut self, command: &Command) -> Option<TradingChange> {
        if matches!(command, Command::Resume { .. }) {
            self.repeated_executions.clear();
        }
        self.latches.command(command)
    }

    /// What a strategy's position in a market can lose at the worst.
    pub fn at_risk(&self, slot: SlotId, market: MarketId) -> Usd {
        self.exposure.at_risk(slot, market)
    }

    /// Counts a position that was held before this run: contracts (negative = short) and what was paid for them, as
    /// YES if long, as NO if short. Whether the market is listed; if not, nothing was counted.
    #[must_use = "a position that is not counted must stop the start"]
    pub fn adopt_position(&mut self, slot: SlotId, market: MarketId, qty: Qty, cost: Usd) -> bool {
        self.exposure.set_position(slot, market, qty, cost)
    }

    /// Counts an order that worked before this run, with `left` still to fill. Whether the market is listed.
    #[must_use = "an order that is not counted must stop the start"]
    pub fn adopt_order(&mut self, order: &Order, left: Qty) -> bool {
        let listed = self.exposure.allowed(order.market).is_some();
        self.exposure.place(order, left);
        self.recent.push(order.created, order, false);
        listed
    }
}
