//! Order statistics of measured times.

/// Returns the value below which `percent` of the figures lie, NaN for none.
pub fn percentile(figures: &[f64], percent: usize) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

/// Returns the median, NaN for no figures.
pub fn median(figures: &[f64]) -> f64 {
    percentile(figures, 50)
}

/// Returns the largest figure.
pub fn most(figures: &[f64]) -> f64 {
    figures.iter().copied().fold(f64::MIN, f64::max)
}

/// Formats times in milliseconds for a line of the benchmark.
pub fn quantiles(figures: &[f64]) -> String {
    let (middle, high) = (median(figures), percentile(figures, 99));
    format!("median {middle:.2} ms, 99th percentile {high:.2} ms, of {}", figures.len())
}
