//! A scale of values: its ends and the round numbers at which it has lines.

/// The steps between lines: these, times a power of ten.
const STEPS: [f64; 3] = [1.0, 2.0, 5.0];
/// Most lines of a scale.
const MOST_LINES: f64 = 6.0;

/// A scale of values from a low end up to a high one.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    pub low: f64,
    pub high: f64,
    /// The round values at which lines stand, upwards.
    pub lines: Vec<f64>,
}

impl Scale {
    /// Returns the scale of values between `low` and `high`, with at most six lines in steps no smaller than `finest`.
    /// Where there would be fewer than two, its ends move out to round numbers. Values that are not finite count as
    /// zero.
    pub fn new(low: f64, high: f64, finest: f64) -> Scale {
        let finite = |value: f64| if value.is_finite() { value } else { 0.0 };
        let (low, high) = (finite(low).min(finite(high)), finite(high).max(finite(low)));
        let step = step(high - low, finest);
        let lines = |from: f64, to: f64| (0..=(to - from) as u32).map(|at| (from + f64::from(at)) * step).collect();
        let (first, last) = ((low / step - 1e-9).ceil(), (high / step + 1e-9).floor());
        if last > first {
            return Scale { low, high, lines: lines(first, last) };
        }
        let (first, last) = ((low / step + 1e-9).floor(), (high / step - 1e-9).ceil());
        let last = if last > first { last } else { first + 1.0 };
        Scale { low: first * step, high: last * step, lines: lines(first, last) }
    }

    /// Returns the place of `value` between the low end, 0, and the high one, 1.
    pub fn place(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }
}

/// Returns the smallest round step, at least `finest`, of which at most six fit into `span`.
fn step(span: f64, finest: f64) -> f64 {
    let mut power = 10f64.powf((span / MOST_LINES).max(finest).log10().floor());
    loop {
        let steps = STEPS.map(|step| step * power);
        let fits = |step: &f64| *step >= finest * (1.0 - 1e-9) && span / step < MOST_LINES;
        if let Some(step) = steps.into_iter().find(fits) {
            return step;
        }
        power *= 10.0;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_stand_at_round_numbers() {
        let check = |low, high, finest, expect: &[f64]| assert_eq!(Scale::new(low, high, finest).lines, expect);
        check(-9.0, 76.0, 1.0, &[0.0, 20.0, 40.0, 60.0]);
        check(-13.0, 93.0, 1.0, &[0.0, 20.0, 40.0, 60.0, 80.0]);
        check(0.0, 0.0, 1.0, &[0.0, 1.0]);
        check(31.2, 31.4, 1.0, &[31.0, 32.0]);
        check(0.0, 63.0, 1.0, &[0.0, 20.0, 40.0, 60.0]);
        check(f64::NAN, 4.0, 1.0, &[0.0, 1.0, 2.0, 3.0, 4.0]);
    }

    proptest! {
        #[test]
        fn every_value_lies_between_the_ends(low in -1e9f64..1e9, span in 0.0f64..1e9) {
            let scale = Scale::new(low, low + span, 0.01);
            prop_assert!(scale.low <= low + 1e-6 && scale.high >= low + span - 1e-6, "{scale:?}");
            prop_assert!((2..=7).contains(&scale.lines.len()), "{scale:?}");
            prop_assert!(scale.place(low) <= scale.place(low + span));
        }
    }
}
