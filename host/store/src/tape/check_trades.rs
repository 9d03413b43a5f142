//! The rules that every public trade of a tape obeys.

use std::ops::Range;

use host_core::{PublicTrades, Timestamp};

use super::check::{MAX_CONTRACTS, time_problem};

/// Checks `trades`; `previous` is the time of the trade before them. Returns the first bad one, with a description of
/// the problem.
pub(crate) fn check_trades(trades: &PublicTrades, previous: i64, markets: u32) -> Option<(usize, String)> {
    let mut previous = previous;
    for row in 0..trades.len() {
        let (market, time) = (trades.market[row], trades.time[row]);
        let (price, quantity) = (trades.price[row], trades.quantity[row]);
        // Comparisons that hold for good values alone: NaN is none.
        let is_good = market < markets
            && time >= previous
            && price > 0.0
            && price < 1.0
            && quantity > 0.0
            && quantity <= MAX_CONTRACTS
            && time_problem(Timestamp(time)).is_none();
        if !is_good {
            return Some((row, problem(trades, row, previous, markets)));
        }
        previous = time;
    }
    None
}

fn problem(trades: &PublicTrades, row: usize, previous: i64, markets: u32) -> String {
    let (market, time) = (trades.market[row], Timestamp(trades.time[row]));
    let (price, quantity) = (trades.price[row], trades.quantity[row]);
    if market >= markets {
        return format!("it names market {market}, but {markets} markets are listed");
    }
    if time.0 < previous {
        let earlier = Timestamp(previous);
        return format!("its time {time} is before that of the trade above, {earlier}: trades go in time order");
    }
    if let Some(problem) = time_problem(time) {
        return problem;
    }
    match price > 0.0 && price < 1.0 {
        true => {
            format!("its quantity is {quantity}: quantities are contracts, more than 0 and up to {MAX_CONTRACTS:e}")
        }
        false => format!("its price is {price}: prices of trades are dollars above 0 and below 1"),
    }
}

/// Drops all trades but those of `range`.
pub(super) fn keep_trades(trades: &mut PublicTrades, range: Range<usize>) {
    fn keep<T>(column: &mut Vec<T>, range: &Range<usize>) {
        column.truncate(range.end);
        column.drain(..range.start);
    }
    let PublicTrades { market, time, price, quantity, taker } = trades;
    keep(market, &range);
    keep(time, &range);
    keep(price, &range);
    keep(quantity, &range);
    keep(taker, &range);
}
