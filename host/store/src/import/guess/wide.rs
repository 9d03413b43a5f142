//! Files with a column for each market.

use super::sample::Sample;
use crate::import::numbers::{Numbers, PriceUnit, split_sign};

/// The columns of one market.
#[derive(Clone, Debug)]
pub(in crate::import) struct WideColumn {
    pub(in crate::import) market: String,
    /// Places of bid, ask and price.
    pub(in crate::import) prices: [Option<usize>; 3],
}

impl WideColumn {
    pub(super) fn has(&self, place: usize) -> bool {
        self.prices.contains(&Some(place))
    }
}

/// Endings of names of columns that hold a bid or an ask of the market before them.
const SIDES: [(&str, usize); 2] = [("bid", 0), ("ask", 1)];

/// Returns the markets of the columns in `header` but that of the time. A market has a column with its name or, with
/// the endings `bid` and `ask`, two.
pub(super) fn columns(header: &[String], time: usize) -> Vec<WideColumn> {
    let mut markets: Vec<WideColumn> = Vec::new();
    for (place, name) in header.iter().enumerate().filter(|(place, name)| *place != time && !name.is_empty()) {
        let (market, side) = side(name);
        match markets.iter_mut().find(|known| known.market == market) {
            Some(known) if known.prices[side].is_none() => known.prices[side] = Some(place),
            _ => {
                let mut prices = [None; 3];
                prices[side] = Some(place);
                markets.push(WideColumn { market: market.to_owned(), prices });
            }
        }
    }
    markets
}

fn side(name: &str) -> (&str, usize) {
    for (end, side) in SIDES {
        let before = name.len().checked_sub(end.len()).and_then(|at| name.split_at_checked(at));
        if let Some((before, found)) = before
            && found.eq_ignore_ascii_case(end)
            && before.ends_with([' ', '_', '-', '.', ':', '/'])
        {
            return (before.trim_end_matches([' ', '_', '-', '.', ':', '/']), side);
        }
    }
    (name, 2)
}

/// Returns true if all columns of `sample` but that of the time hold numbers or nothing.
pub(super) fn is_numeric(sample: &Sample, header: &[String], time: usize, absent: &[String]) -> bool {
    let mut numbers = Numbers::new(PriceUnit::Dollars, false, absent);
    let mut is_number = |text: &str| {
        let bare = split_sign(text).0.replacen(',', ".", 1);
        numbers.size(&bare).is_ok()
    };
    let mut columns = (0..header.len()).filter(|place| *place != time && !header[*place].is_empty());
    columns.all(|place| sample.texts(place).all(|(_, text)| is_number(text)))
        && (0..header.len()).any(|place| place != time && sample.texts(place).any(|(_, text)| !text.is_empty()))
}
