//! `host data download`: a venue's own history as a tape.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;
use host_core::{Span, Timestamp};
use host_download::{
    CandlePeriod, DownloadError, DownloadPhase, DownloadProgress, DownloadRequest, Selection, download, estimate,
};
use host_session::StopFlag;
use host_venues::clock::Clock;
use host_venues::kalshi::{Kalshi, KalshiSettings};

use super::download_page;
use crate::context::Context;
use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::interrupt::{self, cut_short};
use crate::terminal::output::{self, Format};
use crate::terminal::progress::Progress;
use crate::terminal::units::{self, grouped, rough_size};

/// Time between two looks for Ctrl-C while the venue is waited for.
const LOOK: Duration = Duration::from_millis(50);

/// Download a venue's history into a tape, or more of it into one that is there
///
/// Candlesticks with bid and ask, and with --trades every public trade, with each market's category, dates, price
/// steps and result. No key is needed. Whatever arrives is kept in TAPE.download: the same command goes on where it was
/// interrupted, and another period or series makes the tape longer or wider; nothing is asked for twice. A minute
/// without a candlestick is one in which nothing changed; what the venue lacks is told, and never made up.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  host data download --series KXHIGHNY --from 2026-03-01 --dry-run --out tape
  host data download --series 'KXHIGHNY,KXFED*' --from 2026-03-01 \\
      --until 2026-11-01 --trades --out tape
  host data download --event KXFED-26DEC --from 2026-11-01 --out fed
  host data download --out tape
                        up to now, of what the tape has already")]
pub struct Args {
    /// Venue
    #[arg(long, value_name = "VENUE", value_enum, default_value_t)]
    venue: DownloadVenue,

    /// Series of which all markets are downloaded; * and ? stand for any letters
    #[arg(long, value_name = "SERIES,…", value_delimiter = ',')]
    series: Vec<String>,

    /// Events of which all markets are downloaded
    #[arg(long, value_name = "EVENT,…", value_delimiter = ',')]
    event: Vec<String>,

    /// Markets to download
    #[arg(long, value_name = "MARKET,…", value_delimiter = ',')]
    market: Vec<String>,

    /// Beginning of the tape, UTC [default: that of the tape]
    #[arg(long, value_name = "TIME", value_parser = units::parse_time)]
    from: Option<Timestamp>,

    /// End of the tape, UTC [default: now]
    #[arg(long, value_name = "TIME", value_parser = units::parse_time)]
    until: Option<Timestamp>,

    /// Length of candlesticks: 1m, 1h or 1d [default: 1m, or that of the tape]
    #[arg(long, value_name = "SPAN", value_parser = period)]
    period: Option<CandlePeriod>,

    /// Download public trades as well
    #[arg(long)]
    trades: bool,

    /// Tape to make, or to make longer or wider
    #[arg(long, value_name = "TAPE")]
    out: PathBuf,

    /// Say how many requests it takes and how long, and keep nothing
    #[arg(long)]
    dry_run: bool,

    /// Most requests a second; the venue allows 20 without a key
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = units::whole::<u32>(1..=1_000))]
    rate: u32,

    /// Time without any answer after which the venue is given up
    #[arg(long, value_name = "SPAN", default_value = "5m")]
    patience: Span,

    /// Address of the venue's API [default: venue.base_url of the configuration]
    #[arg(long, value_name = "URL")]
    url: Option<String>,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Time that an answer of ten thousand candlesticks, 5 MB, may take on a slow line.
const LONG_ENOUGH: Span = Span::seconds(60);

/// A venue whose history can be downloaded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum DownloadVenue {
    #[default]
    Kalshi,
}

fn period(text: &str) -> Result<CandlePeriod, String> {
    let known = [CandlePeriod::Minute, CandlePeriod::Hour, CandlePeriod::Day];
    let found = known.into_iter().find(|period| period.as_str() == text);
    found.ok_or_else(|| "write 1m, 1h or 1d".to_owned())
}

