//! The lines from one profit to another as falling bars on one scale.

use host_core::Usd;
use host_report::Money;

use super::model::{ProfitSplit, SplitLine};
use crate::numbers::{adding_up, change, count, money, tone};

/// Lines that the lead names.
const NAMED: usize = 2;

/// A difference as a table with bars.
pub(super) struct Fall {
    /// The first profit, the lines, and the second profit.
    pub(super) rows: Vec<FallRow>,
    /// The place of zero, in percent.
    pub(super) zero: f64,
    /// The ends of the scale, in words.
    pub(super) scale: String,
    /// The number of trades that both have, in words.
    pub(super) both: String,
    /// The sum of the lines as they are printed.
    pub(super) difference: Usd,
}

pub(super) struct FallRow {
    pub(super) title: String,
    pub(super) note: String,
    pub(super) amount: String,
    pub(super) tone: &'static str,
    pub(super) bar: Bar,
    pub(super) parts: Vec<PartRow>,
    /// True for the two profits.
    pub(super) is_end: bool,
    value: Usd,
}

pub(super) struct PartRow {
    pub(super) title: String,
    pub(super) code: String,
    pub(super) note: String,
    pub(super) amount: String,
}

/// A bar, in percent of the width.
pub(super) struct Bar {
    pub(super) class: &'static str,
    pub(super) x: f64,
    pub(super) width: f64,
    pub(super) is_seen: bool,
}

/// The ends of a scale that has zero in it.
#[derive(Clone, Copy)]
struct Ends {
    low: Usd,
    high: Usd,
}

impl Ends {
    fn place(self, amount: Usd) -> f64 {
        let whole = (self.high - self.low).as_dollars();
        let part = if whole > 0.0 { (amount - self.low).as_dollars() / whole } else { 0.0 };
        (part * 10_000.0).round() / 100.0
    }

    fn bar(self, class: &'static str, from: Usd, to: Usd) -> Bar {
        let (left, right) = (self.place(from.min(to)), self.place(from.max(to)));
        // A line that is printed as more than nothing is seen.
        let width = ((right - left) * 100.0).round() / 100.0;
        Bar { class, x: left, width: width.max(0.4), is_seen: from != to }
    }
}

impl Fall {
    /// Returns the lines of `split`, the largest first, in whole cents that add up as they are printed: parts to their
    /// line, and lines to the difference.
    pub(super) fn of(split: &ProfitSplit<'_>, first: &str, second: &str) -> Fall {
        let mut lines: Vec<&SplitLine<'_>> = split.lines.iter().collect();
        let named = lines.len().saturating_sub(1);
        lines[..named].sort_by_key(|line| std::cmp::Reverse(line.amount.abs()));
        let all = lines.iter().flat_map(|line| leaves(line));
        let amounts: Vec<Usd> = std::iter::once(split.first).chain(all).collect();
        let mut shown = adding_up(&amounts, Usd::CENT).into_iter();
        let start = shown.next().unwrap_or_default();
        let values: Vec<Vec<Usd>> =
            lines.iter().map(|line| shown.by_ref().take(leaves(line).len()).collect()).collect();
        let ends = ends(start, &values);
        let mut at = start;
        let mut rows = vec![end(first, start, ends.bar("from", Usd::ZERO, start))];
        for (line, values) in lines.into_iter().zip(&values) {
            let before = at;
            at = before + values.iter().copied().sum::<Usd>();
            rows.push(row(line, values, ends, (before, at)));
        }
        rows.push(end(second, at, ends.bar("used", Usd::ZERO, at)));
        Fall {
            rows,
            zero: ends.place(Usd::ZERO),
            scale: format!("{} to {}", money(Money(ends.low)), money(Money(ends.high))),
            both: format!("{} in both.", trades(split.trades_in_both)),
            difference: at - start,
        }
    }

    /// Returns the two profits in one line.
    pub(super) fn sentence(&self) -> String {
        let Some((first, second)) = self.rows.first().zip(self.rows.last()) else { return String::new() };
        let kept = first.value > Usd::ZERO && second.value >= Usd::ZERO && second.value < first.value;
        match kept {
            true => format!("Of {}, {} kept {}", first.amount, second.title.to_lowercase(), second.amount),
            false => {
                format!("{} made {}, {} {}", first.title, first.amount, second.title.to_lowercase(), second.amount)
            }
        }
    }

    /// Returns the largest lines in words.
    pub(super) fn causes(&self) -> String {
        let lines = self.rows.iter().filter(|row| !row.is_end && row.bar.is_seen).take(NAMED);
        let named: Vec<String> = lines.map(|row| format!("{} ({})", row.title.to_lowercase(), row.amount)).collect();
        match named.as_slice() {
            [] => "They made the same, line by line.".to_owned(),
            named => format!("The difference is mostly {}. All lines add up to the cent.", named.join(" and ")),
        }
    }
}

