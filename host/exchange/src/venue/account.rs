//! Members' money: cash, positions, and the collateral reserved by resting orders.
//!
//! Buying YES at `p` costs `p`; selling it costs `1 - p`, which is buying NO. YES and NO of one market net: a pair is
//! worth a dollar and is paid out at once. A resting order that would open a position reserves what it can cost, so
//! no fill can make a balance negative. Collateral is never returned across the markets of an event (no MECNET).

use std::collections::{BTreeMap, HashSet, VecDeque};

use host_core::{MarketId, Price, Qty, Side, Timestamp, Usd};
use uuid::Uuid;

use super::book::OrderBook;
use super::ids::{AccountId, MemberId};
use super::market::Resolution;
use host_core::fees::{FeeAccumulator, FeeSchedule};

/// One execution, as seen by one of its two sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberFill {
    /// Counts up across all members.
    pub number: u64,
    /// The venue's id, shared with the trade: a member is never on both sides of one.
    pub id: Uuid,
    pub order_id: Uuid,
    /// Empty if none was given.
    pub client_order_id: String,
    pub account: AccountId,
    pub market: MarketId,
    pub side: Side,
    /// In YES terms.
    pub price: Price,
    pub qty: Qty,
    /// True if the fill took liquidity.
    pub taker: bool,
    pub fee: Usd,
    /// The account's position after the fill, in contracts.
    pub position: Qty,
    pub time: Timestamp,
}

/// An account's present and past position in a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MemberPosition {
    pub account: AccountId,
    pub market: MarketId,
    /// Contracts; negative for NO.
    pub position: Qty,
    /// Cost of these contracts, without fees: the exposure.
    pub cost: Usd,
    /// Cost of all contracts ever traded, without fees.
    pub traded: Usd,
    /// Number of contracts ever traded.
    pub volume: Qty,
    /// Profit of contracts closed or paid out, without fees.
    pub realized: Usd,
    pub fees: Usd,
    pub updated: Timestamp,
    /// Orders of the account on the market's book.
    pub resting_orders: usize,
    /// True if the market was paid out.
    pub settled: bool,
}

/// A payout of a market to an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlementRecord {
    /// Counts up across all members.
    pub number: u64,
    pub account: AccountId,
    pub market: MarketId,
    pub resolution: Resolution,
    /// YES contracts held, and their cost.
    pub yes: (Qty, Usd),
    /// NO contracts held, and their cost.
    pub no: (Qty, Usd),
    pub revenue: Usd,
    /// All fees paid in the market; settlement itself is free.
    pub fees: Usd,
    pub time: Timestamp,
}

/// An account's money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Never negative.
    pub cash: Usd,
    /// Part of the cash that resting orders reserve.
    pub reserved: Usd,
    pub available: Usd,
    /// Value of the positions, at the last trade, or else the mid price, or else cost.
    pub positions: Usd,
}

/// Amount that resting orders can cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) cost: Usd,
    /// An estimate, because rounding depends on how an order is filled.
    pub(super) fees: Usd,
}

/// An account's position and resting orders in one market.
#[derive(Clone, Debug, Default)]
pub(super) struct Holding {
    pub(super) position: Qty,
    pub(super) cost: Usd,
    pub(super) traded: Usd,
    pub(super) volume: Qty,
    pub(super) realized: Usd,
    pub(super) fees: Usd,
    pub(super) updated: Timestamp,
    pub(super) settled: bool,
    pub(super) book: OrderBook,
    claim: Claim,
}

impl Holding {
    /// Books `qty` at `price`; returns the change of cash, without fees.
    pub(super) fn trade(&mut self, side: Side, price: Price, qty: Qty) -> Usd {
        let closing = qty.min(self.closable(side));
        let proceeds = side.opposite().worst_loss(price, closing);
        let spent = side.worst_loss(price, qty - closing);
        let closed_cost = self.cost_of(closing);
        self.realized += proceeds - closed_cost;
        self.cost += spent - closed_cost;
        self.position += side.signed(qty);
        self.traded += side.worst_loss(price, qty);
        self.volume += qty;
        proceeds - spent
    }

    /// Returns the contracts that an order of this side would close.
    pub(super) fn closable(&self, side: Side) -> Qty {
        (-side.signed(self.position)).max(Qty::ZERO)
    }

    /// Returns the cost of `qty` of the position's contracts.
    fn cost_of(&self, qty: Qty) -> Usd {
        if qty.is_zero() {
            return Usd::ZERO;
        }
        self.cost.share(qty, self.position.abs()).in_micros()
    }

