//! The figures of a variation, read as a plain sentence.

use host_core::Usd;

use super::figures::BiasFigures;
use super::variation::Variation;

/// Returns what `figures` say of `variation`.
pub(super) fn reading(variation: Variation, figures: &BiasFigures) -> String {
    match variation {
        Variation::WarmUp { .. } => history(figures, "the warm-up that the manifest asks for"),
        Variation::AnyHistory => history(figures, "no warm-up, as the manifest has it,"),
        Variation::HalfThePolls if figures.rows == 0 => {
            format!("no poll is a poll of both, so decisions cannot be compared; {}", profit(figures))
        }
        Variation::HalfThePolls if figures.differing_rows == 0 => {
            format!("the same decisions on the rows that both have; {}", profit(figures))
        }
        Variation::HalfThePolls => {
            format!("decisions differ on {} of the rows that both have; {}", share(figures), profit(figures))
        }
        Variation::OneTickWorse | Variation::Fees(_) | Variation::Fills(_) if figures.differing_rows > 0 => {
            format!("{}; decisions, which depend on fills, differ on {} of rows", profit(figures), share(figures))
        }
        Variation::OneTickWorse | Variation::Fees(_) | Variation::Fills(_) => profit(figures),
    }
}

fn history(figures: &BiasFigures, warm_up: &str) -> String {
    match figures {
        BiasFigures { rows_with_signal: 0, .. } => {
            "no signal with either, which says nothing of the warm-up".to_owned()
        }
        BiasFigures { differing_rows: 0, .. } => format!("the same decisions: {warm_up} is enough"),
        BiasFigures { last_difference, .. } => {
            let last = last_difference.map_or_else(String::new, |time| format!(", for the last time at {time}"));
            format!("decisions differ on {} of rows{last}: {warm_up} is too short", share(figures))
        }
    }
}

/// Returns the share of rows that differ as a percentage; a share above zero never reads as zero.
fn share(figures: &BiasFigures) -> String {
    let percent = 100.0 * figures.differing_share.unwrap_or_default();
    match figures.differing_rows {
        1.. if percent < 0.1 => "less than 0.1 %".to_owned(),
        _ => format!("{percent:.1} %"),
    }
}

/// Returns what becomes of the profit, and that entries were stopped in one of the back tests alone: what was lost then
/// is not what the change costs a trade.
fn profit(figures: &BiasFigures) -> String {
    let rest = match (figures.restricted, figures.varied_restricted) {
        (false, true) => "; with it, the risk manager allows no entries at the end",
        (true, false) => "; without it, the risk manager allows no entries at the end",
        (false, false) | (true, true) => "",
    };
    format!("{}{rest}", change(figures))
}

fn change(figures: &BiasFigures) -> String {
    let (before, after) = (figures.net_pnl.0, figures.varied_net_pnl.0);
    if (figures.fills, figures.varied_fills) == (0, 0) {
        return "no fill in either, which says nothing of the profit".to_owned();
    }
    if before == after {
        return "net P&L stays the same".to_owned();
    }
    match (before > Usd::ZERO, after > Usd::ZERO) {
        (true, false) => "nothing of the profit is left".to_owned(),
        (true, true) => match after.0 as f64 / before.0 as f64 {
            part if part < 1.0 => format!("{:.0} % of the profit is left", 100.0 * part),
            times if times < 1.05 => "all of the profit is left".to_owned(),
            times => format!("the profit is {times:.1} times as large"),
        },
        (false, true) => "it makes a profit only with this change".to_owned(),
        (false, false) if after < before => "it makes no profit, and loses more with this change".to_owned(),
        (false, false) => "it makes no profit, and loses less with this change".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use host_core::Timestamp;
    use host_report::Money;

    use super::*;

    fn figures(net: i64, varied: i64, (rows, with_signal, differing): (u64, u64, u64)) -> BiasFigures {
        BiasFigures {
            net_pnl: Money(Usd::dollars(net)),
            varied_net_pnl: Money(Usd::dollars(varied)),
            pnl_change: Money(Usd::dollars(varied - net)),
            fills: 4,
            varied_fills: 4,
            restricted: false,
            varied_restricted: false,
            rows,
            rows_with_signal: with_signal,
            differing_rows: differing,
            differing_share: (rows > 0).then(|| differing as f64 / rows as f64),
            last_difference: (differing > 0).then_some(Timestamp(1_767_571_200_000_000_000)),
        }
    }

    #[test]
    fn readings_say_what_the_figures_say() {
        let check = |variation, figures: BiasFigures, expect: &str| assert_eq!(reading(variation, &figures), expect);
        let twice = Variation::WarmUp { times: 2 };
        check(twice, figures(1, 1, (1_000, 0, 0)), "no signal with either, which says nothing of the warm-up");
        let enough = "the same decisions: the warm-up that the manifest asks for is enough";
        check(twice, figures(1, 1, (1_000, 9, 0)), enough);
        let short = "decisions differ on 3.1 % of rows, for the last time at 2026-01-05T00:00:00.000Z: the warm-up \
                     that the manifest asks for is too short";
        check(twice, figures(1, 1, (1_000, 90, 31)), short);
        let none = "decisions differ on less than 0.1 % of rows, for the last time at 2026-01-05T00:00:00.000Z: \
                    no warm-up, as the manifest has it, is too short";
        check(Variation::AnyHistory, figures(1, 1, (10_000, 90, 1)), none);
        let polls = "the same decisions on the rows that both have; 50 % of the profit is left";
        check(Variation::HalfThePolls, figures(4, 2, (5, 5, 0)), polls);
        let polls = "decisions differ on 40.0 % of the rows that both have; 50 % of the profit is left";
        check(Variation::HalfThePolls, figures(4, 2, (5, 5, 2)), polls);
        let apart = "no poll is a poll of both, so decisions cannot be compared; net P&L stays the same";
        check(Variation::HalfThePolls, figures(4, 4, (0, 0, 0)), apart);
        let same = (5, 5, 0);
        let tick = Variation::OneTickWorse;
        check(tick, figures(4, 0, same), "nothing of the profit is left");
        check(tick, figures(4, 5, same), "the profit is 1.2 times as large");
        check(tick, figures(100, 101, same), "all of the profit is left");
        check(tick, figures(-4, 1, same), "it makes a profit only with this change");
        check(tick, figures(0, -1, same), "it makes no profit, and loses more with this change");
        check(tick, figures(-4, -1, same), "it makes no profit, and loses less with this change");
        let stopped = BiasFigures { varied_restricted: true, ..figures(4, 2, same) };
        let expect = "50 % of the profit is left; with it, the risk manager allows no entries at the end";
        check(tick, stopped, expect);
        let fills = "50 % of the profit is left; decisions, which depend on fills, differ on 20.0 % of rows";
        check(tick, figures(4, 2, (5, 5, 1)), fills);
        let none = BiasFigures { fills: 0, varied_fills: 0, ..figures(0, 0, same) };
        check(tick, none, "no fill in either, which says nothing of the profit");
    }
}
