//! Price and size of the order that a signal becomes. This is pure arithmetic; [`crate::risk`] decides whether the
//! order may be sent.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::money::{Price, Qty};
use crate::order::{Intent, Side, TimeInForce};
use crate::quarantined_exits::QuarantinedExits;
use crate::quote::Quote;
use crate::ticks::Ticks;
use crate::time::{Span, Timestamp, span_text};

/// The policy by which signals become orders: the `execution` section of the configuration.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OrderPolicy {
    /// Pricing of entries.
    pub entry_pricing: EntryPricing,
    /// Pricing of exits, before escalation.
    pub exit_pricing: Pricing,
    /// Number of times that an exit may expire, or be wanted for as long as that takes, before it is priced `cross`;
    /// 0 = never.
    pub exit_escalates_after: u32,
    /// Size of entries.
    pub sizing: Sizing,
    /// Time for which entries work.
    pub entry_time_in_force: OrderLife,
    /// Time for which exits work.
    pub exit_time_in_force: OrderLife,
    /// Time for which a `good_till` order works before it is cancelled.
    #[serde(with = "span_text")]
    pub order_expiry: Span,
    /// Time after a refused entry before the same signal is checked again.
    #[serde(with = "span_text")]
    pub refused_entry_retry: Span,
    /// Treatment of the exits of a slot whose strategy is quarantined.
    pub quarantined_exits: QuarantinedExits,
}

impl Default for OrderPolicy {
    /// Returns the case study's initial settings. Exits escalate after three expiries, so that none waits for ever.
    fn default() -> Self {
        OrderPolicy {
            entry_pricing: EntryPricing::Book(Pricing::Inside(1)),
            exit_pricing: Pricing::Join,
            exit_escalates_after: 3,
            sizing: Sizing::Confidence,
            entry_time_in_force: OrderLife::GoodTill,
            exit_time_in_force: OrderLife::GoodTill,
            order_expiry: Span::minutes(10),
            refused_entry_retry: Span::minutes(10),
            quarantined_exits: QuarantinedExits::Work,
        }
    }
}

/// The price of a limit order, in ticks from the best price on its own side. With a bid of 0.42, an ask of 0.44 and a
/// tick of 0.01, a buy is priced at 0.41 for `behind 1`, 0.42 for `join`, 0.43 for `inside 1` and 0.44 for `cross`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Pricing {
    /// This many ticks worse than the best price.
    Behind(u32),
    /// At the best price.
    Join,
    /// This many ticks better than the best price, but never crossing the spread.
    Inside(u32),
    /// At the best price of the opposite side.
    Cross,
}

/// The price of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum EntryPricing {
    /// Relative to the book, whatever price the signal prefers.
    Book(Pricing),
    /// At the price that the signal prefers, on a tick; `join` where it prefers none.
    Signal,
}

/// The choice of how long orders work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderLife {
    /// Until it is filled, cancelled, or older than the policy's `order_expiry`.
    #[default]
    GoodTill,
    /// The part that does not fill at once is cancelled.
    Immediate,
}

/// The size of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Sizing {
    /// Confidence × position limit at the capital stage, in whole contracts.
    Confidence,
    /// This many contracts, at every capital stage.
    Fixed(u32),
}

/// The error for text that does not name a policy.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PolicyError {
    /// Not a pricing policy.
    #[error("`{0}` is no pricing policy: write `behind N`, `join`, `inside N` or `cross`, N in ticks")]
    Pricing(String),
    /// Not a pricing policy of entries.
    #[error("`{0}` is no pricing policy: write `behind N`, `join`, `inside N` or `cross`, N in ticks, or `signal`")]
    EntryPricing(String),
    /// Not a sizing policy.
    #[error("`{0}` is no sizing policy: write `confidence` or `fixed N`, N in contracts")]
    Sizing(String),
}

