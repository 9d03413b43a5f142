//! `host data info`: describes a tape and its rows.

use std::path::PathBuf;

use host_core::Span;
use host_store::info::{PriceSteps, TapeInfo, info};
use host_store::tape::{Made, SourceKind};

use crate::commands::tape;
use crate::context::Context;
use crate::terminal::error::Result;
use crate::terminal::output::{self, Format, Rows};
use crate::terminal::progress::Progress;
use crate::terminal::units::{grouped, rough_size, rough_span};

/// Describe a tape: its source, markets and time span, and statistics of its quotes
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  host data info tape\n  host data info tape --format json")]
pub struct Args {
    /// Tape: a folder that `host data` or `host run` wrote
    #[arg(value_name = "TAPE")]
    tape: PathBuf,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs `host data info`.
///
/// # Errors
/// The folder is not a tape, or the tape is damaged.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    let tape = tape::open(&args.tape)?;
    let progress = Progress::spinner(&context.ui, "measuring");
    let info = info(&tape).map_err(|error| tape::unreadable(&args.tape, &error))?;
    drop(progress);
    match args.format {
        Format::Table => output::print(&table(&info)),
        Format::Json => output::print_json(&info),
        Format::Csv => output::print_flat_csv(&info),
    }
}

/// Number of different price steps that a table lists.
const STEPS_LISTED: usize = 4;

/// Formats the figures as a table.
pub fn table(info: &TapeInfo) -> String {
    let share = |share: Option<f64>| share.map_or("-".to_owned(), |share| format!("{:.1} %", share * 100.0));
    let cents = |cents: Option<f64>| cents.map_or("-".to_owned(), |cents| format!("{cents:.2} c"));
    let seconds = |seconds: f64| rough_span(Span((seconds * 1e9) as i64));
    let has = |has: bool, what: &'static str| has.then_some(what);
    let columns: Vec<&str> =
        [has(info.has_sizes, "sizes"), has(info.has_last, "last price"), has(info.has_volume, "volume")]
            .into_iter()
            .flatten()
            .collect();
    let quotes = &info.quotes;
    let kind = match info.source.kind {
        SourceKind::Recorded => "recorded",
        SourceKind::Imported => "imported",
        SourceKind::Synthetic => "SYNTHETIC",
    };
    let mut rows = Rows::new(&["tape", ""]);
    let mut fact = |name: &str, value: String| rows.push([name.to_owned(), value]);
    fact("source", format!("{kind}: {}", info.source.description));
    for (name, value) in info.source.made.iter().flat_map(made) {
        fact(name, value);
    }
    fact("poll interval", info.poll_seconds.map_or("none: one row per change".to_owned(), seconds));
    fact("rows", grouped(info.rows));
    fact("public trades", grouped(info.trades));
    fact("markets", grouped(info.markets));
    fact("events", grouped(info.events));
    fact("series", grouped(info.series));
    fact("settlements", grouped(info.settlements));
    let inferred = info.inferred_price_steps;
    for (index, PriceSteps { steps, markets }) in info.price_steps.iter().take(STEPS_LISTED).enumerate() {
        let name = if index == 0 { "price steps" } else { "" };
        fact(name, format!("{steps} ({} markets)", grouped(*markets)));
    }
    if inferred > 0 {
        let text = format!("{} markets, from their prices; `--markets` can state them", grouped(inferred));
        fact("  of them inferred", text);
    }
    fact("first row", info.first.clone());
    fact("last row", info.last.clone());
    fact("days with rows", grouped(info.days));
    fact("beside bid and ask", if columns.is_empty() { "nothing".to_owned() } else { columns.join(", ") });
    fact("size on disk", rough_size(info.bytes));
    fact("one side empty", share(quotes.one_sided_share));
    fact("both sides empty", share(quotes.empty_share));
    fact("crossed rows", grouped(quotes.crossed_rows));
    fact("spread, mean", cents(quotes.spread_mean_cents));
    fact("spread, median", cents(quotes.spread_median_cents));
    fact("spread, 90 %", cents(quotes.spread_p90_cents));
    fact("spread, 99 %", cents(quotes.spread_p99_cents));
    fact("mid unchanged", share(quotes.unchanged_mid_share));
    fact("mid change, deviation", cents(quotes.mid_change_std_cents));
    fact("mid change, largest", cents(quotes.mid_change_max_cents));
    let gap = seconds(quotes.gap_seconds);
    fact("gaps", format!("{} of {gap} or more, {} in all", quotes.gaps, seconds(quotes.gaps_total_seconds)));
    for gap in quotes.longest_gaps.iter().take(3) {
        fact("  from", format!("{} for {}", gap.from, seconds(gap.seconds)));
    }
    rows.table()
}

/// Number of files that a table lists.
const FILES_LISTED: usize = 5;

/// Returns how the tape was made: it can be made again of these files with these options.
fn made(made: &Made) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    for file in made.files.iter().take(FILES_LISTED) {
        let digest = file.sha256.get(..12).unwrap_or(&file.sha256);
        facts.push(("  file", format!("{}, {}, sha256 {digest}", file.name, rough_size(file.bytes))));
    }
    if made.files.len() > FILES_LISTED {
        facts.push(("", format!("and {} more files", made.files.len() - FILES_LISTED)));
    }
    let option = |(name, value): (&String, &String)| match value.is_empty() {
        true => format!("--{name}"),
        false => format!("--{name} {value}"),
    };
    let options: Vec<String> = made.options.iter().map(option).collect();
    if !options.is_empty() {
        facts.push(("  options", options.join(" ")));
    }
    facts.extend(made.assumed.iter().map(|sentence| ("  found out or assumed", sentence.clone())));
    facts
}
