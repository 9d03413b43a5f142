//! Tests of what a passive strategy meets: whether prices drift or come back, what a fill is worth, and what the
//! default strategy makes of it.
//!
//! The ranges were taken from recordings (market-realism, in the reference folder): K = Kalshi KXHIGHNY, H = a second
//! sample of it, F = Polymarket Fed. They are wide, because the recordings are short and the annual Sharpe ratio of 240
//! days has a standard error of 1.2. A fill because a taker came for it is no present: in recordings, it is worth 0.7
//! to 1.5 c less than was paid, minutes later.

use std::collections::BTreeMap;

use host_core::{Outcome, Quotes, Span};
use host_sim::generator::{Generator, GeneratorSettings};

use crate::figures::{DAY, FIVE_MINUTES, mean};
use crate::world::World;
use crate::{START, settings};

/// A figure of one world, with the range for the mean of five seeds of 240 days, and the one for a single seed.
struct Line {
    figure: &'static str,
    measured: f64,
    five: (f64, f64),
    one: (f64, f64),
    recorded: &'static str,
}

const fn line(figure: &'static str, measured: f64, five: (f64, f64), one: (f64, f64), recorded: &'static str) -> Line {
    Line { figure, measured, five, one, recorded }
}

fn lines(world: &World) -> Vec<Line> {
    [prices(world), fills(world), results(world)].into_iter().flatten().collect()
}

fn prices(world: &World) -> Vec<Line> {
    let ratio = ((0.9, 1.8), (0.8, 2.2));
    vec![
        line("variance ratio, 1 h", world.figures.variance_ratio(120), ratio.0, ratio.1, "K 1.3, H 1.5, F 0.94"),
        line("variance ratio, 1 d", world.daily_variance_ratio(1), ratio.0, ratio.1, "F 1.1"),
        line("variance ratio, 3 d", world.daily_variance_ratio(3), ratio.0, ratio.1, "F 1.17"),
        line("reversal share, 12 h", world.reversal(12), (0.02, 0.15), (-0.02, 0.2), "K, H 0.10±.03"),
        line("reversal share, 24 h", world.reversal(24), (0.03, 0.22), (-0.05, 0.28), "K, H 0.19±.06"),
        line("reversal share, 48 h", world.reversal(48), (0.03, 0.35), (-0.1, 0.45), "K, H 0.38±.10"),
        line("deviation, 5 min, cents", world.deviation(FIVE_MINUTES), (0.3, 1.5), (0.3, 1.5), "F 0.26, K 2.75"),
        line("deviation, 1 d, cents", world.deviation(DAY), (4.0, 10.0), (4.0, 10.0), "F 4.6"),
    ]
}

fn fills(world: &World) -> Vec<Line> {
    let [minute, ten, hour] = [1, 10, 60].map(|minutes| world.markout(Span::minutes(minutes)));
    let (five, one) = ((-1.7, -0.6), (-1.9, -0.5));
    let signal = |after| world.markout_with_signal(after);
    vec![
        line("touch markout, 1 min, cents", minute, five, one, "K -1.5, H -1.5"),
        line("touch markout, 10 min", ten, five, one, "K -1.7, H -1.5, F -0.8"),
        line("touch markout, 60 min", hour, five, one, "K -1.5, H -1.4, F -0.7"),
        line("  60 min less 10 min", hour - ten, (-1.0, 0.2), (-1.0, 0.2), "K 0.2, H 0.1, F 0.1"),
        line("with the signal, 10 min", signal(Span::minutes(10)), (-1.9, -0.5), (-2.1, -0.4), "K -1.7, H -1.5"),
        line("with the signal, 12 h", signal(Span::hours(12)), (-3.0, 0.8), (-3.5, 1.2), ""),
        line("touched in 10 min", world.touched(), (0.05, 0.30), (0.04, 0.33), "K 0.32, H 0.26, F 0.02"),
    ]
}

fn results(world: &World) -> Vec<Line> {
    let (touch, queue) = (world.touch, world.queue);
    let ranged = |figure, measured, five| line(figure, measured, five, five, "");
    vec![
        ranged("touch: trades in 240 days", touch.trades, (500.0, 1_600.0)),
        ranged("touch: win rate", touch.win_rate, (0.42, 0.58)),
        line("touch: win / loss", touch.win_to_loss, (0.7, 1.3), (0.55, 1.5), ""),
        line("touch: profit factor", touch.profit_factor, (0.75, 1.25), (0.6, 1.5), ""),
        line("touch: Sharpe ratio", touch.sharpe, (-2.5, 2.0), (-4.0, 3.5), ""),
        ranged("touch: orders filled", touch.filled, (0.08, 0.30)),
        ranged("touch: hours held", touch.hours, (10.0, 30.0)),
        // Fitted to the host itself: the prototype behind the page had 1,100 trades, and a win / loss of 0.93.
        ranged("queue: trades in 240 days", queue.trades, (500.0, 1_800.0)),
        ranged("queue: win rate", queue.win_rate, (0.50, 0.63)),
        line("queue: win / loss", queue.win_to_loss, (0.65, 1.3), (0.55, 1.5), ""),
        line("queue: profit factor", queue.profit_factor, (1.0, 1.5), (0.8, 1.8), ""),
        line("queue: Sharpe ratio", queue.sharpe, (0.0, 4.5), (-2.0, 6.5), ""),
        ranged("queue: orders filled", queue.filled, (0.15, 0.45)),
        line("queue: wishes filled", queue.granted, (0.60, 0.85), (0.55, 0.85), ""),
        ranged("queue: hours held", queue.hours, (10.0, 30.0)),
        ranged("queue less touch: P&L, $", queue.net - touch.net, (0.0, 1_000.0)),
    ]
}

