//! One kill: the run up to it, the state right after it, the restart, and a second one.

use std::fs;

use crate::books::Books;
use crate::check::{nothing_done, nothing_lost, right_after, same_books};
use crate::point::{Point, Points};
use crate::scenario::{Ended, Run, Scenario};
use crate::strace::{CALLS, tampered, watched};

/// SIGKILL.
const KILL: i32 = 9;

/// Whether the run came to the point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// It was killed there.
    Killed,
    /// It ended before: it was a little shorter than the one that was watched.
    Over,
}

/// Watches a whole run, which has to do all that the others are killed in; yields its system calls.
pub fn watch(scenario: &Scenario) -> Points {
    let run = Run::new(scenario);
    let log = run.path("calls");
    let ended = run.end(watched(&run.trade(), &CALLS, &log));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let (books, venue) = (books(&run, "end").expect("books").expect("a journal"), run.ledger());
    same_books(&books, &venue).expect("the same books");
    let states: Vec<&str> = books.orders.values().map(|order| order.state.as_str()).collect();
    for state in ["filled", "cancelled", "expired"] {
        assert!(states.contains(&state), "no order is {state}: this run tests too little: {states:?}");
    }
    assert!(venue.settlements > 0 && !venue.positions.is_empty(), "{venue:#?}");
    assert!(run.path("live/kalshi-alex/tape/day=2026-01-06.parquet").exists(), "no day of the recording is finished");
    Points::of(&fs::read_to_string(log).expect("a log"))
}

/// Kills a run at `point`, and looks at all that follows.
pub fn kill_at(scenario: &Scenario, point: &Point) -> Result<Reached, String> {
    let run = Run::new(scenario);
    let n = point.n.to_string();
    let ended = run.end(tampered(&run.trade(), &point.call, "signal=KILL", &n, &run.path("calls")));
    let reached = match (ended.code, ended.signal) {
        (_, Some(KILL)) => Reached::Killed,
        (Some(0), _) => Reached::Over,
        _ => return Err(format!("it was not killed, but ended with {:?}:\n{}", ended.code, ended.stderr)),
    };
    recovers(&run, &ended)?;
    Ok(reached)
}

/// What must be true from here on, whatever `ended` the host before.
pub fn recovers(run: &Run<'_>, ended: &Ended) -> Result<(), String> {
    let before = books(run, "right-after")?;
    right_after(before.as_ref(), &run.ledger(), &ended.stderr)?;
    let after = go_on(run, "end")?;
    if let Some(before) = &before {
        nothing_lost(before, &after)?;
    }
    let venue = run.ledger();
    same_books(&after, &venue)?;
    let again = go_on(run, "again")?;
    nothing_done(&after, &again)?;
    if run.ledger().text != venue.text {
        return Err("a second start did something at the venue".to_owned());
    }
    run.replay()
}

/// Runs the host to the end of the scenario.
fn go_on(run: &Run<'_>, copy: &str) -> Result<Books, String> {
    let ended = run.end(run.trade());
    if ended.code != Some(0) {
        return Err(format!("the restart ended with {:?}:\n{}", ended.code, ended.stderr));
    }
    books(run, copy)?.ok_or_else(|| "there is no journal".to_owned())
}

fn books(run: &Run<'_>, copy: &str) -> Result<Option<Books>, String> {
    Books::read(&run.copy(copy))
}
