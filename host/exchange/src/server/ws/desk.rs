//! One client's subscriptions: commands in, messages out. It knows no sockets.

use std::collections::{BTreeMap, BTreeSet};

use host_core::{MarketId, Timestamp};
use serde_json::{Value, json};

use super::allowance::Allowance;
use super::channel::Channel;
use super::command::{self, Action, Command, MOST_MARKETS, Named};
use super::refusal::Refusal;
use super::subscription::{Scope, Subscription};
use crate::venue::{MemberId, Update, Venue};

/// What a connected member hears.
#[derive(Debug)]
pub(super) struct Desk {
    member: MemberId,
    /// By their numbers.
    subscriptions: BTreeMap<u64, Subscription>,
    last_sid: u64,
    commands: Allowance,
}

impl Desk {
    /// Without subscriptions, at the exchange's time.
    pub(super) const fn new(member: MemberId, now: Timestamp) -> Desk {
        Desk { member, subscriptions: BTreeMap::new(), last_sid: 0, commands: Allowance::new(now) }
    }

    /// Does what a message asks for; what to answer, in order.
    pub(super) fn command(&mut self, venue: &Venue, text: &str) -> Vec<Value> {
        let (id, command) = command::read(text);
        let allowed = if self.commands.take(venue.now()) { command } else { Err(Refusal::TOO_MANY_COMMANDS) };
        let answers = allowed.and_then(|command| match command {
            Command::Subscribe { channels, markets, send_initial_snapshot, skip_ticker_ack } => {
                self.subscribe(venue, id, &channels, markets.as_ref(), send_initial_snapshot, skip_ticker_ack)
            }
            Command::Unsubscribe(sids) => self.unsubscribe(id, &sids),
            Command::Update { sid, action, markets, send_initial_snapshot } => {
                self.update(venue, id, sid, action, markets.as_ref(), send_initial_snapshot)
            }
            Command::List => Ok(vec![numbered(id, self.list())]),
        });
        answers.unwrap_or_else(|refusal| vec![numbered(id, refusal.message())])
    }

    /// What the member is told of `updates`, in order; tickers follow, as they are now.
    pub(super) fn updates(&mut self, venue: &Venue, updates: &[Update]) -> Vec<Value> {
        let mut said = Vec::new();
        for update in updates {
            for subscription in self.subscriptions.values_mut() {
                said.extend(subscription.announce(update, venue));
                said.extend(subscription.tell(update, venue, self.member));
            }
        }
        for subscription in self.subscriptions.values_mut() {
            let mut shown = BTreeSet::new();
            updates.iter().for_each(|update| subscription.note_shown(update, &mut shown));
            said.extend(shown.into_iter().filter_map(|market| subscription.ticker(venue, market)));
        }
        said
    }

    /// Whether nobody would hear anything.
    pub(super) fn is_deaf(&self) -> bool {
        self.subscriptions.is_empty()
    }

    /// All channels, or none if one of them cannot be.
    fn subscribe(
        &mut self,
        venue: &Venue,
        id: Option<u64>,
        channels: &[Channel],
        named: Option<&Named>,
        send_initial_snapshot: bool,
        skip_ticker_ack: bool,
    ) -> Result<Vec<Value>, Refusal> {
        channels.iter().try_for_each(|&channel| check_scope(channel, named))?;
        let markets = named.map(|named| resolve(venue, named)).transpose()?;
        for (place, &channel) in channels.iter().enumerate() {
            let is_twice = channels[..place].contains(&channel) || self.has(channel, markets.as_deref());
            if is_twice {
                return Err(Refusal::ALREADY);
            }
        }
        let from = venue.next_update();
        let mut answers = Vec::new();
        for &channel in channels {
            self.last_sid += 1;
            let sid = self.last_sid;
            let scope = match &markets {
                Some(markets) if channel.is_by_market() => {
                    Scope::Markets(markets.iter().map(|&market| (market, from)).collect())
                }
                _ => Scope::All,
            };
            let mut subscription = Subscription::new(sid, channel, scope, skip_ticker_ack, from);
            let msg = json!({ "channel": channel.as_str(), "sid": sid });
            answers.push(numbered(id, json!({ "type": "subscribed", "msg": msg })));
            if channel == Channel::OrderbookDelta || send_initial_snapshot {
                answers.extend(subscription.snapshots(venue, markets.as_deref().unwrap_or_default()));
            }
            self.subscriptions.insert(sid, subscription);
        }
        Ok(answers)
    }

