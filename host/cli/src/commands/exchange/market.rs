//! The markets of the exchange: synthetic ones, or those of a recording.

use std::path::{Path, PathBuf};

use host_core::{Market, Span, Timestamp};
use host_exchange::server::market_source::{ListingTerms, MarketSource};
use host_sim::fees::FeeModel;
use host_sim::generator::GeneratorSettings;
use host_store::tape::Tape;

use crate::terminal::error::{Report, Result};
use crate::text::units;

/// Synthetic markets are generated for so long if no end is given.
const ENDLESS: Span = Span::days(3 * 365);

/// Which markets, and on which terms.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Markets")]
pub struct MarketArgs {
    /// Take quotes and markets from a tape instead of making them up
    #[arg(long, value_name = "TAPE", conflicts_with_all = ["markets", "poll"])]
    tape: Option<PathBuf>,

    /// How many synthetic markets are open at any time
    #[arg(long, value_name = "N", default_value_t = 45, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    markets: u32,

    /// How often synthetic markets move
    #[arg(long, value_name = "SPAN", default_value = "30s", value_parser = poll)]
    poll: Span,

    /// Another seed gives other markets, identifiers and depths of books
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,

    /// What the exchange's clock shows at first, UTC [default: now, or when the tape begins]
    #[arg(long, value_name = "TIME", value_parser = units::parse_time)]
    start: Option<Timestamp>,

    /// Whose fees are charged: none, kalshi or kalshi_with_maker_fees
    #[arg(long, value_name = "MODEL", default_value = "kalshi", value_parser = fee_model)]
    fees: FeeModel,

    /// One market in N trades in tenths of a cent near 0 and 1; 0: none does
    #[arg(long, value_name = "N", default_value_t = 5)]
    sub_penny_every: u32,

    /// From the announcement of a result to the payout
    #[arg(long, value_name = "SPAN", default_value = "30m")]
    settle_after: Span,
}

/// Markets, ready to open.
#[derive(Debug)]
pub struct Opening {
    /// The first time of the exchange's clock.
    pub start: Timestamp,
    /// The source of its market data.
    pub source: MarketSource,
    /// For people: `45 synthetic markets, seed 7`.
    pub description: String,
    /// For identifiers and books.
    pub seed: u64,
}

impl MarketArgs {
    /// Prepares the markets, for `span` if that is given; `now` is the machine's time.
    ///
    /// # Errors
    /// A tape that cannot be read, or has nothing after the start.
    pub fn open(&self, span: Option<Span>, now: Timestamp) -> Result<Opening> {
        match &self.tape {
            Some(path) => self.recorded(path),
            None => Ok(self.synthetic(span, self.start.unwrap_or(now))),
        }
    }

    fn terms(&self) -> ListingTerms {
        ListingTerms { fees: self.fees, settlement_timer: self.settle_after, sub_penny_every: self.sub_penny_every }
    }

    fn synthetic(&self, span: Option<Span>, start: Timestamp) -> Opening {
        let settings = GeneratorSettings {
            markets: self.markets as usize,
            start,
            span: span.unwrap_or(ENDLESS),
            poll: self.poll,
            seed: self.seed,
            gaps: false,
        };
        let description = format!("{} synthetic markets, seed {}", self.markets, self.seed);
        Opening { start, source: MarketSource::generator(settings, self.terms()), description, seed: self.seed }
    }

    fn recorded(&self, path: &Path) -> Result<Opening> {
        let tape = Tape::open(path)
            .map_err(|error| Report::user(format!("cannot use the tape {}", path.display())).because_of(&error))?;
        let (first, last) = (tape.meta().first, tape.meta().last);
        let start = self.start.unwrap_or(first);
        if start > last {
            return Err(Report::user(format!("the tape {} ends before {start}", path.display()))
                .hint(format!("it has quotes from {first} to {last}: choose a `--start` in between")));
        }
        let mut reader = tape.reader();
        // Where no close is known, a market trades until its last row.
        let open = tape.markets().iter().zip(tape.open_until());
        let markets: Vec<Market> = open.map(|(market, closes)| Market { closes, ..market.clone() }).collect();
        let source =
            MarketSource::tape(&markets, tape.settlements(), move |rows| reader.next_batch(rows), self.terms());
        let description = format!("{} markets of the tape {}", tape.markets().len(), path.display());
        Ok(Opening { start, source, description, seed: self.seed })
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
