//! Time: orders expire, markets open, close, are determined and pay; the exchange pauses and closes.

use host_core::{MarketId, Qty, Side, Span, Timestamp, Usd};

use super::Venue;
use super::account::SettlementRecord;
use super::candles::Candles;
use super::error::{Thing, VenueError};
use super::ids::Account;
use super::market::{Market, MarketStatus, Resolution};
use super::order::CancelReason;
use super::update::{Change, Lifecycle};

/// For so long after the payout, the trades and candlesticks of a market are kept.
const KEPT: Span = Span::days(7);

/// What the exchange lets members do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExchangeStatus {
    /// All.
    Active,
    /// Everything but new and amended orders.
    Paused,
    /// Look.
    Closed,
}

impl ExchangeStatus {
    /// Whether state can change at all.
    pub const fn exchange_active(self) -> bool {
        !matches!(self, ExchangeStatus::Closed)
    }

    /// Whether orders can be made.
    pub const fn trading_active(self) -> bool {
        matches!(self, ExchangeStatus::Active)
    }
}

/// What time brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// The order with this number expires.
    Expire(u64),
    Open(MarketId),
    Close(MarketId),
    Pay(MarketId),
    /// What a market traded is kept no longer.
    Archive(MarketId),
    /// The exchange opens again.
    Reopen,
}

impl Venue {
    /// Lets time pass until `now`: what falls due before happens at its time. Time never goes back. Every command does
    /// this first.
    pub fn advance(&mut self, now: Timestamp) {
        let now = now.max(self.now);
        while let Some(&(time, due)) = self.agenda.first()
            && time <= now
        {
            self.agenda.pop_first();
            self.now = self.now.max(time);
            match due {
                Due::Expire(number) => self.expire(number),
                Due::Open(market) => self.open(market),
                Due::Close(market) => self.close_now(market),
                Due::Pay(market) => self.pay(market),
                Due::Archive(market) => self.archive(market),
                Due::Reopen => self.reopen(),
            }
        }
        self.now = now;
    }

    /// What the exchange lets members do.
    pub const fn status(&self) -> ExchangeStatus {
        self.status
    }

    /// When the exchange opens by itself, if it is paused or closed until then.
    pub const fn reopens(&self) -> Option<Timestamp> {
        self.reopens
    }

    /// Opens, pauses or closes the exchange until it is told otherwise. Pausing and closing cancel the orders that ask
    /// for it.
    pub fn set_status(&mut self, status: ExchangeStatus, now: Timestamp) {
        self.advance(now);
        if let Some(until) = self.reopens.take() {
            self.agenda.remove(&(until, Due::Reopen));
        }
        self.switch(status);
    }

    /// As [`Venue::set_status`]; the exchange opens by itself at `until`.
    pub fn set_status_until(&mut self, status: ExchangeStatus, until: Timestamp, now: Timestamp) {
        self.set_status(status, now);
        self.reopens = Some(until);
        self.agenda.insert((until, Due::Reopen));
        self.advance(now);
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

    /// Halts a market that trades. Orders that ask for it are cancelled; the others wait.
    ///
    /// # Errors
    /// If there is no such market, or it does not trade.
    pub fn halt(&mut self, market: MarketId, now: Timestamp) -> Result<(), VenueError> {
        self.advance(now);
        self.expect_status(market, MarketStatus::Active)?;
        self.set_market_status(market, MarketStatus::Inactive, Lifecycle::Deactivated);
        self.cancel_for_pause(market);
        Ok(())
    }

    /// Lets a halted market trade again.
    ///
    /// # Errors
    /// If there is no such market, or it is not halted.
    pub fn resume(&mut self, market: MarketId, now: Timestamp) -> Result<(), VenueError> {
        self.advance(now);
        self.expect_status(market, MarketStatus::Inactive)?;
        self.set_market_status(market, MarketStatus::Active, Lifecycle::Activated);
        Ok(())
    }

    /// Moves the time at which a market closes; a time that has come closes it at once.
    ///
    /// # Errors
    /// If there is no such market, or it is closed.
    pub fn set_close(&mut self, market: MarketId, closes: Timestamp, now: Timestamp) -> Result<(), VenueError> {
        self.advance(now);
        let state = self.market_mut(market)?;
        if state.status >= MarketStatus::Closed {
            return Err(VenueError::MarketClosed);
        }
        let before = std::mem::replace(&mut state.listing.closes, closes);
        self.agenda.remove(&(before, Due::Close(market)));
        self.agenda.insert((closes, Due::Close(market)));
        self.stamp(market);
        self.emit(Change::Market(market, Lifecycle::CloseDateUpdated));
        self.advance(now);
        Ok(())
    }

    /// Closes a market now: its resting orders are cancelled.
    ///
    /// # Errors
    /// If there is no such market, or it is closed.
    pub fn close(&mut self, market: MarketId, now: Timestamp) -> Result<(), VenueError> {
        self.set_close(market, now.max(self.now), now)
    }

    /// Announces a result; a market that still trades closes first. It pays when the settlement timer has run.
    ///
    /// # Errors
    /// If there is no such market, or its result is known.
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
        self.agenda.insert((pays, Due::Pay(market)));
        self.advance(now);
        Ok(())
    }

