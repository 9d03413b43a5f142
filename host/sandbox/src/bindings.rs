//! The contract's Rust types, generated from `wit/`, and their conversion from and to the types of `host-core`.
//!
//! Columns are borrowed and cross the boundary as bulk copies: nothing here may touch quotes row by row.

use host_core::strategy::{FillView, Manifest, Parameter, ParameterValue, PositionView};
use host_core::{Market, QuotesView, Signal, SignalAction, Span};

pub(crate) use added::exports::trading::strategy::chart;
pub(crate) use generated::exports::trading::strategy::{guest, state};
pub(crate) use generated::trading::strategy::{log, types};

#[allow(missing_docs, missing_debug_implementations, unsafe_code, clippy::pedantic, reason = "wasmtime generates it")]
mod generated {
    wasmtime::component::bindgen!({
        path: "../../wit",
        world: "stateful-strategy",
        ownership: Borrowing { duplicate_if_necessary: true },
    });
}

/// The addition of contract 1.1: a package of its own, because the one before is frozen.
#[allow(missing_docs, missing_debug_implementations, unsafe_code, clippy::pedantic, reason = "wasmtime generates it")]
mod added {
    wasmtime::component::bindgen!({ path: "../../wit/chart", world: "charted" });
}

pub(crate) fn market(market: &Market) -> types::Market<'_> {
    types::Market {
        id: market.id.0,
        ticker: &market.ticker,
        event: &market.event,
        series: &market.series,
        category: &market.category,
        title: &market.title,
        tick: market.ticks.finest().dollars(),
        opens: market.opens.map(|time| time.0),
        closes: market.closes.map(|time| time.0),
        event_time: market.event_time.map(|time| time.0),
    }
}

pub(crate) fn quotes(quotes: QuotesView<'_>) -> types::Quotes<'_> {
    types::Quotes {
        market: quotes.market,
        time: quotes.time,
        bid: quotes.bid,
        ask: quotes.ask,
        bid_size: quotes.bid_size,
        ask_size: quotes.ask_size,
        last: quotes.last,
        volume: quotes.volume,
    }
}

pub(crate) fn position(position: &PositionView) -> types::Position {
    types::Position { market: position.market.0, quantity: position.quantity, average_price: position.average_price }
}

pub(crate) fn fill(fill: &FillView) -> types::Fill {
    types::Fill { market: fill.market.0, time: fill.time.0, quantity: fill.quantity, price: fill.price }
}

pub(crate) fn signal(signal: types::Signal) -> Signal {
    let action = match signal.action {
        types::Action::Buy => SignalAction::Buy,
        types::Action::Sell => SignalAction::Sell,
        types::Action::Exit => SignalAction::Exit,
    };
    let types::Signal { row, price, confidence, metadata, .. } = signal;
    Signal { row, action, price, confidence, metadata }
}

/// Returns the bytes of an answer, as it is held here.
pub(crate) fn answer_bytes(answer: &types::Decisions) -> u64 {
    let metadata = answer.signals.iter().flat_map(|signal| &signal.metadata).map(|(name, _)| name.len() + 8);
    let bytes = metadata.sum::<usize>() + answer.signals.len() * size_of::<Signal>() + answer.scores.len() * 8;
    bytes as u64
}

/// Converts a manifest.
pub(crate) fn manifest(manifest: types::Manifest) -> Manifest {
    let parameter = |parameter: types::Parameter| Parameter {
        name: parameter.name,
        doc: parameter.doc,
        default: match parameter.default {
            types::ValueResult::Number(number) => ParameterValue::Number(number),
            types::ValueResult::Integer(whole) => ParameterValue::Integer(whole),
            types::ValueResult::Flag(flag) => ParameterValue::Flag(flag),
            types::ValueResult::Text(text) => ParameterValue::Text(text),
        },
        minimum: parameter.minimum,
        maximum: parameter.maximum,
    };
    Manifest {
        name: manifest.name,
        version: manifest.version,
        summary: manifest.summary,
        parameters: manifest.parameters.into_iter().map(parameter).collect(),
        warm_up: Span(manifest.warm_up),
        feedback: manifest.feedback,
    }
}

pub(crate) fn parameters(parameters: &[(String, ParameterValue)]) -> Vec<(&str, types::ValueParam<'_>)> {
    let value = |value| match value {
        &ParameterValue::Number(number) => types::ValueParam::Number(number),
        &ParameterValue::Integer(whole) => types::ValueParam::Integer(whole),
        &ParameterValue::Flag(flag) => types::ValueParam::Flag(flag),
        ParameterValue::Text(text) => types::ValueParam::Text(text),
    };
    parameters.iter().map(|(name, given)| (name.as_str(), value(given))).collect()
}
