//! The proof that an order passed every check.

/// A value that the risk manager approved. No other module can create one, so an order that did not pass cannot be
/// sent. It cannot be copied, so that one approval sends one order, and it cannot be read back from a file.
///
/// ```compile_fail,E0423
/// // The field is private: the risk manager cannot be bypassed.
/// let forged = host_core::risk::Approved(42);
/// ```
///
/// ```compile_fail,E0624
/// let forged = host_core::risk::Approved::new(42);
/// ```
///
/// ```compile_fail,E0277
/// fn from_file<'de, T: serde::Deserialize<'de>>() {}
/// from_file::<host_core::risk::Approved<host_core::Order>>();
/// ```
#[derive(Debug, PartialEq, Eq)]
#[must_use = "its usage is booked: send it, or release it with `on_closed`"]
pub struct Approved<T>(T);

impl<T> Approved<T> {
    pub(super) const fn new(checked: T) -> Approved<T> {
        Approved(checked)
    }

    /// Returns the approved value, to be sent once.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> AsRef<T> for Approved<T> {
    fn as_ref(&self) -> &T {
        &self.0
    }
}
