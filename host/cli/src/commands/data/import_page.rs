//! The page after an import: all that was found out, assumed, used and not used, and what looks odd.

use host_store::import::{ImportCounts, ImportPage, ReadingPage};

use crate::terminal::output::Rows;
use crate::terminal::units::{grouped, rough_size};

/// Number of files that are listed by name.
const FILES_LISTED: usize = 3;

/// Formats the page as a table.
pub fn table(page: &ImportPage, counts: &ImportCounts) -> String {
    let mut rows = Rows::new(&["import", ""]);
    let mut fact = |name: &str, value: String| rows.push([name.to_owned(), value]);
    for reading in &page.readings {
        for (name, value) in reading_facts(reading) {
            fact(name, value);
        }
    }
    fact("time zone", format!("{}, of times that name none", page.time_zone));
    let time = |time: &Option<String>| time.clone().unwrap_or_default();
    fact("period", format!("{} to {}", time(&page.first), time(&page.last)));
    fact("markets", grouped(page.markets));
    fact("rows read", grouped(counts.rows_read));
    let happened = [
        ("  duplicates, dropped", counts.duplicate_rows),
        ("  contradicting another row, kept", counts.contradicting_rows),
        ("  out of order, sorted in", counts.unsorted_rows),
        ("  invalid, left out", counts.bad_rows),
        ("  at a time that occurs twice", counts.ambiguous_times),
        ("  at a time that does not occur", counts.nonexistent_times),
        ("markets without metadata", counts.markets_without_facts.unwrap_or(0)),
    ];
    for (what, count) in happened.into_iter().filter(|(_, count)| *count > 0) {
        fact(what, grouped(count));
    }
    for example in &counts.bad_examples {
        fact("  left out", example.clone());
    }
    fact("rows of the tape", grouped(page.rows));
    if page.trades > 0 {
        fact("trades", grouped(page.trades));
    }
    for sentence in &page.assumed {
        fact("found out or assumed", sentence.clone());
    }
    for sentence in &page.odd {
        fact("odd", sentence.clone());
    }
    rows.table()
}

fn reading_facts(reading: &ReadingPage) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    for file in reading.files.iter().take(FILES_LISTED) {
        facts.push(("file", format!("{}, {}, sha256 {}", file.name, rough_size(file.bytes), short(&file.sha256))));
    }
    if reading.files.len() > FILES_LISTED {
        let last = reading.files.last().map(|file| file.name.clone()).unwrap_or_default();
        facts.push(("", format!("and {} more, to {last}", reading.files.len() - FILES_LISTED)));
    }
    let used: Vec<String> = reading.columns.iter().map(|(meaning, name)| format!("{meaning}={name}")).collect();
    let unused = if reading.columns_unused.is_empty() { "none".to_owned() } else { reading.columns_unused.join(", ") };
    facts.extend([
        ("format", reading.format.clone()),
        ("kind", reading.kind.clone()),
        ("unit of prices", reading.price_unit.clone()),
        ("columns used", used.join(", ")),
        ("columns not used", unused),
    ]);
    facts
}

/// Returns the first digits of a digest: the tape and `--format json` have all.
fn short(sha256: &str) -> &str {
    sha256.get(..12).unwrap_or(sha256)
}
