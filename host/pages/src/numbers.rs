//! Numbers as pages show them: a true minus, two places of money, cents for prices, one place of percent below ten.

use std::fmt::{self, Write};

use askama::filters::Escaper;
use host_core::time::civil_date;
use host_core::{Price, Timestamp, Usd, foreign};
use host_report::Money;

/// Text of an undefined figure.
pub const UNDEFINED: &str = "n/a";
/// Names of the months.
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Returns `text` with a true minus in place of a hyphen, at which no line breaks.
fn minus(text: &str) -> String {
    text.replace('-', "\u{2212}\u{2060}")
}

/// Formats a level of money: `$1,234.50`.
pub fn money(amount: Money) -> String {
    minus(&amount.0.shown())
}

/// Formats a change of money: `+$3.76`, `−$1.70`, and `$0.00`.
pub fn change(amount: Money) -> String {
    minus(&amount.0.shown_signed())
}

/// Formats a level of money on an axis or in a narrow cell, in whole dollars: `+$1,234`.
pub fn whole_change(amount: Usd) -> String {
    let text = change(Money(amount));
    text.strip_suffix(".00").map_or(text.clone(), str::to_owned)
}

/// Formats a price in cents: `44¢`, `44.5¢`.
pub fn cents(price: Price) -> String {
    format!("{}¢", trimmed(f64::from(price.0) / 100.0, 2))
}

/// Formats dollars per contract in cents, with a sign: `+0.15¢`.
pub fn cents_change(amount: Money) -> String {
    let text = fixed(amount.0.as_dollars() * 100.0, 2);
    let sign = if text.starts_with('\u{2212}') || is_zero(&text) { "" } else { "+" };
    format!("{sign}{text}¢")
}

/// Formats a fraction as a share: `2.8 %`, from ten on `24 %`.
pub fn share(fraction: f64) -> String {
    let percent = fraction * 100.0;
    format!("{}\u{a0}%", fixed(percent, if percent.abs() < 9.95 { 1 } else { 0 }))
}

/// Formats a fraction as a share with one place, for columns: `73.1 %`.
pub fn share_in_column(fraction: f64) -> String {
    format!("{}\u{a0}%", fixed(fraction * 100.0, 1))
}

/// Formats a count: `31,104,000`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Formats `number` with at most `places` places, without zeros at the end: `44.5`, `1,250`.
pub fn trimmed(number: f64, places: usize) -> String {
    let text = fixed(number, places);
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// Formats `number` with `places` places and thousands separators. A number that rounds to zero has no sign.
pub fn fixed(number: f64, places: usize) -> String {
    if !number.is_finite() {
        return UNDEFINED.to_owned();
    }
    let text = format!("{:.places$}", number.abs());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let whole = whole.parse::<u64>().map_or_else(|_| whole.to_owned(), count);
    let sign = if number < 0.0 && !is_zero(&text) { "\u{2212}" } else { "" };
    format!("{sign}{whole}{rest}")
}

fn is_zero(text: &str) -> bool {
    !text.bytes().any(|byte| (b'1'..=b'9').contains(&byte))
}

/// Formats a length of time: `40 s`, `12 min`, `12.9 h`, `3.5 d`.
pub fn duration(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 120.0 => format!("{} s", fixed(seconds, 0)),
        seconds if seconds < 7_200.0 => format!("{} min", fixed(seconds / 60.0, 0)),
        seconds if seconds < 172_800.0 => format!("{} h", fixed(seconds / 3_600.0, 1)),
        seconds => format!("{} d", fixed(seconds / 86_400.0, 1)),
    }
}

/// Formats a UTC day: `7 Jan`.
pub fn day(day: i64) -> String {
    let (_, month, day) = civil_date(day);
    format!("{day} {}", month_name(month))
}

/// Formats a UTC day with its year: `7 Jan 2026`.
pub fn full_day(day: i64) -> String {
    let (year, month, day) = civil_date(day);
    format!("{day} {} {year}", month_name(month))
}

/// Returns the short name of a month, 1 to 12.
pub fn month_name(month: i64) -> &'static str {
    usize::try_from(month - 1).ok().and_then(|at| MONTHS.get(at)).copied().unwrap_or_default()
}

