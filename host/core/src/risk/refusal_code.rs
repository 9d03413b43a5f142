//! The codes of refused orders. The table of codes in `RISK.md` is generated from this enum.

use std::fmt;
use std::fmt::Write as _;

use crate::record::Verdict;

/// Declares the enum, its codes and their descriptions in one place, in the order in which the checks run.
macro_rules! codes {
    ($($variant:ident $code:literal: $($doc:literal)+;)*) => {
        /// The check that an order failed, declared in the order in which the checks run.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RefusalCode {
            $(#[doc = concat!($($doc),+)] $variant,)*
        }

        impl RefusalCode {
            /// All codes, in the order in which the checks run.
            pub const ALL: &[RefusalCode] = &[$(RefusalCode::$variant,)*];

            /// Returns the code as it stands in journals, metrics and reports.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(RefusalCode::$variant => $code,)*
                }
            }

            /// Returns the code's meaning, in one sentence.
            pub const fn doc(self) -> &'static str {
                match self {
                    $(RefusalCode::$variant => concat!($($doc),+),)*
                }
            }
        }
    };
}

codes! {
    Halted "halted": "Trading is halted by the operator: no order leaves until the operator resumes.";
    VenuePaused "venue_paused": "The venue says that it takes no orders: none leaves until it does.";
    UnknownMarket "unknown_market":
        "The market was never listed, or the order and the quote belong to different markets.";
    MarketNotAllowed "market_not_allowed": "The market is not among the allowed markets: no entry leaves there.";
    SlotMarket "slot_markets": "The market is not among those of the slot: no entry of its strategy leaves there.";
    MarketClosed "market_closed": "The market has not opened yet, or has closed or settled.";
    PositionDisputed "position_disputed":
        "The host's position in the market may differ from the venue's: no order leaves there until they agree.";
    InvalidQuantity "invalid_quantity": "The quantity is not positive, or is unreasonably large.";
    InvalidPrice "invalid_price": "The price is not above 0 and below 1 dollar.";
    OffTick "off_tick": "The price is not on the market's tick grid.";
    NoPrice "no_price":
        "The latest quote lacks a bid or an ask, so there is no mid price to compare with; an exit needs one of them.";
    StaleQuote "stale_quote": "The latest quote is too old, or from the future.";
    CrossedBook "crossed_book": "The latest quote's ask is not above its bid.";
    QuoteOffTick "quote_off_tick": "The latest quote's prices are not on the market's tick grid.";
    PriceJump "price_jump":
        "The mid price jumped or the book was crossed: the market is blocked until enough clean quotes have arrived.";
    MaxPriceDeviation "max_price_deviation":
        "The price is too far from the mid price; that of an exit is too far outside the book.";
    MaxMessages "max_messages":
        "Too many orders and cancels were sent in the last minute; the rest of the budget is reserved for cancels and \
         exits.";
    SlotMessages "slot_max_messages":
        "The slot sent too many orders and cancels in the last minute; the rest is reserved for cancels and exits.";
    SelfMatch "self_match": "The order would trade with another order of this account.";
    DuplicateOrder "duplicate_order": "The order's number was used before, or the same entry was sent a moment ago.";
    ExceedsPosition "exceeds_position":
        "An exit must reduce the strategy's position and never go beyond flat, counting its other orders on that side.";
    ReduceOnly "reduce_only": "The operator allows only orders that reduce a position.";
    Mismatch "mismatch":
        "The venue's positions or orders differ from the host's: no entry leaves until they agree.";
    AccountUnseen "account_unseen":
        "The account's orders, fills and positions were not seen for too long: no entry leaves until they are.";
    MaxErrorRate "max_error_rate":
        "The venue rejected too many of the last orders: no entry leaves until the operator resumes.";
    MaxDailyLoss "max_daily_loss":
        "The day's loss, realised and unrealised, reached its limit: no entry leaves until the next UTC day.";
    MaxDrawdown "max_drawdown":
        "Equity fell too far below its peak: no entry leaves until the operator resumes.";
    MaxConsecutiveLosses "max_consecutive_losses":
        "Too many losing trades in a row: no entry leaves until the operator resumes.";
    SchedulePaused "schedule_paused": "A schedule pauses entries: none leaves until it is over.";
    SlotDailyLoss "slot_max_daily_loss":
        "The slot's loss of the day, realised and unrealised, reached its limit: no entry of it leaves until the next \
         UTC day, or a person resumes it.";
    SlotDrawdown "slot_max_drawdown":
        "The slot's profit fell too far below its highest: no entry of it leaves until a person resumes it.";
    SlotConsecutiveLosses "slot_max_consecutive_losses":
        "Too many losing trades of the slot in a row: no entry of it leaves until a person resumes it.";
    EquityUnknown "equity_unknown":
        "No equity is known to measure losses against, or the value of a position is uncertain: its book lacks a side.";
    RepeatedExecution "repeated_execution":
        "The strategy repeated the cycle of order and fill too often today: no entry of it leaves until the operator \
         resumes.";
    EntryAgainstPosition "entry_against_position":
        "The strategy holds the other side; that position must be closed by an exit, not by an entry.";
    NearClose "near_close": "The market closes too soon, or its close is unknown.";
    MinSpread "min_spread": "The spread is too narrow to earn anything.";
    MaxSpread "max_spread": "The spread is too wide to trade.";
    VolumeUnknown "volume_unknown": "The volume of the last 24 hours is unknown.";
    MaxVolumeFraction "max_volume_fraction": "The order is too large a fraction of the volume of the last 24 hours.";
    MaxOrderSize "max_order_size": "The order has too many contracts.";
    MaxOrderValue "max_order_value": "The order's worst-case loss is too large.";
    InsufficientCash "insufficient_cash":
        "The account has not the cash: that less what shorts and working entries claim, fees included.";
    MaxPositionSize "max_position_size":
        "Too many contracts on one side of the market, including working orders.";
    MaxPositionValue "max_position_value":
        "The worst-case loss of the market's positions and orders is too large.";
    MaxEventExposure "max_event_exposure":
        "The worst-case loss of the event's positions and orders is too large.";
    MaxCategoryExposure "max_category_exposure":
        "The worst-case loss of the category's positions and orders is too large.";
    MaxPortfolioExposure "max_portfolio_exposure":
        "The worst-case loss of all positions and orders together is too large.";
    SlotExposure "slot_max_exposure": "The worst-case loss of the slot's positions and orders is too large.";
    MaxOpenPositions "max_open_positions": "Too many open positions, including working entry orders.";
    SlotOpenPositions "slot_max_open_positions": "Too many open positions of the slot, including working entry orders.";
    SizeTaper "size_taper": "A cap is nearly used up, so only smaller orders are allowed.";
}

