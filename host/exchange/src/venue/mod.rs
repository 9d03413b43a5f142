//! The embedded exchange as a venue: members, markets, books and money, as Kalshi keeps them.
//!
//! One pure, single-threaded state machine in integer money. It must never read a clock (each command carries `now`),
//! do I/O or draw unseeded randomness: the same commands give the same answers and the same [`Update`]s, byte for byte.
//! A server puts the protocol on top: commands answer with typed results or a [`VenueError`] that knows its wire code, and
//! every change of state is in [`Venue::take_updates`], in order.
//!
//! - [`Venue::create`] and friends: orders, in price-time priority, with self-trade prevention; order groups.
//! - [`Venue::mirror`]: liquidity from outside quotes, by the exchange's own accounts.
//! - [`Venue::markets`], [`Venue::orders`], [`Venue::fills`] and friends: lists with filters and stable pages.
//!
//! What is asked often (open markets, balances, resting orders) costs what is open, not what ever was; the trades and
//! candlesticks of a market are kept for a week after its payout.
//!
//! Left out: collateral return across the markets of an event (MECNET), block trades, combos, transfers between
//! exchange shards. Fees that rounding alone would add beyond what a member has are waived: no balance is ever negative.

mod account;
mod amending;
mod book;
mod candles;
mod entry;
mod error;
mod groups;
#[cfg(test)]
mod growth;
mod ids;
mod lifecycle;
mod listing;
mod market;
mod matching;
mod mirror;
mod order;
mod portfolio;
mod query;
mod resting;
mod ticks;
mod trades;
mod update;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use host_core::{MarketId, Timestamp, Usd};
use uuid::Uuid;

use self::groups::Group;
use self::ids::Ids;
use self::lifecycle::Due;

pub use self::account::{Balance, Fill, Member, Position, SettlementRecord};
pub use self::book::Top;
pub use self::candles::{Candle, Ohlc, Period};
pub use self::error::{InvalidOrder, Thing, VenueError};
pub use self::groups::GroupView;
pub use self::ids::{Account, CROWD, MIRROR, MemberId, Page};
pub use self::lifecycle::ExchangeStatus;
pub use self::market::{EventInfo, Listing, Market, MarketStatus, Resolution, Series};
pub use self::order::{
    Amendment, CancelReason, Expiration, NewOrder, Order, OrderStatus, Placed, Reduced, Reduction, SelfTradePrevention,
    TimeInForce,
};
pub use self::query::{
    EventFilter, FillFilter, MarketFilter, OrderFilter, PositionFilter, SettlementFilter, StatusFilter, TimeRange,
    TradeFilter,
};
pub use self::ticks::PriceStructure;
pub use self::trades::{Previous, Stats, Trade};
pub use self::update::{BookDelta, Change, GroupEvent, Lifecycle, Update};

/// What can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VenueSettings {
    /// Identifiers and the depth of mirrored books are drawn from it.
    pub seed: u64,
    /// Trades kept per market.
    pub trades_kept: usize,
    /// Candlesticks kept per market and period.
    pub candles_kept: usize,
    /// Price levels that are mirrored behind the best, one cent apart.
    pub levels_behind: u32,
}

impl Default for VenueSettings {
    fn default() -> Self {
        VenueSettings { seed: 1, trades_kept: 1_000, candles_kept: 2_000, levels_behind: 4 }
    }
}

/// Where all money is: `deposits = cash + fees + escrow` holds after every command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Paid in by members, less what they took out.
    pub deposits: Usd,
    /// In all accounts, the house's included.
    pub cash: Usd,
    /// Collected.
    pub fees: Usd,
    /// Held for open contracts: a dollar for each pair of YES and NO.
    pub escrow: Usd,
}

/// The exchange.
#[derive(Debug)]
pub struct Venue {
    settings: VenueSettings,
    ids: Ids,
    now: Timestamp,
    status: ExchangeStatus,
    /// When it opens by itself, if it will.
    reopens: Option<Timestamp>,
    /// By ticker.
    series: BTreeMap<String, Series>,
    /// In the order of listing.
    events: Vec<EventInfo>,
    event_of_ticker: BTreeMap<String, usize>,
    /// By number of the event, in the order of listing.
    markets_of_event: Vec<Vec<MarketId>>,
    /// By market number.
    markets: Vec<Market>,
    market_of_ticker: BTreeMap<String, MarketId>,
    /// By the id on the WebSocket; never iterated.
    market_of_uuid: HashMap<Uuid, MarketId>,
    /// Those that were not paid yet.
    live: BTreeSet<MarketId>,
    /// By number of the trade: all that markets keep.
    market_of_trade: BTreeMap<u64, MarketId>,
    /// By member number.
    members: Vec<Member>,
    /// By number: all of members, the resting ones of the house.
    orders: BTreeMap<u64, Order>,
    /// Never iterated.
    order_of_id: HashMap<Uuid, u64>,
    groups: BTreeMap<Uuid, Group>,
    agenda: BTreeSet<(Timestamp, Due)>,
    /// The last number given to an order, a place in a queue, a trade, a fill or a settlement.
    last_number: u64,
    deposits: Usd,
    fees_collected: Usd,
    updates: Vec<Update>,
    next_update: u64,
}

impl Venue {
    /// An exchange without markets, open for trading, at `now`.
    pub fn new(settings: VenueSettings, now: Timestamp) -> Venue {
        let mut ids = Ids::new(settings.seed);
        let house = [(MIRROR, "mirror"), (CROWD, "crowd")];
        let members = house.map(|(id, name)| Member::new(id, ids.draw(), name)).into();
        Venue {
            settings,
            ids,
            now,
            status: ExchangeStatus::Active,
            reopens: None,
            series: BTreeMap::new(),
            events: Vec::new(),
            event_of_ticker: BTreeMap::new(),
            markets_of_event: Vec::new(),
            markets: Vec::new(),
            market_of_ticker: BTreeMap::new(),
            market_of_uuid: HashMap::new(),
            live: BTreeSet::new(),
            market_of_trade: BTreeMap::new(),
            members,
            orders: BTreeMap::new(),
            order_of_id: HashMap::new(),
            groups: BTreeMap::new(),
            agenda: BTreeSet::new(),
            last_number: 0,
            deposits: Usd::ZERO,
            fees_collected: Usd::ZERO,
            updates: Vec::new(),
            next_update: 0,
        }
    }

    /// The exchange's time: that of the latest command.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The number of the next update: what is read now holds all updates before it, and none from it on.
    pub const fn next_update(&self) -> u64 {
        self.next_update
    }

    /// What changed since the last call, in order.
    pub fn take_updates(&mut self) -> Vec<Update> {
        std::mem::take(&mut self.updates)
    }

    /// Where all money is.
    pub fn totals(&self) -> Totals {
        let ledgers = self.members.iter().flat_map(|member| member.ledgers.values());
        Totals {
            deposits: self.deposits,
            cash: ledgers.map(|ledger| ledger.cash).sum(),
            fees: self.fees_collected,
            escrow: self.markets.iter().map(|market| host_core::Price::ONE * market.stats.open_interest).sum(),
        }
    }

    fn emit(&mut self, change: Change) {
        self.updates.push(Update { number: self.next_update, time: self.now, change });
        self.next_update += 1;
    }

    /// Counts up over everything that is numbered.
    const fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }
}
