//! `host compare`: runs side by side, and their difference taken apart.

mod page;

use std::path::{Path, PathBuf};

use clap::ValueEnum;
use host_core::{Usd, foreign};
use host_evaluate::compare::{Asked, Comparison, Difference, Item, Split, Sum, TripFacts, compare};
use host_report::side_by_side;
use serde::Serialize;

use super::shadow::shadow_backtest;
use super::{named_run, page_file};
use crate::context::Context;
use crate::terminal::error::{Report, Result};
use crate::terminal::output::{self, Format, Rows};

/// Compare runs: their figures side by side, and the difference in P&L line by line
///
/// All are cut to the time that they share. The difference from the first run to each other one is split into lines
/// that add up to the cent: trades missed and added, contracts, entry and exit prices, settlement, fees and open
/// positions, with the remainder shown as not explained. The same trade is the same market and side, held at the same
/// time. Runs on other market data have their figures side by side only: `--with backtest` makes the back test of what
/// the run itself saw, which can be split.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  host compare latest --with backtest
  host compare backtest-20260131 paper-20260131
  host compare runs/paper-20260131T120000-123456789 kalshi-main
  host compare latest --with backtest --html compare.html
  host compare a.journal b.journal --explain entry-prices
  host compare a.journal b.journal --explain refused --format csv")]
pub struct Args {
    /// Runs: names as `host runs list` lists them or their beginnings, `latest`, folders, journals, report.json files,
    /// or names of accounts; the first is what the others are compared with
    #[arg(value_name = "RUN", required = true)]
    runs: Vec<String>,

    /// Make a run of the same period from the run's own recording, and compare it first
    #[arg(long, value_name = "WHAT", value_enum)]
    with: Option<With>,

    /// List the trades of a line or part, such as trades-missed, refused, slippage or fees
    #[arg(long, value_name = "PART", value_parser = asked)]
    explain: Option<Asked>,

    /// Write the comparison to FILE as a page, in place of printing it
    #[arg(long, value_name = "FILE", conflicts_with_all = ["format", "explain"])]
    html: Option<PathBuf>,

    /// Output format
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// A run that can be made from another one's recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum With {
    /// Every order fills at its limit
    Backtest,
}

fn asked(word: &str) -> Result<Asked, String> {
    word.parse().map_err(|error: String| match host_store::suggest::did_you_mean(word, Asked::words()) {
        Some(guess) => guess,
        None => error,
    })
}

/// Runs `host compare`.
///
/// # Errors
/// A run cannot be read, or a back test of it cannot be made.
pub fn run(args: &Args, context: &Context) -> Result<()> {
    if args.runs.len() < 2 && args.with.is_none() {
        return Err(Report::usage("one run has nothing to be compared with")
            .hint("name a second run, or write `--with backtest` for the back test of the same period"));
    }
    let mut sources = args.runs.iter().map(|name| named_run::open(name, context)).collect::<Result<Vec<_>>>()?;
    if args.with == Some(With::Backtest) {
        let shadow = shadow_backtest(&sources[0], context)?;
        sources.insert(0, shadow);
    }
    let comparison = compare(&sources);
    match &args.html {
        Some(file) => page_file::write(file, page::html(&comparison)),
        None => print(&comparison, args.explain, args.format),
    }
}

/// Compares the run in `folder` with the back test of what it saw, and prints that.
///
/// # Errors
/// The run cannot be read, or a back test of it cannot be made.
pub fn with_backtest(folder: &Path, format: Format, context: &Context) -> Result<()> {
    let source = named_run::open_folder(folder)?;
    let shadow = shadow_backtest(&source, context)?;
    print(&compare(&[shadow, source]), None, format)
}

/// Prints a comparison, or the trades of what is `explained`.
fn print(comparison: &Comparison, explained: Option<Asked>, format: Format) -> Result<()> {
    match (explained, format) {
        (Some(asked), _) => print_explained(comparison, asked, format),
        (None, Format::Json) => output::print_json(comparison),
        (None, Format::Csv) => output::print_flat_csv(comparison),
        (None, Format::Table) => output::print(&text(comparison)),
    }
}

fn text(comparison: &Comparison) -> String {
    let mut text = String::new();
    let short: Vec<String> = (0..comparison.columns.len()).map(letter).collect();
    for (letter, column) in short.iter().zip(&comparison.columns) {
        let period = column.period.as_ref().or(comparison.period.as_ref());
        let period = period
            .map_or_else(String::new, |period| format!(", {} to {} UTC", minute(&period.from), minute(&period.until)));
        text += &format!("{letter}  {}{period}\n", one_line(&format!("{}: {}", column.name, column.data)));
    }
    let headings = short.iter().zip(&comparison.columns).map(|(letter, column)| format!("{letter} {}", column.mode));
    let headings: Vec<String> = headings.collect();
    let columns = headings.iter().zip(&comparison.columns).map(|(name, column)| (name.as_str(), &column.report));
    text += &format!("\n{}", side_by_side(&columns.collect::<Vec<_>>()));
    for (place, difference) in comparison.differences.iter().enumerate() {
        text += &format!("\n{}", difference_text(&short[0], &short[place + 1], difference));
    }
    let own = comparison
        .columns
        .iter()
        .zip(&short)
        .flat_map(|(column, letter)| column.notes.iter().map(move |note| format!("{letter}: {note}")));
    let notes: Vec<String> = comparison.notes.iter().cloned().chain(own).collect();
    if !notes.is_empty() {
        text += "\n";
    }
    notes.iter().for_each(|note| text += &format!("note: {}\n", one_line(note)));
    text
}

fn one_line(text: &str) -> String {
    foreign::line(text, foreign::LINE)
}

