//! Cells of the page's tables.

use host_core::Usd;
use host_pages::numbers::{change, tone};
use host_pages::review::Cell;
use host_report::Money;

/// Returns a cell with a change of money in its tone.
pub(super) fn amount(value: Usd) -> Cell {
    Cell { text: change(Money(value)), tone: tone(value) }
}