    /// Whether a subscription to `channel` already brings all of `markets`.
    fn has(&self, channel: Channel, markets: Option<&[MarketId]>) -> bool {
        let same = self.subscriptions.values().filter(|subscription| subscription.channel == channel);
        let mut covering = same.filter(|subscription| match (&subscription.scope, markets) {
            (Scope::All, _) => true,
            (Scope::Markets(_), None) => false,
            (Scope::Markets(has), Some(markets)) => markets.iter().all(|market| has.contains_key(market)),
        });
        covering.next().is_some()
    }

    fn unsubscribe(&mut self, id: Option<u64>, sids: &[u64]) -> Result<Vec<Value>, Refusal> {
        if sids.iter().any(|sid| !self.subscriptions.contains_key(sid)) {
            return Err(Refusal::SID);
        }
        let ended = sids.iter().filter_map(|sid| self.subscriptions.remove(sid));
        let farewell = |mut subscription: Subscription| {
            let seq = subscription.next_seq();
            numbered(id, json!({ "type": "unsubscribed", "sid": subscription.sid, "seq": seq }))
        };
        Ok(ended.map(farewell).collect())
    }

    fn update(
        &mut self,
        venue: &Venue,
        id: Option<u64>,
        sid: u64,
        action: Action,
        named: Option<&Named>,
        send_initial_snapshot: bool,
    ) -> Result<Vec<Value>, Refusal> {
        let subscription = self.subscriptions.get_mut(&sid).ok_or(Refusal::SID)?;
        let Scope::Markets(scope) = &mut subscription.scope else { return Err(Refusal::UNSUPPORTED) };
        if named.is_some() {
            check_scope(subscription.channel, named)?;
        }
        let markets = named.map(|named| resolve(venue, named)).transpose()?;
        let shown: Vec<MarketId> = match (action, markets) {
            (Action::GetSnapshot, None) => scope.keys().copied().collect(),
            (Action::GetSnapshot, Some(markets)) if markets.iter().all(|market| scope.contains_key(market)) => markets,
            (Action::GetSnapshot, Some(_)) => return Err(Refusal::PARAMETER),
            (_, None) => return Err(Refusal::MARKET_REQUIRED),
            (Action::AddMarkets, Some(mut markets)) => {
                markets.retain(|market| !scope.contains_key(market));
                if scope.len() + markets.len() > MOST_MARKETS {
                    return Err(Refusal::TOO_MANY_MARKETS);
                }
                scope.extend(markets.iter().map(|&market| (market, venue.next_update())));
                let is_shown = subscription.channel == Channel::OrderbookDelta || send_initial_snapshot;
                if is_shown { markets } else { Vec::new() }
            }
            (Action::DeleteMarkets, Some(markets)) => {
                scope.retain(|market, _| !markets.contains(market));
                Vec::new()
            }
        };
        let tickers: Vec<&str> = scope.keys().filter_map(|&market| ticker_of(venue, market)).collect();
        let msg = if subscription.skip_ticker_ack { json!({}) } else { json!({ "market_tickers": tickers }) };
        let answer = json!({ "type": "ok", "sid": sid, "seq": subscription.next_seq(), "msg": msg });
        let mut answers = vec![numbered(id, answer)];
        answers.extend(subscription.snapshots(venue, &shown));
        Ok(answers)
    }

    fn list(&self) -> Value {
        let show =
            |subscription: &Subscription| json!({ "channel": subscription.channel.as_str(), "sid": subscription.sid });
        json!({ "type": "ok", "msg": self.subscriptions.values().map(show).collect::<Vec<_>>() })
    }
}

/// Whether markets can be named for `channel` in this way, and are where they have to be.
fn check_scope(channel: Channel, named: Option<&Named>) -> Result<(), Refusal> {
    match named {
        None if channel == Channel::OrderbookDelta => Err(Refusal::MARKET_REQUIRED),
        Some(Named::Ids(_)) if channel != Channel::Ticker => Err(Refusal::PARAMETER),
        _ => Ok(()),
    }
}

