//! Money and positions as people read them: one form, wherever they are shown.

use crate::money::{Qty, Usd};

impl Usd {
    /// Returns the amount as people read it, everywhere in the same way: to the cent, as `$1,234.50` or `-$0.67`. An
    /// amount that rounds to zero has no sign.
    pub fn shown(self) -> String {
        let half = Usd::CENT.0.unsigned_abs() / 2;
        let cents = (self.0.unsigned_abs() + half) / Usd::CENT.0.unsigned_abs();
        let sign = if self.0 < 0 && cents > 0 { "-" } else { "" };
        let whole = (cents / 100).to_string();
        let mut text = format!("{sign}$");
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        format!("{text}.{:02}", cents % 100)
    }

    /// Returns a profit or loss as people read it: as [`Usd::shown`], and with a plus if it is more than nothing.
    pub fn shown_signed(self) -> String {
        let text = self.shown();
        if self.0 >= Usd::CENT.0 / 2 { format!("+{text}") } else { text }
    }
}

impl Qty {
    /// Returns a position for people, by its side: `27 NO` for -27, since short is long NO; `0` if there is none.
    pub fn shown_held(self) -> String {
        match self.0.signum() {
            1 => format!("{self} YES"),
            -1 => format!("{} NO", self.abs()),
            _ => self.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_shown_by_their_side() {
        let check = |hundredths: i64, expect: &str| assert_eq!(Qty::hundredths(hundredths).shown_held(), expect);
        check(2_100, "21 YES");
        check(-2_700, "27 NO");
        check(-50, "0.5 NO");
        check(0, "0");
    }

    #[test]
    fn amounts_are_shown_as_people_write_them() {
        let check = |micros: i64, plain: &str, signed: &str| {
            let usd = Usd::micros(micros);
            assert_eq!((usd.shown().as_str(), usd.shown_signed().as_str()), (plain, signed), "{micros}");
        };
        check(22_400_000, "$22.40", "+$22.40");
        check(-1_234_565_000, "-$1,234.57", "-$1,234.57");
        check(900_000_000_000_000, "$900,000,000.00", "+$900,000,000.00");
        check(5_000, "$0.01", "+$0.01");
        check(4_999, "$0.00", "$0.00");
        check(-4_999, "$0.00", "$0.00");
        check(-672_000, "-$0.67", "-$0.67");
        check(0, "$0.00", "$0.00");
    }
}
