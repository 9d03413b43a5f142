//! The tear sheet of a run: one page that says what a run made, how little that proves, and how to run it again.

mod days;
mod exposure;
mod headline;
mod markets;
mod profit;
mod quality;
mod subject;
mod trades;

use askama::Template;
use host_report::definitions;

use self::days::Month;
use self::exposure::LimitRow;
use self::headline::{KeyFigure, Marks};
use self::markets::Markets;
use self::quality::{CalibrationRow, EventRow, MarkoutRow, RefusalRow};
pub use self::subject::{HandEntry, ParameterText, RunOrigin, RunStrategy, Subject};
use self::trades::{GroupView, TradeRow};
use crate::error::PageError;
use crate::numbers;

/// Returns the tear sheet of `subject` as one HTML page that refers to nothing outside of itself.
///
/// # Errors
/// The template cannot be filled in; no case is known.
pub fn html(subject: &Subject<'_>) -> Result<String, PageError> {
    TearSheet::of(subject).render().map_err(PageError)
}

/// A line of what was done by hand.
struct HandRow {
    time: String,
    who: String,
    what: String,
    reason: String,
}

/// The texts and charts of the page.
#[derive(Template)]
#[template(path = "tear_sheet.html")]
struct TearSheet<'a> {
    marks: Marks,
    title: String,
    period: String,
    lead: String,
    keys: [KeyFigure; 8],
    profit: String,
    profit_caption: String,
    days: String,
    days_sentence: String,
    months: Vec<Month>,
    unit: &'static str,
    exposure: String,
    exposure_sentence: String,
    limits: Vec<LimitRow>,
    order_limits: Vec<LimitRow>,
    categories: Vec<GroupView>,
    categories_caption: String,
    strategies: Vec<GroupView>,
    markets: Markets,
    by_result: String,
    by_result_caption: String,
    markouts: Vec<MarkoutRow>,
    best: Vec<TradeRow>,
    worst: Vec<TradeRow>,
    refused: String,
    refusals: Vec<RefusalRow>,
    calibration: String,
    calibration_sentence: String,
    calibration_rows: Vec<CalibrationRow>,
    events: Vec<EventRow>,
    /// The actions by hand; `None` for a run that keeps no log of it.
    by_hand: Option<Vec<HandRow>>,
    definitions: Vec<(&'static str, String)>,
    origin: &'a RunOrigin,
    capital: String,
    fills: String,
    footer: &'static str,
}

impl<'a> TearSheet<'a> {
    fn of(subject: &Subject<'a>) -> TearSheet<'a> {
        let report = subject.report;
        let (limits, order_limits) = exposure::limits(subject);
        let (months, unit) = days::calendar(report);
        let (categories, categories_caption) = trades::categories(subject);
        let (by_result, by_result_caption) = trades::by_result(&subject.course.trades);
        let (best, worst) = trades::best_and_worst(subject);
        let (refused, refusals) = quality::refusals(report);
        TearSheet {
            marks: headline::marks(subject),
            title: headline::title(subject),
            period: days::period(report),
            lead: headline::lead(subject),
            keys: headline::key_figures(subject),
            profit: profit::chart(subject),
            profit_caption: profit::caption(subject),
            days: days::chart(report),
            days_sentence: days::sentence(report),
            months,
            unit,
            exposure: exposure::chart(subject),
            exposure_sentence: exposure::sentence(subject),
            limits,
            order_limits,
            categories,
            categories_caption,
            strategies: trades::strategies(subject),
            markets: markets::markets(subject),
            by_result,
            by_result_caption,
            markouts: quality::markouts(report),
            best,
            worst,
            refused,
            refusals,
            calibration: quality::calibration_chart(report),
            calibration_sentence: quality::calibration_sentence(report),
            calibration_rows: quality::calibration_rows(report),
            events: quality::events(subject),
            by_hand: subject.by_hand.map(|entries| entries.iter().map(hand_row).collect()),
            definitions: definitions().map(|(word, meaning)| (word, meaning.replace('`', ""))).collect(),
            origin: subject.origin,
            capital: capital(subject),
            fills: report
                .about
                .as_ref()
                .map_or_else(String::new, |about| format!("{}; fees: {}", about.fill_model, about.fees)),
            footer: footer(&headline::marks(subject)),
        }
    }
}

fn hand_row(entry: &HandEntry) -> HandRow {
    let HandEntry { time, who, what, reason } = entry.clone();
    HandRow { time: numbers::time(time), who, what, reason }
}

fn capital(subject: &Subject<'_>) -> String {
    let report = subject.report;
    match &report.about {
        Some(about) => format!(
            "{} at the stage of {} of {}",
            numbers::money(report.start_equity),
            numbers::share(about.capital_stage),
            numbers::money(about.capital_target)
        ),
        None => numbers::money(report.start_equity),
    }
}

fn footer(marks: &Marks) -> &'static str {
    match (marks.class, marks.markets.as_str()) {
        (_, "SYNTHETIC MARKETS") => {
            "Past results on made-up markets say how the program behaves, not what a venue would have paid."
        }
        ("live", "") => "Past results say what was paid, not what will be.",
        ("live", _) => "Past results without real money say how the program behaves, not what a venue will pay.",
        _ => "Past results with simulated fills say what a model would have paid, not what a venue would have.",
    }
}
