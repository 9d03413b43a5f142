//! The price of each traded market, with the orders and fills in it.

use host_core::{MarketId, Price, Side, Span, Timestamp, Usd};
use host_report::{Column, MarketCourse, Money, Point, ProfitLine, TradedPoint};

use super::subject::Subject;
use crate::chart::{Plot, Scale, TimeAxis, WIDTH, down_sampled, lines, step_line, without_gaps};
use crate::numbers::{UNDEFINED, adding_up, cents, change, count, or_undefined, share_in_column, time, tone, trimmed};

/// Number of columns of a price.
const COLUMNS: usize = 160;
/// Height of the chart of a score, in pixels.
const SCORE_HEIGHT: f64 = 36.0;
/// Height of a chart, in pixels.
const HEIGHT: f64 = 112.0;
/// Bytes that all charts together may take: the page has to stay small enough to be sent.
const ROOM: usize = 230_000;
/// Shortest line of an order, in units of the inner picture: a shorter one would not be seen.
const SHORTEST: f64 = 8.0;
/// Number of charts that are seen at once; the others are folded.
const SEEN: usize = 6;
/// Number of polls without a price from which a line has a gap.
const GAP_POLLS: i64 = 5;

/// A market with its chart.
pub(super) struct MarketView {
    pub(super) title: String,
    pub(super) ticker: String,
    pub(super) net: String,
    pub(super) tone: &'static str,
    pub(super) facts: String,
    pub(super) chart: String,
}

/// A line of the table of all markets.
pub(super) struct MarketRow {
    pub(super) name: String,
    pub(super) net: String,
    pub(super) tone: &'static str,
    pub(super) trades: String,
    pub(super) won: String,
    pub(super) fees: String,
}

/// The traded markets.
pub(super) struct Markets {
    pub(super) heading: String,
    pub(super) seen: Vec<MarketView>,
    pub(super) folded: Vec<MarketView>,
    pub(super) rows: Vec<MarketRow>,
    pub(super) total: MarketRow,
    /// The gaps of the charts, in words.
    pub(super) note: String,
}

pub(super) fn markets(subject: &Subject<'_>) -> Markets {
    let traded = subject.course.markets.len();
    let mut ids: Vec<MarketId> = subject.course.markets.keys().copied().collect();
    let net = |id: &MarketId| profit(subject, *id).and_then(|line| line.net_pnl).map_or(Usd::ZERO, |net| net.0.abs());
    ids.sort_by_key(|id| (std::cmp::Reverse(net(id)), *id));
    let (mut views, mut size) = (Vec::new(), 0);
    for id in ids {
        let Some(view) = view(subject, id) else { continue };
        size += view.chart.len() + 300;
        if size > ROOM {
            break;
        }
        views.push(view);
    }
    let drawn = views.len();
    let folded = views.split_off(views.len().min(SEEN));
    let (rows, total) = table(subject);
    let heading = match traded {
        0 => "No market was traded".to_owned(),
        1 => "The market that was traded".to_owned(),
        traded => format!("{} markets were traded", count(traded as u64)),
    };
    Markets { heading, seen: views, folded, rows, total, note: note(subject, traded, drawn) }
}

fn note(subject: &Subject<'_>, traded: usize, drawn: usize) -> String {
    let mut sentences = Vec::new();
    match subject.no_prices {
        Some(reason) => sentences.push(format!("No prices: {reason}.")),
        None if drawn < traded => {
            sentences.push(format!("Drawn are the {drawn} that made or lost most; the table has all."))
        }
        None => {}
    }
    if subject.course.markets.keys().any(|id| subject.course.lines(*id).is_some()) {
        sentences.push(lines::LEGEND.to_owned());
    } else if traded > 0 {
        sentences.push(
            "Fair value and bands: score only. This run keeps no lines of its strategy; one that exports `chart` of \
             contract 1.1 has them."
                .to_owned(),
        );
    }
    if subject.course.markets.keys().any(|id| subject.course.score(*id).is_some()) {
        sentences.push("Below each price, in grey: the score.".to_owned());
    }
    sentences.join(" ")
}

