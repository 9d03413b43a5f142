//! Price-time matching in two stages: plan what an incoming order would do, then execute the plan if it is allowed.
//!
//! The plan is exact, so fill-or-kill, balance and post-only are decided before anything changes.

use std::collections::BTreeMap;

use host_core::{Price, Qty, Side, Usd};
use uuid::Uuid;

use super::account::MemberFill;
use super::book::Resting;
use super::error::VenueError;
use super::order::{BookOrder, CancelReason, OrderStatus, SelfTradePrevention, TimeInForce};
use super::state::Venue;
use super::trades::Trade;
use super::update::Change;

/// The effects of an incoming order, in sequence.
#[derive(Debug, Default)]
pub(super) struct Plan {
    steps: Vec<MatchStep>,
    /// Contracts that would not fill.
    pub(super) left: Qty,
    /// True if the order ends at the member's own order.
    ends_at_own: bool,
}

#[derive(Clone, Copy, Debug)]
enum MatchStep {
    Trade {
        /// Number of the resting order.
        maker: u64,
        price: Price,
        qty: Qty,
    },
    /// Cancel the member's own resting order with this number.
    Cancel(u64),
}

/// Returns true if an order of this side and limit takes what rests on the other side at `price`.
pub(super) fn crosses(side: Side, limit: Price, price: Price) -> bool {
    match side {
        Side::Buy => price <= limit,
        Side::Sell => price >= limit,
    }
}

impl Venue {
    /// Returns what `taker`, which does not rest, would do to the book now.
    pub(super) fn plan(&self, taker: &BookOrder) -> Plan {
        let mut plan = Plan { left: taker.remaining, ..Plan::default() };
        let Some(market) = self.market(taker.market) else { return plan };
        let mut own_allowance = taker.group.map_or(taker.remaining, |group| self.allowance(group));
        let mut allowances: BTreeMap<Uuid, Qty> = BTreeMap::new();
        for (price, resting) in market.book.orders(taker.side.opposite()) {
            if plan.left.is_zero() || own_allowance <= Qty::ZERO || !crosses(taker.side, taker.price, price) {
                break;
            }
            let Some(maker) = self.orders.get(&resting.order).filter(|maker| !self.is_passed_over(taker, maker)) else {
                continue;
            };
            if maker.account.member == taker.account.member {
                if taker.self_trade_prevention == SelfTradePrevention::TakerAtCross {
                    plan.ends_at_own = true;
                    break;
                }
                plan.steps.push(MatchStep::Cancel(maker.number));
                continue;
            }
            let mut qty = plan.left.min(resting.qty).min(own_allowance);
            if let Some(group) = maker.group {
                let allowance = allowances.entry(group).or_insert_with(|| self.allowance(group));
                qty = qty.min(*allowance);
                *allowance -= qty;
            }
            if qty > Qty::ZERO {
                plan.steps.push(MatchStep::Trade { maker: maker.number, price, qty });
                plan.left -= qty;
                own_allowance -= qty;
            }
        }
        plan
    }

    /// Checks that the account can pay for `plan` and for the rest of `taker` that would stay on the book, including
    /// fees. `replaced` is the resting order whose place `taker` takes.
    ///
    /// # Errors
    /// [`VenueError::InsufficientBalance`].
    pub(super) fn check_balance(
        &self,
        taker: &BookOrder,
        plan: &Plan,
        replaced: Option<&BookOrder>,
    ) -> Result<(), VenueError> {
        let account = taker.account;
        if account.member.is_house() {
            return Ok(());
        }
        let ledgers = self.members.get(account.member.0 as usize).map(|member| &member.ledgers);
        let ledger = ledgers.and_then(|ledgers| ledgers.get(&account.subaccount));
        let ledger = ledger.ok_or(VenueError::InsufficientBalance)?;
        let fees = self.fees_for(account.member, taker.market);
        let mut holding = ledger.holdings.get(&taker.market).cloned().unwrap_or_default();
        let mut accumulator = taker.accumulator;
        let mut cash = Usd::ZERO;
        if let Some(replaced) = replaced {
            holding.book.reduce(replaced.queue_key(), replaced.remaining);
        }
        for step in &plan.steps {
            match *step {
                MatchStep::Trade { price, qty, .. } => {
                    cash += holding.trade(taker.side, price, qty);
                    cash -= fees.charge(&mut accumulator, taker.side, price, qty, true);
                }
                MatchStep::Cancel(number) => {
                    if let Some(own) = self.orders.get(&number).filter(|own| own.account == account) {
                        holding.book.reduce(own.queue_key(), own.remaining);
                    }
                }
            }
        }
        if rests(taker, plan) {
            holding.book.insert(taker.queue_key(), Resting { order: taker.number, qty: plan.left });
        }
        if ledger.left_after(cash, taker.market, &holding, fees) < Usd::ZERO {
            return Err(VenueError::InsufficientBalance);
        }
        Ok(())
    }

