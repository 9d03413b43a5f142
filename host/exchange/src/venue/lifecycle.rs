//! The passage of time: orders expire, markets open, close, are determined and pay out; the exchange pauses and
//! closes.

use host_core::{MarketId, Qty, Side, Timestamp, Usd};

use super::account::SettlementRecord;
use super::candles::Candles;
use super::error::{Resource, VenueError};
use super::ids::AccountId;
use super::market::{ListedMarket, MarketStatus, Resolution};
use super::order::{BookOrder, CancelReason};
use super::schedule::ScheduledAction;
use super::state::Venue;
use super::update::{Change, ExchangeStatus, Lifecycle};

impl Venue {
    /// Advances the time to `now`; everything due before happens at its own time. Time never goes back. Every command
    /// does this first.
    pub fn advance(&mut self, now: Timestamp) {
        let now = now.max(self.now);
        while let Some(&(time, due)) = self.schedule.first()
            && time <= now
        {
            self.schedule.pop_first();
            self.now = self.now.max(time);
            match due {
                ScheduledAction::Expire(number) => self.expire(number),
                ScheduledAction::Open(market) => self.open(market),
                ScheduledAction::Close(market) => self.close_now(market),
                ScheduledAction::Pay(market) => self.pay(market),
                ScheduledAction::Drop(market) => self.drop_history(market),
                ScheduledAction::Maintain(until) => self.begin_maintenance(until),
                ScheduledAction::Reopen => self.reopen(),
            }
        }
        self.now = now;
    }

    pub const fn status(&self) -> ExchangeStatus {
        self.status
    }

    /// Returns the time at which the exchange reopens by itself, if it is paused or closed until then.
    pub const fn reopens(&self) -> Option<Timestamp> {
        self.reopens
    }

    /// Opens, pauses or closes the exchange until further notice. Pausing and closing cancel the orders with
    /// `cancel_on_pause`.
    pub fn set_status(&mut self, status: ExchangeStatus, now: Timestamp) {
        self.advance(now);
        self.forget_reopening();
        self.switch(status);
    }

    /// Like [`Venue::set_status`], but the exchange reopens by itself at `until`.
    pub fn set_status_until(&mut self, status: ExchangeStatus, until: Timestamp, now: Timestamp) {
        self.advance(now);
        self.switch_until(status, until);
        self.advance(now);
    }

    pub(super) fn switch_until(&mut self, status: ExchangeStatus, until: Timestamp) {
        self.forget_reopening();
        self.switch(status);
        self.reopens = Some(until);
        self.schedule.insert((until, ScheduledAction::Reopen));
    }

    fn forget_reopening(&mut self) {
        if let Some(until) = self.reopens.take() {
            self.schedule.remove(&(until, ScheduledAction::Reopen));
        }
    }

    fn reopen(&mut self) {
        self.reopens = None;
        self.switch(ExchangeStatus::Active);
    }

    fn switch(&mut self, status: ExchangeStatus) {
        if self.status == status {
            return;
        }
        self.status = status;
        self.emit(Change::Exchange(status));
        if !status.trading_active() {
            let live = Vec::from_iter(self.live.iter().copied());
            live.into_iter().for_each(|market| self.cancel_for_pause(market));
        }
    }

    /// Halts a trading market. Orders with `cancel_on_pause` are cancelled; the others wait.
    ///
    /// # Errors
    /// If there is no such market, or it is not trading.
    pub fn halt(&mut self, market: MarketId, now: Timestamp) -> Result<(), VenueError> {
        self.advance(now);
        self.expect_status(market, MarketStatus::Active)?;
        self.set_market_status(market, MarketStatus::Inactive, Lifecycle::Deactivated);
        self.cancel_for_pause(market);
        Ok(())
    }

