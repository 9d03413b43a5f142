//! Members' money: cash, positions, and what resting orders lay claim to.
//!
//! Buying YES at `p` costs `p`; selling it costs `1 - p`, which is buying NO. YES and NO of one market net: a pair is
//! worth a dollar and is paid out at once. A resting order that would open a position lays claim to what it can cost, so
//! no fill can bring a balance below nothing. Collateral is never returned across the markets of an event (no MECNET).

use std::collections::{BTreeMap, HashSet};

use host_core::{MarketId, Price, Qty, Side, Timestamp, Usd};
use uuid::Uuid;

use super::book::Book;
use super::ids::{Account, MemberId};
use super::market::Resolution;
use crate::fees::{FeeAccumulator, FeeSchedule};

/// One execution, as one of its two sides sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fill {
    /// Counts up over all members.
    pub number: u64,
    /// The venue's id, also the trade's: a member is never on both sides of one.
    pub id: Uuid,
    /// Of which order.
    pub order_id: Uuid,
    /// Empty: none.
    pub client_order_id: String,
    /// Whose.
    pub account: Account,
    /// In which market.
    pub market: MarketId,
    /// Which way.
    pub side: Side,
    /// In YES terms.
    pub price: Price,
    /// Contracts.
    pub qty: Qty,
    /// Whether it took liquidity.
    pub taker: bool,
    /// What it cost in fees.
    pub fee: Usd,
    /// The account's position after it.
    pub position: Qty,
    /// When.
    pub time: Timestamp,
}

/// What an account has, and had, in a market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Whose.
    pub account: Account,
    /// In which market.
    pub market: MarketId,
    /// Contracts; negative: NO.
    pub position: Qty,
    /// What these contracts cost, without fees: the exposure.
    pub cost: Usd,
    /// What all contracts cost that were ever traded, without fees.
    pub traded: Usd,
    /// How many that were.
    pub volume: Qty,
    /// Profit of what was closed or paid, without fees.
    pub realized: Usd,
    /// All fees.
    pub fees: Usd,
    /// When it last changed.
    pub updated: Timestamp,
    /// Whether the market was paid.
    pub settled: bool,
}

/// What an account was paid for a market.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlementRecord {
    /// Counts up over all members.
    pub number: u64,
    /// Whose.
    pub account: Account,
    /// Which market.
    pub market: MarketId,
    /// How it resolved.
    pub resolution: Resolution,
    /// YES contracts held, and what they cost.
    pub yes: (Qty, Usd),
    /// NO contracts held, and what they cost.
    pub no: (Qty, Usd),
    /// What was paid.
    pub revenue: Usd,
    /// All fees in the market, paid before: settlement costs nothing.
    pub fees: Usd,
    /// When.
    pub time: Timestamp,
}

/// An account's money.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// What the account has; never negative.
    pub cash: Usd,
    /// The part of it that resting orders lay claim to.
    pub reserved: Usd,
    /// The rest.
    pub available: Usd,
    /// What its positions are worth: at the mid price, or the last trade, or cost.
    pub positions: Usd,
}

/// What resting orders can cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) cost: Usd,
    /// Estimated: how rounding falls depends on how an order is filled.
    pub(super) fees: Usd,
}

/// An account's share in one market.
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
    /// Its resting orders.
    pub(super) book: Book,
    claim: Claim,
}

impl Holding {
    /// Books `qty` at `price`; returns what it does to the cash, without fees.
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

    /// Contracts that an order of this side would close.
    pub(super) fn closable(&self, side: Side) -> Qty {
        Qty((-side.signed(self.position).0).max(0))
    }

    /// The share of the cost of `qty` of the position's contracts.
    fn cost_of(&self, qty: Qty) -> Usd {
        if qty.is_zero() {
            return Usd::ZERO;
        }
        let cost = i128::from(self.cost.0) * i128::from(qty.0) / i128::from(self.position.0.abs());
        Usd(i64::try_from(cost).unwrap_or(self.cost.0))
    }

    /// What resting orders can cost beyond what they close. The first to fill close first.
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

    /// Pays the position; returns the revenue.
    pub(super) fn settle(&mut self, payout: Price) -> Usd {
        let each = if self.position.0 >= 0 { payout } else { payout.complement() };
        let revenue = each * self.position.abs();
        self.realized += revenue - self.cost;
        (self.position, self.cost, self.settled) = (Qty::ZERO, Usd::ZERO, true);
        revenue
    }

    /// As members see it.
    pub(super) fn view(&self, account: Account, market: MarketId) -> Position {
        Position {
            account,
            market,
            position: self.position,
            cost: self.cost,
            traded: self.traded,
            volume: self.volume,
            realized: self.realized,
            fees: self.fees,
            updated: self.updated,
            settled: self.settled,
        }
    }
}

/// One account.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    pub(super) cash: Usd,
    pub(super) claim: Claim,
    /// Of markets that were not paid yet.
    pub(super) holdings: BTreeMap<MarketId, Holding>,
    /// Of those that were, as they ended: what is asked often must never look at all of them.
    pub(super) settled: BTreeMap<MarketId, Holding>,
}

impl Ledger {
    /// What can be spent: what resting orders claim is not.
    pub(super) fn available(&self) -> Usd {
        (self.cash - self.claim.cost - self.claim.fees).max(Usd::ZERO)
    }

    /// Recomputes the claim after a change of orders or position in `market`.
    pub(super) fn reclaim(&mut self, market: MarketId, fees: FeeSchedule) {
        let Some(holding) = self.holdings.get_mut(&market) else { return };
        let claim = holding.claim_of_orders(fees);
        self.claim.cost += claim.cost - holding.claim.cost;
        self.claim.fees += claim.fees - holding.claim.fees;
        holding.claim = claim;
    }

    /// What would be left to spend after a change: `cash` more in hand, and `holding` in `market`.
    pub(super) fn left_after(&self, cash: Usd, market: MarketId, holding: &Holding, fees: FeeSchedule) -> Usd {
        let (after, before) =
            (holding.claim_of_orders(fees), self.holdings.get(&market).map_or(Claim::default(), |now| now.claim));
        self.cash + cash - (self.claim.cost + after.cost - before.cost) - (self.claim.fees + after.fees - before.fees)
    }
}

/// A member, and what he did.
#[derive(Debug)]
pub struct Member {
    /// His number.
    pub id: MemberId,
    /// The venue's id for him.
    pub user_id: Uuid,
    /// For people.
    pub name: String,
    /// By subaccount.
    pub(super) ledgers: BTreeMap<u8, Ledger>,
    /// All that he ever used; never iterated.
    pub(super) client_order_ids: HashSet<String>,
    /// Ids of his order groups, by number: oldest first.
    pub(super) groups: BTreeMap<u64, Uuid>,
    /// Numbers of his orders, oldest first.
    pub(super) orders: Vec<u64>,
    /// Oldest first.
    pub(super) fills: Vec<Fill>,
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
            fills: Vec::new(),
            settlements: Vec::new(),
        }
    }

    /// His subaccounts that were ever used, with their free money.
    pub fn subaccounts(&self) -> impl Iterator<Item = (u8, Usd)> + '_ {
        self.ledgers.iter().map(|(&subaccount, ledger)| (subaccount, ledger.available()))
    }
}
