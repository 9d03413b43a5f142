//! Sentences that follow from the figures by rule. Nothing is concluded from few cases.

use super::execution::ExecutionPeriod;
use super::model::Review;

/// Fewest openings that say something about a limit.
const OPENINGS: u64 = 8;
/// Fewest orders that say something about a fill rate.
const ORDERS: u64 = 20;
/// Differences of a fill rate that are told.
const FILL_RATE: f64 = 0.05;

/// Returns the next steps; none is an answer too, and is said.
pub(super) fn of(review: &Review, assumed_fill_rate: Option<f64>) -> Vec<String> {
    let mut steps = Vec::new();
    let last = review.execution.periods.last();
    steps.extend(last.and_then(|last| fill_rate(review, last, assumed_fill_rate)));
    steps.extend(last.and_then(|last| slippage(review, last)));
    for line in &review.refusals {
        let follow = line.by_fill_model;
        if follow.known >= OPENINGS && follow.better * 2 > follow.known {
            steps.push(format!(
                "{} of {} openings that `{}` refused would have made money, {} together: look at that limit, on paper \
                 first",
                follow.better,
                follow.known,
                line.code,
                follow.pnl.0.shown_signed()
            ));
        }
    }
    steps.extend(weekend(review));
    let drift = review.signals.against.as_ref().and_then(|against| Some((against.drift?, &against.name)));
    if let Some((drift, name)) = drift.filter(|(drift, _)| drift.is_beyond()) {
        steps.push(format!(
            "signals differ from those of {name} by {:.2}, where chance explains {:.2}: the strategy sees other \
             markets, or has changed",
            drift.statistic, drift.threshold
        ));
    }
    steps.extend(health(review));
    if steps.is_empty() {
        steps.push("nothing asks for a decision: change nothing".to_owned());
    }
    steps
}

fn fill_rate(review: &Review, last: &ExecutionPeriod, assumed: Option<f64>) -> Option<String> {
    let against = review.signals.against.as_ref().and_then(|against| against.fill_rate);
    let (own, other) = (last.fill_rate?, against.or(assumed)?);
    if last.orders < ORDERS || (own - other).abs() < FILL_RATE {
        return None;
    }
    let verdict = if own < other { "flatters" } else { "is too hard" };
    Some(format!("fill rate {:.0} % against {:.0} % assumed: the fill model {verdict}", own * 100.0, other * 100.0))
}

fn slippage(review: &Review, last: &ExecutionPeriod) -> Option<String> {
    let against = review.signals.against.as_ref()?;
    let (own, other) = (last.average_slippage?.0, against.average_slippage?.0);
    let cents = |amount: host_core::Usd| amount.as_dollars() * 100.0;
    let worse = cents(own) - cents(other);
    let tells = last.orders >= ORDERS && worse >= 0.1;
    tells.then(|| {
        let (own, other) = (cents(own), cents(other));
        format!("slippage {own:.2} ¢ a contract against {other:.2} ¢ assumed: raise it in the fill model")
    })
}

fn weekend(review: &Review) -> Option<String> {
    let (weekdays, weekend) = (review.profit.weekdays, review.profit.weekend);
    let (weekday, day) = (weekdays.per_day?.0, weekend.per_day?.0);
    let loses = day < host_core::Usd::ZERO && weekday > host_core::Usd::ZERO;
    loses.then(|| {
        format!(
            "a day of the weekend made {}, a weekday {}: look at the weekends of more weeks before changing anything",
            day.shown_signed(),
            weekday.shown_signed()
        )
    })
}

fn health(review: &Review) -> Vec<String> {
    let health = &review.health;
    let mut steps = Vec::new();
    if let Some(differing) = health.differing.filter(|differing| *differing > 0) {
        steps.push(format!("comparisons with the venue found differences ({differing}): read the log of that time"));
    }
    if health.breaker > 0 {
        steps.push(format!("the breaker stopped entries ({}): see which orders failed, and why", health.breaker));
    }
    if let Some(venue) = health.venue.as_ref().filter(|venue| !venue.outages.is_empty()) {
        let (times, minutes) = (venue.outages.len(), venue.down().as_seconds() / 60.0);
        steps.push(format!("the venue did not answer ({times} times, {minutes:.0} minutes): look at its status page"));
    }
    if health.faults > 0 {
        steps.push(format!("strategies failed ({}): replay the journal to the fault", health.faults));
    }
    if health.blocked_exits > 0 {
        steps.push(format!("exits could not leave for a while ({}): read why in the journal", health.blocked_exits));
    }
    if !health.gaps.is_empty() {
        let longest = health.gaps.iter().map(|gap| gap.seconds).max().unwrap_or(0);
        let count = health.gaps.len();
        let gaps = if count == 1 { "gap" } else { "gaps" };
        steps
            .push(format!("{count} {gaps} in the data, the longest of {} minutes: prices were not seen", longest / 60));
    }
    steps
}
