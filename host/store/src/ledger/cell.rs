//! The values of a ledger's cells, and their text in CSV.

use std::fmt::{self, Write as _};

use host_core::foreign::csv_cell;
use host_core::time::civil_date;
use host_core::{Price, Qty, Timestamp, Usd};

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// Dollars or contracts: exact decimals in CSV, doubles in Parquet.
    Decimal,
    Whole,
    Flag,
    Time,
    /// A UTC day.
    Date,
}

/// A value. `None` in the place of one is an empty cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    Text(String),
    Price(Price),
    Qty(Qty),
    Usd(Usd),
    /// A figure that is not kept in integers.
    Number(f64),
    Whole(i64),
    Flag(bool),
    Time(Timestamp),
    /// Days since the epoch.
    Date(i64),
}

impl Cell {
    /// Returns the value as a double, for a column of decimals.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Cell::Price(price) => Some(price.dollars()),
            Cell::Qty(qty) => Some(qty.as_contracts()),
            Cell::Usd(usd) => Some(usd.as_dollars()),
            Cell::Number(number) => Some(*number),
            _ => None,
        }
    }

    /// Appends the value to a line of CSV (RFC 4180).
    pub(super) fn write(&self, line: &mut String) -> fmt::Result {
        match self {
            Cell::Text(text) => write!(line, "{}", csv_cell(text)),
            Cell::Price(price) => write!(line, "{price}"),
            Cell::Qty(qty) => write!(line, "{qty}"),
            Cell::Usd(usd) => write!(line, "{usd}"),
            Cell::Number(number) => write!(line, "{number}"),
            Cell::Whole(number) => write!(line, "{number}"),
            Cell::Flag(flag) => write!(line, "{flag}"),
            Cell::Time(time) => write!(line, "{time}"),
            Cell::Date(day) => {
                let (year, month, day) = civil_date(*day);
                write!(line, "{year:04}-{month:02}-{day:02}")
            }
        }
    }
}
