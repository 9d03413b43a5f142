//! The risk limits, their defaults, and how they scale with capital.
//!
//! Limits are set by the operator, never by a strategy (17 CFR 240.15c3-5(d)). Every key has a default, and no default
//! is "unlimited". Sources: "case study" is the trader's own risk configuration at full capital; RTS 6 is Delegated
//! Regulation (EU) 2017/589; FIA is the FIA's guide of 2015; "host" is our own choice, with its reason.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::money::{Price, Qty, Usd};
use crate::time::Span;

use super::decimal::{self, Fraction};
use super::loss_limits::LossLimits;
use super::market_list::is_listed;
use super::slot_limits::SlotLimits;

/// The treatment of an order when a figure that a limit needs is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhenUnknown {
    /// Refuse the order.
    Refuse,
    /// Skip this one check.
    Allow,
}

/// All risk limits. Positions, exposures and losses are those at full capital; [`RiskLimits::scaled`] adapts them to a
/// capital stage.
///
/// In a file, dollars, contracts and seconds are decimals, and fractions are written as `0.03`. After reading, call
/// [`RiskLimits::validate`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RiskLimits {
    /// Markets that may be traded: tickers, prefixes such as `"KXHIGHNY*"`, or `"*"` for all.
    /// RTS 6 art. 15(5); default: all.
    pub allowed_markets: Vec<String>,
    /// Events of which at most one market can resolve YES, by name or prefix: their exposure is that of the worst
    /// outcome. The exposure of all other events is the sum over their markets, which is never less. Default: none,
    /// since a venue's "event" may hold nested thresholds (above 100, above 110) that all resolve YES. Source:
    /// poly-maker.
    pub exclusive_events: Vec<String>,
    /// Largest position and working orders on one side of one market, in contracts. Scales. Case study: 100.
    #[serde(with = "decimal::contracts")]
    pub max_position_size: Qty,
    /// Largest worst-case loss of one market's position and orders, in dollars. Scales. Case study: 500.
    #[serde(with = "decimal::dollars")]
    pub max_position_value: Usd,
    /// Largest entry order, in contracts. Stands against fat fingers, so it does not scale. Case study: 50.
    #[serde(with = "decimal::contracts")]
    pub max_order_size: Qty,
    /// Largest worst-case loss of one entry order, in dollars. Does not scale, as `max_order_size`. RTS 6 art.
    /// 15(1)(b); default: 50, the cost of the largest order.
    #[serde(with = "decimal::dollars")]
    pub max_order_value: Usd,
    /// Loss since the last equity of the previous day, realised and unrealised, in dollars, at which entries stop until
    /// the next UTC day. Scales. Case study: 200.
    #[serde(with = "decimal::dollars")]
    pub max_daily_loss: Usd,
    /// Fall from the highest equity, in dollars, at which entries stop until the operator resumes. Scales. Host: 500, a
    /// quarter of the capital and more than the 420 of the case study's back test.
    #[serde(with = "decimal::dollars")]
    pub max_drawdown: Usd,
    /// Number of losing trades in a row at which entries stop until the operator resumes. Host: 10; at the case study's
    /// win rate of 58 %, one run in 6,000 is that long.
    pub max_consecutive_losses: u32,
    /// Largest worst-case loss of all positions and entry orders, in dollars. Scales. Case study: 2,000.
    #[serde(with = "decimal::dollars")]
    pub max_portfolio_exposure: Usd,
    /// The same for the markets of one category, in dollars; markets without a category share one. Scales. Case study:
    /// 800.
    #[serde(with = "decimal::dollars")]
    pub max_category_exposure: Usd,
    /// The same for the markets of one event, in dollars; see `exclusive_events`. Scales. Host: 500, as for one market.
    #[serde(with = "decimal::dollars")]
    pub max_event_exposure: Usd,
    /// Largest number of open positions of all strategies; a working entry order counts as one. Case study: 5.
    pub max_open_positions: u32,
    /// Largest distance of an order's price from the current mid price, in dollars. Case study: 0.10, "10 % from
    /// current market", read as 10 % of the dollar that a contract pays: a fraction of the mid would forbid all
    /// trading in cheap contracts.
    #[serde(with = "decimal::price")]
    pub max_price_deviation: Price,
    /// Largest entry order, as a fraction of the contracts traded in the last 24 hours. Case study: 0.03.
    pub max_volume_fraction: Fraction,
    /// Treatment of entries in markets whose volume is unknown. Default: `refuse`.
    pub volume_unknown: WhenUnknown,
    /// Smallest spread for entries, in dollars; may be 0. Case study: 0.01 by the key's name, but see `max_spread`.
    #[serde(with = "decimal::price")]
    pub min_spread: Price,
    /// Largest spread for entries, in dollars. The case study says "1 cent" in its comment on `min_spread`. Host: 0.10,
    /// since recorded spreads average 0.057.
    #[serde(with = "decimal::price")]
    pub max_spread: Price,
    /// Largest age of the latest quote, in seconds. Host: 90, three of the case study's polls.
    #[serde(with = "decimal::seconds")]
    pub max_quote_age_seconds: Span,
    /// Largest move of the mid price between two quotes, in dollars; a larger one blocks the market. FIA 1.3; host:
    /// 0.20, since one recorded change in 1,000 exceeds 0.11.
    #[serde(with = "decimal::price")]
    pub max_price_jump: Price,
    /// Number of clean quotes in a row that unblock a market. Host: 3.
    pub clean_quotes: u32,
    /// Time before a market's close at which entries stop, in seconds. Host: 7,200, as weather-bot #37.
    #[serde(with = "decimal::seconds")]
    pub min_time_to_close_seconds: Span,
    /// Treatment of entries in markets whose close is unknown. Default: `allow`, since recordings often lack it.
    pub close_unknown: WhenUnknown,
    /// If true, entry orders shrink from full size to nothing as the usage of any cap rises from 70 % to 100 %. From
    /// poly-maker.
    pub size_taper: bool,
    /// Largest number of orders and cancels in 60 seconds. RTS 6 art. 15(1)(d); host: 120.
    pub max_messages_per_minute: u32,
    /// Fraction of these messages reserved for cancels, which are never refused, and exits. FIA 1.9; host: 0.25.
    pub cancel_share: Fraction,
    /// Time within which the same entry (strategy, market, side, price, quantity) is a duplicate, in seconds. 17 CFR
    /// 240.15c3-5(c)(1)(ii); host: 10.
    #[serde(with = "decimal::seconds")]
    pub duplicate_window_seconds: Span,
    /// Largest number of repeated executions (order, fill, order again) of one strategy in one UTC day; beyond it,
    /// the strategy's entries stop until the operator resumes. RTS 6 art. 15(3); host: 100, forty times the case
    /// study's pace.
    pub max_repeated_executions: u32,
    /// Fraction of rejections among the last `error_window` orders at which entries stop until the operator resumes.
    /// From poly-maker; host: 0.5.
    pub max_error_rate: Fraction,
    /// Number of orders over which that fraction is taken, 1 to 64. From poly-maker: 20.
    pub error_window: u32,
    /// Limits of single slots, by their names, never wider than these. In the configuration: `[slot.NAME]`.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub slots: BTreeMap<String, SlotLimits>,
}