/// Returns the amounts that a line is printed as the sum of: its parts, and what no part has.
fn leaves(line: &SplitLine<'_>) -> Vec<Usd> {
    let parts: Vec<Usd> = line.parts.iter().map(|part| part.amount).collect();
    let rest = line.amount - parts.iter().copied().sum::<Usd>();
    parts.into_iter().chain([rest]).collect()
}

fn ends(start: Usd, lines: &[Vec<Usd>]) -> Ends {
    let mut at = start;
    let mut ends = Ends { low: Usd::ZERO.min(start), high: Usd::ZERO.max(start) };
    for value in lines.iter().map(|values| values.iter().copied().sum::<Usd>()) {
        at += value;
        ends = Ends { low: ends.low.min(at), high: ends.high.max(at) };
    }
    ends
}

fn end(label: &str, value: Usd, bar: Bar) -> FallRow {
    let (title, amount) = (label.to_owned(), change(Money(value)));
    let note = "profit and loss".to_owned();
    FallRow { title, note, amount, tone: "", bar, parts: Vec::new(), is_end: true, value }
}

fn row(line: &SplitLine<'_>, values: &[Usd], ends: Ends, (from, to): (Usd, Usd)) -> FallRow {
    let value = to - from;
    let note = match (line.trades, line.note.is_empty()) {
        (0, _) => line.note.clone(),
        (number, true) => trades(number),
        (number, false) => format!("{}, {}", trades(number), line.note),
    };
    let parts = line.parts.iter().zip(values).map(|(part, value)| PartRow {
        title: part.title.to_owned(),
        code: part.code.to_owned(),
        note: if part.trades == 0 { String::new() } else { trades(part.trades) },
        amount: change(Money(*value)),
    });
    let mut parts: Vec<PartRow> = parts.collect();
    let rest = values.last().copied().unwrap_or_default();
    if !parts.is_empty() && rest != Usd::ZERO {
        let (title, amount) = ("the others".to_owned(), change(Money(rest)));
        parts.push(PartRow { title, code: String::new(), note: String::new(), amount });
    }
    FallRow {
        title: line.title.to_owned(),
        note,
        amount: change(Money(value)),
        tone: tone(value),
        bar: ends.bar(if value < Usd::ZERO { "down" } else { "up" }, from, to),
        parts,
        is_end: false,
        value,
    }
}

fn trades(number: usize) -> String {
    if number == 1 { "1 trade".to_owned() } else { format!("{} trades", count(number as u64)) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::model::SplitPart;
    use super::*;

    fn line(parts: Vec<Usd>, rest: Usd) -> SplitLine<'static> {
        let amount = parts.iter().copied().sum::<Usd>() + rest;
        let part = |amount| SplitPart { title: "part", code: "", amount, trades: 1 };
        let parts = parts.into_iter().map(part).collect();
        SplitLine { title: "line", amount, trades: 1, note: String::new(), parts }
    }

    fn cents(text: &str) -> i64 {
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let amount: i64 = digits.parse().unwrap_or_default();
        if text.contains('\u{2212}') { -amount } else { amount }
    }

    proptest! {
        #[test]
        fn lines_and_parts_add_up_as_printed_and_bars_stay_on_the_scale(
            first in -9_000_000i64..9_000_000,
            lines in proptest::collection::vec(
                (proptest::collection::vec(-900_000i64..900_000, 0..4), -900_000i64..900_000), 1..9),
        ) {
            let usd = Usd::micros;
            let lines: Vec<SplitLine<'_>> = lines.into_iter()
                .map(|(parts, rest)| line(parts.into_iter().map(usd).collect(), usd(rest))).collect();
            let second = usd(first) + lines.iter().map(|line| line.amount).sum::<Usd>();
            let split = ProfitSplit { first: usd(first), second, trades_in_both: 0, lines };
            let fall = Fall::of(&split, "A", "B");
            let printed: Vec<i64> = fall.rows.iter().map(|row| cents(&row.amount)).collect();
            let (last, summed) = printed.split_last().expect("a row");
            prop_assert_eq!(summed.iter().sum::<i64>(), *last);
            prop_assert_eq!(&fall.rows[fall.rows.len() - 1].amount, &change(Money(second)));
            for row in &fall.rows {
                let parts: i64 = row.parts.iter().map(|part| cents(&part.amount)).sum();
                prop_assert!(row.parts.is_empty() || parts == cents(&row.amount));
                prop_assert!(row.bar.x >= 0.0 && row.bar.x + row.bar.width <= 100.5, "{}", row.bar.x);
            }
        }
    }

    #[test]
    fn the_title_says_what_was_kept() {
        let check = |first: i64, second: i64, expect: &str| {
            let [first, second] = [first, second].map(Usd::dollars);
            let lines = vec![line(Vec::new(), second - first)];
            let fall = Fall::of(&ProfitSplit { first, second, trades_in_both: 3, lines }, "Back test", "Paper");
            assert_eq!(fall.sentence(), expect);
        };
        check(10, 4, "Of +$10.00, paper kept +$4.00");
        check(10, 14, "Back test made +$10.00, paper +$14.00");
        check(-10, -4, "Back test made −\u{2060}$10.00, paper −\u{2060}$4.00");
    }
}
