//! The recurring series of the synthetic markets: subject, recurrence and liquidity.
//!
//! The names are invented and begin with `SYN`, so that no tape made from them can be mistaken for a recording.

/// Recurrence of a series' events, in UTC without summer time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recurrence {
    /// Every week on this weekday, listed four weeks ahead, so that four are open at any time.
    Weekly {
        /// 0 = Sunday.
        weekday: i64,
    },
    /// Every month on the `nth` such weekday, listed when the previous one closes.
    Monthly {
        /// 1 = the first of the month.
        nth: i64,
        /// 0 = Sunday.
        weekday: i64,
    },
    /// Like monthly, but in every third month.
    Quarterly {
        /// Month of the year's first event, 1..=3.
        month: i64,
        /// 1 = the first of the month.
        nth: i64,
        /// 0 = Sunday.
        weekday: i64,
    },
}

impl Recurrence {
    /// Returns the number of its markets that are open at any time.
    pub(super) const fn slots(self) -> i64 {
        match self {
            Recurrence::Weekly { .. } => 4,
            Recurrence::Monthly { .. } | Recurrence::Quarterly { .. } => 1,
        }
    }
}

/// Activity, spreads and sizes of a series' markets.
#[derive(Clone, Copy, Debug)]
pub(super) struct Liquidity {
    /// Share of 30 s steps in which something happens, on a weekday in an average hour.
    pub(super) activity: f64,
    /// Typical distance from the value to either best price, in cents.
    pub(super) half_spread_cents: f64,
    /// Median size at a best price, in contracts.
    pub(super) size: f64,
    /// Median size of a trade that leaves something of a best price, in contracts.
    pub(super) trade: f64,
}

/// Tight and busy, like the recording of the Fed markets.
const DEEP: Liquidity = Liquidity { activity: 0.42, half_spread_cents: 0.02, size: 2_400.0, trade: 80.0 };
/// Between the two.
const FAIR: Liquidity = Liquidity { activity: 0.38, half_spread_cents: 0.15, size: 900.0, trade: 32.0 };
/// Wide and slow, like the KXHIGHNY recording outside its busiest hours.
const THIN: Liquidity = Liquidity { activity: 0.30, half_spread_cents: 0.70, size: 300.0, trade: 16.0 };

#[derive(Clone, Copy, Debug)]
pub(super) struct SyntheticSeries {
    pub(super) ticker: &'static str,
    /// Exposure is limited per category.
    pub(super) category: &'static str,
    /// Measured quantity, for titles.
    pub(super) subject: &'static str,
    pub(super) recurrence: Recurrence,
    /// Time of its events, in minutes after midnight UTC.
    pub(super) minute: i64,
    /// Strike of all its markets, in tenths: they differ only in their dates.
    pub(super) strike_tenths: i64,
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
) -> SyntheticSeries {
    SyntheticSeries { ticker, category, subject, recurrence, minute, strike_tenths, liquidity }
}

/// All series: 6 weekly ones with four slots each, 15 monthly and 6 quarterly ones; 45 slots in total.
pub(super) const CATALOGUE: [SyntheticSeries; 27] = [
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
