//! The paths of lines and areas within the inner picture.

use host_report::Column;

use super::svg::{short, write};

/// A place in the inner picture: x in its units, y in pixels.
type Place = (f64, f64);

/// Returns a line through the points of `columns`, in the order of time.
pub fn line<'a>(parts: impl IntoIterator<Item = &'a [Column]>, place: impl Fn(host_report::Point) -> Place) -> String {
    drawn(parts, place, |path, (x, y)| write(path, format_args!("L{x} {y}")))
}

/// Returns a line that keeps each value until the next: a price is what it was last.
pub fn step_line<'a>(
    parts: impl IntoIterator<Item = &'a [Column]>,
    place: impl Fn(host_report::Point) -> Place,
) -> String {
    drawn(parts, place, |path, (x, y)| write(path, format_args!("H{x}V{y}")))
}

/// Returns the area between a line and the one above it, both from left to right.
pub fn area(above: &[Place], below: &[Place]) -> String {
    let mut path = String::new();
    for (at, place) in above.iter().chain(below.iter().rev()).enumerate() {
        let (x, y) = (short(place.0.round()), short(place.1));
        write(&mut path, format_args!("{}{x} {y}", if at == 0 { "M" } else { "L" }));
    }
    if !path.is_empty() {
        path.push('Z');
    }
    path
}

fn drawn<'a>(
    parts: impl IntoIterator<Item = &'a [Column]>,
    place: impl Fn(host_report::Point) -> Place,
    mut go_on: impl FnMut(&mut String, Place),
) -> String {
    let mut path = String::new();
    for part in parts {
        let mut before = None;
        for point in part.iter().flat_map(Column::points) {
            let (x, y) = place(point);
            let now = (short(x.round()), short(y));
            match before.replace(now) {
                Some(same) if same == now => {}
                Some(_) => go_on(&mut path, now),
                None => write(&mut path, format_args!("M{} {}", now.0, now.1)),
            }
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use host_core::Timestamp;
    use host_report::Point;

    use super::*;

    fn column(second: i64, value: i64) -> Column {
        Column::of(Point { time: Timestamp(second), value })
    }

    fn place(point: Point) -> Place {
        (point.time.0 as f64, point.value as f64)
    }

    #[test]
    fn a_gap_begins_a_new_line() {
        let (one, other) = ([column(0, 5), column(10, 7)], [column(50, 7)]);
        assert_eq!(line([one.as_slice(), &other], place), "M0 5L10 7M50 7");
        assert_eq!(step_line([one.as_slice(), &other], place), "M0 5H10V7M50 7");
        assert_eq!(line([], place), "");
    }

    #[test]
    fn the_same_place_is_drawn_once() {
        assert_eq!(line([[column(0, 5), column(0, 5)].as_slice()], place), "M0 5");
    }

    #[test]
    fn an_area_runs_back_below() {
        assert_eq!(area(&[(0.0, 1.0), (10.0, 1.26)], &[(0.0, 4.0), (10.0, -0.0)]), "M0 1L10 1.3L10 0L0 4Z");
        assert_eq!(area(&[], &[]), "");
    }
}