impl OrderPolicy {
    /// Returns the time for which an order with this purpose works if it is made at `now`.
    pub fn time_in_force(&self, intent: Intent, now: Timestamp) -> TimeInForce {
        let life = match intent {
            Intent::Entry => self.entry_time_in_force,
            Intent::Exit => self.exit_time_in_force,
        };
        match life {
            OrderLife::GoodTill => TimeInForce::GoodTill(now + self.order_expiry),
            OrderLife::Immediate => TimeInForce::ImmediateOrCancel,
        }
    }
}

impl Pricing {
    /// Returns the limit price of an order on `side` in the market of `quote`, or `None` if the reference price is
    /// absent or the result would not lie between 0 and 1.
    pub fn limit(self, side: Side, quote: &Quote, ticks: &Ticks) -> Option<Price> {
        let (own, other) = match side {
            Side::Buy => (quote.bid, quote.ask),
            Side::Sell => (quote.ask, quote.bid),
        };
        let toward = |from: Price, count: i64| ticks.away(from, side.sign() * count);
        let price = match self {
            Pricing::Behind(count) => toward(own?, -i64::from(count))?,
            Pricing::Join => own?,
            Pricing::Cross => other?,
            Pricing::Inside(count) => {
                // Beyond the last tick only the opposite side bounds it.
                let last = if side == Side::Buy { Price::ONE } else { Price::ZERO };
                let inside = toward(own?, i64::from(count)).unwrap_or(last);
                // Without a quote on the opposite side there is nothing to cross.
                match (side, other.and_then(|other| toward(other, -1))) {
                    (_, None) => inside,
                    (Side::Buy, Some(limit)) => inside.min(limit).max(own?),
                    (Side::Sell, Some(limit)) => inside.max(limit).min(own?),
                }
            }
        };
        on_tick(side, price, ticks)
    }
}

/// Returns `price` on a tick, or `None` if that would not lie between 0 and 1. A price off the tick grid is moved away
/// from the opposite side, so that it does not cross.
fn on_tick(side: Side, price: Price, ticks: &Ticks) -> Option<Price> {
    let on_tick = match side {
        Side::Buy => ticks.at_or_below(price)?,
        Side::Sell => ticks.at_or_above(price)?,
    };
    (Price::ZERO < on_tick && on_tick < Price::ONE).then_some(on_tick)
}

impl EntryPricing {
    /// Returns the limit price of an entry on `side` in the market of `quote`, whose signal prefers the price
    /// `preferred`; `None` if the reference price is absent or the result would not lie between 0 and 1.
    pub fn limit(self, side: Side, quote: &Quote, ticks: &Ticks, preferred: Option<Price>) -> Option<Price> {
        match (self, preferred) {
            (EntryPricing::Book(pricing), _) => pricing.limit(side, quote, ticks),
            (EntryPricing::Signal, None) => Pricing::Join.limit(side, quote, ticks),
            (EntryPricing::Signal, Some(price)) => on_tick(side, price, ticks),
        }
    }
}

impl Sizing {
    /// Returns the size that a signal of `confidence` (0 to 1) requests, in whole contracts, rounded down; may be zero.
    /// `position` is the position limit, already scaled by the capital stage. The limits of one order come after this.
    pub fn contracts(self, confidence: f64, position: Qty) -> Qty {
        match self {
            // To the nearest 1/1,000,000 contract first: as floats have it, 0.58 × 50 is just below 29.
            Sizing::Confidence => Qty((confidence.clamp(0.0, 1.0) * position.0 as f64).round() as i64).whole(),
            Sizing::Fixed(contracts) => Qty::contracts(i64::from(contracts)),
        }
    }
}

impl fmt::Display for Pricing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Pricing::Behind(ticks) => write!(f, "behind {ticks}"),
            Pricing::Join => f.write_str("join"),
            Pricing::Inside(ticks) => write!(f, "inside {ticks}"),
            Pricing::Cross => f.write_str("cross"),
        }
    }
}

