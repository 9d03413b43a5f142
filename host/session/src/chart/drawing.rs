//! The lines of one strategy in a run that ends: kept in memory, and written down when it is over.

use host_core::{Market, MarketId, Timestamp};
use host_store::lines::LinePoint;

use super::board::Board;
use super::series::Series;
use super::twin::{Canvas, End};

/// The lines of one strategy.
#[derive(Debug)]
pub(super) struct Drawing {
    names: Vec<String>,
    board: Board,
    /// The reason why the lines end early.
    pub failure: Option<String>,
}

impl Drawing {
    pub(super) fn new() -> Drawing {
        Drawing { names: Vec::new(), board: Board::new(0), failure: None }
    }

    /// Returns the series of all markets to keep, in the order of the markets' numbers.
    pub(super) fn finish(self) -> Drawn {
        Drawn { names: self.names, series: self.board.finish() }
    }
}

impl Canvas for Drawing {
    fn begin(&mut self, names: Vec<String>) {
        (self.board, self.names) = (Board::new(names.len()), names);
    }

    fn due(&mut self, active: &[u32], signalled: &[u32], time: i64) -> Vec<u32> {
        self.board.due(active, signalled, time)
    }

    fn push(&mut self, markets: Vec<u32>, values: Vec<f64>, time: i64) {
        self.board.push(&markets, &values, time);
    }

    fn end(&mut self, end: End) {
        self.failure = end.failure();
    }
}

/// The lines of one strategy in a run that is over.
#[derive(Debug)]
pub(super) struct Drawn {
    names: Vec<String>,
    series: Vec<(MarketId, Series)>,
}

impl Drawn {
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
