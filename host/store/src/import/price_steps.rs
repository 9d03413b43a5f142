//! A market's price steps: as its venue states them, or inferred from the prices of its rows, band by band.
//!
//! Venues have finer steps near 0 and 1 than between, so a price near the edge says nothing about the middle. The two
//! edges have one grid, because a price of YES is the complement of one of NO.

use host_core::{Band, Price, Ticks};
use serde_json::Value;

/// The bound of the band near 0; that near 1 is its complement.
const EDGE: Price = Price(1_000);
/// The coarsest step that is inferred.
const CENT: Price = Price(100);

/// The steps that the prices of one market show.
#[derive(Clone, Copy, Debug)]
pub(super) struct SeenSteps {
    /// Largest power of ten, in 1/10,000 dollar and at most a cent, that divides all prices seen near 0 and 1.
    edges: Price,
    /// The same for the prices between.
    middle: Price,
}

impl SeenSteps {
    pub(super) const NONE: SeenSteps = SeenSteps { edges: CENT, middle: CENT };

    pub(super) fn note(&mut self, price: Price) {
        let is_near = price < EDGE || price > EDGE.complement();
        let step = if is_near { &mut self.edges } else { &mut self.middle };
        while price.0 % step.0 != 0 {
            step.0 /= 10;
        }
    }

    /// Returns the coarsest grid that holds all prices seen. No grid is coarser near 0 and 1 than between.
    pub(super) fn ticks(self) -> Ticks {
        tapered(self.edges.min(self.middle), self.middle)
    }
}

/// Returns the grid with these steps near 0 and 1, and between.
fn tapered(edges: Price, middle: Price) -> Ticks {
    let (low, high) = (EDGE, EDGE.complement());
    let band = |start, end, step| Band { start, end, step };
    let bands = vec![band(Price::ZERO, low, edges), band(low, high, middle), band(high, Price::ONE, edges)];
    Ticks::of_bands(bands).unwrap_or(Ticks::every(edges))
}

/// Reads a venue's list of bands, in dollars, such as `[{"start": "0.00", "end": "1.00", "step": "0.01"}]`. Returns
/// `None` for an empty list.
pub(super) fn read_ranges(text: &str) -> Result<Option<Ticks>, String> {
    let ranges: Vec<Value> =
        serde_json::from_str(text).map_err(|_| format!("price_ranges: `{text}` is no list of price ranges"))?;
    let read = |range: &Value| {
        let part = |key: &str| {
            let dollars = match range.get(key) {
                Some(Value::String(text)) => text.parse().ok(),
                Some(number) => number.as_f64(),
                None => None,
            };
            let price = dollars.and_then(Price::from_dollars);
            price.ok_or_else(|| format!("price_ranges: `{range}` has no `{key}` in dollars"))
        };
        Ok::<Band, String>(Band { start: part("start")?, end: part("end")?, step: part("step")? })
    };
    let bands = ranges.iter().map(read).collect::<Result<Vec<Band>, String>>()?;
    if bands.is_empty() {
        return Ok(None);
    }
    Ticks::of_bands(bands).map(Some).map_err(|error| format!("price_ranges: {error}"))
}

/// Returns the grid that Kalshi calls by this name; `None` for a name that is not known.
pub(super) fn of_structure(name: &str) -> Option<Ticks> {
    match name {
        "linear_cent" => Some(Ticks::CENT),
        "deci_cent" => Some(Ticks::every(Price(10))),
        "tapered_deci_cent" => Some(tapered(Price(10), CENT)),
        _ => None,
    }
}
