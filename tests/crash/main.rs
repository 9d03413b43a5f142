//! `kill -9` at each system call by which a live host writes to the disk or talks to the venue.
//!
//! A reference run is watched once with `strace`, which counts its system calls. Then the same run is killed at one
//! of them, restarted against the exchange, which has kept running, and continued to its end. It must never happen
//! that an acknowledged row is lost, that the venue has an order twice or one that the disk does not know, that host
//! and venue disagree on an order, a fill, a position or a cent, that a replay differs, or that a second start does
//! anything at all.
//!
//! Besides kills, calls fail: a disk that is full or broken, a connection that breaks. CI takes a sample. All points:
//!
//! ```text
//! cargo test -p host --test crash -- --ignored all_points --nocapture
//! cargo test -p host --test crash -- --ignored all_failures --nocapture
//! ```
//!
//! `random_kills` kills by the clock instead, `CRASH_ROUNDS` times.
//!
//! A failing point prints the command that repeats it. Because the host has several threads, the n-th call of one run
//! is not exactly that of another one. A run that ends before its point is checked all the same, and counted.

#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot set itself up has failed")]

mod books;
mod check;
mod crash;
mod doctored;
mod ledger;
mod moments;
mod paper_ledger;
mod point;
mod scenario;
mod strace;
#[path = "../support/mod.rs"]
mod support;
mod sweep;

use crash::{Reached, try_at, unknown_orders, watch};
use moments::Moments;
use point::{Plan, Point, Points};
use scenario::Scenario;
use sweep::sweep;

/// Tries all `plans` on all processors.
fn try_each(scenario: &Scenario, plans: &[Plan]) {
    sweep(plans, |plan| try_at(scenario, plan).map(|reached| reached == Reached::There));
}

/// The seed that points are drawn with. It draws the same places among the points of the watched run each time, unless
/// `CRASH_SEED` is set.
fn seed() -> u64 {
    let seed = std::env::var("CRASH_SEED").map_or(1, |seed| seed.parse().expect("CRASH_SEED is a number"));
    eprintln!("CRASH_SEED={seed}");
    seed
}

/// Calls that can fail, with the error and the number of points in CI: calls to the disk first, then those to the
/// venue.
const FAILURES: [(&str, &str, usize); 5] = [
    ("fsync", "EIO", 10),
    ("pwrite64", "ENOSPC", 12),
    ("writev", "ECONNRESET", 8),
    ("recvfrom", "ECONNRESET", 12),
    ("connect", "ECONNREFUSED", 3),
];

/// Points at which calls fail; `draw` chooses that many of a call's points.
fn failures(points: &Points, draw: impl Fn(&[Point], usize) -> Vec<Point>) -> Vec<Point> {
    let of = |(call, error, count): (&str, &str, usize)| {
        let once = draw(&points.of_call(call), count).into_iter().map(|point| point.failing(error));
        once.collect::<Vec<Point>>()
    };
    let full = |point: Point| point.failing("ENOSPC");
    let for_ever = draw(&points.of_call("pwrite64"), 6).into_iter().map(|point| full(point).for_ever());
    let switch = points.of_the_switch().iter().cloned().map(full);
    FAILURES.into_iter().flat_map(of).chain(for_ever).chain(switch).collect()
}

/// Plans in which a run is killed, and its restart is killed too, soon after its start.
fn twice(points: &Points, count: usize, seed: u64) -> Vec<Plan> {
    let (first, second) = (Points::spread(&points.all, count, seed), points.of_call("fsync"));
    let second = Points::spread(&second[2..second.len() / 4], count, !seed);
    first.into_iter().zip(second).map(|(first, second)| Plan(vec![first, second])).collect()
}

#[test]
fn a_sample_of_points() {
    strace::install();
    let (scenario, seed) = (Scenario::new(), seed());
    let points = watch(&scenario);
    assert!(points.all.len() >= 500, "{} points are too few", points.all.len());
    let mut sample = points.around_the_first_order().to_vec();
    sample.extend(Points::spread(&points.all, 40, seed));
    sample.extend(failures(&points, |points, count| Points::spread(points, count, seed)));
    let mut plans: Vec<Plan> = sample.into_iter().map(Plan::from).collect();
    plans.extend(twice(&points, 20, seed));
    try_each(&scenario, &plans);
}

