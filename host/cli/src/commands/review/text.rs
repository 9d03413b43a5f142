//! A review for the terminal: each question with its answer, and the figures under it.

use host_core::{Usd, foreign};
use host_evaluate::review::{
    DaysProfit, ExecutionPeriod, Health, Profit, RefusalLine, Review, Signals, Summary, VenueHealth,
};
use host_report::Money;

use crate::terminal::output::Rows;
use crate::terminal::units::grouped;

/// Longest ticker shown in full.
const NAME_WIDTH: usize = 26;
/// Markets shown at both ends of the list.
const BEST: usize = 5;
const WORST: usize = 3;

pub fn text(review: &Review) -> String {
    let Review { mode, from, until, profit, complete, .. } = review;
    let name = one_line(&review.name);
    let part = if *complete { "" } else { ", a part of the period" };
    let mut text = format!("Review of {name} ({mode}): {} to {} UTC{part}\n", minute(from), minute(until));
    text += &summary(&review.summary);
    let mut section = |title: &str, answer: String, body: String| {
        text += &format!("\n{title}: {answer}\n{body}");
    };
    let (total, won) = (profit.total.0.shown_signed(), profit.wins);
    let trades = grouped(profit.trades);
    section("P&L", format!("{total}, {trades} trades closed, {won} won"), profit_text(profit));
    section("Execution", execution_answer(review), execution_text(&review.execution.periods));
    section("Refusals", refusals_answer(&review.refusals), refusals_text(&review.refusals));
    section("System", health_answer(&review.health), health_text(&review.health));
    section("Signals", signals_answer(&review.signals), signals_text(&review.signals));
    let people = review
        .people
        .iter()
        .map(|note| format!("{} {}: {} ({})", minute(&note.time), note.who, note.what, note.text))
        .map(|note| format!("  {}\n", one_line(&note)));
    section("People", people_answer(review.people.len()), people.collect());
    let steps = review.next_steps.iter().map(|step| format!("  - {}\n", one_line(step)));
    section("Next steps", format!("{} by rule", review.next_steps.len()), steps.collect());
    for note in &review.notes {
        text += &format!("\nnote: {}", one_line(note));
    }
    if !review.notes.is_empty() {
        text += "\n";
    }
    text
}

fn one_line(text: &str) -> String {
    foreign::line(text, foreign::LINE)
}

fn summary(summary: &Summary) -> String {
    let Summary { trades, wins, orders_filled, orders_ended, .. } = summary;
    let mut rows = Rows::new(&["Metric", "Value"]);
    let mut row = |name: &str, value: String| rows.push([name.to_owned(), value]);
    row("Trades", trades.to_string());
    row("Win rate", format!("{} ({wins}/{trades})", percent(summary.win_rate)));
    row("Total P&L", summary.total_pnl.0.shown_signed());
    row("Max drawdown", or_na(summary.max_drawdown.map(|money| money.0.shown())));
    row("Fill rate", percent(summary.fill_rate));
    row("Orders filled", format!("{orders_filled}/{orders_ended}"));
    row("Average slippage", or_na(summary.average_slippage.map(|money| format!("{} ¢", cents(money)))));
    row("Fees", summary.fees.0.shown());
    row("System uptime", percent(summary.uptime));
    row("Manual interventions", or_na(summary.interventions.map(|count| count.to_string())));
    format!("\n{}", rows.table())
}

fn minute(time: &str) -> String {
    time.get(..16).unwrap_or(time).replace('T', " ")
}

fn short(name: &str) -> String {
    match name.chars().count() {
        0..=NAME_WIDTH => name.to_owned(),
        _ => format!("{}\u{2026}", name.chars().take(NAME_WIDTH - 1).collect::<String>()),
    }
}

fn cents(amount: Money) -> String {
    format!("{:.2}", amount.0.as_dollars() * 100.0)
}

