//! The state of the whole exchange.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use host_core::{MarketId, Span, Timestamp, Usd};
use uuid::Uuid;

use super::account::Member;
use super::announcement::{Announcement, MaintenanceWindow};
use super::group::OrderGroup;
use super::ids::{CROWD, IdGenerator, MIRROR};
use super::market::{EventInfo, ListedMarket, Series};
use super::order::BookOrder;
use super::schedule::ScheduledAction;
use super::update::{Change, ExchangeStatus, Update};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VenueSettings {
    /// Seed of identifiers and of the depth of mirrored books.
    pub seed: u64,
    /// Number of trades kept per market.
    pub trades_kept: usize,
    /// Number of candlesticks kept per market and period: at 20,000, those of two weeks in which each minute changes
    /// something, about 2 MB.
    pub candles_kept: usize,
    /// Time after the payout for which a market's trades and candlesticks are kept.
    pub history_kept: Span,
    /// Age at which trades, and markets since their payout, move to the historical endpoints.
    pub historical_after: Span,
    /// Number of price levels mirrored behind the best one, one cent apart.
    pub levels_behind: u32,
}

impl Default for VenueSettings {
    fn default() -> Self {
        VenueSettings {
            seed: 1,
            trades_kept: 10_000,
            candles_kept: 20_000,
            history_kept: Span::days(7),
            historical_after: Span::days(90),
            levels_behind: 4,
        }
    }
}

/// The whereabouts of all money: `deposits = cash + fees + escrow` holds after every command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// Deposits less withdrawals of members.
    pub deposits: Usd,
    /// Cash in all accounts, including the house's.
    pub cash: Usd,
    pub fees: Usd,
    /// Held for open contracts: one dollar for each pair of YES and NO.
    pub escrow: Usd,
}

/// The whole exchange.
#[derive(Debug)]
pub struct Venue {
    pub(super) settings: VenueSettings,
    pub(super) ids: IdGenerator,
    pub(super) now: Timestamp,
    pub(super) status: ExchangeStatus,
    /// Time at which it reopens by itself, if scheduled.
    pub(super) reopens: Option<Timestamp>,
    /// Oldest first.
    pub(super) announcements: Vec<Announcement>,
    /// In the order in which they were planned.
    pub(super) maintenance: Vec<MaintenanceWindow>,
    /// By ticker.
    pub(super) series: BTreeMap<String, Series>,
    /// In the order of listing.
    pub(super) events: Vec<EventInfo>,
    pub(super) event_of_ticker: BTreeMap<String, usize>,
    /// By event index, in the order of listing.
    pub(super) markets_of_event: Vec<Vec<MarketId>>,
    /// By market number.
    pub(super) markets: Vec<ListedMarket>,
    pub(super) market_of_ticker: BTreeMap<String, MarketId>,
    /// By WebSocket market id; never iterated.
    pub(super) market_of_uuid: HashMap<Uuid, MarketId>,
    /// Markets not paid out yet.
    pub(super) live: BTreeSet<MarketId>,
    /// By trade number: all trades that markets keep.
    pub(super) market_of_trade: BTreeMap<u64, MarketId>,
    /// By member number.
    pub(super) members: Vec<Member>,
    /// By order number: all orders of members, and the resting ones of the house.
    pub(super) orders: BTreeMap<u64, BookOrder>,
    /// Never iterated.
    pub(super) order_of_id: HashMap<Uuid, u64>,
    pub(super) groups: BTreeMap<Uuid, OrderGroup>,
    pub(super) schedule: BTreeSet<(Timestamp, ScheduledAction)>,
    /// Last number given to an order, queue position, trade, fill or settlement.
    pub(super) last_number: u64,
    pub(super) deposits: Usd,
    pub(super) fees_collected: Usd,
    pub(super) updates: Vec<Update>,
    pub(super) next_update: u64,
}

impl Venue {
    /// Returns an exchange without markets, open for trading at `now`.
    pub fn new(settings: VenueSettings, now: Timestamp) -> Venue {
        let mut ids = IdGenerator::new(settings.seed);
        let house = [(MIRROR, "mirror"), (CROWD, "crowd")];
        let members = house.map(|(id, name)| Member::new(id, ids.draw(), name)).into();
        Venue {
            settings,
            ids,
            now,
            status: ExchangeStatus::Active,
            reopens: None,
            announcements: Vec::new(),
            maintenance: Vec::new(),
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
            schedule: BTreeSet::new(),
            last_number: 0,
            deposits: Usd::ZERO,
            fees_collected: Usd::ZERO,
            updates: Vec::new(),
            next_update: 0,
        }
    }

    /// Returns the exchange's time: that of the latest command.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Returns the number of the next update. What is read now reflects all updates before it.
    pub const fn next_update(&self) -> u64 {
        self.next_update
    }

    /// Returns the changes since the last call, in order.
    pub fn take_updates(&mut self) -> Vec<Update> {
        std::mem::take(&mut self.updates)
    }

    /// Returns the whereabouts of all money.
    pub fn totals(&self) -> Totals {
        let ledgers = self.members.iter().flat_map(|member| member.ledgers.values());
        Totals {
            deposits: self.deposits,
            cash: ledgers.map(|ledger| ledger.cash).sum(),
            fees: self.fees_collected,
            escrow: self.markets.iter().map(|market| host_core::Price::ONE * market.stats.open_interest).sum(),
        }
    }

    pub(super) fn emit(&mut self, change: Change) {
        self.updates.push(Update { number: self.next_update, time: self.now, change });
        self.next_update += 1;
    }

    /// Returns the next number of the counter that everything numbered shares.
    pub(super) const fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }
}
