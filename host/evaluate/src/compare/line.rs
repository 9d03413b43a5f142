//! The lines that a difference of profits is split into, with their words.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

macro_rules! named {
    (
        $(#[$doc:meta])* $name:ident, $count:literal:
        $($(#[$variant_doc:meta])* $variant:ident = $word:literal, $title:literal;)*
    ) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// All of them, in the order in which they are shown.
            pub const ALL: [$name; $count] = [$($name::$variant,)*];

            /// Returns the word by which it is asked for.
            pub const fn word(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }

            /// Returns its name for people.
            pub const fn title(self) -> &'static str {
                match self { $($name::$variant => $title,)* }
            }
        }
    };
}

named! {
    /// A line of a difference. The lines add up to it exactly.
    Line, 9:
    /// Trades of the first run that the second has not.
    TradesMissed = "trades-missed", "Trades missed";
    /// Trades of the second run that the first has not.
    TradesAdded = "trades-added", "Trades added";
    /// The same trades with more or fewer contracts.
    Contracts = "contracts", "Fewer or more contracts";
    /// The same trades, entered at other prices.
    EntryPrices = "entry-prices", "Entry prices";
    /// The same trades, left at other prices.
    ExitPrices = "exit-prices", "Exit prices";
    /// The same trades, of which one was paid out by its market.
    Settlement = "settlement", "Settlement";
    /// The fees of the same trades.
    Fees = "fees", "Fees";
    /// Positions that are open at an end of the period in one run at least.
    OpenPositions = "open-positions", "Open positions";
    /// The rest: what the journals do not tell.
    NotExplained = "not-explained", "Not explained";
}

named! {
    /// The cause of a part of a line.
    Part, 12:
    /// The other run's strategy gave no signal.
    Signals = "signals", "no signal in the other";
    /// The other run's risk manager refused the order.
    Refused = "refused", "refused in the other";
    /// The other run's order did not fill.
    MissedFills = "missed-fills", "ordered, never filled in the other";
    /// The other run held a position in that market already.
    Held = "held", "the other held that market";
    /// The other run had a signal, and neither an order nor a refusal.
    NoOrder = "no-order", "a signal, but no order in the other";
    /// It was entered before the period, so its cause is not in it.
    Before = "before", "entered before the period";
    /// An order was filled in part.
    PartialFills = "partial-fills", "orders filled in part";
    /// The orders were of another size.
    Size = "size", "orders of another size";
    /// Fill price against the mid at the decision.
    Slippage = "slippage", "slippage, against the mid at the decision";
    /// The mids at the decisions differ: they were taken at other times.
    Timing = "timing", "timing, of the decision";
    /// Fill prices of orders without a mid at the decision.
    Price = "price", "price, where no mid is known";
    /// The position is in one run only.
    OneOnly = "one-only", "held in one run only";
}

/// The line or the part that is to be explained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    Line(Line),
    Part(Part),
}

impl FromStr for Asked {
    type Err = String;

    fn from_str(word: &str) -> Result<Asked, String> {
        let line = Line::ALL.into_iter().find(|line| line.word() == word).map(Asked::Line);
        let part = || Part::ALL.into_iter().find(|part| part.word() == word).map(Asked::Part);
        line.or_else(part).ok_or_else(|| format!("write one of: {}", Asked::words().collect::<Vec<_>>().join(", ")))
    }
}

impl Asked {
    /// Returns all words that can be asked for.
    pub fn words() -> impl Iterator<Item = &'static str> {
        Line::ALL.into_iter().map(Line::word).chain(Part::ALL.into_iter().map(Part::word))
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Asked::Line(line) => line.title(),
            Asked::Part(part) => part.title(),
        })
    }
}