impl Default for RiskLimits {
    /// Returns the case study's values at full capital, and the host's choices where the case study has none.
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
            slots: BTreeMap::new(),
        }
    }
}

impl RiskLimits {
    /// Returns these limits at `percent` of the target capital. Positions, exposures and losses are scaled in
    /// proportion and rounded down. The limits of one order stay, since an order typed wrongly is wrong at every
    /// stage; counts, prices, fractions and times stay as well.
    pub fn scaled(&self, percent: u32) -> RiskLimits {
        let part = Fraction(i64::from(percent) * (Fraction::ONE.0 / 100));
        let qty = |full: Qty| part.of_qty(full);
        let usd = |full: Usd| part.of_usd(full);
        RiskLimits {
            max_position_size: qty(self.max_position_size),
            max_position_value: usd(self.max_position_value),
            max_daily_loss: usd(self.max_daily_loss),
            max_drawdown: usd(self.max_drawdown),
            max_portfolio_exposure: usd(self.max_portfolio_exposure),
            max_category_exposure: usd(self.max_category_exposure),
            max_event_exposure: usd(self.max_event_exposure),
            slots: self.slots.iter().map(|(name, own)| (name.clone(), own.scaled(part))).collect(),
            ..self.clone()
        }
    }

    /// Returns these limits with a `part` of what may be held: positions and exposures. The limits of losses stay,
    /// since a loss that was allowed yesterday is no reason to stop today, and so do those of orders and counts.
    #[must_use]
    pub fn holding(&self, part: Fraction) -> RiskLimits {
        let slots = self.slots.iter().map(|(name, own)| (name.clone(), own.holding(part)));
        RiskLimits {
            max_position_size: part.of_qty(self.max_position_size),
            max_position_value: part.of_usd(self.max_position_value),
            max_portfolio_exposure: part.of_usd(self.max_portfolio_exposure),
            max_category_exposure: part.of_usd(self.max_category_exposure),
            max_event_exposure: part.of_usd(self.max_event_exposure),
            slots: slots.collect(),
            ..self.clone()
        }
    }

