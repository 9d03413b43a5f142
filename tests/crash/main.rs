//! `kill -9` at each system call by which a live host writes to the disk or talks to the venue.
//!
//! A reference run is watched once with `strace`, which counts its system calls. Then the same run is killed at one of them,
//! restarted against the exchange, which has lived on, and run to its end. What must never happen: an acknowledged row is lost,
//! an order is at the venue that the disk does not know, or twice, host and venue disagree on an order, a fill, a position or a
//! cent, a replay differs, or a second start does anything at all.
//!
//! CI takes a sample. All points:
//!
//! ```text
//! cargo test -p host --test crash -- --ignored all_points --nocapture
//! ```
//!
//! A failing point prints the command that repeats it. The host has several threads, so the n-th call of a run is not to the
//! letter that of another one; a run that ends before it comes to its point is checked all the same, and counted.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set itself up has failed")]

mod books;
mod check;
mod crash;
#[path = "../cli/environment.rs"]
#[expect(dead_code, reason = "shared with tests that use more of it")]
mod environment;
#[path = "../end_to_end/fixture.rs"]
#[expect(dead_code, reason = "shared with tests that use more of it")]
mod fixture;
mod ledger;
mod point;
#[path = "../exchange/process.rs"]
#[expect(dead_code, reason = "shared with tests that use more of it")]
mod process;
mod scenario;
mod strace;
mod sweep;

use std::time::{SystemTime, UNIX_EPOCH};

use crash::{Reached, kill_at, watch};
use point::{Point, Points};
use scenario::Scenario;
use sweep::sweep;

fn kill_at_each(scenario: &Scenario, points: &[Point]) {
    sweep(points, |point| kill_at(scenario, point).map(|reached| reached == Reached::Killed));
}

/// What points are drawn with: another sample each time, unless `CRASH_SEED` says which.
fn seed() -> u64 {
    let given = std::env::var("CRASH_SEED").ok().map(|seed| seed.parse().expect("CRASH_SEED is a number"));
    let seed = given.unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |age| age.as_secs()));
    eprintln!("CRASH_SEED={seed}");
    seed
}

#[test]
fn a_sample_of_points() {
    strace::install();
    let scenario = Scenario::new();
    let points = watch(&scenario);
    assert!(points.all.len() >= 500, "{} points are too few", points.all.len());
    let mut sample = points.around_the_first_order().to_vec();
    sample.extend(Points::spread(&points.all, 40, seed()));
    kill_at_each(&scenario, &sample);
}

#[test]
#[ignore = "takes most of an hour"]
fn all_points() {
    strace::install();
    let scenario = Scenario::new();
    kill_at_each(&scenario, &watch(&scenario).all);
}

#[test]
#[ignore = "repeats the point CRASH_POINT, such as fsync:12"]
fn one_point() {
    let Ok(point) = std::env::var("CRASH_POINT") else { return };
    strace::install();
    kill_at_each(&Scenario::new(), &[point.parse().expect("a point")]);
}
