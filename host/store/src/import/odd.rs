//! Looks for what is odd in the rows of a tape, and says it.

use host_core::{MarketId, Price, Timestamp};

/// A change of the mid from one row of a market to its next that is more likely a mistake than news.
const JUMP: Price = Price(9_000);
/// Share of rows from which on it is odd that they have one side, or a bid above the ask.
const MOST: f64 = 0.5;
const SOME: f64 = 0.01;
/// Number of markets that a sentence names.
const NAMED: usize = 3;

/// Counts of odd rows.
#[derive(Debug, Default)]
pub(super) struct OddRows {
    /// Time at which each market closes, by its number.
    closes: Vec<Option<Timestamp>>,
    after_close: Vec<u64>,
    /// Twice the mid of each market's last row with both sides, in ten-thousandths of a dollar.
    mids: Vec<i32>,
    rows: u64,
    one_sided: u64,
    empty: u64,
    crossed: u64,
    jumps: u64,
    /// Market and time of the first jump.
    first_jump: Option<(MarketId, Timestamp)>,
}

impl OddRows {
    /// `closes` holds the time at which each market closes, by its number.
    pub(super) fn new(closes: Vec<Option<Timestamp>>) -> OddRows {
        OddRows { after_close: vec![0; closes.len()], mids: vec![-1; closes.len()], closes, ..OddRows::default() }
    }

    pub(super) fn note(&mut self, market: MarketId, time: Timestamp, bid: f64, ask: f64) {
        let place = market.index();
        self.rows += 1;
        if self.closes[place].is_some_and(|closes| time > closes) {
            self.after_close[place] += 1;
        }
        match (Price::from_dollars(bid), Price::from_dollars(ask)) {
            (Some(bid), Some(ask)) => {
                self.crossed += u64::from(bid > ask);
                let mid = bid.0 + ask.0;
                let before = std::mem::replace(&mut self.mids[place], mid);
                if before >= 0 && (mid - before).abs() >= 2 * JUMP.0 {
                    self.jumps += 1;
                    self.first_jump.get_or_insert((market, time));
                }
            }
            (None, None) => self.empty += 1,
            _ => self.one_sided += 1,
        }
    }

    /// Returns a sentence for each thing that is odd. `tickers` are those of the markets, by number.
    pub(super) fn sentences(&self, tickers: &[&str]) -> Vec<String> {
        let mut said = Vec::new();
        let share = |count: u64| count as f64 / self.rows.max(1) as f64;
        let percent = |count: u64| format!("{:.0} %", share(count) * 100.0);
        let ticker = |market: usize| tickers.get(market).copied().unwrap_or_default();
        if share(self.empty) >= MOST {
            said.push(format!("{} of the rows have neither bid nor ask", percent(self.empty)));
        }
        if share(self.one_sided) >= MOST {
            said.push(format!("{} of the rows have a bid or an ask, but not both", percent(self.one_sided)));
        }
        if share(self.crossed) >= SOME {
            let have = if self.crossed == 1 { "1 row".to_owned() } else { format!("{} rows", self.crossed) };
            let verb = if self.crossed == 1 { "has" } else { "have" };
            said.push(format!("{have} ({}) {verb} the bid above the ask", percent(self.crossed)));
        }
        if let Some((market, time)) = self.first_jump {
            let ticker = ticker(market.index());
            said.push(match self.jumps {
                1 => format!("once a mid jumps by 90 c or more: that of `{ticker}` at {time}"),
                jumps => format!("{jumps} times a mid jumps by 90 c or more, first that of `{ticker}` at {time}"),
            });
        }
        said.extend(self.late_rows(&ticker));
        said
    }

    /// Returns the sentence about rows after the close of their market.
    fn late_rows<'a>(&self, ticker: &impl Fn(usize) -> &'a str) -> Option<String> {
        let late: Vec<usize> = (0..self.after_close.len()).filter(|market| self.after_close[*market] > 0).collect();
        let rows: u64 = self.after_close.iter().sum();
        let named: Vec<String> = late.iter().take(NAMED).map(|market| format!("`{}`", ticker(*market))).collect();
        let named = format!("{}{}", named.join(", "), if late.len() > NAMED { ", …" } else { "" });
        let end = "results are not paid before the last row";
        match (rows, late.len()) {
            (0, _) => None,
            (1, _) => Some(format!("1 row after the close of its market: {named}; {end}")),
            (_, markets) => Some(format!("{rows} rows after the close of {markets} markets: {named}; {end}")),
        }
    }
}