    /// Returns these limits where no slot's own are wider than the account's.
    #[must_use]
    pub fn with_slots_inside(&self) -> RiskLimits {
        let inside = |own: &SlotLimits| SlotLimits {
            max_exposure: own.max_exposure.map(|most| most.min(self.max_portfolio_exposure)),
            max_open_positions: own.max_open_positions.map(|most| most.min(self.max_open_positions)),
            max_daily_loss: own.max_daily_loss.map(|most| most.min(self.max_daily_loss)),
            max_drawdown: own.max_drawdown.map(|most| most.min(self.max_drawdown)),
            max_consecutive_losses: own.max_consecutive_losses.map(|most| most.min(self.max_consecutive_losses)),
            max_messages_per_minute: own.max_messages_per_minute.map(|most| most.min(self.max_messages_per_minute)),
            ..own.clone()
        };
        let slots = self.slots.iter().map(|(name, own)| (name.clone(), inside(own)));
        RiskLimits { slots: slots.collect(), ..self.clone() }
    }

    /// Returns true if the market with this ticker may be traded.
    pub fn allows(&self, ticker: &str) -> bool {
        is_listed(&self.allowed_markets, ticker)
    }

    /// Returns the losses at which the account stops.
    pub(super) fn loss_limits(&self) -> LossLimits {
        LossLimits { daily: self.max_daily_loss, drawdown: self.max_drawdown, consecutive: self.max_consecutive_losses }
    }

    /// Returns the largest entry of an account that holds nothing: a whole position, unless one order may not be that
    /// large.
    pub(super) fn full_order_size(&self) -> Qty {
        self.max_order_size.min(self.max_position_size)
    }

    /// Returns the number of messages in 60 seconds up to which an exit may be sent.
    pub(super) fn max_messages(&self) -> usize {
        usize::try_from(self.max_messages_per_minute).unwrap_or(usize::MAX)
    }

    /// Returns the number of messages in 60 seconds up to which an entry may be sent; the rest is reserved for cancels
    /// and exits.
    pub(super) fn max_order_messages(&self) -> usize {
        let reserved = self.cancel_share.of(i64::from(self.max_messages_per_minute));
        usize::try_from(i64::from(self.max_messages_per_minute) - reserved).unwrap_or(0)
    }
}
