//! `host data import`: converts other programs' recordings to a tape.

use std::path::PathBuf;

use host_store::import::{
    ColumnMapping, ImportCounts, ImportError, ImportOptions, MarketColumns, PriceUnit, Zone, import,
};
use serde_json::json;

use super::info;
use crate::context::Context;
use crate::terminal::error::{Report, Result};
use crate::terminal::output::{self, Format, Rows};
use crate::terminal::paths;
use crate::terminal::progress::Progress;
use crate::terminal::units::grouped;

/// Create a tape from CSV recordings, plain or gzipped
///
/// Rows may be unsorted and files may overlap. A price of 0 or 1 is an empty side. Nothing is guessed: an invalid row
/// ends the import, and the error names its file and line.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  host data import quotes.csv --out tape
  host data import recordings/*.csv.gz --out tape --price-unit cents \\
      --timezone America/Los_Angeles --markets results.csv \\
      --columns time=timestamp,market=ticker,bid=yes_bid,ask=yes_ask
  host data import book.csv.gz --out tape \\
      --columns 'time=ts,bid=bid,ask=ask,market=\"fed-dec25\"'")]
pub struct Args {
    /// Recordings to import
    #[arg(value_name = "FILES", required = true)]
    files: Vec<PathBuf>,

    /// Folder to write; must not exist yet
    #[arg(long, value_name = "TAPE")]
    out: PathBuf,

    /// Columns that hold time, market, bid and ask, and, if present, bid_size, ask_size, last, volume, event, series
    /// and category; a constant in double quotes applies to all rows [default: columns of these names]
    #[arg(long, value_name = "NAME=COLUMN,…")]
    columns: Option<ColumnMapping>,

    /// Unit of prices: dollars (0 to 1) or cents (0 to 100)
    #[arg(long, value_name = "UNIT", default_value = "dollars", value_parser = price_unit)]
    price_unit: PriceUnit,

    /// Time zone of times without one
    #[arg(long, value_name = "ZONE", default_value = "UTC")]
    timezone: Zone,

    /// CSV or JSON file with metadata of the markets: category, title, event time, close, result, price
    /// steps
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

fn price_unit(text: &str) -> Result<PriceUnit, String> {
    match text {
        "dollars" => Ok(PriceUnit::Dollars),
        "cents" => Ok(PriceUnit::Cents),
        _ => Err("write dollars or cents".to_owned()),
    }
}

/// Runs `host data import`.
///
/// # Errors
/// A file cannot be read or has an invalid row, the tape already exists, or it cannot be written.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    let options = ImportOptions {
        columns: args.columns.clone().unwrap_or_default(),
        price_unit: args.price_unit,
        zone: args.timezone,
        markets: args.markets.clone(),
        market_columns: args.markets_columns.clone().unwrap_or_default(),
        skip_bad_rows: args.skip_bad_rows,
    };
    let bytes = args.files.iter().filter_map(|file| std::fs::metadata(file).ok()).map(|file| file.len()).sum();
    let progress = Progress::bar(&context.ui, "importing", bytes, "bytes");
    let imported = import(&args.files, &args.out, &options, &mut |done| progress.advance_to(done.bytes))
        .map_err(|error| refused(&error))?;
    drop(progress);
    context.ui.say(&format!("wrote {}", args.out.display()));
    match args.format {
        Format::Table => {
            output::print(&format!("{}\n{}", counts(&imported.counts).table(), info::table(&imported.info)))
        }
        Format::Json => output::print_json(&json!({"import": imported.counts, "tape": imported.info})),
        Format::Csv => output::print_flat_csv(&json!({"import": imported.counts, "tape": imported.info})),
    }
}

fn refused(error: &ImportError) -> Report {
    let report = Report::user("cannot import").because_of(error);
    match error {
        ImportError::MissingColumn { .. } => {
            report.hint("`--columns` names the columns, such as `time=timestamp,market=ticker,bid=bid,ask=ask`")
        }
        ImportError::Unreadable { path, source } if source.kind() == std::io::ErrorKind::NotFound => {
            paths::did_you_mean(report, paths::similar(path))
        }
        _ => report,
    }
}

/// Returns the counts of what happened to the rows; zero counts are left out.
fn counts(counts: &ImportCounts) -> Rows {
    let mut rows = Rows::new(&["rows read", &grouped(counts.rows_read)]);
    let happened = [
        ("duplicates, dropped", counts.duplicate_rows),
        ("contradicting another row, kept", counts.contradicting_rows),
        ("out of order, sorted in", counts.unsorted_rows),
        ("invalid, left out", counts.bad_rows),
        ("at a time that occurs twice", counts.ambiguous_times),
        ("at a time that does not occur", counts.nonexistent_times),
        ("markets without metadata", counts.markets_without_facts.unwrap_or(0)),
    ];
    for (what, count) in happened.into_iter().filter(|(_, count)| *count > 0) {
        rows.push([what.to_owned(), grouped(count)]);
    }
    for example in &counts.bad_examples {
        rows.push(["  left out".to_owned(), example.clone()]);
    }
    rows
}
