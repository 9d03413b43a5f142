//! The trades: how their results are spread, the best and the worst, and where profit came from.

use host_core::record::Trade;
use host_core::{Price, Side, Timestamp, Usd};
use host_report::{Column, Columns, Money, ProfitLine};

use super::subject::Subject;
use crate::chart::{Anchor, Plot, Scale, TimeAxis, WIDTH, step_line};
use crate::numbers::{adding_up, cents, change, count, duration, money, or_undefined, time, tone, trimmed};

/// Number of bars on each side of zero.
const BARS: i64 = 10;
/// Height of the bars, in pixels.
const HEIGHT: f64 = 120.0;
/// Number of trades in each list.
const LISTED: usize = 5;
/// Columns and height of a small chart.
const COLUMNS: usize = 100;
const SMALL: f64 = 64.0;

/// A trade in a list.
pub(super) struct TradeRow {
    pub(super) title: String,
    pub(super) facts: String,
    pub(super) net: String,
    pub(super) tone: &'static str,
}

/// The profit of a category or a strategy.
pub(super) struct GroupView {
    pub(super) name: String,
    pub(super) net: String,
    pub(super) tone: &'static str,
    pub(super) trades: String,
    pub(super) chart: String,
}

/// Returns the best trades and the worst ones, equally many, none in both.
pub(super) fn best_and_worst(subject: &Subject<'_>) -> (Vec<TradeRow>, Vec<TradeRow>) {
    let mut trades: Vec<&Trade> = subject.course.trades.iter().collect();
    trades.sort_by_key(|trade| (trade.net, trade.closed));
    let listed = LISTED.min(trades.len() / 2);
    let row = |trade: &&Trade| trade_row(subject, trade);
    (trades.iter().rev().take(listed).map(row).collect(), trades.iter().take(listed).map(row).collect())
}

fn trade_row(subject: &Subject<'_>, trade: &Trade) -> TradeRow {
    let price = |price: Price| cents(if trade.side == Side::Buy { price } else { price.complement() });
    let side = if trade.side == Side::Buy { "YES" } else { "NO" };
    let facts = format!(
        "{} {side}, {} \u{2192} {}, held {} from {}",
        trimmed(trade.qty.as_contracts(), 2),
        price(trade.entry_price),
        price(trade.exit_price),
        duration((trade.closed - trade.opened).as_seconds()),
        time(trade.opened)
    );
    TradeRow { title: subject.title(trade.market), facts, net: change(Money(trade.net)), tone: tone(trade.net) }
}

