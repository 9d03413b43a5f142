//! A review as a page: the sentences that answer the five questions, and the evidence under them.

mod cells;
mod profit;
mod quality;
mod system;

use host_evaluate::review::{Note, Review};
use host_pages::PageError;
use host_pages::numbers::{self, change, count, date, moment, money};
use host_pages::review::{self as pages, NoteRow};

/// Returns a review as one HTML page; its conclusion is kept with the run `asked`.
///
/// # Errors
/// As [`pages::html`].
pub fn html(review: &Review, asked: Option<&str>) -> Result<String, PageError> {
    let definition = |text: &String| match text.split_once(": ") {
        Some((word, meaning)) => (word.to_owned(), meaning.to_owned()),
        None => (text.clone(), String::new()),
    };
    let Review { from, until, complete, .. } = review;
    let part =
        if *complete { "" } else { " It is a part of the period that was asked for: the run traded in no more." };
    pages::html(&pages::Review {
        mode: review.mode.clone(),
        name: review.name.clone(),
        data: review.data.clone(),
        title: title(review),
        lead: lead(review),
        period: format!("{} to {} UTC.{part}", moment(from), moment(until)),
        questions: vec![
            profit::question(&review.profit),
            quality::execution(review),
            quality::refusals(review),
            system::health(&review.health),
            system::signals(&review.signals, &review.profit.days),
        ],
        by_hand: review.people.iter().map(note).collect(),
        next_steps: steps(review).map(|step| sentence(step)).collect(),
        keep: format!("host journal add \"...\" --run {}", asked.unwrap_or(&review.name)),
        notes: review.notes.clone(),
        definitions: review.definitions.iter().map(definition).collect(),
    })
}

fn title(review: &Review) -> String {
    let days = &review.profit.days;
    match days.first().zip(days.last()) {
        Some((first, last)) if first != last => format!("{} to {}", date(first), full(last)),
        Some((only, _)) => full(only),
        None => "A time without a day".to_owned(),
    }
}

/// Returns a date such as `2026-01-07` with its year.
fn full(day: &str) -> String {
    format!("{} {}", date(day), day.get(..4).unwrap_or_default())
}

fn lead(review: &Review) -> String {
    let profit = &review.profit;
    let down = profit.by_day.iter().filter(|day| numbers::tone(day.0) == "loss").count();
    let trades = match profit.trades {
        1 => "1 trade was closed".to_owned(),
        trades => format!("{} trades were closed", count(trades)),
    };
    let wins = count(profit.wins);
    let asks = match steps(review).count() {
        0 => "Nothing asks for a decision.",
        1 => "One thing is worth a look.",
        _ => "A few things are worth a look.",
    };
    format!(
        "{} after {} of fees; {trades}, {wins} won. {down} of {} days down. {asks}",
        change(profit.total),
        money(review.summary.fees),
        profit.days.len()
    )
}

/// Returns the steps that follow by rule, without the one of changing nothing, which the page always offers.
fn steps(review: &Review) -> impl Iterator<Item = &String> {
    review.next_steps.iter().filter(|step| !step.ends_with("change nothing"))
}

/// Returns a statement with a capital at its start and a full stop.
fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", characters.as_str())
}

fn note(Note { time, who, what, text }: &Note) -> NoteRow {
    NoteRow { time: moment(time), who: who.clone(), what: what.clone(), text: text.clone() }
}