/// The numbers of markets, each once.
fn resolve(venue: &Venue, named: &Named) -> Result<Vec<MarketId>, Refusal> {
    let found: Result<BTreeSet<MarketId>, Refusal> = match named {
        Named::Tickers(tickers) => {
            let find = |ticker: &String| venue.market_by_ticker(ticker).map(|market| market.id);
            tickers.iter().map(|ticker| find(ticker).ok_or_else(|| Refusal::market(ticker))).collect()
        }
        Named::Ids(ids) => {
            let find = |id: &String| venue.market_by_uuid(id.parse().ok()?).map(|market| market.id);
            ids.iter().map(|id| find(id).ok_or_else(|| Refusal::market(id))).collect()
        }
    };
    found.map(Vec::from_iter)
}

fn ticker_of(venue: &Venue, market: MarketId) -> Option<&str> {
    venue.market(market).map(|market| market.listing.ticker.as_str())
}

/// An answer carries the number of its command.
fn numbered(id: Option<u64>, mut answer: Value) -> Value {
    if let Some(id) = id {
        answer["id"] = id.into();
    }
    answer
}

#[cfg(test)]
mod tests {
    use host_core::{Market, Price, Qty, Side};

    use super::*;
    use crate::fees::FeeModel;
    use crate::venue::{CROWD, NewOrder, VenueSettings};

    fn venue() -> Venue {
        with_markets(["KXA".to_owned()])
    }

    fn with_markets(tickers: impl IntoIterator<Item = String>) -> Venue {
        let mut venue = Venue::new(VenueSettings::default(), Timestamp(0));
        let market = |ticker| Market { ticker, ..host_testkit::market(0) };
        for ticker in tickers {
            venue.list(&market(ticker), FeeModel::None, Timestamp(0)).expect("it is new");
        }
        venue
    }

    fn bid(venue: &mut Venue, cents: i32) -> Vec<Update> {
        let order = NewOrder::limit("KXA", Side::Buy, Price(cents * 100), Qty::contracts(1));
        venue.create(CROWD, &order, Timestamp(1)).expect("a good order");
        venue.take_updates()
    }

    #[test]
    fn a_subscription_never_has_more_markets_than_it_may() {
        let tickers = |numbers: std::ops::Range<usize>| Vec::from_iter(numbers.map(|number| format!("KX{number}")));
        let (venue, mut desk) = (with_markets(tickers(0..MOST_MARKETS + 1)), Desk::new(MemberId(2), Timestamp(0)));
        let params = json!({ "channels": ["trade"], "market_tickers": tickers(0..MOST_MARKETS - 1) });
        let subscribe = json!({ "cmd": "subscribe", "params": params });
        assert_eq!(desk.command(&venue, &subscribe.to_string())[0]["type"], "subscribed");
        let mut add = |from: usize, upto: usize| {
            let params = json!({ "sid": 1, "action": "add_markets", "market_tickers": tickers(from..upto) });
            let command = json!({ "cmd": "update_subscription", "params": params });
            desk.command(&venue, &command.to_string()).remove(0)
        };
        assert_eq!(add(MOST_MARKETS - 1, MOST_MARKETS + 1)["msg"]["code"], 26);
        // Those that are there already do not count twice.
        assert_eq!(add(0, MOST_MARKETS)["type"], "ok");
        assert_eq!(add(MOST_MARKETS, MOST_MARKETS + 1)["msg"]["code"], 26);
    }

    /// What is published before a command is answered can arrive after it: it must not count twice.
    #[test]
    fn what_a_snapshot_holds_is_not_told_again() {
        let (mut venue, mut desk) = (venue(), Desk::new(MemberId(2), Timestamp(0)));
        venue.take_updates();
        let subscribe = r#"{"cmd":"subscribe","params":{"channels":["orderbook_delta"],"market_ticker":"KXA"}}"#;
        let snapshot = r#"{"cmd":"update_subscription","params":{"sid":1,"action":"get_snapshot"}}"#;
        for (cents, command) in [(10, subscribe), (11, snapshot)] {
            let late = bid(&mut venue, cents);
            assert_eq!(desk.command(&venue, command).len(), 2);
            assert_eq!(desk.updates(&venue, &late), Vec::<Value>::new());
        }
        let next = bid(&mut venue, 12);
        assert_eq!(desk.updates(&venue, &next).len(), 1);
    }
}