/// The host on paper, whose venue dies with it: at calls of all kinds, and at those that write the ledger.
#[test]
fn a_sample_of_points_on_paper() {
    strace::install();
    let (scenario, seed) = (Scenario::on_paper(), seed());
    let points = watch(&scenario);
    assert!(points.all.len() >= 500, "{} points are too few", points.all.len());
    let mut plans: Vec<Plan> = Points::spread(&points.all, 10, seed).into_iter().map(Plan::from).collect();
    plans.extend(Points::spread(&points.of_call("fdatasync"), 6, seed).into_iter().map(Plan::from));
    plans.extend(twice(&points, 2, seed));
    try_each(&scenario, &plans);
}

#[test]
#[ignore = "takes ten minutes"]
fn all_points_on_paper() {
    strace::install();
    let scenario = Scenario::on_paper();
    let plans: Vec<Plan> = watch(&scenario).all.into_iter().map(Plan::from).collect();
    try_each(&scenario, &plans);
}

#[test]
fn an_order_waits_for_the_disk_once() {
    strace::install();
    let mut waits = crash::waits_of_first_orders(&Scenario::new());
    waits.sort_unstable();
    assert!(waits.len() >= 5, "only {} polls led to orders", waits.len());
    // Not all: a fill that came just before a poll is written down first.
    assert_eq!(waits[waits.len() / 2], 1, "waits for the disk between polls and their orders: {waits:?}");
}

#[test]
fn an_order_without_a_response_is_looked_up() {
    strace::install();
    let scenario = Scenario::new();
    let points = watch(&scenario);
    // Calls that carry orders differ from run to run, so points are tried in turn until one hits an order.
    let check = |call: &str, is_expected: fn(&str) -> bool| {
        let mut seen = Vec::new();
        let of_call = points.since_the_first_order().iter().filter(|point| point.call == call);
        let found = of_call.cloned().map(|point| point.failing("ECONNRESET")).any(|point| {
            let ends = unknown_orders(&scenario, &point).expect(call);
            let found = ends.iter().any(|end| is_expected(end));
            seen.extend(ends);
            found
        });
        assert!(found, "no {call} is that of an order: {seen:?}");
    };
    // If the response is lost, the venue has the order; if the request is lost, it never had it.
    check("recvfrom", |end| end != "not_placed");
    check("writev", |end| end == "not_placed");
}

#[test]
#[ignore = "takes ten minutes"]
fn all_points() {
    strace::install();
    let scenario = Scenario::new();
    let plans: Vec<Plan> = watch(&scenario).all.into_iter().map(Plan::from).collect();
    try_each(&scenario, &plans);
}

#[test]
fn random_kills() {
    let (scenario, seed) = (Scenario::new(), seed());
    let rounds = std::env::var("CRASH_ROUNDS").map_or(200, |rounds| rounds.parse().expect("CRASH_ROUNDS is a number"));
    let whole = crash::time_of(&scenario);
    let rounds: Vec<Moments> = (0..rounds).map(|round| Moments::draw(seed.wrapping_add(round), whole)).collect();
    sweep(&rounds, |moments| crash::kill_at(&scenario, moments).map(|()| true));
}

#[test]
#[ignore = "takes a quarter of an hour"]
fn all_failures() {
    strace::install();
    let scenario = Scenario::new();
    let plans = failures(&watch(&scenario), |points, _| points.to_vec());
    try_each(&scenario, &plans.into_iter().map(Plan::from).collect::<Vec<_>>());
}

#[test]
#[ignore = "repeats the point CRASH_POINT, such as fsync:12"]
fn one_point() {
    let Ok(plan) = std::env::var("CRASH_POINT") else { return };
    strace::install();
    try_each(&Scenario::new(), &[plan.parse().expect("a point")]);
}
