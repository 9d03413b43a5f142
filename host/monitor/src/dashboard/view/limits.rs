//! The limits with their use: those of the account, fullest first, and the words for a limit wherever it is shown.

use askama::Template;
use host_core::Usd;
use host_live::control::status::{LimitLine, Status};
use host_pages::numbers::{self, money, trimmed};
use host_report::Money;

/// Share of a limit from which it is near.
const NEAR: f64 = 0.8;

#[derive(Template)]
#[template(path = "limits.html")]
pub struct Limits {
    stage: String,
    rows: Vec<LimitRow>,
}

struct LimitRow {
    name: &'static str,
    use_: String,
    about: String,
    share: String,
    is_near: bool,
    gauge: String,
}

/// Returns the part about the limits.
pub fn limits(status: &Status) -> Limits {
    let row = |line: &LimitLine| LimitRow {
        name: limit_name(&line.code),
        use_: limit_use(line),
        about: line.about.clone(),
        share: numbers::share(line.share()),
        is_near: line.share() >= NEAR,
        gauge: gauge(line),
    };
    let stage = match status.stage_percent {
        // A run does not tell its stage.
        0 => "Fullest first.".to_owned(),
        percent => format!("Fullest first, at {percent} % of {}.", whole(status.capital_target)),
    };
    Limits { stage, rows: status.limits.iter().map(row).collect() }
}

/// Returns how much of a limit is used: `$12.50 of $40`.
pub fn limit_use(line: &LimitLine) -> String {
    match line.unit.as_str() {
        "dollars" => format!("{} of {}", dollars(line.used), whole(line.limit)),
        unit => format!("{} of {} {unit}", trimmed(line.used, 2), trimmed(line.limit, 2)),
    }
}

pub fn limit_name(code: &str) -> &'static str {
    match code {
        "max_open_positions" => "Open positions",
        "max_portfolio_exposure" => "Portfolio: what all of it can lose",
        "max_exposure" => "Exposure: what all of it can lose",
        "max_messages_per_minute" => "Messages in a minute",
        "max_daily_loss" => "Loss of the day",
        "max_drawdown" => "Fall from the peak",
        "max_consecutive_losses" => "Losing trades in a row",
        "max_category_exposure" => "Category: what it can lose",
        "max_position_size" => "Position size",
        "max_position_value" => "Position: what it can lose",
        _ => "Another limit",
    }
}

/// Draws the bar of a limit, as long as its row; its end is the limit.
pub fn gauge(line: &LimitLine) -> String {
    let share = line.share().clamp(0.0, 1.0);
    let class = if share >= NEAR { "near" } else { "use" };
    format!(
        "<svg class=\"gauge\" aria-hidden=\"true\" focusable=\"false\"><rect class=\"of\" width=\"100%\" \
         height=\"100%\"/><rect class=\"{class}\" width=\"{:.1}%\" height=\"100%\"/></svg>",
        share * 100.0
    )
}

pub fn dollars(amount: f64) -> String {
    numbers::or_undefined(Usd::from_dollars(amount), |amount| money(Money(amount)))
}

/// Formats a limit in dollars, without cents where it has none.
pub fn whole(amount: f64) -> String {
    let text = dollars(amount);
    text.strip_suffix(".00").map_or(text.clone(), str::to_owned)
}
