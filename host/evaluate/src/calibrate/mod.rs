//! The fill models, fitted to real fills: what their settings should have been for the orders of a run.
//!
//! Orders that rested at the venue are what is measured: those that never came there, took what was displayed, or were
//! cancelled by the host before anything filled, say nothing of how it fills, and are counted apart.

pub(crate) mod estimate;
mod outcomes;
mod queue_fit;
mod selection;

use std::collections::{BTreeMap, BTreeSet};

use host_sim::fill::ExchangeSettings;
use serde::Serialize;

pub use estimate::Estimate;
pub use queue_fit::FamilyFit;

use crate::error::{EvaluateError, Result};
use crate::run::RunSource;
use outcomes::{Counted, OrderHistory};

/// Half the width of the interval of a share that is concluded.
const SHARE_WITHIN: f64 = 0.1;
/// That of a mean slippage, in dollars.
const MEAN_WITHIN: f64 = 0.002;
/// That of a deviation and of a time, as a part of it.
const PART_WITHIN: f64 = 0.4;

/// A setting of the coin, as the run says it should be.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fitted {
    /// Its key in the configuration.
    pub key: &'static str,
    /// The unit, for people.
    pub unit: &'static str,
    pub old: f64,
    /// The estimate; `None` if there is no order to make one of.
    pub found: Option<Estimate>,
    /// The same figure of the paper run.
    pub paper: Option<Estimate>,
}

/// Numbers of the orders of a run, by what became of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct OrderCounts {
    /// Orders that rested and ended: those that figures are of.
    pub counted: u64,
    pub not_placed: u64,
    pub cut_short: u64,
    pub immediate: u64,
    pub working: u64,
}

/// The fill models beside a run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibration {
    pub run: String,
    pub paper: Option<String>,
    pub orders: OrderCounts,
    /// The settings of the coin.
    pub coin: Vec<Fitted>,
    /// The models of a queue on the run's rows; empty if there are none.
    pub queue: Vec<FamilyFit>,
    pub old_queue_cancels: String,
    /// The model of a queue that comes nearest to the run; `None` if there are too few orders.
    pub queue_cancels: Option<String>,
    pub notes: Vec<String>,
}

/// Fits the models to the orders of `run`, beside the settings `old`, and beside a `paper` run of the same strategies.
///
/// # Errors
/// A run has no journal, or is damaged; or the paper run is of other strategies.
pub fn calibrate(run: &RunSource, paper: Option<&RunSource>, old: &ExchangeSettings) -> Result<Calibration> {
    let history = read(run)?;
    let beside = paper.map(read).transpose()?;
    let mut notes = run.notes.clone();
    if let Some(paper) = paper {
        require_same_strategies(run, paper)?;
        notes.extend(paper.notes.iter().map(|note| format!("{}: {note}", paper.name)));
    }
    let counted = history.counted();
    let coin = coin(&counted, beside.as_ref().map(OrderHistory::counted).as_ref(), old);
    let ids: BTreeSet<_> = counted.orders.iter().map(|outcome| outcome.order.id).collect();
    let fitted = run.rows().and_then(|rows| queue_fit::fit(&history, &ids, &rows, old));
    let queue = fitted.unwrap_or_else(|error| {
        notes.push(format!("the queue is not fitted: {error}"));
        Vec::new()
    });
    let old_queue_cancels = old.queue_cancels.to_string();
    Ok(Calibration {
        run: run.name.clone(),
        paper: paper.map(|paper| paper.name.clone()),
        orders: OrderCounts {
            counted: counted.orders.len() as u64,
            not_placed: counted.not_placed,
            cut_short: counted.cut_short,
            immediate: counted.immediate,
            working: counted.working,
        },
        coin,
        queue_cancels: nearest(&queue, &old_queue_cancels),
        queue,
        old_queue_cancels,
        notes,
    })
}

fn read(run: &RunSource) -> Result<OrderHistory> {
    if run.journal.is_none() {
        return Err(EvaluateError::NoOrders(run.name.clone()));
    }
    OrderHistory::read(run)
}

/// Refuses runs of different strategies: their orders wait at different prices, so one says nothing of the other.
fn require_same_strategies(run: &RunSource, paper: &RunSource) -> Result<()> {
    let of = |source: &RunSource| -> BTreeMap<String, String> {
        let strategies = source.info().into_iter().flat_map(|info| &info.strategies);
        strategies.map(|one| (one.name.clone(), one.sha256.clone())).collect()
    };
    let (live, other) = (of(run), of(paper));
    if live.values().eq(other.values()) {
        return Ok(());
    }
    let shown = |of: &BTreeMap<String, String>| {
        let each = of.iter().map(|(name, digest)| format!("{name} {}", digest.get(..12).unwrap_or(digest)));
        each.collect::<Vec<_>>().join(", ")
    };
    Err(EvaluateError::OtherStrategies {
        run: format!("{} ({})", run.name, shown(&live)),
        other: format!("{} ({})", paper.name, shown(&other)),
    })
}

/// Estimates the settings of the coin.
fn coin(live: &Counted<'_>, paper: Option<&Counted<'_>>, old: &ExchangeSettings) -> Vec<Fitted> {
    let found = estimates(live);
    let mut beside = paper.map(estimates).unwrap_or_default().into_iter();
    let keys = [
        ("exchange.fill_probability", "share of orders", old.fill_probability),
        ("exchange.partial_probability", "share of filled orders", old.partial_probability),
        ("exchange.slippage_mean", "dollars beyond the orders' own", old.slippage_mean),
        ("exchange.slippage_std", "dollars", old.slippage_std),
        ("exchange.latency_mean_ms", "milliseconds to the first fill", old.latency_mean_ms),
    ];
    let fitted = |((key, unit, old), found)| Fitted { key, unit, old, found, paper: beside.next().flatten() };
    keys.into_iter().zip(found).map(fitted).collect()
}

/// Returns the estimates of the coin's settings, in their order.
fn estimates(counted: &Counted<'_>) -> [Option<Estimate>; 5] {
    let orders = &counted.orders;
    let filled = || orders.iter().filter(|outcome| outcome.is_filled());
    // An order for one contract cannot be filled in part.
    let divisible = || filled().filter(|outcome| outcome.order.qty > host_core::Qty::ONE);
    let partly = divisible().filter(|outcome| outcome.filled < outcome.order.qty).count() as u64;
    let slippages: Vec<f64> = filled().filter_map(|outcome| outcome.slippage()).collect();
    let waits: Vec<f64> = filled().filter_map(|outcome| outcome.waited_ms()).collect();
    [
        Estimate::share(filled().count() as u64, orders.len() as u64, SHARE_WITHIN),
        Estimate::share(partly, divisible().count() as u64, SHARE_WITHIN),
        Estimate::mean(&selection::slippages(orders), MEAN_WITHIN),
        Estimate::deviation(&slippages, PART_WITHIN),
        Estimate::waiting(&waits, PART_WITHIN),
    ]
}

/// Returns the model whose fill rate comes nearest to the run's. The `old` one stays if it is as near.
fn nearest(queue: &[FamilyFit], old: &str) -> Option<String> {
    let distance = |fit: &FamilyFit| fit.difference.value.abs();
    let concluded = || queue.iter().filter(|fit| fit.difference.is_concluded());
    let best = concluded().min_by(|one, other| distance(one).total_cmp(&distance(other)))?;
    let stays = concluded().find(|fit| fit.cancels == old).filter(|fit| distance(fit) <= distance(best));
    Some(stays.unwrap_or(best).cancels.clone())
}
