//! The second and third question: how orders were filled, and what the limits kept back.

use host_evaluate::review::{ExecutionPeriod, RefusalLine, Review};
use host_pages::numbers::{cents_change, count, date, duration, money, or_undefined, share, share_in_column, trimmed};
use host_pages::review::{Evidence, Heading, Question, Table, TableRow};

use super::cells::amount;

pub(super) fn execution(review: &Review) -> Question {
    let periods = &review.execution.periods;
    let evidence = if periods.iter().any(|period| period.orders > 0) {
        let caption = "Execution by period, the reviewed one last".to_owned();
        let headings = [
            Heading::names("From"),
            Heading::number("Orders"),
            Heading::number("Filled"),
            Heading::number("Slippage"),
            Heading::roomy("After 5 min"),
            Heading::roomy("After 30 min"),
            Heading::roomy("Shortfall"),
            Heading::roomy("Time to fill"),
            Heading::roomy("Fees"),
        ];
        let rows = periods.iter().map(period).collect();
        let words = "Filled: contracts filled of those ordered. Slippage: a contract, against the mid at the decision; \
                     minus is in our favour. After: the price's move our way since the fill.";
        vec![
            Evidence::Table(Table { caption, headings: headings.into(), rows, totals: Vec::new() }),
            Evidence::Said(words.to_owned()),
        ]
    } else {
        Vec::new()
    };
    Question { question: "Is execution getting better or worse?", answer: execution_answer(review), evidence }
}

fn execution_answer(review: &Review) -> String {
    let Some(last) = review.execution.periods.last().filter(|last| last.orders > 0) else {
        return "No order was sent, so there is no execution to judge.".to_owned();
    };
    let filled = or_undefined(last.fill_rate, share);
    let slippage = or_undefined(last.average_slippage, cents_change);
    let trend = match &review.execution.trend {
        Some(trend) => {
            let points = |slope: f64| format!("{} points", signed(slope * 100.0, 1));
            let cents = |slope: f64| format!("{}¢", signed(slope * 100.0, 2));
            let (rate, cost) = (or_undefined(trend.fill_rate, points), or_undefined(trend.average_slippage, cents));
            format!("From period to period the fill rate moves by {rate}, slippage by {cost}.")
        }
        None => match review.execution.periods.len() {
            1 => "One period is too few to call a trend.".to_owned(),
            several => format!("{several} periods are too few to call a trend."),
        },
    };
    format!("{filled} of contracts filled, at {slippage} a contract of slippage. {trend}")
}

fn signed(number: f64, places: usize) -> String {
    let text = trimmed(number, places);
    if text.starts_with('\u{2212}') || text == "0" { text } else { format!("+{text}") }
}

fn period(period: &ExecutionPeriod) -> TableRow {
    let after = |horizon: &str| {
        let found = period.markouts.iter().find(|markout| markout.horizon == horizon);
        or_undefined(found.and_then(|markout| markout.average), cents_change)
    };
    let cells = [
        count(period.orders),
        or_undefined(period.fill_rate, share_in_column),
        or_undefined(period.average_slippage, cents_change),
        after("5m"),
        after("30m"),
        or_undefined(period.shortfall.total, money),
        or_undefined(period.time_to_fill_p50_seconds, duration),
        money(period.fees),
    ];
    TableRow {
        name: date(period.from.get(..10).unwrap_or(&period.from)),
        cells: cells.map(Into::into).into(),
        ..TableRow::default()
    }
}

pub(super) fn refusals(review: &Review) -> Question {
    let lines = &review.refusals;
    let mut evidence = Vec::new();
    if !lines.is_empty() {
        let headings = [
            Heading::names("Why it was refused"),
            Heading::number("Would have won"),
            Heading::number("Would have made"),
            Heading::roomy("Won at settlement"),
            Heading::roomy("Made at settlement"),
        ];
        let rows = lines.iter().map(refusal).collect();
        let caption = "Refusals by cause, followed up".to_owned();
        evidence.push(Evidence::Table(Table { caption, headings: headings.into(), rows, totals: Vec::new() }));
        evidence.push(Evidence::Said(format!(
            "An opening: the first refusal of a market and side in three hours. As if each had rested ten minutes at \
             its price, been left {} later, and nothing else had changed; or held to settlement. That flatters: five \
             positions stay five.",
            duration(review.holding_seconds)
        )));
    }
    let question = "Did the limits refuse what would have won?";
    Question { question, answer: refusals_answer(lines), evidence }
}

fn refusals_answer(lines: &[RefusalLine]) -> String {
    let sum = |of: fn(&RefusalLine) -> u64| lines.iter().map(of).sum::<u64>();
    let (known, better) = (sum(|line| line.by_fill_model.known), sum(|line| line.by_fill_model.better));
    let how_often = match (known, better) {
        (0, _) => {
            return match lines.is_empty() {
                true => "No order was refused.".to_owned(),
                false => "That is not known: no refused opening has later prices to be followed up with.".to_owned(),
            };
        }
        (known, better) if better * 2 > known => "Often",
        (known, better) if better * 5 > known => "Sometimes",
        (_, 0) => "No",
        _ => "Seldom",
    };
    let most = lines.iter().filter(|line| line.by_fill_model.known > 0).max_by_key(|line| line.by_fill_model.better);
    let most = most.filter(|line| line.by_fill_model.better > 0 && lines.len() > 1);
    let most = most.map_or_else(String::new, |line| {
        format!(" Most of them by {}, {} of {}.", line.code, line.by_fill_model.better, line.by_fill_model.known)
    });
    format!("{how_often}: {} of {} openings would have made money.{most}", count(better), count(known))
}

fn refusal(line: &RefusalLine) -> TableRow {
    let times = match line.times {
        1 => "once".to_owned(),
        times => format!("{} times", count(times)),
    };
    let (model, settled) = (line.by_fill_model, line.to_settlement);
    let of = |better: u64, known: u64| match known {
        0 => or_undefined(None::<u64>, count),
        known => format!("{} of {}", count(better), count(known)),
    };
    let made = |known: u64, pnl: host_report::Money| match known {
        0 => or_undefined(None::<u64>, count).into(),
        _ => amount(pnl.0),
    };
    let cells = vec![
        of(model.better, model.known).into(),
        made(model.known, model.pnl),
        of(settled.better, settled.known).into(),
        made(settled.known, settled.pnl),
    ];
    let name = if line.meaning.is_empty() { line.code.clone() } else { line.meaning.clone() };
    TableRow { name, beside: format!("{}, {times}, {} openings", line.code, count(line.openings)), cells }
}