    /// Lets a halted market trade again. Its resting orders are cancelled, as the venue does; the outside's are back
    /// with its next quote.
    ///
    /// # Errors
    /// If there is no such market, or it is not halted.
    pub fn resume(&mut self, market: MarketId, now: Timestamp) -> Result<(), VenueError> {
        self.advance(now);
        self.expect_status(market, MarketStatus::Inactive)?;
        self.cancel_where(market, CancelReason::Paused, |_| true);
        if let Ok(state) = self.market_mut(market) {
            state.mirror.withdraw();
        }
        self.set_market_status(market, MarketStatus::Active, Lifecycle::Activated);
        Ok(())
    }

    /// Changes a market's close time; a time that has passed closes it at once.
    ///
    /// # Errors
    /// If there is no such market, or it is already closed.
    pub fn set_close(&mut self, market: MarketId, closes: Timestamp, now: Timestamp) -> Result<(), VenueError> {
        self.advance(now);
        let state = self.market_mut(market)?;
        if state.status >= MarketStatus::Closed {
            return Err(VenueError::MarketInactive);
        }
        let before = std::mem::replace(&mut state.listing.closes, closes);
        self.schedule.remove(&(before, ScheduledAction::Close(market)));
        self.schedule.insert((closes, ScheduledAction::Close(market)));
        self.stamp(market);
        self.emit(Change::Market(market, Lifecycle::CloseDateUpdated));
        self.advance(now);
        Ok(())
    }

    /// Closes a market now and cancels its resting orders.
    ///
    /// # Errors
    /// If there is no such market, or it is already closed.
    pub fn close(&mut self, market: MarketId, now: Timestamp) -> Result<(), VenueError> {
        self.set_close(market, now.max(self.now), now)
    }

    /// Announces a result; a market still trading closes first. The payout follows when the settlement timer has run.
    ///
    /// # Errors
    /// If there is no such market, or its result is already known.
    pub fn determine(&mut self, market: MarketId, result: Resolution, now: Timestamp) -> Result<(), VenueError> {
        self.advance(now);
        if self.market_mut(market)?.status < MarketStatus::Closed {
            self.close(market, now)?;
        }
        let now = self.now;
        let state = self.market_mut(market)?;
        if state.status != MarketStatus::Closed {
            return Err(VenueError::BadRequest("the market's result is known already"));
        }
        state.resolution = Some(result);
        let pays = now + state.listing.settlement_timer;
        self.set_market_status(market, MarketStatus::Determined, Lifecycle::Determined);
        self.schedule.insert((pays, ScheduledAction::Pay(market)));
        self.advance(now);
        Ok(())
    }

    pub(super) fn market_mut(&mut self, market: MarketId) -> Result<&mut ListedMarket, VenueError> {
        self.markets.get_mut(market.index()).ok_or(VenueError::NotFound(Resource::Market))
    }

    /// Checks that orders can be created in `market`.
    pub(super) fn check_trading(&self, market: &ListedMarket) -> Result<(), VenueError> {
        self.check_writable()?;
        match market.status {
            MarketStatus::Active if self.status.trading_active() => Ok(()),
            MarketStatus::Active => Err(VenueError::TradingIsPaused),
            _ => Err(VenueError::MarketInactive),
        }
    }

    pub(super) const fn check_writable(&self) -> Result<(), VenueError> {
        if self.status.exchange_active() { Ok(()) } else { Err(VenueError::ExchangeIsPaused) }
    }

    fn expect_status(&self, market: MarketId, status: MarketStatus) -> Result<(), VenueError> {
        let found = self.market(market).ok_or(VenueError::NotFound(Resource::Market))?.status;
        if found == status { Ok(()) } else { Err(VenueError::BadRequest("the market's status does not allow this")) }
    }

    fn stamp(&mut self, market: MarketId) {
        let now = self.now;
        if let Ok(state) = self.market_mut(market) {
            state.updated = now;
        }
    }

    pub(super) fn set_market_status(&mut self, market: MarketId, status: MarketStatus, event: Lifecycle) {
        if let Ok(state) = self.market_mut(market) {
            state.status = status;
        }
        self.stamp(market);
        self.emit(Change::Market(market, event));
    }

