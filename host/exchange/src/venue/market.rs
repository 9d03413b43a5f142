//! Series, events and markets: what they are called, when they live, what is known of their trading.

use std::collections::VecDeque;

use host_core::{MarketId, Outcome, Price, Qty, Side, Span, Timestamp};
use uuid::Uuid;

use super::book::{Book, Top};
use super::candles::Candles;
use super::mirror::MirrorState;
use super::ticks::PriceStructure;
use super::trades::{Stats, Trade};
use crate::fees::{FeeModel, FeeSchedule};

/// Recurring events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    /// The venue's name for it.
    pub ticker: String,
    /// For people.
    pub title: String,
    /// What it is about.
    pub category: String,
    /// How often its events happen: `daily`, `weekly`, `custom`, ….
    pub frequency: String,
    /// More words to find it by.
    pub tags: Vec<String>,
    /// What fills cost.
    pub fees: FeeModel,
    /// In percent; usually 100.
    pub fee_multiplier_percent: u32,
}

/// What markets are about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventInfo {
    /// The venue's name for it.
    pub ticker: String,
    /// The ticker of its series.
    pub series: String,
    /// For people.
    pub title: String,
    /// For people.
    pub sub_title: String,
    /// Whether at most one of its markets resolves to YES.
    pub mutually_exclusive: bool,
}

/// A market to be listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The venue's name for it; unique.
    pub ticker: String,
    /// The ticker of its event.
    pub event: String,
    /// For people.
    pub title: String,
    /// What YES means.
    pub yes_sub_title: String,
    /// What NO means.
    pub no_sub_title: String,
    /// How it resolves.
    pub rules: String,
    /// Which prices it takes.
    pub structure: PriceStructure,
    /// When trading opens.
    pub opens: Timestamp,
    /// When trading closes.
    pub closes: Timestamp,
    /// When it resolves at the latest.
    pub latest_expiration: Timestamp,
    /// From the determination of the result to the payout.
    pub settlement_timer: Span,
    /// Whether it may close before its time.
    pub can_close_early: bool,
}

impl Listing {
    /// The listing of a generated or recorded market. `now` and the end of time stand in for times that are not known.
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

/// Where a market is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MarketStatus {
    /// Listed; trading has not begun.
    Initialized,
    /// Halted.
    Inactive,
    /// Trading.
    Active,
    /// Trading is over, the result not known.
    Closed,
    /// The result is known, and not paid.
    Determined,
    /// Paid.
    Finalized,
}

impl MarketStatus {
    /// The name on the wire.
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

/// How a market resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Resolution {
    /// YES pays one dollar.
    Yes,
    /// NO pays one dollar.
    No,
    /// YES pays so much, NO the rest of a dollar.
    Scalar(Price),
}

impl Resolution {
    /// What one YES contract pays.
    pub const fn payout(self) -> Price {
        match self {
            Resolution::Yes => Price::ONE,
            Resolution::No => Price::ZERO,
            Resolution::Scalar(price) => price,
        }
    }

    /// The name on the wire.
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

/// A market as the exchange keeps it.
#[derive(Clone, Debug)]
pub struct Market {
    /// Its number: dense, in the order of listing.
    pub id: MarketId,
    /// The venue's internal id, as on the WebSocket.
    pub uuid: Uuid,
    /// What was listed; `closes` as it is now.
    pub listing: Listing,
    /// The ticker of its event's series.
    pub series: String,
    /// Where it is in its life.
    pub status: MarketStatus,
    /// How it resolved, once determined.
    pub resolution: Option<Resolution>,
    /// When it was listed.
    pub created: Timestamp,
    /// When its status or times last changed.
    pub updated: Timestamp,
    /// When it was paid.
    pub settled: Option<Timestamp>,
    /// What fills cost.
    pub fees: FeeSchedule,
    /// Volume, last price and the like.
    pub stats: Stats,
    pub(super) book: Book,
    /// The last ones, oldest first.
    pub(super) trades: VecDeque<Trade>,
    pub(super) candles: Candles,
    pub(super) mirror: MirrorState,
}

impl Market {
    /// Best prices and what stands there.
    pub fn top(&self) -> Top {
        self.book.top()
    }

    /// Bids for YES and what stands there, best first.
    pub fn bids(&self) -> impl DoubleEndedIterator<Item = (Price, Qty)> + '_ {
        self.book.depth(Side::Buy)
    }

    /// Offers of YES and what stands there, best first. An offer at `p` is a NO bid at `1 - p`.
    pub fn asks(&self) -> impl DoubleEndedIterator<Item = (Price, Qty)> + '_ {
        self.book.depth(Side::Sell)
    }

    /// A trade that is kept.
    pub(super) fn trade(&self, number: u64) -> Option<&Trade> {
        self.trades.get(self.trades.binary_search_by_key(&number, |trade| trade.number).ok()?)
    }

    /// The last trades that are kept, oldest first.
    pub fn trades(&self) -> impl DoubleEndedIterator<Item = &Trade> + '_ {
        self.trades.iter()
    }
}
