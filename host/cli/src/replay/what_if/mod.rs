//! What would another strategy have done? It is shown what the journaled one was shown, row by row, and asked in its place.
//!
//! The run itself is replayed with the journaled strategy, so positions and fills are those that happened. No order of the other
//! strategy is filled: orders that never existed have no fills, and none are made up. A strategy that sees its positions
//! therefore sees the journaled one's.

mod asked;
mod stretch;

use std::cell::RefCell;
use std::rc::Rc;

use host_core::{MarketId, Record, SlotId, Strategy};
use host_sandbox::{StrategyComponent, resolve_parameters};
use host_store::journal::Journal;
use serde::Serialize;

use super::player::Player;
use super::source::{JournalSource, unreadable};
use super::start::Start;
use crate::error::{Report, Result};
use crate::progress::Progress;
use crate::strategy;
use crate::ui::Ui;
use asked::{Answers, Both};
pub use stretch::{Stretch, Stretches};

/// How one strategy's wishes differ from another's.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// Name and version of the journaled strategy.
    pub journaled: String,
    /// Name and version of the other one.
    pub other: String,
    /// Rows that both were asked about, from where signals count.
    pub rows: u64,
    /// Rows on which the journaled strategy wanted something.
    pub journaled_signals: u64,
    /// Rows on which the other one did.
    pub other_signals: u64,
    /// Rows on which they wanted different things.
    pub differing_rows: u64,
    /// The same, by runs of rows of one market, in the order of their first rows.
    pub differences: Vec<Stretch>,
    /// Why the other strategy was not asked to the end.
    pub fault: Option<String>,
}

/// The other strategy, and whose place it takes.
pub struct Other<'a> {
    /// Loads it, given the session's start: it, its place, and what it is started with.
    #[expect(clippy::type_complexity, reason = "one place")]
    pub load: &'a dyn Fn(&Start) -> Result<(StrategyComponent, usize, host_sandbox::Settings)>,
}

impl std::fmt::Debug for Other<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Other").finish_non_exhaustive()
    }
}

/// Replays `journal` with `other` asked beside the strategy whose place it would take.
///
/// # Errors
/// A journal, a component or a recording that cannot be read.
pub fn compare(journal: &Journal, other: &Other<'_>, ui: &Ui) -> Result<Comparison> {
    let source = JournalSource::new(journal, *ui);
    let answers = Rc::new(RefCell::new(Answers::default()));
    let mut player = Player::new(&source, |start| cast(&source, start, other, &answers));
    let progress = Progress::bar(ui, "replay", journal.count_events().map_err(|error| unreadable(&error))?, "events");
    for (done, step) in (1..).zip(journal.steps()) {
        let step = step.map_err(|error| unreadable(&error))?;
        player.play(step.event)?;
        // The journal's orders, not the replay's: what is compared with is what happened.
        let mut answers = answers.borrow_mut();
        let slot = answers.slot;
        for record in &step.records {
            if let Record::Placed { order, .. } = record
                && order.slot == slot
            {
                answers.stretches.ordered(order);
            }
        }
        progress.advance_to(done);
    }
    let name = |market: MarketId| {
        let known = player.engine().and_then(|engine| engine.markets().get(market.index()));
        known.map_or_else(|| market.0.to_string(), |market| market.ticker.clone())
    };
    Ok(answers.take().into_comparison(name))
}

/// The strategies of `start`, the one in question with the other beside it.
fn cast(
    source: &JournalSource<'_>,
    start: &Start,
    other: &Other<'_>,
    answers: &Rc<RefCell<Answers>>,
) -> Result<Vec<Box<dyn Strategy>>> {
    let (component, place, settings) = (other.load)(start)?;
    let begun = |error| strategy::report(&error);
    let mut strategies: Vec<Box<dyn Strategy>> = Vec::new();
    for (slot, journaled) in source.components(start)?.iter().enumerate() {
        let own: Box<dyn Strategy> = Box::new(journaled.start(&start.settings(slot)).map_err(begun)?);
        if slot != place {
            strategies.push(own);
            continue;
        }
        let beside = component.start(&settings).map_err(begun)?;
        answers.borrow_mut().begin(SlotId(slot as u16), start.trade_from(), own.manifest(), &component.manifest);
        strategies.push(Box::new(Both::new(own, Box::new(beside), Rc::clone(answers))));
    }
    Ok(strategies)
}

/// In whose place a strategy named `name` stands: its namesake's, or that of the only one.
///
/// # Errors
/// There are several, and none has that name.
pub fn place_of(name: &str, start: &Start) -> Result<usize> {
    let names: Vec<&str> = start.strategies.iter().map(|started| started.name.as_str()).collect();
    match names.iter().position(|known| *known == name) {
        Some(place) => Ok(place),
        None if names.len() == 1 => Ok(0),
        None => Err(Report::usage(format!("the journal has no strategy `{name}` to compare with"))
            .because(format!("it has several others: {}", names.join(", ")))),
    }
}

/// What the other strategy is started with: what the journaled one in `place` was, as far as it has such parameters, and
/// `set` over that.
///
/// # Errors
/// A journaled value that the other strategy does not allow.
pub fn settings_of(
    component: &StrategyComponent,
    place: usize,
    start: &Start,
    set: Vec<(String, host_core::strategy::ParameterValue)>,
) -> Result<host_sandbox::Settings> {
    let mut settings = start.settings(place);
    let declared = |name: &str| component.manifest.parameters.iter().any(|parameter| parameter.name == name);
    let replaced = |name: &str| set.iter().any(|(other, _)| other == name);
    settings.parameters.retain(|(name, _)| declared(name) && !replaced(name));
    settings.parameters.extend(set);
    resolve_parameters(&component.manifest, &settings.parameters).map_err(|error| {
        Report::user("the other strategy cannot be set as the journaled one was")
            .because_of(&error)
            .hint("`--param name=value` sets it otherwise")
    })?;
    Ok(settings)
}
