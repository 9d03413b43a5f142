//! Shows another strategy what the journaled one was shown, row by row, and compares their decisions.
//!
//! The run itself is replayed with the journaled strategy, so positions and fills are those that happened. No order of
//! the other strategy is filled: orders that never existed have no fills, and none are invented. A strategy that sees
//! its positions therefore sees the journaled one's. It is shown one poll at a time, so that it cannot look ahead,
//! whatever batches the journaled one was shown.

mod comparison;
mod divergence;
mod paired;

use std::sync::{Arc, Mutex};

use host_core::{Batch, Decisions, Market, MarketId, Quotes, Record, SlotId, Strategy, Timestamp};
use host_sandbox::{StrategyComponent, resolve_parameters};
use host_store::journal::Journal;
use host_store::recording::RowsBetween;

use super::player::{Cast, Player};
use super::source::JournalSource;
use crate::error::{Reason, Result, SessionError};
use crate::start::{Start, Started};

pub use comparison::Comparison;
pub use divergence::Divergence;
use paired::{PairedDecisions, PairedStrategy, locked};

/// The strategy that is compared with a journaled one, and the slot of the session that it is asked in.
#[derive(Debug)]
pub struct Counterpart {
    pub component: StrategyComponent,
    /// Place of the slot's strategy among those that the session started.
    pub slot: usize,
    /// Parameters and poll interval that it is started with.
    pub settings: host_sandbox::Settings,
}

/// Replays `journal`, that of `source`, with a counterpart asked beside the strategy in its slot. `load` returns the
/// counterpart for a session's start; `progress` is told the number of events replayed so far.
///
/// # Errors
/// The journal, a component or the recording cannot be read, or `load` fails.
pub fn compare<E: From<SessionError>>(
    journal: &Journal,
    source: &JournalSource<'_>,
    load: &dyn Fn(&Start) -> Result<Counterpart, E>,
    progress: &mut dyn FnMut(u64),
) -> Result<Comparison, E> {
    let answers = Arc::new(Mutex::new(PairedDecisions::default()));
    let mut player = Player::new(source, PairedCast { source, load, answers: Arc::clone(&answers) });
    for (done, step) in (1..).zip(journal.steps()) {
        let step = step.map_err(SessionError::JournalNotRead)?;
        player.expect_faults(&step.records);
        player.play(step.event)?;
        // The journal's orders, not the replay's: what is compared with is what happened.
        let mut answers = locked(&answers);
        let slot = answers.slot;
        for record in &step.records {
            if let Record::Placed { order, .. } = record
                && order.slot == slot
            {
                answers.divergences.ordered(order);
            }
        }
        progress(done);
    }
    let name = |market: MarketId| {
        let known = player.engine().and_then(|engine| engine.market(market));
        known.map_or_else(|| market.0.to_string(), |market| market.ticker.clone())
    };
    Ok(std::mem::take(&mut *locked(&answers)).into_comparison(name))
}

/// Shows recorded `rows` to `one` strategy and to the `other`, poll by poll as if they came now, and compares their
/// decisions. `markets` are those that the rows name. Neither is told of positions.
///
/// # Errors
/// The rows cannot be read, or `one` fails at them.
pub fn compare_rows(
    one: Box<dyn Strategy>,
    other: Box<dyn Strategy>,
    markets: &[Market],
    mut rows: RowsBetween,
) -> Result<Comparison> {
    let answers = Arc::new(Mutex::new(PairedDecisions::default()));
    locked(&answers).begin(SlotId(0), Timestamp(i64::MIN), other);
    let mut pair = PairedStrategy::new(one, &answers);
    let (mut batch, mut decisions, mut untold) = (Quotes::default(), Decisions::default(), markets);
    while rows.next_batch(&mut batch).map_err(SessionError::RowsNotRead)? {
        let mut from = 0;
        while from < batch.len() {
            let end = batch.poll_end(from);
            let told = Batch { markets: untold, quotes: batch.view(from..end), positions: &[], fills: &[] };
            decisions.signals.clear();
            decisions.scores.clear();
            pair.on_batch(&told, &mut decisions).map_err(|fault| SessionError::NotCompared(fault.message.into()))?;
            (untold, from) = (&[], end);
        }
    }
    let name = |id: MarketId| {
        let known = markets.iter().find(|market| market.id == id);
        known.map_or_else(|| id.0.to_string(), |market| market.ticker.clone())
    };
    Ok(std::mem::take(&mut *locked(&answers)).into_comparison(name))
}

