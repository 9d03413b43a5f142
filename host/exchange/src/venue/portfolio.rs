//! Queries of members about their own data: money, orders, fills, positions, settlements, queue positions.

use std::collections::{BTreeMap, BTreeSet};

use host_core::{MarketId, Price, Qty, Side, Timestamp, Usd};
use uuid::Uuid;

use super::account::{Balance, Holding, Member, MemberFill, MemberPosition, SettlementRecord};
use super::error::{Resource, VenueError};
use super::ids::{AccountId, MemberId, Page};
use super::market::ListedMarket;
use super::order::{BookOrder, OrderStatus};
use super::query::{FillFilter, OrderFilter, PositionFilter, SettlementFilter};
use super::state::Venue;

impl Venue {
    pub fn member(&self, member: MemberId) -> Option<&Member> {
        self.members.get(member.0 as usize)
    }

    /// Returns an account's money; zero for an account that was never used.
    pub fn balance(&self, account: AccountId) -> Balance {
        let ledger = self.member(account.member).and_then(|member| member.ledgers.get(&account.subaccount));
        ledger.map_or(Balance::default(), |ledger| Balance {
            cash: ledger.cash,
            reserved: ledger.cash - ledger.available(),
            available: ledger.available(),
            positions: ledger.holdings.iter().map(|(&market, holding)| self.worth(market, holding)).sum(),
        })
    }

    /// Returns the value of a position: at the last trade, as recorded, or else the mid price, or else cost.
    fn worth(&self, market: MarketId, holding: &Holding) -> Usd {
        let Some(market) = self.market(market) else { return holding.cost };
        let top = market.top();
        let price = match (market.resolution, top.bid, top.ask) {
            (Some(resolution), ..) => Some(resolution.payout()),
            _ if market.stats.last.is_some() => market.stats.last,
            (None, Some((bid, _)), Some((ask, _))) => Some(Price((bid.0 + ask.0) / 2)),
            _ => None,
        };
        let of_side = |price: Price| if holding.position < Qty::ZERO { price.complement() } else { price };
        price.map_or(holding.cost, |price| of_side(price) * holding.position.abs())
    }

    /// Returns a member's order, whatever its status.
    ///
    /// # Errors
    /// If the member has no such order.
    pub fn order(&self, member: MemberId, order: Uuid) -> Result<&BookOrder, VenueError> {
        self.orders.get(&self.number_of(member, order)?).ok_or(VenueError::NotFound(Resource::Order))
    }

    /// Returns a member's orders, newest first.
    pub fn orders(
        &self,
        member: MemberId,
        filter: &OrderFilter,
        limit: usize,
        cursor: Option<u64>,
    ) -> Page<&BookOrder> {
        // Resting orders are found without scanning the whole history.
        let resting: Option<Vec<u64>> = (filter.status == Some(OrderStatus::Resting)).then(|| {
            let mut numbers = Vec::from_iter(self.resting_orders(member).map(|order| order.number));
            numbers.sort_unstable();
            numbers
        });
        let all = self.member(member).map_or(&[][..], |member| &member.orders);
        let numbers = resting.as_deref().unwrap_or(all);
        let upto = cursor.map_or(numbers.len(), |cursor| numbers.partition_point(|&number| number < cursor));
        let orders = numbers[..upto].iter().rev().filter_map(|number| self.orders.get(number));
        let recent = orders.take_while(|order| filter.times.reaches(order.created));
        Page::take(recent.filter(|order| self.is_meant(filter, order)).map(|order| (order.number, order)), limit)
    }

    /// Returns true if `filter` takes an order.
    pub fn is_meant(&self, filter: &OrderFilter, order: &BookOrder) -> bool {
        self.market(order.market).is_some_and(|market| filter.takes(order, market))
    }

