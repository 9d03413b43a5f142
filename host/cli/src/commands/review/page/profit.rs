//! The first question: which markets and days made or lost.

use host_core::Usd;
use host_evaluate::review::{DaysProfit, MarketProfit, Profit};
use host_pages::numbers::{adding_up, change, count, date};
use host_pages::review::{Bar, Cell, Chart, Evidence, Heading, Question, Shape, Table, TableRow};
use host_pages::sums::cents_both_ways;
use host_report::Money;

use super::cells::amount;

/// Markets shown at both ends of the list.
const BEST: usize = 5;
const WORST: usize = 3;
/// Most days that have a column each.
const MOST_DAYS: usize = 7;

pub(super) fn question(profit: &Profit) -> Question {
    let mut evidence =
        vec![chart("Profit and loss by day", &by_day(profit), "Profit and loss by UTC day at mid, in dollars.")];
    if !profit.by_market.is_empty() {
        evidence.push(Evidence::Table(markets(profit, true)));
    }
    if profit.by_market.len() > BEST + WORST + 1 {
        let summary = format!("All {} markets", profit.by_market.len());
        evidence.push(Evidence::Folded(summary, markets(profit, false)));
    }
    evidence.push(Evidence::Said(format!(
        "{}; {}. Cents are rounded so that rows and columns add up.",
        of_days("Weekdays", profit.weekdays),
        of_days("the weekend", profit.weekend)
    )));
    if !profit.by_hour.is_empty() {
        let bars: Vec<(String, Usd)> =
            profit.by_hour.iter().enumerate().map(|(hour, money)| (format!("{hour:02}"), money.0)).collect();
        evidence.push(chart("Profit and loss by hour of the day", &bars, "By hour of the day, UTC, in dollars."));
    }
    Question { question: "Which markets, which days?", answer: answer(profit), evidence }
}

/// Names the market that made most and the one that lost most, and the best and the worst day.
fn answer(profit: &Profit) -> String {
    let sums = cells(profit).into_iter().map(|days| days.into_iter().flatten().sum::<Usd>());
    let markets: Vec<(&MarketProfit, Usd)> = profit.by_market.iter().zip(sums).collect();
    let best = markets.iter().max_by_key(|(_, sum)| *sum).filter(|(_, sum)| *sum > Usd::ZERO);
    let worst = markets.iter().min_by_key(|(_, sum)| *sum).filter(|(_, sum)| *sum < Usd::ZERO);
    let named = |(market, sum): &(&MarketProfit, Usd)| format!("{}, {}", title(market), change(Money(*sum)));
    let markets = match (best, worst) {
        (Some(best), Some(worst)) => format!("Most came from {}; most was lost on {}.", named(best), named(worst)),
        (Some(best), None) => format!("No market lost; most came from {}.", named(best)),
        (None, Some(worst)) => format!("No market made money; most was lost on {}.", named(worst)),
        (None, None) if markets.is_empty() => return "Nothing was held, so nothing was made or lost.".to_owned(),
        (None, None) => "No market made or lost anything.".to_owned(),
    };
    let days = by_day(profit);
    let best = days.iter().max_by_key(|(_, value)| *value);
    let worst = days.iter().min_by_key(|(_, value)| *value);
    let named = |(day, sum): &(String, Usd)| format!("{day}, {}", change(Money(*sum)));
    match best.zip(worst).filter(|_| days.len() > 1) {
        Some((best, worst)) => format!("{markets} Best day {}; worst {}.", named(best), named(worst)),
        None => markets,
    }
}

fn title(market: &MarketProfit) -> &str {
    if market.title.is_empty() { &market.market } else { &market.title }
}

fn of_days(name: &str, days: DaysProfit) -> String {
    let each = days.per_day.map_or_else(String::new, |each| format!(", {} a day", change(each)));
    let number = if days.days == 1 { "1 day".to_owned() } else { format!("{} days", days.days) };
    format!("{name} {} in {number}{each}", change(days.total))
}

/// Returns the days with their profits in whole cents, as the table has them.
fn by_day(profit: &Profit) -> Vec<(String, Usd)> {
    let cells = cells(profit);
    let sum = |at: usize| cells.iter().filter_map(|row| row[at]).sum();
    profit.days.iter().enumerate().map(|(at, day)| (date(day), sum(at))).collect()
}

