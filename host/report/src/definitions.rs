//! The definitions of the metrics: printed under every full table and carried by every report.

/// Metrics and their definitions, one sentence each.
const DEFINITIONS: [(&str, &str); 18] = [
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
        "contracts filled over contracts submitted; by orders: those filled at least in part over those ended",
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

/// Returns pairs of a metric's name and its definition.
pub fn definitions() -> impl Iterator<Item = (&'static str, &'static str)> {
    DEFINITIONS.into_iter()
}

/// Returns the definitions as a report carries them: `name: definition`.
pub(crate) fn as_notes() -> Vec<String> {
    definitions().map(|(figure, sentence)| format!("{figure}: {sentence}")).collect()
}
