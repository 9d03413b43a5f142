//! One client's subscriptions: takes commands and returns messages, independently of sockets.

use std::collections::{BTreeMap, BTreeSet};

use host_core::{MarketId, Timestamp};
use serde_json::{Value, json};

use super::allowance::CommandAllowance;
use super::channel::Channel;
use super::command::{self, MOST_MARKETS, MarketNames, SubscriptionAction, SubscriptionOptions, WsCommand};
use super::command_error::CommandError;
use super::subscription::{Scope, Subscription};
use crate::venue::{MemberId, Update, Venue};

/// Most subscriptions of one connection.
const MOST_SUBSCRIPTIONS: usize = 1_000;

/// The subscriptions of a connected member.
#[derive(Debug)]
pub(super) struct ClientSubscriptions {
    member: MemberId,
    /// By subscription number.
    subscriptions: BTreeMap<u64, Subscription>,
    last_sid: u64,
    commands: CommandAllowance,
}

impl ClientSubscriptions {
    /// Returns no subscriptions, at the exchange's time `now`.
    pub(super) const fn new(member: MemberId, now: Timestamp) -> ClientSubscriptions {
        ClientSubscriptions {
            member,
            subscriptions: BTreeMap::new(),
            last_sid: 0,
            commands: CommandAllowance::new(now),
        }
    }

    /// Executes a command; returns the responses in order.
    pub(super) fn command(&mut self, venue: &Venue, text: &str) -> Vec<Value> {
        let (id, command) = command::read(text);
        let allowed = if self.commands.take(venue.now()) { command } else { Err(CommandError::TOO_MANY_COMMANDS) };
        let responses = allowed.and_then(|command| match command {
            WsCommand::Subscribe { channels, markets, send_initial_snapshot, options } => {
                self.subscribe(venue, id, &channels, markets.as_ref(), send_initial_snapshot, options)
            }
            WsCommand::Unsubscribe(sids) => self.unsubscribe(id, &sids),
            WsCommand::Update { sid, action, markets, send_initial_snapshot } => {
                self.update(venue, id, sid, action, markets.as_ref(), send_initial_snapshot)
            }
            WsCommand::List => Ok(vec![numbered(id, self.list())]),
        });
        responses.unwrap_or_else(|error| vec![numbered(id, error.message())])
    }

    /// Returns the messages about `updates`, in order, followed by the current tickers.
    pub(super) fn updates(&mut self, venue: &Venue, updates: &[Update]) -> Vec<Value> {
        let mut messages = Vec::new();
        for update in updates {
            for subscription in self.subscriptions.values_mut() {
                messages.extend(subscription.event_announcement(update, venue));
                messages.extend(subscription.message_for(update, venue, self.member));
            }
        }
        for subscription in self.subscriptions.values_mut() {
            let mut shown = BTreeSet::new();
            updates.iter().for_each(|update| subscription.note_shown(update, &mut shown));
            messages.extend(shown.into_iter().filter_map(|market| subscription.ticker(venue, market)));
        }
        messages
    }

    /// Returns true if there is no subscription.
    pub(super) fn is_empty(&self) -> bool {
        self.subscriptions.is_empty()
    }

    /// Subscribes to all channels, or to none if one of them is refused. What is subscribed to already is so once more,
    /// under a number of its own: the venue's refusal of that is retired.
    fn subscribe(
        &mut self,
        venue: &Venue,
        id: Option<u64>,
        channels: &[Channel],
        named: Option<&MarketNames>,
        send_initial_snapshot: bool,
        options: SubscriptionOptions,
    ) -> Result<Vec<Value>, CommandError> {
        channels.iter().try_for_each(|&channel| check_scope(channel, named))?;
        let markets = named.map(|named| resolve(venue, named)).transpose()?;
        if self.subscriptions.len() + channels.len() > MOST_SUBSCRIPTIONS {
            return Err(CommandError::TOO_MANY_MARKETS);
        }
        let from = venue.next_update();
        let (mut responses, mut snapshots) = (Vec::new(), Vec::new());
        for &channel in channels {
            self.last_sid += 1;
            let sid = self.last_sid;
            let scope = match &markets {
                Some(markets) if channel.is_by_market() => {
                    Scope::Markets(markets.iter().map(|&market| (market, from)).collect())
                }
                _ => Scope::All,
            };
            let mut subscription = Subscription::new(sid, channel, scope, options, from);
            let msg = json!({ "channel": channel.as_str(), "sid": sid });
            responses.push(numbered(id, json!({ "type": "subscribed", "msg": msg })));
            if channel == Channel::OrderbookDelta || send_initial_snapshot {
                snapshots.extend(subscription.snapshots(venue, markets.as_deref().unwrap_or_default()));
            }
            self.subscriptions.insert(sid, subscription);
        }
        // As recorded: the snapshots follow the last confirmation.
        responses.extend(snapshots);
        Ok(responses)
    }