fn profit<'a>(subject: &Subject<'a>, id: MarketId) -> Option<&'a ProfitLine> {
    let ticker = subject.ticker(id);
    subject.report.by_market.iter().find(|line| line.name == ticker)
}

/// Returns a market with its chart; `None` if its price was not followed.
fn view(subject: &Subject<'_>, id: MarketId) -> Option<MarketView> {
    let (course, price) = (subject.course.markets.get(&id)?, subject.course.price(id)?);
    let columns = down_sampled(price.as_slice(), COLUMNS);
    let line = profit(subject, id);
    let net = line.and_then(|line| line.net_pnl);
    let trades = line.map_or(0, |line| line.trades);
    let settled =
        course.settled.map_or_else(String::new, |(at, paid)| format!("; paid {} on {}", cents(paid), time(at)));
    let facts = format!(
        "{}, {}, {}{settled}",
        counted(trades, "trade"),
        counted(course.orders.len() as u64, "order"),
        counted(course.fills.len() as u64, "fill")
    );
    let net_text = or_undefined(net, change);
    let title = subject.title(id);
    let mut chart = chart(subject, (id, course), &columns, &format!("Price of {title}: {facts}, {net_text}"))?;
    if let Some(score) = subject.course.score(id) {
        chart += &score_chart(subject, score.as_slice(), (course, &columns), &title);
    }
    let ticker = subject.ticker(id).to_owned();
    Some(MarketView { title, ticker, net: net_text, tone: net.map_or("", |net| tone(net.0)), facts, chart })
}

fn counted(number: u64, what: &str) -> String {
    format!("{} {what}{}", count(number), if number == 1 { "" } else { "s" })
}

/// Returns the chart of the score below that of the price, over the same time.
fn score_chart(
    subject: &Subject<'_>,
    score: &[Column],
    (course, price): (&MarketCourse, &[Column]),
    title: &str,
) -> String {
    let (score, Some(axis)) = (down_sampled(score, COLUMNS), axis(course, price)) else { return String::new() };
    let value = |value: i64| value as f64 / 1_000.0;
    let values = || score.iter().flat_map(|column| [value(column.lowest.value), value(column.highest.value)]);
    let most = values().fold(0.0f64, |most, value| most.max(value.abs()));
    let plot = Plot::new(
        &format!("Score of {title}: at most {most:.1} from zero"),
        SCORE_HEIGHT,
        Scale {
            low: -most.max(1.0),
            high: most.max(1.0),
            lines: vec![-most.max(1.0).floor(), 0.0, most.max(1.0).floor()],
        },
    );
    let mut plot = plot.grid(|value| trimmed(value, 1));
    let place = |point: Point| (axis.place(point.time) * WIDTH, plot.inner_y(value(point.value)));
    let path = step_line(without_gaps(&score, longest_gap(subject, &score)), place);
    plot.path("score", &path);
    plot.finish()
}

/// Returns the axis of time of a market's charts; `None` without a price.
fn axis(course: &MarketCourse, price: &[Column]) -> Option<TimeAxis> {
    let (first, last) = (price.first()?, price.last()?);
    let until = course.settled.map_or(last.last.time, |(at, _)| at.max(last.last.time));
    Some(TimeAxis::new(first.first.time, until))
}

/// Returns the longest time without a point over which a line is still drawn.
fn longest_gap(subject: &Subject<'_>, columns: &[Column]) -> Span {
    let length = columns.first().zip(columns.last()).map_or(0, |(first, last)| last.last.time.0 - first.first.time.0);
    Span(subject.poll.0.saturating_mul(GAP_POLLS).max(length / COLUMNS as i64 * 2))
}

