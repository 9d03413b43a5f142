//! The protocol's JSON: what goes out, and what comes in. It must never know where it travels.

pub mod decimal;
pub mod market;
pub mod portfolio;
pub mod request;

use host_core::Side;

/// `bid` or `ask`: which side of the YES book.
pub const fn book_side(side: Side) -> &'static str {
    match side {
        Side::Buy => "bid",
        Side::Sell => "ask",
    }
}

/// `yes` or `no`: which outcome one gains from. Selling YES is buying NO.
pub const fn outcome_side(side: Side) -> &'static str {
    match side {
        Side::Buy => "yes",
        Side::Sell => "no",
    }
}

/// `buy` or `sell`, of YES: the older field, still sent.
pub const fn action(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}
