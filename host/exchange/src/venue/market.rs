//! Series, events and markets: their descriptions, life cycle and trading statistics.

use std::collections::VecDeque;

use host_core::{MarketId, Outcome, Price, Qty, Side, Span, Timestamp};
use uuid::Uuid;

use super::book::{OrderBook, TopOfBook};
use super::candles::Candles;
use super::ticks::PriceStructure;
use super::trades::{Stats, Trade};
use host_core::fees::{FeeModel, FeeSchedule};

/// A series of recurring events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    pub ticker: String,
    pub title: String,
    pub category: String,
    /// Frequency of its events: `daily`, `weekly`, `custom`, ….
    pub frequency: String,
    pub tags: Vec<String>,
    pub fees: FeeModel,
    /// In percent; usually 100.
    pub fee_multiplier_percent: u32,
}

/// An event that markets are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventInfo {
    pub ticker: String,
    /// Ticker of its series.
    pub series: String,
    pub title: String,
    pub sub_title: String,
    /// True if at most one of its markets resolves to YES.
    pub mutually_exclusive: bool,
}

/// A market to be listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// Unique among all markets.
    pub ticker: String,
    /// Ticker of its event.
    pub event: String,
    pub title: String,
    /// Meaning of YES.
    pub yes_sub_title: String,
    /// Meaning of NO.
    pub no_sub_title: String,
    /// Rules of its resolution.
    pub rules: String,
    /// Price grid.
    pub structure: PriceStructure,
    pub opens: Timestamp,
    pub closes: Timestamp,
    /// Latest time of its resolution.
    pub latest_expiration: Timestamp,
    /// Time from the determination of the result to the payout.
    pub settlement_timer: Span,
    pub can_close_early: bool,
}

impl Listing {
    /// Returns the listing of a generated or recorded market. `now` and [`Listing::FAR`] stand in for unknown times.
    pub fn of(market: &host_core::Market, now: Timestamp) -> Listing {
        let closes = market.closes.unwrap_or(Listing::FAR);
        Listing {
            ticker: market.ticker.clone(),
            event: market.event.clone(),
            title: market.title.clone(),
            yes_sub_title: market.title.clone(),
            no_sub_title: market.title.clone(),
            rules: market.title.clone(),
            structure: PriceStructure::of(&market.ticks),
            opens: market.opens.unwrap_or(now),
            closes,
            latest_expiration: market.event_time.map_or(closes, |time| time.max(closes)),
            settlement_timer: Span::ZERO,
            can_close_early: false,
        }
    }

    /// 2100-01-01: later than any market, and within what clients can parse.
    pub const FAR: Timestamp = Timestamp(4_102_444_800_000_000_000);
}

/// Stage of a market's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MarketStatus {
    /// Listed; trading has not begun.
    Initialized,
    /// Halted.
    Inactive,
    /// Trading.
    Active,
    /// Trading is over; the result is not known yet.
    Closed,
    /// The result is known; the payout is pending.
    Determined,
    /// Paid out.
    Finalized,
}

impl MarketStatus {
    pub const fn as_str(self) -> &'static str {
        match self {
            MarketStatus::Initialized => "initialized",
            MarketStatus::Inactive => "inactive",
            MarketStatus::Active => "active",
            MarketStatus::Closed => "closed",
            MarketStatus::Determined => "determined",
            MarketStatus::Finalized => "finalized",
        }
    }
}

/// Result of a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resolution {
    /// YES pays one dollar.
    Yes,
    /// NO pays one dollar.
    No,
    /// YES pays this amount, NO the rest of a dollar.
    Scalar(Price),
}

impl Resolution {
    /// Returns the payout of one YES contract.
    pub const fn payout(self) -> Price {
        match self {
            Resolution::Yes => Price::ONE,
            Resolution::No => Price::ZERO,
            Resolution::Scalar(price) => price,
        }
    }

    /// Returns the name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Resolution::Yes => "yes",
            Resolution::No => "no",
            Resolution::Scalar(_) => "scalar",
        }
    }
}

impl From<Outcome> for Resolution {
    fn from(outcome: Outcome) -> Resolution {
        match outcome {
            Outcome::Yes => Resolution::Yes,
            Outcome::No => Resolution::No,
            Outcome::Value(payout) => Resolution::Scalar(payout),
        }
    }
}

/// Contents of the last mirrored quote.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct MirrorState {
    /// As it was mirrored; `None` if the side was empty or not seen yet.
    pub(super) bid: Option<(Price, Qty)>,
    pub(super) ask: Option<(Price, Qty)>,
    /// Contracts traded in 24 hours.
    pub(super) volume: Option<Qty>,
}

impl MirrorState {
    /// Forgets the quote, because its orders are gone: the next one brings all of them back.
    pub(super) const fn withdraw(&mut self) {
        (self.bid, self.ask) = (None, None);
    }
}

/// A market on the exchange.
#[derive(Clone, Debug)]
pub struct ListedMarket {
    /// Market number: dense, in the order of listing.
    pub id: MarketId,
    /// The venue's internal id, used on the WebSocket.
    pub uuid: Uuid,
    /// As listed, except that `closes` is updated.
    pub listing: Listing,
    /// Ticker of its event's series.
    pub series: String,
    pub status: MarketStatus,
    /// Set once determined.
    pub resolution: Option<Resolution>,
    pub created: Timestamp,
    /// Time of the last change of status or times.
    pub updated: Timestamp,
    /// Time of the payout.
    pub settled: Option<Timestamp>,
    pub fees: FeeSchedule,
    pub stats: Stats,
    pub(super) book: OrderBook,
    /// Latest trades, oldest first.
    pub(super) trades: VecDeque<Trade>,
    pub(super) candles: Candles,
    pub(super) mirror: MirrorState,
}

impl ListedMarket {
    /// Returns true once it has paid out.
    pub fn is_over(&self) -> bool {
        self.status == MarketStatus::Finalized
    }

    /// Returns the best prices and their sizes.
    pub fn top(&self) -> TopOfBook {
        self.book.top()
    }

    /// Returns the bids for YES with their sizes, best first.
    pub fn bids(&self) -> impl DoubleEndedIterator<Item = (Price, Qty)> + '_ {
        self.book.depth(Side::Buy)
    }

    /// Returns the offers of YES with their sizes, best first. An offer at `p` is a NO bid at `1 - p`.
    pub fn asks(&self) -> impl DoubleEndedIterator<Item = (Price, Qty)> + '_ {
        self.book.depth(Side::Sell)
    }

    /// Returns a trade by its number, if it is still kept.
    pub(super) fn trade(&self, number: u64) -> Option<&Trade> {
        self.trades.get(self.trades.binary_search_by_key(&number, |trade| trade.number).ok()?)
    }

    /// Returns the latest trades that are kept, oldest first.
    pub fn trades(&self) -> impl DoubleEndedIterator<Item = &Trade> + '_ {
        self.trades.iter()
    }
}
