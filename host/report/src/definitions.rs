//! The definitions of the metrics: printed under every full table and carried by every report.

/// Metrics and their definitions, one sentence each.
const DEFINITIONS: [(&str, &str); 20] = [
    (
        "window",
        "every figure is of the traded window, from its start on and before its end, as the run was told them; warm-up \
         and days outside of it are in none, but in the number of updates",
    ),
    (
        "trade",
        "a closed round trip, flat to flat, by orders or by settlement; win, loss and profit factor are net of fees; \
         a win rate counts ties as trades",
    ),
    ("average loss", "the mean of losing trades as a positive amount"),
    (
        "net P&L",
        "final less start equity: cash plus positions at mid, after fees; realised is the part closed out, open the \
         rest",
    ),
    (
        "max drawdown",
        "the largest fall of equity from a peak, on ticks: in dollars, and as a share of its peak, which may be \
         another fall; dates are UTC days",
    ),
    (
        "Sharpe",
        "mean over standard deviation (n - 1) of daily returns times sqrt(365), no risk-free rate; returns are of \
         equity over the window's UTC calendar days, flat days included; \u{b1} is sqrt((1 + S_d^2 / 2) / n) times \
         sqrt(365)",
    ),
    (
        "Sortino",
        "mean of daily returns over the root mean square of the negative ones, over all n days, times sqrt(365)",
    ),
    ("CAGR", "(end / start)^(365 / days) - 1, from 90 days on; below, read the total return"),
    ("Calmar", "CAGR (total return below 90 days) over the drawdown as a share of its peak, from 30 days on"),
    (
        "fill rate",
        "contracts filled over contracts submitted; per order: orders filled at least in part over those ended; per \
         wish: entry wishes filled at least in part over those ended",
    ),
    (
        "wish",
        "what a strategy wanted to enter in a market, on one side, until it got any of it or gave up, however many \
         orders were sent for it: an entry within 10 minutes of the former one's end is of the same wish",
    ),
    (
        "estimate",
        "simulated fills are estimates: `queue` is the best one of what a venue's queue had given, `touch` the lower \
         one, in the same run; both stand side by side",
    ),
    (
        "slippage",
        "side x (fill - mid at decision), quantity-weighted, in dollars per contract; positive is cost; \
         bps are of price x quantity",
    ),
    (
        "shortfall",
        "slippage of what filled, plus side x (mid at the order's end - mid at decision) of what did not, plus fees",
    ),
    (
        "markout",
        "side x (mid later - fill), quantity-weighted, in dollars per contract; the mid is the first one no later than \
         half the horizon (at least 1 s) past it, or the payout if the market settles before; `close` is the payout",
    ),
    ("time to fill", "from decision to an order's first fill, within 1.6 %"),
    ("cancel ratio", "orders cancelled or expired over orders ended"),
    ("turnover", "price x quantity of all fills over mean daily equity"),
    ("time in market", "share of the window with any position open"),
    ("undefined", "a figure without data, or over zero, is `n/a` here and null in JSON"),
];

/// Metrics that only a review has, and their definitions.
const OF_REVIEWS: [(&str, &str); 8] = [
    (
        "P&L by market and day",
        "what the positions of a market gained on a UTC day, after fees, from their marks at its start to those at its \
         end; the remainder to the equity is shown",
    ),
    ("P&L by hour", "the change of equity within each hour of the day, UTC, summed over the days"),
    (
        "opening refused",
        "the first refusal of a market and side by a code in three hours, without exits; a later one is the same wish",
    ),
    (
        "refusal, by the fill model",
        "what an opening had made if it had rested at its price for ten minutes: filled whole if a quote's other side \
         reached the price, and valued at the mid after the mean holding time, or at the payout if that came before; \
         before fees, as if nothing else had changed",
    ),
    (
        "refusal, to settlement",
        "what an opening had made if it had filled whole at its price and been held until the market paid out; n/a \
         while it has not",
    ),
    (
        "near miss",
        "a check that an order passed with 80 % or more of its limit in use, of the limits on growth and loss",
    ),
    (
        "drift",
        "the Kolmogorov-Smirnov distance between the confidences of signals and those of the run compared with; beyond \
         the threshold, chance explains it in fewer than 5 % of cases if signals are independent; successive ones are \
         alike, so chance reaches it more often",
    ),
    (
        "accuracy",
        "the share of markets whose first signal had the side that the market settled to; calibration and Brier score \
         are of the forecasts at each first entry, up to the end of the period",
    ),
];

/// Returns pairs of a review's metric and its definition.
pub fn review_definitions() -> impl Iterator<Item = (&'static str, &'static str)> {
    OF_REVIEWS.into_iter()
}

/// Returns pairs of a metric's name and its definition.
pub fn definitions() -> impl Iterator<Item = (&'static str, &'static str)> {
    DEFINITIONS.into_iter()
}

/// Returns the definitions as a report carries them: `name: definition`.
pub(crate) fn as_notes() -> Vec<String> {
    definitions().map(|(figure, sentence)| format!("{figure}: {sentence}")).collect()
}