impl RefusalCode {
    /// Returns the result of this check for a measured value and its limit.
    pub(crate) fn verdict(self, value: impl fmt::Display, limit: impl fmt::Display) -> Verdict {
        Verdict { code: self.as_str().to_owned(), value: value.to_string(), limit: limit.to_string() }
    }

    /// Returns the refusal of an exit in a book without a side.
    pub(crate) fn no_book() -> Verdict {
        RefusalCode::NoPrice.verdict("no bid, no ask", "a bid or an ask")
    }

    /// Returns true if `code` is that of a check that stops growth. An exit meets it only as far as it opens risk for
    /// the account.
    pub fn stops_growth(code: &str) -> bool {
        RefusalCode::ALL.iter().any(|one| one.as_str() == code && *one > RefusalCode::ExceedsPosition)
    }

    /// Returns the table of all codes for the documentation, as Markdown.
    pub fn table() -> String {
        let mut table = String::from("| code | meaning |\n|---|---|\n");
        for code in RefusalCode::ALL {
            // Writing to a string cannot fail.
            let _ = writeln!(table, "| `{code}` | {} |", code.doc());
        }
        table
    }
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_table_is_generated_from_the_codes() {
        let documented = include_str!("../../RISK.md");
        assert!(
            documented.ends_with(&RefusalCode::table()),
            "put this at the end of RISK.md:\n{}",
            RefusalCode::table()
        );
    }

    #[test]
    fn the_table_of_codes_names_each_once() {
        let table = RefusalCode::table();
        assert_eq!(table.lines().count(), 2 + RefusalCode::ALL.len());
        for code in RefusalCode::ALL {
            assert_eq!(table.matches(&format!("| `{code}` |")).count(), 1, "{code}");
            assert!(code.doc().ends_with('.'), "{code}");
        }
    }
}
