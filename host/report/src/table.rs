//! Reports as text tables: the case study's table, a full one, and several runs side by side. Without colour, at most
//! 80 columns wide for one run, numbers aligned to the right.

use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};
use host_core::foreign;

use crate::definitions::definitions;
use crate::format::{
    clipped, contracts, dollars, duration, grouped, or_undefined, percent, price, ratio, signed_dollars,
};
use crate::funnel::Funnel;
use crate::ground::FillGround;
use crate::header;
use crate::money::Money;
use crate::report::{Markout, ProfitLine, Report};

/// The amount of detail in a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// The case study's metrics.
    #[default]
    Short,
    /// All metrics, profit by strategy, category, market and day, and the definitions.
    Full,
}

/// A metric's label and its formatter.
type MetricRow = (&'static str, fn(&Report) -> String);

/// Widest line of a table.
const WIDTH: usize = 80;
/// Longest name shown in full, in characters.
const NAME_WIDTH: usize = 28;
/// Largest number of lines of a breakdown; the middle of a longer one is left out.
const MAX_LINES: usize = 40;

const HEADLINE: [MetricRow; 22] = [
    ("Total trades", |r| grouped(r.trades)),
    ("Win rate", |r| or_undefined(r.win_rate, percent)),
    ("Average win", |r| or_undefined(r.average_win, dollars)),
    ("Average loss", |r| or_undefined(r.average_loss, dollars)),
    ("Profit factor", |r| or_undefined(r.profit_factor, ratio)),
    ("Net P&L", |r| signed_dollars(r.net_pnl)),
    ("  realised", |r| signed_dollars(r.realised_pnl)),
    ("  open", |r| signed_dollars(r.open_pnl)),
    ("Max drawdown", |r| dollars(r.max_drawdown)),
    ("Max drawdown (%)", |r| or_undefined(r.drawdown.fraction, percent)),
    ("Sharpe ratio", |r| or_undefined(r.sharpe, ratio)),
    ("  standard error", |r| or_undefined(r.sharpe_standard_error, ratio)),
    ("Average holding time", |r| or_undefined(r.average_holding_seconds, duration)),
    ("Fill rate", |r| or_undefined(r.fill_rate, percent)),
    ("  per order", |r| or_undefined(r.fill_rate_per_order, percent)),
    ("  per wish", |r| or_undefined(r.fill_rate_per_wish, percent)),
    ("Average slippage", |r| or_undefined(r.average_slippage, price)),
    ("Fees", |r| dollars(r.fees)),
    ("Signals", |r| grouped(r.signals)),
    ("Orders", |r| grouped(r.orders)),
    ("Fills", |r| grouped(r.fills)),
    ("Open positions", |r| grouped(r.final_positions.len() as u64)),
];

const RETURNS: [MetricRow; 12] = [
    ("Start equity", |r| dollars(r.start_equity)),
    ("Final equity", |r| dollars(r.final_equity)),
    ("Total return", |r| or_undefined(r.total_return, percent)),
    ("CAGR", |r| or_undefined(r.cagr, percent)),
    ("Sortino ratio", |r| or_undefined(r.sortino, ratio)),
    ("Calmar ratio", |r| or_undefined(r.calmar, ratio)),
    ("Days of returns", |r| grouped(r.sharpe_days)),
    ("Expectancy per trade", |r| or_undefined(r.expectancy, signed_dollars)),
    ("Drawdown from", |r| or_undefined(r.drawdown.start.clone(), |date| date)),
    ("  lowest", |r| or_undefined(r.drawdown.trough.clone(), |date| date)),
    ("  recovered", |r| or_undefined(r.drawdown.recovery.clone(), |date| date)),
    ("  days under water", |r| or_undefined(r.drawdown.days_under_water, grouped)),
];

const EXECUTION: [MetricRow; 22] = [
    ("Orders filled fully", |r| grouped(r.order_fills.fully)),
    ("  partly", |r| grouped(r.order_fills.partly)),
    ("  not at all", |r| grouped(r.order_fills.none)),
    ("Wishes filled", |r| grouped(r.wishes.filled)),
    ("  given up", |r| grouped(r.wishes.given_up)),
    ("Orders cancelled", |r| grouped(r.order_ends.cancelled)),
    ("  expired", |r| grouped(r.order_ends.expired)),
    ("  refused by the venue", |r| grouped(r.order_ends.rejected)),
    ("  still working", |r| grouped(r.order_ends.working)),
    ("Cancel ratio", |r| or_undefined(r.cancel_ratio, percent)),
    ("Time to fill, median", |r| or_undefined(r.time_to_fill.p50_seconds, duration)),
    ("  95th percentile", |r| or_undefined(r.time_to_fill.p95_seconds, duration)),
    ("Slippage in bps", |r| or_undefined(r.average_slippage_bps, ratio)),
    ("  as maker", |r| or_undefined(r.maker.average_slippage, price)),
    ("  as taker", |r| or_undefined(r.taker.average_slippage, price)),
    ("Filled as maker", |r| or_undefined(r.maker.share, percent)),
    ("Shortfall", |r| or_undefined(r.implementation_shortfall.total, dollars)),
    ("  execution", |r| or_undefined(r.implementation_shortfall.execution, dollars)),
    ("  opportunity", |r| or_undefined(r.implementation_shortfall.opportunity, dollars)),
    ("Turnover", |r| or_undefined(r.turnover, ratio)),
    ("Time in market", |r| or_undefined(r.time_in_market, percent)),
    ("Faults", |r| grouped(r.faults)),
];

/// Returns the report as a table that ends in a line feed.
pub fn table(report: &Report, detail: Detail) -> String {
    let mut text = header::header(report);
    text.push_str(&incomplete(report));
    text.push_str(&headline(report));
    text.push_str(&flattery(report));
    text.push_str(&ground(report));
    text.push_str(&rejections(report));
    text.push_str(&report.funnel.as_ref().map(Funnel::lines).unwrap_or_default());
    text.push_str(&speed(report));
    if detail == Detail::Full {
        text.push_str(&full(report));
    }
    text
}

/// Returns the line above the figures of a run that was stopped; nothing for a complete one.
fn incomplete(report: &Report) -> String {
    let Some(cause) = report.stopped_by.filter(|_| !report.complete) else { return String::new() };
    let end = report.end.as_deref().map_or("before the period began".to_owned(), |end| format!("at {end}"));
    format!("INCOMPLETE: stopped by {} {end}\n\n", cause.text())
}

/// Returns the case study's figures, beside those of the lower estimate if there is one.
fn headline(report: &Report) -> String {
    let Some(lower) = &report.lower_estimate else { return figures(&["Metric", "Value"], &HEADLINE, report) };
    let model = |report: &Report| report.about.as_ref().map_or_else(String::new, |about| about.fill_model.clone());
    let headings = [format!("best estimate: {}", model(report)), format!("lower: {}", model(lower))];
    // What is still open is not kept of an estimate.
    let of_lower = |(label, show): &MetricRow| match *label {
        "Open positions" => String::new(),
        _ => show(lower),
    };
    let rows = HEADLINE.iter().map(|row| vec![row.0.to_owned(), row.1(report), of_lower(row)]);
    grid(&["Metric", &headings[0], &headings[1]], 1, rows.collect())
}

/// Returns the lines below the figures that say what the fills stand on; nothing if there is nothing to say.
fn ground(report: &Report) -> String {
    let sentences = report.fill_ground.map_or_else(Vec::new, FillGround::sentences);
    sentences.iter().map(|sentence| format!("\n{}", wrapped("Fills", sentence))).collect()
}

/// Returns the lines below the figures that say how the fill model flatters them; nothing if it does not.
fn flattery(report: &Report) -> String {
    let flattered = report.about.as_ref().and_then(|about| Some((&about.fill_model, about.flatters.as_ref()?)));
    flattered.map_or_else(String::new, |(model, how)| format!("\n{}", wrapped(&format!("`{model}` flatters"), how)))
}

/// Returns a table of several named runs side by side: the case study's comparison.
pub fn side_by_side(runs: &[(&str, &Report)]) -> String {
    let names: Vec<String> = runs.iter().map(|(name, _)| foreign::line(name, foreign::CELL)).collect();
    let headings: Vec<&str> = std::iter::once("Metric").chain(names.iter().map(String::as_str)).collect();
    let row = |(label, show): &MetricRow| {
        std::iter::once((*label).to_owned()).chain(runs.iter().map(|(_, report)| show(report))).collect()
    };
    let mut rows: Vec<Vec<String>> = HEADLINE.iter().map(row).collect();
    rows.push(row(&("Rejections", |report| grouped(report.rejections.values().sum()))));
    grid(&headings, 1, rows)
}

fn full(report: &Report) -> String {
    let mut text = String::new();
    let mut section = |title: &str, body: String| {
        if !body.is_empty() {
            text.push_str(&format!("\n{title}\n{body}"));
        }
    };
    section("Returns", figures(&[], &RETURNS, report));
    section("Execution", figures(&[], &EXECUTION, report));
    section("Markouts, per contract", markouts(&report.markouts));
    section("Probabilities", probabilities(report));
    section("Open positions", positions(report));
    section("Net P&L by strategy", profits(&report.by_strategy));
    section("Net P&L by category", profits(&report.by_category));
    section("Net P&L by market", profits(&report.by_market));
    section("Net P&L by day", days(report));
    section("Definitions", definitions().map(|(figure, sentence)| wrapped(figure, sentence)).collect());
    text
}

fn figures(headings: &[&str], rows: &[MetricRow], report: &Report) -> String {
    grid(headings, 1, rows.iter().map(|(label, show)| vec![(*label).to_owned(), show(report)]).collect())
}

fn rejections(report: &Report) -> String {
    let total: u64 = report.rejections.values().sum();
    let mut rows = vec![vec!["Rejections".to_owned(), grouped(total)]];
    rows.extend(report.rejections.iter().map(|(code, count)| vec![format!("  {code}"), grouped(*count)]));
    format!("\n{}", grid(&[], 1, rows))
}

fn speed(report: &Report) -> String {
    let rate =
        report.updates_per_second.map_or_else(String::new, |rate| format!(", {} a second", grouped(rate as u64)));
    // An account's figures come from its journal, which took no time that says anything.
    let taken = if report.seconds > 0.0 { format!(" in {}{rate}", duration(report.seconds)) } else { String::new() };
    format!("\n{} updates{taken}\n", grouped(report.updates))
}

fn markouts(markouts: &[Markout]) -> String {
    let cell = |money: Option<Money>| or_undefined(money, price);
    let row = |m: &Markout| vec![m.horizon.clone(), grouped(m.fills), cell(m.average), cell(m.maker), cell(m.taker)];
    grid(&["After", "Fills", "Average", "Maker", "Taker"], 1, markouts.iter().map(row).collect())
}

fn probabilities(report: &Report) -> String {
    let Some(scores) = &report.probabilities else { return String::new() };
    let number = |figure: Option<f64>| or_undefined(figure, |value| format!("{value:.4}"));
    let rows = [
        ("Forecasts", grouped(scores.forecasts)),
        ("  resolved", grouped(scores.resolved)),
        ("Brier score", number(scores.brier)),
        ("  of the market", number(scores.market_brier)),
        ("  advantage", number(scores.brier_advantage)),
        ("  skill", number(scores.brier_skill)),
        ("Log loss", number(scores.log_loss)),
    ];
    grid(&[], 1, rows.into_iter().map(|(label, value)| vec![label.to_owned(), value]).collect())
}

fn positions(report: &Report) -> String {
    let rows = report.final_positions.iter().map(|line| {
        let average = or_undefined(line.average_price, price);
        let names = [clipped(&line.market, NAME_WIDTH), clipped(&line.strategy, 16)];
        let figures = [contracts(line.contracts), average, price(line.mark), signed_dollars(line.open_pnl)];
        names.into_iter().chain(figures).collect()
    });
    grid(&["Market", "Strategy", "Held", "Paid", "Mid", "Open P&L"], 2, elided(rows.collect()))
}

fn profits(lines: &[ProfitLine]) -> String {
    let mut lines: Vec<&ProfitLine> = lines.iter().collect();
    lines.sort_by(|a, b| b.net_pnl.cmp(&a.net_pnl).then_with(|| a.name.cmp(&b.name)));
    let row = |line: &&ProfitLine| {
        vec![
            clipped(&line.name, NAME_WIDTH),
            or_undefined(line.net_pnl, signed_dollars),
            grouped(line.trades),
            or_undefined(line.win_rate, percent),
            grouped(line.fills),
            dollars(line.fees),
        ]
    };
    let headings = ["Name", "Net P&L", "Trades", "Win rate", "Fills", "Fees"];
    grid(&headings, 1, elided(lines.iter().map(row).collect()))
}

fn days(report: &Report) -> String {
    let rows = report.by_day.iter().map(|day| {
        let money = [signed_dollars(day.net_pnl), dollars(day.equity)];
        let counts = [grouped(day.trades), grouped(day.fills), dollars(day.fees)];
        std::iter::once(day.date.clone()).chain(money).chain(counts).collect()
    });
    grid(&["Date", "Net P&L", "Equity", "Trades", "Fills", "Fees"], 1, elided(rows.collect()))
}

/// Replaces the middle of a long list of rows by a line with the number of rows left out.
fn elided(mut rows: Vec<Vec<String>>) -> Vec<Vec<String>> {
    if rows.len() > MAX_LINES {
        let missing = rows.len() - MAX_LINES;
        let half = MAX_LINES / 2;
        rows.splice(half..half + missing, [vec![format!("\u{2026} {} more, see JSON", grouped(missing as u64))]]);
    }
    rows
}

/// Returns an aligned table without borders, its first `left` columns aligned to the left; empty if there are no rows.
fn grid(headings: &[&str], left: usize, rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut table = Table::new();
    table.load_style(NOTHING);
    if !headings.is_empty() {
        table.set_header(headings.to_vec());
    }
    table.add_rows(rows);
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        column.set_cell_alignment(if index < left { CellAlignment::Left } else { CellAlignment::Right });
    }
    table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Wraps `figure: sentence` at 80 columns, with a hanging indent.
fn wrapped(figure: &str, sentence: &str) -> String {
    let mut lines = vec![format!("{figure}:")];
    for word in sentence.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= WIDTH => *line += &format!(" {word}"),
            _ => lines.push(format!("  {word}")),
        }
    }
    lines.into_iter().map(|line| line + "\n").collect()
}
