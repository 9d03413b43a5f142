//! A kill or a failed call, step by step: the run up to it, the state right after it, the restart, and a second
//! restart.

use std::fs;
use std::time::{Duration, Instant};

use crate::books::Books;
use crate::check::{nothing_done, nothing_lost, right_after, same_books};
use crate::moments::Moments;
use crate::point::{Plan, Point, Points};
use crate::scenario::{Ended, Run, Scenario};
use crate::strace::{CALLS, calls, tampered, watched};

/// SIGKILL.
const KILL: i32 = 9;

/// Tells if a run came to its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reached {
    /// It did.
    There,
    /// It ended before: it was a little shorter than the watched run.
    Over,
}

/// Completes a run without kills and failures.
pub fn undisturbed(scenario: &Scenario) -> Run<'_> {
    let run = Run::new(scenario);
    let ended = run.end(run.trade());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    run
}

/// Watches a whole run, and asserts that it does everything in which others are to be killed. Returns its system calls.
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
    assert!(!venue.settlements.is_empty() && !venue.positions.is_empty(), "{venue:#?}");
    assert!(
        run.path(scenario.account()).join("tape/quotes/2026-01-06.parquet").exists(),
        "no day of the recording is finished"
    );
    Points::of(&fs::read_to_string(log).expect("a log"))
}

/// Kills a run, or fails a call of it, as `plan` says, as well as its restarts; then checks everything that follows.
pub fn try_at(scenario: &Scenario, plan: &Plan) -> Result<Reached, String> {
    let run = Run::new(scenario);
    let (mut reached, mut before) = (Reached::There, Vec::new());
    for (start, point) in plan.0.iter().enumerate() {
        let (so_far, ended) = tamper(&run, point)?;
        reached = if so_far == Reached::Over { Reached::Over } else { reached };
        let found = books(&run, &format!("start-{start}"))?;
        right_after(found.as_ref(), &run.ledger(), &ended.stderr)?;
        before.extend(found);
    }
    recovers(&run, &before)?;
    Ok(reached)
}

/// Completes a run in which only the call at `point` fails; returns the final states of orders whose outcome was
/// unknown once.
pub fn unknown_orders(scenario: &Scenario, point: &Point) -> Result<Vec<String>, String> {
    let run = Run::new(scenario);
    tamper(&run, point)?;
    let books = books(&run, "end")?.ok_or("there is no journal")?;
    same_books(&books, &run.ledger())?;
    let unknown = books.orders.into_values().filter(|order| order.unknown_since.is_some());
    Ok(unknown.map(|order| order.state).collect())
}

/// Runs the host to its end, with a kill or failure at `point`.
fn tamper(run: &Run<'_>, point: &Point) -> Result<(Reached, Ended), String> {
    let log = run.path("calls");
    let how = point.error.as_ref().map_or("signal=KILL".to_owned(), |error| format!("error={error}"));
    let ended = run.end(tampered(&run.trade(), &point.call, &how, &point.n, &log));
    let reached = match point.error {
        Some(_) => failed(&ended, &fs::read_to_string(log).expect("a log"))?,
        None => killed(&ended)?,
    };
    Ok((reached, ended))
}

/// Returns the time that an undisturbed run takes.
pub fn time_of(scenario: &Scenario) -> Duration {
    let begun = Instant::now();
    drop(undisturbed(scenario));
    begun.elapsed()
}

/// Kills a run and its restarts at `moments`; then checks everything that follows.
pub fn kill_at(scenario: &Scenario, moments: &Moments) -> Result<(), String> {
    let (run, mut before) = (Run::new(scenario), Vec::new());
    for (start, life) in moments.0.iter().enumerate() {
        let ended = run.end_within(run.trade(), *life);
        killed(&ended)?;
        let found = books(&run, &format!("start-{start}"))?;
        right_after(found.as_ref(), &run.ledger(), &ended.stderr)?;
        before.extend(found);
    }
    recovers(&run, &before)
}

/// Returns the number of waits for the disk between each poll and the first order that follows from it.
pub fn waits_of_first_orders(scenario: &Scenario) -> Vec<usize> {
    let run = Run::new(scenario);
    let log = run.path("calls");
    assert_eq!(run.end(watched(&run.trade(), &CALLS, &log)).code, Some(0));
    // Counted from the last bytes that the venue sent: those of a poll come right before its orders.
    let (mut waits, mut since_poll, mut polled) = (Vec::new(), 0, false);
    for call in calls(&fs::read_to_string(log).expect("a log")) {
        match call.name {
            "writev" if call.line.contains("GET /trade-api/v2/markets?") => polled = true,
            "recvfrom" => since_poll = 0,
            "fsync" | "fdatasync" => since_poll += 1,
            "writev" if polled && call.line.contains("POST /trade-api/v2/portfolio/events/orders") => {
                waits.push(since_poll);
                polled = false;
            }
            _ => {}
        }
    }
    waits
}

fn killed(ended: &Ended) -> Result<Reached, String> {
    match (ended.code, ended.signal) {
        (_, Some(KILL)) => Ok(Reached::There),
        (Some(0), _) => Ok(Reached::Over),
        _ => Err(format!("it was not killed, but ended with {:?}:\n{}", ended.code, ended.stderr)),
    }
}

/// Checks the end of a run in which a call failed. A file that cannot be written must stop the host, unless its
/// content is safe in another file; a connection that breaks must stop it only while it starts.
fn failed(ended: &Ended, log: &str) -> Result<Reached, String> {
    let Some(call) = calls(log).find(|call| call.line.contains("(INJECTED)")) else { return Ok(Reached::Over) };
    let is_venue = ["connect", "writev", "recvfrom"].contains(&call.name);
    // Committed rows stay in the write-ahead log until they are copied to the journal, and a copy that failed is
    // repeated: in this run, or at the next start if it was the last thing that the host did. SQLite ignores that a
    // folder cannot be synchronised, which matters only if power fails within seconds after a file is made.
    let behind = calls(log).skip_while(|other| other.line != call.line).skip(1);
    let is_last = behind.filter(|call| call.line.contains("/account.journal-wal>")).count() == 0;
    let is_copied_again = call.line.contains("/account.journal>") || is_last;
    let is_harmless = is_copied_again || call.line.contains("/kalshi-alex>");
    let explained = ended.stderr.contains("\nerror: ") || ended.stderr.starts_with("error: ");
    let good = match ended.code {
        Some(0) => is_venue || is_harmless,
        Some(1) => !is_venue && explained,
        Some(3) => is_venue && explained && !ended.stderr.contains(" trading "),
        _ => false,
    };
    match good && !ended.stderr.contains("panicked") {
        true => Ok(Reached::There),
        false => Err(format!("after {} it ended with {:?}:\n{}", call.line, ended.code, ended.stderr)),
    }
}

/// Checks the restart and a second restart, whatever happened before. `before` holds the books after each end of the
/// host.
fn recovers(run: &Run<'_>, before: &[Books]) -> Result<(), String> {
    let after = go_on(run, "end")?;
    before.iter().try_for_each(|before| nothing_lost(before, &after))?;
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

/// Reads the books of a run from a copy of its folder that is named `copy`.
pub fn books(run: &Run<'_>, copy: &str) -> Result<Option<Books>, String> {
    Books::read(&run.copy(copy))
}
