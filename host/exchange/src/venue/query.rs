//! Public queries (markets, events, series, trades, candlesticks) and the filters of all lists.

use std::collections::BTreeSet;

use host_core::{MarketId, Span, Timestamp};
use uuid::Uuid;

use super::account::{MemberFill, MemberPosition, SettlementRecord};
use super::candles::{Candle, Period};
use super::ids::Page;
use super::market::{EventInfo, ListedMarket, MarketStatus, Series};
use super::order::{BookOrder, OrderStatus};
use super::state::Venue;
use super::trades::Trade;

/// A range of times; a missing end is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeRange {
    /// Inclusive.
    pub min: Option<Timestamp>,
    /// Inclusive.
    pub max: Option<Timestamp>,
}

impl TimeRange {
    /// Returns true if `time` lies within the range.
    pub fn takes(&self, time: Timestamp) -> bool {
        self.min.is_none_or(|min| min <= time) && self.max.is_none_or(|max| time <= max)
    }

    /// Returns true unless `time` is before the whole range: a list that starts with the newest need not be searched
    /// further back.
    pub(super) fn reaches(&self, time: Timestamp) -> bool {
        self.min.is_none_or(|min| min <= time)
    }

    /// Like [`TimeRange::takes`]; an unknown time lies only within the unlimited range.
    fn takes_known(&self, time: Option<Timestamp>) -> bool {
        time.map_or(*self == TimeRange::default(), |time| self.takes(time))
    }
}

/// Status filter of market lists, whose terms differ from those of [`MarketStatus`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusFilter {
    Unopened,
    /// Active or halted.
    Open,
    /// Closed or determined.
    Closed,
    /// Finalized.
    Settled,
}

impl StatusFilter {
    /// Returns true if a market of this status matches.
    pub const fn takes(self, status: MarketStatus) -> bool {
        use MarketStatus::{Active, Closed, Determined, Finalized, Inactive, Initialized};
        matches!(
            (self, status),
            (StatusFilter::Unopened, Initialized)
                | (StatusFilter::Open, Active | Inactive)
                | (StatusFilter::Closed, Closed | Determined)
                | (StatusFilter::Settled, Finalized)
        )
    }
}

/// Filter of markets. Empty lists and `None` match all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MarketFilter {
    pub event_ticker: Option<String>,
    pub series_ticker: Option<String>,
    pub tickers: Vec<String>,
    pub status: Option<StatusFilter>,
    pub created: TimeRange,
    pub updated: TimeRange,
    pub closes: TimeRange,
    pub settled: TimeRange,
    /// The historical tier instead of the live one; each market is in one of them.
    pub historical: bool,
}

impl MarketFilter {
    /// Returns true if the market matches; its ticker is checked elsewhere.
    fn takes(&self, market: &ListedMarket) -> bool {
        self.event_ticker.as_ref().is_none_or(|event| *event == market.listing.event)
            && self.series_ticker.as_ref().is_none_or(|series| *series == market.series)
            && self.status.is_none_or(|status| status.takes(market.status))
            && self.created.takes(market.created)
            && self.updated.takes(market.updated)
            && self.closes.takes(market.listing.closes)
            && self.settled.takes_known(market.settled)
    }
}

/// Filter of events. Empty lists and `None` match all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventFilter {
    pub series_ticker: Option<String>,
    pub tickers: Vec<String>,
    /// At least one market of the event must match.
    pub markets: Option<MarketFilter>,
}

/// Returns true if `market` has the ticker and belongs to one of the events; `None` and empty match any.
fn is_in(ticker: Option<&String>, events: &[String], market: &ListedMarket) -> bool {
    ticker.is_none_or(|ticker| *ticker == market.listing.ticker)
        && (events.is_empty() || events.contains(&market.listing.event))
}

/// Filter of orders. Empty lists and `None` match all; times are those of creation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OrderFilter {
    pub ticker: Option<String>,
    pub event_tickers: Vec<String>,
    pub status: Option<OrderStatus>,
    pub times: TimeRange,
    pub subaccount: Option<u8>,
}

impl OrderFilter {
    pub(super) fn takes(&self, order: &BookOrder, market: &ListedMarket) -> bool {
        is_in(self.ticker.as_ref(), &self.event_tickers, market)
            && self.status.is_none_or(|status| status == order.status)
            && self.times.takes(order.created)
            && self.subaccount.is_none_or(|subaccount| subaccount == order.account.subaccount)
    }
}

/// Filter of fills. `None` matches all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FillFilter {
    pub ticker: Option<String>,
    pub order_id: Option<Uuid>,
    pub times: TimeRange,
    pub subaccount: Option<u8>,
}