/// Formats a time in UTC: `7 Jan 16:07`.
pub fn time(time: Timestamp) -> String {
    format!("{} {}", day(time.day()), clock(time))
}

/// Formats a time of a UTC day: `16:07`.
pub fn clock(time: Timestamp) -> String {
    let minutes = (time.0 - Timestamp::start_of_day(time.day()).0) / 60_000_000_000;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Formats a date of a report, such as `2026-01-07`, as `7 Jan`; what is none stays as it is.
pub fn date(text: &str) -> String {
    let parts: Vec<i64> = text.splitn(3, '-').filter_map(|part| part.parse().ok()).collect();
    match parts.as_slice() {
        [_, month @ 1..=12, day] => format!("{day} {}", month_name(*month)),
        _ => text.to_owned(),
    }
}

/// Formats a time in ISO 8601, such as `2026-01-07T16:07:00.000Z`, as `7 Jan 16:07`; what is none stays as it is.
pub fn moment(text: &str) -> String {
    match text.get(..10).zip(text.get(11..16)) {
        Some((day, clock)) => format!("{} {clock}", date(day)),
        None => text.to_owned(),
    }
}

/// Returns amounts in whole `unit`s that add up, as shown, to the rounded sum: each is what it adds to the sum so far.
/// An amount differs from its own rounding by at most one unit.
pub fn adding_up(amounts: &[Usd], unit: Usd) -> Vec<Usd> {
    let rounded = |sum: i128| {
        let unit = i128::from(unit.0);
        (sum.abs() + unit / 2) / unit * unit * sum.signum()
    };
    let mut sum = 0i128;
    let shown = |amount: &Usd| {
        let before = sum;
        sum += i128::from(amount.0);
        Usd::saturating(rounded(sum) - rounded(before))
    };
    amounts.iter().map(shown).collect()
}

/// Formats a figure, or says that it is undefined.
pub fn or_undefined<T>(figure: Option<T>, format: impl FnOnce(T) -> String) -> String {
    figure.map_or_else(|| UNDEFINED.to_owned(), format)
}

/// Returns the class of an amount: `gain`, `loss`, or nothing for one that is shown as zero.
pub fn tone(amount: Usd) -> &'static str {
    match amount.shown_signed().chars().next() {
        Some('+') => "gain",
        Some('-') => "loss",
        _ => "",
    }
}

/// The way of everything that a template shows: no character of it is markup, steers, reorders or hides, and it is not
/// long.
#[derive(Clone, Copy, Debug)]
pub struct Html;

impl Escaper for Html {
    fn write_escaped_str<W: Write>(&self, mut page: W, text: &str) -> fmt::Result {
        page.write_str(&escaped(text))
    }

    fn write_escaped_char<W: Write>(&self, mut page: W, character: char) -> fmt::Result {
        page.write_str(&escaped(character.encode_utf8(&mut [0; 4])))
    }
}

/// Keeps a sign with its number where a line is broken.
const JOINER: char = '\u{2060}';
const SIGNS: [&str; 2] = ["−", "±"];

