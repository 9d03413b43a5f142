//! A scale of values: its ends and the round numbers at which it has lines.

/// The steps between lines: these, times a power of ten.
const STEPS: [f64; 3] = [1.0, 2.0, 5.0];
/// Most lines of a scale, both ends included.
const MOST_LINES: f64 = 6.0;

/// A scale of values from a low end up to a high one, both at round numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct Scale {
    pub low: f64,
    pub high: f64,
    /// The values at which lines stand, upwards.
    pub lines: Vec<f64>,
}

impl Scale {
    /// Returns the scale of values between `low` and `high` whose steps are no smaller than `finest`. Both its ends are
    /// lines, and there are at most six. Values that are not finite count as zero.
    pub fn new(low: f64, high: f64, finest: f64) -> Scale {
        let finite = |value: f64| if value.is_finite() { value } else { 0.0 };
        let (low, high) = (finite(low).min(finite(high)), finite(high).max(finite(low)));
        let mut power = 10f64.powf((((high - low) / MOST_LINES).max(finest)).log10().floor());
        loop {
            for step in STEPS.map(|step| step * power) {
                let (first, last) = ((low / step + 1e-9).floor(), (high / step - 1e-9).ceil());
                let last = if last > first { last } else { first + 1.0 };
                if step >= finest * (1.0 - 1e-9) && last - first < MOST_LINES {
                    let lines: Vec<f64> = (0..=(last - first) as u32).map(|at| (first + f64::from(at)) * step).collect();
                    return Scale { low: first * step, high: last * step, lines };
                }
            }
            power *= 10.0;
        }
    }

    /// Returns the place of `value` between the low end, 0, and the high one, 1.
    pub fn place(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_stand_at_round_numbers() {
        let check = |low, high, finest, expect: &[f64]| assert_eq!(Scale::new(low, high, finest).lines, expect);
        check(-9.0, 76.0, 1.0, &[-20.0, 0.0, 20.0, 40.0, 60.0, 80.0]);
        check(0.0, 0.0, 1.0, &[0.0, 1.0]);
        check(31.0, 33.0, 1.0, &[31.0, 32.0, 33.0]);
        check(0.0, 63.0, 1.0, &[0.0, 20.0, 40.0, 60.0, 80.0]);
        check(f64::NAN, 4.0, 1.0, &[0.0, 1.0, 2.0, 3.0, 4.0]);
    }

    proptest! {
        #[test]
        fn every_value_lies_between_the_ends(low in -1e9f64..1e9, span in 0.0f64..1e9) {
            let scale = Scale::new(low, low + span, 0.01);
            prop_assert!(scale.low <= low + 1e-6 && scale.high >= low + span - 1e-6, "{scale:?}");
            prop_assert!((2..=6).contains(&scale.lines.len()), "{scale:?}");
            prop_assert!(scale.place(low) <= scale.place(low + span));
        }
    }
}