    pub(super) fn market_mut(&mut self, market: MarketId) -> Result<&mut Market, VenueError> {
        self.markets.get_mut(market.index()).ok_or(VenueError::NotFound(Thing::Market))
    }

    /// Whether orders can be made in `market`.
    pub(super) fn check_trading(&self, market: &Market) -> Result<(), VenueError> {
        self.check_writable()?;
        match market.status {
            MarketStatus::Active if self.status.trading_active() => Ok(()),
            MarketStatus::Active | MarketStatus::Inactive => Err(VenueError::TradingIsPaused),
            MarketStatus::Initialized => Err(VenueError::MarketNotOpen),
            _ => Err(VenueError::MarketClosed),
        }
    }

    pub(super) const fn check_writable(&self) -> Result<(), VenueError> {
        if self.status.exchange_active() { Ok(()) } else { Err(VenueError::ExchangeIsPaused) }
    }

    fn expect_status(&self, market: MarketId, status: MarketStatus) -> Result<(), VenueError> {
        let found = self.market(market).ok_or(VenueError::NotFound(Thing::Market))?.status;
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
            self.set_market_status(market, MarketStatus::Active, Lifecycle::Activated);
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

    fn cancel_where(&mut self, market: MarketId, reason: CancelReason, is_meant: impl Fn(&super::Order) -> bool) {
        let Some(state) = self.market(market) else { return };
        let orders = [Side::Buy, Side::Sell].into_iter().flat_map(|side| state.book.orders(side));
        let mut numbers: Vec<u64> = orders.map(|(_, resting)| resting.order).collect();
        numbers.retain(|number| self.orders.get(number).is_some_and(&is_meant));
        numbers.into_iter().for_each(|number| self.end_order(number, reason));
        self.note_book(market);
    }

    /// Pays all positions in a market whose result is known.
    fn pay(&mut self, market: MarketId) {
        let now = self.now;
        let Ok(state) = self.market_mut(market) else { return };
        let Some(resolution) = state.resolution.filter(|_| state.status == MarketStatus::Determined) else { return };
        state.settled = Some(now);
        state.stats.open_interest = Qty::ZERO;
        self.live.remove(&market);
        self.agenda.insert((now + KEPT, Due::Archive(market)));
        self.set_market_status(market, MarketStatus::Finalized, Lifecycle::Settled);
        for member in 0..self.members.len() {
            let subaccounts: Vec<u8> = self.members[member].ledgers.keys().copied().collect();
            for subaccount in subaccounts {
                let account = Account { member: self.members[member].id, subaccount };
                self.pay_account(account, market, resolution);
            }
        }
    }

    /// Forgets the trades and candlesticks of a market.
    fn archive(&mut self, market: MarketId) {
        let kept = self.settings.candles_kept;
        let Ok(state) = self.market_mut(market) else { return };
        state.candles = Candles::new(kept);
        for trade in std::mem::take(&mut state.trades) {
            self.market_of_trade.remove(&trade.number);
        }
    }

    fn pay_account(&mut self, account: Account, market: MarketId, resolution: Resolution) {
        let now = self.now;
        let Some(ledger) = self.ledger_mut(account) else { return };
        let Some(mut holding) = ledger.holdings.remove(&market) else { return };
        let (position, cost, fees) = (holding.position, holding.cost, holding.fees);
        let revenue = holding.settle(resolution.payout());
        holding.updated = now;
        let view = holding.view(account, market);
        ledger.cash += revenue;
        if account.member.is_house() {
            // What house accounts hold is of no further interest to anyone.
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
