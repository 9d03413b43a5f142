//! What everyone may ask: markets, events, series, trades, candlesticks; and the filters of all lists.

use host_core::{MarketId, Timestamp};
use uuid::Uuid;

use super::Venue;
use super::account::{Fill, Position, SettlementRecord};
use super::candles::{Candle, Period};
use super::ids::Page;
use super::market::{EventInfo, Market, MarketStatus, Series};
use super::order::{Order, OrderStatus};
use super::trades::Trade;

/// Times within which something must lie; a missing end is open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimeRange {
    /// Not earlier.
    pub min: Option<Timestamp>,
    /// Not later.
    pub max: Option<Timestamp>,
}

impl TimeRange {
    /// Whether `time` lies within.
    pub fn takes(&self, time: Timestamp) -> bool {
        self.min.is_none_or(|min| min <= time) && self.max.is_none_or(|max| time <= max)
    }

    /// Whether `time` is not before all of it: a list of which the newest come first need not be searched further back.
    pub(super) fn reaches(&self, time: Timestamp) -> bool {
        self.min.is_none_or(|min| min <= time)
    }

    /// As [`TimeRange::takes`]; a time that is not known lies within nothing but everything.
    fn takes_known(&self, time: Option<Timestamp>) -> bool {
        time.map_or(*self == TimeRange::default(), |time| self.takes(time))
    }
}

/// The words by which lists of markets are filtered, which are not those of [`MarketStatus`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusFilter {
    /// Initialized.
    Unopened,
    /// Active, or halted.
    Open,
    /// Closed or determined.
    Closed,
    /// Finalized.
    Settled,
}

impl StatusFilter {
    /// Whether a market of this status is meant.
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

/// Which markets. Empty lists and `None` mean all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the query parameters")]
pub struct MarketFilter {
    pub event_ticker: Option<String>,
    pub series_ticker: Option<String>,
    pub tickers: Vec<String>,
    pub status: Option<StatusFilter>,
    pub created: TimeRange,
    pub updated: TimeRange,
    pub closes: TimeRange,
    pub settled: TimeRange,
}

impl MarketFilter {
    fn takes(&self, market: &Market) -> bool {
        self.event_ticker.as_ref().is_none_or(|event| *event == market.listing.event)
            && self.series_ticker.as_ref().is_none_or(|series| *series == market.series)
            && (self.tickers.is_empty() || self.tickers.contains(&market.listing.ticker))
            && self.status.is_none_or(|status| status.takes(market.status))
            && self.created.takes(market.created)
            && self.updated.takes(market.updated)
            && self.closes.takes(market.listing.closes)
            && self.settled.takes_known(market.settled)
    }
}

/// Which market something must be in. Empty and `None` mean any.
fn is_in(ticker: Option<&String>, events: &[String], market: &Market) -> bool {
    ticker.is_none_or(|ticker| *ticker == market.listing.ticker)
        && (events.is_empty() || events.contains(&market.listing.event))
}

/// Which orders. Empty lists and `None` mean all; times are those of creation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the query parameters")]
pub struct OrderFilter {
    pub ticker: Option<String>,
    pub event_tickers: Vec<String>,
    pub status: Option<OrderStatus>,
    pub times: TimeRange,
    pub subaccount: Option<u8>,
}

impl OrderFilter {
    pub(super) fn takes(&self, order: &Order, market: &Market) -> bool {
        is_in(self.ticker.as_ref(), &self.event_tickers, market)
            && self.status.is_none_or(|status| status == order.status)
            && self.times.takes(order.created)
            && self.subaccount.is_none_or(|subaccount| subaccount == order.account.subaccount)
    }
}

/// Which fills. `None` means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the query parameters")]
pub struct FillFilter {
    pub ticker: Option<String>,
    pub order_id: Option<Uuid>,
    pub times: TimeRange,
    pub subaccount: Option<u8>,
}

impl FillFilter {
    pub(super) fn takes(&self, fill: &Fill, market: &Market) -> bool {
        is_in(self.ticker.as_ref(), &[], market)
            && self.order_id.is_none_or(|order| order == fill.order_id)
            && self.times.takes(fill.time)
            && self.subaccount.is_none_or(|subaccount| subaccount == fill.account.subaccount)
    }
}

/// Which positions. Empty lists and `None` mean all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the query parameters")]
pub struct PositionFilter {
    pub ticker: Option<String>,
    pub event_tickers: Vec<String>,
    /// Whether the market was paid.
    pub settled: Option<bool>,
    /// Only where there are contracts (`count_filter=position`).
    pub open_only: bool,
    pub subaccount: Option<u8>,
}

impl PositionFilter {
    pub(super) fn takes(&self, position: &Position, market: &Market) -> bool {
        is_in(self.ticker.as_ref(), &self.event_tickers, market)
            && self.settled.is_none_or(|settled| settled == position.settled)
            && !(self.open_only && position.position.is_zero())
            && self.subaccount.is_none_or(|subaccount| subaccount == position.account.subaccount)
    }
}

/// Which settlements. `None` means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the query parameters")]
pub struct SettlementFilter {
    pub ticker: Option<String>,
    pub event_ticker: Option<String>,
    pub times: TimeRange,
    pub subaccount: Option<u8>,
}

impl SettlementFilter {
    pub(super) fn takes(&self, record: &SettlementRecord, market: &Market) -> bool {
        is_in(self.ticker.as_ref(), self.event_ticker.as_slice(), market)
            && self.times.takes(record.time)
            && self.subaccount.is_none_or(|subaccount| subaccount == record.account.subaccount)
    }
}

/// Which trades. `None` means all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the query parameters")]
pub struct TradeFilter {
    pub ticker: Option<String>,
    pub times: TimeRange,
}

impl Venue {
    /// A market by its number.
    pub fn market(&self, market: MarketId) -> Option<&Market> {
        self.markets.get(market.index())
    }

