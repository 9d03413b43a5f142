//! The limits of the account with their use, for the status.

use std::cmp::Ordering;

use host_core::engine::Engine;
use host_core::risk::{RiskLimits, SlotUsage};
use host_core::{MarketId, Qty, SlotId, Usd};

use crate::control::status::LimitLine;
use crate::markets::Markets;

fn dollars(code: &str, used: Usd, limit: Usd, about: &str) -> LimitLine {
    LimitLine {
        code: code.to_owned(),
        used: used.as_dollars(),
        limit: limit.as_dollars(),
        unit: "dollars".to_owned(),
        about: about.to_owned(),
    }
}

fn counted(code: &str, used: u32, limit: u32, unit: &str) -> LimitLine {
    LimitLine {
        code: code.to_owned(),
        used: f64::from(used),
        limit: f64::from(limit),
        unit: unit.to_owned(),
        about: String::new(),
    }
}

fn fullest_first(mut lines: Vec<LimitLine>) -> Vec<LimitLine> {
    lines.sort_by(|one, other| other.share().partial_cmp(&one.share()).unwrap_or(Ordering::Equal));
    lines
}

/// Returns the own limits of `slot`, the fullest first.
pub(super) fn slot_limit_lines(engine: &Engine, slot: SlotId) -> Vec<LimitLine> {
    let Some(own) = engine.risk().slot_limits(slot) else { return Vec::new() };
    let SlotUsage { limits: usage, messages } = engine.risk().slot_usage(slot);
    let messages = u32::try_from(messages).unwrap_or(u32::MAX);
    let amounts = [
        ("max_exposure", usage.exposure, own.max_exposure),
        ("max_daily_loss", usage.day_loss, own.max_daily_loss),
        ("max_drawdown", usage.drawdown, own.max_drawdown),
    ];
    let counts = [
        ("max_open_positions", usage.open_positions, own.max_open_positions, "positions"),
        ("max_consecutive_losses", usage.losing_trades, own.max_consecutive_losses, "trades"),
        ("max_messages_per_minute", messages, own.max_messages_per_minute, "messages"),
    ];
    let amounts = amounts.into_iter().filter_map(|(code, used, limit)| Some(dollars(code, used, limit?, "")));
    let counts = counts.into_iter().filter_map(|(code, used, limit, unit)| Some(counted(code, used, limit?, unit)));
    fullest_first(amounts.chain(counts).collect())
}

/// Returns the limits of `engine`'s account that can be used up, the fullest first.
pub(super) fn limit_lines(engine: &Engine, markets: &Markets) -> Vec<LimitLine> {
    let (limits, usage) = (engine.risk().limits(), engine.risk().usage());
    let mut lines = vec![
        counted("max_open_positions", usage.open_positions, limits.max_open_positions, "positions"),
        dollars("max_portfolio_exposure", usage.exposure, limits.max_portfolio_exposure, ""),
        dollars("max_daily_loss", usage.day_loss, limits.max_daily_loss, ""),
        dollars("max_drawdown", usage.drawdown, limits.max_drawdown, ""),
        counted("max_consecutive_losses", usage.losing_trades, limits.max_consecutive_losses, "trades"),
    ];
    if let Some((category, loss)) = engine.risk().fullest_category() {
        lines.push(dollars("max_category_exposure", loss, limits.max_category_exposure, category));
    }
    lines.extend(largest_position(engine, limits, markets));
    fullest_first(lines)
}

/// Returns the use of the limits on one market's position, each by the market that is nearest to it.
fn largest_position(engine: &Engine, limits: &RiskLimits, markets: &Markets) -> Vec<LimitLine> {
    let held = || engine.portfolio().positions().map(|(market, _, position)| (market, position.qty.abs()));
    let line = |code: &str, market: MarketId, used: f64, limit: f64, unit: &str| LimitLine {
        code: code.to_owned(),
        used,
        limit,
        unit: unit.to_owned(),
        about: markets.title(market).to_owned(),
    };
    let size: Option<(MarketId, Qty)> = held().max_by_key(|(market, qty)| (*qty, *market));
    let at_risk = held().map(|(market, _)| (market, engine.risk().account_at_risk(market)));
    let value: Option<(MarketId, Usd)> = at_risk.max_by_key(|(market, loss)| (*loss, *market));
    let size = size.map(|(market, qty)| {
        let (used, limit) = (qty.as_contracts(), limits.max_position_size.as_contracts());
        line("max_position_size", market, used, limit, "contracts")
    });
    let value = value.map(|(market, loss)| {
        let (used, limit) = (loss.as_dollars(), limits.max_position_value.as_dollars());
        line("max_position_value", market, used, limit, "dollars")
    });
    size.into_iter().chain(value).collect()
}
