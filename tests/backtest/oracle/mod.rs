//! A second implementation of the back test: small, literal and slow, written from the documentation, without the
//! host's engine, risk manager, portfolio and fill models. On tapes of random walks, under random settings, both agree
//! in every figure.
//!
//! `PROPTEST_RNG_SEED=N`, as for property tests, tries the tapes of seed N; a failure prints it, and the first poll at
//! which the two part.

mod account;
mod average;
mod chance;
mod checks;
mod draws;
mod exchange;
mod exposure;
mod figures;
mod grid;
mod intents;
mod marks;
mod model;
mod settings;
mod tape;
mod words;

use std::collections::BTreeSet;

use self::draws::Draws;
use self::figures::{Figures, differences, of_model, of_report};
use self::model::Model;
use self::settings::{Fees, FillModel, Settings};
use self::tape::Tape;
use crate::support::environment::Environment;
use crate::support::strategies::{environment, scripted};
use crate::support::tapes;

/// Tapes for each kind of settings.
const TAPES: u64 = 12;

/// Returns the seed of the tests: the same every time, unless the environment names another.
fn seed() -> u64 {
    std::env::var("PROPTEST_RNG_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1)
}

/// Runs the host over `tape`, up to `end`.
fn host(settings: &Settings, environment: &Environment, poll: Option<i128>, end: Option<i128>) -> Figures {
    let strategies = settings.slots.iter().map(|slot| format!("--strategy {slot}={} ", scripted()));
    let channels = settings.slots.iter().zip(1..).map(|(slot, channel)| format!("--param {slot}.channel={channel} "));
    let until = end.map(|end| format!("--until {}", time_text(end))).unwrap_or_default();
    let args: String = strategies.chain(channels).collect();
    let poll = poll.map(|poll| format!("--poll {}s", poll / words::SECOND)).unwrap_or_default();
    let json = environment.run(&format!("backtest {args} --tape tape --format json {until} {poll}")).success();
    of_report(&tapes::figures(&json))
}

/// Writes a time for the command line.
fn time_text(time: i128) -> String {
    host_core::Timestamp(time as i64).to_string()
}

/// Compares the two on one tape, and tells the first poll after which they differ.
fn compare(name: &str, settings: &Settings, tape: &Tape) {
    let environment = environment();
    environment.write("quotes.csv", tape.csv());
    environment.write("facts.csv", tape.facts());
    environment.write("host.toml", settings.toml());
    let columns = "time=time,market=market,bid=bid,ask=ask,bid_size=bid_size,ask_size=ask_size,last=last,volume=volume";
    let import = format!("data import quotes.csv --out tape --markets facts.csv --columns {columns}");
    environment.run(&import).success();
    let differ = |end: Option<i128>| {
        let part = end.map(|end| tape.until(end));
        let second = Model::run(settings, part.as_ref().unwrap_or(tape));
        let differences = differences(&host(settings, &environment, tape.poll, end), &of_model(&second));
        (differences, second.log)
    };
    let (mut found, mut log) = differ(None);
    if found.is_empty() {
        return;
    }
    let mut times: Vec<i128> = tape.rows.iter().map(|row| row.time).collect();
    times.dedup();
    // The shortest part of the tape on which they differ.
    let (mut good, mut bad) = (0, times.len());
    while bad - good > 1 {
        let middle = good.midpoint(bad);
        match differ(Some(times[middle] + words::SECOND)) {
            (differences, _) if differences.is_empty() => good = middle,
            (differences, said) => (found, log, bad) = (differences, said, middle),
        }
    }
    let last = log.len().saturating_sub(40);
    panic!(
        "{name}: they differ from poll {bad} on:\n{}\n\nThe second implementation did last:\n{}\n\n{settings:#?}",
        found.join("\n"),
        log[last..].join("\n"),
    );
}

/// Compares the two on tapes drawn from the seed, under settings that `change` draws. Returns the number of fills, and
/// the codes of all refusals.
fn agree(kind: &str, slots: &[&'static str], change: impl Fn(&mut Settings, &mut Draws)) -> (u64, BTreeSet<String>) {
    let (seed, mut fills, mut codes) = (seed(), 0, BTreeSet::new());
    for number in 0..TAPES {
        let mut draws = Draws::new(seed.wrapping_mul(1_000).wrapping_add(number));
        let mut settings = Settings { slots: slots.to_vec(), ..Settings::plain() };
        change(&mut settings, &mut draws);
        let tape = Tape::draw(&mut draws, 7, 240, slots.len() as i128, settings.poll);
        compare(&format!("{kind}, PROPTEST_RNG_SEED={seed}, tape {number}"), &settings, &tape);
        let counts = Model::run(&settings, &tape).counts;
        fills += counts.fills;
        codes.extend(counts.refusals.into_keys());
    }
    assert!(fills > 100, "{kind}: only {fills} fills");
    (fills, codes)
}

/// Draws policies, limits and fees.
fn draw_all(settings: &mut Settings, draws: &mut Draws) {
    settings.draw_policy(draws);
    settings.draw_limits(draws);
    settings.fees = draws.pick(&[Fees(None), Fees(Some((700, 0))), Fees(Some((700, 175)))]);
}

#[test]
fn both_agree_on_instant_fills_without_fees_and_limits() {
    let (fills, _) = agree("plain", &["one"], |_, _| {});
    assert!(fills > 1_000, "{fills}");
}

#[test]
fn both_agree_on_prices_sizes_times_and_fees() {
    agree("policy", &["one"], |settings, draws| {
        settings.draw_policy(draws);
        settings.fees = draws.pick(&[Fees(None), Fees(Some((700, 0))), Fees(Some((700, 175)))]);
    });
}

#[test]
fn both_agree_on_limits_that_bind() {
    let (_, codes) = agree("limits", &["one"], draw_all);
    assert!(codes.len() > 12, "{codes:?}");
}

#[test]
fn both_agree_on_fills_by_touch() {
    agree("touch", &["one"], |settings, draws| {
        draw_all(settings, draws);
        settings.fill_model = FillModel::Touch;
    });
}

#[test]
fn both_agree_on_rows_between_polls() {
    agree("rows between polls", &["one"], |settings, draws| {
        draw_all(settings, draws);
        settings.poll = draws.pick(&[Some(30), Some(60), Some(45)]).map(|seconds| seconds * words::SECOND);
        settings.fill_model = draws.pick(&[FillModel::Instant, FillModel::Touch, FillModel::Coin]);
    });
}

#[test]
fn both_agree_on_fills_by_chance() {
    agree("chance", &["one"], |settings, draws| {
        draw_all(settings, draws);
        settings.fill_model = FillModel::Coin;
        settings.seed = draws.between(0, 1_000) as u64;
    });
}

#[test]
fn both_agree_on_two_strategies_that_share_an_account() {
    agree("two strategies", &["one", "two"], |settings, draws| {
        draw_all(settings, draws);
        settings.fill_model = draws.pick(&[FillModel::Instant, FillModel::Touch, FillModel::Coin]);
    });
}
