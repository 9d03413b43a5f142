//! The cost of a simulated day, early and late: none may grow with history.

use super::*;

/// Length of the run, in days.
const DAYS: i64 = 300;

/// Returns the processor time of this thread, in nanoseconds.
fn processor_ns() -> u64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    told.split(' ').next().and_then(|first| first.parse().ok()).expect("a number")
}

/// Returns the memory that this process has resident, in megabytes.
fn resident_mb() -> u64 {
    let told = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let line = told.lines().find(|line| line.starts_with("VmRSS")).expect("a line");
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<u64>().ok()).expect("a number") / 1024
}

/// For people: `cargo test -p host-exchange --test server_market_source -- --ignored --nocapture a_day_of`.
#[test]
#[ignore = "a measurement of some minutes"]
fn a_day_of_300_costs_what_the_first_ones_cost() {
    let (mut venue, mut source) = (venue(), MarketSource::generator(settings(45, DAYS), ListingTerms::default()));
    for tenth in 0..DAYS / 10 {
        let began = processor_ns();
        let end = START + Span::days(10 * (tenth + 1));
        while venue.now() < end {
            let next = venue.now() + Span::minutes(2);
            source.advance(&mut venue, next);
            venue.take_updates();
        }
        let a_day_ms = (processor_ns() - began) / 10_000_000;
        println!("days {}-{}: {a_day_ms} ms a day, {} MB", 10 * tenth + 1, 10 * (tenth + 1), resident_mb());
    }
}
