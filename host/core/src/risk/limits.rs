//! The limits themselves: what they are, what they are by default, and how they grow with the capital.
//!
//! They are set by the person who runs the host, never by a strategy (17 CFR 240.15c3-5(d)). Every key has a default;
//! no default is "unlimited". Sources: "case study" is the trader's own risk configuration at full capital; RTS 6 is
//! Delegated Regulation (EU) 2017/589; FIA is the FIA's guide of 2015; "host" is our choice, with its reason.

use serde::{Deserialize, Serialize};

use crate::money::{Price, Qty, Usd};
use crate::time::Span;

use super::decimal::{self, Fraction};

/// What to do where a figure that a limit needs is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenUnknown {
    /// Refuse the order.
    Refuse,
    /// Let it pass this one check.
    Allow,
}

/// All limits. Amounts and sizes are those at full capital; [`RiskLimits::scaled`] fits them to a stage.
///
/// In a file: dollars, contracts and seconds as decimals, parts as `0.03`. Read, then [`RiskLimits::validate`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RiskLimits {
    /// Markets that may be traded: tickers, prefixes such as `"KXHIGHNY*"`, or `"*"` for all.
    /// RTS 6 art. 15(5); default all.
    pub allowed_markets: Vec<String>,
    /// Events of which at most one market can resolve YES, by name or prefix: their exposure is the worst outcome's.
    /// All other events count the sum of their markets, which is never less. Default none, since a venue's
    /// "event" may hold nested thresholds (above 100, above 110) that all resolve YES. Source: poly-maker.
    pub exclusive_events: Vec<String>,
    /// Contracts held and ordered on one side of one market. Scales. Case study: 100.
    #[serde(with = "decimal::contracts")]
    pub max_position_size: Qty,
    /// Dollars that one market's position and orders can lose at the worst. Scales. Case study: 500.
    #[serde(with = "decimal::dollars")]
    pub max_position_value: Usd,
    /// Contracts of one entry order. Scales. Case study: 50.
    #[serde(with = "decimal::contracts")]
    pub max_order_size: Qty,
    /// Dollars that one entry order can lose at the worst. Scales. RTS 6 art. 15(1)(b); default 50, what the
    /// largest order can cost.
    #[serde(with = "decimal::dollars")]
    pub max_order_value: Usd,
    /// Dollars of loss, realised and marked, since the last equity of the day before: at it, entries stop until the
    /// next UTC day. Scales. Case study: 200.
    #[serde(with = "decimal::dollars")]
    pub max_daily_loss: Usd,
    /// Dollars of fall from the highest equity: at it, entries stop until a person resumes. Scales. Host: 500, a
    /// quarter of the capital, beyond the 420 that the case study's back test shows.
    #[serde(with = "decimal::dollars")]
    pub max_drawdown: Usd,
    /// Losing trades in a row: at it, entries stop until a person resumes. Host: 10, at the case study's 58 % wins
    /// one run in 6,000.
    pub max_consecutive_losses: u32,
    /// Dollars that all positions and entry orders can lose at the worst. Scales. Case study: 2,000.
    #[serde(with = "decimal::dollars")]
    pub max_portfolio_exposure: Usd,
    /// The same for the markets of one category; those without a category share one. Scales. Case study: 800.
    #[serde(with = "decimal::dollars")]
    pub max_category_exposure: Usd,
    /// The same for the markets of one event, see `exclusive_events`. Scales. Host: 500, as one position.
    #[serde(with = "decimal::dollars")]
    pub max_event_exposure: Usd,
    /// Positions of all strategies, a working entry order counted as one. Case study: 5.
    pub max_open_positions: u32,
    /// Dollars between an order's price and the fresh mid, either way. Case study: 0.10, "10 % from current market",
    /// read as 10 % of the dollar that a contract pays: a part of the mid would forbid all trade in cheap contracts.
    #[serde(with = "decimal::price")]
    pub max_price_deviation: Price,
    /// An entry order's part of the contracts traded in the last 24 hours. Case study: 0.03.
    pub max_volume_fraction: Fraction,
    /// Whether an entry is refused where the volume is not known. Default `refuse`.
    pub volume_unknown: WhenUnknown,
    /// Dollars of spread below which no entry is made; may be 0. Case study: 0.01 by name, see `max_spread`.
    #[serde(with = "decimal::price")]
    pub min_spread: Price,
    /// Dollars of spread above which no entry is made. The case study says "1 cent" in the comment at `min_spread`;
    /// host: 0.10, since recorded spreads average 0.057.
    #[serde(with = "decimal::price")]
    pub max_spread: Price,
    /// Seconds that the latest quote may be old. Host: 90, three of the case study's polls.
    #[serde(with = "decimal::seconds")]
    pub max_quote_age_seconds: Span,
    /// Dollars that the mid may move between two quotes; beyond, the market is blocked. FIA 1.3; host: 0.20, since one
    /// recorded change in 1,000 exceeds 0.11.
    #[serde(with = "decimal::price")]
    pub max_price_jump: Price,
    /// Quotes without fault that unblock a market. Host: 3.
    pub clean_quotes: u32,
    /// Seconds before a market's close from which on no entry is made. Host: 7,200, as weather-bot #37.
    #[serde(with = "decimal::seconds")]
    pub min_time_to_close_seconds: Span,
    /// Whether an entry is refused where the close is not known. Default `allow`: recordings often lack it.
    pub close_unknown: WhenUnknown,
    /// Whether entry orders shrink from full size to nothing as any cap is used from 70 % to 100 %. From poly-maker.
    pub size_taper: bool,
    /// Orders and cancels in 60 seconds. RTS 6 art. 15(1)(d); host: 120.
    pub max_messages_per_minute: u32,
    /// Fraction of these messages kept for cancels, which are never refused. FIA 1.9; host: 0.25.
    pub cancel_share: Fraction,
    /// Seconds within which the same entry (strategy, market, side, price, quantity) is a duplicate. 17 CFR
    /// 240.15c3-5(c)(1)(ii); host: 10.
    #[serde(with = "decimal::seconds")]
    pub duplicate_window_seconds: Span,
    /// Rounds of order, fill, order again by one strategy in one UTC day: beyond, its entries stop until a person
    /// resumes. RTS 6 art. 15(3); host: 100, forty times the case study's pace.
    pub max_repeated_executions: u32,
    /// Fraction of the last `error_window` orders that the venue rejected: at it, trading halts until a person resumes.
    /// From poly-maker; host: 0.5.
    pub max_error_rate: Fraction,
    /// How many orders that part is taken over; 1 to 64. From poly-maker: 20.
    pub error_window: u32,
}

