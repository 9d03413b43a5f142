//! From the configuration to an engine with strategies in its slots and an exchange to trade on.

use std::path::PathBuf;

use host_core::risk::WhenUnknown;
use host_core::{Span, Timestamp, Usd};
use host_report::{Recorder, RecorderSettings};
use host_sandbox::{SandboxedStrategy, Settings, StrategyComponent};
use host_sim::fill::{FillModel, SimulatedExchange};

use super::feed::Feed;
use super::session::Session;
use crate::app::Context;
use crate::config::{Config, Loaded};
use crate::error::{Report, Result};
use crate::params;
use crate::replay::start::{Beginning, Start, Started};
use crate::strategy::{self, Strategies};

/// What to trade with: options that `run` and `backtest` share.
#[derive(Clone, Debug, clap::Args)]
pub struct TradeArgs {
    /// A component, or a strategy's crate folder, which is built first; repeat it to run several at once
    #[arg(long, value_name = "X.wasm|DIR", required = true)]
    pub strategy: Vec<PathBuf>,

    /// Set a parameter of the strategy (repeatable); with several strategies, write strategy.name=value
    #[arg(long, value_name = "NAME=VALUE")]
    pub param: Vec<String>,

    /// How the embedded exchange fills orders: instant, touch or probabilistic [default: exchange.fill_model]
    #[arg(long, value_name = "MODEL", value_parser = fill_model)]
    pub fill_model: Option<FillModel>,
}

fn fill_model(text: &str) -> Result<FillModel, String> {
    match text {
        "instant" => Ok(FillModel::Instant),
        "touch" => Ok(FillModel::Touch),
        "probabilistic" => Ok(FillModel::Probabilistic),
        _ => Err("write instant, touch or probabilistic".to_owned()),
    }
}

/// Components and settings, ready to start.
#[derive(Debug)]
pub struct Setup {
    /// The configuration with its origins.
    pub loaded: Loaded,
    /// The strategies, in slot order.
    pub components: Vec<StrategyComponent>,
    /// Their files, for a journal.
    pub bytes: Vec<Vec<u8>>,
    /// What they are started with, in the same order.
    pub settings: Vec<Settings>,
}

impl Setup {
    /// Loads what `args` names. `poll` is the interval that strategies are told.
    ///
    /// # Errors
    /// A wrong configuration, strategy or parameter.
    pub fn new(args: &TradeArgs, poll: impl FnOnce(&Config) -> Span, context: &Context) -> Result<Setup> {
        let mut loaded = context.config()?;
        if let Some(model) = args.fill_model {
            loaded.config.exchange.fill_model = model;
        }
        let strategies = Strategies::new(&loaded.config.sandbox, context.ui)?;
        let loaded_ones = args.strategy.iter().map(|path| strategies.load_whole(path)).collect::<Result<Vec<_>>>()?;
        let (components, bytes): (Vec<_>, Vec<_>) = loaded_ones.into_iter().unzip();
        let poll_interval = poll(&loaded.config);
        let settings = components
            .iter()
            .map(|component| {
                let given = own_parameters(&component.manifest.name, &components, &args.param)?;
                let parameters = params::of_strategy(&component.manifest, &loaded, &given)?;
                Ok(Settings { parameters, poll_interval })
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Setup { loaded, components, bytes, settings })
    }

    /// Starts an instance of every strategy.
    ///
    /// # Errors
    /// A strategy that refuses or fails to start.
    pub fn start(&self) -> Result<Vec<SandboxedStrategy>> {
        let pairs = self.components.iter().zip(&self.settings);
        pairs.map(|(component, settings)| component.start(settings).map_err(|error| strategy::report(&error))).collect()
    }

    /// The longest warm-up that any of the strategies asks for.
    pub fn warm_up(&self) -> Span {
        self.components.iter().map(|component| component.manifest.warm_up).max().unwrap_or(Span::ZERO)
    }

    /// What a run over what `feed` brings begins with. Signals before `trade_from` are warm-up. Where the feed has no volume at
    /// all, the check on it is left out, and said so.
    pub fn beginning(&self, feed: &Feed, trade_from: Timestamp, context: &Context) -> Start {
        let mut start = self.start_of(Beginning::Fresh { capital: self.capital(), trade_from });
        if !feed.has_volume() && start.limits.volume_unknown == WhenUnknown::Refuse {
            context.ui.say("note: these data have no volume, so risk.max_volume_fraction cannot be checked");
            start.limits.volume_unknown = WhenUnknown::Allow;
        }
        start
    }

    /// All that a run begins with, whatever its engine does.
    pub fn start_of(&self, from: Beginning) -> Start {
        let config = &self.loaded.config;
        let strategies = self.components.iter().zip(&self.settings);
        Start {
            from,
            execution: config.execution.clone(),
            limits: config.risk.scaled(config.capital.stage_percent()),
            sandbox: config.sandbox.clone(),
            poll_interval: self.settings.first().map_or(config.feed.poll, |settings| settings.poll_interval),
            strategies: strategies.map(|(component, settings)| Started::of(component, settings)).collect(),
        }
    }

    /// What is at work at the capital's stage.
    pub fn capital(&self) -> Usd {
        let capital = &self.loaded.config.capital;
        Usd(capital.target().0 / 100 * i64::from(capital.stage_percent()))
    }

    /// An engine of `start` with the strategies in its slots, on an embedded exchange, for what `feed` brings.
    ///
    /// # Errors
    /// A strategy that does not start, or limits that make no sense.
    pub fn session(&self, feed: &Feed, start: &Start) -> Result<Session> {
        let mut engine = start.engine(&[])?;
        for strategy in self.start()? {
            engine.add_strategy(Box::new(strategy));
        }
        let from = match start.from {
            Beginning::Fresh { trade_from, .. } if trade_from.0 != i64::MIN => Some(trade_from),
            _ => None,
        };
        let recorder = Recorder::new(RecorderSettings { start_equity: engine.portfolio().start(), start: from });
        let exchange = SimulatedExchange::new(self.loaded.config.exchange.clone());
        Ok(Session::new(engine, exchange, recorder, feed))
    }
}

/// The `--param` arguments that are meant for the strategy `name`: all of them if it is alone, else those that begin
/// with its name and a dot.
fn own_parameters(name: &str, all: &[StrategyComponent], given: &[String]) -> Result<Vec<String>> {
    let prefixes: Vec<String> = all.iter().map(|component| format!("{}.", component.manifest.name)).collect();
    let own = format!("{name}.");
    if all.len() == 1 {
        return Ok(given.iter().map(|param| param.strip_prefix(&own).unwrap_or(param).to_owned()).collect());
    }
    if let Some(lost) = given.iter().find(|param| !prefixes.iter().any(|prefix| param.starts_with(prefix))) {
        return Err(Report::usage(format!("`--param {lost}` names no strategy"))
            .hint(format!("with several strategies, write `--param {own}name=value`")));
    }
    Ok(given.iter().filter_map(|param| param.strip_prefix(&own)).map(ToOwned::to_owned).collect())
}
