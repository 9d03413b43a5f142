//! Parses the prices and sizes of recordings.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use host_core::Price;

/// The unit of prices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum PriceUnit {
    /// Dollars, 0..1.
    #[default]
    Dollars,
    /// Cents, 0..100.
    Cents,
    /// Percent, 0..100.
    Percent,
    /// Decimal odds, the dollars that a winning stake of one dollar returns: 1 / price.
    Odds,
}

const UNITS: [(&str, PriceUnit); 4] = [
    ("dollars", PriceUnit::Dollars),
    ("cents", PriceUnit::Cents),
    ("percent", PriceUnit::Percent),
    ("odds", PriceUnit::Odds),
];

impl fmt::Display for PriceUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = UNITS.iter().find(|(_, unit)| unit == self).map_or("", |(name, _)| name);
        f.write_str(name)
    }
}

impl FromStr for PriceUnit {
    type Err = String;

    fn from_str(text: &str) -> Result<PriceUnit, String> {
        let found = UNITS.iter().find(|(name, _)| *name == text).map(|(_, unit)| *unit);
        found.ok_or_else(|| "write dollars, cents, percent or odds".to_owned())
    }
}

/// Texts that stand for no value, beside an empty one, in any case.
const ABSENT: [&str; 10] = ["nan", "null", "none", "na", "n/a", "#n/a", "-", "--", "—", "\\n"];
/// Number of different texts for no value that are counted.
const ABSENT_COUNTED: usize = 20;

/// Reads the numbers of one file, and counts what they show.
#[derive(Clone, Debug)]
pub(super) struct Numbers {
    pub(super) unit: PriceUnit,
    /// Decimals stand behind a comma.
    comma: bool,
    absent: Vec<String>,
    /// Number of each text that was taken as no value; an empty one is not counted.
    pub(super) absent_seen: BTreeMap<String, u64>,
    /// A price is more than one of its unit.
    above_one: bool,
    /// Number of prices between zero and one of their unit.
    below_one: u64,
}

impl Numbers {
    pub(super) fn new(unit: PriceUnit, comma: bool, absent: &[String]) -> Numbers {
        let absent = absent.iter().map(|text| text.to_lowercase()).collect();
        Numbers { unit, comma, absent, absent_seen: BTreeMap::new(), above_one: false, below_one: 0 }
    }

    /// Parses a price. Returns dollars rounded to the 1/10,000 grid, so that tape and engine agree to the last bit, or
    /// NaN for an empty side: no text, 0 or 1 dollar.
    pub(super) fn price(&mut self, text: &str) -> Result<f64, String> {
        let price = match (self.unit, ten_thousandths(text)) {
            (PriceUnit::Dollars, Some(parts @ 0..=10_000)) => Price(parts as i32),
            (PriceUnit::Cents | PriceUnit::Percent, Some(parts @ 0..=1_000_000)) => Price(((parts + 50) / 100) as i32),
            _ => match self.other_price(text)? {
                Some(price) => price,
                None => return Ok(f64::NAN),
            },
        };
        let one = if matches!(self.unit, PriceUnit::Cents | PriceUnit::Percent) { 100 } else { 10_000 };
        self.above_one |= price.0 > one;
        self.below_one += u64::from(price.0 > 0 && price.0 < one);
        Ok(if price == Price::ZERO || price == Price::ONE { f64::NAN } else { price.dollars() })
    }

    fn other_price(&mut self, text: &str) -> Result<Option<Price>, String> {
        if self.is_absent(text) {
            return Ok(None);
        }
        let number = self.in_unit(text)?;
        let dollars = match self.unit {
            PriceUnit::Dollars => number,
            PriceUnit::Cents | PriceUnit::Percent => number / 100.0,
            PriceUnit::Odds if number == 0.0 => return Ok(None),
            PriceUnit::Odds if number >= 1.0 => 1.0 / number,
            PriceUnit::Odds => return Err(format!("`{text}` is no price in decimal odds: 1 or more is expected")),
        };
        let unit = self.unit;
        Price::from_dollars(dollars).map(Some).ok_or_else(|| match unit {
            PriceUnit::Dollars if (1.0..=100.0).contains(&number) => {
                format!("price {text} is more than a dollar; `--price-unit` can say cents, percent or odds")
            }
            PriceUnit::Dollars => format!("price {text} is not within 0..1 dollars"),
            unit => format!("price {text} is not within 0..100 {unit}"),
        })
    }

