//! The exported functions of a component, which run inside the sandbox: they convert the contract's types to this
//! crate's and back, and report panics.
//!
//! Each quote column arrives as one allocation and is lent to the strategy without a copy.

use std::cell::RefCell;
use std::sync::Once;

pub use crate::bindings::chart::exports::trading::strategy::chart::Guest as ChartGuest;
pub use crate::bindings::guest::exports::trading::strategy::guest::Guest;
use crate::bindings::guest::trading::strategy::types as wit;
pub use crate::bindings::guest::trading::strategy::types::{
    Batch as WitBatch, Decisions as WitDecisions, Manifest as WitManifest, Settings as WitSettings,
};
pub use crate::bindings::state::exports::trading::strategy::state::{Guest as StateGuest, Snapshot as WitSnapshot};
pub use crate::bindings::{chart, guest, state};
use crate::{
    Action, Batch, Charted, Decisions, Fill, Market, Parameter, Position, Quotes, Settings, Signal, Snapshot, Stateful,
    Strategy, Value,
};

/// The only strategy of a component; `None` before `init`.
pub type Instance<S> = RefCell<Option<S>>;

/// Returns the state of a component before `init`.
pub const fn empty<S>() -> Instance<S> {
    RefCell::new(None)
}

/// Logs the message and place of a panic to the host, because the trap that follows says only "unreachable".
fn report_panics() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| std::panic::set_hook(Box::new(|panic| crate::log::error(panic.to_string()))));
}

const NOT_STARTED: &str = "the strategy was not started: call `init` first";

/// Implements `describe` of the contract.
pub fn describe<S: Strategy>() -> WitManifest {
    report_panics();
    let manifest = S::describe();
    WitManifest {
        name: manifest.name,
        version: manifest.version,
        summary: manifest.summary,
        parameters: manifest.parameters.into_iter().map(parameter).collect(),
        warm_up: manifest.warm_up,
        feedback: manifest.feedback,
    }
}

/// Implements `init` of the contract.
pub fn init<S: Strategy>(instance: &Instance<S>, settings: WitSettings) -> Result<(), String> {
    report_panics();
    let parameters = settings.parameters.into_iter().map(|(name, value)| (name, value.into())).collect();
    let started = S::init(&Settings { parameters, poll_interval: settings.poll_interval })?;
    *instance.borrow_mut() = Some(started);
    Ok(())
}

/// Implements `on-batch` of the contract.
pub fn on_batch<S: Strategy>(instance: &Instance<S>, batch: WitBatch) -> Result<WitDecisions, String> {
    let mut instance = instance.borrow_mut();
    let strategy = instance.as_mut().ok_or(NOT_STARTED)?;
    let markets: Vec<Market> = batch.markets.into_iter().map(Market::from).collect();
    let positions: Vec<Position> = batch.positions.into_iter().map(Position::from).collect();
    let fills: Vec<Fill> = batch.fills.into_iter().map(Fill::from).collect();
    let columns = &batch.quotes;
    let quotes = Quotes {
        market: &columns.market,
        time: &columns.time,
        bid: &columns.bid,
        ask: &columns.ask,
        bid_size: &columns.bid_size,
        ask_size: &columns.ask_size,
        last: &columns.last,
        volume: &columns.volume,
    };
    let mut decisions = Decisions::default();
    strategy.on_batch(&Batch { markets: &markets, quotes, positions: &positions, fills: &fills }, &mut decisions)?;
    let signals = decisions.signals.into_iter().map(wit::Signal::from).collect();
    Ok(WitDecisions { signals, scores: decisions.scores })
}

/// Implements `save` of the contract.
pub fn save<S: Stateful>(instance: &Instance<S>) -> Result<WitSnapshot, String> {
    let Snapshot { schema, version, payload } = instance.borrow().as_ref().ok_or(NOT_STARTED)?.snapshot()?;
    Ok(WitSnapshot { schema, version, payload })
}

/// Implements `restore` of the contract.
pub fn restore<S: Stateful>(instance: &Instance<S>, snapshot: WitSnapshot) -> Result<(), String> {
    let WitSnapshot { schema, version, payload } = snapshot;
    let mut instance = instance.borrow_mut();
    instance.as_mut().ok_or(NOT_STARTED)?.take_over(&Snapshot { schema, version, payload })
}

/// Implements `names` of the contract.
pub fn line_names<S: Charted>() -> Vec<String> {
    S::LINES.iter().map(|&name| name.to_owned()).collect()
}

/// Implements `values` of the contract. Before `init` there are none.
pub fn line_values<S: Charted>(instance: &Instance<S>, markets: &[u32]) -> Vec<f64> {
    match instance.borrow().as_ref() {
        Some(strategy) => strategy.values_of(markets),
        None => vec![f64::NAN; markets.len() * S::LINES.len()],
    }
}

fn parameter(parameter: Parameter) -> wit::Parameter {
    let Parameter { name, doc, default, minimum, maximum } = parameter;
    let default = match default {
        Value::Number(number) => wit::Value::Number(number),
        Value::Integer(integer) => wit::Value::Integer(integer),
        Value::Flag(flag) => wit::Value::Flag(flag),
        Value::Text(text) => wit::Value::Text(text),
    };
    wit::Parameter { name, doc, default, minimum, maximum }
}

impl From<wit::Value> for Value {
    fn from(value: wit::Value) -> Value {
        match value {
            wit::Value::Number(number) => Value::Number(number),
            wit::Value::Integer(integer) => Value::Integer(integer),
            wit::Value::Flag(flag) => Value::Flag(flag),
            wit::Value::Text(text) => Value::Text(text),
        }
    }
}

impl From<wit::Market> for Market {
    fn from(market: wit::Market) -> Market {
        let wit::Market { id, ticker, event, series, category, title, tick, opens, closes, event_time } = market;
        Market { id, ticker, event, series, category, title, tick, opens, closes, event_time }
    }
}

impl From<wit::Position> for Position {
    fn from(wit::Position { market, quantity, average_price }: wit::Position) -> Position {
        Position { market, quantity, average_price }
    }
}

impl From<wit::Fill> for Fill {
    fn from(wit::Fill { market, time, quantity, price }: wit::Fill) -> Fill {
        Fill { market, time, quantity, price }
    }
}

impl From<Signal> for wit::Signal {
    fn from(Signal { row, action, price, confidence, metadata }: Signal) -> wit::Signal {
        let action = match action {
            Action::Buy => wit::Action::Buy,
            Action::Sell => wit::Action::Sell,
            Action::Exit => wit::Action::Exit,
        };
        wit::Signal { row, action, price, confidence, metadata }
    }
}