/// Runs `host data download`.
///
/// # Errors
/// The venue fails, has nothing of what is asked for, or the tape cannot be written.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    let DownloadVenue::Kalshi = args.venue;
    let mut settings = context.venue()?;
    if let Some(url) = &args.url {
        settings.base_url.clone_from(url);
    }
    let bad = |error: &dyn std::error::Error| {
        Report::new(Kind::Config, "the venue cannot be asked")
            .because_of(error)
            .hint("`--url`, or venue.base_url in the configuration, is the address of its API, with its path")
    };
    let place = settings.place().map_err(|error| bad(&error))?;
    let kalshi = client(&settings, args.rate).map_err(|error| bad(&error))?;
    let request = args.request();
    let stop = interrupt::listen()?;
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Report::new(Kind::Internal, "cannot start the client's threads").because(error))?;
    let refused = |error: DownloadError| args.refused(&error, &stop);
    if args.dry_run {
        let progress = Progress::spinner(&context.ui, "asking for the list of markets");
        let estimated = runtime.block_on(or_stopped(estimate(&request, &kalshi, &place, args.rate), &stop));
        drop(progress);
        let estimated = estimated.map_err(refused)?;
        return match args.format {
            Format::Table => output::print(&download_page::estimate(&estimated, args.rate)),
            Format::Json => output::print_json(&estimated),
            Format::Csv => output::print_flat_csv(&estimated),
        };
    }
    let progress = Progress::bar(&context.ui, "asking for the list of markets", 0, "requests");
    let mut on_progress = |now: DownloadProgress| {
        progress.note(&words(&now));
        progress.advance_of(now.done, now.total);
        stop.requested().is_none()
    };
    let done = runtime.block_on(or_stopped(download(&request, &kalshi, &place, &mut on_progress), &stop));
    drop(progress);
    let done = done.map_err(refused)?;
    context.ui.say(&format!(
        "wrote {}: {} rows of {} markets",
        args.out.display(),
        grouped(done.tape.rows),
        grouped(done.tape.markets)
    ));
    match args.format {
        Format::Table => output::print(&download_page::report(&done)),
        Format::Json => output::print_json(&done),
        Format::Csv => output::print_flat_csv(&done),
    }
}

/// Returns a client without a key on this machine's clock: waits of a download move no exchange's clock.
fn client(settings: &KalshiSettings, rate: u32) -> Result<Kalshi, host_venues::kalshi::SetupError> {
    let request_timeout = settings.request_timeout.max(LONG_ENOUGH);
    Kalshi::public(&KalshiSettings { request_timeout, ..settings.clone() }, Clock::wall(), rate)
}

/// Ends `work` as soon as the user stops it, also while the venue is waited for.
async fn or_stopped<T>(
    work: impl Future<Output = Result<T, DownloadError>>,
    stop: &StopFlag,
) -> Result<T, DownloadError> {
    let stopped = async {
        while stop.requested().is_none() {
            tokio::time::sleep(LOOK).await;
        }
    };
    tokio::select! {
        done = work => done,
        () = stopped => Err(DownloadError::Stopped),
    }
}

/// Returns what a progress line says before its figures.
fn words(now: &DownloadProgress) -> String {
    let part = match now.phase {
        DownloadPhase::Markets => "finding markets".to_owned(),
        DownloadPhase::Candles => format!("candles of {} markets", grouped(now.markets)),
        DownloadPhase::Trades => format!("trades of {} markets", grouped(now.markets)),
        DownloadPhase::Tape => "making the tape".to_owned(),
    };
    format!("{part}, {} requests, {}", grouped(now.requests), rough_size(now.bytes))
}

impl Args {
    fn request(&self) -> DownloadRequest {
        let names = |names: &[String]| {
            names.iter().map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect()
        };
        let selection =
            Selection { series: names(&self.series), events: names(&self.event), markets: names(&self.market) };
        DownloadRequest {
            out: self.out.clone(),
            selection,
            from: self.from,
            until: self.until,
            period: self.period,
            trades: self.trades,
            patience: self.patience,
        }
    }

    fn refused(&self, error: &DownloadError, stop: &StopFlag) -> Report {
        let goes_on = "what has arrived is kept: the same command goes on from there";
        let what = format!("cannot download into {}", self.out.display());
        let kind = match error {
            DownloadError::Stopped => {
                let signal = stop.requested().unwrap_or(host_session::StopSignal::Interrupt);
                return cut_short(signal, "the tape is not complete").hint(goes_on);
            }
            DownloadError::NothingSelected | DownloadError::NoBeginning | DownloadError::EmptyPeriod { .. } => {
                Kind::Usage
            }
            error if error.is_of_venue() => Kind::Venue,
            _ => Kind::User,
        };
        let report = Report::new(kind, what).because_of(error);
        match error {
            DownloadError::Venue { .. } | DownloadError::Io { .. } | DownloadError::Tape(_) => report.hint(goes_on),
            DownloadError::NothingSelected => report.hint("such as `--series KXHIGHNY`; `*` stands for any letters"),
            DownloadError::NoBeginning => report.hint("such as `--from 2026-03-01`"),
            DownloadError::NoMarkets { .. } => report.hint("`--from` and `--until` may lie outside of their lives"),
            DownloadError::OnlyTrades => report
                .hint("what has arrived is kept; `--period 1h` or `1d` may have candlesticks where minutes have none"),
            _ => report,
        }
    }
}
