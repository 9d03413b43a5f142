//! Tells whether two runs saw the same market data, by the prices themselves: digests of the same prices differ where
//! one lies on a tape and the other in a journal.

use std::collections::BTreeMap;

use host_core::{Span, Timestamp};
use host_report::Window;

use crate::error::Result;
use crate::run::RunSource;

/// Number of times at which prices are compared.
const SAMPLES: i64 = 5;
/// Time before each of them from which a price counts.
const BEFORE: Span = Span::minutes(15);

/// Bid and ask of a market, in 1/10,000 dollar; an absent side is `None`.
type Sides = (Option<i32>, Option<i32>);

/// Returns the reason why two runs cannot be compared trade by trade over `window`; `None` if they saw the same data.
pub fn other_data(one: &RunSource, other: &RunSource, window: Window) -> Option<String> {
    let (Some(first), Some(second)) = (one.info(), other.info()) else {
        let without = if one.info().is_none() { one } else { other };
        return Some(format!("{} has no journal, so its trades are not known", without.name));
    };
    if first.mode.is_account() && second.mode.is_account() && first.data_digest == second.data_digest {
        // Two accounts of one venue poll at moments of their own.
        return None;
    }
    match differing_price(one, other, window) {
        Ok(None) => None,
        Ok(Some(what)) => Some(format!("they saw other prices: {what}")),
        // What cannot be read is told apart by its digest.
        Err(_) if first.data_digest == second.data_digest => None,
        Err(error) => Some(format!("their digests of the data differ, and prices cannot be compared: {error}")),
    }
}

/// Returns the first difference in prices of markets that both runs had at the same times.
fn differing_price(one: &RunSource, other: &RunSource, window: Window) -> Result<Option<String>> {
    let step = window.length().0 / (SAMPLES + 1);
    let mut common = 0;
    for sample in 1..=SAMPLES {
        let at = Timestamp(window.from().0 + step * sample);
        let (ours, theirs) = (prices(one, at)?, prices(other, at)?);
        for (ticker, sides) in &ours {
            let Some(others) = theirs.get(ticker) else { continue };
            common += 1;
            if sides != others {
                return Ok(Some(format!("{ticker} at {at} is {} and {}", shown(*sides), shown(*others))));
            }
        }
    }
    Ok((common == 0).then(|| "they have no market in common".to_owned()))
}

fn shown((bid, ask): Sides) -> String {
    let side = |price: Option<i32>| price.map_or_else(|| "-".to_owned(), |price| host_core::Price(price).to_string());
    format!("{} / {}", side(bid), side(ask))
}

/// Returns the prices of all markets just before `at`, by ticker.
fn prices(source: &RunSource, at: Timestamp) -> Result<BTreeMap<String, Sides>> {
    let tickers: BTreeMap<u32, &str> = source
        .info()
        .iter()
        .flat_map(|info| &info.markets)
        .map(|market| (market.id.0, market.ticker.as_str()))
        .collect();
    let mut found: BTreeMap<u32, Sides> = BTreeMap::new();
    let from = Timestamp(at.0.saturating_sub(BEFORE.0));
    source.rows()?.between(from, at, &mut |rows| {
        for row in 0..rows.len() {
            let quote = rows.row(row);
            found.insert(quote.market.0, (quote.bid.map(|price| price.0), quote.ask.map(|price| price.0)));
        }
    })?;
    let named = found.into_iter().filter_map(|(market, sides)| Some(((*tickers.get(&market)?).to_owned(), sides)));
    Ok(named.collect())
}
