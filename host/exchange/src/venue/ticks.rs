//! The price grids of markets.

use host_core::{Band, Price, Ticks};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PriceStructure {
    #[default]
    LinearCent,
    /// Tenths of a cent below 10 and above 90 cents, whole cents between.
    TaperedDeciCent,
    /// Tenths of a cent.
    DeciCent,
}

const CENT: Price = Price(100);
const DECI_CENT: Price = Price(10);

const fn band(start: i32, end: i32, step: Price) -> Band {
    Band { start: Price(start), end: Price(end), step }
}

impl PriceStructure {
    pub const fn as_str(self) -> &'static str {
        match self {
            PriceStructure::LinearCent => "linear_cent",
            PriceStructure::TaperedDeciCent => "tapered_deci_cent",
            PriceStructure::DeciCent => "deci_cent",
        }
    }

    /// Returns the coarsest grid whose step is nowhere above that of `ticks`.
    pub fn of(ticks: &Ticks) -> PriceStructure {
        let between = ticks.away(Price(5_000), 1).map_or(CENT, |next| next - Price(5_000));
        match (ticks.finest() >= CENT, between >= CENT) {
            (true, _) => PriceStructure::LinearCent,
            (false, true) => PriceStructure::TaperedDeciCent,
            (false, false) => PriceStructure::DeciCent,
        }
    }

    /// Returns its bands, from 0 to 1.
    pub const fn bands(self) -> &'static [Band] {
        match self {
            PriceStructure::LinearCent => const { &[band(0, 10_000, CENT)] },
            PriceStructure::TaperedDeciCent => {
                const { &[band(0, 1_000, DECI_CENT), band(1_000, 9_000, CENT), band(9_000, 10_000, DECI_CENT)] }
            }
            PriceStructure::DeciCent => const { &[band(0, 10_000, DECI_CENT)] },
        }
    }

    /// Returns true if an order can have this price: on the grid, and strictly between 0 and 1.
    pub fn allows(self, price: Price) -> bool {
        Price::ZERO < price && price < Price::ONE && self.floor(price) == price
    }

    /// Returns the highest price on the grid that is not above `price`.
    pub fn floor(self, price: Price) -> Price {
        let containing = self.bands().iter().find(|band| price < band.end);
        containing.map_or(Price::ONE, |band| Price(price.0.div_euclid(band.step.0) * band.step.0))
    }

    /// Returns the lowest price on the grid that is not below `price`.
    pub fn ceil(self, price: Price) -> Price {
        // The grids are symmetric.
        self.floor(price.complement()).complement()
    }
}
