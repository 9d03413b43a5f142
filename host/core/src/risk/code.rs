//! Why an order is refused: one code each. The table of codes in the documentation is generated from this enum.

use std::fmt;
use std::fmt::Write as _;

/// Declares the enum, its words and its sentences in one place, in the order in which the checks run.
macro_rules! codes {
    ($($variant:ident $code:literal $doc:literal)*) => {
        /// A check that an order failed. Declared in the order in which the checks run.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum RefusalCode {
            $(#[doc = $doc] $variant,)*
        }

        impl RefusalCode {
            /// All codes, in the order in which the checks run.
            pub const ALL: &[RefusalCode] = &[$(RefusalCode::$variant,)*];

            /// The word that journals, metrics and reports use.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(RefusalCode::$variant => $code,)*
                }
            }

            /// What it means, in one sentence.
            pub const fn doc(self) -> &'static str {
                match self {
                    $(RefusalCode::$variant => $doc,)*
                }
            }
        }
    };
}

codes! {
    Halted "halted" "Trading is halted by a person: nothing leaves until a person resumes."
    MaxErrorRate "max_error_rate" "The venue rejected too many of the last orders: nothing leaves until a person resumes."
    UnknownMarket "unknown_market" "The market was never listed, or the order and the quote are of different markets."
    MarketNotAllowed "market_not_allowed" "The market is not among the allowed ones."
    MarketClosed "market_closed" "The market has not opened yet, or has closed or settled."
    PositionDisputed "position_disputed" "The host's position in the market may not be the venue's: no order leaves there until they agree."
    InvalidQuantity "invalid_quantity" "The quantity is not positive, or beyond any sensible number."
    InvalidPrice "invalid_price" "The price is not above 0 and below 1 dollar."
    OffTick "off_tick" "The price lies between two ticks of the market."
    NoPrice "no_price" "The latest quote lacks a bid or an ask: there is no price to compare with."
    StaleQuote "stale_quote" "The latest quote is too old, or from the future."
    CrossedBook "crossed_book" "The latest quote's ask is not above its bid."
    QuoteOffTick "quote_off_tick" "The latest quote's prices lie between the market's ticks."
    PriceJump "price_jump" "The mid jumped or the book was crossed: the market is blocked until enough clean quotes came."
    MaxPriceDeviation "max_price_deviation" "The price is too far from the mid."
    MaxMessages "max_messages" "Too many orders and cancels in the last minute; the rest is kept for cancels."
    SelfMatch "self_match" "The order would trade with an order of our own."
    DuplicateOrder "duplicate_order" "The order's number was used before, or the same entry left a moment ago."
    ExceedsPosition "exceeds_position" "An exit must reduce the strategy's position, never beyond flat, other orders on its side counted."
    ReduceOnly "reduce_only" "A person lets only orders out that reduce a position."
    Mismatch "mismatch" "What the venue says of positions or orders differs from what the host has: no entries until they agree."
    MaxDailyLoss "max_daily_loss" "The day's loss, realised and marked, reached its limit: no entries until the next UTC day."
    MaxDrawdown "max_drawdown" "Equity fell too far from its peak: no entries until a person resumes."
    MaxConsecutiveLosses "max_consecutive_losses" "Too many losing trades in a row: no entries until a person resumes."
    EquityUnknown "equity_unknown" "No equity is known to measure losses against."
    RepeatedExecution "repeated_execution" "The strategy ordered again after a fill too often today: no entries until a person resumes."
    EntryAgainstPosition "entry_against_position" "The strategy holds the other side: that is left by an exit, not by an entry."
    NearClose "near_close" "The market closes too soon, or its close is not known."
    MinSpread "min_spread" "The spread is too narrow to earn."
    MaxSpread "max_spread" "The spread is too wide to trade in."
    VolumeUnknown "volume_unknown" "The volume of the last 24 hours is not known."
    MaxVolumeFraction "max_volume_fraction" "The order is too large a part of the volume of the last 24 hours."
    MaxOrderSize "max_order_size" "The order has too many contracts."
    MaxOrderValue "max_order_value" "The order can lose too much."
    MaxPositionSize "max_position_size" "Too many contracts on one side of the market, working orders counted."
    MaxPositionValue "max_position_value" "The market's position and orders can lose too much."
    MaxEventExposure "max_event_exposure" "The event's positions and orders can lose too much."
    MaxCategoryExposure "max_category_exposure" "The category's positions and orders can lose too much."
    MaxPortfolioExposure "max_portfolio_exposure" "All positions and orders together can lose too much."
    MaxOpenPositions "max_open_positions" "Too many positions, working entry orders counted."
    SizeTaper "size_taper" "A cap is nearly used up, which leaves only smaller orders."
}

impl RefusalCode {
    /// The table of all codes for the documentation, as Markdown.
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
    fn the_documented_table_is_made_from_the_codes() {
        let documented = include_str!("../../RISK.md");
        assert!(
            documented.ends_with(&RefusalCode::table()),
            "put this at the end of RISK.md:\n{}",
            RefusalCode::table()
        );
    }
}
