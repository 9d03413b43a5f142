//! Measures a whole back test, from tape to figures, with the mean-reversion strategy in the sandbox and compiled into
//! the host.
//!
//! Both run in turn in one process, so that their ratio holds on a noisy machine:
//!
//! ```text
//! cargo bench -p host --bench pipeline
//! ```

#![allow(clippy::expect_used, missing_docs, reason = "a benchmark stops at the first failure")]

mod native;

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use host_core::engine::Engine;
use host_core::pricing::OrderPolicy;
use host_core::risk::{RiskLimits, RiskManager};
use host_core::{Quotes, Span, Strategy, Timestamp, Usd};
use host_report::{Recorder, RecorderSettings};
use host_sandbox::trust::{FolderTrust, HostWorkspace};
use host_sandbox::{BuildOptions, Cache, Compiler, Sandbox, SandboxLimits, UserEnvironment, build};
use host_session::feed::Feed;
use host_session::session::Session;
use host_sim::fill::{ExchangeSettings, SimulatedExchange};
use host_sim::generator::{Generator, GeneratorSettings};
use host_store::tape::{Listing, SourceKind, Tape, TapeSource, TapeWriter};
use mean_reversion::MeanReversion;
use native::Native;

const POLL: Span = Span::seconds(30);
const DAYS: i64 = 20;
const ROUNDS: usize = 9;

/// Writes a tape of the default synthetic markets: 45 of them, a row every 30 s each.
fn tape(folder: &Path) -> Tape {
    let start = Timestamp::start_of_day(20_000);
    let settings = GeneratorSettings { span: Span::days(DAYS), poll: POLL, ..GeneratorSettings::new(start, 0) };
    let mut generator = Generator::new(settings);
    let mut writer = TapeWriter::create(folder.join("tape")).expect("a folder of our own can be written to");
    let mut quotes = Quotes::default();
    while generator.next_batch(&mut quotes) {
        writer.append(quotes.all()).expect("the disk has room");
    }
    let listing = Listing {
        markets: generator.markets().to_vec(),
        settlements: generator.settlements().to_vec(),
        source: TapeSource::new(SourceKind::Synthetic, generator.description()),
        poll: Some(POLL),
        inferred_ticks: 0,
    };
    writer.finish(listing).expect("the disk has room")
}

/// Runs `strategy` over `tape` with the risk manager and fills, and returns the time taken and the updates seen.
fn run(tape: &Tape, strategy: Box<dyn Strategy>) -> (Duration, u64) {
    let capital = Usd::dollars(2_000);
    let risk = RiskManager::new(RiskLimits::default()).expect("defaults are valid");
    let mut engine = Engine::new(OrderPolicy::default(), risk, capital, Timestamp(i64::MIN));
    engine.add_strategy("mean-reversion", strategy);
    let mut feed = Feed::tape(tape, tape.reader(), None).expect("no poll interval cannot be invalid");
    let window = feed.whole().expect("the tape has rows");
    let recorder = Recorder::new(RecorderSettings { start_equity: capital, window });
    let mut session = Session::new(engine, SimulatedExchange::new(ExchangeSettings::default()), recorder, &feed);
    let started = Instant::now();
    while let Some(batch) = feed.next_batch().expect("the tape is whole") {
        let (mut row, mut shown, mut previewed) = (0, 0, 0);
        while row < batch.polled.len() {
            if row == previewed {
                previewed = session.preview(&batch, row);
            }
            (row, shown) = session.run_poll(&batch, row, shown);
        }
        session.close_batch(&batch, shown);
        black_box(session.take());
    }
    (started.elapsed(), session.engine().seen().1)
}

fn main() {
    // `cargo test` runs benches too, only to see that they work: one round is enough.
    let rounds = if std::env::args().any(|arg| arg == "--bench") { ROUNDS } else { 1 };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let tape = tape(folder.path());
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let environment = UserEnvironment::new(std::env::vars_os(), std::env::home_dir());
    let cache = Cache::of_user(&environment, Compiler::in_this_process());
    let own = HostWorkspace::at(&repository, std::env::current_exe().ok().as_deref());
    let trust = FolderTrust::of_user(&environment, own);
    let crate_folder = trust.judge(&repository.join("strategies/mean-reversion")).expect("the host's own");
    let built =
        build(&crate_folder, &BuildOptions::default(), &environment, &cache, &mut |_| {}).expect("the strategy builds");
    let sandbox = Sandbox::new(SandboxLimits::default(), cache).expect("the sandbox starts");
    let component = sandbox.load(&built.path).expect("the strategy loads");
    let settings = host_sandbox::Settings { parameters: Vec::new(), poll_interval: POLL };

    let mut ratios = Vec::new();
    let mut rates = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        let (native, updates) = run(&tape, Box::new(Native::<MeanReversion>::new(POLL)));
        let strategy = component.start(&settings).expect("the strategy starts");
        let (sandboxed, _) = run(&tape, Box::new(strategy));
        ratios.push(sandboxed.as_secs_f64() / native.as_secs_f64());
        rates[0].push(updates as f64 / native.as_secs_f64());
        rates[1].push(updates as f64 / sandboxed.as_secs_f64());
    }
    println!("{} updates a run, {rounds} rounds, median (lowest to highest)", tape.meta().rows);
    for (name, rates) in ["native", "sandboxed"].iter().zip(&mut rates) {
        let [low, middle, high] = spread(rates);
        println!("{name:>10}  {:.2} M updates/s ({:.2} to {:.2})", middle / 1e6, low / 1e6, high / 1e6);
    }
    let [low, middle, high] = spread(&mut ratios);
    println!("sandboxed / native  {middle:.3} ({low:.3} to {high:.3})");
}

/// Returns the lowest, median and highest value.
fn spread(values: &mut [f64]) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [values[0], values[values.len() / 2], values[values.len() - 1]]
}
