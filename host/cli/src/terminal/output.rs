//! Data for stdout: a table for people, JSON or CSV for programs. Nothing else may write to stdout.

use std::io::Write;

use clap::ValueEnum;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use host_core::foreign::{self, csv_cell, is_figure};
use serde::Serialize;
use serde_json::Value;

use crate::terminal::error::{Kind, Report, Result};
use crate::terminal::json;
use crate::terminal::text::Text;

/// The output format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Table,
    /// For programs
    Json,
    /// For spreadsheets
    Csv,
}

/// Rows of text cells under headings.
#[derive(Clone, Debug)]
pub struct Rows {
    headings: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Rows {
    pub fn new(headings: &[&str]) -> Rows {
        Rows { headings: headings.iter().map(ToString::to_string).collect(), rows: Vec::new() }
    }

    /// Adds a row with one cell per heading.
    pub fn push<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into());
    }

    /// Adds a row of as many cells as there are headings.
    pub fn push_all(&mut self, cells: impl Iterator<Item = String>) {
        self.rows.push(cells.collect());
    }

    /// Formats the rows as a table without rules: text to the left, figures to the right; wrapped only to fit a
    /// terminal.
    pub fn table(&self) -> String {
        let mut table = Table::new();
        let safe = |cells: &Vec<String>| cells.iter().map(|cell| foreign::line(cell, foreign::CELL)).collect();
        let rows: Vec<Vec<String>> = self.rows.iter().map(safe).collect();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Dynamic)
            .set_header(safe(&self.headings))
            .add_rows(&rows);
        for (index, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, 2));
            let figures = self.rows.iter().all(|row| is_figure(&row[index])) && !self.rows.is_empty();
            column.set_cell_alignment(if figures { CellAlignment::Right } else { CellAlignment::Left });
        }
        table.lines().map(|line| format!("{}\n", line.trim_end())).collect()
    }

    /// Formats the rows as CSV (RFC 4180, but with bare line feeds).
    pub fn csv(&self) -> String {
        let headings =
            self.headings.iter().map(|heading| csv_cell(&heading.replace(' ', "_"))).collect::<Vec<_>>().join(",");
        std::iter::once(headings + "\n").chain(self.rows.iter().map(|row| csv_line(row))).collect()
    }

    /// Prints the rows, or `json` if `format` is JSON.
    ///
    /// # Errors
    /// Stdout cannot be written.
    pub fn print(&self, format: Format, json: &impl Serialize) -> Result<()> {
        match format {
            Format::Table => print(&self.table()),
            Format::Csv => print_csv(self.csv()),
            Format::Json => print_json(json),
        }
    }
}

/// Prints `value` as indented JSON.
///
/// # Errors
/// Stdout cannot be written.
pub fn print_json(value: &impl Serialize) -> Result<()> {
    write(&Text::for_programs(json_text(value)?))
}

/// Returns `value` as indented JSON that ends in a line feed.
///
/// # Errors
/// It cannot be expressed in JSON; no case is known.
pub fn json_text(value: &impl Serialize) -> Result<String> {
    json::to_string(value, json::Layout::Indented).map(|text| text + "\n").map_err(no_json)
}

/// Prints `value` as JSON on one line, for programs that read lines as they come.
///
/// # Errors
/// Stdout cannot be written.
pub fn print_json_line(value: &impl Serialize) -> Result<()> {
    write(&Text::for_programs(json::to_string(value, json::Layout::OneLine).map_err(no_json)? + "\n"))
}

/// Returns a row as a line of CSV.
pub fn csv_line(cells: &[String]) -> String {
    cells.iter().map(|cell| csv_cell(cell)).collect::<Vec<_>>().join(",") + "\n"
}

/// Prints every figure in `value` as a CSV row of its dotted path and the figure.
///
/// # Errors
/// Stdout cannot be written.
pub fn print_flat_csv(value: &impl Serialize) -> Result<()> {
    let tree = serde_json::to_value(value).map_err(no_json)?;
    let mut rows = Rows::new(&["figure", "value"]);
    flatten("", &tree, &mut rows);
    print_csv(rows.csv())
}

fn flatten(path: &str, value: &Value, rows: &mut Rows) {
    let below = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, value)| flatten(&below(name), value, rows)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, value)| flatten(&below(&index.to_string()), value, rows));
        }
        Value::Null => rows.push([path.to_owned(), String::new()]),
        Value::String(text) => rows.push([path.to_owned(), text.clone()]),
        other => rows.push([path.to_owned(), other.to_string()]),
    }
}

// An internal error: everything printed is numbers, texts and lists, which JSON has.
fn no_json(error: serde_json::Error) -> Report {
    Report::new(Kind::Internal, "cannot write JSON").because(error)
}

/// Prints `line` as one line, whatever it contains.
///
/// # Errors
/// As [`write`].
pub fn print_line(line: &str) -> Result<()> {
    write(&Text::line(line))
}

/// Prints `text`, which our own code has laid out.
///
/// # Errors
/// As [`write`].
pub fn print(text: &str) -> Result<()> {
    write(&Text::laid_out(text))
}

/// Prints lines of [`csv_line`].
///
/// # Errors
/// As [`write`].
pub fn print_csv(csv: String) -> Result<()> {
    write(&Text::for_programs(csv))
}

/// Writes to stdout and flushes, so that a full disk or a closed pipe is noticed here and not lost at exit.
///
/// # Errors
/// Stdout cannot be written. A broken pipe is an error too, but exits as success.
pub fn write(text: &Text) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout
        .write_all(text.as_str().as_bytes())
        .and_then(|()| stdout.flush())
        .map_err(|error| Report::io("cannot write to standard output", &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Rows {
        let mut rows = Rows::new(&["market", "rows seen"]);
        rows.push(["FED, \"25\"".into(), "1,200".into()]);
        rows.push(["CPI".into(), "7".into()]);
        rows
    }

    #[test]
    fn a_table_aligns_figures_to_the_right() {
        insta::assert_snapshot!(rows().table(), @r#"
        market     rows seen
        FED, "25"      1,200
        CPI                7
        "#);
    }

    #[test]
    fn csv_quotes_what_needs_it() {
        insta::assert_snapshot!(rows().csv(), @r#"
        market,rows_seen
        "FED, ""25""","1,200"
        CPI,7
        "#);
    }
}
