//! The lines that the strategies of a live account draw over prices, such as their fair values.

use std::collections::BTreeMap;
use std::path::Path;

use host_core::{MarketId, SlotId, Span, Timestamp};
use rusqlite::{OptionalExtension, Row, ToSql, params};

use super::error::OperationError;
use super::store::{json, parse};
use super::{JOURNAL_FILE, LiveStore, StoreError};
use crate::journal::Journal;
use crate::lines::LinePoint;

/// Time for which lines are kept: what is drawn of them is mostly younger.
pub const LINES_KEPT: Span = Span::days(30);
/// Largest number of samples that are removed at once: many times as many as come at once.
const MOST_FORGOTTEN: i64 = 2_000;

pub(super) const DRAW: &str = "INSERT OR REPLACE INTO chart_lines (market, slot, time, body) VALUES (?, ?, ?, ?)";
pub(super) const FORGET_LINES: &str = "DELETE FROM chart_lines WHERE (market, slot, time) IN \
    (SELECT market, slot, time FROM chart_lines INDEXED BY chart_lines_by_time WHERE time < ? LIMIT ?)";
const IS_THERE: &str = "SELECT 1 FROM sqlite_master WHERE name = 'chart_lines'";
pub(super) const OF_MARKET: &str = "SELECT slots.name, ticker, time, chart_lines.body FROM chart_lines \
    JOIN slots USING (slot) JOIN markets ON markets.id = chart_lines.market \
    WHERE market = ? AND time >= ? ORDER BY chart_lines.slot, time";
const OF_ALL: &str = "SELECT slots.name, ticker, time, chart_lines.body FROM chart_lines \
    JOIN slots USING (slot) JOIN markets ON markets.id = chart_lines.market ORDER BY slots.name, market, time";

/// The values of a strategy's lines in one market at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct LineSample {
    pub market: MarketId,
    pub slot: SlotId,
    pub time: Timestamp,
    /// In dollars per contract, by the names of the lines; finite.
    pub values: BTreeMap<String, f64>,
}

impl LiveStore {
    /// Adds `samples`; those of the thirty days before `now` are kept. To be called when no order waits.
    ///
    /// # Errors
    /// As [`LiveStore::commit`].
    pub fn keep_lines(&mut self, samples: &[LineSample], now: Timestamp) -> Result<(), StoreError> {
        self.write(|transaction| {
            let mut insert = transaction.prepare_cached(DRAW)?;
            for LineSample { market, slot, time, values } in samples {
                insert.execute(params![market.0, slot.0, time.0, json(values)?])?;
            }
            let oldest = now - LINES_KEPT;
            transaction.prepare_cached(FORGET_LINES)?.execute(params![oldest.0, MOST_FORGOTTEN])?;
            Ok(())
        })
    }
}

/// Returns the points of all lines in `market` from `from` on, slot by slot in the order of their names; none if no
/// host that keeps lines has opened the account's journal.
///
/// # Errors
/// The journal cannot be read.
pub fn market_lines(journal: &Journal, market: MarketId, from: Timestamp) -> Result<Vec<LinePoint>, StoreError> {
    let mut points = read(journal, OF_MARKET, &[&market.0, &from.0])?;
    points.sort_by(|one, other| one.slot.cmp(&other.slot));
    Ok(points)
}

/// Returns the points of all lines that the store in `folder` keeps, slot by slot in the order of their names; none if
/// no host that keeps lines has opened it.
///
/// # Errors
/// As [`super::account_summary`].
pub fn account_lines(folder: &Path) -> Result<Vec<LinePoint>, StoreError> {
    read(&Journal::open(folder.join(JOURNAL_FILE))?, OF_ALL, &[])
}

fn read(journal: &Journal, sql: &str, row: &[&dyn ToSql]) -> Result<Vec<LinePoint>, StoreError> {
    let connection = journal.connection();
    let read = || {
        if connection.query_row(IS_THERE, [], |_| Ok(())).optional()?.is_none() {
            return Ok(Vec::new());
        }
        let mut select = connection.prepare(sql)?;
        let samples = select.query_map(row, |row| Ok(points(row)))?;
        let mut all = Vec::new();
        for sample in samples {
            all.extend(sample??);
        }
        Ok(all)
    };
    read().map_err(|cause: OperationError| cause.at(journal.path()))
}

fn points(row: &Row<'_>) -> Result<Vec<LinePoint>, OperationError> {
    let (slot, market, time): (String, String, _) = (row.get(0)?, row.get(1)?, Timestamp(row.get(2)?));
    let body: String = row.get(3)?;
    let values: BTreeMap<String, f64> = parse(&body, "a strategy's lines")?;
    let point = |(name, value)| LinePoint { time, slot: slot.clone(), market: market.clone(), name, value };
    Ok(values.into_iter().map(point).collect())
}
