//! The price grid of a market, in pure integer arithmetic. Nothing here chooses a rounding direction: the caller says
//! whether to round up or down.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::money::Price;

/// A range of prices from `start` to `end`, both included, in steps of `step`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// The lowest price.
    pub start: Price,
    /// The highest price.
    pub end: Price,
    /// The distance between neighbouring prices.
    pub step: Price,
}

/// The prices that a market accepts: one step everywhere, or finer steps near 0 and 1, as in Kalshi's `price_ranges`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "TicksRepr", into = "TicksRepr")]
pub struct Ticks(Grid);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Grid {
    Uniform(Price),
    /// In ascending order, without overlap; used only where one step does not describe the grid.
    Bands(Box<[Band]>),
}

/// The form in files: a step, or a list of bands.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
enum TicksRepr {
    Step(Price),
    Bands(Vec<Band>),
}

/// The reason why bands do not form a price grid.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TicksError {
    /// There is no band, or the step is not above 0.
    #[error("a market has no price step")]
    None,
    /// A step is not above 0, or a band ends before it begins or between two of its prices.
    #[error(
        "prices from {start} to {end} cannot come in steps of {step}",
        start = .0.start, end = .0.end, step = .0.step
    )]
    Step(Band),
    /// A band begins before the one below it ends, or lies outside `0..=1`.
    #[error("prices from {start} to {end} overlap with others or lie outside 0 to 1", start = .0.start, end = .0.end)]
    Place(Band),
}

impl Ticks {
    /// Whole cents.
    pub const CENT: Ticks = Ticks::every(Price(100));

    /// Returns a grid with one step everywhere. A `step` below 1/10,000 dollar, the finest possible, is raised to it.
    pub const fn every(step: Price) -> Ticks {
        Ticks(Grid::Uniform(if step.0 > 0 { step } else { Price(1) }))
    }

    /// Returns the grid of `bands`, which may be in any order.
    ///
    /// # Errors
    /// There is no band, or bands overlap, lie outside `0..=1`, or cannot be divided into their steps.
    pub fn of_bands(mut bands: Vec<Band>) -> Result<Ticks, TicksError> {
        bands.sort_by_key(|band| (band.start, band.end));
        let mut from = Price::ZERO;
        for band in &bands {
            let Band { start, end, step } = *band;
            if step <= Price::ZERO || end < start || (end - start).0 % step.0 != 0 {
                return Err(TicksError::Step(*band));
            }
            if start < from || end > Price::ONE {
                return Err(TicksError::Place(*band));
            }
            from = end;
        }
        let first = bands.first().ok_or(TicksError::None)?;
        let whole = |band: &Band| band.step == first.step && band.start.0 % band.step.0 == 0;
        let without_gap = bands.windows(2).all(|pair| pair[0].end == pair[1].start);
        let everywhere = first.start == Price::ZERO && from == Price::ONE && without_gap;
        if everywhere && bands.iter().all(whole) {
            return Ok(Ticks::every(first.step));
        }
        Ok(Ticks(Grid::Bands(bands.into())))
    }

    /// Returns the finest step.
    pub fn finest(&self) -> Price {
        match &self.0 {
            Grid::Uniform(step) => *step,
            Grid::Bands(bands) => bands.iter().map(|band| band.step).min().unwrap_or(Price(1)),
        }
    }

    /// Returns the coarsest step.
    pub fn coarsest(&self) -> Price {
        match &self.0 {
            Grid::Uniform(step) => *step,
            Grid::Bands(bands) => bands.iter().map(|band| band.step).max().unwrap_or(Price(1)),
        }
    }

    /// Returns true if `price` is on the grid.
    pub fn contains(&self, price: Price) -> bool {
        self.at_or_below(price) == Some(price)
    }

    /// Returns the highest price on the grid that is not above `price`.
    pub fn at_or_below(&self, price: Price) -> Option<Price> {
        match &self.0 {
            Grid::Uniform(step) => Some(Price(price.0.div_euclid(step.0) * step.0)),
            Grid::Bands(bands) => {
                let band = bands.iter().rev().find(|band| band.start <= price)?;
                let inside = (price.min(band.end) - band.start).0;
                Some(band.start + Price(inside / band.step.0 * band.step.0))
            }
        }
    }

    /// Returns the lowest price on the grid that is not below `price`.
    pub fn at_or_above(&self, price: Price) -> Option<Price> {
        match &self.0 {
            Grid::Uniform(step) => price.0.checked_add(step.0 - 1).map(|up| Price(up.div_euclid(step.0) * step.0)),
            Grid::Bands(bands) => {
                let band = bands.iter().find(|band| price <= band.end)?;
                let inside = (price.max(band.start) - band.start).0;
                Some(band.start + Price((inside + band.step.0 - 1) / band.step.0 * band.step.0))
            }
        }
    }

    /// Returns the price `count` ticks above `from`, or below it if `count` is negative; `None` beyond the last tick.
    pub fn away(&self, from: Price, count: i64) -> Option<Price> {
        if let Grid::Uniform(step) = self.0 {
            let units = count.checked_mul(i64::from(step.0))?.checked_add(i64::from(from.0))?;
            return i32::try_from(units).ok().map(Price);
        }
        let next = |price: &Price| {
            if count > 0 { self.at_or_above(*price + Price(1)) } else { self.at_or_below(*price - Price(1)) }
        };
        // This ends soon even for a large count, since there are at most 10,001 prices.
        let steps = usize::try_from(count.unsigned_abs()).ok()?;
        std::iter::successors(Some(from), next).nth(steps)
    }
}

