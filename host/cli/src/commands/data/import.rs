//! `host data import`: converts other programs' recordings to a tape.

use std::path::PathBuf;

use host_core::Price;
use host_store::import::{
    CandleTime, ColumnMapping, Explained, ImportError, ImportOptions, ImportProgress, MarketColumns, PriceUnit,
    RowKind, TimeFormat, VolumeMeaning, add_trades, explain, import,
};
use host_store::zone::Zone;
use serde_json::json;

use super::import_page;
use super::info;
use crate::context::Context;
use crate::terminal::error::{Report, Result};
use crate::terminal::output::{self, Format};
use crate::terminal::paths;
use crate::terminal::progress::Progress;

/// Create a tape from recordings of other programs
///
/// CSV with any separator, JSON, Parquet and Arrow, packed or not. Format, columns, unit and times are found out where
/// the files decide them, and said; where they can be read in two ways, the option that decides is named. Rows may be
/// unsorted and files may overlap. A price of 0 or 1 is an empty side. An invalid row ends the import, and the error
/// names its file and line.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  host data import quotes.csv --out tape
  host data import --explain download.json.gz
  host data import recordings/*.csv.gz --out tape --price-unit cents \\
      --timezone America/Los_Angeles --markets results.csv \\
      --columns time=timestamp,market=ticker,bid=yes_bid,ask=1-no_bid
  host data import quotes.csv --trades trades.csv --out tape
  host data import --trades trades.json.gz --out tape   # a tape with quotes
  host data import history.csv --out tape --spread 1c \\
      --columns 'market=\"fed-dec25\"'")]
pub struct Args {
    /// Recordings to import
    #[arg(value_name = "FILES", required_unless_present = "trades")]
    files: Vec<PathBuf>,

    /// File with the trades of other people (repeatable): with files of quotes, the tape's second table; alone, they
    /// are added to the tape `--out`, which has quotes already
    #[arg(long, value_name = "FILE")]
    trades: Vec<PathBuf>,

    /// Columns of the files of trades: time, market, price (last), quantity and taker, as `--columns` has them
    #[arg(long, value_name = "NAME=COLUMN,…", requires = "trades")]
    trades_columns: Option<ColumnMapping>,

    /// Folder to write; must not exist yet, unless trades alone are added to it
    #[arg(long, value_name = "TAPE", required_unless_present = "explain")]
    out: Option<PathBuf>,

    /// Say how the files would be read, and write nothing
    #[arg(long, conflicts_with = "out")]
    explain: bool,

    /// Columns that hold time, market, bid, ask, bid_size, ask_size, last, volume, event, series and category, and of
    /// trades quantity and taker, by name or by place (#3); 1-NAME is a dollar less a price, and a constant in double
    /// quotes applies to all rows [default: columns of these or usual names]
    #[arg(long, value_name = "NAME=COLUMN,…")]
    columns: Option<ColumnMapping>,

    /// Kind of the rows: quotes, prices (one price), candles, or trades [default: by the columns]
    #[arg(long, value_name = "KIND")]
    kind: Option<RowKind>,

    /// Unit of prices: dollars (0 to 1), cents or percent (0 to 100), or decimal odds [default: the one that fits]
    #[arg(long, value_name = "UNIT")]
    price_unit: Option<PriceUnit>,

    /// Distance of bid and ask around the one price of a row, such as 1c or 0.01 [default: rows have neither]
    #[arg(long, value_name = "PRICE", value_parser = spread)]
    spread: Option<Price>,

    /// Meaning of volumes: of the last 24 hours (day), since the market opened (total), or since the row before (row)
    /// [default: by the name]
    #[arg(long, value_name = "MEANING")]
    volume: Option<VolumeMeaning>,

    /// Point of a candle that its time is: end, or start+1m for candles of a minute [default: by the name]
    #[arg(long, value_name = "POINT")]
    candle_time: Option<CandleTime>,

    /// Time zone of times without one
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    timezone: Zone,

    /// Order of dates such as 4/6/2026: mdy or dmy
    #[arg(long, value_name = "ORDER", value_parser = date_order, conflicts_with = "time_format")]
    date_order: Option<TimeFormat>,

    /// Format of times: epoch-s, epoch-ms, epoch-us, epoch-ns, excel, or a pattern such as '%d.%m.%Y %H:%M'
    /// [default: any that can be read in one way]
    #[arg(long, value_name = "FORMAT")]
    time_format: Option<TimeFormat>,

    /// The first line of CSV holds data, not names of columns
    #[arg(long)]
    no_header: bool,

    /// Each column but that of the time is a market
    #[arg(long)]
    wide: bool,

    /// Texts that stand for no value, beside NA, null, nan, none and -
    #[arg(long, value_name = "TEXT,…", value_delimiter = ',')]
    absent: Vec<String>,

    /// File with metadata of the markets: category, title, event time, close, result, price steps
    #[arg(long, value_name = "FILE")]
    markets: Option<PathBuf>,

    /// Columns of the metadata file, where they do not have the usual names
    #[arg(long, value_name = "NAME=COLUMN,…", requires = "markets")]
    markets_columns: Option<MarketColumns>,

    /// Leave out invalid rows, and count them
    #[arg(long)]
    skip_bad_rows: bool,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

fn date_order(text: &str) -> Result<TimeFormat, String> {
    match text {
        "mdy" => Ok(TimeFormat::Mdy),
        "dmy" => Ok(TimeFormat::Dmy),
        _ => Err("write mdy or dmy".to_owned()),
    }
}

/// Parses `1c` or `0.01`.
fn spread(text: &str) -> Result<Price, String> {
    let cents = text.strip_suffix(['c', '¢']).map(|cents| cents.trim().parse::<f64>().map(|cents| cents / 100.0));
    let dollars = cents.unwrap_or_else(|| text.parse()).ok().and_then(Price::from_dollars);
    let valid = dollars.filter(|spread| *spread > Price::ZERO && *spread < Price::ONE);
    valid.ok_or_else(|| "write cents such as 1c, or dollars such as 0.01".to_owned())
}

/// Runs `host data import`.
///
/// # Errors
/// A file cannot be read or has an invalid row, the tape already exists, or it cannot be written.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    let options = args.options();
    let files = args.files.iter().chain(&args.trades);
    let bytes = files.filter_map(|file| std::fs::metadata(file).ok()).map(|file| file.len()).sum();
    let progress = Progress::bar(&context.ui, if args.explain { "reading" } else { "importing" }, bytes, "bytes");
    let Some(out) = args.out.as_ref().filter(|_| !args.explain) else {
        let explained = explain(&args.files, &options, &mut |done| progress.advance_to(done.bytes));
        let Explained { counts, page } = explained.map_err(|error| refused(&error))?;
        drop(progress);
        return match args.format {
            Format::Table => output::print(&import_page::table(&page, &counts)),
            Format::Json => output::print_json(&json!({"import": counts, "page": page})),
            Format::Csv => output::print_flat_csv(&json!({"import": counts, "page": page})),
        };
    };
    let mut advance = |done: ImportProgress| progress.advance_to(done.bytes);
    let imported = match args.files.is_empty() {
        true => add_trades(&args.trades, out, &options, &mut advance),
        false => import(&args.files, out, &options, &mut advance),
    };
    let imported = imported.map_err(|error| refused(&error))?;
    drop(progress);
    context.ui.say(&format!("wrote {}", out.display()));
    let json = json!({"import": imported.counts, "page": imported.page, "tape": imported.info});
    match args.format {
        Format::Table => {
            let page = import_page::table(&imported.page, &imported.counts);
            output::print(&format!("{page}\n{}", info::table(&imported.info)))
        }
        Format::Json => output::print_json(&json),
        Format::Csv => output::print_flat_csv(&json),
    }
}

impl Args {
    fn options(&self) -> ImportOptions {
        ImportOptions {
            columns: self.columns.clone().unwrap_or_default(),
            trades: self.trades.clone(),
            trades_columns: self.trades_columns.clone().unwrap_or_default(),
            price_unit: self.price_unit,
            zone: self.timezone,
            time_format: self.date_order.clone().or_else(|| self.time_format.clone()),
            kind: self.kind,
            spread: self.spread,
            volume: self.volume,
            candle_time: self.candle_time,
            no_header: self.no_header,
            wide: self.wide,
            absent: self.absent.clone(),
            markets: self.markets.clone(),
            market_columns: self.markets_columns.clone().unwrap_or_default(),
            skip_bad_rows: self.skip_bad_rows,
        }
    }
}

fn refused(error: &ImportError) -> Report {
    let report = Report::user("cannot import").because_of(error);
    match error {
        ImportError::MissingColumn { column, .. } => {
            let market = if column == "market" {
                "; the one market of a file can be a constant, `market=\"my-market\"`"
            } else {
                ""
            };
            report.hint(format!(
                "`--columns` names the columns, such as `time=timestamp,market=ticker,bid=bid,ask=ask`{market}"
            ))
        }
        ImportError::Unreadable { path, source } if source.kind() == std::io::ErrorKind::NotFound => {
            paths::did_you_mean(report, paths::similar(path))
        }
        _ => report,
    }
}
