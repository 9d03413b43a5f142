//! The parts of a journal that pages show: the latest records, and single markets. None of it costs more in a long one.

use host_core::{Market, MarketId, Record};
use rusqlite::{OptionalExtension, ToSql, params};

use super::error::JournalError;
use super::reader::Journal;

/// Most records that are looked at for the latest of a kind.
const LOOKED_AT: i64 = 200_000;

/// The latest records of `kind` (`?1`) after a number (`?2`).
pub(crate) const NEWEST: &str = "SELECT seq, body FROM records WHERE kind = ?1 \
    AND seq > max(?2, (SELECT coalesce(max(seq), 0) FROM records) - ?3) ORDER BY seq DESC LIMIT ?4";
const MARKET: &str = "SELECT body FROM markets WHERE id = ?";
pub(crate) const TICKER: &str = "SELECT body FROM markets WHERE ticker = ?";

impl Journal {
    /// Returns the latest records of `kind` after number `after` with their numbers, at most `most`, the latest first.
    /// It looks at the last 200,000 records only.
    ///
    /// # Errors
    /// [`JournalError::Damaged`], or any other error of reading the file.
    pub fn newest(&self, kind: &str, after: i64, most: usize) -> Result<Vec<(i64, Record)>, JournalError> {
        let failed = JournalError::from_sqlite(&self.path);
        let mut select = self.connection.prepare_cached(NEWEST).map_err(&failed)?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let rows = select.query_map(params![kind, after, LOOKED_AT, most], |row| Ok((row.get(0)?, row.get(1)?)));
        let rows: Vec<(i64, String)> = rows.map_err(&failed)?.collect::<Result<_, _>>().map_err(&failed)?;
        rows.iter().map(|(seq, body)| Ok((*seq, self.record(*seq, body)?))).collect()
    }

    /// Returns the market with the number `market`, if the journal has it.
    ///
    /// # Errors
    /// [`JournalError::Damaged`], or any other error of reading the file.
    pub fn market(&self, market: MarketId) -> Result<Option<Market>, JournalError> {
        self.market_by(MARKET, &market.0)
    }

    /// Returns the market that the venue calls `ticker`, if the journal has it.
    ///
    /// # Errors
    /// [`JournalError::Damaged`], or any other error of reading the file.
    pub fn market_of_ticker(&self, ticker: &str) -> Result<Option<Market>, JournalError> {
        self.market_by(TICKER, &ticker)
    }

    fn market_by(&self, sql: &str, key: &dyn ToSql) -> Result<Option<Market>, JournalError> {
        let found = self.connection.query_row(sql, [key], |row| row.get::<_, String>(0)).optional();
        let body = found.map_err(JournalError::from_sqlite(&self.path))?;
        body.map(|body| self.parse(&body, "a market")).transpose()
    }
}
