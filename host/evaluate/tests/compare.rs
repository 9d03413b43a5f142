//! Differences of made-up runs: each line by hand, and that lines add up whatever the runs did.

#![expect(clippy::expect_used, reason = "a test that cannot set itself up has failed")]

mod common;

use common::{Act, Prices, at, write};
use host_core::{Intent, Outcome, Side, SignalAction, Usd};
use host_evaluate::compare::{Comparison, Line, Part, Split, compare};
use host_evaluate::run::RunSource;
use proptest::prelude::*;

/// Prices that stand at 42 and 44 cents for as many minutes.
fn flat(minutes: usize) -> Prices {
    vec![[(4_200, 4_400); 3]; minutes]
}

fn order(market: u32, side: Side, contracts: i64, filled: i64, price: i32) -> Act {
    let intent = if side == Side::Buy { Intent::Entry } else { Intent::Exit };
    Act::Order { market, side, intent, contracts, filled, price, fee_cents: 0 }
}

fn buy(contracts: i64, price: i32) -> Act {
    order(0, Side::Buy, contracts, contracts, price)
}

fn sell(contracts: i64, price: i32) -> Act {
    order(0, Side::Sell, contracts, contracts, price)
}

fn signal(action: SignalAction) -> Act {
    Act::Signal { market: 0, action }
}

/// Compares two runs over the same prices.
fn compared(prices: [&Prices; 2], acts: [&[(usize, Act)]; 2]) -> Comparison {
    let folder = tempfile::tempdir().expect("a folder");
    let sources = ["a", "b"].iter().zip(prices).zip(acts).map(|((name, prices), acts)| {
        let path = folder.path().join(format!("{name}.journal"));
        write(&path, prices, acts);
        RunSource::open(&path, name).expect("a run")
    });
    compare(&sources.collect::<Vec<_>>())
}

fn split(first: &[(usize, Act)], second: &[(usize, Act)]) -> Split {
    let prices = flat(60);
    let mut comparison = compared([&prices, &prices], [first, second]);
    comparison.differences.remove(0).split.expect("the same data")
}

/// The lines and parts that are not zero, each with its dollars.
fn lines(split: &Split) -> Vec<(Line, String)> {
    let lines = split.lines.iter().filter(|line| line.sum.trades > 0 || line.sum.amount.0 != Usd::ZERO);
    lines.map(|line| (line.line, line.sum.amount.to_string())).collect()
}

fn parts(split: &Split) -> Vec<(Part, Option<String>, String)> {
    let parts = split.lines.iter().flat_map(|line| &line.parts);
    let parts = parts.filter(|part| part.sum.trades > 0);
    parts.map(|part| (part.part, part.code.clone(), part.sum.amount.to_string())).collect()
}

