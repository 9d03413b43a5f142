//! Finds out the unit of prices.

use super::sample::Sample;
use super::used_columns::UsedColumns;
use crate::import::numbers::{Numbers, PriceUnit, split_sign};
use crate::import::table::{FileShape, ForeignTable};

use super::names::plain;

/// A price as it stands in a file.
pub(super) struct SeenPrice {
    column: usize,
    line: u64,
    number: f64,
    is_whole: bool,
    /// The unit of the sign at the number.
    sign: Option<PriceUnit>,
}

/// With rows left out that do not fit, prices above 1 are such if they are this many times fewer than those below.
const FEW: usize = 5;

/// Word for the place of a row, and the header.
type Places<'a> = (&'a str, &'a [String]);

fn price_columns(columns: &UsedColumns) -> Vec<usize> {
    let stated = columns.prices.iter().flatten().map(|field| field.column);
    stated.chain(columns.wide.iter().flat_map(|column| column.prices).flatten()).collect()
}

/// Returns true if decimals stand behind a comma, as only files do whose columns are separated otherwise.
pub(super) fn decimal_comma(table: &ForeignTable, sample: &Sample, columns: &UsedColumns) -> Result<bool, String> {
    if !matches!(&table.shape, FileShape::Csv(csv) if csv.separator != b',') {
        return Ok(false);
    }
    let columns = price_columns(columns);
    let of = |mark: char| columns.iter().flat_map(|place| sample.texts(*place)).find(|(_, text)| text.contains(mark));
    match (of(','), of('.')) {
        (Some((comma, _)), Some((dot, _))) => Err(format!(
            "its prices have decimals behind a comma (line {comma}) and behind a point (line {dot}): write all alike"
        )),
        (comma, _) => Ok(comma.is_some()),
    }
}

/// Returns the prices of the first rows that are numbers.
pub(super) fn values(sample: &Sample, columns: &UsedColumns, comma: bool) -> Vec<SeenPrice> {
    let numbers = Numbers::new(PriceUnit::Dollars, comma, &[]);
    let mut values = Vec::new();
    for column in price_columns(columns) {
        for (line, text) in sample.texts(column) {
            let (bare, sign) = split_sign(text);
            let number = numbers.number(bare).filter(|number| number.is_finite() && *number >= 0.0);
            let is_whole = bare.bytes().all(|byte| byte.is_ascii_digit());
            values.extend(number.map(|number| SeenPrice { column, line, number, is_whole, sign }));
        }
    }
    values
}

/// Compares the columns: one of dollars beside one of cents would be read wrongly.
pub(super) fn columns_agree(values: &[SeenPrice], stated: Option<PriceUnit>, places: Places<'_>) -> Result<(), String> {
    let (_, header) = places;
    if matches!(stated, Some(PriceUnit::Odds | PriceUnit::Dollars)) {
        return Ok(());
    }
    let is_dollars = |column: usize| {
        let mut all = values.iter().filter(|price| price.column == column).peekable();
        all.peek().is_some()
            && all.clone().any(|price| price.number > 0.0 && price.number < 1.0 && !price.is_whole)
            && all.all(|price| price.number <= 1.0)
    };
    let mut columns: Vec<usize> = values.iter().map(|price| price.column).collect();
    columns.dedup();
    // Each column may be a market: that of a long shot has small prices.
    if columns.len() > 3 {
        return Ok(());
    }
    let is_other = |column: &usize| {
        let of_column = || values.iter().filter(|price| price.column == *column && price.number > 0.0);
        of_column().filter(|price| price.number > 1.0).count() * 2 > of_column().count()
    };
    let dollars = columns.iter().find(|column| is_dollars(**column));
    match (dollars, columns.iter().find(|column| is_other(column))) {
        (Some(dollars), Some(others)) => Err(format!(
            "`{}` has prices in dollars, and `{}` in another unit: leave one out, or write both in one unit",
            header[*dollars], header[*others]
        )),
        _ => Ok(()),
    }
}

/// Finds the unit that alone fits the prices; `skips` if rows that do not fit are left out. Returns `None` if all are 0
/// or 1, which any unit has.
pub(super) fn find(
    values: &[SeenPrice],
    places: Places<'_>,
    skips: bool,
    assumed: &mut Vec<String>,
) -> Result<Option<PriceUnit>, String> {
    let (word, header) = places;
    if let Some(signed) = values.iter().find(|price| price.sign.is_some()) {
        return Ok(signed.sign);
    }
    let (Some(low), Some(high)) = (
        values.iter().min_by(|a, b| a.number.total_cmp(&b.number)),
        values.iter().max_by(|a, b| a.number.total_cmp(&b.number)),
    ) else {
        return Ok(None);
    };
    let between = values.iter().filter(|price| price.number > 0.0 && price.number < 1.0).count();
    let above = values.iter().filter(|price| price.number > 1.0).count();
    let (range, all_whole) =
        (format!("from {} to {}", low.number, high.number), values.iter().all(|price| price.is_whole));
    let names_odds = values.first().is_some_and(|price| plain(&header[price.column]).contains("odds"));
    let place =
        |price: &SeenPrice| format!("{} in {word} {}, column `{}`", price.number, price.line, header[price.column]);
    if high.number <= 1.0 {
        let known = between > 0;
        return Ok(known.then_some(PriceUnit::Dollars));
    }
    if names_odds && low.number >= 1.0 {
        assumed.push("prices are decimal odds, as the column's name says".to_owned());
        return Ok(Some(PriceUnit::Odds));
    }
    if skips && between > above * FEW {
        assumed.push("prices are in dollars: few are above 1, and left out".to_owned());
        return Ok(Some(PriceUnit::Dollars));
    }
    if high.number > 100.0 {
        return Err(format!(
            "its prices ({range}) fit no unit: {} is more than 100. For decimal odds say `--price-unit odds`; else \
             name another column by `--columns`, or correct the row",
            place(high)
        ));
    }
    if all_whole {
        assumed.push(format!("prices are in cents: whole numbers {range}"));
        return Ok(Some(PriceUnit::Cents));
    }
    if between > 0 && above < between {
        return Err(mixed(values, high, &place));
    }
    if between > 0 {
        assumed.push(format!("prices are in percent or cents, which are the same number: {range}"));
        return Ok(Some(PriceUnit::Percent));
    }
    Err(format!(
        "its prices ({range}) may be percent, cents or decimal odds: say `--price-unit percent`, `--price-unit cents` \
         or `--price-unit odds`"
    ))
}

/// Returns the message that prices are dollars and more than that.
fn mixed(values: &[SeenPrice], high: &SeenPrice, place: &impl Fn(&SeenPrice) -> String) -> String {
    let low = values.iter().find(|price| price.number > 0.0 && price.number < 1.0).unwrap_or(high);
    format!(
        "its prices fit no unit: {} is more than a dollar, and {} is less than a cent. Say `--price-unit percent`, or \
         correct the row, or leave it out: `--price-unit dollars --skip-bad-rows`",
        place(high),
        place(low)
    )
}
