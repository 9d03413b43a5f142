//! An axis of time in UTC: its ends, and the days or hours that are written below it.

use host_core::time::civil_date;
use host_core::{Span, Timestamp};

use crate::numbers;

/// Most labels: so many fit a phone.
const MOST_LABELS: i64 = 5;
/// The same of labels with an hour, which are longer.
const MOST_HOURS: i64 = 3;
/// The steps between labels.
const STEPS: [Span; 12] = [
    Span::minutes(1),
    Span::minutes(5),
    Span::minutes(15),
    Span::hours(1),
    Span::hours(3),
    Span::hours(6),
    Span::hours(12),
    Span::days(1),
    Span::days(2),
    Span::days(7),
    Span::days(14),
    Span::days(28),
];
/// The steps in months, for longer times.
const MONTHS: [i64; 5] = [1, 2, 3, 6, 12];
/// The end of the axis in which no label begins, because it would not fit.
const NO_ROOM: f64 = 0.9;
/// 1 January 1970 was a Thursday; weeks begin on Mondays.
const MONDAY: i64 = 4;

/// An axis from one time to a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimeAxis {
    from: Timestamp,
    until: Timestamp,
}

impl TimeAxis {
    /// Makes an axis from `from` to `until`, at least a second long.
    pub fn new(from: Timestamp, until: Timestamp) -> TimeAxis {
        TimeAxis { from, until: until.max(Timestamp(from.0.saturating_add(1_000_000_000))) }
    }

    /// Returns the place of `time` between the beginning, 0, and the end, 1.
    pub fn place(&self, time: Timestamp) -> f64 {
        let part = |time: Timestamp| i128::from(time.0) - i128::from(self.from.0);
        (part(time) as f64 / part(self.until) as f64).clamp(0.0, 1.0)
    }

    /// Returns the places of the labels with their texts: days, or hours where the axis is shorter than a few days.
    pub fn labels(&self) -> Vec<(f64, String)> {
        let length = Span(self.until.0.saturating_sub(self.from.0));
        let times: Vec<Timestamp> = match STEPS.iter().find(|step| length.0 / step.0 < most_labels(**step)) {
            Some(step) if step.0 < Span::days(7).0 => self.multiples(*step, 0),
            Some(step) if step.0 < Span::days(28).0 => self.multiples(*step, MONDAY * Span::DAY.0),
            _ => self.months(),
        };
        let hours = times.iter().any(|time| time.0.rem_euclid(Span::DAY.0) != 0);
        let text = |time: Timestamp| if hours { numbers::time(time) } else { numbers::day(time.day()) };
        let placed = times.into_iter().map(|time| (self.place(time), text(time)));
        placed.filter(|(place, _)| *place < if hours { NO_ROOM - 0.1 } else { NO_ROOM }).collect()
    }

    fn multiples(&self, step: Span, offset: i64) -> Vec<Timestamp> {
        let first = (self.from.0 - offset).div_euclid(step.0) * step.0 + offset;
        let times = (0..).map(|at| Timestamp(first + at * step.0)).take_while(|time| *time < self.until);
        times.filter(|time| *time >= self.from).collect()
    }

    /// Returns the first days of every so many months.
    fn months(&self) -> Vec<Timestamp> {
        let days = self.from.day()..=self.until.day();
        let firsts: Vec<i64> = days.filter(|day| civil_date(*day).2 == 1).collect();
        let every = MONTHS.into_iter().find(|every| firsts.len() as i64 / every < MOST_LABELS).unwrap_or(12);
        let is_wanted = |day: &i64| (civil_date(*day).1 - 1) % every == 0;
        let times = firsts.into_iter().filter(is_wanted).map(Timestamp::start_of_day);
        times.filter(|time| *time >= self.from && *time < self.until).collect()
    }
}

/// Returns how many labels with this step between them fit a phone.
fn most_labels(step: Span) -> i64 {
    if step.0 % Span::DAY.0 == 0 { MOST_LABELS } else { MOST_HOURS }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIDNIGHT: i64 = 1_767_571_200_000_000_000;

    fn texts(length: Span) -> Vec<String> {
        let axis = TimeAxis::new(Timestamp(MIDNIGHT), Timestamp(MIDNIGHT + length.0));
        axis.labels().into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn labels_stand_at_round_times_and_fit_a_phone() {
        assert_eq!(texts(Span::days(21)), ["5 Jan", "12 Jan", "19 Jan"]);
        assert_eq!(texts(Span::days(5)), ["5 Jan", "7 Jan", "9 Jan"]);
        assert_eq!(texts(Span::days(243)), ["1 Mar", "1 May", "1 Jul"]);
        assert_eq!(texts(Span::hours(20)), ["5 Jan 00:00", "5 Jan 12:00"]);
        assert_eq!(texts(Span::days(40)), ["5 Jan", "19 Jan", "2 Feb"]);
        assert_eq!(texts(Span::ZERO), ["5 Jan"]);
    }

    #[test]
    fn places_are_parts_of_the_axis() {
        let axis = TimeAxis::new(Timestamp(0), Timestamp(4_000_000_000));
        assert_eq!(
            [-1, 0, 1, 4, 9].map(|second| axis.place(Timestamp(second * 1_000_000_000))),
            [0.0, 0.0, 0.25, 1.0, 1.0]
        );
        let absurd = TimeAxis::new(Timestamp(i64::MIN), Timestamp(i64::MAX));
        assert!((0.49..0.51).contains(&absurd.place(Timestamp(0))));
    }
}