impl fmt::Display for Ticks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Grid::Uniform(step) => write!(f, "multiples of {step}"),
            Grid::Bands(bands) => {
                for (index, Band { start, end, step }) in bands.iter().enumerate() {
                    let comma = if index == 0 { "" } else { ", " };
                    write!(f, "{comma}steps of {step} from {start} to {end}")?;
                }
                Ok(())
            }
        }
    }
}

impl TryFrom<TicksRepr> for Ticks {
    type Error = TicksError;

    fn try_from(written: TicksRepr) -> Result<Ticks, TicksError> {
        match written {
            TicksRepr::Step(step) if step <= Price::ZERO => Err(TicksError::None),
            TicksRepr::Step(step) => Ok(Ticks::every(step)),
            TicksRepr::Bands(bands) => Ticks::of_bands(bands),
        }
    }
}

impl From<Ticks> for TicksRepr {
    fn from(ticks: Ticks) -> TicksRepr {
        match ticks.0 {
            Grid::Uniform(step) => TicksRepr::Step(step),
            Grid::Bands(bands) => TicksRepr::Bands(bands.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn band(start: i32, end: i32, step: i32) -> Band {
        Band { start: Price(start), end: Price(end), step: Price(step) }
    }

    /// Kalshi's `tapered_deci_cent`.
    fn tapered() -> Ticks {
        Ticks::of_bands(vec![band(1_000, 9_000, 100), band(0, 1_000, 10), band(9_000, 10_000, 10)]).unwrap()
    }

    #[test]
    fn steps_change_at_the_bounds_of_bands() {
        let check = |from: i32, count: i64, expect: Option<i32>| {
            assert_eq!(tapered().away(Price(from), count).map(|price| price.0), expect, "{from} {count}");
        };
        check(650, 1, Some(660));
        check(990, 1, Some(1_000));
        check(990, 2, Some(1_100));
        check(1_000, -1, Some(990));
        check(9_000, 1, Some(9_010));
        check(9_000, -1, Some(8_900));
        check(4_250, 1, Some(4_300));
        check(4_250, -1, Some(4_200));
        check(4_200, 0, Some(4_200));
        check(9_990, 2, None);
        check(0, -1, None);
        check(5_000, i64::from(u32::MAX), None);
    }

    #[test]
    fn bands_with_equal_steps_become_one_step_and_both_forms_round_trip() {
        let cents = Ticks::of_bands(vec![band(0, 5_000, 100), band(5_000, 10_000, 100)]).unwrap();
        assert_eq!(cents, Ticks::CENT);
        let check = |ticks: Ticks, text: &str| {
            assert_eq!(serde_json::to_string(&ticks).unwrap(), text);
            assert_eq!(serde_json::from_str::<Ticks>(text).unwrap(), ticks);
        };
        check(cents, "100");
        let bands = [
            r#"[{"start":0,"end":1000,"step":10}"#,
            r#"{"start":1000,"end":9000,"step":100}"#,
            r#"{"start":9000,"end":10000,"step":10}]"#,
        ];
        check(tapered(), &bands.join(","));
        assert_eq!(
            tapered().to_string(),
            "steps of 0.001 from 0.00 to 0.10, steps of 0.01 from 0.10 to 0.90, steps of 0.001 from 0.90 to 1.00"
        );
    }

    #[test]
    fn bands_that_form_no_grid_are_rejected() {
        let check = |bands: &[Band], expect: &str| {
            assert_eq!(Ticks::of_bands(bands.to_vec()).unwrap_err().to_string(), expect);
        };
        check(&[], "a market has no price step");
        check(&[band(0, 10_000, 0)], "prices from 0.00 to 1.00 cannot come in steps of 0.00");
        check(&[band(0, 10_000, 300)], "prices from 0.00 to 1.00 cannot come in steps of 0.03");
        check(&[band(500, 100, 10)], "prices from 0.05 to 0.01 cannot come in steps of 0.001");
        check(
            &[band(0, 1_000, 10), band(900, 2_000, 10)],
            "prices from 0.09 to 0.20 overlap with others or lie outside 0 to 1",
        );
        check(&[band(0, 10_100, 100)], "prices from 0.00 to 1.01 overlap with others or lie outside 0 to 1");
    }

    proptest! {
        #[test]
        fn the_neighbours_of_a_price_enclose_it(
            price in 0i32..=10_000, step in prop::sample::select(vec![0, 10, 50, 100]),
        ) {
            let ticks = if step == 0 { tapered() } else { Ticks::every(Price(step)) };
            let (below, above) = (ticks.at_or_below(Price(price)).unwrap(), ticks.at_or_above(Price(price)).unwrap());
            prop_assert!(below.0 <= price && price <= above.0);
            prop_assert!(ticks.contains(below) && ticks.contains(above));
            let on_tick = |between: i32| ticks.contains(Price(between)) && !(between == price && below == above);
            prop_assert!(!(price..above.0).chain(below.0 + 1..=price).any(on_tick));
            prop_assert_eq!(ticks.contains(Price(price)), below == above);
        }
    }
}