impl FromStr for Pricing {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        let error = || PolicyError::Pricing(text.to_owned());
        match text.split_whitespace().collect::<Vec<_>>()[..] {
            ["join"] => Ok(Pricing::Join),
            ["cross"] => Ok(Pricing::Cross),
            ["behind", ticks] => ticks.parse().map(Pricing::Behind).map_err(|_| error()),
            ["inside", ticks] => ticks.parse().map(Pricing::Inside).map_err(|_| error()),
            _ => Err(error()),
        }
    }
}

impl fmt::Display for EntryPricing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EntryPricing::Book(pricing) => pricing.fmt(f),
            EntryPricing::Signal => f.write_str("signal"),
        }
    }
}

impl FromStr for EntryPricing {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        match text.trim() {
            "signal" => Ok(EntryPricing::Signal),
            _ => text.parse().map(EntryPricing::Book).map_err(|_| PolicyError::EntryPricing(text.to_owned())),
        }
    }
}

impl fmt::Display for Sizing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Sizing::Confidence => f.write_str("confidence"),
            Sizing::Fixed(contracts) => write!(f, "fixed {contracts}"),
        }
    }
}

impl FromStr for Sizing {
    type Err = PolicyError;

    fn from_str(text: &str) -> Result<Self, PolicyError> {
        let error = || PolicyError::Sizing(text.to_owned());
        match text.split_whitespace().collect::<Vec<_>>()[..] {
            ["confidence"] => Ok(Sizing::Confidence),
            ["fixed", contracts] => contracts.parse().ok().filter(|&n| n > 0).map(Sizing::Fixed).ok_or_else(error),
            _ => Err(error()),
        }
    }
}

