//! Every key of the configuration: what it means, its unit, and what its value may be. The one place that describes them; a
//! test holds it against the defaults.

use host_core::Span;
use toml::Value;

/// A key of the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// `section.key`.
    pub name: &'static str,
    /// The unit of its value.
    pub unit: &'static str,
    /// The bound of its value, beyond its type.
    pub bound: Bound,
    /// Its effect, in one sentence.
    pub doc: &'static str,
}

impl Key {
    /// The part before the dot.
    pub fn section(&self) -> &'static str {
        self.name.split_once('.').map_or("", |(section, _)| section)
    }

    /// The part after the dot.
    pub fn leaf(&self) -> &'static str {
        self.name.split_once('.').map_or(self.name, |(_, leaf)| leaf)
    }
}

/// The bound of a number. Infinity and NaN are never allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// Any number, or no number at all.
    Any,
    /// Zero or more.
    NotNegative,
    /// More than zero.
    Positive,
    /// 0 to 1.
    Fraction,
}

impl Bound {
    /// Returns the bound that `value` breaks, if it does.
    pub fn broken_by(self, value: &Value) -> Option<&'static str> {
        let number = magnitude(value)?;
        let fits = match self {
            _ if !number.is_finite() => return Some("must be a finite number"),
            Bound::Any => true,
            Bound::NotNegative => number >= 0.0,
            Bound::Positive => number > 0.0,
            Bound::Fraction => (0.0..=1.0).contains(&number),
        };
        let wish = match self {
            Bound::Any => "must be a number",
            Bound::NotNegative => "must not be negative",
            Bound::Positive => "must be more than zero",
            Bound::Fraction => "must lie between 0 and 1",
        };
        (!fits).then_some(wish)
    }
}

/// The number in a value: itself, or a span's seconds, or the number that a text spells.
fn magnitude(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(*number as f64),
        Value::Float(number) => Some(*number),
        Value::String(text) => {
            let span = text.parse::<Span>().ok().map(Span::as_seconds);
            span.or_else(|| text.parse().ok())
        }
        _ => None,
    }
}

const fn key(name: &'static str, unit: &'static str, bound: Bound, doc: &'static str) -> Key {
    Key { name, unit, bound, doc }
}

/// The sections in their order, with what each is for.
pub const SECTIONS: &[(&str, &str)] = &[
    ("capital", "How much money is at work."),
    ("risk", "What no order may exceed. Amounts and sizes are those at full capital; the stage scales them."),
    ("execution", "How signals become orders."),
    ("exchange", "The embedded exchange of `host run` and `host backtest`."),
    ("sandbox", "What a strategy may use of the machine."),
    ("feed", "How the market is watched."),
    ("venue", "The venue of `host run --live`: Kalshi. The key itself stands in a file of its own, never here."),
    ("live", "How a live host works."),
];

use Bound::{Any, Fraction, NotNegative, Positive};

const SPAN: &str = "a span of time such as 10m";
const PRICING: &str = "`behind N`, `join`, `inside N` or `cross`, N in ticks";
const ADDRESS: &str = "an address; without TLS only on this machine";
const UNKNOWN: &str = "`refuse` or `allow`";

