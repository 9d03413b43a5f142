//! Parses the prices and sizes of recordings.

use host_core::Price;

/// The unit of prices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PriceUnit {
    /// Dollars, 0..1.
    #[default]
    Dollars,
    /// Cents, 0..100.
    Cents,
}

impl PriceUnit {
    /// Parses a price. Returns dollars rounded to the 1/10,000 grid, so that tape and engine agree to the last bit, or
    /// NaN for an empty side: no text, 0 or 1 dollar.
    pub(super) fn read(self, text: &str) -> Result<f64, String> {
        if is_absent(text) {
            return Ok(f64::NAN);
        }
        let number: f64 = text.parse().map_err(|_| format!("`{text}` is no price"))?;
        let dollars = match self {
            PriceUnit::Dollars => number,
            PriceUnit::Cents => number / 100.0,
        };
        match Price::from_dollars(dollars) {
            Some(Price::ZERO | Price::ONE) => Ok(f64::NAN),
            Some(price) => Ok(price.dollars()),
            None if self == PriceUnit::Dollars && (1.0..=100.0).contains(&number) => {
                Err(format!("price {text} is more than a dollar; if prices are in cents, say `--price-unit cents`"))
            }
            None if self == PriceUnit::Cents => Err(format!("price {text} is not within 0..100 cents")),
            None => Err(format!("price {text} is not within 0..1 dollars")),
        }
    }
}

pub(super) fn read_size(text: &str) -> Result<f64, String> {
    if is_absent(text) {
        return Ok(f64::NAN);
    }
    match text.parse::<f64>() {
        Ok(size) if (0.0..=1e10).contains(&size) => Ok(size),
        _ => Err(format!("`{text}` is no size: a number of contracts, 0 or more, is expected")),
    }
}

fn is_absent(text: &str) -> bool {
    text.is_empty() || ["nan", "null", "none"].iter().any(|word| text.eq_ignore_ascii_case(word))
}