#[test]
fn each_cause_has_its_line() {
    // Ten contracts from 43 to 45 cents: 20 cents.
    let whole: &[(usize, Act)] = &[(10, signal(SignalAction::Buy)), (10, buy(10, 4_300)), (20, sell(10, 4_500))];
    let check = |second: &[(usize, Act)], line: Line, amount: &str, part: Option<(Part, Option<&str>)>| {
        let split = split(whole, second);
        assert_eq!(lines(&split), [(line, amount.to_owned())], "{second:?}");
        let part = part.map(|(part, code)| (part, code.map(str::to_owned), amount.to_owned()));
        assert_eq!(parts(&split), Vec::from_iter(part), "{second:?}");
        assert_eq!(split.difference.to_string(), amount, "{second:?}");
    };
    check(&[], Line::TradesMissed, "-0.20", Some((Part::Signals, None)));
    let refused = Act::Refused { market: 0, side: Side::Buy, code: "max_spread" };
    let wanted = (10, signal(SignalAction::Buy));
    check(&[wanted, (10, refused)], Line::TradesMissed, "-0.20", Some((Part::Refused, Some("max_spread"))));
    let expired = order(0, Side::Buy, 10, 0, 4_300);
    check(&[wanted, (10, expired)], Line::TradesMissed, "-0.20", Some((Part::MissedFills, None)));
    check(&[wanted], Line::TradesMissed, "-0.20", Some((Part::NoOrder, None)));
    let partly = order(0, Side::Buy, 10, 4, 4_300);
    let some = [(10, partly), (20, sell(4, 4_500))];
    check(&some, Line::Contracts, "-0.12", Some((Part::PartialFills, None)));
    let fewer = [(10, buy(4, 4_300)), (20, sell(4, 4_500))];
    check(&fewer, Line::Contracts, "-0.12", Some((Part::Size, None)));
    let dearer = [(10, buy(10, 4_350)), (20, sell(10, 4_500))];
    check(&dearer, Line::EntryPrices, "-0.05", Some((Part::Slippage, None)));
    let cheaper = [(10, buy(10, 4_300)), (20, sell(10, 4_450))];
    check(&cheaper, Line::ExitPrices, "-0.05", Some((Part::Slippage, None)));
    let settled = [(10, buy(10, 4_300)), (20, Act::Settle { market: 0, outcome: Outcome::No })];
    check(&settled, Line::Settlement, "-4.50", None);
    // Marked at the mid of 43 cents.
    check(&[(10, buy(10, 4_300))], Line::OpenPositions, "-0.20", None);
    let mut taker = whole.to_vec();
    let Act::Order { fee_cents, .. } = &mut taker[1].1 else { panic!("an order") };
    *fee_cents = 7;
    check(&taker, Line::Fees, "-0.07", None);
}

#[test]
fn what_only_the_second_run_did_is_added() {
    let second = [(10, buy(10, 4_300)), (20, sell(10, 4_500))];
    let split = split(&[], &second);
    assert_eq!(lines(&split), [(Line::TradesAdded, "0.20".to_owned())]);
    assert_eq!(parts(&split), [(Part::Signals, None, "0.20".to_owned())]);
}

#[test]
fn a_decision_at_another_time_is_timing_and_not_slippage() {
    let mut prices = flat(60);
    prices[12..].iter_mut().for_each(|row| row[0] = (4_400, 4_600));
    // Both buy at the mid of their decision; the second two minutes and two cents later.
    let (first, second) =
        ([(10, buy(10, 4_300)), (40, sell(10, 4_500))], [(12, buy(10, 4_500)), (40, sell(10, 4_500))]);
    let comparison = compared([&prices, &prices], [&first, &second]);
    let split = comparison.differences[0].split.as_ref().expect("the same data");
    assert_eq!(lines(split), [(Line::EntryPrices, "-0.20".to_owned())]);
    let parts = parts(split);
    assert_eq!(parts, [(Part::Timing, None, "-0.20".to_owned())]);
}

#[test]
fn other_prices_are_not_split_and_the_way_out_is_named() {
    let (one, mut other) = (flat(60), flat(60));
    other.iter_mut().for_each(|row| row[1] = (5_000, 5_200));
    let comparison = compared([&one, &other], [&[(10, buy(10, 4_300))], &[]]);
    let difference = &comparison.differences[0];
    assert!(difference.split.is_none());
    let why = difference.not_split.as_deref().expect("a reason");
    assert!(why.contains("KX-1 at") && why.contains("0.42 / 0.44 and 0.50 / 0.52"), "{why}");
    assert!(why.contains("host compare b --with backtest"), "{why}");
}

#[test]
fn runs_without_trades_or_with_one_have_no_undefined_figures_and_differ_by_nothing() {
    let split = split(&[], &[]);
    assert_eq!((lines(&split), split.difference.0), (Vec::new(), Usd::ZERO));
    let comparison = compared([&flat(60), &flat(60)], [&[], &[(10, buy(10, 4_300)), (20, sell(10, 4_500))]]);
    let [none, one] = [0, 1].map(|place| &comparison.columns[place].report);
    assert_eq!((none.trades, none.win_rate, none.fill_rate), (0, None, None));
    assert_eq!((one.trades, one.win_rate, one.fill_rate), (1, Some(1.0), Some(1.0)));
}

