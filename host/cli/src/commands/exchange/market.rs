//! The markets of the exchange: synthetic, or from a tape.

use std::path::{Path, PathBuf};

use host_core::fees::FeeModel;
use host_core::{Market, Span, Timestamp};
use host_exchange::server::market_source::{ListingTerms, MarketSource};
use host_sim::generator::{DEFAULT_OVERREACTION, GeneratorSettings};

use crate::commands::tape;
use crate::terminal::error::{Report, Result};
use crate::terminal::units;

/// Length for which synthetic markets are generated if no end is given.
const ENDLESS: Span = Span::days(3 * 365);

/// One market in this many that are made up trades in tenths of a cent near 0 and 1.
const SUB_PENNY_EVERY: u32 = 5;

#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Markets")]
pub struct MarketArgs {
    /// Take markets and quotes from a tape instead of generating them
    #[arg(long, value_name = "TAPE", conflicts_with_all = ["markets", "poll", "overreaction"])]
    tape: Option<PathBuf>,

    /// Number of synthetic markets open at any time
    #[arg(long, value_name = "N", default_value_t = 45, value_parser = units::whole::<u32>(1..=10_000))]
    markets: u32,

    /// Time between moves of the synthetic markets
    #[arg(long, value_name = "SPAN", default_value = "30s", value_parser = poll)]
    poll: Span,

    /// Seed of the synthetic markets, the identifiers and the depth of the books
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = units::whole::<u64>(0..=u64::MAX))]
    seed: u64,

    /// Most by which the crowd of synthetic markets overreacts, times the weight of news; 0: a world without an edge
    #[arg(long, value_name = "N", default_value_t = DEFAULT_OVERREACTION, value_parser = units::overreaction)]
    overreaction: f64,

    /// Initial time of the exchange's clock, UTC [default: now, or the start of the tape]
    #[arg(long, value_name = "TIME", value_parser = units::parse_time)]
    start: Option<Timestamp>,

    /// Time that the markets have traded for before the start, so that there is a history to download
    #[arg(long, value_name = "SPAN", default_value = "0s")]
    history: Span,

    /// Fee schedule: none, kalshi or kalshi_with_maker_fees
    #[arg(long, value_name = "MODEL", default_value = "kalshi", value_parser = fee_model)]
    fees: FeeModel,

    /// Let one market in N trade in tenths of a cent near 0 and 1; 0: none [default: 5; with --tape 0, because prices
    /// between those of the tape would be made up]
    #[arg(long, value_name = "N", value_parser = units::whole::<u32>(0..=1_000_000))]
    sub_penny_every: Option<u32>,

    /// Time from the announcement of a result to the payout
    #[arg(long, value_name = "SPAN", default_value = "30m")]
    settle_after: Span,
}

/// The markets and clock with which the exchange opens.
#[derive(Debug)]
pub struct Opening {
    /// Initial time of the exchange's clock.
    pub start: Timestamp,
    /// Time from which on the markets have traded.
    pub begins: Timestamp,
    pub source: MarketSource,
    /// Printed at the start, such as `45 synthetic markets, seed 7`.
    pub description: String,
    /// Seed of identifiers and book depths.
    pub seed: u64,
}

impl MarketArgs {
    /// Prepares the markets, synthetic ones for `span` if given. `now` is the machine's time.
    ///
    /// # Errors
    /// The tape cannot be read, or has no rows after the start.
    pub fn open(&self, span: Option<Span>, now: Timestamp) -> Result<Opening> {
        match &self.tape {
            Some(path) => self.recorded(path),
            None => Ok(self.synthetic(span, self.start.unwrap_or(now))),
        }
    }

    fn terms(&self) -> ListingTerms {
        let usual = if self.tape.is_some() { 0 } else { SUB_PENNY_EVERY };
        let sub_penny_every = self.sub_penny_every.unwrap_or(usual);
        ListingTerms { fees: self.fees, settlement_timer: self.settle_after, sub_penny_every }
    }

    fn synthetic(&self, span: Option<Span>, start: Timestamp) -> Opening {
        let begins = start - self.history;
        let settings = GeneratorSettings {
            markets: self.markets as usize,
            start: begins,
            span: span.unwrap_or(ENDLESS) + self.history,
            poll: self.poll,
            seed: self.seed,
            gaps: false,
            overreaction: self.overreaction,
        };
        let description = format!("{} {}", self.markets, settings.description());
        Opening { start, begins, source: MarketSource::generator(settings, self.terms()), description, seed: self.seed }
    }

    fn recorded(&self, path: &Path) -> Result<Opening> {
        let tape = tape::open(path)?;
        let (first, last) = (tape.meta().first, tape.meta().last);
        let start = self.start.unwrap_or(first);
        if start > last {
            return Err(Report::user(format!("the tape {} ends before {start}", path.display()))
                .hint(format!("it has quotes from {first} to {last}: choose a `--start` between them")));
        }
        let mut reader = tape.reader();
        // A market without a known close trades until its last row.
        let open = tape.markets().iter().zip(tape.open_until());
        let markets: Vec<Market> = open.map(|(market, closes)| Market { closes, ..market.clone() }).collect();
        let source =
            MarketSource::tape(&markets, tape.settlements(), move |rows| reader.next_batch(rows), self.terms());
        let description = format!("{} markets of the tape {}", tape.markets().len(), path.display());
        Ok(Opening { start, begins: start - self.history, source, description, seed: self.seed })
    }
}

fn poll(text: &str) -> Result<Span, String> {
    let span: Span = text.parse().map_err(|error: host_core::time::SpanError| error.to_string())?;
    if span < Span::seconds(1) { Err("must be at least 1s".to_owned()) } else { Ok(span) }
}

fn fee_model(text: &str) -> Result<FeeModel, String> {
    match text {
        "none" => Ok(FeeModel::None),
        "kalshi" => Ok(FeeModel::Kalshi),
        "kalshi_with_maker_fees" => Ok(FeeModel::KalshiWithMakerFees),
        _ => Err("write none, kalshi or kalshi_with_maker_fees".to_owned()),
    }
}