impl Default for RiskLimits {
    /// The case study's values at full capital, and the host's where it names none.
    fn default() -> RiskLimits {
        RiskLimits {
            allowed_markets: vec!["*".to_owned()],
            exclusive_events: Vec::new(),
            max_position_size: Qty::contracts(100),
            max_position_value: Usd::dollars(500),
            max_order_size: Qty::contracts(50),
            max_order_value: Usd::dollars(50),
            max_daily_loss: Usd::dollars(200),
            max_drawdown: Usd::dollars(500),
            max_consecutive_losses: 10,
            max_portfolio_exposure: Usd::dollars(2_000),
            max_category_exposure: Usd::dollars(800),
            max_event_exposure: Usd::dollars(500),
            max_open_positions: 5,
            max_price_deviation: Price(1_000),
            max_volume_fraction: Fraction(30_000),
            volume_unknown: WhenUnknown::Refuse,
            min_spread: Price(100),
            max_spread: Price(1_000),
            max_quote_age_seconds: Span::seconds(90),
            max_price_jump: Price(2_000),
            clean_quotes: 3,
            min_time_to_close_seconds: Span::hours(2),
            close_unknown: WhenUnknown::Allow,
            size_taper: true,
            max_messages_per_minute: 120,
            cancel_share: Fraction(250_000),
            duplicate_window_seconds: Span::seconds(10),
            max_repeated_executions: 100,
            max_error_rate: Fraction(500_000),
            error_window: 20,
        }
    }
}

impl RiskLimits {
    /// These limits at `percent` of the target capital: every amount and every size in proportion, rounded down.
    /// Counts, prices, parts and times stay as they are.
    pub fn scaled(&self, percent: u32) -> RiskLimits {
        let part = Fraction(i64::from(percent) * (Fraction::ONE.0 / 100));
        let qty = |full: Qty| Qty(part.of(full.0));
        let usd = |full: Usd| Usd(part.of(full.0));
        RiskLimits {
            max_position_size: qty(self.max_position_size),
            max_position_value: usd(self.max_position_value),
            max_order_size: qty(self.max_order_size),
            max_order_value: usd(self.max_order_value),
            max_daily_loss: usd(self.max_daily_loss),
            max_drawdown: usd(self.max_drawdown),
            max_portfolio_exposure: usd(self.max_portfolio_exposure),
            max_category_exposure: usd(self.max_category_exposure),
            max_event_exposure: usd(self.max_event_exposure),
            ..self.clone()
        }
    }

    /// Messages in 60 seconds up to which an order may leave; the rest is kept for cancels.
    pub(super) fn max_order_messages(&self) -> usize {
        let kept = self.cancel_share.of(i64::from(self.max_messages_per_minute));
        usize::try_from(i64::from(self.max_messages_per_minute) - kept).unwrap_or(0)
    }
}

/// Whether `name` is listed in `patterns`: as itself, by a prefix that ends in `*`, or by `*`.
pub(super) fn is_listed(patterns: &[String], name: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == pattern,
    })
}
