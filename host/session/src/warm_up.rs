//! Warms strategies up with recorded rows: the same for a live start and for its replay, whose figures must agree.

use host_core::engine::Engine;
use host_core::{Quotes, QuotesView};
use host_store::recording::{RecordingError, RowsBetween, rows_checksum};

/// The rows that warmed strategies up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WarmUpRows {
    /// Number of rows.
    pub count: u64,
    /// Checksum of the rows, in hexadecimal.
    pub checksum: String,
}

/// Shows `rows` to the strategies of `engine`, and returns what those were.
///
/// # Errors
/// The recording cannot be read to the end of the rows.
pub fn warm_up(engine: &mut Engine, rows: RowsBetween) -> Result<WarmUpRows, RecordingError> {
    let show = &mut |rows: QuotesView<'_>| {
        engine.warm_up(rows);
        Ok(())
    };
    show_rows(rows, show, |error| error)
}

/// Shows `rows` to `show`, and returns what those were. `unread` tells of rows that cannot be read.
///
/// # Errors
/// The recording cannot be read to the end of the rows, or `show` fails.
pub fn show_rows<E>(
    mut rows: RowsBetween,
    show: &mut dyn FnMut(QuotesView<'_>) -> Result<(), E>,
    unread: impl Fn(RecordingError) -> E,
) -> Result<WarmUpRows, E> {
    let (mut batch, mut count, mut checksum) = (Quotes::default(), 0, 0);
    while rows.next_batch(&mut batch).map_err(&unread)? {
        show(batch.all())?;
        count += batch.len() as u64;
        checksum = rows_checksum(&batch.all(), checksum);
    }
    Ok(WarmUpRows { count, checksum: format!("{checksum:016x}") })
}