#[test]
fn runs_of_different_periods_are_cut_to_what_both_share() {
    // The second run ends while both hold, after a mark of 45 cents; the first goes on and loses all of it.
    let mut prices = flat(300);
    prices[100..].iter_mut().for_each(|row| row[0] = (4_400, 4_600));
    let shorter = prices[..150].to_vec();
    let first = [(10, buy(10, 4_300)), (200, Act::Settle { market: 0, outcome: Outcome::No })];
    let second = [(10, buy(10, 4_400))];
    let comparison = compared([&prices, &shorter], [&first, &second]);
    let period = comparison.period.as_ref().expect("a period");
    assert_eq!((period.from.as_str(), &period.until), ("2026-01-05T00:00:00.000Z", &at(150).to_string()));
    let split = comparison.differences[0].split.as_ref().expect("the same data");
    assert_eq!((split.first_pnl.to_string(), split.second_pnl.to_string()), ("0.20".to_owned(), "0.10".to_owned()));
    assert_eq!(lines(split), [(Line::EntryPrices, "-0.10".to_owned())]);
    assert!(comparison.notes.iter().any(|note| note.contains("all runs share")), "{:?}", comparison.notes);
}

fn any_act() -> impl Strategy<Value = Act> {
    let side = prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    let order = (0..3_u32, side.clone(), 1..20_i64, 0..=100_i64, -300..300_i32, 0..9_i64, any::<bool>()).prop_map(
        |(market, side, contracts, percent, offset, fee_cents, entry)| Act::Order {
            market,
            side,
            intent: if entry { Intent::Entry } else { Intent::Exit },
            contracts,
            filled: contracts * percent / 100,
            price: 5_000 + offset,
            fee_cents,
        },
    );
    let outcome = prop_oneof![Just(Outcome::Yes), Just(Outcome::No)];
    let action = prop_oneof![Just(SignalAction::Buy), Just(SignalAction::Sell), Just(SignalAction::Exit)];
    let code = prop_oneof![Just("max_spread"), Just("max_open_positions")];
    prop_oneof![
        6 => order,
        1 => (0..3_u32, outcome).prop_map(|(market, outcome)| Act::Settle { market, outcome }),
        2 => (0..3_u32, action).prop_map(|(market, action)| Act::Signal { market, action }),
        2 => (0..3_u32, side, code).prop_map(|(market, side, code)| Act::Refused { market, side, code }),
    ]
}

fn any_prices() -> impl Strategy<Value = Prices> {
    proptest::collection::vec([2_000..8_000_i32, 2_000..8_000, 2_000..8_000], 60..120).prop_map(|mids| {
        mids.into_iter().map(|mids| mids.map(|mid| (mid / 100 * 100, mid / 100 * 100 + 300))).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn lines_add_up_to_the_difference_whatever_the_runs_did(
        prices in any_prices(),
        cut in 0..40_usize,
        first in proptest::collection::vec((1..100_usize, any_act()), 0..30),
        second in proptest::collection::vec((1..100_usize, any_act()), 0..30),
    ) {
        let shorter = prices[..prices.len() - cut].to_vec();
        let comparison = compared([&prices, &shorter], [&first, &second]);
        let split = comparison.differences[0].split.as_ref().expect("the same data");
        let sum: Usd = split.lines.iter().map(|line| line.sum.amount.0).sum();
        prop_assert_eq!(sum, split.difference.0);
        let rest = split.lines.last().expect("the remainder");
        prop_assert_eq!((rest.line, rest.sum.amount.0), (Line::NotExplained, Usd::ZERO));
        for line in &split.lines {
            let items: Usd = split.items.iter().filter(|item| item.line == line.line).map(|item| item.amount.0).sum();
            prop_assert!(line.line == Line::NotExplained || items == line.sum.amount.0);
            let parts: Usd = line.parts.iter().map(|part| part.sum.amount.0).sum();
            prop_assert!(line.parts.is_empty() || line.line == Line::OpenPositions || parts == line.sum.amount.0);
        }
    }
}
