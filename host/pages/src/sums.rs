//! Tables of amounts whose rows and columns add up as they are printed.

use host_core::Usd;

use crate::numbers::adding_up;

/// Returns `rows` of equal length in whole cents: each column adds up to its own total, the totals of the columns add
/// up to the rounded sum of all, and so do the sums of the rows. Nothing stays nothing. A row differs from its true sum
/// by a few cents at most, because a column gives its odd cents to the rows that lack most.
pub fn cents_both_ways(rows: &[Vec<Option<Usd>>]) -> Vec<Vec<Option<Usd>>> {
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    let column = |at: usize| rows.iter().map(move |row| row.get(at).copied().flatten());
    let totals: Vec<Usd> = (0..width).map(|at| column(at).flatten().sum()).collect();
    let mut shown: Vec<Vec<Option<Usd>>> = vec![Vec::with_capacity(width); rows.len()];
    // What the rows lack so far, as printed.
    let mut lacking = vec![Usd::ZERO; rows.len()];
    for (at, total) in adding_up(&totals, Usd::CENT).into_iter().enumerate() {
        let mut left = total;
        for (row, cell) in column(at).enumerate() {
            let value = cell.map(|cell| {
                let due = lacking[row] + cell;
                let value = adding_up(&[due], Usd::CENT).first().copied().unwrap_or_default();
                lacking[row] = due - value;
                left -= value;
                value
            });
            shown[row].push(value);
        }
        while left != Usd::ZERO {
            let cent = if left > Usd::ZERO { Usd::CENT } else { -Usd::CENT };
            let filled = (0..rows.len()).filter(|&row| shown[row][at].is_some());
            let wants = |row: &usize| if cent > Usd::ZERO { lacking[*row] } else { -lacking[*row] };
            let Some(row) = filled.max_by_key(wants) else { break };
            shown[row][at] = shown[row][at].map(|value| value + cent);
            lacking[row] -= cent;
            left -= cent;
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn rows_and_columns_add_up(
            cells in proptest::collection::vec(
                proptest::collection::vec(proptest::option::of(-90_000_000i64..90_000_000), 7), 1..20),
        ) {
            let rows: Vec<Vec<Option<Usd>>> =
                cells.iter().map(|row| row.iter().map(|cell| cell.map(Usd::micros)).collect()).collect();
            let shown = cents_both_ways(&rows);
            let sum = |cells: &[Option<Usd>]| cells.iter().flatten().copied().sum::<Usd>();
            let all: Usd = rows.iter().map(|row| sum(row)).sum();
            prop_assert_eq!(shown.iter().map(|row| sum(row)).sum::<Usd>().shown(), all.shown());
            for (row, printed) in rows.iter().zip(&shown) {
                prop_assert!((sum(row) - sum(printed)).abs() <= Usd(4 * Usd::CENT.0));
                for (cell, value) in row.iter().zip(printed) {
                    prop_assert_eq!(cell.is_some(), value.is_some());
                    prop_assert_eq!(value.unwrap_or_default().0 % Usd::CENT.0, 0);
                }
            }
            for at in 0..7 {
                let column = |rows: &[Vec<Option<Usd>>]| rows.iter().filter_map(|row| row[at]).sum::<Usd>();
                prop_assert!((column(&rows) - column(&shown)).abs() <= Usd::CENT);
            }
        }
    }
}