fn people_answer(entries: usize) -> String {
    match entries {
        0 => "nothing in the decision journal".to_owned(),
        1 => "1 entry in the decision journal".to_owned(),
        several => format!("{several} entries in the decision journal"),
    }
}

fn or_na(figure: Option<String>) -> String {
    figure.unwrap_or_else(|| "n/a".to_owned())
}

fn percent(share: Option<f64>) -> String {
    or_na(share.map(|share| format!("{:.1}%", share * 100.0)))
}

fn profit_text(profit: &Profit) -> String {
    let mut text = String::new();
    let days = if profit.days.len() <= 7 { profit.days.len() } else { 0 };
    let weekday = |date: &String| date.get(5..).unwrap_or(date).to_owned();
    let headings: Vec<String> = std::iter::once("market".to_owned())
        .chain(profit.days.iter().take(days).map(weekday))
        .chain(["total".to_owned(), "trades".to_owned(), "won".to_owned()])
        .collect();
    let mut rows = Rows::new(&headings.iter().map(String::as_str).collect::<Vec<_>>());
    let count = profit.by_market.len();
    for (place, line) in profit.by_market.iter().enumerate() {
        if count > BEST + WORST + 1 && place == BEST {
            let rest = &profit.by_market[BEST..count - WORST];
            let sum: Usd = rest.iter().map(|line| line.total.0).sum();
            let by_day =
                (0..days).map(|day| rest.iter().filter_map(|line| line.by_day[day]).map(|money| money.0).sum());
            let by_day = by_day.map(Usd::shown_signed).collect::<Vec<_>>();
            let trades: u64 = rest.iter().map(|line| line.trades).sum();
            let wins: u64 = rest.iter().map(|line| line.wins).sum();
            let ends = [sum.shown_signed(), trades.to_string(), wins.to_string()];
            rows.push_all([format!("{} more", rest.len())].into_iter().chain(by_day).chain(ends));
        }
        if count <= BEST + WORST + 1 || place < BEST || place >= count - WORST {
            let by_day =
                line.by_day.iter().take(days).map(|day| day.map_or("-".to_owned(), |day| day.0.shown_signed()));
            let ends = [line.total.0.shown_signed(), line.trades.to_string(), line.wins.to_string()];
            rows.push_all([short(&line.market)].into_iter().chain(by_day).chain(ends));
        }
    }
    let by_day = profit.by_day.iter().take(days).map(|day| day.0.shown_signed());
    let ends =
        [(profit.total.0 - profit.not_explained.0).shown_signed(), profit.trades.to_string(), profit.wins.to_string()];
    rows.push_all(["all".to_owned()].into_iter().chain(by_day).chain(ends));
    text += &rows.table();
    if profit.not_explained.0.abs() >= Usd(Usd::CENT.0 / 2) {
        text += &format!("not explained by trades: {}\n", profit.not_explained.0.shown_signed());
    }
    let of_days = |name: &str, days: DaysProfit| {
        let each = days.per_day.map_or_else(String::new, |each| format!(", {} a day", each.0.shown_signed()));
        let in_all = if days.days == 1 { "1 day".to_owned() } else { format!("{} days", days.days) };
        format!("{name} {} in {in_all}{each}", days.total.0.shown_signed())
    };
    text += &format!("{}; {}\n", of_days("weekdays", profit.weekdays), of_days("weekend", profit.weekend));
    text + &hours(profit)
}

/// Returns the best and the worst hour.
fn hours(profit: &Profit) -> String {
    let of =
        |hour: Option<(usize, &Money)>| hour.map(|(hour, money)| format!("{hour:02}:00 {}", money.0.shown_signed()));
    let best = of(profit.by_hour.iter().enumerate().max_by_key(|(_, money)| **money));
    let worst = of(profit.by_hour.iter().enumerate().min_by_key(|(_, money)| **money));
    match best.zip(worst) {
        Some((best, worst)) => format!("best hour {best}, worst hour {worst}; all 24 in JSON\n"),
        None => "hours: n/a, the journal keeps no equity\n".to_owned(),
    }
}

