//! The risk manager: its state between checks, and the events that it must be told about.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::entry_cost::EntryCost;
use crate::event::Command;
use crate::market::{Market, MarketId};
use crate::money::{Price, Qty, Usd};
use crate::order::{Fill, Intent, Order, Side};
use crate::order_state::OrderState;
use crate::quote::Quote;
use crate::record::{Refused, Trade, TradingState, Verdict};
use crate::strategy::SlotId;
use crate::time::Timestamp;

use super::approved::Approved;
use super::exposure::ExposureLedger;
use super::latches::{Latches, TradingChange};
use super::limits::RiskLimits;
use super::quote_guard::QuoteGuard;
use super::scheduled::ScheduledLimits;
use super::slot_risk::{SlotChange, SlotRisk, SlotRisks};
use super::throttle::{MessageWindow, RecentEntries, RepeatedExecutions};
use super::validate::InvalidLimits;

/// The inputs of a check, besides the order and the state of the manager.
#[derive(Clone, Copy, Debug)]
pub struct CheckContext<'a> {
    /// The time of the event that is being handled.
    pub now: Timestamp,
    /// The order's market.
    pub market: &'a Market,
    /// The market's latest quote. An absent side or volume is never replaced by a default: it refuses the order.
    pub quote: &'a Quote,
    /// The account's money.
    pub funds: Funds,
}

/// The money that entries are paid with.
#[derive(Clone, Copy, Debug)]
pub struct Funds {
    /// Cash that nothing lays claim to yet; negative if more is claimed than there is.
    pub available: Usd,
    /// The terms on which entries are filled.
    pub cost: EntryCost,
}

/// The current usage of the limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LimitUsage {
    /// Worst-case loss of all positions and entry orders, in dollars.
    pub exposure: Usd,
    /// Number of open positions; a working entry counts as one.
    pub open_positions: u32,
    /// The day's loss, realised and unrealised, in dollars; not below zero.
    pub day_loss: Usd,
    /// Fall of equity below its peak, in dollars.
    pub drawdown: Usd,
    /// Number of trades with a loss since the last one with a profit.
    pub losing_trades: u32,
}

/// The state that survives a restart: latches, loss figures, throttles, blocked markets. Positions and orders are not
/// part of it: they come from the journal and the venue, through [`RiskManager::adopt_position`] and
/// [`RiskManager::adopt_order`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskSnapshot {
    #[serde(rename = "guard")]
    latches: Latches,
    messages: MessageWindow,
    #[serde(rename = "rounds")]
    repeated_executions: RepeatedExecutions,
    recent: RecentEntries,
    /// By ticker, since market numbers are valid only within one run.
    blocked: BTreeSet<String>,
    /// The shares of the slots that have limits of their own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    slots: Vec<(SlotId, SlotRisk)>,
    /// The entry of the schedule that is in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scheduled: Option<ScheduledLimits>,
}

impl RiskSnapshot {
    /// Returns the latest equity and its change since the end of the previous UTC day, or `None` before the first.
    pub(crate) fn equity(&self) -> Option<(Usd, Usd)> {
        self.latches.equity()
    }
}

/// The risk manager of one account. Every order passes through it: entries and exits, of strategies and the operator.
#[derive(Debug)]
pub struct RiskManager {
    /// The limits in force.
    pub(super) limits: RiskLimits,
    /// Those in force while no schedule is.
    pub(super) usual: RiskLimits,
    pub(super) scheduled: Option<ScheduledLimits>,
    pub(super) exposure: ExposureLedger,
    pub(super) latches: Latches,
    pub(super) quote_guard: QuoteGuard,
    pub(super) messages: MessageWindow,
    pub(super) recent: RecentEntries,
    pub(super) repeated_executions: RepeatedExecutions,
    pub(super) slots: SlotRisks,
    /// By market number; empty where no market is listed.
    tickers: Vec<String>,
    /// Tickers that were blocked before a restart and have not been listed since.
    blocked: BTreeSet<String>,
    /// The slots whose profit may be less than it seems, each with the reason.
    pub(super) uncertain: Vec<(SlotId, String)>,
}

impl RiskManager {
    /// Creates a manager without positions, orders or latches.
    ///
    /// # Errors
    /// The limits are not usable; the error lists all their faults.
    pub fn new(limits: RiskLimits) -> Result<RiskManager, InvalidLimits> {
        limits.validate()?;
        Ok(RiskManager {
            quote_guard: QuoteGuard::new(&limits),
            usual: limits.clone(),
            limits,
            scheduled: None,
            exposure: ExposureLedger::default(),
            latches: Latches::default(),
            messages: MessageWindow::default(),
            recent: RecentEntries::default(),
            repeated_executions: RepeatedExecutions::default(),
            slots: SlotRisks::default(),
            tickers: Vec::new(),
            blocked: BTreeSet::new(),
            uncertain: Vec::new(),
        })
    }