impl FillFilter {
    pub(super) fn takes(&self, fill: &MemberFill, market: &ListedMarket) -> bool {
        is_in(self.ticker.as_ref(), &[], market)
            && self.order_id.is_none_or(|order| order == fill.order_id)
            && self.times.takes(fill.time)
            && self.subaccount.is_none_or(|subaccount| subaccount == fill.account.subaccount)
    }
}

/// Filter of positions. Empty lists and `None` match all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PositionFilter {
    pub ticker: Option<String>,
    pub event_tickers: Vec<String>,
    /// True for markets that were paid out.
    pub settled: Option<bool>,
    /// Skip positions without contracts (`count_filter=position`).
    pub open_only: bool,
    pub subaccount: Option<u8>,
}

impl PositionFilter {
    pub(super) fn takes(&self, position: &MemberPosition, market: &ListedMarket) -> bool {
        is_in(self.ticker.as_ref(), &self.event_tickers, market)
            && self.settled.is_none_or(|settled| settled == position.settled)
            && !(self.open_only && position.position.is_zero())
            && self.subaccount.is_none_or(|subaccount| subaccount == position.account.subaccount)
    }
}

/// Filter of settlements. `None` matches all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettlementFilter {
    pub ticker: Option<String>,
    pub event_ticker: Option<String>,
    pub times: TimeRange,
    pub subaccount: Option<u8>,
}

impl SettlementFilter {
    pub(super) fn takes(&self, record: &SettlementRecord, market: &ListedMarket) -> bool {
        is_in(self.ticker.as_ref(), self.event_ticker.as_slice(), market)
            && self.times.takes(record.time)
            && self.subaccount.is_none_or(|subaccount| subaccount == record.account.subaccount)
    }
}

/// Filter of trades. `None` matches all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TradeFilter {
    pub ticker: Option<String>,
    pub times: TimeRange,
    /// The historical tier instead of the live one; each trade is in one of them.
    pub historical: bool,
}

// Look-ups of markets, counted for the complexity tests.
#[cfg(test)]
thread_local!(pub(super) static LOOKUPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) });

impl Venue {
    pub fn market(&self, market: MarketId) -> Option<&ListedMarket> {
        #[cfg(test)]
        LOOKUPS.set(LOOKUPS.get() + 1);
        self.markets.get(market.index())
    }

    pub fn market_by_ticker(&self, ticker: &str) -> Option<&ListedMarket> {
        self.market(*self.market_of_ticker.get(ticker)?)
    }

    /// Returns a market by its WebSocket id.
    pub fn market_by_uuid(&self, id: Uuid) -> Option<&ListedMarket> {
        self.market(*self.market_of_uuid.get(&id)?)
    }

    /// Returns markets in the order of listing.
    pub fn markets(&self, filter: &MarketFilter, limit: usize, cursor: Option<u64>) -> Page<&ListedMarket> {
        let from =
            MarketId(cursor.map_or(0, |last| u32::try_from(last).map_or(u32::MAX, |last| last.saturating_add(1))));
        let found = self.candidates(filter, from).filter_map(|id| self.market(id));
        let meant = found.filter(|market| filter.takes(market) && self.is_historical(market) == filter.historical);
        Page::take(meant.map(|market| (u64::from(market.id.0), market)), limit)
    }

