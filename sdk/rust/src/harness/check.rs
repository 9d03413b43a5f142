//! The properties that every strategy must have: the size of batches changes nothing, and a successor continues where
//! its predecessor stopped.

use super::run::{Outcome, Run, feed};
use super::tape::Tape;
use crate::parameters::Value;
use crate::strategy::{Stateful, Strategy};

/// Checks that the decisions do not depend on the size of batches: one row, 7, 100, or all rows at once.
///
/// # Errors
/// The first row that differs. Such a strategy looks ahead within its batch, or remembers where a batch ended.
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

/// Checks that an instance which takes over a saved state at row `at` decides as the first instance would have done.
///
/// # Errors
/// The first row that differs, or the error of `save` or `restore`.
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

/// Compares bit for bit; all NaNs are equal. `offset` is the row of the first score.
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
