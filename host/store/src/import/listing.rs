//! The markets and results of an imported tape.

use host_core::{Market, MarketId, Settlement, Timestamp};

use super::markets::{self, AllFacts};
use super::page::ImportCounts;
use super::seen_markets::SeenMarket;
use crate::tape::{Listing, TapeSource};

/// Number of tickers that a sentence names.
const NAMED: usize = 5;

/// Returns the markets and settlements of the tape; `last` holds the time of the last row of each market. A market
/// settles at its settlement time, else when it closes, but not before its last row.
pub(super) fn listing(
    source: TapeSource,
    names: &[SeenMarket],
    facts: Option<&AllFacts>,
    last: &[Option<Timestamp>],
    counts: &mut ImportCounts,
) -> Listing {
    let (mut markets, mut settlements): (Vec<Market>, Vec<Settlement>) = (Vec::new(), Vec::new());
    let (mut unknown, mut inferred_ticks) = (0, 0);
    for ((named, last), id) in names.iter().zip(last).zip(0..) {
        let known = facts.and_then(|facts| facts.by_ticker.get(&named.ticker));
        unknown += u64::from(known.is_none());
        let known = known.cloned().unwrap_or_default();
        inferred_ticks += u64::from(!known.states_ticks());
        let market = markets::market(MarketId(id), named, &known);
        let time = known.settled.or(market.closes).max(*last);
        if let (Some(outcome), Some(time)) = (known.outcome, time) {
            settlements.push(Settlement { market: market.id, time, outcome });
        }
        markets.push(market);
    }
    settlements.sort_by_key(|settlement| (settlement.time, settlement.market));
    counts.markets_without_facts = facts.map(|_| unknown);
    Listing { markets, settlements, source, poll: None, inferred_ticks }
}

/// Returns sentences about markets that rows name and facts do not, or the other way round.
pub(super) fn unmatched(names: &[SeenMarket], facts: &AllFacts) -> Vec<String> {
    let without: Vec<&str> = names
        .iter()
        .map(|named| named.ticker.as_str())
        .filter(|ticker| !facts.by_ticker.contains_key(*ticker))
        .collect();
    let mut seen: Vec<&str> = names.iter().map(|named| named.ticker.as_str()).collect();
    seen.sort_unstable();
    let is_idle = |ticker: &&str| seen.binary_search(ticker).is_err();
    let idle: Vec<&str> = facts.by_ticker.keys().map(String::as_str).filter(is_idle).collect();
    let mut said = Vec::new();
    let list = |tickers: &[&str]| {
        let named: Vec<String> = tickers.iter().take(NAMED).map(|ticker| format!("`{ticker}`")).collect();
        format!("{}{}", named.join(", "), if tickers.len() > NAMED { ", …" } else { "" })
    };
    match without.as_slice() {
        [] => {}
        [one] => said.push(format!("1 market is not in the metadata file: `{one}`")),
        all => said.push(format!("{} markets are not in the metadata file: {}", all.len(), list(all))),
    }
    match idle.as_slice() {
        [] => {}
        [one] => said.push(format!("1 market of the metadata file has no rows: `{one}`")),
        all => said.push(format!("{} markets of the metadata file have no rows: {}", all.len(), list(all))),
    }
    said
}
