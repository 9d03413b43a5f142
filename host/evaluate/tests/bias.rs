//! Bias checks of a component on a small tape: what is left of a check that is stopped, and that two are the same.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up has failed")]

use std::path::Path;

use host_core::pricing::OrderPolicy;
use host_core::risk::RiskLimits;
use host_core::{Market, Quotes, Span, Timestamp, Usd};
use host_evaluate::bias::{BiasProgress, BiasReport, check};
use host_report::{About, Money, Origin, RunKind};
use host_sandbox::{Cache, Sandbox, SandboxLimits, Settings};
use host_session::proof::seed::ProofSeed;
use host_session::schedule::Schedule;
use host_session::setup::{LoadedStrategy, Setup};
use host_session::{StopFlag, StopSignal};
use host_sim::fill::ExchangeSettings;
use host_store::tape::{Listing, SourceKind, Tape, TapeSource, TapeWriter};

/// Buys a market while its mid is below 0.40, and leaves it above 0.60. It sees its positions.
const RANGE_BUYER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/compat/strategy-1.0.0.wasm");

const POLL: Span = Span::seconds(30);

/// Writes a tape whose price falls and rises again and again.
fn tape(folder: &Path) -> Tape {
    let mut quotes = Quotes::default();
    for row in 0..400_i64 {
        let time = Timestamp(1_772_452_800_000_000_000 + POLL.0 * row);
        let cents = [38, 36, 34, 38, 44, 50, 56, 62, 64, 62, 56, 50, 44][row as usize / 2 % 13];
        quotes.push(&host_testkit::quote(0, time, cents * 100, (cents + 2) * 100));
    }
    let mut writer = TapeWriter::create(folder.join("tape")).unwrap();
    writer.append(quotes.all()).unwrap();
    let market = Market { category: "rates".to_owned(), ..host_testkit::market(0) };
    let source = TapeSource::new(SourceKind::Synthetic, "up and down");
    let (markets, settlements) = (vec![market], Vec::new());
    writer.finish(Listing { markets, settlements, source, poll: Some(POLL), inferred_ticks: 0 }).unwrap()
}

fn setup(folder: &Path) -> Setup {
    let sandbox = SandboxLimits::default();
    let loader = Sandbox::new(sandbox.clone(), Cache::at(folder.join("cache"))).unwrap();
    let (component, bytes) = loader.load_with_bytes(Path::new(RANGE_BUYER)).unwrap();
    let settings = Settings { parameters: Vec::new(), poll_interval: POLL };
    Setup {
        capital: Usd::dollars(2_000),
        execution: OrderPolicy::default(),
        limits: RiskLimits::default(),
        schedule: Schedule::default(),
        exchange: ExchangeSettings::default(),
        sandbox,
        poll_interval: POLL,
        config: String::new(),
        strategies: vec![LoadedStrategy { slot: component.manifest.name.clone(), component, bytes, settings }],
        proof: Some(ProofSeed::drawn()),
    }
}

fn about() -> About {
    About {
        kind: RunKind::Backtest,
        origin: Origin::Synthetic,
        data: "up and down".to_owned(),
        capital_target: Money(Usd::dollars(2_000)),
        capital_stage: 1.0,
        fill_model: "touch".to_owned(),
        flatters: None,
        fees: "none".to_owned(),
    }
}

/// Checks, and requests a stop as soon as `stop_at` is tried. Returns the variations that were tried too.
fn checked(stop_at: Option<&str>) -> (BiasReport, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let (tape, setup, stop, mut tried) = (tape(folder.path()), setup(folder.path()), StopFlag::default(), Vec::new());
    let mut watch = |at: BiasProgress<'_>| {
        assert!((0.0..=1.0).contains(&at.done), "{at:?}");
        if tried.last().is_none_or(|last| last != at.variation) {
            tried.push(at.variation.to_owned());
        }
        if stop_at.is_some_and(|wanted| at.variation.starts_with(wanted)) {
            stop.request(StopSignal::Interrupt);
        }
    };
    let report = check(&tape, &setup, &about(), &stop, &mut watch).unwrap();
    (report, tried)
}

#[test]
fn a_check_that_is_stopped_keeps_what_it_has_found_and_says_so() {
    let (whole, tried) = checked(None);
    let names: Vec<&str> = whole.findings.iter().map(|finding| finding.variation.as_str()).collect();
    assert_eq!((whole.complete, names), (true, tried.iter().map(String::as_str).collect()));
    let (part, _) = checked(Some("fees"));
    let fees = whole.findings.iter().position(|finding| finding.variation.starts_with("fees")).unwrap();
    assert_eq!((part.complete, part.findings.as_slice()), (false, &whole.findings[..fees]));
    assert!(fees > 1);
}

#[test]
fn decisions_that_depend_on_positions_differ_with_the_fills() {
    let (report, _) = checked(None);
    let figures = |name: &str| {
        let finding = report.findings.iter().find(|finding| finding.variation.starts_with(name)).unwrap();
        finding.figures.unwrap()
    };
    let (instant, tick) = (figures("fill model: instant"), figures("each fill one tick worse"));
    assert!(instant.differing_rows > 0 && instant.last_difference.is_some(), "{instant:?}");
    assert_eq!((instant.rows, tick.rows), (400, 400));
    // The same orders fill at the same rows, so positions are the same.
    assert_eq!((tick.differing_rows, tick.fills), (0, tick.varied_fills));
    // Each of the fills trades 50 contracts, half of the largest position.
    assert_eq!(tick.pnl_change, Money(Usd::dollars(0) - Usd::micros(500_000 * tick.fills as i64)));
    assert!(tick.fills > 10, "{tick:?}");
}
