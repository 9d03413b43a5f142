//! The options that `run` and `backtest` share (the strategies and their parameters), and the setup of a run.

use host_core::Span;
use host_core::fees::FeeModel;
use host_live::capital_stage::capital_at;
use host_sandbox::{Settings, memory_use};
use host_session::proof::seed::ProofSeed;
use host_session::setup::{About, LoadedStrategy, Money, Origin, RunKind, Setup};
use host_sim::fill::FillModel;
use host_store::tape::{SourceKind, Tape};

use crate::config::{Config, Loaded, Origin as KeyOrigin};
use crate::context::Context;
use crate::strategies::load::Strategies;
use crate::strategies::parameters;
use crate::strategies::slots::{self, SlotOf, StrategyArg};
use crate::terminal::error::Result;
use crate::terminal::progress::Progress;

#[derive(Clone, Debug, clap::Args)]
pub struct TradeArgs {
    /// Strategy: a component, or a crate folder, which is built first; repeat the option to run several. NAME is that
    /// of its slot, by default the strategy's own: one strategy can run in several slots with different parameters
    #[arg(long, value_name = "[NAME=]X.wasm|DIR", required = true, value_parser = clap::value_parser!(StrategyArg))]
    pub strategy: Vec<StrategyArg>,

    /// Set a parameter (repeatable) of every strategy that has it; slot.name=value sets that of one slot
    #[arg(long, value_name = "NAME=VALUE")]
    pub param: Vec<String>,

    /// Fill model of the embedded exchange: instant, touch, queue, probabilistic or coin [default:
    /// exchange.fill_model; unless that is set, queue where the trades of others are known, and else touch]
    #[arg(long, visible_alias = "fill", value_name = "MODEL")]
    pub fill_model: Option<FillModel>,
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

    /// Lets orders queue in a run where the trades of others are known, unless a fill model is set.
    pub fn queue_where_trades_are_known(&self, loaded: &mut Loaded, are_known: bool) {
        queue_where_trades_are_known(loaded, are_known && self.fill_model.is_none());
    }

    /// Loads the strategies, each with its slot's name and parameters, in the order of those names: that in which they
    /// were given decides nothing. They are started with `poll_interval` as the time between polls.
    ///
    /// # Errors
    /// A strategy cannot be loaded, two slots have one name, or a parameter is invalid.
    pub fn strategies(&self, loaded: &Loaded, poll_interval: Span, context: &Context) -> Result<Vec<LoadedStrategy>> {
        let strategies = Strategies::new(&loaded.config.sandbox, &loaded.config.trust, context.ui)?;
        let load = |argument: &StrategyArg| {
            let (component, bytes) = strategies.load_with_bytes(&argument.path)?;
            let slot = argument.slot.clone().unwrap_or_else(|| component.manifest.name.clone());
            slots::require_name(&slot)?;
            let settings = Settings { parameters: Vec::new(), poll_interval };
            Ok(LoadedStrategy { slot, component, bytes, settings })
        };
        let mut found = self.strategy.iter().map(load).collect::<Result<Vec<LoadedStrategy>>>()?;
        found.sort_by(|a, b| a.slot.cmp(&b.slot));
        slots::require_distinct(found.iter().map(|strategy| strategy.slot.as_str()))?;
        let known =
            found.iter().map(|strategy| SlotOf { name: &strategy.slot, manifest: &strategy.component.manifest });
        let known: Vec<SlotOf<'_>> = known.collect();
        slots::tell_limits_of_none(&known, &loaded.config.risk, context.ui);
        let given = slots::parameters_by_slot(&known, &self.param)?;
        for (strategy, given) in found.iter_mut().zip(given) {
            let LoadedStrategy { slot, component, settings, .. } = strategy;
            settings.parameters = parameters::of_slot(slot, &component.manifest, loaded, &given)?;
        }
        measure(&found, context);
        Ok(found)
    }
}

/// Measures the memory of strategies that were never measured, which takes an interpreter half a minute: later looks at
/// it find it in the cache. One that fails here fails in the run too, which reports it.
fn measure(strategies: &[LoadedStrategy], context: &Context) {
    for LoadedStrategy { slot, component, settings, .. } in strategies {
        let _progress = Progress::spinner(&context.ui, &format!("measuring the memory of `{slot}`, once"));
        let _ = memory_use(component, settings);
    }
}

/// Returns what the figures of a run with `config` are of. `fees_of` says whose fees they are, if nobody has set them.
pub fn about(kind: RunKind, origin: Origin, data: &str, config: &Config, fees_of: Option<&str>) -> About {
    let fees = match config.exchange.fees {
        FeeModel::None => "none".to_owned(),
        FeeModel::Kalshi => "Kalshi's, for takers".to_owned(),
        FeeModel::KalshiWithMakerFees => "Kalshi's, for takers and makers".to_owned(),
    };
    About {
        kind,
        origin,
        data: data.to_owned(),
        capital_target: Money(config.capital.target()),
        capital_stage: f64::from(config.capital.stage_percent()) / 100.0,
        fill_model: config.exchange.fill_model.to_string(),
        flatters: config.exchange.fill_model.flatters().map(str::to_owned),
        fees: fees_of.map_or(fees.clone(), |whose| format!("{fees} ({whose})")),
    }
}

/// Returns what the figures of a back test on `tape` with `config` are of. `fees_of` is as in [`about`].
pub fn about_tape(tape: &Tape, config: &Config, fees_of: Option<&str>) -> About {
    let source = &tape.meta().source;
    let origin = match source.kind {
        SourceKind::Recorded => Origin::Recorded,
        SourceKind::Imported => Origin::Imported,
        SourceKind::Synthetic => Origin::Synthetic,
    };
    about(RunKind::Backtest, origin, &source.description, config, fees_of)
}

/// Lets orders queue where the trades of others are known, unless the configuration sets a fill model.
pub fn queue_where_trades_are_known(loaded: &mut Loaded, are_known: bool) {
    if are_known && loaded.origin("exchange.fill_model") == KeyOrigin::Default {
        loaded.config.exchange.fill_model = FillModel::Queue;
    }
}

/// Charges the fees of the venue whose markets are on `tape`, unless others are set. Returns the reason if it does.
pub fn charge_venue(loaded: &mut Loaded, tape: &Tape) -> Option<&'static str> {
    if loaded.origin("exchange.fees") != KeyOrigin::Default || !tape.is_of_kalshi() {
        return None;
    }
    loaded.config.exchange.fees = FeeModel::Kalshi;
    Some("the markets are Kalshi's; `--set exchange.fees=none` leaves them out")
}

/// Returns the setup of a run of `strategies` with `config`. Their decisions are proven if there is a seed for that.
pub fn setup(config: &Config, poll_interval: Span, strategies: Vec<LoadedStrategy>, proof: Option<ProofSeed>) -> Setup {
    let stage_percent = config.capital.stage_percent();
    Setup {
        capital: capital_at(config.capital.target(), stage_percent),
        execution: config.execution.clone(),
        limits: config.risk.scaled(stage_percent),
        exchange: config.exchange.clone(),
        sandbox: config.sandbox.clone(),
        poll_interval,
        config: config.clone().into_tree_of_run().to_string(),
        strategies,
        proof,
    }
}
