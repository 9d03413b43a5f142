//! Thousands of markets: listing one fills nothing, and a start with more than a strategy's memory holds is refused
//! with both numbers.

use std::path::Path;

use host_core::strategy::Batch;
use host_core::{Decisions, Market, MarketId, Price, Quote, Quotes, Span, Strategy, Ticks, Timestamp};
use host_sandbox::{Sandbox, SandboxLimits, SandboxedStrategy, Settings, memory_use};

use crate::support::environment::Environment;
use crate::support::rig::{Rig, live};
use crate::support::strategies::{confirm, environment, mean_reversion, user_cache};
use crate::support::tapes::tape;

const LISTED: u32 = 10_000;
const OPEN: u32 = 3_000;

fn listing(id: u32) -> Market {
    Market {
        id: MarketId(id),
        ticker: format!("MANY-26DEC12-T{id:05}"),
        event: format!("MANY-26DEC12-{}", id / 4),
        series: "MANY".to_owned(),
        category: "Weather".to_owned(),
        title: format!("Will it be above {id}?"),
        ticks: Ticks::CENT,
        opens: None,
        closes: None,
        event_time: None,
    }
}

/// Shows a poll of the first `open` markets, and lists `markets` with it.
fn show(strategy: &mut SandboxedStrategy, markets: &[Market], open: u32, number: i64) -> u64 {
    let time = Timestamp::start_of_day(20_000) + Span::seconds(30) * number;
    let mut quotes = Quotes::default();
    for id in 0..open {
        let bid = Price(100 * (1 + (id as i32 + number as i32) % 90));
        let (market, ask) = (MarketId(id), Price(bid.0 + 200));
        let (bid_size, ask_size, last, volume) = (None, None, None, None);
        quotes.push(&Quote { market, time, bid: Some(bid), ask: Some(ask), bid_size, ask_size, last, volume });
    }
    let batch = Batch { markets, quotes: quotes.all(), positions: &[], fills: &[] };
    strategy.on_batch(&batch, &mut Decisions::default()).expect("an answer");
    strategy.usage().memory_bytes as u64
}

#[test]
fn ten_thousand_listed_markets_fill_nothing_and_three_thousand_open_ones_what_was_measured() {
    let sandbox = Sandbox::new(SandboxLimits::default(), user_cache()).expect("a sandbox");
    let component = sandbox.load(Path::new(mean_reversion())).expect("a component");
    let settings = Settings { parameters: Vec::new(), poll_interval: Span::seconds(30) };
    let memory = memory_use(&component, &settings).expect("it is measured");
    assert!(memory.markets_within(&SandboxLimits::default()) >= 5_000, "{memory:?}");
    let mut strategy = component.start(&settings).expect("it starts");
    let before = show(&mut strategy, &[], 1, 0);
    let markets: Vec<Market> = (0..LISTED).map(listing).collect();
    let listings = markets.chunks(500).map(|markets| show(&mut strategy, markets, 1, 1));
    let listed = listings.max().expect("a listing") - before;
    // A listing costs its schedule, never a window.
    assert!(listed < u64::from(LISTED) * 1_000, "{listed} bytes");
    assert!(listed <= u64::from(LISTED) * memory.listed_bytes * 2, "{listed} of {memory:?}");
    // Memory that the listing needed for a moment serves the windows of those that are open.
    let polls = 128;
    let open = (2..polls).map(|number| show(&mut strategy, &[], OPEN, number)).max().expect("a poll") - before;
    let measured = u64::from(LISTED) * memory.listed_bytes + u64::from(OPEN) * memory.market_bytes(polls as u64);
    assert!(open <= measured * 11 / 10, "{open} of {memory:?}");
}

/// Parameters of mean reversion that fit a poll each second.
const QUICK: &str = "--param mean-reversion.min_history_hours=0.5 --param mean-reversion.ema_span_hours=1";

/// Returns the limit that a refusal proposes.
fn proposed(refusal: &str) -> u64 {
    let (_, rest) = refusal.split_once("sandbox.memory_bytes=").expect("a proposal");
    rest.split_once('`').and_then(|(number, _)| number.parse().ok()).expect("a number")
}

/// Runs `args` with a little memory, which is refused, and then with the memory that the refusal proposes.
#[track_caller]
fn check(environment: &Environment, args: &str) {
    let run = |bytes: u64| environment.run(&format!("{args} --set sandbox.memory_bytes={bytes}"));
    let refusal = run(1_600_000).failure(1);
    for words in ["too many markets for `mean-reversion`", "at a time need about", "is enough for", "venue.series"] {
        assert!(refusal.contains(words), "`{words}` is not in:\n{refusal}");
    }
    let enough = proposed(&refusal);
    assert!((1_600_000..16_000_000).contains(&enough), "{refusal}");
    run(enough).success();
}

#[test]
fn a_back_test_with_too_many_markets_is_refused_before_it_begins_and_runs_with_what_is_proposed() {
    let tape = tape();
    check(&environment(), &format!("backtest --strategy {} --tape {}", mean_reversion(), tape.path()));
}

#[test]
fn a_paper_run_likewise_and_it_leaves_no_journal() {
    let environment = environment();
    let args = "--for 1d --markets 30 --set feed.poll=10m --journal kept";
    let refused = format!("run --strategy {} {args} --set sandbox.memory_bytes=1600000", mean_reversion());
    environment.run(&refused).failure(1);
    assert!(!environment.path("kept").exists());
    check(&environment, &format!("run --strategy {} {args}", mean_reversion()));
}

#[test]
fn a_live_start_likewise_and_it_sends_no_order() {
    let rig = Rig::new("--markets 40");
    confirm(&rig.environment, mean_reversion());
    let args =
        format!("{} --strategy {} --for 20s --set sandbox.memory_bytes=1600000 {QUICK}", live(), mean_reversion());
    let outcome = rig.environment.run(&args);
    assert_eq!(outcome.code, Some(1), "{outcome}");
    for words in ["too many markets for `", "sandbox.memory_bytes=", "name series in venue.series"] {
        assert!(outcome.stderr.contains(words), "`{words}` is not in:\n{outcome}");
    }
    assert_eq!(rig.orders().len(), 0, "{outcome}");
}

#[test]
fn check_prints_the_memory_per_market_and_the_number_that_fits() {
    let args = format!("check {} --days 1 --poll 1m", mean_reversion());
    let table = environment().run(&args).success();
    let line = table.lines().find(|line| line.starts_with("memory per market ")).expect("the line");
    assert!(line.contains("full after") && line.ends_with(" markets"), "{table}");
    let json = environment().run(&format!("{args} --format json")).success();
    let report: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert!(report["markets_within_memory"].as_u64() >= Some(5_000), "{json}");
    assert!(report["memory"]["grows"] == false && report["memory"]["listed_bytes"].as_u64() < Some(1_000), "{json}");
}