/// The journaled strategies, with the counterpart beside the one in its slot.
struct PairedCast<'a, E> {
    source: &'a JournalSource<'a>,
    load: &'a dyn Fn(&Start) -> Result<Counterpart, E>,
    answers: Arc<Mutex<PairedDecisions>>,
}

impl<E: From<SessionError>> Cast for PairedCast<'_, E> {
    type Error = E;

    fn session(&mut self, start: &Start) -> Result<Vec<Box<dyn Strategy>>, E> {
        let Counterpart { component, slot: own_slot, settings } = (self.load)(start)?;
        let mut strategies: Vec<Box<dyn Strategy>> = Vec::new();
        for (slot, journaled) in self.source.components(start)?.iter().enumerate() {
            let own = Box::new(journaled.start(&start.settings(slot)).map_err(SessionError::from)?);
            if slot != own_slot {
                strategies.push(own);
                continue;
            }
            let beside = Box::new(component.start(&settings).map_err(SessionError::from)?);
            locked(&self.answers).begin(start.slot(slot).number, start.trade_from(), beside);
            strategies.push(Box::new(PairedStrategy::new(own, &self.answers)));
        }
        Ok(strategies)
    }

    fn newcomer(&mut self, start: &Start, slot: SlotId, started: &Started) -> Result<Box<dyn Strategy>, E> {
        let own = Box::new(self.source.start_one(start, started)?);
        let is_paired = locked(&self.answers).slot == slot;
        Ok(if is_paired { Box::new(PairedStrategy::new(own, &self.answers)) } else { own })
    }
}

/// Returns the place of the strategy that a counterpart called `name` stands for: that in `slot`, if one is given; else
/// the one in the slot of that name, the only one of that name, or the only one at all.
///
/// # Errors
/// There is no such slot, or several would do.
pub fn slot_of(slot: Option<&str>, name: &str, start: &Start) -> Result<usize> {
    let names: Vec<String> = (0..start.strategies.len()).map(|place| start.slot(place).name).collect();
    let of_name = || match start.strategies.iter().enumerate().filter(|(_, started)| started.name == name).count() {
        1 => start.strategies.iter().position(|started| started.name == name),
        _ => Some(0).filter(|_| names.len() == 1),
    };
    let found = names.iter().position(|known| known == slot.unwrap_or(name));
    found.or_else(|| of_name().filter(|_| slot.is_none())).ok_or_else(|| {
        let source = Reason(format!("it has several others: {}", names.join(", ")));
        SessionError::NoCounterpart { name: slot.unwrap_or(name).to_owned(), source }
    })
}

/// Returns what the counterpart is started with: the parameters of the journaled strategy in `slot`, as far as it has
/// them, and `set` over those.
///
/// # Errors
/// A journaled value is not allowed by the counterpart.
pub fn settings_of(
    component: &StrategyComponent,
    slot: usize,
    start: &Start,
    set: Vec<(String, host_core::strategy::ParameterValue)>,
) -> Result<host_sandbox::Settings> {
    let mut settings = start.settings(slot);
    let declared = |name: &str| component.manifest.parameters.iter().any(|parameter| parameter.name == name);
    let replaced = |name: &str| set.iter().any(|(other, _)| other == name);
    settings.parameters.retain(|(name, _)| declared(name) && !replaced(name));
    settings.parameters.extend(set);
    resolve_parameters(&component.manifest, &settings.parameters).map_err(SessionError::CounterpartParameters)?;
    Ok(settings)
}