/// Returns `text` as HTML shows it: no character of it is markup.
pub fn escaped(text: &str) -> String {
    // The mark that keeps our own sign with its number is the one invisible character that may stay, and only there.
    let unmarked = SIGNS.iter().fold(text.to_owned(), |text, sign| text.replace(&format!("{sign}{JOINER}"), sign));
    let shown = foreign::line(&unmarked, foreign::VALUE);
    let mut safe = String::with_capacity(shown.len());
    let mut characters = shown.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '−' | '±' if characters.peek().is_some_and(|next| *next == '$' || next.is_ascii_digit()) => {
                safe.extend([character, JOINER]);
            }
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_has_two_places_and_a_true_minus() {
        let check = |micros: i64, level: &str, changed: &str| {
            let amount = Money(Usd::micros(micros));
            assert_eq!((money(amount).as_str(), change(amount).as_str()), (level, changed), "{micros}");
        };
        check(3_760_000, "$3.76", "+$3.76");
        check(-1_700_000, "−\u{2060}$1.70", "−\u{2060}$1.70");
        check(-12_345_678_900_000, "−\u{2060}$12,345,678.90", "−\u{2060}$12,345,678.90");
        check(4_000, "$0.00", "$0.00");
        assert_eq!(whole_change(Usd::dollars(-1_200)), "−\u{2060}$1,200");
        assert_eq!(whole_change(Usd::micros(1_500_000)), "+$1.50");
    }

    #[test]
    fn only_our_own_sign_is_joined_to_its_number() {
        let check = |text: &str, expect: &str| assert_eq!(escaped(text), expect);
        check("−\u{2060}$1.70 and ±\u{2060}0.5", "−\u{2060}$1.70 and ±\u{2060}0.5");
        check("a\u{2060}b", "a\\u{2060}b");
        check("−\u{2060}\u{2060}$1", "−\\u{2060}$1");
        let long = escaped(&"a\u{2060}".repeat(100_000));
        assert!(long.len() < 10 * foreign::VALUE && !long.contains('\u{2060}'), "{}", long.len());
    }

    #[test]
    fn prices_and_slippage_are_cents() {
        let check = |units: i32, expect: &str| assert_eq!(cents(Price(units)), expect);
        check(4_450, "44.5¢");
        check(4_400, "44¢");
        check(25, "0.25¢");
        check(10_000, "100¢");
        let check = |micros: i64, expect: &str| assert_eq!(cents_change(Money(Usd::micros(micros))), expect);
        check(1_500, "+0.15¢");
        check(-11_600, "−1.16¢");
        check(20, "0.00¢");
    }

    #[test]
    fn shares_have_a_place_below_ten() {
        let check = |fraction: f64, expect: &str| assert_eq!(share(fraction), expect, "{fraction}");
        check(0.028, "2.8\u{a0}%");
        check(0.24, "24\u{a0}%");
        check(0.0996, "10\u{a0}%");
        check(-0.5, "−50\u{a0}%");
        check(f64::NAN, "n/a\u{a0}%");
        assert_eq!(share_in_column(0.731), "73.1\u{a0}%");
    }

    #[test]
    fn times_and_durations_are_short() {
        let at = Timestamp(1_767_802_035_000_000_000);
        assert_eq!((time(at).as_str(), full_day(at.day()).as_str()), ("7 Jan 16:07", "7 Jan 2026"));
        let check = |seconds: f64, expect: &str| assert_eq!(duration(seconds), expect);
        check(4.0, "4 s");
        check(600.0, "10 min");
        check(46_440.0, "12.9 h");
        check(302_400.0, "3.5 d");
    }

    #[test]
    fn numbers_are_grouped_and_trimmed() {
        let check = |number: f64, places, expect: &str| assert_eq!(trimmed(number, places), expect);
        check(1_250.0, 2, "1,250");
        check(0.5, 2, "0.5");
        check(-0.001, 2, "0");
        check(100.0, 0, "100");
        assert_eq!(count(31_104_000), "31,104,000");
    }

    #[test]
    fn dates_of_reports_are_short() {
        assert_eq!((date("2026-01-07"), date("soon")), ("7 Jan".to_owned(), "soon".to_owned()));
        assert_eq!((moment("2026-01-07T16:07:00.000Z").as_str(), moment("soon").as_str()), ("7 Jan 16:07", "soon"));
    }

    proptest::proptest! {
        #[test]
        fn rows_add_up_as_shown(micros in proptest::collection::vec(-9_000_000_000i64..9_000_000_000, 0..50)) {
            let amounts: Vec<Usd> = micros.into_iter().map(Usd::micros).collect();
            let shown = adding_up(&amounts, Usd::CENT);
            let sum: Usd = amounts.iter().copied().sum();
            proptest::prop_assert_eq!(shown.iter().copied().sum::<Usd>().shown(), sum.shown());
            for (shown, amount) in shown.iter().zip(&amounts) {
                proptest::prop_assert!((*shown - *amount).abs() <= Usd::CENT);
            }
        }
    }

    #[test]
    fn what_strangers_wrote_is_text() {
        assert_eq!(escaped("<script>\"a\" & 'b'\u{0}"), "&lt;script&gt;&quot;a&quot; &amp; &#39;b&#39;\\u{0}");
    }

    #[test]
    fn an_amount_that_is_shown_as_zero_has_no_tone() {
        let check = |micros: i64, expect: &str| assert_eq!(tone(Usd::micros(micros)), expect, "{micros}");
        check(10_000, "gain");
        check(-10_000, "loss");
        check(4_000, "");
        check(-4_000, "");
    }
}
