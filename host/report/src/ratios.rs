//! Return figures from daily equity. Each is `None` where it is undefined; none is ever NaN or infinite.

/// Markets trade around the clock, so a year has this many trading days.
pub(crate) const DAYS_A_YEAR: f64 = 365.0;
/// A return is annualised from this many days on; below, it would only magnify chance.
const DAYS_FOR_CAGR: f64 = 90.0;
/// Below this many days a Calmar ratio is not shown at all.
const DAYS_FOR_CALMAR: f64 = 30.0;
/// A spread of returns below this share of their mean is rounding noise of equal returns.
const NOISE: f64 = 1e-9;

/// `a / b`, if that is a number.
pub(crate) fn ratio(a: f64, b: f64) -> Option<f64> {
    Some(a / b).filter(|ratio| ratio.is_finite())
}

/// Daily returns of `equity`, whose first entry is the start; `None` if equity was ever zero or less before a return.
pub(crate) fn daily_returns(equity: &[f64]) -> Option<Vec<f64>> {
    let returns = equity.windows(2).map(|pair| (pair[0] > 0.0).then(|| pair[1] / pair[0] - 1.0));
    returns.collect()
}

/// Annual Sharpe ratio without a risk-free rate, and its standard error.
pub(crate) fn sharpe(returns: &[f64]) -> Option<(f64, f64)> {
    let n = returns.len() as f64;
    if n < 2.0 {
        return None;
    }
    let mean = returns.iter().sum::<f64>() / n;
    let variance = returns.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (n - 1.0);
    let deviation = variance.sqrt();
    if deviation <= mean.abs() * NOISE {
        return None;
    }
    let daily = ratio(mean, deviation)?;
    let error = ((1.0 + daily * daily / 2.0) / n).sqrt();
    Some((daily * DAYS_A_YEAR.sqrt(), error * DAYS_A_YEAR.sqrt()))
}

/// Annual Sortino ratio against a return of zero; the downside is over all days.
pub(crate) fn sortino(returns: &[f64]) -> Option<f64> {
    let n = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / n;
    let downside = (returns.iter().map(|r| r.min(0.0).powi(2)).sum::<f64>() / n).sqrt();
    ratio(mean * DAYS_A_YEAR.sqrt(), downside)
}

/// Compound annual growth of `growth` (end over start) reached in `days`; `None` under 90 days.
pub(crate) fn cagr(growth: f64, days: f64) -> Option<f64> {
    if days < DAYS_FOR_CAGR || growth < 0.0 {
        return None;
    }
    Some(growth.powf(DAYS_A_YEAR / days) - 1.0).filter(|rate| rate.is_finite())
}

/// Growth over the largest fall, as a share of its peak; `None` under 30 days or without a fall.
pub(crate) fn calmar(growth: f64, days: f64, drawdown: f64) -> Option<f64> {
    if days < DAYS_FOR_CALMAR {
        return None;
    }
    ratio(if days < DAYS_FOR_CAGR { growth - 1.0 } else { cagr(growth, days)? }, drawdown)
}
