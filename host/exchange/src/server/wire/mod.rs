//! The protocol's JSON, outgoing and incoming; independent of the transport.

pub mod candle;
pub mod decimal;
pub mod legacy;
pub mod market;
pub mod portfolio;
pub mod request;

use host_core::Side;

/// Returns the side of the YES book, `bid` or `ask`.
pub const fn book_side(side: Side) -> &'static str {
    match side {
        Side::Buy => "bid",
        Side::Sell => "ask",
    }
}

/// Returns the outcome that profits, `yes` or `no`. Selling YES is buying NO.
pub const fn outcome_side(side: Side) -> &'static str {
    match side {
        Side::Buy => "yes",
        Side::Sell => "no",
    }
}

/// Returns `buy` or `sell`, in YES terms: an older field that is still sent.
pub const fn action(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}