fn execution_answer(review: &Review) -> String {
    let Some(last) = review.execution.periods.last() else { return "n/a".to_owned() };
    let trend = match &review.execution.trend {
        Some(trend) => {
            let fill_rate = or_na(trend.fill_rate.map(|slope| format!("{:+.1} points", slope * 100.0)));
            let slippage = or_na(trend.average_slippage.map(|slope| format!("{:+.2} ¢", slope * 100.0)));
            format!("by period fill rate {fill_rate}, slippage {slippage}")
        }
        None => match review.execution.periods.len() {
            1 => "one period is too little to call a trend".to_owned(),
            periods => format!("{periods} periods are too few to call a trend"),
        },
    };
    let slippage = or_na(last.average_slippage.map(|slippage| format!("{} ¢", cents(slippage))));
    format!("{} of contracts filled, slippage {slippage} a contract; {trend}", percent(last.fill_rate))
}

fn execution_text(periods: &[ExecutionPeriod]) -> String {
    let mut rows = Rows::new(&[
        "from",
        "orders",
        "fill rate",
        "slippage ¢",
        "markout 1m ¢",
        "5m ¢",
        "30m ¢",
        "shortfall",
        "time to fill",
        "fees",
    ]);
    for period in periods {
        let markout = |horizon: &str| {
            let found = period.markouts.iter().find(|markout| markout.horizon == horizon);
            or_na(found.and_then(|markout| markout.average).map(cents))
        };
        rows.push([
            period.from.get(..10).unwrap_or(&period.from).to_owned(),
            period.orders.to_string(),
            percent(period.fill_rate),
            or_na(period.average_slippage.map(cents)),
            markout("1m"),
            markout("5m"),
            markout("30m"),
            or_na(period.shortfall.total.map(|money| money.0.shown())),
            or_na(period.time_to_fill_p50_seconds.map(|seconds| format!("{seconds:.1} s"))),
            period.fees.0.shown(),
        ]);
    }
    rows.table()
}

fn refusals_answer(lines: &[RefusalLine]) -> String {
    let times: u64 = lines.iter().map(|line| line.times).sum();
    let openings: u64 = lines.iter().map(|line| line.openings).sum();
    let known: u64 = lines.iter().map(|line| line.by_fill_model.known).sum();
    let better: u64 = lines.iter().map(|line| line.by_fill_model.better).sum();
    if times == 0 {
        return "none".to_owned();
    }
    format!(
        "{} orders, {openings} openings; {better} of the {known} that can be followed up would have made money",
        grouped(times)
    )
}

fn refusals_text(lines: &[RefusalLine]) -> String {
    if lines.is_empty() {
        return String::new();
    }
    let mut rows = Rows::new(&[
        "code",
        "refused",
        "openings",
        "known",
        "filled",
        "better",
        "P&L",
        "cost money",
        "settled",
        "better then",
        "P&L then",
    ]);
    for line in lines {
        let (by_fill, settled) = (line.by_fill_model, line.to_settlement);
        rows.push([
            line.code.clone(),
            grouped(line.times),
            line.openings.to_string(),
            by_fill.known.to_string(),
            by_fill.filled.to_string(),
            by_fill.better.to_string(),
            by_fill.pnl.0.shown_signed(),
            percent(line.cost_money),
            settled.known.to_string(),
            settled.better.to_string(),
            settled.pnl.0.shown_signed(),
        ]);
    }
    let how = "as if each had rested ten minutes at its price, and nothing else had changed; then held to settlement\n";
    format!("{}{how}", rows.table())
}

fn health_answer(health: &Health) -> String {
    let ran = health.uptime.map_or_else(String::new, |uptime| format!("up {:.1}% of the time, ", uptime * 100.0));
    let hands = health.interventions.map_or_else(String::new, |count| format!("{count} interventions by hand, "));
    format!(
        "{ran}{hands}{} faults, {} restrictions, {} gaps",
        health.faults,
        health.restrictions.len(),
        health.gaps.len()
    )
}