    /// Returns the orders that a member cancelled after `then`, within the last second, oldest first.
    pub fn cancelled_since(&self, member: MemberId, then: Timestamp) -> impl Iterator<Item = &BookOrder> + '_ {
        let recent = self.member(member).map(|member| member.cancelled.iter()).into_iter().flatten();
        let since = recent.filter(move |(time, _)| *time > then);
        since.filter_map(|(_, number)| self.orders.get(number))
    }

    /// Returns a member's fills, newest first.
    pub fn fills(&self, member: MemberId, filter: &FillFilter, limit: usize, cursor: Option<u64>) -> Page<&MemberFill> {
        let fills = self.member(member).map_or(&[][..], |member| &member.fills);
        let upto = cursor.map_or(fills.len(), |cursor| fills.partition_point(|fill| fill.number < cursor));
        let recent = fills[..upto].iter().rev().take_while(|fill| filter.times.reaches(fill.time));
        let meant = recent.filter(|fill| self.market(fill.market).is_some_and(|market| filter.takes(fill, market)));
        Page::take(meant.map(|fill| (fill.number, fill)), limit)
    }

    /// Returns a member's positions by market number; of all accounts, unless the filter names one.
    pub fn positions(
        &self,
        member: MemberId,
        filter: &PositionFilter,
        limit: usize,
        cursor: Option<u64>,
    ) -> Page<MemberPosition> {
        // A position's number combines its market and its subaccount.
        let number = |view: &MemberPosition| u64::from(view.market.0) << 8 | u64::from(view.account.subaccount);
        let from = MarketId(cursor.map_or(0, |cursor| u32::try_from(cursor >> 8).unwrap_or(u32::MAX)));
        let named = self.named(filter.ticker.as_ref(), &filter.event_tickers);
        let ledgers = self.member(member).map(|member| &member.ledgers).into_iter().flatten();
        let mut views = Vec::new();
        for (&subaccount, ledger) in ledgers {
            let account = AccountId { member, subaccount };
            let kept = [(false, &ledger.holdings), (true, &ledger.settled)];
            for (_, holdings) in kept.into_iter().filter(|(paid, _)| filter.settled.is_none_or(|asked| asked == *paid))
            {
                let held =
                    held_in(holdings, named.as_ref(), from).map(|(market, holding)| holding.view(account, market));
                let meant = held.filter(|view| {
                    let follows = cursor.is_none_or(|cursor| number(view) > cursor);
                    let market = self.market(view.market).filter(|_| follows && view.volume > Qty::ZERO);
                    market.is_some_and(|market| filter.takes(view, market))
                });
                // One more than requested of each account is enough to know whether more follow.
                views.extend(meant.take(limit.saturating_add(1)));
            }
        }
        views.sort_by_key(number);
        Page::take(views.into_iter().map(|view| (number(&view), view)), limit)
    }

    /// Returns all present and past positions of an account in the markets of an event.
    pub fn positions_in_event(&self, account: AccountId, event: &str) -> Vec<MemberPosition> {
        let Some(ledger) = self.member(account.member).and_then(|member| member.ledgers.get(&account.subaccount))
        else {
            return Vec::new();
        };
        let views = self.markets_of_event(event).filter_map(|market| {
            let holding = ledger.holdings.get(&market.id).or_else(|| ledger.settled.get(&market.id))?;
            Some(holding.view(account, market.id)).filter(|view| view.volume > Qty::ZERO)
        });
        views.collect()
    }

    /// Returns a member's settlements, newest first.
    pub fn settlements(
        &self,
        member: MemberId,
        filter: &SettlementFilter,
        limit: usize,
        cursor: Option<u64>,
    ) -> Page<&SettlementRecord> {
        let records = self.member(member).map_or(&[][..], |member| &member.settlements);
        let upto = cursor.map_or(records.len(), |cursor| records.partition_point(|record| record.number < cursor));
        let recent = records[..upto].iter().rev().take_while(|record| filter.times.reaches(record.time));
        let meant =
            recent.filter(|record| self.market(record.market).is_some_and(|market| filter.takes(record, market)));
        Page::take(meant.map(|record| (record.number, record)), limit)
    }

    /// Returns the contracts that fill before a member's resting order.
    ///
    /// # Errors
    /// If the member has no such order, or it does not rest.
    pub fn queue_position(&self, member: MemberId, order: Uuid) -> Result<Qty, VenueError> {
        let order = self.order(member, order)?;
        if order.status != OrderStatus::Resting {
            return Err(VenueError::NotFound(Resource::Order));
        }
        let market = self.market(order.market).ok_or(VenueError::NotFound(Resource::Market))?;
        Ok(market.book.ahead(order.queue_key()))
    }

    /// Returns a member's resting orders in the order of [`Venue::resting_orders`], each with the contracts that fill
    /// before it.
    pub fn queue_positions(
        &self,
        member: MemberId,
        is_meant: impl Fn(&ListedMarket) -> bool,
    ) -> Vec<(&BookOrder, Qty)> {
        let position = |order: &BookOrder| {
            let market = self.market(order.market).filter(|market| is_meant(market))?;
            Some(market.book.ahead(order.queue_key()))
        };
        self.resting_orders(member).filter_map(|order| position(order).map(|ahead| (order, ahead))).collect()
    }

    /// Returns a member's resting orders by subaccount, market, side, and the order in which they fill.
    pub fn resting_orders(&self, member: MemberId) -> impl Iterator<Item = &BookOrder> + '_ {
        let ledgers = self.member(member).map(|member| member.ledgers.values()).into_iter().flatten();
        let holdings = ledgers.flat_map(|ledger| ledger.holdings.values());
        let sides = holdings.flat_map(|holding| [Side::Buy, Side::Sell].map(|side| (holding, side)));
        let resting = sides.flat_map(|(holding, side)| holding.book.orders(side));
        resting.filter_map(|(_, resting)| self.orders.get(&resting.order))
    }
}

/// Returns an account's holdings by market: those in `named`, or all from market number `from` on.
fn held_in<'a>(
    holdings: &'a BTreeMap<MarketId, Holding>,
    named: Option<&'a BTreeSet<MarketId>>,
    from: MarketId,
) -> Box<dyn Iterator<Item = (MarketId, &'a Holding)> + 'a> {
    match named {
        Some(markets) => Box::new(markets.iter().filter_map(|market| Some((*market, holdings.get(market)?)))),
        None => Box::new(holdings.range(from..).map(|(&market, holding)| (market, holding))),
    }
}
