//! What can be set, and what was decided where text and code of the case study differ.

strategy_sdk::parameters! {
    /// The case study's parameters at its values.
    pub struct Parameters {
        /// Span of the moving average, in hours. The weight of a new price is 2 / (span x polls per hour + 1): the
        /// case study's code fixes 120 polls per hour (30 s), here they follow from the poll interval.
        ema_span_hours: f64 = 48.0, in 0.1..=1000.0;
        /// Enter when the score is further than this from zero, in standard deviations. Sign: the text defines the
        /// signal as (fair value - mid) / deviation, the code as (mid - EMA) / deviation. Scores have the code's sign:
        /// buy below -threshold, sell above it; both mean the same trades. Later in the case study: 1.3.
        threshold: f64 = 1.5, in 0.1..=100.0;
        /// No score before the window spans this many hours. The text asks for 48, the code and the last lesson for
        /// 72: the stricter one holds.
        min_history_hours: f64 = 72.0, in 0.0..=10000.0;
        /// No score before the window holds this many prices.
        min_points: i64 = 100, in 1..=100000;
        /// Prices in the window: the average starts at its first price, the deviation is that of all of them.
        window_points: i64 = 10_000, in 100..=100_000;
        /// No entry in the last days before the event. The code declares it and never uses it; the thesis ("inside 3
        /// days, fundamental uncertainty dominates") needs it, so it holds. The event's time is the market's event time,
        /// or its close where none is known; a market with neither has no blackout and no earliest entry.
        event_blackout_days: f64 = 3.0, in 0.0..=1000.0;
        /// No entry more than this many days before the event ("outside 14 days, the edge is too small"). In the text
        /// only; it holds.
        max_days_to_event: f64 = 14.0, in 0.0..=10000.0;
        /// Exit when the score has come back to zero and gone this far beyond, in standard deviations, in the
        /// profitable direction. In the text only (the code never exits); it holds. Later in the case study: 0.3 (its
        /// "-0.3 sigma" is in the text's sign).
        exit_distance: f64 = 0.0, in 0.0..=100.0;
        /// No score while the standard deviation is below this, in dollars.
        min_deviation: f64 = 0.001, in 0.0001..=1.0;
        /// Exit what is held when the blackout begins. The case study does not say; but a position carried into the
        /// days where its own thesis no longer holds is a bet on the event, so true.
        flatten_at_blackout: bool = true;
    }
}
