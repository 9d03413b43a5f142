//! Times as people and spreadsheets write them: `4/6/2026 2:30 PM`, `06.04.2026 14:30`, `Apr 6, 2026`.

use super::civil::local_nanos;
use super::format::TimeFormat;

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// The parts of a written time.
#[derive(Default)]
struct Parts {
    /// Each number of the date, with its number of digits.
    numbers: Vec<(i64, usize)>,
    /// The month, if it stands by name.
    month: Option<i64>,
    /// Hour, minute, second, and nanoseconds.
    clock: Option<(i64, i64, i64, i64)>,
    /// Hours that AM or PM adds.
    half: Option<i64>,
}

/// Parses `text`, and returns nanoseconds since 1970 of a clock that shows UTC.
///
/// # Errors
/// `None` if it is no time, else the problem: it can be read in two ways.
pub(super) fn read(text: &str, format: &TimeFormat) -> Result<i64, Option<String>> {
    let parts = parts(text).ok_or(None)?;
    let date = date(&parts, text, format)?;
    let (mut hour, minute, second, nanos) = parts.clock.unwrap_or_default();
    if let Some(half) = parts.half {
        if !(1..=12).contains(&hour) || parts.clock.is_none() {
            return Err(None);
        }
        hour = hour % 12 + half;
    }
    local_nanos(date, (hour, minute, second), nanos).ok_or(None)
}

fn parts(text: &str) -> Option<Parts> {
    if text.len() > 64 || !text.is_ascii() {
        return None;
    }
    let mut parts = Parts::default();
    let text = text.to_ascii_lowercase();
    for word in text.split([' ', ',']).flat_map(date_and_clock) {
        let (clock, half) = half_of(word.trim_end_matches('.'));
        parts.half = parts.half.or(half);
        if clock.contains(':') {
            parts.clock = Some(clock_of(clock).filter(|_| parts.clock.is_none())?);
            continue;
        }
        for piece in clock.split(['/', '-', '.']).filter(|piece| !piece.is_empty()) {
            match piece.bytes().all(|byte| byte.is_ascii_digit()) && piece.len() <= 4 {
                true => parts.numbers.push((piece.parse().ok()?, piece.len())),
                false => parts.word(piece)?,
            }
        }
    }
    Some(parts)
}

/// Splits `2026/01/31t12:00`.
fn date_and_clock(word: &str) -> impl Iterator<Item = &str> {
    let (first, second) = word.split_once('t').filter(|_| word.contains(':')).unwrap_or((word, ""));
    [first, second].into_iter().filter(|part| !part.is_empty())
}

/// Splits off `am`, `pm`, `a.m` or `p.m`, and returns the hours to add.
fn half_of(word: &str) -> (&str, Option<i64>) {
    for (ends, hours) in [(["am", "a.m"], 0), (["pm", "p.m"], 12)] {
        let rest = ends.iter().find_map(|end| word.strip_suffix(end));
        if let Some(rest) = rest.filter(|rest| rest.is_empty() || rest.ends_with(|end: char| end.is_ascii_digit())) {
            return (rest, Some(hours));
        }
    }
    (word, None)
}

impl Parts {
    /// Notes a name of a month; one of a weekday says nothing.
    fn word(&mut self, word: &str) -> Option<()> {
        let starts = |names: &[&str]| names.iter().position(|name| word.starts_with(name));
        match starts(&MONTHS) {
            Some(month) if self.month.is_none() => self.month = Some(month as i64 + 1),
            _ => drop(starts(&WEEKDAYS)?),
        }
        Some(())
    }
}

fn clock_of(text: &str) -> Option<(i64, i64, i64, i64)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let numbers = whole.split(':').map(|part| part.parse::<u8>().ok().map(i64::from)).collect::<Option<Vec<i64>>>()?;
    let kept = fraction.get(..fraction.len().min(9))?;
    let nanos = if kept.is_empty() { 0 } else { kept.parse::<u32>().ok()? };
    let nanos = i64::from(nanos) * 10_i64.pow(9 - kept.len() as u32);
    match numbers.as_slice() {
        [hour, minute] => Some((*hour, *minute, 0, nanos)),
        [hour, minute, second] => Some((*hour, *minute, *second, nanos)),
        _ => None,
    }
}

/// Returns year, month and day.
fn date(parts: &Parts, text: &str, format: &TimeFormat) -> Result<(i64, i64, i64), Option<String>> {
    let year = |(number, digits): (i64, usize)| if digits <= 2 { 2_000 + number } else { number };
    match (parts.month, parts.numbers.as_slice()) {
        (Some(month), [first, second]) if first.1 == 4 => Ok((first.0, month, second.0)),
        (Some(month), [day, last]) => Ok((year(*last), month, day.0)),
        (None, [first, second, third]) if first.1 == 4 => Ok((first.0, second.0, third.0)),
        (None, [first, second, last]) => match format {
            TimeFormat::Mdy => Ok((year(*last), first.0, second.0)),
            TimeFormat::Dmy => Ok((year(*last), second.0, first.0)),
            _ => Err(Some(format!(
                "`{text}` has a date in an order that is not stated: say `--date-order mdy` or `--date-order dmy`"
            ))),
        },
        _ => Err(None),
    }
}
