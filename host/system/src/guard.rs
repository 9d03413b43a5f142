//! The one guard in front of parsers of bytes that others wrote: a panic in one is an error about those bytes.
//!
//! Parsers are made to return errors, and a panic is a defect of theirs. What they read may still come from anybody,
//! and one file must not end a host that trades.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    /// The number of guards that this thread is inside of.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
}

/// A parser panicked: what it read is damaged in a way that it does not know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is damaged in a way that its parser does not know ({panic})")]
pub struct ParserPanicked {
    /// The file or message.
    pub what: String,
    /// The message of the panic.
    pub panic: String,
}

/// Calls `parse`, which reads `what`. What it has changed when it panics must not be used any more.
///
/// # Errors
/// It panicked.
pub fn guarded<T>(what: &str, parse: impl FnOnce() -> T) -> Result<T, ParserPanicked> {
    DEPTH.set(DEPTH.get() + 1);
    let parsed = catch_unwind(AssertUnwindSafe(parse));
    DEPTH.set(DEPTH.get() - 1);
    parsed.map_err(|payload| ParserPanicked { what: what.to_owned(), panic: message(payload.as_ref()) })
}

/// Returns true while a guard catches what this thread panics with: a panic hook need not report it.
pub fn is_guarded() -> bool {
    DEPTH.get() > 0
}

fn message(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().copied().or(payload.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_error_of_what_is_read() {
        let said = guarded("`x.parquet`", || -> u32 { panic!("row {}", 7) }).unwrap_err();
        assert_eq!(said.to_string(), "`x.parquet` is damaged in a way that its parser does not know (row 7)");
        assert_eq!(guarded("x", is_guarded), Ok(true));
        assert_eq!(guarded("x", || guarded("y", || panic!("inner")).is_err() && is_guarded()), Ok(true));
        assert!(!is_guarded());
    }
}
