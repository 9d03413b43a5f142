//! What must hold of every strategy: batches of any size are alike, and a successor goes on where one stopped.

use super::run::{Outcome, Run, feed};
use super::tape::Tape;
use crate::parameters::Value;
use crate::strategy::{Stateful, Strategy};

/// Checks that how rows are split into batches changes no decision: one row at a time, seven, a hundred, all at once.
///
/// # Errors
/// Names the first row that differs: such a strategy looks ahead in its batch, or remembers where it was cut.
pub fn check_splits<S: Strategy>(tape: &Tape, parameters: &[(String, Value)]) -> Result<(), String> {
    let run = || Run::<S>::new(tape).with(parameters);
    let whole = run().go()?;
    for batch_rows in [1, 7, 100] {
        let split = run().batch_rows(batch_rows).go()?;
        same(&whole, &split, 0)
            .map_err(|difference| format!("batches of {batch_rows} rows against one batch: {difference}"))?;
    }
    Ok(())
}

/// Checks that a fresh instance that takes over a saved state at row `at` decides on as the first would have done.
///
/// # Errors
/// Names the first row that differs, or what `save` or `restore` refuses.
pub fn check_take_over<S: Stateful>(tape: &Tape, parameters: &[(String, Value)], at: usize) -> Result<(), String> {
    let run = Run::<S>::new(tape).with(parameters);
    let (at, end) = (at.min(tape.len()), tape.len());
    let mut first = run.start()?;
    feed(&mut first, tape, 0..at, usize::MAX)?;
    let snapshot = first.snapshot()?;
    let mut second = run.start()?;
    second.take_over(&snapshot)?;
    if second.snapshot()? != snapshot {
        return Err("what was restored does not save as the same state".into());
    }
    let (kept, taken_over) = (feed(&mut first, tape, at..end, 100)?, feed(&mut second, tape, at..end, 100)?);
    same(&kept, &taken_over, at).map_err(|difference| format!("taken over at row {at}: {difference}"))
}

/// Equal bit for bit, all NaN being one. `offset` is the row of the first score.
fn same(one: &Outcome, other: &Outcome, offset: usize) -> Result<(), String> {
    let alike = |(a, b): (&f64, &f64)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan());
    if let Some(row) = one.scores.iter().zip(&other.scores).position(|pair| !alike(pair)) {
        return Err(format!("row {} scores {} and {}", row + offset, one.scores[row], other.scores[row]));
    }
    if let Some((a, b)) = one.signals.iter().zip(&other.signals).find(|(a, b)| a != b) {
        return Err(format!("signal {a:?} became {b:?}"));
    }
    let counts = |outcome: &Outcome| (outcome.signals.len(), outcome.scores.len());
    if counts(one) == counts(other) {
        Ok(())
    } else {
        Err(format!("(signals, scores) are {:?} and {:?}", counts(one), counts(other)))
    }
}
