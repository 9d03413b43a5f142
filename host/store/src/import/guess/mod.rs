//! Finds out how the rows of a file are to be read, from its header and its first rows. What is not decided by them is
//! an error that names the option which decides it.

mod dates;
mod finder;
mod kind;
mod names;
mod sample;
mod unit;
mod used_columns;
mod wide;

use std::path::Path;

use super::error::ImportError;
use super::numbers::PriceUnit;
use super::options::{CandleTime, ImportOptions, RowKind, VolumeMeaning};
use super::table::{FileShape, ForeignTable};
use super::time::{Direction, TimeFormat};
use finder::Finder;
pub(super) use finder::{NameField, PriceField};
pub(super) use used_columns::UsedColumns;

/// A file with the way in which it is to be read.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub(super) table: ForeignTable,
    pub(super) kind: RowKind,
    pub(super) columns: UsedColumns,
    /// `None` while nothing tells: all prices seen are 0 or 1.
    pub(super) unit: Option<PriceUnit>,
    pub(super) comma: bool,
    pub(super) time_format: TimeFormat,
    pub(super) direction: Direction,
    pub(super) volume: VolumeMeaning,
    pub(super) candle_time: CandleTime,
    /// Meaning and name of each column that is read.
    pub(super) used: Vec<(String, String)>,
    pub(super) unused: Vec<String>,
    /// Sentences about what was found out or assumed, and is not stated.
    pub(super) assumed: Vec<String>,
}

/// Opens the file at `path`, and finds out how to read it.
///
/// # Errors
/// It is no table, lacks a column, or can be read in several ways.
pub(super) fn reading(path: &Path, options: &ImportOptions) -> Result<Reading, ImportError> {
    let table = ForeignTable::open(path, options.no_header)?;
    let unclear = |problem: String| ImportError::Unclear { path: path.to_owned(), problem };
    if let FileShape::Csv(csv) = &table.shape
        && !csv.has_header
        && !options.no_header
        && options.columns.is_empty()
    {
        return Err(unclear(
            "its first line holds data, not the names of columns: name the columns by their places, such as \
             `--columns time=1,market=2,bid=3,ask=4`"
                .to_owned(),
        ));
    }
    let sample = sample::read(&table)?;
    let mut finder = Finder::new(&table, &options.columns);
    let found = kind::find(&mut finder, &sample, options)?;
    let mut assumed = found.assumed;
    let comma = unit::decimal_comma(&table, &sample, &found.columns).map_err(unclear)?;
    let places = (table.place_word(), &table.header[..]);
    let values = unit::values(&sample, &found.columns, comma);
    unit::columns_agree(&values, options.price_unit, places).map_err(unclear)?;
    let unit = match options.price_unit {
        Some(unit) => Some(unit),
        None => unit::find(&values, places, options.skip_bad_rows, &mut assumed).map_err(unclear)?,
    };
    if comma {
        assumed.push("decimals stand behind a comma".to_owned());
    }
    let time_format = dates::format(&sample, found.columns.time, options, &mut assumed).map_err(unclear)?;
    let direction = dates::direction(&sample, &found.columns, &time_format);
    if direction == Direction::NewestFirst {
        assumed.push("rows stand newest first".to_owned());
    }
    let used = finder.used();
    let unused = finder.unused(&found.columns.wide);
    let (kind, columns, volume, candle_time) = (found.kind, found.columns, found.volume, found.candle_time);
    Ok(Reading {
        table,
        kind,
        columns,
        unit,
        comma,
        time_format,
        direction,
        volume,
        candle_time,
        used,
        unused,
        assumed,
    })
}