fn health_text(health: &Health) -> String {
    let mut text = String::new();
    if let Some((count, differing)) = health.comparisons.zip(health.differing) {
        let restarts = health.restarts.unwrap_or(0);
        text += &format!("{} comparisons with the venue, {differing} differing; {restarts} starts\n", grouped(count));
    }
    if let Some(venue) = &health.venue {
        let VenueHealth { outages, repeated_reads, throttled, unknown_orders, .. } = venue;
        text += &format!(
            "the venue: {} outages, {:.0} minutes in all; {} reads repeated, {} orders unknown at first, throttled {} \
             times\n",
            outages.len(),
            venue.down().as_seconds() / 60.0,
            grouped(*repeated_reads),
            grouped(*unknown_orders),
            grouped(*throttled)
        );
    }
    if health.paused_orders > 0 {
        text += &format!("{} orders turned away while trading was paused\n", health.paused_orders);
    }
    if health.blocked_exits > 0 {
        text += &format!("{} exits that could not leave for a time\n", health.blocked_exits);
    }
    for note in &health.restrictions {
        text += &format!("restricted {}: {}\n", minute(&note.time), note.text);
    }
    for gap in health.gaps.iter().take(BEST) {
        text += &format!("no events from {} to {}\n", minute(&gap.from), minute(&gap.until));
    }
    if health.near_misses.is_empty() {
        return text + "no limit had 80 % or more in use\n";
    }
    let mut rows = Rows::new(&["limits used to 80 % or more", "orders", "most", "value", "limit"]);
    for near in &health.near_misses {
        let most = format!("{:.0}%", near.most * 100.0);
        rows.push([near.code.clone(), near.orders.to_string(), most, near.value.clone(), near.limit.clone()]);
    }
    text + &rows.table()
}

fn signals_answer(signals: &Signals) -> String {
    let own = format!("{} signals, {:.1} a day", grouped(signals.count), signals.per_day);
    let Some(against) = &signals.against else {
        return format!("{own}; `--against RUN` compares them with a back test");
    };
    let drift = match against.drift {
        Some(drift) if drift.is_beyond() => {
            format!("they differ by {:.3}, beyond the threshold of {:.3}", drift.statistic, drift.threshold)
        }
        Some(drift) => format!("no drift: {:.3} is within the threshold of {:.3}", drift.statistic, drift.threshold),
        None => "too few to tell a drift".to_owned(),
    };
    format!("{own}, {:.1} a day in {}; {drift}", against.per_day, against.name)
}

fn signals_text(signals: &Signals) -> String {
    let accuracy = signals.accuracy;
    let mut text = format!(
        "first signals of {} settled markets, {} right ({})\n",
        accuracy.settled,
        accuracy.right,
        percent(accuracy.share)
    );
    match &signals.calibration {
        Some(found) => {
            let parts = (found.brier, found.reliability, found.resolution, found.uncertainty);
            let (brier, reliability, resolution, uncertainty) = parts;
            text += &format!(
                "Brier {brier:.4} of {} forecasts: reliability {reliability:.4}, resolution {resolution:.4}, \
                 uncertainty {uncertainty:.4}\n",
                found.resolved
            );
        }
        None => text += "calibration: n/a, no forecast of a probability has resolved\n",
    }
    if !signals.confidence.is_empty() {
        let against = signals.against.as_ref().filter(|against| !against.confidence.is_empty());
        let mut rows = Rows::new(&["confidence from", "signals", "there"]);
        for (bin, share) in signals.confidence.iter().enumerate() {
            let other = against.map(|against| against.confidence[bin]);
            rows.push([format!("0.{bin}"), percent(Some(*share)), percent(other)]);
        }
        text += &rows.table();
    }
    text
}