    /// Returns a manager that continues where the one of `snapshot` stopped. Engaged latches stay engaged.
    ///
    /// # Errors
    /// As for [`RiskManager::new`].
    pub fn restore(limits: RiskLimits, snapshot: RiskSnapshot) -> Result<RiskManager, InvalidLimits> {
        let RiskSnapshot { latches, messages, repeated_executions, recent, blocked, slots, scheduled } = snapshot;
        let (slots, new) = (SlotRisks::restore(slots), RiskManager::new(limits)?);
        let mut manager = RiskManager { latches, messages, repeated_executions, recent, blocked, slots, ..new };
        manager.set_schedule(scheduled);
        Ok(manager)
    }

    /// Returns the state that must survive a restart. Take a snapshot after each event that changed something.
    pub fn snapshot(&self) -> RiskSnapshot {
        // Settled markets are left out: no order in them passes, blocked or not.
        let open = self.quote_guard.blocked().filter(|&market| !self.exposure.settled(MarketId(market as u32)));
        let open = open.filter_map(|market| self.tickers.get(market));
        let blocked = open.chain(&self.blocked).cloned().collect();
        RiskSnapshot {
            latches: self.latches.clone(),
            messages: self.messages.clone(),
            repeated_executions: self.repeated_executions.clone(),
            recent: self.recent.clone(),
            blocked,
            slots: self.slots.kept(),
            scheduled: self.scheduled.clone(),
        }
    }

    /// Returns the limits in force.
    pub fn limits(&self) -> &RiskLimits {
        &self.limits
    }

    /// Returns the current usage of the limits.
    pub fn usage(&self) -> LimitUsage {
        let (day_loss, drawdown) = self.latches.losses().unwrap_or_default();
        let (exposure, open_positions) = (self.exposure.total(), self.exposure.open());
        LimitUsage { exposure, open_positions, day_loss, drawdown, losing_trades: self.latches.losing_trades() }
    }

    /// Returns the category with the largest worst-case loss, if any can lose something.
    pub fn fullest_category(&self) -> Option<(&str, Usd)> {
        self.exposure.fullest_category()
    }

    /// Returns the change of equity since the end of the previous UTC day.
    pub fn day_change(&self) -> Usd {
        self.latches.day_change()
    }

    /// Returns the reasons why trading is restricted: one line for each engaged latch, and one for the schedule.
    pub fn reasons(&self) -> Vec<String> {
        let scheduled = self.scheduled.as_ref().map(ToString::to_string);
        self.latches.reasons().into_iter().chain(scheduled).collect()
    }

    /// Returns the trading state: which orders may be sent.
    pub fn state(&self) -> TradingState {
        self.latches.state()
    }

    /// Returns true if entries wait until the account at the venue is seen again.
    pub fn is_account_unseen(&self) -> bool {
        self.latches.is_unseen()
    }

    /// Returns true if all orders wait until the venue takes them again.
    pub fn is_venue_paused(&self) -> bool {
        self.latches.is_venue_paused()
    }

    /// Returns true if trading was stopped by a kill, whatever else holds it.
    pub fn is_killed(&self) -> bool {
        self.latches.is_killed()
    }

    /// Lists a market or updates it. Orders in a market that is not listed are refused.
    pub fn list(&mut self, market: &Market) {
        let at = market.id.index();
        if at >= self.tickers.len() {
            self.tickers.resize_with(at + 1, String::new);
        }
        self.tickers[at].clone_from(&market.ticker);
        self.exposure.list(market, &self.limits);
        self.quote_guard.list(at, self.blocked.remove(&market.ticker));
    }

    /// Takes one quote row of any market, as it stands in the columns (dollars, NaN for absent). Call this for every
    /// row, in row order, and before the signals and orders of that row. It costs about two nanoseconds.
    #[inline]
    pub fn on_row(&mut self, market: MarketId, bid: f64, ask: f64) {
        self.quote_guard.on_row(market.index(), bid, ask);
    }

    /// Takes one quote in integer money; otherwise like [`RiskManager::on_row`].
    pub fn on_quote(&mut self, quote: &Quote) {
        let dollars = |side: Option<Price>| side.map_or(f64::NAN, Price::dollars);
        self.on_row(quote.market, dollars(quote.bid), dollars(quote.ask));
    }

