//! What a client asks for, read strictly: what is of the wrong kind is refused, never guessed at.

use serde_json::{Map, Value};

use super::channel::Channel;
use super::refusal::Refusal;

/// More markets than this are too many for one subscription.
pub(super) const MOST_MARKETS: usize = 10_000;

/// A command.
#[derive(Debug)]
pub(super) enum Command {
    Subscribe {
        channels: Vec<Channel>,
        /// `None`: all there are.
        markets: Option<Named>,
        send_initial_snapshot: bool,
        /// Whether later answers leave out the list of markets.
        skip_ticker_ack: bool,
    },
    Unsubscribe(Vec<u64>),
    Update {
        sid: u64,
        action: Action,
        markets: Option<Named>,
        send_initial_snapshot: bool,
    },
    List,
}

/// What to do to a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    AddMarkets,
    DeleteMarkets,
    GetSnapshot,
}

/// Markets as a client names them.
#[derive(Debug)]
pub(super) enum Named {
    Tickers(Vec<String>),
    /// By the venue's internal ids.
    Ids(Vec<String>),
}

/// A command's number, if it has one, and what it says.
pub(super) fn read(text: &str) -> (Option<u64>, Result<Command, Refusal>) {
    let Ok(Value::Object(message)) = serde_json::from_str(text) else { return (None, Err(Refusal::UNREADABLE)) };
    match message.get("id").map_or(Some(0), Value::as_u64) {
        None => (None, Err(Refusal::UNREADABLE)),
        // The venue takes a zero for no number.
        Some(id) => (Some(id).filter(|&id| id != 0), command(&message)),
    }
}

fn command(message: &Map<String, Value>) -> Result<Command, Refusal> {
    let params = || message.get("params").and_then(Value::as_object).ok_or(Refusal::PARAMS);
    match message.get("cmd").and_then(Value::as_str) {
        Some("subscribe") => subscribe(params()?),
        Some("unsubscribe") => {
            let sids = sids(params()?)?;
            if sids.is_empty() { Err(Refusal::SIDS) } else { Ok(Command::Unsubscribe(sids)) }
        }
        Some("update_subscription") => update(params()?),
        Some("list_subscriptions") => Ok(Command::List),
        _ => Err(Refusal::COMMAND),
    }
}

fn subscribe(params: &Map<String, Value>) -> Result<Command, Refusal> {
    let names = strings(params, "channels")?.filter(|names| !names.is_empty()).ok_or(Refusal::CHANNELS)?;
    let channels: Option<Vec<Channel>> = names.iter().map(|name| Channel::named(name)).collect();
    Ok(Command::Subscribe {
        channels: channels.ok_or(Refusal::CHANNEL)?,
        markets: markets(params)?,
        send_initial_snapshot: flag(params, "send_initial_snapshot")?,
        skip_ticker_ack: flag(params, "skip_ticker_ack")?,
    })
}

fn update(params: &Map<String, Value>) -> Result<Command, Refusal> {
    let sid = match sids(params)?[..] {
        [sid] => sid,
        [] => return Err(Refusal::SIDS),
        _ => return Err(Refusal::ONE_SID),
    };
    let action = match params.get("action") {
        None => return Err(Refusal::ACTION),
        Some(action) => match action.as_str() {
            Some("add_markets") => Action::AddMarkets,
            Some("delete_markets") => Action::DeleteMarkets,
            Some("get_snapshot") => Action::GetSnapshot,
            _ => return Err(Refusal::UNSUPPORTED),
        },
    };
    let send_initial_snapshot = flag(params, "send_initial_snapshot")?;
    Ok(Command::Update { sid, action, markets: markets(params)?, send_initial_snapshot })
}

/// `sids`, or the one `sid`.
fn sids(params: &Map<String, Value>) -> Result<Vec<u64>, Refusal> {
    let number = |value: &Value| value.as_u64().ok_or(Refusal::PARAMETER);
    match (params.get("sids"), params.get("sid")) {
        (None, None) => Ok(Vec::new()),
        (Some(Value::Array(sids)), None) => sids.iter().map(number).collect(),
        (None, Some(sid)) => Ok(vec![number(sid)?]),
        (Some(_), None) => Err(Refusal::PARAMETER),
        (Some(_), Some(_)) => Err(Refusal::ONE_SID),
    }
}

/// The one way in which markets are named; two at once are refused.
fn markets(params: &Map<String, Value>) -> Result<Option<Named>, Refusal> {
    let one = |name: &str| match params.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(vec![text.clone()])),
        Some(_) => Err(Refusal::PARAMETER),
    };
    let tickers = [one("market_ticker")?, strings(params, "market_tickers")?].map(|list| list.map(Named::Tickers));
    let ids = [one("market_id")?, strings(params, "market_ids")?].map(|list| list.map(Named::Ids));
    let mut given = tickers.into_iter().chain(ids).flatten();
    let named = given.next();
    if given.next().is_some() {
        return Err(Refusal::PARAMETER);
    }
    match named.as_ref().map(|named| named.names().len()) {
        Some(0) => Err(Refusal::MARKET_REQUIRED),
        Some(many) if many > MOST_MARKETS => Err(Refusal::TOO_MANY_MARKETS),
        _ => Ok(named),
    }
}

fn strings(params: &Map<String, Value>, name: &str) -> Result<Option<Vec<String>>, Refusal> {
    let Some(value) = params.get(name) else { return Ok(None) };
    let list = value.as_array().ok_or(Refusal::PARAMETER)?;
    let strings: Option<Vec<String>> = list.iter().map(|item| item.as_str().map(str::to_owned)).collect();
    strings.map(Some).ok_or(Refusal::PARAMETER)
}

fn flag(params: &Map<String, Value>, name: &str) -> Result<bool, Refusal> {
    params.get(name).map_or(Ok(false), |value| value.as_bool().ok_or(Refusal::PARAMETER))
}

impl Named {
    pub(super) fn names(&self) -> &[String] {
        match self {
            Named::Tickers(names) | Named::Ids(names) => names,
        }
    }
}