    fn unsubscribe(&mut self, id: Option<u64>, sids: &[u64]) -> Result<Vec<Value>, CommandError> {
        if sids.iter().any(|sid| !self.subscriptions.contains_key(sid)) {
            return Err(CommandError::SID);
        }
        let ended = sids.iter().filter_map(|sid| self.subscriptions.remove(sid));
        let goodbye = |mut subscription: Subscription| {
            let seq = subscription.next_seq();
            numbered(id, json!({ "type": "unsubscribed", "sid": subscription.sid, "seq": seq }))
        };
        Ok(ended.map(goodbye).collect())
    }

    fn update(
        &mut self,
        venue: &Venue,
        id: Option<u64>,
        sid: u64,
        action: SubscriptionAction,
        named: Option<&MarketNames>,
        send_initial_snapshot: bool,
    ) -> Result<Vec<Value>, CommandError> {
        let subscription = self.subscriptions.get_mut(&sid).ok_or(CommandError::SID)?;
        let Scope::Markets(scope) = &mut subscription.scope else { return Err(CommandError::UNSUPPORTED) };
        if named.is_some() {
            check_scope(subscription.channel, named)?;
        }
        let markets = named.map(|named| resolve(venue, named)).transpose()?;
        let shown: Vec<MarketId> = match (action, markets) {
            (SubscriptionAction::GetSnapshot, None) => scope.keys().copied().collect(),
            (SubscriptionAction::GetSnapshot, Some(markets))
                if markets.iter().all(|market| scope.contains_key(market)) =>
            {
                markets
            }
            (SubscriptionAction::GetSnapshot, Some(_)) => return Err(CommandError::PARAMETER),
            (_, None) => return Err(CommandError::MARKET_REQUIRED),
            (SubscriptionAction::AddMarkets, Some(mut markets)) => {
                // Nothing more is said of those that have paid out: who goes on adding markets does not add up.
                scope.retain(|&market, _| venue.market(market).is_some_and(|market| !market.is_over()));
                markets.retain(|market| !scope.contains_key(market));
                if scope.len() + markets.len() > MOST_MARKETS {
                    return Err(CommandError::TOO_MANY_MARKETS);
                }
                scope.extend(markets.iter().map(|&market| (market, venue.next_update())));
                let is_shown = subscription.channel == Channel::OrderbookDelta || send_initial_snapshot;
                if is_shown { markets } else { Vec::new() }
            }
            (SubscriptionAction::DeleteMarkets, Some(markets)) => {
                scope.retain(|market, _| !markets.contains(market));
                Vec::new()
            }
        };
        let tickers: Vec<&str> = scope.keys().filter_map(|&market| ticker_of(venue, market)).collect();
        let msg = if subscription.options.skip_ticker_ack { json!({}) } else { json!({ "market_tickers": tickers }) };
        let response = json!({ "type": "ok", "sid": sid, "seq": subscription.next_seq(), "msg": msg });
        let mut responses = vec![numbered(id, response)];
        responses.extend(subscription.snapshots(venue, &shown));
        Ok(responses)
    }

    fn list(&self) -> Value {
        let show =
            |subscription: &Subscription| json!({ "channel": subscription.channel.as_str(), "sid": subscription.sid });
        json!({ "type": "ok", "msg": self.subscriptions.values().map(show).collect::<Vec<_>>() })
    }
}

