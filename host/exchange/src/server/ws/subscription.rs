//! One subscription: selects its updates, and numbers its messages.

use std::collections::{BTreeMap, BTreeSet};

use host_core::MarketId;
use serde_json::{Value, json};

use super::channel::Channel;
use super::command::SubscriptionOptions;
use super::message::{self, Audience, TickerFigures};
use crate::venue::{Change, Lifecycle, MarketStatus, MemberId, Update, Venue};

/// A client's subscription to a channel.
#[derive(Debug)]
pub(super) struct Subscription {
    pub(super) sid: u64,
    pub(super) channel: Channel,
    pub(super) scope: Scope,
    pub(super) options: SubscriptionOptions,
    /// Number of its last numbered message.
    seq: u64,
    /// First update that it covers.
    from: u64,
    /// Ticker figures last sent.
    last_sent: BTreeMap<MarketId, TickerFigures>,
}

/// Markets that a subscription covers.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scope {
    All,
    /// By market: the first update that its last snapshot does not contain.
    Markets(BTreeMap<MarketId, u64>),
}

impl Subscription {
    /// Returns a subscription to updates from number `from` on.
    pub(super) fn new(
        sid: u64,
        channel: Channel,
        scope: Scope,
        options: SubscriptionOptions,
        from: u64,
    ) -> Subscription {
        Subscription { sid, channel, scope, options, seq: 0, from, last_sent: BTreeMap::new() }
    }

    /// Returns the number of its next numbered message.
    pub(super) const fn next_seq(&mut self) -> u64 {
        self.seq += 1;
        self.seq
    }

    fn covers(&self, market: MarketId, update: u64) -> bool {
        update >= self.from
            && match &self.scope {
                Scope::All => true,
                Scope::Markets(markets) => markets.get(&market).is_some_and(|&from| update >= from),
            }
    }

    /// Wraps a message body in the wire format.
    fn wrap(&mut self, (kind, body): (&'static str, Value)) -> Value {
        let mut message = json!({ "type": kind, "sid": self.sid, "msg": body });
        if self.channel.is_numbered() {
            message["seq"] = self.next_seq().into();
        }
        message
    }

    /// Returns the message about `update`, if the channel and the markets match and `member` may see it.
    pub(super) fn message_for(&mut self, update: &Update, venue: &Venue, member: MemberId) -> Option<Value> {
        let audience = Audience { venue, member, time: update.time };
        let market = match (self.channel, &update.change) {
            (Channel::OrderbookDelta, Change::Book(delta)) => delta.market,
            (Channel::Trade, Change::Trade(trade)) => trade.market,
            (Channel::Fill, Change::Fill(fill)) if fill.account.member == member => fill.market,
            (Channel::UserOrders, Change::Order(order)) if order.account.member == member => order.market,
            (Channel::MarketPositions, Change::Position(view)) if view.account.member == member => view.market,
            (Channel::MarketLifecycle, Change::Market(market, _)) => *market,
            (Channel::OrderGroupUpdates, Change::Group { account, group, event }) => {
                let is_own = account.member == member && update.number >= self.from;
                return is_own.then(|| self.wrap(message::group(*group, *event, update.time)));
            }
            _ => return None,
        };
        if !self.covers(market, update.number) {
            return None;
        }
        let market = venue.market(market)?;
        let body = match &update.change {
            Change::Book(delta) => message::delta(&audience, market, delta, self.options.use_yes_price),
            Change::Trade(trade) => message::trade(market, trade),
            Change::Fill(fill) => message::fill(market, fill),
            Change::Order(order) => message::order(&audience, market, order),
            Change::Position(position) => message::position(&audience, market, position),
            Change::Market(_, step) => message::lifecycle(&audience, market, *step),
            Change::Settlement(_) | Change::Group { .. } | Change::Exchange(_) => return None,
        };
        Some(self.wrap(body))
    }

    /// Returns the public message about the event of a market that `update` lists.
    pub(super) fn event_announcement(&mut self, update: &Update, venue: &Venue) -> Option<Value> {
        let Change::Market(market, Lifecycle::Created) = &update.change else { return None };
        let is_new = self.channel == Channel::MarketLifecycle && update.number >= self.from;
        let body = message::event(venue, venue.market(*market).filter(|_| is_new)?)?;
        Some(self.wrap(body))
    }

    /// Adds the market to `markets` if `update` affects its ticker.
    pub(super) fn note_shown(&self, update: &Update, markets: &mut BTreeSet<MarketId>) {
        let market = match &update.change {
            Change::Book(delta) => delta.market,
            Change::Trade(trade) => trade.market,
            Change::Market(market, _) => *market,
            _ => return,
        };
        if self.channel == Channel::Ticker && self.covers(market, update.number) {
            markets.insert(market);
        }
    }

    /// Returns the current ticker of a market, if it differs from the last one sent.
    pub(super) fn ticker(&mut self, venue: &Venue, market: MarketId) -> Option<Value> {
        let market = venue.market(market)?;
        let figures = TickerFigures::of(market);
        if self.last_sent.insert(market.id, figures) == Some(figures) {
            return None;
        }
        if market.status == MarketStatus::Finalized {
            // A finalized market has no further tickers.
            self.last_sent.remove(&market.id);
        }
        Some(self.wrap(message::ticker(market, figures, venue.now())))
    }

    /// Returns the full current state of the markets. Updates contained in it are not sent again.
    pub(super) fn snapshots(&mut self, venue: &Venue, markets: &[MarketId]) -> Vec<Value> {
        let mut messages = Vec::new();
        for &id in markets {
            let Some(market) = venue.market(id) else { continue };
            if let Scope::Markets(scope) = &mut self.scope
                && let Some(from) = scope.get_mut(&id)
            {
                *from = venue.next_update();
            }
            match self.channel {
                Channel::OrderbookDelta => {
                    messages.push(self.wrap(message::snapshot(market, self.options.use_yes_price)))
                }
                Channel::Ticker => {
                    self.last_sent.remove(&id);
                    messages.extend(self.ticker(venue, id));
                }
                _ => {}
            }
        }
        messages
    }
}