    /// Returns a superset of the markets that `filter` matches, from number `from` on, in the order of listing.
    fn candidates<'a>(&'a self, filter: &MarketFilter, from: MarketId) -> Box<dyn Iterator<Item = MarketId> + 'a> {
        use StatusFilter::{Closed, Open, Unopened};
        let events = filter.event_ticker.as_slice();
        match (filter.tickers.is_empty(), filter.status) {
            (false, _) => Box::new(self.with_tickers(&filter.tickers).into_iter().filter(move |id| *id >= from)),
            (true, _) if !events.is_empty() => {
                Box::new(self.of_events(events).into_iter().filter(move |id| *id >= from))
            }
            (true, Some(Unopened | Open | Closed)) => Box::new(self.live.range(from..).copied()),
            (true, _) => Box::new((from.0..self.markets.len() as u32).map(MarketId)),
        }
    }

    fn with_tickers(&self, tickers: &[String]) -> BTreeSet<MarketId> {
        tickers.iter().filter_map(|ticker| self.market_of_ticker.get(ticker).copied()).collect()
    }

    fn of_events(&self, events: &[String]) -> BTreeSet<MarketId> {
        let numbers = events.iter().filter_map(|event| self.event_of_ticker.get(event));
        numbers.flat_map(|&number| self.markets_of_event[number].iter().copied()).collect()
    }

    /// Returns the markets that a ticker or events restrict a query to; `None` for no restriction.
    pub(super) fn named(&self, ticker: Option<&String>, events: &[String]) -> Option<BTreeSet<MarketId>> {
        match ticker {
            Some(ticker) => Some(self.with_tickers(std::slice::from_ref(ticker))),
            None if events.is_empty() => None,
            None => Some(self.of_events(events)),
        }
    }

    pub fn event(&self, ticker: &str) -> Option<&EventInfo> {
        self.events.get(*self.event_of_ticker.get(ticker)?)
    }

    /// Returns the markets of an event, in the order of listing.
    pub fn markets_of_event(&self, ticker: &str) -> impl Iterator<Item = &ListedMarket> + '_ {
        let markets = self.event_of_ticker.get(ticker).map(|&number| &self.markets_of_event[number]);
        markets.into_iter().flatten().filter_map(|&id| self.market(id))
    }

    /// Returns events in the order of listing.
    pub fn events(&self, filter: &EventFilter, limit: usize, cursor: Option<u64>) -> Page<&EventInfo> {
        let from = cursor.map_or(0, |last| usize::try_from(last).map_or(usize::MAX, |last| last.saturating_add(1)));
        let found =
            self.candidate_events(filter, from).filter_map(|number| Some((number as u64, self.events.get(number)?)));
        let is_meant = |event: &EventInfo| {
            let mut markets = self.markets_of_event(&event.ticker);
            filter.series_ticker.as_ref().is_none_or(|series| *series == event.series)
                && filter.markets.as_ref().is_none_or(|wanted| markets.any(|market| wanted.takes(market)))
        };
        Page::take(found.filter(|(_, event)| is_meant(event)), limit)
    }

    /// Returns a superset of the indices of the events that `filter` matches, from `from` on, in the order of
    /// listing.
    fn candidate_events(&self, filter: &EventFilter, from: usize) -> Box<dyn Iterator<Item = usize>> {
        use StatusFilter::{Closed, Open, Unopened};
        let number = |ticker: &String| self.event_of_ticker.get(ticker).copied();
        let numbers: BTreeSet<usize> = match filter.markets.as_ref().and_then(|markets| markets.status) {
            _ if !filter.tickers.is_empty() => filter.tickers.iter().filter_map(number).collect(),
            Some(Unopened | Open | Closed) => {
                let live = self.live.iter().filter_map(|&id| self.market(id));
                live.filter_map(|market| number(&market.listing.event)).collect()
            }
            _ => return Box::new(from..self.events.len()),
        };
        Box::new(numbers.into_iter().filter(move |number| *number >= from))
    }

    pub fn series(&self, ticker: &str) -> Option<&Series> {
        self.series.get(ticker)
    }

    /// Returns all series, by ticker.
    pub fn all_series(&self) -> impl Iterator<Item = &Series> + '_ {
        self.series.values()
    }

    /// Returns the trades that are kept, newest first.
    pub fn trades(&self, filter: &TradeFilter, limit: usize, cursor: Option<u64>) -> Page<&Trade> {
        let upto = cursor.unwrap_or(u64::MAX);
        let newest: Box<dyn Iterator<Item = &Trade>> = match &filter.ticker {
            Some(ticker) => {
                Box::new(self.market_by_ticker(ticker).into_iter().flat_map(|market| market.trades().rev()))
            }
            None => {
                let numbers = self.market_of_trade.range(..upto).rev();
                Box::new(numbers.filter_map(|(&number, &market)| self.market(market)?.trade(number)))
            }
        };
        let recent = newest.filter(|trade| trade.number < upto).take_while(|trade| filter.times.reaches(trade.time));
        let cutoff = self.historical_cutoff();
        let meant = recent.filter(|trade| filter.times.takes(trade.time) && (trade.time < cutoff) == filter.historical);
        Page::take(meant.map(|trade| (trade.number, trade)), limit)
    }

    /// Returns the time before which trades, and markets by their payout, are in the historical tier.
    pub fn historical_cutoff(&self) -> Timestamp {
        let second = Span::seconds(1).0;
        Timestamp((self.now - self.settings.historical_after).0.div_euclid(second) * second)
    }

    /// Returns true for markets that only the historical endpoints show.
    pub fn is_historical(&self, market: &ListedMarket) -> bool {
        market.settled.is_some_and(|settled| settled < self.historical_cutoff())
    }

    /// Returns candlesticks of a market that end within `from..=to`, oldest first. With `latest_before`, the last
    /// state before `from` is projected onto the first period end after it if no candle ends there, with the previous
    /// price as its only price (the venue's specification 3.13, `include_latest_before_start`).
    pub fn candles(
        &self,
        market: MarketId,
        period: Period,
        times: (Timestamp, Timestamp),
        latest_before: bool,
    ) -> Vec<Candle> {
        let Some(market) = self.market(market) else { return Vec::new() };
        market.candles.query(period, times, latest_before)
    }
}