    /// Returns what resting orders can cost beyond closing the position; the first to fill are counted as closing
    /// first.
    pub(super) fn claim_of_orders(&self, fees: FeeSchedule) -> Claim {
        let mut claim = Claim::default();
        for side in [Side::Buy, Side::Sell] {
            let mut closable = self.closable(side);
            for (price, resting) in self.book.orders(side) {
                let closing = closable.min(resting.qty);
                closable -= closing;
                let opening = resting.qty - closing;
                if !opening.is_zero() {
                    claim.cost += side.worst_loss(price, opening);
                    claim.fees += fees.charge(&mut FeeAccumulator::default(), side, price, opening, false);
                }
            }
        }
        claim
    }

    /// Pays out the position; returns the revenue.
    pub(super) fn settle(&mut self, payout: Price) -> Usd {
        let each = if self.position.0 >= 0 { payout } else { payout.complement() };
        let revenue = each * self.position.abs();
        self.realized += revenue - self.cost;
        (self.position, self.cost, self.settled) = (Qty::ZERO, Usd::ZERO, true);
        revenue
    }

    /// Returns the position as members see it.
    pub(super) fn view(&self, account: AccountId, market: MarketId) -> MemberPosition {
        MemberPosition {
            account,
            market,
            position: self.position,
            cost: self.cost,
            traded: self.traded,
            volume: self.volume,
            realized: self.realized,
            fees: self.fees,
            updated: self.updated,
            resting_orders: self.book.orders(Side::Buy).chain(self.book.orders(Side::Sell)).count(),
            settled: self.settled,
        }
    }
}

/// Cash and holdings of one account.
#[derive(Clone, Debug, Default)]
pub(super) struct AccountLedger {
    pub(super) cash: Usd,
    pub(super) claim: Claim,
    /// Holdings in markets not paid out yet.
    pub(super) holdings: BTreeMap<MarketId, Holding>,
    /// Holdings in markets that were paid out, as they ended. Kept apart because frequent queries must not scan them.
    pub(super) settled: BTreeMap<MarketId, Holding>,
}

impl AccountLedger {
    /// Returns the cash that resting orders do not reserve.
    pub(super) fn available(&self) -> Usd {
        (self.cash - self.claim.cost - self.claim.fees).max(Usd::ZERO)
    }

    /// Recomputes the reservation after a change of orders or position in `market`.
    pub(super) fn reclaim(&mut self, market: MarketId, fees: FeeSchedule) {
        let Some(holding) = self.holdings.get_mut(&market) else { return };
        let claim = holding.claim_of_orders(fees);
        self.claim.cost += claim.cost - holding.claim.cost;
        self.claim.fees += claim.fees - holding.claim.fees;
        holding.claim = claim;
    }

    /// Returns the cash available after a change: `cash` added, and `holding` in `market`.
    pub(super) fn left_after(&self, cash: Usd, market: MarketId, holding: &Holding, fees: FeeSchedule) -> Usd {
        let (after, before) =
            (holding.claim_of_orders(fees), self.holdings.get(&market).map_or(Claim::default(), |now| now.claim));
        self.cash + cash - (self.claim.cost + after.cost - before.cost) - (self.claim.fees + after.fees - before.fees)
    }
}

/// A member with their whole history.
#[derive(Debug)]
pub struct Member {
    pub id: MemberId,
    pub user_id: Uuid,
    pub name: String,
    /// By subaccount.
    pub(super) ledgers: BTreeMap<u8, AccountLedger>,
    /// All ids ever used; never iterated.
    pub(super) client_order_ids: HashSet<String>,
    /// Ids of the order groups, by number: oldest first.
    pub(super) groups: BTreeMap<u64, Uuid>,
    /// Order numbers, oldest first.
    pub(super) orders: Vec<u64>,
    /// Orders that the member cancelled in the last moments, by number, with the time; oldest first.
    pub(super) cancelled: VecDeque<(Timestamp, u64)>,
    /// Oldest first.
    pub(super) fills: Vec<MemberFill>,
    /// Oldest first.
    pub(super) settlements: Vec<SettlementRecord>,
}

impl Member {
    pub(super) fn new(id: MemberId, user_id: Uuid, name: &str) -> Member {
        Member {
            id,
            user_id,
            name: name.to_owned(),
            ledgers: BTreeMap::new(),
            client_order_ids: HashSet::new(),
            groups: BTreeMap::new(),
            orders: Vec::new(),
            cancelled: VecDeque::new(),
            fills: Vec::new(),
            settlements: Vec::new(),
        }
    }

    /// Returns the subaccounts ever used, with their available cash.
    pub fn subaccounts(&self) -> impl Iterator<Item = (u8, Usd)> + '_ {
        self.ledgers.iter().map(|(&subaccount, ledger)| (subaccount, ledger.available()))
    }
}
