//! Price grids: which prices a market takes.

use host_core::Price;

/// A run of prices with one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PriceRange {
    /// Where it begins.
    pub start: Price,
    /// Where it ends.
    pub end: Price,
    /// From one price to the next.
    pub step: Price,
}

/// The venue's three grids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PriceStructure {
    /// Whole cents.
    #[default]
    LinearCent,
    /// Tenths of a cent below 10 and above 90 cents, whole cents between.
    TaperedDeciCent,
    /// Tenths of a cent.
    DeciCent,
}

const CENT: Price = Price(100);
const DECI_CENT: Price = Price(10);

const fn range(start: i32, end: i32, step: Price) -> PriceRange {
    PriceRange { start: Price(start), end: Price(end), step }
}

impl PriceStructure {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            PriceStructure::LinearCent => "linear_cent",
            PriceStructure::TaperedDeciCent => "tapered_deci_cent",
            PriceStructure::DeciCent => "deci_cent",
        }
    }

    /// The coarsest grid whose step is not above `tick` anywhere.
    pub const fn of_tick(tick: Price) -> PriceStructure {
        if tick.0 >= CENT.0 { PriceStructure::LinearCent } else { PriceStructure::DeciCent }
    }

    /// Its runs, from 0 to 1.
    pub const fn ranges(self) -> &'static [PriceRange] {
        match self {
            PriceStructure::LinearCent => const { &[range(0, 10_000, CENT)] },
            PriceStructure::TaperedDeciCent => {
                const { &[range(0, 1_000, DECI_CENT), range(1_000, 9_000, CENT), range(9_000, 10_000, DECI_CENT)] }
            }
            PriceStructure::DeciCent => const { &[range(0, 10_000, DECI_CENT)] },
        }
    }

    /// Whether an order can have this price: on the grid, and strictly between 0 and 1.
    pub fn allows(self, price: Price) -> bool {
        Price::ZERO < price && price < Price::ONE && self.floor(price) == price
    }

    /// The highest price on the grid that is not above `price`.
    pub fn floor(self, price: Price) -> Price {
        let containing = self.ranges().iter().find(|range| price < range.end);
        containing.map_or(Price::ONE, |range| Price(price.0.div_euclid(range.step.0) * range.step.0))
    }

    /// The lowest price on the grid that is not below `price`.
    pub fn ceil(self, price: Price) -> Price {
        // The grids are symmetric.
        self.floor(price.complement()).complement()
    }
}
