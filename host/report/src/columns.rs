//! A value over time in few columns, of which each keeps its first, lowest, highest and last point (M4): a line drawn
//! of them at the columns' width looks as if it were drawn of all points, and its deepest point is in it.

use host_core::{Span, Timestamp};

/// Width of the columns until there are too many.
const NARROWEST: Span = Span::seconds(1);

/// A value at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    pub time: Timestamp,
    pub value: i64,
}

/// The points of one column. Points of equal value count as their first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    pub first: Point,
    pub lowest: Point,
    pub highest: Point,
    pub last: Point,
}

impl Column {
    /// Makes a column of one point.
    pub fn of(point: Point) -> Column {
        Column { first: point, lowest: point, highest: point, last: point }
    }

    /// Adds a column that comes right after this one.
    pub fn add(&mut self, later: &Column) {
        if later.lowest.value < self.lowest.value {
            self.lowest = later.lowest;
        }
        if later.highest.value > self.highest.value {
            self.highest = later.highest;
        }
        self.last = later.last;
    }

    /// Returns its points in the order of time, each once.
    pub fn points(&self) -> impl Iterator<Item = Point> {
        let mut points = [self.first, self.lowest, self.highest, self.last];
        points.sort_by_key(|point| point.time);
        let mut before = None;
        points.into_iter().filter(move |point| before.replace(*point) != Some(*point))
    }
}

/// Returns the lowest point below the highest value so far, which begins with `start`, and how far it lies below;
/// `None` if no value was ever below it.
pub fn deepest_fall(columns: &[Column], start: i64) -> Option<(Point, i64)> {
    let mut peak = start;
    let fall = |column: &Column| {
        peak = peak.max(column.highest.value);
        (column.lowest, peak - column.lowest.value)
    };
    columns.iter().map(fall).max_by_key(|(_, fall)| *fall).filter(|(_, fall)| *fall > 0)
}

/// Columns of equal width, at most a given number: when there are more, they become twice as wide. So memory does not
/// grow with time, and the time that there is to show need not be known before.
#[derive(Clone, Debug)]
pub struct Columns {
    most: usize,
    width: Span,
    columns: Vec<Column>,
}

impl Columns {
    /// Makes an empty series of at most `most` columns.
    pub fn new(most: usize) -> Columns {
        Columns { most: most.max(1), width: NARROWEST, columns: Vec::new() }
    }

    /// Adds a point. Times go forward.
    pub fn push(&mut self, time: Timestamp, value: i64) {
        self.add(Column::of(Point { time, value }));
    }

    /// Adds points that are columns already. They begin no earlier than the last one ends.
    pub fn add(&mut self, later: Column) {
        let place = |width: Span, column: &Column| column.first.time.0.div_euclid(width.0);
        match self.columns.last_mut().filter(|last| place(self.width, last) == place(self.width, &later)) {
            Some(last) => last.add(&later),
            None => self.columns.push(later),
        }
        while self.columns.len() > self.most {
            self.width = Span(self.width.0.saturating_mul(2));
            let narrow = std::mem::take(&mut self.columns);
            for column in narrow {
                match self.columns.last_mut().filter(|last| place(self.width, last) == place(self.width, &column)) {
                    Some(last) => last.add(&column),
                    None => self.columns.push(column),
                }
            }
        }
    }

    /// Returns the columns in the order of time. Where there was no point, there is none.
    pub fn as_slice(&self) -> &[Column] {
        &self.columns
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn point(seconds: i64, value: i64) -> Point {
        Point { time: Timestamp(seconds * 1_000_000_000), value }
    }

    fn columns(most: usize, points: &[Point]) -> Columns {
        let mut columns = Columns::new(most);
        points.iter().for_each(|point| columns.push(point.time, point.value));
        columns
    }

    #[test]
    fn a_column_keeps_what_a_line_shows() {
        let mut column = Column::of(point(0, 5));
        for (second, value) in [(1, 9), (2, 2), (3, 9), (4, 5)] {
            column.add(&Column::of(point(second, value)));
        }
        let kept: Vec<(i64, i64)> = column.points().map(|point| (point.time.0 / 1_000_000_000, point.value)).collect();
        assert_eq!(kept, [(0, 5), (1, 9), (2, 2), (4, 5)]);
        assert_eq!(Column::of(point(7, 1)).points().count(), 1);
    }

    #[test]
    fn the_deepest_fall_is_from_the_highest_value_so_far() {
        let fall = |values: &[i64]| {
            let points: Vec<Point> = (0i64..).zip(values).map(|(second, value)| point(second * 60, *value)).collect();
            deepest_fall(columns(100, &points).as_slice(), 10).map(|(at, fall)| (at.value, fall))
        };
        assert_eq!(fall(&[10, 12, 9, 20, 16, 30]), Some((16, 4)));
        assert_eq!(fall(&[7]), Some((7, 3)));
        assert_eq!((fall(&[10, 11]), fall(&[])), (None, None));
    }

    #[test]
    fn few_points_are_kept_as_they_are() {
        let points = [point(0, 1), point(1, 2), point(60, 0)];
        let kept: Vec<Point> = columns(3, &points).as_slice().iter().flat_map(Column::points).collect();
        assert_eq!(kept, points);
        assert_eq!(columns(3, &[]).as_slice(), []);
    }

    proptest! {
        #[test]
        fn no_extreme_is_lost_and_the_ends_stay(
            values in prop::collection::vec((0i64..5_000, any::<i32>()), 1..300),
            most in 1usize..40,
        ) {
            let mut second = 0;
            let points: Vec<Point> = values.iter().map(|(step, value)| {
                second += step;
                point(second, i64::from(*value))
            }).collect();
            let columns = columns(most, &points);
            prop_assert!(columns.as_slice().len() <= most);
            let kept: Vec<Point> = columns.as_slice().iter().flat_map(Column::points).collect();
            let value = |point: &Point| point.value;
            prop_assert_eq!(kept.iter().map(value).max(), points.iter().map(value).max());
            prop_assert_eq!(kept.iter().map(value).min(), points.iter().map(value).min());
            prop_assert_eq!(kept.first(), points.first());
            prop_assert_eq!(kept.last(), points.last());
            prop_assert!(kept.is_sorted_by_key(|point| point.time), "{kept:?}");
        }

        #[test]
        fn columns_that_are_added_give_what_their_points_give(
            values in prop::collection::vec(any::<i16>(), 1..200), most in 1usize..20,
        ) {
            let points: Vec<Point> =
                values.iter().enumerate().map(|(second, value)| point(second as i64, i64::from(*value))).collect();
            let direct = columns(most, &points);
            let mut again = Columns::new(most);
            columns(most * 4, &points).as_slice().iter().for_each(|column| again.add(*column));
            prop_assert_eq!(direct.as_slice(), again.as_slice());
        }
    }
}
