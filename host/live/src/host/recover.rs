//! Recovery from the last session: orders on the wire, and the operator's word from while no host ran.

use host_core::Disputed;
use host_store::live::Recovery;

use super::LiveHost;
use crate::account_dir::AccountDir;
use crate::control::{ResumeNote, SettleNotes};
use crate::error::{LiveError, Result};
use crate::notice::NoticeCode;
use crate::orders::TrackedOrder;
use crate::reconcile::NOT_COMPARED;

impl LiveHost {
    /// Takes up the last session's orders and the operator's word. Nothing leaves before the books were compared.
    pub(crate) fn recover(&mut self, recovery: Recovery, folder: &AccountDir) -> Result<()> {
        for row in recovery.unknown.into_iter().chain(recovery.working) {
            let (id, is_cancelled) = (row.order.id, row.cancel_wanted.is_some());
            self.orders.take_on(TrackedOrder::restored(row, self.requests.now()));
            if is_cancelled {
                self.orders.want_cancel(id);
            }
        }
        if !self.orders.is_empty() {
            let (open, unknown) = (self.orders.len(), self.orders.unknown());
            let text = format!("{open} orders of the last run are looked up, {unknown} of them unknown");
            self.notices.info(self.now(), NoticeCode::OrdersRestored, text);
        }
        for order in SettleNotes::pending(folder).map_err(LiveError::NoteNotRemoved)? {
            if let Err(why) = self.settle_by_hand(&order)? {
                let text = format!("{} is not closed in the books, as {} said: {why}", order.ticker, order.by);
                self.notices.alert(self.now(), NoticeCode::MarketSettled, text);
            }
        }
        SettleNotes::void(folder).map_err(LiveError::NoteNotRemoved)?;
        if let Some(note) = ResumeNote::pending(folder) {
            self.resume(&note.reason, &note.by)?;
            ResumeNote::void(folder).map_err(LiveError::NoteNotRemoved)?;
        }
        self.dispute(NOT_COMPARED.to_owned(), Disputed::Everything)
    }
}