    /// Parses a number with the sign of a unit, which must be that of the file.
    fn in_unit(&self, text: &str) -> Result<f64, String> {
        let (bare, signed) = split_sign(text);
        let number = self.number(bare).ok_or_else(|| format!("`{text}` is no price"))?;
        match signed {
            Some(unit) if unit != self.unit => {
                let read_as = self.unit;
                Err(format!("`{text}` is in {unit}, but prices are read as {read_as}: say `--price-unit {unit}`"))
            }
            _ => Ok(number),
        }
    }

    pub(super) fn number(&self, text: &str) -> Option<f64> {
        match self.comma && text.contains([',', '.']) {
            true => text.replace('.', "").replace(',', ".").parse().ok(),
            false => text.parse().ok(),
        }
    }

    /// Parses a number of contracts; NaN if there is none.
    pub(super) fn size(&mut self, text: &str) -> Result<f64, String> {
        match self.number(text) {
            Some(size) if (0.0..=1e10).contains(&size) => Ok(size),
            _ if self.is_absent(text) => Ok(f64::NAN),
            _ => Err(format!("`{text}` is no size: a number of contracts, 0 or more, is expected")),
        }
    }

    fn is_absent(&mut self, text: &str) -> bool {
        if text.is_empty() {
            return true;
        }
        let lower = text.to_lowercase();
        let absent = ABSENT.contains(&lower.as_str()) || self.absent.contains(&lower);
        if absent && (self.absent_seen.len() < ABSENT_COUNTED || self.absent_seen.contains_key(text)) {
            *self.absent_seen.entry(text.to_owned()).or_default() += 1;
        }
        absent
    }

    /// Returns the problem with the unit that the prices of the whole file show: dollars read as cents.
    pub(super) fn unit_problem(&self) -> Option<String> {
        let is_hundredth = matches!(self.unit, PriceUnit::Cents | PriceUnit::Percent);
        (is_hundredth && !self.above_one && self.below_one > 0).then(|| {
            let (count, unit) = (self.below_one, self.unit);
            format!(
                "none of its prices is above 1 and {count} are below, so they are dollars, not {unit}: say \
                 `--price-unit dollars`"
            )
        })
    }
}

/// Splits the sign of a unit off a price.
pub(super) fn split_sign(text: &str) -> (&str, Option<PriceUnit>) {
    if let Some(bare) = text.strip_prefix('$') {
        return (bare.trim_start(), Some(PriceUnit::Dollars));
    }
    let ends = [('¢', PriceUnit::Cents), ('c', PriceUnit::Cents), ('%', PriceUnit::Percent)];
    let found = ends.iter().find_map(|(end, unit)| Some((text.strip_suffix(*end)?, *unit)));
    found.map_or((text, None), |(bare, unit)| (bare.trim_end(), Some(unit)))
}

/// Parses digits with at most four decimals, as prices have, exactly; returns their number of ten-thousandths.
fn ten_thousandths(text: &str) -> Option<i64> {
    let (mut number, mut decimals, mut digits) = (0_i64, None, 0);
    if text.len() > 12 {
        return None;
    }
    for byte in text.bytes() {
        match (byte, decimals) {
            (b'0'..=b'9', _) => {
                number = number * 10 + i64::from(byte - b'0');
                digits += 1;
                decimals = decimals.map(|count: u32| count + 1);
            }
            (b'.', None) => decimals = Some(0),
            _ => return None,
        }
    }
    let decimals = decimals.unwrap_or(0);
    (digits > 0 && decimals <= 4).then(|| number * 10_i64.pow(4 - decimals))
}