/// Returns the profits by market and day in whole cents that add up.
fn cells(profit: &Profit) -> Vec<Vec<Option<Usd>>> {
    let row = |market: &MarketProfit| market.by_day.iter().map(|day| day.map(|money| money.0)).collect();
    cents_both_ways(&profit.by_market.iter().map(row).collect::<Vec<_>>())
}

fn chart(subject: &str, values: &[(String, Usd)], caption: &str) -> Evidence {
    let bar = |(label, value): &(String, Usd)| Bar {
        label: label.clone(),
        value: value.as_dollars(),
        shown: change(Money(*value)),
    };
    let bars: Vec<Bar> = values.iter().map(bar).collect();
    let told: Vec<String> = bars.iter().map(|bar| format!("{} {}", bar.label, bar.shown)).collect();
    let title = format!("{subject}: {}", told.join(", "));
    Evidence::Chart(Chart { title, caption: caption.to_owned(), shape: Shape::Bars { bars, are_levels: false } })
}

/// A market, or several together.
struct Line {
    name: String,
    beside: String,
    days: Vec<Option<Usd>>,
    trades: u64,
    wins: u64,
}

impl Line {
    fn sum(&self) -> Usd {
        self.days.iter().flatten().copied().sum()
    }

    /// Returns several lines as one, called `name`.
    fn together(name: String, lines: &[Line]) -> Line {
        let width = lines.first().map_or(0, |line| line.days.len());
        let day = |at: usize| {
            let held: Vec<Usd> = lines.iter().filter_map(|line| line.days[at]).collect();
            (!held.is_empty()).then(|| held.iter().copied().sum())
        };
        Line {
            name,
            beside: String::new(),
            days: (0..width).map(day).collect(),
            trades: lines.iter().map(|line| line.trades).sum(),
            wins: lines.iter().map(|line| line.wins).sum(),
        }
    }

    fn row(&self, days: usize) -> TableRow {
        let cell = |day: &Option<Usd>| day.map_or_else(|| Cell::from("·".to_owned()), amount);
        let ends = [amount(self.sum()), count(self.trades).into(), count(self.wins).into()];
        let cells = self.days.iter().take(days).map(cell).chain(ends).collect();
        TableRow { name: self.name.clone(), beside: self.beside.clone(), cells }
    }
}

/// Returns the table of markets and days; of a long one, the markets between both ends are one row if `folded`.
fn markets(profit: &Profit, folded: bool) -> Table {
    let line = |(market, days): (&MarketProfit, Vec<Option<Usd>>)| {
        let beside = if market.title.is_empty() { String::new() } else { market.market.clone() };
        Line { name: title(market).to_owned(), beside, days, trades: market.trades, wins: market.wins }
    };
    let lines: Vec<Line> = profit.by_market.iter().zip(cells(profit)).map(line).collect();
    let days = if profit.days.len() <= MOST_DAYS { profit.days.len() } else { 0 };
    let all = Line::together("All markets".to_owned(), &lines);
    let rows = if folded && lines.len() > BEST + WORST + 1 {
        let (best, rest) = lines.split_at(BEST);
        let (rest, worst) = rest.split_at(rest.len() - WORST);
        let more = Line::together(format!("{} more", rest.len()), rest);
        best.iter().chain([&more]).chain(worst).map(|line| line.row(days)).collect()
    } else {
        lines.iter().map(|line| line.row(days)).collect()
    };
    let headings = std::iter::once(Heading::names("Market"))
        .chain(profit.days.iter().take(days).map(|day| Heading::roomy(&date(day))))
        .chain(["P&L", "Trades", "Won"].map(Heading::number));
    Table {
        caption: "P&L by market and day".to_owned(),
        headings: headings.collect(),
        rows,
        totals: totals(profit, &all, days),
    }
}

/// Returns the sum of the markets, and where it differs, what no trade explains and the change of equity.
fn totals(profit: &Profit, all: &Line, days: usize) -> Vec<TableRow> {
    let rounded: Usd = adding_up(&[profit.total.0], Usd::CENT).into_iter().sum();
    let rest = rounded - all.sum();
    let mut rows = vec![all.row(days)];
    if rest != Usd::ZERO {
        let row = |name: &str, value: Usd| {
            let unknown = (0..days + 3).map(|at| if at == days { amount(value) } else { String::new().into() });
            TableRow { name: name.to_owned(), cells: unknown.collect(), ..TableRow::default() }
        };
        rows.extend([row("Not explained by trades", rest), row("Change of equity", rounded)]);
    }
    rows
}
