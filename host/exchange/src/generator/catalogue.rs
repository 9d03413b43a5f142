//! The recurring series that synthetic markets belong to: what they are about, when they recur, how they trade.
//!
//! The names are invented and begin with `SYN`, so that no tape made from them can be taken for a recording.

/// When the events of a series happen (UTC, no summer time).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recurrence {
    /// Every week on this weekday, listed four weeks ahead: four of them are open at any time.
    Weekly {
        /// 0 = Sunday.
        weekday: i64,
    },
    /// Every month on the `nth` such weekday, listed when the last one has closed.
    Monthly {
        /// 1 = the first of the month.
        nth: i64,
        /// 0 = Sunday.
        weekday: i64,
    },
    /// As monthly, in every third month.
    Quarterly {
        /// The month of the first event of a year, 1..=3.
        month: i64,
        /// 1 = the first of the month.
        nth: i64,
        /// 0 = Sunday.
        weekday: i64,
    },
}

impl Recurrence {
    /// How many of its markets are open at any time.
    pub(super) const fn slots(self) -> i64 {
        match self {
            Recurrence::Weekly { .. } => 4,
            Recurrence::Monthly { .. } | Recurrence::Quarterly { .. } => 1,
        }
    }
}

/// How busily and how tightly the markets of a series trade.
#[derive(Clone, Copy, Debug)]
pub(super) struct Liquidity {
    /// Share of 30 s steps in which something happens, on a weekday at an average hour.
    pub(super) activity: f64,
    /// Typical distance between the value and the best price on either side, in cents.
    pub(super) half_spread_cents: f64,
    /// Median contracts at the best price.
    pub(super) size: f64,
    /// Median contracts of a trade.
    pub(super) trade: f64,
}

/// Tight and busy, as the Fed recording.
const DEEP: Liquidity = Liquidity { activity: 0.42, half_spread_cents: 0.02, size: 4_000.0, trade: 20.0 };
/// Between the two.
const FAIR: Liquidity = Liquidity { activity: 0.38, half_spread_cents: 0.15, size: 1_500.0, trade: 8.0 };
/// Wide and slow, as the KXHIGHNY recording away from its busiest hours.
const THIN: Liquidity = Liquidity { activity: 0.30, half_spread_cents: 0.70, size: 500.0, trade: 4.0 };

/// A recurring series.
#[derive(Clone, Copy, Debug)]
pub(super) struct Series {
    /// The venue's name for it.
    pub(super) ticker: &'static str,
    /// What exposure is limited by.
    pub(super) category: &'static str,
    /// What is measured, for a title.
    pub(super) subject: &'static str,
    /// When its events happen.
    pub(super) recurrence: Recurrence,
    /// Minutes after midnight UTC at which they happen.
    pub(super) minute: i64,
    /// The strike of all its markets, in tenths: they differ in their dates alone.
    pub(super) strike_tenths: i64,
    /// How its markets trade.
    pub(super) liquidity: Liquidity,
}

const fn weekly(weekday: i64) -> Recurrence {
    Recurrence::Weekly { weekday }
}

const fn monthly(nth: i64, weekday: i64) -> Recurrence {
    Recurrence::Monthly { nth, weekday }
}

const fn quarterly(month: i64, nth: i64, weekday: i64) -> Recurrence {
    Recurrence::Quarterly { month, nth, weekday }
}

const fn series(
    ticker: &'static str,
    category: &'static str,
    subject: &'static str,
    recurrence: Recurrence,
    minute: i64,
    strike_tenths: i64,
    liquidity: Liquidity,
) -> Series {
    Series { ticker, category, subject, recurrence, minute, strike_tenths, liquidity }
}

/// All series: 6 weekly with four slots each, 15 monthly and 6 quarterly, 45 slots together.
pub(super) const CATALOGUE: [Series; 27] = [
    series("SYNJOBLESS", "Economics", "weekly jobless claims, thousands", weekly(4), 810, 2_100, DEEP),
    series("SYNCPI", "Economics", "monthly consumer price change, %", monthly(2, 3), 810, 1, DEEP),
    series("SYNSTORM", "Weather", "named storms in the month", monthly(5, 5), 1_380, 20, THIN),
    series("SYNGDP", "Economics", "quarterly growth, annualised, %", quarterly(1, 4, 4), 750, 10, FAIR),
    series("SYNAPPROVE", "Politics", "presidential approval, %", weekly(5), 960, 400, FAIR),
    series("SYNPAYROLL", "Economics", "new payrolls, thousands", monthly(1, 5), 750, 800, DEEP),
    series("SYNRAIN", "Weather", "rain in Seattle, inches", monthly(4, 6), 1_410, 20, THIN),
    series("SYNPHONES", "Companies", "phones shipped, millions", quarterly(1, 4, 3), 1_230, 450, FAIR),
    series("SYNGAS", "Energy", "petrol price, dollars per ten gallons", weekly(1), 840, 300, FAIR),
    series("SYNFED", "Economics", "policy rate, %", monthly(3, 3), 1_080, 30, DEEP),
    series("SYNHIT", "Entertainment", "weeks at number one", monthly(2, 1), 1_080, 10, THIN),
    series("SYNSEATS", "Politics", "seats changed in by-elections", quarterly(2, 1, 2), 1_410, 10, FAIR),
    series("SYNHEAT", "Weather", "hottest day of the week in New York, °F", weekly(6), 1_350, 400, THIN),
    series("SYNRETAIL", "Economics", "retail sales change, %", monthly(2, 5), 750, 1, FAIR),
    series("SYNPPI", "Economics", "producer price change, %", monthly(2, 4), 750, 1, FAIR),
    series("SYNCHIPS", "Companies", "chip maker revenue, billions", quarterly(2, 4, 3), 1_260, 350, DEEP),
    series("SYNBOX", "Entertainment", "weekend box office, millions", weekly(0), 1_200, 600, THIN),
    series("SYNHOMES", "Economics", "housing starts, ten thousands", monthly(3, 2), 750, 1_300, THIN),
    series("SYNMOOD", "Economics", "consumer sentiment", monthly(4, 5), 840, 600, FAIR),
    series("SYNCARS", "Companies", "cars delivered, thousands", quarterly(1, 1, 2), 780, 4_000, DEEP),
    series("SYNGOALS", "Sports", "goals in the top match", weekly(3), 1_260, 15, FAIR),
    series("SYNISM", "Economics", "factory index", monthly(1, 1), 840, 470, FAIR),
    series("SYNPOLL", "Politics", "lead in the monthly poll, points", monthly(3, 4), 960, 10, FAIR),
    series("SYNTITLE", "Sports", "sets in the final", monthly(2, 0), 1_140, 25, THIN),
    series("SYNSTREAM", "Companies", "subscribers gained, millions", quarterly(3, 3, 2), 1_230, 20, FAIR),
    series("SYNBANK", "Economics", "euro area policy rate, %", monthly(2, 2), 735, 20, FAIR),
    series("SYNSNOW", "Weather", "snow cover, million km²", monthly(1, 3), 900, 300, THIN),
];