/// Prints the figures with their ranges, and returns those that are out of them.
fn out_of_range(title: &str, lines: &[(&Line, f64, (f64, f64))]) -> Vec<&'static str> {
    println!("{title:<28} {:>10} {:>16}  recorded", "measured", "range");
    let mut out = Vec::new();
    for (line, measured, (least, most)) in lines {
        let is_within = (*least..=*most).contains(measured);
        let range = format!("{least} to {most}");
        let mark = if is_within { "" } else { "  OUT" };
        println!("{:<28} {measured:>10.3} {range:>16}  {}{mark}", line.figure, line.recorded);
        out.extend((!is_within).then_some(line.figure));
    }
    out
}

#[test]
fn one_seed_offers_no_more_than_recordings() {
    let days = 90;
    let world = World::run(GeneratorSettings { span: Span::days(days), ..settings(START, 1) });
    let mut lines = lines(&world);
    for line in lines.iter_mut().filter(|line| line.figure.ends_with("trades in 240 days")) {
        line.measured *= 240.0 / days as f64;
    }
    let shown: Vec<_> = lines.iter().map(|line| (line, line.measured, line.one)).collect();
    let out = out_of_range("one seed, 90 days", &shown);
    assert!(out.is_empty(), "out of range: {out:?}");
}

/// The table of the figures that the generator is fitted to:
///
/// ```text
/// cargo test -p host-sim --release --test generator -- --ignored --nocapture five_seeds
/// ```
#[test]
#[ignore = "a minute of optimised work; run it after each change of the generator"]
fn five_seeds_offer_no_more_than_recordings() {
    let seeds: Vec<Vec<Line>> = (11..16).map(|seed| lines(&World::run(settings(START, seed)))).collect();
    for (seed, lines) in (11..).zip(&seeds) {
        let alone: Vec<_> = lines.iter().map(|line| (line, line.measured, line.one)).collect();
        out_of_range(&format!("seed {seed}"), &alone);
    }
    let average = |index: usize| mean(seeds.iter().map(|lines| lines[index].measured));
    let shown: Vec<_> = seeds[0].iter().enumerate().map(|(index, line)| (line, average(index), line.five)).collect();
    let out = out_of_range("mean of five seeds, 240 days", &shown);
    assert!(out.is_empty(), "out of range: {out:?}");
}

#[test]
fn without_overreaction_nothing_comes_back() {
    let reversal = |overreaction| {
        let world = World::run(GeneratorSettings { overreaction, span: Span::days(45), ..settings(START, 2) });
        (world.reversal(12), world.touch.profit_factor)
    };
    let (sober, excited) = (reversal(0.0), reversal(1.5));
    println!("reversal share after 12 h, profit factor of touch: {sober:?} without overreaction, {excited:?} at 1.5");
    assert!(sober.0.abs() < 0.1, "{sober:?}");
    assert!(excited.0 > sober.0 + 0.08 && excited.1 > sober.1, "{sober:?} {excited:?}");
}

/// Buying everything and waiting earns nothing: on average, a market pays what it cost.
#[test]
fn prices_are_fair_overall() {
    let mut generator = Generator::new(GeneratorSettings { poll: Span::minutes(5), ..settings(START, 1) });
    let markets = generator.markets().to_vec();
    let (mut before, mut quotes) = (BTreeMap::new(), Quotes::default());
    while generator.next_batch(&mut quotes) {
        for row in (0..quotes.len()).map(|row| quotes.all().row(row)) {
            let event = markets[row.market.index()].event_time.unwrap();
            if let Some(mid) = row.mid_dollars().filter(|_| row.time <= event - Span::days(5)) {
                before.insert(row.market, 100.0 * mid);
            }
        }
    }
    let paid = generator.settlements().iter().filter_map(|settlement| {
        Some(if settlement.outcome == Outcome::Yes { 100.0 } else { 0.0 } - before.get(&settlement.market)?)
    });
    let paid: Vec<f64> = paid.collect();
    let bias = mean(paid.iter().copied());
    println!("payout less price five days before: {bias:.1} c on {} markets", paid.len());
    assert!(bias.abs() < 7.0, "the standard error is 2.4 c");
}