/// Returns the chart of a price in cents; `None` if there was none.
fn chart(
    subject: &Subject<'_>,
    (id, course): (MarketId, &MarketCourse),
    columns: &[Column],
    title: &str,
) -> Option<String> {
    let cent = |value: i64| value as f64 / 200.0;
    let of_price = |price: Price| f64::from(price.0) / 100.0;
    let prices = columns.iter().flat_map(|column| [cent(column.lowest.value), cent(column.highest.value)]);
    let traded = course.fills.iter().map(|fill| of_price(fill.price));
    let lines = subject.course.lines(id);
    let drawn = lines.into_iter().flat_map(|named| lines::values(named).map(cent));
    let values: Vec<f64> = prices.chain(traded).chain(drawn).collect();
    let (low, high) =
        values.iter().fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(*value), high.max(*value)));
    let axis = axis(course, columns)?;
    let label = |value: f64| format!("{}¢", trimmed(value, 2));
    let mut plot = Plot::new(title, HEIGHT, Scale::new(low, high, 0.01)).grid(label);
    let place = |point: Point| (axis.place(point.time) * WIDTH, plot.inner_y(cent(point.value)));
    let drawn = step_line(without_gaps(columns, longest_gap(subject, columns)), place);
    let orders = orders(course, &axis, |price| plot.inner_y(of_price(price)));
    if let Some(named) = lines {
        let (height, scale) = (plot.clone(), &axis);
        let place = |point: Point| (scale.place(point.time) * WIDTH, height.inner_y(cent(point.value)));
        lines::draw(&mut plot, named, longest_gap(subject, columns), place);
    }
    plot.path("orders", &orders);
    plot.path("price", &drawn);
    let mut plot = plot.times(&axis);
    let mut before = None;
    for TradedPoint { time, side, price, .. } in &course.fills {
        let at = (axis.place(*time) * 400.0).round() / 400.0;
        // Fills of one order at one price lie over each other.
        if before.replace((at.to_bits(), *side, *price)) != Some((at.to_bits(), *side, *price)) {
            plot.symbol(if *side == Side::Buy { "buy" } else { "sell" }, at, of_price(*price));
        }
    }
    Some(plot.finish())
}

/// Returns the orders as level lines, each as long as it worked.
fn orders(course: &MarketCourse, axis: &TimeAxis, y: impl Fn(Price) -> f64) -> String {
    let mut path = String::new();
    let mut before = None;
    for order in &course.orders {
        let [from, to] =
            [order.created, order.ended.unwrap_or(Timestamp(i64::MAX))].map(|time| (axis.place(time) * WIDTH).round());
        let (y, to) = ((y(order.price) * 10.0).round() / 10.0, to.max(from + SHORTEST));
        if before.replace((from.to_bits(), y.to_bits())) != Some((from.to_bits(), y.to_bits())) {
            path.push_str(&format!("M{from} {y}H{to}"));
        }
    }
    path
}

/// Returns the lines of all markets, best first, and their sum: as shown, they add up to it.
fn table(subject: &Subject<'_>) -> (Vec<MarketRow>, MarketRow) {
    let mut lines: Vec<&ProfitLine> = subject.report.by_market.iter().filter(|line| line.fills > 0).collect();
    lines.sort_by(|a, b| b.net_pnl.cmp(&a.net_pnl).then_with(|| a.name.cmp(&b.name)));
    let column = |of: &dyn Fn(&ProfitLine) -> Usd| lines.iter().map(|line| of(line)).collect::<Vec<Usd>>();
    let nets = column(&|line| line.net_pnl.map_or(Usd::ZERO, |net| net.0));
    let fees = column(&|line| line.fees.0);
    let [shown_nets, shown_fees] = [&nets, &fees].map(|amounts| adding_up(amounts, Usd::CENT));
    let rows = lines.iter().zip(shown_nets.iter().zip(&shown_fees)).map(|(line, (net, fee))| MarketRow {
        name: line.name.clone(),
        net: line.net_pnl.map_or(UNDEFINED.to_owned(), |_| change(Money(*net))),
        tone: tone(*net),
        trades: count(line.trades),
        won: or_undefined(line.win_rate, share_in_column),
        fees: crate::numbers::money(Money(*fee)),
    });
    let sum: Usd = shown_nets.iter().copied().sum();
    let total = MarketRow {
        name: "All markets".to_owned(),
        net: change(Money(sum)),
        tone: tone(sum),
        trades: count(lines.iter().map(|line| line.trades).sum()),
        won: or_undefined(subject.report.win_rate, share_in_column),
        fees: crate::numbers::money(Money(shown_fees.iter().copied().sum())),
    };
    (rows.collect(), total)
}