/// Checks that markets are named where they must be, and in a way that `channel` allows.
fn check_scope(channel: Channel, named: Option<&MarketNames>) -> Result<(), CommandError> {
    match named {
        None if channel == Channel::OrderbookDelta => Err(CommandError::MARKET_REQUIRED),
        Some(MarketNames::Ids(_)) if channel != Channel::Ticker => Err(CommandError::PARAMETER),
        _ => Ok(()),
    }
}

/// Returns the numbers of markets, each once.
fn resolve(venue: &Venue, named: &MarketNames) -> Result<Vec<MarketId>, CommandError> {
    let found: Result<BTreeSet<MarketId>, CommandError> = match named {
        MarketNames::Tickers(tickers) => {
            let find = |ticker: &String| venue.market_by_ticker(ticker).map(|market| market.id);
            tickers.iter().map(|ticker| find(ticker).ok_or_else(|| CommandError::market(ticker))).collect()
        }
        MarketNames::Ids(ids) => {
            let find = |id: &String| venue.market_by_uuid(id.parse().ok()?).map(|market| market.id);
            ids.iter().map(|id| find(id).ok_or_else(|| CommandError::market(id))).collect()
        }
    };
    found.map(Vec::from_iter)
}

fn ticker_of(venue: &Venue, market: MarketId) -> Option<&str> {
    venue.market(market).map(|market| market.listing.ticker.as_str())
}

/// Adds the number of its command to a response.
fn numbered(id: Option<u64>, mut response: Value) -> Value {
    if let Some(id) = id {
        response["id"] = id.into();
    }
    response
}

#[cfg(test)]
mod tests {
    use host_core::{Market, Price, Qty, Side};

    use super::*;
    use crate::venue::{CROWD, NewOrder, VenueSettings};
    use host_core::fees::FeeModel;

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
        let (venue, mut subscriptions) =
            (with_markets(tickers(0..MOST_MARKETS + 1)), ClientSubscriptions::new(MemberId(2), Timestamp(0)));
        let params = json!({ "channels": ["trade"], "market_tickers": tickers(0..MOST_MARKETS - 1) });
        let subscribe = json!({ "cmd": "subscribe", "params": params });
        assert_eq!(subscriptions.command(&venue, &subscribe.to_string())[0]["type"], "subscribed");
        let mut add = |from: usize, upto: usize| {
            let params = json!({ "sid": 1, "action": "add_markets", "market_tickers": tickers(from..upto) });
            let command = json!({ "cmd": "update_subscription", "params": params });
            subscriptions.command(&venue, &command.to_string()).remove(0)
        };
        assert_eq!(add(MOST_MARKETS - 1, MOST_MARKETS + 1)["msg"]["code"], 26);
        // Markets already in the subscription do not count twice.
        assert_eq!(add(0, MOST_MARKETS)["type"], "ok");
        assert_eq!(add(MOST_MARKETS, MOST_MARKETS + 1)["msg"]["code"], 26);
    }

    /// An update published before a command is answered can arrive after the response: it must not count twice.
    #[test]
    fn what_a_snapshot_holds_is_not_told_again() {
        let (mut venue, mut subscriptions) = (venue(), ClientSubscriptions::new(MemberId(2), Timestamp(0)));
        venue.take_updates();
        let subscribe = r#"{"cmd":"subscribe","params":{"channels":["orderbook_delta"],"market_ticker":"KXA"}}"#;
        let snapshot = r#"{"cmd":"update_subscription","params":{"sid":1,"action":"get_snapshot"}}"#;
        for (cents, command) in [(10, subscribe), (11, snapshot)] {
            let late = bid(&mut venue, cents);
            assert_eq!(subscriptions.command(&venue, command).len(), 2);
            assert_eq!(subscriptions.updates(&venue, &late), Vec::<Value>::new());
        }
        let next = bid(&mut venue, 12);
        assert_eq!(subscriptions.updates(&venue, &next).len(), 1);
    }
}
