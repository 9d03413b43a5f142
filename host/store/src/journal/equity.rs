//! The equity over time, per five minutes: what a chart needs, without a look at every event.

use host_core::{Span, Timestamp, Usd};
use rusqlite::{Connection, OptionalExtension, params};

use super::error::JournalError;
use super::reader::Journal;

/// Length of the time that a point stands for.
pub const EQUITY_SPAN: Span = Span::minutes(5);

/// Continues the point of its time, if there is one already.
pub(crate) const NOTE_EQUITY: &str = "INSERT INTO equity (start, first, last, lowest, highest) VALUES (?, ?, ?, ?, ?) \
    ON CONFLICT (start) DO UPDATE SET last = excluded.last, lowest = min(lowest, excluded.lowest), \
    highest = max(highest, excluded.highest)";

/// The equity within [`EQUITY_SPAN`]: cash plus positions at their marks, after each step of the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EquityPoint {
    /// Begin of the time, a multiple of its length since the epoch.
    pub start: Timestamp,
    pub first: Usd,
    pub last: Usd,
    pub lowest: Usd,
    pub highest: Usd,
}

/// Points that are not written yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EquityPoints {
    points: Vec<EquityPoint>,
}

impl EquityPoints {
    /// Adds the equity after a step at `time`. Times go forward.
    pub fn note(&mut self, time: Timestamp, equity: Usd) {
        let start = Timestamp(time.0 - time.0.rem_euclid(EQUITY_SPAN.0));
        match self.points.last_mut().filter(|last| last.start == start) {
            Some(EquityPoint { last, lowest, highest, .. }) => {
                (*last, *lowest, *highest) = (equity, equity.min(*lowest), equity.max(*highest));
            }
            None => {
                self.points.push(EquityPoint { start, first: equity, last: equity, lowest: equity, highest: equity });
            }
        }
    }

    pub fn as_slice(&self) -> &[EquityPoint] {
        &self.points
    }
}

/// Writes `points` within the current transaction of `connection`.
pub(crate) fn insert_equity(connection: &Connection, points: &[EquityPoint]) -> rusqlite::Result<()> {
    for EquityPoint { start, first, last, lowest, highest } in points {
        connection.prepare_cached(NOTE_EQUITY)?.execute(params![start.0, first.0, last.0, lowest.0, highest.0])?;
    }
    Ok(())
}

impl Journal {
    /// Returns the equity over time; nothing for a journal of an old host, which did not keep it.
    ///
    /// # Errors
    /// [`JournalError::Damaged`], or any other error of reading the file.
    pub fn equity(&self) -> Result<Vec<EquityPoint>, JournalError> {
        self.equity_from(Timestamp(i64::MIN))
    }

    /// Returns the points of [`Journal::equity`] that begin at `from` or later. The last one may still change.
    ///
    /// # Errors
    /// As [`Journal::equity`].
    pub fn equity_from(&self, from: Timestamp) -> Result<Vec<EquityPoint>, JournalError> {
        self.equity_points("WHERE start >= ? ORDER BY start", from)
    }

    /// Returns the last point of [`Journal::equity`].
    ///
    /// # Errors
    /// As [`Journal::equity`].
    pub fn last_equity(&self) -> Result<Option<EquityPoint>, JournalError> {
        self.equity_points("WHERE start >= ? ORDER BY start DESC LIMIT 1", Timestamp(i64::MIN))
            .map(|points| points.into_iter().next())
    }

    fn equity_points(&self, wanted: &str, from: Timestamp) -> Result<Vec<EquityPoint>, JournalError> {
        let failed = JournalError::from_sqlite(&self.path);
        let is_kept = "SELECT 1 FROM sqlite_schema WHERE name = 'equity'";
        if self.connection.query_row(is_kept, [], |_| Ok(())).optional().map_err(&failed)?.is_none() {
            return Ok(Vec::new());
        }
        let sql = format!("SELECT start, first, last, lowest, highest FROM equity {wanted}");
        let mut select = self.connection.prepare(&sql).map_err(&failed)?;
        let point = |row: &rusqlite::Row<'_>| {
            let start = Timestamp(row.get(0)?);
            let (first, last) = (Usd(row.get(1)?), Usd(row.get(2)?));
            Ok(EquityPoint { start, first, last, lowest: Usd(row.get(3)?), highest: Usd(row.get(4)?) })
        };
        let points = select.query_map([from.0], point).map_err(&failed)?;
        points.map(|point| point.map_err(&failed)).collect()
    }
}
