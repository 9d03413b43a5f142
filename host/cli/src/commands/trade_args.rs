//! The options that `run` and `backtest` share: the strategies and their parameters.

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

#[derive(Clone, Debug, clap::Args)]
pub struct TradeArgs {
    /// Strategy: a component, or a crate folder, which is built first; repeat the option to run several
    #[arg(long, value_name = "X.wasm|DIR", required = true)]
    pub strategy: Vec<PathBuf>,

    /// Set a parameter of the strategy (repeatable); with several strategies, write strategy.name=value
    #[arg(long, value_name = "NAME=VALUE")]
    pub param: Vec<String>,

    /// Fill model of the embedded exchange: instant, touch or probabilistic [default: exchange.fill_model]
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
    /// Loads the configuration, overridden by these options.
    ///
    /// # Errors
    /// The configuration has problems.
    pub fn config(&self, context: &Context) -> Result<Loaded> {
        let mut loaded = context.config()?;
        if let Some(model) = self.fill_model {
            loaded.config.exchange.fill_model = model;
        }
        Ok(loaded)
    }

    /// Loads the strategies in slot order, each with its parameters. They are started with `poll_interval` as the time
    /// between polls.
    ///
    /// # Errors
    /// A strategy cannot be loaded, or a parameter is invalid.
    pub fn strategies(&self, loaded: &Loaded, poll_interval: Span, context: &Context) -> Result<Vec<LoadedStrategy>> {
        let strategies = Strategies::new(&loaded.config.sandbox, context.ui)?;
        let loaded_strategies =
            self.strategy.iter().map(|path| strategies.load_with_bytes(path)).collect::<Result<Vec<_>>>()?;
        let names: Vec<String> =
            loaded_strategies.iter().map(|(component, _)| component.manifest.name.clone()).collect();
        loaded_strategies
            .into_iter()
            .map(|(component, bytes)| {
                let parameters = parameters_of(&component, &names, loaded, &self.param)?;
                let slot = component.manifest.name.clone();
                Ok(LoadedStrategy { slot, component, bytes, settings: Settings { parameters, poll_interval } })
            })
            .collect()
    }
}

/// Returns the setup of a run of `strategies` with `config`.
pub fn setup(config: &Config, poll_interval: Span, strategies: Vec<LoadedStrategy>) -> Setup {
    let stage_percent = config.capital.stage_percent();
    Setup {
        capital: stage_capital(config.capital.target(), stage_percent),
        execution: config.execution.clone(),
        limits: config.risk.scaled(stage_percent),
        exchange: config.exchange.clone(),
        sandbox: config.sandbox.clone(),
        poll_interval,
        config: config.clone().into_tree().to_string(),
        strategies,
    }
}

/// Returns the part of `target` that a stage trades with, in whole micro-dollars.
fn stage_capital(target: Usd, stage_percent: u32) -> Usd {
    Usd::micros(target.0 / Usd::MICRO.0 / 100 * i64::from(stage_percent))
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

/// Returns the `--param` arguments for the strategy `name`: all of them if it is the only one, else those that begin
/// with its name and a dot.
///
/// # Errors
/// There are several strategies, and an argument begins with none of their names.
fn own_parameters(name: &str, names: &[String], given: &[String]) -> Result<Vec<String>> {
    let own = format!("{name}.");
    if names.len() == 1 {
        return Ok(given.iter().map(|param| param.strip_prefix(&own).unwrap_or(param).to_owned()).collect());
    }
    let names_a_strategy =
        |param: &String| names.iter().any(|name| param.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')));
    if let Some(lost) = given.iter().find(|param| !names_a_strategy(param)) {
        return Err(Report::usage(format!("`--param {lost}` does not name a strategy"))
            .hint(format!("with several strategies, write `--param {own}name=value`")));
    }
    Ok(given.iter().filter_map(|param| param.strip_prefix(&own)).map(ToOwned::to_owned).collect())
}