    /// Executes `plan`. The remainder of `taker` rests or is cancelled; the order is returned as it ended up.
    pub(super) fn execute(&mut self, mut taker: BookOrder, plan: &Plan) -> BookOrder {
        let mut filled_groups = Vec::from_iter(taker.group);
        for &step in &plan.steps {
            match step {
                MatchStep::Trade { maker, price, qty } => {
                    if let Some(maker) = self.orders.remove(&maker) {
                        filled_groups.extend(maker.group);
                        self.trade(&mut taker, maker, price, qty);
                    }
                }
                MatchStep::Cancel(number) => self.end_order(number, CancelReason::SelfTrade),
            }
        }
        filled_groups.retain(|&group| self.trigger_if_full(group));
        let reason = if taker.group.is_some_and(|group| filled_groups.contains(&group)) {
            Some(CancelReason::Group)
        } else if plan.ends_at_own {
            Some(CancelReason::SelfTrade)
        } else {
            (!rests(&taker, plan)).then_some(CancelReason::Unfilled)
        };
        match reason {
            _ if taker.remaining.is_zero() => taker.status = OrderStatus::Executed,
            Some(reason) => self.mark_canceled(&mut taker, reason),
            None => self.rest(&taker),
        }
        self.reclaim(&taker);
        self.keep(&taker);
        self.emit_order(&taker);
        self.note_book(taker.market);
        taker
    }

    /// Trades two orders against each other.
    fn trade(&mut self, taker: &mut BookOrder, mut maker: BookOrder, price: Price, qty: Qty) {
        let trade = Trade {
            id: self.ids.draw(),
            number: self.next_number(),
            market: taker.market,
            time: self.now,
            price,
            qty,
            taker_side: taker.side,
        };
        let key = maker.queue_key();
        let kept = self.settings.trades_kept;
        if let Some(market) = self.markets.get_mut(taker.market.index()) {
            market.candles.traded(&trade, market.book.top());
            market.stats.traded(&trade);
            market.book.reduce(key, qty);
            market.trades.push_back(trade.clone());
            self.market_of_trade.insert(trade.number, trade.market);
            if market.trades.len() > kept
                && let Some(oldest) = market.trades.pop_front()
            {
                self.market_of_trade.remove(&oldest.number);
            }
        }
        if let Some(holding) = self.ledger_mut(maker.account).and_then(|own| own.holdings.get_mut(&trade.market)) {
            holding.book.reduce(key, qty);
        }
        self.emit(Change::Trade(trade.clone()));
        self.emit_delta(&maker, -qty);
        self.fill(taker, &trade, true);
        self.fill(&mut maker, &trade, false);
        if maker.remaining.is_zero() {
            maker.status = OrderStatus::Executed;
            self.forget(&maker);
        }
        self.keep(&maker);
        self.emit_order(&maker);
    }

    /// Books one side of a trade: money, position, order, group.
    fn fill(&mut self, order: &mut BookOrder, trade: &Trade, is_taker: bool) {
        let fees = self.fees_for(order.account.member, order.market);
        let (now, account) = (self.now, order.account);
        let Ok(ledger) = self.ledger_or_new(account) else { return };
        let holding = ledger.holdings.entry(order.market).or_default();
        let long_before = holding.position.0.max(0);
        ledger.cash += holding.trade(order.side, trade.price, trade.qty);
        let long_change = holding.position.0.max(0) - long_before;
        holding.updated = now;
        let mut fee = fees.charge(&mut order.accumulator, order.side, trade.price, trade.qty, is_taker);
        if !account.member.is_house() {
            ledger.reclaim(order.market, fees);
            if !is_taker {
                // A resting order has reserved its cost and an estimate of its fees. Many small fills can cost more
                // in rounding; what the member does not have is waived. A taker's fees were known and checked.
                fee = fee.min((ledger.cash - ledger.claim.cost).max(Usd::ZERO));
            }
        }
        ledger.cash -= fee;
        let holding = ledger.holdings.entry(order.market).or_default();
        holding.fees += fee;
        let view = holding.view(account, order.market);
        self.fees_collected += fee;
        if let Some(market) = self.markets.get_mut(order.market.index()) {
            market.stats.open_interest += Qty(long_change);
        }
        order.note_fill(trade, fee, is_taker);
        if let Some(group) = order.group {
            self.count_in_group(group, trade.qty);
        }
        if account.member.is_house() {
            return;
        }
        let fill = MemberFill {
            number: self.next_number(),
            id: trade.id,
            order_id: order.id,
            client_order_id: order.client_order_id.clone(),
            account,
            market: order.market,
            side: order.side,
            price: trade.price,
            qty: trade.qty,
            taker: is_taker,
            fee,
            position: view.position,
            time: now,
        };
        self.members[account.member.0 as usize].fills.push(fill.clone());
        self.emit(Change::Fill(fill));
        self.emit(Change::Position(view));
    }
}

/// Returns true if part of `taker` rests after `plan`.
fn rests(taker: &BookOrder, plan: &Plan) -> bool {
    matches!(taker.time_in_force, TimeInForce::GoodTillCanceled(_)) && !plan.ends_at_own && !plan.left.is_zero()
}

impl BookOrder {
    fn note_fill(&mut self, trade: &Trade, fee: Usd, is_taker: bool) {
        let cost = self.side.worst_loss(trade.price, trade.qty);
        let (costs, fees) = match is_taker {
            true => (&mut self.taker_cost, &mut self.taker_fees),
            false => (&mut self.maker_cost, &mut self.maker_fees),
        };
        *costs += cost;
        *fees += fee;
        self.filled_value += trade.price * trade.qty;
        self.filled += trade.qty;
        self.remaining -= trade.qty;
        self.updated = trade.time;
    }
}
