//! The lines of a status that the engine alone tells: of a live account, and of a paper run that is replayed.

use std::cmp::Ordering;

use host_core::engine::{Engine, Quarantine};
use host_core::risk::{RiskLimits, SlotUsage};
use host_core::strategy::StrategyVersion;
use host_core::{Intent, Market, MarketId, Order, Qty, SlotId, TimeInForce, Timestamp, Usd};

use super::status::{LimitLine, OrderLine, PositionLine, SlotLine};

/// Returns the positions of `engine`'s account. `closes` knows when a market closes.
pub fn position_lines(engine: &Engine, closes: impl Fn(MarketId) -> Option<Timestamp>) -> Vec<PositionLine> {
    let lines = engine.portfolio().positions().map(|(market, slot, position)| PositionLine {
        slot: engine.slot_name(slot).to_owned(),
        ticker: engine.market(market).map_or_else(String::new, |market| market.ticker.clone()),
        title: title(engine, market),
        closes: closes(market).map(|time| time.to_string()),
        at_risk: engine.risk().at_risk(slot, market).as_dollars(),
        contracts: position.qty.as_contracts(),
        cost: position.cost.as_dollars(),
        unrealised: Some(position.unrealised().as_dollars()),
        mark: f64::from(position.mark_doubled) / 20_000.0,
        mark_basis: engine.mark_basis(market).to_string(),
    });
    lines.collect()
}

/// Returns the line of `order`, of which `filled` is filled at `now`. `standing` is the stage of its life.
pub fn order_line(engine: &Engine, (order, filled): (&Order, Qty), standing: &str, now: Timestamp) -> OrderLine {
    OrderLine {
        slot: engine.slot_name(order.slot).to_owned(),
        order: order.id.0,
        ticker: engine.market(order.market).map_or_else(String::new, |market| market.ticker.clone()),
        title: title(engine, order.market),
        age_seconds: (now - order.created).as_seconds(),
        left_seconds: match order.time_in_force {
            TimeInForce::GoodTill(time) => Some((time - now).as_seconds()),
            TimeInForce::ImmediateOrCancel => None,
        },
        is_exit: order.intent == Intent::Exit,
        side: order.side.to_string(),
        price: order.price.dollars(),
        contracts: order.qty.as_contracts(),
        filled: filled.as_contracts(),
        standing: standing.to_owned(),
    }
}

/// Returns the line of `slot`, as far as the engine knows it at `now`.
pub fn slot_line(engine: &Engine, slot: SlotId, now: Timestamp) -> SlotLine {
    let vacant = SlotLine {
        slot: engine.slot_name(slot).to_owned(),
        standing: "vacant".to_owned(),
        limits: slot_limit_lines(engine, slot),
        ..SlotLine::default()
    };
    let Some(strategy) = engine.strategy(slot) else { return vacant };
    let StrategyVersion { name, version, sha256 } = StrategyVersion::of(strategy);
    let usage = strategy.usage();
    let mut reasons = engine.risk().slot_reasons(slot);
    let trades_from = Some(engine.trades_from(slot)).filter(|from| *from > now);
    let standing = match engine.quarantine_of(slot) {
        Some(Quarantine { since, reason }) => {
            reasons.insert(0, format!("quarantined since {since}: {reason}"));
            "quarantined"
        }
        None if !reasons.is_empty() => "stopped",
        None if trades_from.is_some() => "warming up",
        None => "trading",
    };
    SlotLine {
        strategy: name,
        version,
        sha256,
        standing: standing.to_owned(),
        reasons,
        trades_from: trades_from.map(|from| from.to_string()),
        rows: usage.rows,
        fuel: usage.fuel,
        memory_bytes: usage.memory_bytes as u64,
        former: engine.former(slot).map(|(version, until)| format!("{version} until {until}")),
        ..vacant
    }
}

fn title(engine: &Engine, market: MarketId) -> String {
    engine.market(market).map_or_else(String::new, |market: &Market| market.shown_title().to_owned())
}

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
fn slot_limit_lines(engine: &Engine, slot: SlotId) -> Vec<LimitLine> {
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
pub fn limit_lines(engine: &Engine) -> Vec<LimitLine> {
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
    lines.extend(largest_position(engine, limits));
    fullest_first(lines)
}

/// Returns the use of the limits on one market's position, each by the market that is nearest to it.
fn largest_position(engine: &Engine, limits: &RiskLimits) -> Vec<LimitLine> {
    let held = || engine.portfolio().positions().map(|(market, _, position)| (market, position.qty.abs()));
    let line = |code: &str, market: MarketId, used: f64, limit: f64, unit: &str| LimitLine {
        code: code.to_owned(),
        used,
        limit,
        unit: unit.to_owned(),
        about: title(engine, market),
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