    /// A market by its ticker.
    pub fn market_by_ticker(&self, ticker: &str) -> Option<&Market> {
        self.market(*self.market_of_ticker.get(ticker)?)
    }

    /// Markets in the order of listing.
    pub fn markets(&self, filter: &MarketFilter, limit: usize, cursor: Option<u64>) -> Page<&Market> {
        let from = cursor.map_or(0, |cursor| usize::try_from(cursor).map_or(usize::MAX, |last| last.saturating_add(1)));
        let meant = self.markets.iter().skip(from).filter(|market| filter.takes(market));
        Page::take(meant.map(|market| (u64::from(market.id.0), market)), limit)
    }

    /// An event by its ticker.
    pub fn event(&self, ticker: &str) -> Option<&EventInfo> {
        self.events.get(*self.event_of_ticker.get(ticker)?)
    }

    /// Events in the order of listing, those of which `is_meant` holds.
    pub fn events(&self, is_meant: impl Fn(&EventInfo) -> bool, limit: usize, cursor: Option<u64>) -> Page<&EventInfo> {
        let numbered = (0u64..).zip(&self.events);
        let meant = numbered.filter(|(number, event)| cursor.is_none_or(|cursor| *number > cursor) && is_meant(event));
        Page::take(meant, limit)
    }

    /// A series by its ticker.
    pub fn series(&self, ticker: &str) -> Option<&Series> {
        self.series.get(ticker)
    }

    /// All series, by ticker.
    pub fn all_series(&self) -> impl Iterator<Item = &Series> + '_ {
        self.series.values()
    }

    /// The trades that are kept, newest first.
    pub fn trades(&self, filter: &TradeFilter, limit: usize, cursor: Option<u64>) -> Page<&Trade> {
        let is_meant =
            |trade: &&Trade| cursor.is_none_or(|cursor| trade.number < cursor) && filter.times.takes(trade.time);
        let markets = match &filter.ticker {
            Some(ticker) => self.market_by_ticker(ticker).map_or(&[][..], std::slice::from_ref),
            None => &self.markets,
        };
        // One more than asked for of each market is enough to know whether more follow.
        let newest = markets.iter().flat_map(|market| market.trades().rev().filter(is_meant).take(limit + 1));
        let mut trades: Vec<&Trade> = newest.collect();
        trades.sort_by_key(|trade| std::cmp::Reverse(trade.number));
        Page::take(trades.into_iter().map(|trade| (trade.number, trade)), limit)
    }

    /// Candlesticks of a market that end within `from..=to` and not after the present one, oldest first, at most the
    /// first `limit`. Quiet periods are included. With `latest_before`, one that ended before `from` comes first.
    pub fn candles(
        &self,
        market: MarketId,
        period: Period,
        (from, to): (Timestamp, Timestamp),
        latest_before: bool,
        limit: usize,
    ) -> Vec<Candle> {
        let Some(market) = self.market(market) else { return Vec::new() };
        let last = period.end(self.now.min(market.listing.closes));
        market.candles.query(period, (from, to.min(last)), latest_before, limit)
    }
}