macro_rules! as_text {
    ($($type:ident),*) => {$(
        impl TryFrom<String> for $type {
            type Error = PolicyError;
            fn try_from(text: String) -> Result<Self, PolicyError> { text.parse() }
        }
        impl From<$type> for String {
            fn from(policy: $type) -> String { policy.to_string() }
        }
    )*};
}
as_text!(Pricing, EntryPricing, Sizing);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::MarketId;
    use crate::ticks::Band;

    fn quote(bid: Option<i32>, ask: Option<i32>) -> Quote {
        Quote {
            market: MarketId(0),
            time: Timestamp(0),
            bid: bid.map(Price),
            ask: ask.map(Price),
            bid_size: None,
            ask_size: None,
            last: None,
            volume: None,
        }
    }

    #[test]
    fn each_policy_gives_its_price() {
        let check = |policy: &str, (bid, ask): (i32, i32), buy: i32, sell: i32| {
            let policy: Pricing = policy.parse().unwrap();
            let quote = quote(Some(bid), Some(ask));
            let price = |side| policy.limit(side, &quote, &Ticks::CENT).map(|price| price.0);
            assert_eq!((price(Side::Buy), price(Side::Sell)), (Some(buy), Some(sell)), "{policy}");
        };
        check("behind 1", (4_200, 4_400), 4_100, 4_500);
        check("join", (4_200, 4_400), 4_200, 4_400);
        check("inside 1", (4_200, 4_400), 4_300, 4_300);
        check("cross", (4_200, 4_400), 4_400, 4_200);
        // No tick inside the spread: it joins, and never crosses.
        check("inside 1", (4_200, 4_300), 4_200, 4_300);
        check("inside 9", (4_200, 4_500), 4_400, 4_300);
        // Off the grid: moved away from the opposite side.
        check("join", (4_250, 4_450), 4_200, 4_500);
    }

    #[test]
    fn ticks_of_different_size_apply_at_each_price() {
        let band = |start, end, step| Band { start: Price(start), end: Price(end), step: Price(step) };
        let bands = vec![band(0, 1_000, 10), band(1_000, 9_000, 100), band(9_000, 10_000, 10)];
        let ticks = Ticks::of_bands(bands).unwrap();
        let check = |policy: &str, (bid, ask): (i32, i32), buy: i32, sell: i32| {
            let policy: Pricing = policy.parse().unwrap();
            let quote = quote(Some(bid), Some(ask));
            let price = |side| policy.limit(side, &quote, &ticks).map(|price| price.0);
            assert_eq!((price(Side::Buy), price(Side::Sell)), (Some(buy), Some(sell)), "{policy} {bid} {ask}");
        };
        check("inside 1", (650, 710), 660, 700);
        check("inside 1", (990, 1_200), 1_000, 1_100);
        check("inside 9", (950, 1_200), 1_100, 960);
        check("behind 1", (1_000, 1_100), 990, 1_200);
        check("inside 4", (9_970, 9_990), 9_980, 9_980);
        check("inside 4", (10, 30), 20, 20);
        check("cross", (650, 710), 710, 650);
    }

    #[test]
    fn an_absent_reference_price_gives_no_order() {
        assert_eq!(Pricing::Join.limit(Side::Buy, &quote(None, Some(100)), &Ticks::CENT), None);
        assert_eq!(Pricing::Cross.limit(Side::Buy, &quote(Some(100), None), &Ticks::CENT), None);
        assert_eq!(Pricing::Behind(1).limit(Side::Buy, &quote(Some(100), Some(200)), &Ticks::CENT), None);
    }

    #[test]
    fn a_signals_price_is_taken_on_its_tick_and_joins_where_there_is_none() {
        let band = |start, end, step| Band { start: Price(start), end: Price(end), step: Price(step) };
        let tapered = vec![band(0, 1_000, 10), band(1_000, 9_000, 100), band(9_000, 10_000, 10)];
        let ticks = Ticks::of_bands(tapered).unwrap();
        let quote = quote(Some(4_200), Some(4_400));
        let price = |policy: &str, side: Side, preferred: Option<i32>| {
            let policy: EntryPricing = policy.parse().unwrap();
            policy.limit(side, &quote, &ticks, preferred.map(Price)).map(|price| price.0)
        };
        let check = |preferred: Option<i32>, buy: Option<i32>, sell: Option<i32>| {
            let prices = [Side::Buy, Side::Sell].map(|side| price("signal", side, preferred));
            assert_eq!(prices, [buy, sell], "{preferred:?}");
        };
        check(Some(4_100), Some(4_100), Some(4_100));
        // Rounded away from the opposite side; a price that crosses is the signal's own wish.
        check(Some(4_349), Some(4_300), Some(4_400));
        check(Some(4_799), Some(4_700), Some(4_800));
        check(Some(955), Some(950), Some(960));
        check(Some(9_995), Some(9_990), None);
        check(Some(5), None, Some(10));
        check(None, Some(4_200), Some(4_400));
        // Any other policy leaves it aside.
        assert_eq!(price("join", Side::Buy, Some(4_100)), Some(4_200));
    }

    #[test]
    fn size_scales_with_confidence_in_whole_contracts() {
        let check = |policy: &str, confidence: f64, expect: i64| {
            let policy: Sizing = policy.parse().unwrap();
            assert_eq!(
                policy.contracts(confidence, Qty::contracts(50)),
                Qty::contracts(expect),
                "{policy} {confidence}"
            );
        };
        check("confidence", 0.5, 25);
        check("confidence", 0.519, 25);
        check("confidence", 1.0, 50);
        check("confidence", 0.58, 29);
        check("confidence", 0.01, 0);
        check("fixed 7", 0.01, 7);
    }

    #[test]
    fn an_unknown_policy_is_rejected_with_the_possible_ones() {
        for bad in ["", "inside", "inside x", "join 2", "mid"] {
            assert!(bad.parse::<Pricing>().unwrap_err().to_string().contains("behind N"), "{bad}");
            assert!(bad.parse::<EntryPricing>().unwrap_err().to_string().contains("`signal`"), "{bad}");
        }
        for bad in ["", "fixed 0", "fixed -1", "kelly"] {
            assert!(bad.parse::<Sizing>().unwrap_err().to_string().contains("fixed N"), "{bad}");
        }
    }
}
