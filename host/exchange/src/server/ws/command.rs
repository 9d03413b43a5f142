//! Parses clients' commands strictly: a value of the wrong type is refused, never guessed at.

use serde_json::{Map, Value};

use super::channel::Channel;
use super::command_error::CommandError;

/// Largest number of markets in a subscription.
pub(super) const MOST_MARKETS: usize = 10_000;

/// A client's command.
#[derive(Debug)]
pub(super) enum WsCommand {
    Subscribe {
        channels: Vec<Channel>,
        /// `None` for all markets.
        markets: Option<MarketNames>,
        send_initial_snapshot: bool,
        options: SubscriptionOptions,
    },
    Unsubscribe(Vec<u64>),
    Update {
        sid: u64,
        action: SubscriptionAction,
        markets: Option<MarketNames>,
        send_initial_snapshot: bool,
    },
    List,
}

/// Form of a subscription's messages.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SubscriptionOptions {
    /// Leave the list of markets out of later responses.
    pub(super) skip_ticker_ack: bool,
    /// Show offers in books at the price of yes, in place of that of no.
    pub(super) use_yes_price: bool,
}

/// Change to a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SubscriptionAction {
    AddMarkets,
    DeleteMarkets,
    GetSnapshot,
}

/// Markets as named by a client.
#[derive(Debug)]
pub(super) enum MarketNames {
    Tickers(Vec<String>),
    /// The venue's internal ids.
    Ids(Vec<String>),
}

/// Returns the number of a command, if it has one, and the command.
pub(super) fn read(text: &str) -> (Option<u64>, Result<WsCommand, CommandError>) {
    let Ok(Value::Object(message)) = serde_json::from_str(text) else { return (None, Err(CommandError::UNREADABLE)) };
    match message.get("id").map_or(Some(0), Value::as_u64) {
        None => (None, Err(CommandError::UNREADABLE)),
        // The venue treats zero as no number.
        Some(id) => (Some(id).filter(|&id| id != 0), command(&message)),
    }
}

fn command(message: &Map<String, Value>) -> Result<WsCommand, CommandError> {
    let params = || message.get("params").and_then(Value::as_object).ok_or(CommandError::PARAMS);
    match message.get("cmd").and_then(Value::as_str) {
        Some("subscribe") => subscribe(params()?),
        Some("unsubscribe") => {
            let sids = sids(params()?)?;
            if sids.is_empty() { Err(CommandError::SIDS) } else { Ok(WsCommand::Unsubscribe(sids)) }
        }
        Some("update_subscription") => update(params()?),
        Some("list_subscriptions") => Ok(WsCommand::List),
        _ => Err(CommandError::COMMAND),
    }
}

fn subscribe(params: &Map<String, Value>) -> Result<WsCommand, CommandError> {
    let names = strings(params, "channels")?.filter(|names| !names.is_empty()).ok_or(CommandError::CHANNELS)?;
    let channels: Option<Vec<Channel>> = names.iter().map(|name| Channel::named(name)).collect();
    Ok(WsCommand::Subscribe {
        channels: channels.ok_or(CommandError::CHANNEL)?,
        markets: markets(params)?,
        send_initial_snapshot: flag(params, "send_initial_snapshot")?,
        options: SubscriptionOptions {
            skip_ticker_ack: flag(params, "skip_ticker_ack")?,
            use_yes_price: flag(params, "use_yes_price")?,
        },
    })
}

fn update(params: &Map<String, Value>) -> Result<WsCommand, CommandError> {
    let sid = match sids(params)?[..] {
        [sid] => sid,
        [] => return Err(CommandError::SIDS),
        _ => return Err(CommandError::ONE_SID),
    };
    let action = match params.get("action") {
        None => return Err(CommandError::ACTION),
        Some(action) => match action.as_str() {
            Some("add_markets") => SubscriptionAction::AddMarkets,
            Some("delete_markets") => SubscriptionAction::DeleteMarkets,
            Some("get_snapshot") => SubscriptionAction::GetSnapshot,
            _ => return Err(CommandError::UNSUPPORTED),
        },
    };
    let send_initial_snapshot = flag(params, "send_initial_snapshot")?;
    Ok(WsCommand::Update { sid, action, markets: markets(params)?, send_initial_snapshot })
}

/// Returns `sids`, or the single `sid`.
fn sids(params: &Map<String, Value>) -> Result<Vec<u64>, CommandError> {
    let number = |value: &Value| value.as_u64().ok_or(CommandError::PARAMETER);
    match (params.get("sids"), params.get("sid")) {
        (None, None) => Ok(Vec::new()),
        (Some(Value::Array(sids)), None) => sids.iter().map(number).collect(),
        (None, Some(sid)) => Ok(vec![number(sid)?]),
        (Some(_), None) => Err(CommandError::PARAMETER),
        (Some(_), Some(_)) => Err(CommandError::ONE_SID),
    }
}

/// Returns the markets that the parameters name; naming them in two ways is refused.
fn markets(params: &Map<String, Value>) -> Result<Option<MarketNames>, CommandError> {
    let one = |name: &str| match params.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(vec![text.clone()])),
        Some(_) => Err(CommandError::PARAMETER),
    };
    let tickers =
        [one("market_ticker")?, strings(params, "market_tickers")?].map(|list| list.map(MarketNames::Tickers));
    let ids = [one("market_id")?, strings(params, "market_ids")?].map(|list| list.map(MarketNames::Ids));
    let mut given = tickers.into_iter().chain(ids).flatten();
    let named = given.next();
    if given.next().is_some() {
        return Err(CommandError::PARAMETER);
    }
    match named.as_ref().map(|named| named.names().len()) {
        Some(0) => Err(CommandError::MARKET_REQUIRED),
        Some(many) if many > MOST_MARKETS => Err(CommandError::TOO_MANY_MARKETS),
        _ => Ok(named),
    }
}

fn strings(params: &Map<String, Value>, name: &str) -> Result<Option<Vec<String>>, CommandError> {
    let Some(value) = params.get(name) else { return Ok(None) };
    let list = value.as_array().ok_or(CommandError::PARAMETER)?;
    let strings: Option<Vec<String>> = list.iter().map(|item| item.as_str().map(str::to_owned)).collect();
    strings.map(Some).ok_or(CommandError::PARAMETER)
}

fn flag(params: &Map<String, Value>, name: &str) -> Result<bool, CommandError> {
    params.get(name).map_or(Ok(false), |value| value.as_bool().ok_or(CommandError::PARAMETER))
}

impl MarketNames {
    pub(super) fn names(&self) -> &[String] {
        match self {
            MarketNames::Tickers(names) | MarketNames::Ids(names) => names,
        }
    }
}