/// Returns the number of trades by result, in equal steps; what lies beyond the ends stands at the ends. With the text
/// below it.
pub(super) fn by_result(trades: &[Trade]) -> (String, String) {
    let Some(step) = step(trades) else { return (String::new(), "No trade was closed.".to_owned()) };
    let mut counts = [0u64; 2 * BARS as usize];
    for trade in trades {
        let place = trade.net.0.div_euclid(step.0).clamp(-BARS, BARS - 1) + BARS;
        counts[place as usize] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    let end = Usd(step.0 * BARS);
    let title = format!("Trades by result, in steps of {}", money(Money(step)));
    let mut plot = Plot::new(&title, HEIGHT, Scale { low: 0.0, high: most as f64, lines: Vec::new() }).flush().zero();
    let width = 1.0 / counts.len() as f64;
    for (at, number) in counts.iter().enumerate().filter(|(_, number)| **number > 0) {
        let (x, low) = (at as f64 * width, Usd(step.0 * (at as i64 - BARS)));
        let class = if low < Usd::ZERO { "down" } else { "up" };
        let hover = format!("{} to {}: {number}", change(Money(low)), change(Money(low + step)));
        plot.bar(class, (x + width * 0.08, width * 0.84), *number as f64, &hover);
        plot.say(x + width / 2.0, *number as f64, -4.0, Anchor::Middle, &count(*number));
    }
    plot.below(0.0, Anchor::Start, &change(Money(Usd::ZERO - end)));
    plot.below(0.5, Anchor::Middle, "$0");
    plot.below(1.0, Anchor::End, &change(Money(end)));
    let said = format!(
        "Number of trades, net of fees, in steps of {}; what lies beyond \u{b1}\u{2060}{} stands at the ends.",
        money(Money(step)),
        money(Money(end))
    );
    (plot.finish(), said)
}

/// Returns the round step with which nearly all trades lie between the ends; `None` without a trade.
fn step(trades: &[Trade]) -> Option<Usd> {
    let mut sizes: Vec<i64> = trades.iter().map(|trade| trade.net.abs().0).collect();
    sizes.sort_unstable();
    // One in fifty may lie beyond.
    let nearly_all = *sizes.get(sizes.len().checked_sub(1)? - sizes.len() / 50)?;
    let wanted = (nearly_all / BARS).max(Usd::CENT.0);
    let powers = (0..12).flat_map(|power| [1, 2, 5].map(|first| first * 10i64.pow(power) * Usd::CENT.0));
    powers.into_iter().find(|step| *step >= wanted).map(Usd)
}

/// Returns profit by category, best first, each with the closed trades over time on one scale for all, and the text
/// below them.
pub(super) fn categories(subject: &Subject<'_>) -> (Vec<GroupView>, String) {
    let mut lines: Vec<&ProfitLine> = subject.report.by_category.iter().filter(|line| line.fills > 0).collect();
    lines.sort_by(|a, b| b.net_pnl.cmp(&a.net_pnl).then_with(|| a.name.cmp(&b.name)));
    let sums: Vec<Vec<Column>> = lines.iter().map(|line| closed_profit(subject, &line.name)).collect();
    let values = || sums.iter().flatten().flat_map(|column| [column.lowest.value, column.highest.value]);
    let [low, high] = [values().min(), values().max()].map(|value| Usd(value.unwrap_or(0)).as_dollars());
    let scale = Scale::new(low.min(0.0), high.max(0.0), 0.01);
    let ends = [scale.low, scale.high]
        .map(|end| Usd::from_dollars(end).map_or_else(String::new, crate::numbers::whole_change));
    let amounts: Vec<Usd> = lines.iter().map(|line| line.net_pnl.map_or(Usd::ZERO, |net| net.0)).collect();
    let shown = adding_up(&amounts, Usd::CENT);
    let view = |((line, columns), net): ((&&ProfitLine, &Vec<Column>), &Usd)| {
        let net_text = line.net_pnl.map_or_else(|| crate::numbers::UNDEFINED.to_owned(), |_| change(Money(*net)));
        let name = if line.name.is_empty() { "Without a category".to_owned() } else { line.name.clone() };
        let chart = small_chart(subject, &format!("{name}: {net_text}"), columns, &scale);
        let trades = format!("{} trades", count(line.trades));
        GroupView { name, net: net_text, tone: tone(*net), trades, chart }
    };
    let views = lines.iter().zip(&sums).zip(&shown).map(view).collect();
    let said = format!(
        "Figures count open positions; lines are closed trades, all on one scale, {} to {}. The grey line is zero.",
        ends[0], ends[1]
    );
    (views, said)
}

fn small_chart(subject: &Subject<'_>, title: &str, columns: &[Column], scale: &Scale) -> String {
    let window = subject.course.window();
    let axis = TimeAxis::new(window.from(), window.until());
    let mut plot = Plot::new(title, SMALL, scale.clone()).flush().zero();
    let place =
        |point: host_report::Point| (axis.place(point.time) * WIDTH, plot.inner_y(Usd(point.value).as_dollars()));
    let path = step_line([columns], place);
    plot.path("ours", &path);
    plot.finish()
}

/// Returns the sum of the closed trades of a category over time, from zero at the start to the end of the window.
fn closed_profit(subject: &Subject<'_>, category: &str) -> Vec<Column> {
    let of =
        |trade: &&Trade| subject.markets.get(trade.market.index()).is_some_and(|market| market.category == category);
    let window = subject.course.window();
    let (mut columns, mut sum) = (Columns::new(COLUMNS), 0i64);
    columns.push(window.from(), 0);
    for trade in subject.course.trades.iter().filter(of) {
        sum = sum.saturating_add(trade.net.0);
        columns.push(trade.closed.max(window.from()), sum);
    }
    columns.push(Timestamp(window.until().0.saturating_sub(1)), sum);
    columns.as_slice().to_vec()
}

/// Returns profit by strategy, best first, if there are several.
pub(super) fn strategies(subject: &Subject<'_>) -> Vec<GroupView> {
    let mut lines: Vec<&ProfitLine> = subject.report.by_strategy.iter().collect();
    if lines.len() < 2 {
        return Vec::new();
    }
    lines.sort_by(|a, b| b.net_pnl.cmp(&a.net_pnl).then_with(|| a.name.cmp(&b.name)));
    let amounts: Vec<Usd> = lines.iter().map(|line| line.net_pnl.map_or(Usd::ZERO, |net| net.0)).collect();
    let view = |(line, net): (&&ProfitLine, Usd)| GroupView {
        name: line.name.clone(),
        net: or_undefined(line.net_pnl, |_| change(Money(net))),
        tone: tone(net),
        trades: count(line.trades),
        chart: String::new(),
    };
    lines.iter().zip(adding_up(&amounts, Usd::CENT)).map(view).collect()
}
