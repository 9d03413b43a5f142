//! The trades of all markets as they happen (`GET /markets/trades`).

use host_core::{Span, Timestamp};

use super::account::Kalshi;
use super::history::{HistoryRequest, all_trades, seconds};
use crate::error::ReadError;
use crate::past::VenueTrade;

/// Most pages of one read, a thousand trades each: what is older is left out.
const MOST_PAGES: usize = 50;

impl Kalshi {
    /// Returns the trades of all markets since `since`, oldest first. Those that cannot be read are left out with a
    /// warning.
    ///
    /// # Errors
    /// See [`ReadError`].
    pub async fn trades_since(&self, since: Timestamp) -> Result<Vec<VenueTrade>, ReadError> {
        let first_s = seconds(since - self.clock().ahead()).max(0);
        let (mut trades, mut cursor) = (Vec::new(), String::new());
        for page in 1.. {
            let request: HistoryRequest<_> = all_trades(first_s, &cursor);
            let (_, rows) = self.read_history(&request).await?;
            rows.unreadable.iter().for_each(|fault| tracing::warn!("a trade is left out: {fault}"));
            trades.extend(rows.rows);
            cursor = rows.cursor;
            if cursor.is_empty() {
                break;
            }
            if page == MOST_PAGES {
                tracing::warn!("more than {MOST_PAGES},000 trades since {since}: the older ones are left out");
                break;
            }
        }
        trades.retain(|trade| trade.time >= since - Span::seconds(1));
        trades.sort_by(|one, other| (one.time, &one.id).cmp(&(other.time, &other.id)));
        trades.dedup_by(|one, other| one.id == other.id);
        Ok(trades)
    }
}
