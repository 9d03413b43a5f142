//! The lines of one strategy in a run that is over.

use host_core::{Fault, Market, MarketId, Timestamp};
use host_store::lines::LinePoint;

use super::series::Series;

/// The lines of one strategy in a run that is over.
#[derive(Debug)]
pub(super) struct Drawing {
    pub names: Vec<String>,
    /// In the order of the markets' numbers.
    pub series: Vec<(MarketId, Series)>,
    /// The fault that ended the lines early.
    pub fault: Option<Fault>,
}

impl Drawing {
    /// Returns the points of all lines, market by market.
    pub(super) fn points<'a>(&'a self, slot: &'a str, markets: &'a [Market]) -> impl Iterator<Item = LinePoint> + 'a {
        self.series.iter().flat_map(move |(id, series)| {
            let market = markets.get(id.0 as usize).map_or("", |market| market.ticker.as_str());
            series.samples().flat_map(move |(time, values)| {
                let drawn = self.names.iter().zip(values).filter(|(_, value)| !value.is_nan());
                drawn.map(move |(name, &value)| LinePoint {
                    time: Timestamp(time),
                    slot: slot.to_owned(),
                    market: market.to_owned(),
                    name: name.clone(),
                    value,
                })
            })
        })
    }
}
