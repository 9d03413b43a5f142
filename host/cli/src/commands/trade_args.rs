//! The options that `run` and `backtest` share: which strategies trade, and how they are set.

use std::path::PathBuf;

use host_core::{Span, Usd};
use host_sandbox::{Settings, StrategyComponent};
use host_session::setup::{LoadedStrategy, Setup};
use host_sim::fill::FillModel;

use crate::config::{Config, Loaded};
use crate::context::Context;
use crate::strategies::load::Strategies;
use crate::strategies::parameters;
use crate::terminal::error::{Report, Result};

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

impl TradeArgs {
    /// Returns the configuration with these options on top.
    ///
    /// # Errors
    /// The configuration is wrong.
    pub fn config(&self, context: &Context) -> Result<Loaded> {
        let mut loaded = context.config()?;
        if let Some(model) = self.fill_model {
            loaded.config.exchange.fill_model = model;
        }
        Ok(loaded)
    }

    /// Loads the strategies, in slot order, each with its parameters. `poll_interval` is what they are told of the time
    /// between polls.
    ///
    /// # Errors
    /// A strategy cannot be loaded, or a parameter is wrong.
    pub fn strategies(&self, loaded: &Loaded, poll_interval: Span, context: &Context) -> Result<Vec<LoadedStrategy>> {
        let strategies = Strategies::new(&loaded.config.sandbox, context.ui)?;
        let whole = self.strategy.iter().map(|path| strategies.load_whole(path)).collect::<Result<Vec<_>>>()?;
        let names: Vec<String> = whole.iter().map(|(component, _)| component.manifest.name.clone()).collect();
        whole
            .into_iter()
            .map(|(component, bytes)| {
                let parameters = parameters_of(&component, &names, loaded, &self.param)?;
                Ok(LoadedStrategy { component, bytes, settings: Settings { parameters, poll_interval } })
            })
            .collect()
    }
}

/// Returns everything that a run of `strategies` under `config` is made of.
pub fn setup(config: &Config, poll_interval: Span, strategies: Vec<LoadedStrategy>) -> Setup {
    let stage_percent = config.capital.stage_percent();
    Setup {
        capital: Usd(config.capital.target().0 / 100 * i64::from(stage_percent)),
        execution: config.execution.clone(),
        limits: config.risk.scaled(stage_percent),
        exchange: config.exchange.clone(),
        sandbox: config.sandbox.clone(),
        poll_interval,
        config: config.clone().into_tree().to_string(),
        strategies,
    }
}

fn parameters_of(
    component: &StrategyComponent,
    names: &[String],
    loaded: &Loaded,
    given: &[String],
) -> Result<Vec<(String, host_core::strategy::ParameterValue)>> {
    let own = own_parameters(&component.manifest.name, names, given)?;
    parameters::of_strategy(&component.manifest, loaded, &own)
}

/// Returns the `--param` arguments for the strategy `name`: all of them if it is alone, else those that begin with its
/// name and a dot.
fn own_parameters(name: &str, names: &[String], given: &[String]) -> Result<Vec<String>> {
    let own = format!("{name}.");
    if names.len() == 1 {
        return Ok(given.iter().map(|param| param.strip_prefix(&own).unwrap_or(param).to_owned()).collect());
    }
    let is_meant_for_one =
        |param: &String| names.iter().any(|name| param.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')));
    if let Some(lost) = given.iter().find(|param| !is_meant_for_one(param)) {
        return Err(Report::usage(format!("`--param {lost}` names no strategy"))
            .hint(format!("with several strategies, write `--param {own}name=value`")));
    }
    Ok(given.iter().filter_map(|param| param.strip_prefix(&own)).map(ToOwned::to_owned).collect())
}