    /// Checks `order`, in the order in which [`super::RefusalCode`] declares the checks. If it passes, its usage of the
    /// limits is booked at once: the order must be sent, or released with [`RiskManager::on_closed`]. Returns the
    /// approved order and the verdicts of all checks, with their measured values.
    ///
    /// Entries go through all checks. Exits, which must reduce the strategy's position, skip the checks that limit
    /// growth and those of the book's quality, and go through the others: halt, market, price, quote, price collar,
    /// messages, self-match. What an exit takes beyond the account's own position must pass the caps on growth.
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
                verdict: self.name_schedule(&order, context, verdict),
            }),
        }
    }

    /// Counts an approved order against the limits.
    fn book(&mut self, order: &Order, now: Timestamp) {
        let entry = order.intent == Intent::Entry;
        self.exposure.place(order, order.qty);
        self.messages.push(now);
        self.slots.count_message(order.slot, now, &self.limits);
        self.recent.push(now, order, entry);
        if entry {
            self.repeated_executions.on_entry(order.slot);
        }
    }

    /// Counts a cancel of an order of `slot` that was sent. Cancels need no approval, but they use the message limits.
    pub fn on_cancel(&mut self, slot: SlotId, now: Timestamp) {
        self.messages.push(now);
        self.slots.count_message(slot, now, &self.limits);
    }

    /// Books a fill of an order. A full fill is terminal.
    pub fn on_fill(&mut self, order: &Order, fill: &Fill) -> Option<TradingChange> {
        if order.intent == Intent::Entry {
            self.repeated_executions.on_fill(order.slot);
        }
        let full = self.exposure.fill(order, fill);
        if full { self.latches.on_outcome(fill.time, OrderState::Filled, &self.limits) } else { None }
    }

    /// Releases an order that ended at `now` other than by a full fill. A state that is not terminal releases nothing.
    pub fn on_closed(&mut self, order: &Order, now: Timestamp, state: OrderState) -> Option<TradingChange> {
        let closed = state.is_terminal() && self.exposure.close(order.market, order.id);
        if closed { self.latches.on_outcome(now, state, &self.limits) } else { None }
    }

    /// Settles a market: its positions and orders no longer count, and no further order in it passes.
    pub fn on_settled(&mut self, market: MarketId) {
        self.exposure.settle(market);
    }

    /// Counts a completed round trip. A slot with a limit of its own counts its losing trades by itself.
    pub fn on_trade(&mut self, trade: &Trade) -> (Option<TradingChange>, Option<SlotChange>) {
        let slot = trade.slot;
        if self.slot_limits(slot).is_none_or(|own| own.max_consecutive_losses.is_none()) {
            return (self.latches.on_trade(trade, self.limits.loss_limits()), None);
        }
        let most = self.slots.loss_limits(slot, &self.limits);
        let change = self.slots.share_mut(slot).latches.on_trade(trade, most);
        (None, change.map(|change| SlotChange { slot, stopped: true, reason: change.reason }))
    }

    /// Takes the equity, realised and unrealised, at `now`. Call this once with the starting capital before any order,
    /// then whenever equity may have changed, and at the first event of each UTC day. Until the first call every entry
    /// is refused.
    pub fn on_equity(&mut self, now: Timestamp, equity: Usd) -> Option<TradingChange> {
        self.latches.on_equity(now, equity, self.limits.loss_limits())
    }

    /// Takes note of money that was taken in or out: it is neither profit nor loss.
    pub fn shift_equity(&mut self, amount: Usd) {
        self.latches.shift_equity(amount);
    }

    /// Takes the slots whose profit may be less than it seems, each with the reason: entries wait until it is known.
    /// Where both slots have a share, the one's uncertainty does not hold the other: its loss ends at its own exposure.
    pub fn on_uncertain(&mut self, slots: Vec<(SlotId, String)>) {
        self.uncertain = slots;
    }

    /// Applies a command and returns the change, if any. A resume releases every latch except the day loss and those
    /// of an account which is not seen and a venue which is paused, and enables disabled strategies.
    pub fn command(&mut self, command: &Command) -> Option<TradingChange> {
        if matches!(command, Command::Resume { .. }) {
            self.repeated_executions.clear();
        }
        self.latches.command(command)
    }

    /// Returns the contracts that a further exit on `side` of `market` can take from the account's position: the venue
    /// nets the positions of all strategies. Entries that work on that side count as filled.
    pub fn reducible(&self, market: MarketId, side: Side) -> Qty {
        self.exposure.reducible(market, side)
    }

    /// Returns the worst-case loss of a strategy's position in a market.
    pub fn at_risk(&self, slot: SlotId, market: MarketId) -> Usd {
        self.exposure.at_risk(slot, market)
    }

    /// Returns the worst-case loss of the account's net position in a market.
    pub fn account_at_risk(&self, market: MarketId) -> Usd {
        self.exposure.account_at_risk(market)
    }

    /// Sets that loss as it was before this run, after all positions in the market are adopted. Opposite positions of
    /// several strategies do not tell in which order they were netted.
    pub fn adopt_account_at_risk(&mut self, market: MarketId, loss: Usd) {
        self.exposure.set_account_at_risk(market, loss);
    }

    /// Counts a position that was held before this run: contracts (negative = short) and the amount paid for them, as
    /// YES if long, as NO if short. Returns false, and counts nothing, if the market is not listed.
    #[must_use = "a position that is not counted must stop the start"]
    pub fn adopt_position(&mut self, slot: SlotId, market: MarketId, qty: Qty, cost: Usd) -> bool {
        self.exposure.set_position(slot, market, qty, cost)
    }

    /// Counts an order that was working before this run, with `left` still to fill. Returns false if the market is not
    /// listed.
    #[must_use = "an order that is not counted must stop the start"]
    pub fn adopt_order(&mut self, order: &Order, left: Qty) -> bool {
        let listed = self.exposure.allowed(order.market).is_some();
        self.exposure.place(order, left);
        self.recent.push(order.created, order, false);
        listed
    }
}
