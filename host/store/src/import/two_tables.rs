//! Compares the trades of an import with the quotes that they stand beside: what fits badly is told.

use host_core::{MarketId, PublicTrades, Timestamp};

/// Number of markets that a sentence names.
const NAMED: usize = 3;

/// The trades of an import, counted as they come, in the order of time.
#[derive(Debug, Default)]
pub(super) struct SeenTrades {
    pub(super) first: Option<Timestamp>,
    pub(super) last: Option<Timestamp>,
    /// By number of the market.
    counts: Vec<u64>,
}

impl SeenTrades {
    pub(super) fn note(&mut self, trades: &PublicTrades) {
        self.first = self.first.or(trades.time.first().copied().map(Timestamp));
        self.last = trades.time.last().copied().map(Timestamp).or(self.last);
        for &market in &trades.market {
            let place = market as usize;
            if self.counts.len() <= place {
                self.counts.resize(place + 1, 0);
            }
            self.counts[place] += 1;
        }
    }

    /// Returns a sentence for each thing that fits badly to quotes from `first` to `last`. `has_quotes` says it of a
    /// market, `ticker` is its name.
    pub(super) fn sentences<'a>(
        &self,
        (first, last): (Option<Timestamp>, Option<Timestamp>),
        has_quotes: impl Fn(MarketId) -> bool,
        ticker: impl Fn(MarketId) -> &'a str,
    ) -> Vec<String> {
        let mut said = Vec::new();
        let counted = (0..).map(MarketId).zip(self.counts.iter().copied());
        let without: Vec<(MarketId, u64)> =
            counted.filter(|(market, count)| *count > 0 && !has_quotes(*market)).collect();
        let tickers: Vec<&str> = without.iter().map(|(market, _)| ticker(*market)).collect();
        said.extend(without_quotes(without.iter().map(|(_, count)| count).sum(), &tickers));
        let stand_in = "decreases of the displayed size stand in for trades";
        if let (Some(first), Some(traded)) = (first, self.first)
            && first.day() < traded.day()
        {
            said.push(format!("quotes begin at {first}, trades at {traded}: before the day of the first, {stand_in}"));
        }
        if let (Some(last), Some(traded)) = (last, self.last)
            && traded.day() < last.day()
        {
            said.push(format!(
                "trades stop at {traded}, quotes go on to {last}: after the day of the last, {stand_in}"
            ));
        }
        said
    }
}

/// Returns the sentence about `count` trades of markets without quotes.
fn without_quotes(count: u64, tickers: &[&str]) -> Option<String> {
    let named: Vec<String> = tickers.iter().take(NAMED).map(|ticker| format!("`{ticker}`")).collect();
    let named = format!("{}{}", named.join(", "), if tickers.len() > NAMED { ", …" } else { "" });
    match (count, tickers.len()) {
        (0, _) => None,
        (1, _) => Some(format!("1 trade of a market without quotes: {named}")),
        (_, 1) => Some(format!("{count} trades of a market without quotes: {named}")),
        (_, markets) => Some(format!("{count} trades of {markets} markets without quotes: {named}")),
    }
}

/// Returns the sentence about `count` trades that were left out, since the tape has no such markets.
pub(super) fn unknown_markets(count: u64, tickers: &[&str]) -> Option<String> {
    without_quotes(count, tickers).map(|said| format!("{said}, left out"))
}