/// Returns the letter of the run in `place`.
fn letter(place: usize) -> String {
    u8::try_from(place)
        .ok()
        .filter(|place| *place < 26)
        .map_or_else(|| (place + 1).to_string(), |place| char::from(b'A' + place).to_string())
}

fn minute(time: &str) -> String {
    time.get(..16).unwrap_or(time).replace('T', " ")
}

fn difference_text(first: &str, second: &str, difference: &Difference) -> String {
    let Difference { settings, not_split, split, .. } = difference;
    let mut text = match split {
        Some(split) => split_text(first, second, split),
        None => {
            let why = not_split.as_deref().unwrap_or_default();
            format!("{second} is not split against {first}: {}\n", one_line(why))
        }
    };
    settings.iter().for_each(|setting| text += &format!("differs: {}\n", one_line(setting)));
    text
}

fn split_text(first: &str, second: &str, split: &Split) -> String {
    let mut rows = Rows::new(&["Difference", "trades", "P&L"]);
    let mut row = |name: String, trades: String, amount: Usd| rows.push([name, trades, amount.shown_signed()]);
    let count = |sum: &Sum| if sum.trades == 0 { "-".to_owned() } else { sum.trades.to_string() };
    row(first.to_owned(), String::new(), split.first_pnl.0);
    for line in &split.lines {
        row(line.line.title().to_owned(), count(&line.sum), line.sum.amount.0);
        for part in &line.parts {
            let code = part.code.as_ref().map_or_else(String::new, |code| format!(", {code}"));
            let name = format!("  {}{code}", part.part.title());
            row(name, count(&part.sum), part.sum.amount.0);
        }
    }
    row(second.to_owned(), String::new(), split.second_pnl.0);
    let head = format!(
        "From {first} to {second}: {}, {} trades in both\n\n",
        split.difference.0.shown_signed(),
        split.trades_in_both
    );
    format!("{head}{}", rows.table())
}

/// A trade's share in a difference, for programs.
#[derive(Serialize)]
struct Explained<'a> {
    from: &'a str,
    to: &'a str,
    #[serde(flatten)]
    item: &'a Item,
}

fn print_explained(comparison: &Comparison, asked: Asked, format: Format) -> Result<()> {
    let mut rows = Rows::new(&[
        "from",
        "to",
        "line",
        "part",
        "market",
        "side",
        "opened",
        "contracts",
        "entry",
        "exit",
        "net",
        "opened there",
        "contracts there",
        "entry there",
        "exit there",
        "net there",
        "P&L",
    ]);
    let mut all = Vec::new();
    for difference in &comparison.differences {
        let items = difference.split.iter().flat_map(|split| split.items_of(asked));
        for item in items {
            rows.push(explained(difference, item));
            all.push(Explained { from: &difference.first, to: &difference.second, item });
        }
    }
    match format {
        Format::Table if all.is_empty() => output::print_line(&format!("no trade: {asked}")),
        Format::Table => {
            let items: Vec<&Item> = all.iter().map(|explained| explained.item).collect();
            output::print(&explained_text(&items))
        }
        _ => rows.print(format, &all),
    }
}

/// Returns the trades for people: the first run's figures before the second's.
fn explained_text(items: &[&Item]) -> String {
    let mut rows = Rows::new(&["opened", "market", "side", "part", "contracts", "entry", "exit", "P&L"]);
    let both = |item: &Item, figure: &dyn Fn(&TripFacts) -> String| {
        let of = |trip: &Option<TripFacts>| trip.as_ref().map_or_else(|| "-".to_owned(), figure);
        format!("{} / {}", of(&item.first), of(&item.second))
    };
    let price = |price: Option<f64>| price.map_or_else(|| "-".to_owned(), |price| format!("{price:.3}"));
    for item in items {
        let opened = item.first.as_ref().or(item.second.as_ref()).map_or("", |trip| trip.opened.as_str());
        rows.push([
            minute(opened),
            item.market.clone(),
            item.side.clone(),
            part(item),
            both(item, &|trip| trip.contracts.to_string()),
            both(item, &|trip| price(trip.entry_price)),
            both(item, &|trip| price(trip.exit_price)),
            item.amount.0.shown_signed(),
        ]);
    }
    let sum: Usd = items.iter().map(|item| item.amount.0).sum();
    format!("{}{} in all\n", rows.table(), sum.shown_signed())
}

fn part(item: &Item) -> String {
    let part = item.part.map_or_else(|| item.line.word().to_owned(), |part| part.word().to_owned());
    item.code.as_ref().map_or(part.clone(), |code| format!("{part} {code}"))
}

fn explained(difference: &Difference, item: &Item) -> [String; 17] {
    let [opened, contracts, entry, exit, net] = trip(item.first.as_ref());
    let [opened_there, contracts_there, entry_there, exit_there, net_there] = trip(item.second.as_ref());
    [
        difference.first.clone(),
        difference.second.clone(),
        item.line.word().to_owned(),
        part(item),
        item.market.clone(),
        item.side.clone(),
        opened,
        contracts,
        entry,
        exit,
        net,
        opened_there,
        contracts_there,
        entry_there,
        exit_there,
        net_there,
        item.amount.to_string(),
    ]
}

fn trip(trip: Option<&TripFacts>) -> [String; 5] {
    let Some(trip) = trip else { return Default::default() };
    let price = |price: Option<f64>| price.map_or_else(String::new, |price| format!("{price:.4}"));
    let (entry, exit) = (price(trip.entry_price), price(trip.exit_price));
    [trip.opened.clone(), trip.contracts.to_string(), entry, exit, trip.net.to_string()]
}
