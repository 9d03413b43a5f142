//! The matching core: members, markets, books and money, by Kalshi's rules.
//!
//! One pure, single-threaded state machine in integer money. It must never read a clock (each command carries `now`),
//! do I/O, or draw unseeded randomness: the same commands give the same results and the same [`Update`]s, byte for
//! byte. The server adds the protocol. Commands return typed results or a [`VenueError`], which knows its wire code;
//! every change of state appears in [`Venue::take_updates`], in order.
//!
//! - [`Venue::create`] and related: orders in price-time priority, with self-trade prevention; order groups.
//! - [`Venue::mirror`]: liquidity from outside quotes, provided by the exchange's own accounts.
//! - [`Venue::markets`], [`Venue::orders`], [`Venue::fills`] and related: lists with filters and stable pages.
//!
//! Frequent queries (open markets, balances, resting orders) cost in proportion to what is open, not to history.
//! Trades and candlesticks of a market are kept for a time after its payout ([`VenueSettings::history_kept`]).
//!
//! Not implemented: collateral return across the markets of an event (MECNET), block trades, combos, transfers
//! between exchange shards. Fees that rounding alone would add beyond a member's balance are waived, so that no
//! balance is ever negative.

mod account;
mod amend;
mod announcement;
mod book;
mod candles;
#[cfg(test)]
mod complexity;
mod create;
mod error;
mod group;
mod groups;
mod ids;
mod lifecycle;
mod listing;
mod market;
mod matching;
mod mirror;
mod notice_board;
mod order;
mod portfolio;
mod query;
mod resting;
mod schedule;
mod state;
mod ticks;
mod trades;
mod update;

pub use self::account::{Balance, Member, MemberFill, MemberPosition, SettlementRecord};
pub use self::announcement::{Announcement, AnnouncementKind, MaintenanceWindow};
pub use self::book::TopOfBook;
pub use self::candles::{Candle, Ohlc, Period};
pub use self::error::{InvalidOrder, Resource, VenueError};
pub use self::group::GroupView;
pub use self::ids::{AccountId, CROWD, MIRROR, MemberId, Page};
pub use self::market::{EventInfo, ListedMarket, Listing, MarketStatus, Resolution, Series};
pub use self::order::{
    Amendment, BookOrder, CancelReason, Expiration, NewOrder, OrderStatus, Placed, Reduced, Reduction,
    SelfTradePrevention, TimeInForce,
};
pub use self::query::{
    EventFilter, FillFilter, MarketFilter, OrderFilter, PositionFilter, SettlementFilter, StatusFilter, TimeRange,
    TradeFilter,
};
pub use self::state::{Totals, Venue, VenueSettings};
pub use self::ticks::PriceStructure;
pub use self::trades::{Previous, Stats, Trade};
pub use self::update::{BookDelta, Change, ExchangeStatus, GroupEvent, Lifecycle, Update};
