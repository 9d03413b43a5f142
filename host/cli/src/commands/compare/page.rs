//! A comparison as a page.

use host_evaluate::compare::{self, Comparison, Line, Split, TripFacts};
use host_pages::PageError;
use host_pages::compare as pages;

/// Returns a comparison as one HTML page.
///
/// # Errors
/// As [`pages::html`].
pub fn html(comparison: &Comparison) -> Result<String, PageError> {
    let differences = comparison.differences.iter().map(|difference| pages::RunDifference {
        settings: &difference.settings,
        split: match &difference.split {
            Some(split) => Ok(split_view(split)),
            None => Err(difference.not_split.as_deref().unwrap_or_default()),
        },
    });
    pages::html(&pages::RunComparison {
        columns: comparison.columns.iter().map(column).collect(),
        differences: differences.collect(),
        notes: &comparison.notes,
    })
}

fn column(column: &compare::RunColumn) -> pages::RunColumn<'_> {
    pages::RunColumn {
        name: &column.name,
        mode: &column.mode,
        data: &column.data,
        period: column.period.as_ref().map(|period| (period.from.as_str(), period.until.as_str())),
        report: &column.report,
        notes: &column.notes,
    }
}

fn split_view(split: &Split) -> pages::ProfitSplit<'_> {
    let lines = split.lines.iter().map(|line| pages::SplitLine {
        title: line.line.title(),
        amount: line.sum.amount.0,
        trades: line.sum.trades,
        note: note(split, line.line),
        parts: line.parts.iter().map(part).collect(),
    });
    pages::ProfitSplit {
        first: split.first_pnl.0,
        second: split.second_pnl.0,
        trades_in_both: split.trades_in_both,
        lines: lines.collect(),
    }
}

fn part(part: &compare::SplitPart) -> pages::SplitPart<'_> {
    pages::SplitPart {
        title: part.part.title(),
        code: part.code.as_deref().unwrap_or_default(),
        amount: part.sum.amount.0,
        trades: part.sum.trades,
    }
}

/// Returns what a line says beside its number of trades.
fn note(split: &Split, line: Line) -> String {
    match line {
        // That what never filled would have won tells of a fill model, not of luck.
        Line::TradesMissed => won(split, line, |item| item.first.as_ref()),
        Line::TradesAdded => won(split, line, |item| item.second.as_ref()),
        Line::Contracts => "the same trades in other sizes".to_owned(),
        Line::EntryPrices | Line::ExitPrices => "the same trades at other prices".to_owned(),
        Line::Settlement => "paid out in one of the two".to_owned(),
        Line::Fees => "of the same trades".to_owned(),
        Line::OpenPositions => "at mid, at an end of the period".to_owned(),
        Line::NotExplained => "what the journals do not tell".to_owned(),
    }
}

/// Returns the number of a line's trades that won where they were made.
fn won(split: &Split, line: Line, trip: fn(&compare::Item) -> Option<&TripFacts>) -> String {
    let trips = || split.items.iter().filter(|item| item.line == line).filter_map(trip);
    let won = trips().filter(|trip| trip.net.0 > host_core::Usd::ZERO).count();
    match trips().count() {
        0 => String::new(),
        _ => format!("{won} of them won"),
    }
}