/// All keys, in the order in which they are shown. The bounds of `risk` are its own: the engine checks them too.
#[rustfmt::skip] // One key, one line: a table.
pub const KEYS: &[Key] = &[
    key("capital.target", "dollars", Positive, "What the strategies may work with in all, at full stage."),
    key("capital.stage", "0.25, 0.5 or 1.0", Any, "The part of the target that is at work; limits are scaled by it."),

    key("risk.allowed_markets", "tickers, prefixes such as \"KXHIGHNY*\", or \"*\"", Any, "Markets that may be traded."),
    key("risk.exclusive_events", "events, or prefixes", Any, "Events of which at most one market can resolve YES: they count their worst outcome, not the sum."),
    key("risk.max_position_size", "contracts", Any, "Held and ordered on one side of one market."),
    key("risk.max_position_value", "dollars", Any, "What one market's position and orders can lose at the worst."),
    key("risk.max_order_size", "contracts", Any, "Size of one entry order."),
    key("risk.max_order_value", "dollars", Any, "What one entry order can lose at the worst."),
    key("risk.max_daily_loss", "dollars", Any, "Loss of a UTC day, realised and marked, at which entries stop until the next day."),
    key("risk.max_drawdown", "dollars", Any, "Fall from the highest equity at which entries stop until a person resumes."),
    key("risk.max_consecutive_losses", "trades", Any, "Losing trades in a row at which entries stop until a person resumes."),
    key("risk.max_portfolio_exposure", "dollars", Any, "What all positions and entry orders can lose at the worst."),
    key("risk.max_category_exposure", "dollars", Any, "The same for the markets of one category."),
    key("risk.max_event_exposure", "dollars", Any, "The same for the markets of one event."),
    key("risk.max_open_positions", "positions", Any, "Of all strategies together; a working entry order counts as one."),
    key("risk.max_price_deviation", "dollars", Any, "Between an order's price and the mid, either way."),
    key("risk.max_volume_fraction", "a part, 0 to 1", Any, "An entry order's part of the contracts traded in the last 24 hours."),
    key("risk.volume_unknown", UNKNOWN, Any, "Whether an entry is refused where the volume is not known."),
    key("risk.min_spread", "dollars", Any, "Spread below which no entry is made."),
    key("risk.max_spread", "dollars", Any, "Spread above which no entry is made."),
    key("risk.max_quote_age_seconds", "seconds", Any, "How old the latest quote may be."),
    key("risk.max_price_jump", "dollars", Any, "Move of the mid between two quotes beyond which the market is blocked."),
    key("risk.clean_quotes", "quotes", Any, "Quotes without fault that unblock a market."),
    key("risk.min_time_to_close_seconds", "seconds", Any, "Time before a market's close from which on no entry is made."),
    key("risk.close_unknown", UNKNOWN, Any, "Whether an entry is refused where the close is not known."),
    key("risk.size_taper", "true or false", Any, "Whether entries shrink from full size to nothing as a cap is used from 70 % to 100 %."),
    key("risk.max_messages_per_minute", "messages", Any, "Orders and cancels in 60 seconds."),
    key("risk.cancel_share", "a part, 0 to 1", Any, "The part of these messages that is kept for cancels."),
    key("risk.duplicate_window_seconds", "seconds", Any, "Time within which the same entry again is a duplicate."),
    key("risk.max_repeated_executions", "rounds", Any, "Order, fill, order again by one strategy in one UTC day, beyond which its entries stop."),
    key("risk.max_error_rate", "a part, 0 to 1", Any, "The part of recent orders rejected by the venue at which trading halts."),
    key("risk.error_window", "orders, 1 to 64", Any, "How many recent orders that part is taken over."),

    key("execution.entry_pricing", PRICING, Any, "Where an entry's limit is placed, seen from the best price of its own side."),
    key("execution.exit_pricing", PRICING, Any, "Where an exit's limit is placed at first."),
    key("execution.exit_escalates_after", "times", Any, "How often an exit may expire before it crosses the spread; 0 = never."),
    key("execution.sizing", "`confidence`, or `fixed N`, N in contracts", Any, "How large an entry is."),
    key("execution.order_expiry", SPAN, Positive, "How long an order works before it is cancelled."),
    key("execution.refused_entry_retry", SPAN, NotNegative, "How long a refused entry waits before the same wish is checked again."),

    key("exchange.fill_model", "`instant`, `touch` or `probabilistic`", Any, "When orders fill: at once, only when the market comes to them, or by chance."),
    key("exchange.fill_probability", "a part, 0 to 1", Fraction, "Probabilistic: the part of the orders that fill at all."),
    key("exchange.slippage_std", "dollars", NotNegative, "Probabilistic: standard deviation of the fill price around the limit."),
    key("exchange.partial_probability", "a part, 0 to 1", Fraction, "Probabilistic: the part of the filled orders that fill only in part."),
    key("exchange.latency_mean_ms", "milliseconds", NotNegative, "Probabilistic: mean time from order to fill."),
    key("exchange.seed", "a whole number", NotNegative, "Seeds all chance: the same seed, the same run."),
    key("exchange.fees", "`none`, `kalshi` or `kalshi_with_maker_fees`", Any, "Whose fees are charged."),
    key("exchange.fee_multiplier_percent", "percent", NotNegative, "The fee multiplier of the series."),

    key("sandbox.component_bytes", "bytes", Positive, "Largest component file."),
    key("sandbox.memory_bytes", "bytes", Positive, "Memory of a strategy."),
    key("sandbox.table_elements", "elements", Positive, "Function pointers in all tables together."),
    key("sandbox.stack_bytes", "bytes", Positive, "Call stack of a strategy."),
    key("sandbox.fuel_start", "instructions, about", Positive, "For each call other than on-batch, and to start."),
    key("sandbox.fuel_base", "instructions, about", Positive, "For each on-batch call, whatever its size."),
    key("sandbox.fuel_per_row", "instructions, about", Positive, "For each row of a batch, on top."),
    key("sandbox.answer_bytes_base", "bytes", Positive, "That one call may answer, whatever its size."),
    key("sandbox.answer_bytes_per_row", "bytes", Positive, "For each row of a batch, on top."),
    key("sandbox.call_ms", "milliseconds", Positive, "Wall-clock backstop for one call."),
    key("sandbox.log_bytes", "bytes", Positive, "Log text kept of one call; the rest is counted and dropped."),
    key("sandbox.log_lines", "lines", Positive, "Log lines kept for a fault's report."),

    key("feed.poll", SPAN, Positive, "How often the market is looked at."),

    key("venue.base_url", ADDRESS, Any, "Where the venue's REST API is; the default is production, with real money."),
    key("venue.websocket_url", ADDRESS, Any, "Where its WebSocket is; empty: found from base_url."),
    key("venue.key_id", "text", Any, "The id of the API key, as the venue shows it."),
    key("venue.key_file", "a path", Any, "The file of the private key (PEM), which only its owner may read (chmod 600); seen from the folder of host.toml."),
    key("venue.websocket", "true or false", Any, "Whether to hear of changes by WebSocket as well; polling goes on either way."),
    key("venue.series", "tickers of series", Any, "The series whose markets are polled; empty: all."),
    key("venue.request_timeout", SPAN, Positive, "How long one request may take."),
    key("venue.read_attempts", "times, 1 to 10", Any, "How often a read is attempted before it fails; orders are sent once."),
    key("venue.clock", "`wall` or `stepped`", Any, "Whose time counts: the machine's, or that of an embedded exchange which is stepped."),

    key("live.account", "letters, digits, `-`, `_` and `.`", Any, "Your name for the account: confirmed at each live start, shown on every line."),
    key("live.folder", "a path", Any, "Where live accounts keep their journals, each in a folder of its own; seen from the folder of host.toml."),
    key("live.sync", SPAN, Positive, "How often orders and fills are looked at."),
    key("live.reconcile", SPAN, Positive, "How often all of the venue's books are compared with the host's."),
    key("live.snapshot", SPAN, Positive, "How often the engine's state is kept, at least."),
    key("live.cancel_timeout", SPAN, Positive, "How long a kill keeps cancelling until the venue lists no open order."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_hold_for_numbers_and_spans() {
        let check = |bound: Bound, value: Value, broken: bool| {
            assert_eq!(bound.broken_by(&value).is_some(), broken, "{bound:?} {value}");
        };
        check(NotNegative, Value::Integer(-1), true);
        check(NotNegative, Value::Integer(0), false);
        check(Positive, Value::Float(0.0), true);
        check(Positive, Value::String("0s".into()), true);
        check(Positive, Value::String("10m".into()), false);
        check(Bound::Fraction, Value::Float(1.01), true);
        check(Any, Value::Float(f64::NAN), true);
        check(Any, Value::Float(f64::INFINITY), true);
        check(Any, Value::String("join".into()), false);
    }

    #[test]
    fn every_key_has_a_section_that_is_explained() {
        for key in KEYS {
            assert!(SECTIONS.iter().any(|(section, _)| *section == key.section()), "{}", key.name);
        }
    }
}
