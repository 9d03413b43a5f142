//! The capital at work of an account over time. Its changes are neither profit nor loss, so equity before them is read
//! as if the present capital had been at work all along.

use host_core::record::DayClose;
use host_core::{Command, Record, Timestamp, Usd};
use host_report::{Column, Point};
use host_store::journal::{EQUITY_SPAN, EquityPoint, Journal};

use crate::error::{Result, SessionError};

/// The capital at work, from its beginning on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapitalAtWork {
    /// Times of the changes, each with the capital from then on.
    changes: Vec<(Timestamp, Usd)>,
    first: Usd,
}

impl CapitalAtWork {
    /// Reads the changes of the account of `journal`, which began with `first`.
    pub(crate) fn read(journal: &Journal, first: Usd) -> Result<CapitalAtWork> {
        let commands = journal.commands().map_err(SessionError::JournalNotRead)?;
        let change = |command| match command {
            Command::Capital { time, capital } => Some((time, capital)),
            _ => None,
        };
        Ok(CapitalAtWork { changes: commands.into_iter().filter_map(change).collect(), first })
    }

    /// Returns what has to be added to an equity at `time`; a change at that time has happened.
    fn shift(&self, time: Timestamp) -> Usd {
        let then = self.changes.iter().rev().find(|(at, _)| *at <= time).map_or(self.first, |(_, capital)| *capital);
        self.changes.last().map_or(self.first, |(_, capital)| *capital) - then
    }

    /// Returns true if no capital came or went in the time of `point`.
    pub(crate) fn is_steady_in(&self, point: &EquityPoint) -> bool {
        let time = point.start..point.start + EQUITY_SPAN;
        !self.changes.iter().any(|(at, _)| time.contains(at))
    }

    /// Returns `equity` at `time` as if the present capital had been at work.
    pub fn equity(&self, time: Timestamp, equity: Usd) -> Usd {
        equity + self.shift(time)
    }

    /// Returns the points of the equity as if the present capital had been at work. Those in whose time capital came or
    /// went are left out: nobody can say which capital each of their figures counts.
    pub fn points(&self, points: Vec<EquityPoint>) -> Vec<EquityPoint> {
        let steady = points.into_iter().filter(|point| self.is_steady_in(point));
        steady.map(|point| self.point(&point)).collect()
    }

    fn point(&self, point: &EquityPoint) -> EquityPoint {
        let shift = self.shift(point.start);
        let EquityPoint { start, first, last, lowest, highest } = *point;
        EquityPoint {
            start,
            first: first + shift,
            last: last + shift,
            lowest: lowest + shift,
            highest: highest + shift,
        }
    }

    /// Returns a point of the equity, in whose time the capital stayed, as a column. Its lowest and highest are
    /// somewhere in its time.
    pub(crate) fn column(&self, point: &EquityPoint) -> Column {
        let EquityPoint { start, first, last, lowest, highest } = self.point(point);
        let middle = Timestamp(start.0 + EQUITY_SPAN.0 / 2);
        let at = |time, value: Usd| Point { time, value: value.0 };
        Column {
            first: at(start, first),
            lowest: at(middle, lowest),
            highest: at(middle, highest),
            last: at(end_of(point), last),
        }
    }

    /// Returns a record, with the equity of a day's close as if the present capital had been at work.
    pub fn record(&self, record: Record) -> Record {
        match record {
            Record::DayClose(close) => {
                let end = Timestamp(Timestamp::start_of_day(close.day + 1).0 - 1);
                Record::DayClose(DayClose { equity: close.equity + self.shift(end), ..close })
            }
            other => other,
        }
    }
}

/// Returns the last moment of a point.
fn end_of(point: &EquityPoint) -> Timestamp {
    Timestamp(point.start.0 + EQUITY_SPAN.0 - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_capital_is_neither_profit_nor_loss() {
        let dollars = Usd::dollars;
        let minute = |minute: i64| Timestamp(minute * 60_000_000_000);
        let capital = CapitalAtWork { changes: vec![(minute(7), dollars(1_000))], first: dollars(2_000) };
        let column = |start: i64, first: i64, lowest: i64, highest: i64, last: i64| {
            let [first, lowest, highest, last] = [first, lowest, highest, last].map(dollars);
            let column = capital.column(&EquityPoint { start: minute(start), first, last, lowest, highest });
            [column.first, column.lowest, column.highest, column.last].map(|point| Usd(point.value))
        };
        assert_eq!(column(0, 2_000, 1_990, 2_010, 2_005), [1_000, 990, 1_010, 1_005].map(dollars));
        assert_eq!(column(10, 1_003, 1_000, 1_004, 1_001), [1_003, 1_000, 1_004, 1_001].map(dollars));
        // A change at seven minutes: what the point of five to ten minutes counts is not known.
        let points = [0, 5, 10].map(|start| EquityPoint {
            start: minute(start),
            first: dollars(1_000),
            last: dollars(1_000),
            lowest: dollars(1_000),
            highest: dollars(1_000),
        });
        let shown = capital.points(points.to_vec()).into_iter().map(|point| (point.start, point.last));
        assert_eq!(Vec::from_iter(shown), [(minute(0), dollars(0)), (minute(10), dollars(1_000))]);
        let close = |day| DayClose {
            day,
            equity: dollars(2_005),
            realised: Usd::ZERO,
            max_drawdown: Usd::ZERO,
            max_drawdown_peak: Usd::ZERO,
        };
        let equity = |day| match capital.record(Record::DayClose(close(day))) {
            Record::DayClose(close) => close.equity,
            _ => Usd::ZERO,
        };
        assert_eq!([-1, 0].map(equity), [dollars(1_005), dollars(2_005)]);
    }
}
