//! A strategy of the SDK compiled into the host: the baseline for the sandbox's cost.

use host_core::strategy::{Batch, FaultKind, Parameter, ParameterValue};
use host_core::{Decisions, Fault, Manifest, Signal, SignalAction, Span, Strategy};
use strategy_sdk as sdk;

/// An SDK strategy as the engine's [`Strategy`], without a sandbox.
pub struct Native<S> {
    manifest: Manifest,
    strategy: S,
    decisions: sdk::Decisions,
}

impl<S: sdk::Strategy> Native<S> {
    /// Starts `S` with its default parameters.
    pub fn new(poll_interval: Span) -> Native<S> {
        let settings = sdk::Settings { parameters: Vec::new(), poll_interval: poll_interval.0 };
        let strategy = S::init(&settings).expect("defaults are valid");
        Native { manifest: manifest(S::describe()), strategy, decisions: sdk::Decisions::default() }
    }
}

fn manifest(described: sdk::Manifest) -> Manifest {
    let parameter = |parameter: sdk::Parameter| Parameter {
        name: parameter.name,
        doc: parameter.doc,
        default: ParameterValue::Text(String::new()),
        minimum: None,
        maximum: None,
    };
    Manifest {
        name: described.name,
        version: described.version,
        summary: described.summary,
        parameters: described.parameters.into_iter().map(parameter).collect(),
        warm_up: Span(described.warm_up),
        feedback: described.feedback,
    }
}

fn market(market: &host_core::Market) -> sdk::Market {
    sdk::Market {
        id: market.id.0,
        ticker: market.ticker.clone(),
        event: market.event.clone(),
        series: market.series.clone(),
        category: market.category.clone(),
        title: market.title.clone(),
        tick: market.ticks.finest().dollars(),
        opens: market.opens.map(|time| time.0),
        closes: market.closes.map(|time| time.0),
        event_time: market.event_time.map(|time| time.0),
    }
}

impl<S: sdk::Strategy + Send> Strategy for Native<S> {
    fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    fn on_batch(&mut self, batch: &Batch<'_>, decisions: &mut Decisions) -> Result<(), Fault> {
        let markets: Vec<sdk::Market> = batch.markets.iter().map(market).collect();
        let rows = batch.quotes;
        let quotes = sdk::Quotes {
            market: rows.market,
            time: rows.time,
            bid: rows.bid,
            ask: rows.ask,
            bid_size: rows.bid_size,
            ask_size: rows.ask_size,
            last: rows.last,
            volume: rows.volume,
        };
        self.decisions.signals.clear();
        self.decisions.scores.clear();
        std::mem::swap(&mut self.decisions.scores, &mut decisions.scores);
        let shown = sdk::Batch { markets: &markets, quotes, positions: &[], fills: &[] };
        let answer = self.strategy.on_batch(&shown, &mut self.decisions);
        std::mem::swap(&mut self.decisions.scores, &mut decisions.scores);
        decisions.signals.extend(self.decisions.signals.drain(..).map(|signal| Signal {
            row: signal.row,
            action: match signal.action {
                sdk::Action::Buy => SignalAction::Buy,
                sdk::Action::Sell => SignalAction::Sell,
                sdk::Action::Exit => SignalAction::Exit,
            },
            price: signal.price,
            confidence: signal.confidence,
            metadata: signal.metadata,
        }));
        answer.map_err(|message| Fault { kind: FaultKind::Refused, message, log: Vec::new() })
    }
}
