//! Series, events and markets on offer; members and their deposits.

use std::collections::VecDeque;

use host_core::{MarketId, Timestamp, Usd};

use super::account::{AccountLedger, Member};
use super::candles::Candles;
use super::error::{InvalidOrder, Resource, VenueError};
use super::ids::{AccountId, MemberId};
use super::market::{EventInfo, ListedMarket, Listing, MarketStatus, MirrorState, Series};
use super::schedule::ScheduledAction;
use super::state::Venue;
use super::trades::Stats;
use super::update::{Change, Lifecycle};
use host_core::fees::{FeeModel, FeeSchedule};

/// Largest balance of an account: a hundred billion dollars, so that no sum overflows.
const LARGEST_DEPOSIT: Usd = Usd::MOST;

impl Venue {
    /// Adds or replaces a series. Markets already listed keep their fees.
    pub fn add_series(&mut self, series: Series) {
        self.series.insert(series.ticker.clone(), series);
    }

    /// Adds or replaces an event.
    pub fn add_event(&mut self, event: EventInfo) {
        if let Some(&index) = self.event_of_ticker.get(&event.ticker) {
            self.events[index] = event;
        } else {
            self.event_of_ticker.insert(event.ticker.clone(), self.events.len());
            self.events.push(event);
            self.markets_of_event.push(Vec::new());
        }
    }

    /// Lists a market of a known event. It trades from its opening time to its closing time.
    ///
    /// # Errors
    /// If its event or series is unknown, or its ticker is taken.
    pub fn list_market(&mut self, listing: Listing, now: Timestamp) -> Result<MarketId, VenueError> {
        self.advance(now);
        let of_event = *self.event_of_ticker.get(&listing.event).ok_or(VenueError::NotFound(Resource::Event))?;
        let event = &self.events[of_event];
        let series = self.series.get(&event.series).ok_or(VenueError::NotFound(Resource::Series))?;
        if self.market_of_ticker.contains_key(&listing.ticker) {
            return Err(VenueError::BadRequest("a market with this ticker is listed already"));
        }
        let (fees, series) = (series.fees.schedule(series.fee_multiplier_percent), series.ticker.clone());
        let id = MarketId(self.markets.len() as u32);
        let uuid = self.ids.draw();
        self.market_of_ticker.insert(listing.ticker.clone(), id);
        self.market_of_uuid.insert(uuid, id);
        self.markets_of_event[of_event].push(id);
        self.live.insert(id);
        self.schedule.insert((listing.opens, ScheduledAction::Open(id)));
        self.schedule.insert((listing.closes, ScheduledAction::Close(id)));
        self.markets.push(ListedMarket {
            id,
            uuid,
            listing,
            series,
            status: MarketStatus::Initialized,
            resolution: None,
            created: self.now,
            updated: self.now,
            settled: None,
            fees,
            stats: Stats::default(),
            book: super::book::OrderBook::default(),
            trades: VecDeque::new(),
            candles: Candles::new(self.settings.candles_kept),
            mirror: MirrorState::default(),
        });
        self.emit(Change::Market(id, Lifecycle::Created));
        self.advance(now);
        Ok(id)
    }

    /// Lists a generated or recorded market, adding its event and series if they are unknown.
    ///
    /// # Errors
    /// If its ticker is taken.
    pub fn list(&mut self, market: &host_core::Market, fees: FeeModel, now: Timestamp) -> Result<MarketId, VenueError> {
        self.introduce(market, fees);
        self.list_market(Listing::of(market, now), now)
    }

    /// Adds the series and the event of a generated or recorded market if they are unknown.
    pub fn introduce(&mut self, market: &host_core::Market, fees: FeeModel) {
        if !self.series.contains_key(&market.series) {
            self.add_series(Series {
                ticker: market.series.clone(),
                title: market.series.clone(),
                category: market.category.clone(),
                frequency: "custom".to_owned(),
                tags: Vec::new(),
                fees,
                fee_multiplier_percent: 100,
            });
        }
        if self.event(&market.event).is_none() {
            self.add_event(EventInfo {
                ticker: market.event.clone(),
                series: market.series.clone(),
                title: market.title.clone(),
                sub_title: String::new(),
                mutually_exclusive: false,
            });
        }
    }

    /// Adds a member without money.
    pub fn add_member(&mut self, name: &str) -> MemberId {
        let id = MemberId(self.members.len() as u32);
        let member = Member::new(id, self.ids.draw(), name);
        self.members.push(member);
        id
    }

    /// Deposits into an account.
    ///
    /// # Errors
    /// If there is no such member or subaccount, or the amount is not positive or too large.
    pub fn deposit(&mut self, account: AccountId, amount: Usd, now: Timestamp) -> Result<(), VenueError> {
        self.advance(now);
        if amount <= Usd::ZERO || amount > LARGEST_DEPOSIT {
            return Err(VenueError::BadRequest("a deposit must be positive and at most 900 million dollars"));
        }
        let ledger = self.ledger_or_new(account)?;
        if ledger.cash + amount > LARGEST_DEPOSIT {
            return Err(VenueError::BadRequest("an account holds at most 900 million dollars"));
        }
        ledger.cash += amount;
        self.deposits += amount;
        Ok(())
    }

    /// Withdraws from an account.
    ///
    /// # Errors
    /// If there is no such member, or the amount is not positive or not available.
    pub fn withdraw(&mut self, account: AccountId, amount: Usd, now: Timestamp) -> Result<(), VenueError> {
        self.advance(now);
        self.take(account, amount)?;
        self.deposits -= amount;
        Ok(())
    }

    /// Moves money between two subaccounts of a member.
    ///
    /// # Errors
    /// If there is no such member or subaccount, or the amount is not positive or not available.
    pub fn transfer(
        &mut self,
        member: MemberId,
        (from, to): (u8, u8),
        amount: Usd,
        now: Timestamp,
    ) -> Result<(), VenueError> {
        self.advance(now);
        self.ledger_or_new(AccountId { member, subaccount: to })?;
        self.take(AccountId { member, subaccount: from }, amount)?;
        self.ledger_or_new(AccountId { member, subaccount: to })?.cash += amount;
        Ok(())
    }

    fn take(&mut self, account: AccountId, amount: Usd) -> Result<(), VenueError> {
        self.check_writable()?;
        let ledger = self.ledger_or_new(account)?;
        if amount <= Usd::ZERO {
            return Err(VenueError::BadRequest("an amount must be positive"));
        }
        if amount > ledger.available() {
            return Err(VenueError::InsufficientBalance);
        }
        ledger.cash -= amount;
        Ok(())
    }

    pub(super) fn ledger_mut(&mut self, account: AccountId) -> Option<&mut AccountLedger> {
        self.members.get_mut(account.member.0 as usize)?.ledgers.get_mut(&account.subaccount)
    }

    pub(super) fn ledger_or_new(&mut self, account: AccountId) -> Result<&mut AccountLedger, VenueError> {
        if account.subaccount > AccountId::LAST_SUBACCOUNT {
            return Err(InvalidOrder::Subaccount.into());
        }
        let member = self.members.get_mut(account.member.0 as usize).ok_or(VenueError::NotFound(Resource::Member))?;
        Ok(member.ledgers.entry(account.subaccount).or_default())
    }

    /// Returns the fee schedule for a member; the house pays no fees.
    pub(super) fn fees_for(&self, member: MemberId, market: MarketId) -> FeeSchedule {
        let schedule = self.markets.get(market.index()).map_or(FeeSchedule::NONE, |market| market.fees);
        if member.is_house() { FeeSchedule::NONE } else { schedule }
    }
}