    fn expire(&mut self, number: u64) {
        let market = self.orders.get(&number).map(|order| order.market);
        self.end_order(number, CancelReason::Expired);
        market.into_iter().for_each(|market| self.note_book(market));
    }

    fn open(&mut self, market: MarketId) {
        if self.expect_status(market, MarketStatus::Initialized).is_ok() {
            // The venue announces that a halted market trades again, and not that one opens.
            if let Ok(state) = self.market_mut(market) {
                state.status = MarketStatus::Active;
            }
            self.stamp(market);
        }
    }

    fn close_now(&mut self, market: MarketId) {
        if self.market(market).is_none_or(|market| market.status >= MarketStatus::Closed) {
            return;
        }
        self.set_market_status(market, MarketStatus::Closed, Lifecycle::Deactivated);
        self.cancel_where(market, CancelReason::Closed, |_| true);
    }

    fn cancel_for_pause(&mut self, market: MarketId) {
        self.cancel_where(market, CancelReason::Paused, |order| order.cancel_on_pause);
    }

    fn cancel_where(&mut self, market: MarketId, reason: CancelReason, is_meant: impl Fn(&BookOrder) -> bool) {
        let Some(state) = self.market(market) else { return };
        let orders = [Side::Buy, Side::Sell].into_iter().flat_map(|side| state.book.orders(side));
        let mut numbers: Vec<u64> = orders.map(|(_, resting)| resting.order).collect();
        numbers.retain(|number| self.orders.get(number).is_some_and(&is_meant));
        numbers.into_iter().for_each(|number| self.end_order(number, reason));
        self.note_book(market);
    }

    /// Pays out all positions in a market whose result is known.
    fn pay(&mut self, market: MarketId) {
        let (now, kept) = (self.now, self.settings.history_kept);
        let Ok(state) = self.market_mut(market) else { return };
        let Some(resolution) = state.resolution.filter(|_| state.status == MarketStatus::Determined) else { return };
        state.settled = Some(now);
        state.stats.open_interest = Qty::ZERO;
        self.live.remove(&market);
        self.schedule.insert((now + kept, ScheduledAction::Drop(market)));
        self.set_market_status(market, MarketStatus::Finalized, Lifecycle::Settled);
        for member in 0..self.members.len() {
            let subaccounts: Vec<u8> = self.members[member].ledgers.keys().copied().collect();
            for subaccount in subaccounts {
                let account = AccountId { member: self.members[member].id, subaccount };
                self.pay_account(account, market, resolution);
            }
        }
    }

    /// Drops the trades and candlesticks of a market.
    fn drop_history(&mut self, market: MarketId) {
        let kept = self.settings.candles_kept;
        let Ok(state) = self.market_mut(market) else { return };
        state.candles = Candles::new(kept);
        for trade in std::mem::take(&mut state.trades) {
            self.market_of_trade.remove(&trade.number);
        }
    }

    fn pay_account(&mut self, account: AccountId, market: MarketId, resolution: Resolution) {
        let now = self.now;
        let Some(ledger) = self.ledger_mut(account) else { return };
        let Some(mut holding) = ledger.holdings.remove(&market) else { return };
        let (position, cost, fees) = (holding.position, holding.cost, holding.fees);
        let revenue = holding.settle(resolution.payout());
        holding.updated = now;
        let view = holding.view(account, market);
        ledger.cash += revenue;
        if account.member.is_house() {
            // Nobody asks for the past positions of house accounts.
            return;
        }
        ledger.settled.insert(market, holding);
        self.emit(Change::Position(view));
        if position.is_zero() {
            return;
        }
        let held = |is_held: bool| if is_held { (position.abs(), cost) } else { (Qty::ZERO, Usd::ZERO) };
        let record = SettlementRecord {
            number: self.next_number(),
            account,
            market,
            resolution,
            yes: held(position > Qty::ZERO),
            no: held(position < Qty::ZERO),
            revenue,
            fees,
            time: now,
        };
        self.members[account.member.0 as usize].settlements.push(record.clone());
        self.emit(Change::Settlement(record));
    }
}
