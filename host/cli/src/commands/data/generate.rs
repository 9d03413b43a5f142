//! `host data generate`: writes a tape of synthetic markets.

use std::path::PathBuf;

use host_core::{PublicTrades, Quotes, Span, Timestamp};
use host_sim::generator::{DEFAULT_OVERREACTION, Generator, GeneratorSettings};
use host_store::tape::{Listing, SourceKind, TapeSource, TapeWriter};

use crate::context::Context;
use crate::terminal::error::{Report, Result};
use crate::terminal::interrupt::{self, cut_short};
use crate::terminal::progress::Progress;
use crate::terminal::units;

/// The shortest poll interval: the generator would silently use it in place of a shorter one.
const SHORTEST_POLL: Span = Span::seconds(1);

/// Write a tape of synthetic markets, to try strategies without a recording
///
/// The markets are made up. They move like recorded ones: mostly quiet, with jumps, takers who know more than the
/// quotes, and a crowd that overreacts to news. The same options give the same tape, byte for byte.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  host data generate --out tape\n  \
                        host data generate --markets 45 --for 8mo --poll 30s --seed 7 --out tape")]
pub struct Args {
    /// Folder to write; must not exist yet
    #[arg(long, value_name = "TAPE")]
    out: PathBuf,

    /// Number of markets open at any time
    #[arg(long, value_name = "N", default_value_t = 45, value_parser = units::whole::<u32>(1..=100_000))]
    markets: u32,

    /// Length of the tape
    #[arg(long = "for", value_name = "SPAN", default_value = "8mo")]
    span: Span,

    /// Time from one poll to the next
    #[arg(long, value_name = "SPAN", default_value = "30s")]
    poll: Span,

    /// Seed of the synthetic markets
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = units::whole::<u64>(0..=u64::MAX))]
    seed: u64,

    /// Most by which the crowd overreacts, times the weight of news: the only edge there is; 0: a world without
    #[arg(long, value_name = "N", default_value_t = DEFAULT_OVERREACTION, value_parser = units::overreaction)]
    overreaction: f64,

    /// Start of the tape, UTC
    #[arg(long, value_name = "TIME", default_value = "2025-01-01", value_parser = units::parse_time)]
    start: Timestamp,
}

/// Runs `host data generate`.
///
/// # Errors
/// The spans leave no poll, the tape already exists, or it cannot be written.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    if args.poll < SHORTEST_POLL || args.span < args.poll {
        return Err(Report::usage(format!(
            "cannot generate {} of market data with a poll every {}",
            args.span, args.poll
        ))
        .hint("`--poll` must be at least 1s, and `--for` at least one poll"));
    }
    let settings = GeneratorSettings {
        markets: args.markets as usize,
        start: args.start,
        span: args.span,
        poll: args.poll,
        seed: args.seed,
        gaps: true,
        overreaction: args.overreaction,
    };
    let refused = |error| Report::user(format!("cannot write the tape {}", args.out.display())).because_of(&error);
    let stop = interrupt::listen()?;
    // Created before the generator runs, so that an existing path is refused before a minute's work.
    let mut writer = TapeWriter::create(&args.out).map_err(refused)?;
    let mut generator = Generator::new(settings);
    let rows = u64::from(args.markets) * (args.span.0 / args.poll.0).unsigned_abs();
    let progress = Progress::bar(&context.ui, "generating", rows, "rows");
    let (mut quotes, mut trades) = (Quotes::default(), PublicTrades::default());
    while generator.next_batch_with_trades(&mut quotes, &mut trades) {
        if let Some(signal) = stop.requested() {
            return Err(cut_short(signal, "no tape was written").hint("a shorter `--for` finishes sooner"));
        }
        writer.append(quotes.all()).map_err(refused)?;
        writer.append_trades(&trades).map_err(refused)?;
        progress.advance_to(writer.rows());
    }
    drop(progress);
    let listing = Listing {
        markets: generator.markets().to_vec(),
        settlements: generator.settlements().to_vec(),
        source: TapeSource { kind: SourceKind::Synthetic, description: generator.description() },
        poll: Some(args.poll),
        inferred_ticks: 0,
    };
    let tape = writer.finish(listing).map_err(refused)?;
    let (rows, markets) = (units::grouped(tape.meta().rows), tape.markets().len());
    context.ui.say(&format!("wrote {}: {rows} rows of {markets} synthetic markets", args.out.display()));
    Ok(())
}
