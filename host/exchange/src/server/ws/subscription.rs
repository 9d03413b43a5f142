//! One subscription: what it hears, and how its messages are numbered.

use std::collections::{BTreeMap, BTreeSet};

use host_core::{MarketId, Price, Qty};
use serde_json::{Value, json};

use super::channel::Channel;
use super::message::{self, Audience};
use crate::venue::{Change, Lifecycle, Market, MarketStatus, MemberId, Update, Venue};

/// A client's interest in a channel.
#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) sid: u64,
    pub(super) channel: Channel,
    pub(super) scope: Scope,
    pub(super) skip_ticker_ack: bool,
    /// The number of its last numbered message.
    seq: u64,
    /// Updates before this one were over when it began.
    from: u64,
    /// What the ticker last said.
    told: BTreeMap<MarketId, Figures>,
}

/// Which markets a subscription is to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scope {
    All,
    /// Each with the first update that its last snapshot does not hold.
    Markets(BTreeMap<MarketId, u64>),
}

/// What the ticker says, without the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) last: Option<(Price, Qty)>,
    pub(super) bid: Option<(Price, Qty)>,
    pub(super) ask: Option<(Price, Qty)>,
    pub(super) volume: Qty,
    pub(super) open_interest: Qty,
}

impl Figures {
    fn of(market: &Market) -> Figures {
        let (top, stats) = (market.top(), &market.stats);
        let last = stats.last.map(|price| (price, stats.last_qty));
        Figures { last, bid: top.bid, ask: top.ask, volume: stats.volume, open_interest: stats.open_interest }
    }
}

impl Subscription {
    /// A subscription to what happens from update `from` on.
    pub(super) fn new(sid: u64, channel: Channel, scope: Scope, skip_ticker_ack: bool, from: u64) -> Subscription {
        Subscription { sid, channel, scope, skip_ticker_ack, seq: 0, from, told: BTreeMap::new() }
    }

    /// The number of its next numbered message.
    pub(super) const fn next_seq(&mut self) -> u64 {
        self.seq += 1;
        self.seq
    }

    fn hears(&self, market: MarketId, update: u64) -> bool {
        update >= self.from
            && match &self.scope {
                Scope::All => true,
                Scope::Markets(markets) => markets.get(&market).is_some_and(|&from| update >= from),
            }
    }

    /// Wraps what a channel says as the wire has it.
    fn wrap(&mut self, (kind, inside): (&'static str, Value)) -> Value {
        let mut outside = json!({ "type": kind, "sid": self.sid, "msg": inside });
        if self.channel.is_numbered() {
            outside["seq"] = self.next_seq().into();
        }
        outside
    }

    /// What `member` is told of `update`, if it is of this channel, of these markets, and his to know.
    pub(super) fn tell(&mut self, update: &Update, venue: &Venue, member: MemberId) -> Option<Value> {
        let audience = Audience { venue, member, time: update.time };
        let market = match (self.channel, &update.change) {
            (Channel::OrderbookDelta, Change::Book(delta)) => delta.market,
            (Channel::Trade, Change::Trade(trade)) => trade.market,
            (Channel::Fill, Change::Fill(fill)) if fill.account.member == member => fill.market,
            (Channel::UserOrders, Change::Order(order)) if order.account.member == member => order.market,
            (Channel::MarketPositions, Change::Position(view)) if view.account.member == member => view.market,
            (Channel::MarketLifecycle, Change::Market(market, _)) => *market,
            (Channel::OrderGroupUpdates, Change::Group { account, group, event }) => {
                let is_his = account.member == member && update.number >= self.from;
                return is_his.then(|| self.wrap(message::group(*group, *event)));
            }
            _ => return None,
        };
        if !self.hears(market, update.number) {
            return None;
        }
        let market = venue.market(market)?;
        let said = match &update.change {
            Change::Book(delta) => message::delta(&audience, market, delta),
            Change::Trade(trade) => message::trade(market, trade),
            Change::Fill(fill) => message::fill(market, fill),
            Change::Order(order) => message::order(&audience, market, order),
            Change::Position(position) => message::position(&audience, market, position),
            Change::Market(_, step) => message::lifecycle(&audience, market, *step),
            Change::Settlement(_) | Change::Group { .. } | Change::Exchange(_) => return None,
        };
        Some(self.wrap(said))
    }

    /// What everyone is told of the event of a market that `update` lists.
    pub(super) fn announce(&mut self, update: &Update, venue: &Venue) -> Option<Value> {
        let Change::Market(market, Lifecycle::Created) = &update.change else { return None };
        let is_new = self.channel == Channel::MarketLifecycle && update.number >= self.from;
        let said = message::event(venue, venue.market(*market).filter(|_| is_new)?)?;
        Some(self.wrap(said))
    }

    /// Adds the market to `markets` if the ticker shows something of `update`.
    pub(super) fn note_shown(&self, update: &Update, markets: &mut BTreeSet<MarketId>) {
        let market = match &update.change {
            Change::Book(delta) => delta.market,
            Change::Trade(trade) => trade.market,
            Change::Market(market, _) => *market,
            _ => return,
        };
        if self.channel == Channel::Ticker && self.hears(market, update.number) {
            markets.insert(market);
        }
    }

    /// The ticker of a market as it is now, if it says anything new.
    pub(super) fn ticker(&mut self, venue: &Venue, market: MarketId) -> Option<Value> {
        let market = venue.market(market)?;
        let figures = Figures::of(market);
        if self.told.insert(market.id, figures) == Some(figures) {
            return None;
        }
        if market.status == MarketStatus::Finalized {
            // Nothing more comes of it.
            self.told.remove(&market.id);
        }
        Some(self.wrap(message::ticker(market, figures, venue.now())))
    }

    /// The markets as they are now, in full. Updates that they hold are not told again.
    pub(super) fn snapshots(&mut self, venue: &Venue, markets: &[MarketId]) -> Vec<Value> {
        let mut said = Vec::new();
        for &id in markets {
            let Some(market) = venue.market(id) else { continue };
            if let Scope::Markets(scope) = &mut self.scope
                && let Some(from) = scope.get_mut(&id)
            {
                *from = venue.next_update();
            }
            match self.channel {
                Channel::OrderbookDelta => said.push(self.wrap(message::snapshot(market))),
                Channel::Ticker => {
                    self.told.remove(&id);
                    said.extend(self.ticker(venue, id));
                }
                _ => {}
            }
        }
        said
    }
}
