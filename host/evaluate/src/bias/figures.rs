//! The figures of a variation: those of both back tests, side by side.

use host_core::Timestamp;
use host_report::Money;
use serde::{Serialize, Serializer};

use super::pair::PairEnd;

/// The figures of two back tests of the same period.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BiasFigures {
    /// Net profit and loss without the change, in dollars.
    pub net_pnl: Money,
    /// The same with it.
    pub varied_net_pnl: Money,
    /// The second less the first.
    pub pnl_change: Money,
    /// Fills without the change.
    pub fills: u64,
    /// Fills with it.
    pub varied_fills: u64,
    /// True if the risk manager allowed no entries at the end, without the change.
    pub restricted: bool,
    /// The same with it.
    pub varied_restricted: bool,
    /// Rows that both back tests decided on.
    pub rows: u64,
    /// Rows of these on which one of them or both sent a signal.
    pub rows_with_signal: u64,
    /// Rows on which their signals differ: one sends none, or another action.
    pub differing_rows: u64,
    /// Share of the rows on which they differ, 0 to 1; absent without rows.
    pub differing_share: Option<f64>,
    /// Time of the last row on which they differ.
    #[serde(serialize_with = "iso")]
    pub last_difference: Option<Timestamp>,
}

fn iso<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match time {
        Some(time) => serializer.collect_str(time),
        None => serializer.serialize_none(),
    }
}

impl BiasFigures {
    pub(super) fn of(end: &PairEnd) -> BiasFigures {
        let PairEnd { plain, varied, decisions } = end;
        BiasFigures {
            net_pnl: plain.net_pnl,
            varied_net_pnl: varied.net_pnl,
            pnl_change: Money(varied.net_pnl.0 - plain.net_pnl.0),
            fills: plain.fills,
            varied_fills: varied.fills,
            restricted: plain.restricted,
            varied_restricted: varied.restricted,
            rows: decisions.rows,
            rows_with_signal: decisions.with_signal,
            differing_rows: decisions.differing,
            differing_share: (decisions.rows > 0).then(|| decisions.differing as f64 / decisions.rows as f64),
            last_difference: decisions.last_differing,
        }
    }
}
