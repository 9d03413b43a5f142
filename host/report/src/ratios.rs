//! Return metrics from daily equity. Each is `None` where it is undefined, and never NaN or infinite.

/// Trading days in a year: prediction markets trade around the clock.
pub(crate) const DAYS_A_YEAR: f64 = 365.0;
/// Fewest days for which a return is annualised. Below that, annualising would only magnify chance.
const DAYS_FOR_CAGR: f64 = 90.0;
/// Fewest days for which a Calmar ratio is given.
const DAYS_FOR_CALMAR: f64 = 30.0;
/// A standard deviation below this fraction of the mean is rounding noise of equal returns.
const NOISE: f64 = 1e-9;

/// Returns `a / b`, or `None` if that is not a finite number.
pub(crate) fn ratio(a: f64, b: f64) -> Option<f64> {
    Some(a / b).filter(|ratio| ratio.is_finite())
}

/// Returns the daily returns of `equity`, whose first entry is the start, or `None` if a day began with equity of
/// zero or less.
pub(crate) fn daily_returns(equity: &[f64]) -> Option<Vec<f64>> {
    let returns = equity.windows(2).map(|pair| (pair[0] > 0.0).then(|| pair[1] / pair[0] - 1.0));
    returns.collect()
}

/// Returns the annualised Sharpe ratio, with a risk-free rate of zero, and its standard error sqrt((1 + S^2 / 2) / n)
/// for a daily ratio S over n days (Lo 2002, "The Statistics of Sharpe Ratios"), annualised in the same way.
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

/// Returns the annualised Sortino ratio against a target of zero. The downside deviation is over all days.
pub(crate) fn sortino(returns: &[f64]) -> Option<f64> {
    let n = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / n;
    let downside = (returns.iter().map(|r| r.min(0.0).powi(2)).sum::<f64>() / n).sqrt();
    ratio(mean * DAYS_A_YEAR.sqrt(), downside)
}

/// Returns the compound annual growth rate of `growth` (end over start) reached in `days`; `None` below 90 days.
pub(crate) fn cagr(growth: f64, days: f64) -> Option<f64> {
    if days < DAYS_FOR_CAGR || growth < 0.0 {
        return None;
    }
    Some(growth.powf(DAYS_A_YEAR / days) - 1.0).filter(|rate| rate.is_finite())
}

/// Returns the growth rate over `drawdown`, the largest fall as a fraction of its peak. The rate is annual from 90 days
/// on, and the total return below. `None` below 30 days or without a drawdown.
pub(crate) fn calmar(growth: f64, days: f64, drawdown: f64) -> Option<f64> {
    if days < DAYS_FOR_CALMAR {
        return None;
    }
    ratio(if days < DAYS_FOR_CAGR { growth - 1.0 } else { cagr(growth, days)? }, drawdown)
}
