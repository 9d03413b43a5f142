//! Formats metrics for people: `$22.40`, `+$187.00`, `58.3%`, `14.0 hours`, `n/a`.

use host_core::foreign;

use crate::money::Money;

/// Text shown for an undefined metric.
const UNDEFINED: &str = "n/a";

/// Formats `value` with `format`, or returns `n/a`.
pub(crate) fn or_undefined<T>(value: Option<T>, format: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| UNDEFINED.to_owned(), format)
}

/// Formats dollars and cents: `-$1,234.50`.
pub(crate) fn dollars(money: Money) -> String {
    money.0.shown()
}

/// Formats dollars and cents with a sign: `+$187.00`. An amount that rounds to zero has no sign.
pub(crate) fn signed_dollars(money: Money) -> String {
    money.0.shown_signed()
}

/// Formats dollars per contract: `$0.0030`.
pub(crate) fn price(money: Money) -> String {
    let units = (money.0.0.unsigned_abs() + 500_000) / 1_000_000;
    let sign = if money.0.0 < 0 && units > 0 { "-" } else { "" };
    format!("{sign}${}.{:04}", units / 10_000, units % 10_000)
}

/// Formats a fraction as a percentage: `58.3%`.
pub(crate) fn percent(fraction: f64) -> String {
    format!("{}%", fixed(fraction * 100.0, 1))
}

/// Formats a ratio: `1.67`.
pub(crate) fn ratio(ratio: f64) -> String {
    fixed(ratio, 2)
}

/// Formats a duration in the unit that suits its length: `150.0 ms`, `14.0 hours`.
pub(crate) fn duration(seconds: f64) -> String {
    const UNITS: [(f64, f64, &str); 5] = [
        (1.0, 1e-3, "ms"),
        (120.0, 1.0, "seconds"),
        (7_200.0, 60.0, "minutes"),
        (48.0 * 3_600.0, 3_600.0, "hours"),
        (f64::INFINITY, 86_400.0, "days"),
    ];
    let (_, unit, name) = UNITS.into_iter().find(|(below, ..)| seconds < *below).unwrap_or(UNITS[4]);
    format!("{} {name}", fixed(seconds / unit, 1))
}

/// Formats a whole number with thousands separators: `31,104,000`.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Formats a number of contracts, without decimals if it is whole.
pub(crate) fn contracts(contracts: f64) -> String {
    let text = format!("{contracts:.2}");
    text.strip_suffix(".00").map_or(text.clone(), str::to_owned)
}

/// Formats `number` with `digits` decimals. A number that rounds to zero has no sign.
fn fixed(number: f64, digits: usize) -> String {
    let text = format!("{number:.digits$}");
    if text.bytes().any(|byte| byte.is_ascii_digit() && byte != b'0') { text } else { text.replace('-', "") }
}

/// Shortens `name` to at most `width` characters by cutting its middle: tickers differ at both ends.
pub(crate) fn clipped(name: &str, width: usize) -> String {
    let name = foreign::line(name, foreign::CELL);
    let length = name.chars().count();
    if length <= width {
        return name;
    }
    let head = (width - 1).div_ceil(2);
    let tail = width - 1 - head;
    let start: String = name.chars().take(head).collect();
    let end: String = name.chars().skip(length - tail).collect();
    format!("{start}\u{2026}{end}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use host_core::Usd;

    #[test]
    fn money_is_formatted_as_people_write_it() {
        let check = |units: i64, plain: &str, signed: &str, exact: &str| {
            let money = Money(Usd::micros(units));
            let shown = (dollars(money), signed_dollars(money), price(money));
            assert_eq!(shown, (plain.to_owned(), signed.to_owned(), exact.to_owned()), "{units}");
        };
        check(22_400_000, "$22.40", "+$22.40", "$22.4000");
        check(-1_234_565_000, "-$1,234.57", "-$1,234.57", "-$1234.5650");
        check(3_000, "$0.00", "$0.00", "$0.0030");
        check(-3_000, "$0.00", "$0.00", "-$0.0030");
        check(-49, "$0.00", "$0.00", "$0.0000");
        check(5_000, "$0.01", "+$0.01", "$0.0050");
    }

    #[test]
    fn fractions_ratios_and_durations_are_formatted_as_people_write_them() {
        assert_eq!(percent(0.5833), "58.3%");
        assert_eq!(percent(-0.000_1), "0.0%");
        assert_eq!(ratio(-1.666), "-1.67");
        assert_eq!(duration(0.15), "150.0 ms");
        assert_eq!(duration(30.0), "30.0 seconds");
        assert_eq!(duration(50_400.0), "14.0 hours");
        assert_eq!(duration(10.0 * 86_400.0), "10.0 days");
        assert_eq!(contracts(15.0), "15");
        assert_eq!(contracts(-1.5), "-1.50");
        assert_eq!(or_undefined(None::<f64>, ratio), "n/a");
    }

    #[test]
    fn a_long_name_keeps_both_ends() {
        assert_eq!(clipped("KXFED-26MAR", 20), "KXFED-26MAR");
        assert_eq!(clipped("KXFEDDECISION-26MAR-C25", 12), "KXFEDD\u{2026}R-C25");
    }
}
