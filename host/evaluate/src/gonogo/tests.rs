//! Each criterion: what passes, what fails, and what is not known.

use host_core::{Span, Timestamp, Usd};
use host_session::stage::{Condition, StageEvidence};
use host_store::decisions::Decision;
use host_store::drills::{DrillRecord, DrillStep};

use super::*;

const NOW: Timestamp = Timestamp(Span::days(20_600).0);
const CENT: Usd = Usd::CENT;

fn ago(days: i64) -> Timestamp {
    NOW - Span::days(days)
}

fn drill(word: &str, time: Timestamp) -> DrillRecord {
    let step = DrillStep {
        step: "no order is left".to_owned(),
        passed: true,
        took_ms: Some(812),
        goal_ms: Some(5_000),
        found: "verified".to_owned(),
    };
    DrillRecord {
        drill: word.to_owned(),
        time,
        who: "alex".to_owned(),
        engine_version: "0.2.0".to_owned(),
        passed: true,
        limits: "12".to_owned(),
        steps: vec![step],
    }
}

fn paper() -> Papered {
    Papered {
        name: "paper-kalshi-alex".to_owned(),
        data: "kalshi".to_owned(),
        made_up: false,
        other: Vec::new(),
        days: 21,
        crashes: [].into(),
        gaps: 0.01,
        ended: Some(ago(1)),
        profit: Usd::dollars(98),
        max_drawdown: Usd::dollars(80),
        drawdown_limit: Some(Usd::dollars(500)),
        trades: 54,
        markets: 30,
        profit_factor: Some(1.4),
        profit_factor_interval: Some(Interval { lower: 1.1, upper: 1.8 }),
        advantage: Some((0.01, Interval { lower: 0.002, upper: 0.018 })),
        fill_rate: Some(0.78),
        compared: Some((6_000, 0)),
        off_by: Some(Usd::ZERO),
    }
}

/// Findings for which every criterion passes.
fn findings() -> Findings {
    let words = [KILL, OUTAGE, CRASH, RESTORE, RISK_DRILL, ALERTS_DRILL, SENT];
    Findings {
        now: NOW,
        paper: PaperFound::Run(Box::new(paper())),
        paper_place: "live/paper-kalshi-alex".to_owned(),
        explained: Some(Ok(ExplainedShare { difference: Usd::dollars(-40), not_explained: Usd::dollars(2) })),
        replayed: Some(Ok(Replayed { events: 9, difference: None })),
        drills: words.map(|word| drill(word, ago(2))).to_vec(),
        limits: "12".to_owned(),
        unset_limits: Vec::new(),
        runbook: Ok("RUNBOOK.md".to_owned()),
        phone: Ok("its page is at https://host.example".to_owned()),
        channels: 1,
        stage: None,
        decisions: Vec::new(),
    }
}

fn signed(key: &str, time: Timestamp) -> Decision {
    let text = "I looked".to_owned();
    Decision { time, who: "alex".to_owned(), what: SIGNED.to_owned(), text, about: Some(key.to_owned()) }
}

/// Returns the criterion `key` of findings as `change` makes them.
fn criterion(key: &str, change: impl FnOnce(&mut Findings)) -> Criterion {
    let mut found = findings();
    change(&mut found);
    let verdict = judge(&found, &GoNoGoSettings::default());
    let mut all = verdict.criteria.into_iter();
    all.find(|criterion| criterion.key == key).unwrap_or_else(|| panic!("no {key}"))
}

/// Asserts the verdict on `key`, words of its evidence, and that there is a cure unless it passes.
#[track_caller]
fn check(key: &str, change: impl FnOnce(&mut Findings), verdict: Verdict, words: &str) {
    let found = criterion(key, change);
    assert_eq!(found.verdict, verdict, "{found:?}");
    assert!(found.evidence.contains(words), "{found:?}");
    assert!(found.shown_by.starts_with("host "), "{found:?}");
    assert_eq!(found.cure.is_some(), verdict != Verdict::Pass, "{found:?}");
}

fn papered(found: &mut Findings, change: impl FnOnce(&mut Papered)) {
    let PaperFound::Run(paper) = &mut found.paper else { panic!("a run") };
    change(paper);
}

#[test]
fn all_that_is_asked_is_a_go() {
    let verdict = judge(&findings(), &GoNoGoSettings::default());
    assert!(verdict.go, "{:#?}", verdict.open().collect::<Vec<_>>());
    let keys: Vec<_> = verdict.criteria.iter().map(|criterion| criterion.key).collect();
    let expect: Vec<_> = CRITERIA.iter().map(|subject| subject.key).filter(|key| *key != "stage").collect();
    assert_eq!(keys, expect, "each once, in order");
    assert!(findings().is_worth_a_look(&GoNoGoSettings::default()));
}

#[test]
fn paper_must_have_run_its_days_whole() {
    use Verdict::{Fail, NotKnown, Pass};
    check("paper", |_| (), Pass, "21 days, none broken off");
    check("paper", |all| papered(all, |one| one.days = 20), Fail, "20 days of 21");
    let broken = |one: &mut Papered| one.crashes.extend([("sessions broken off".to_owned(), 2)]);
    check("paper", |all| papered(all, broken), Fail, "2 sessions broken off");
    check("paper", |all| papered(all, |one| one.gaps = 0.06), Fail, "no polls in 6.0 % of its time, more than 5.0 %");
    check("paper", |all| papered(all, |one| one.ended = Some(ago(31))), Fail, "it ended 31 days ago");
    check("paper", |all| papered(all, |one| one.ended = None), Pass, "21 days");
    check("paper", |all| papered(all, |one| one.made_up = true), NotKnown, "markets and time were made up");
    let other = |one: &mut Papered| one.other.push("m.threshold was 1.3 in it, not 1.5".to_owned());
    check("paper", |all| papered(all, other), Fail, "m.threshold was 1.3 in it, not 1.5");
    let none = || PaperFound::None { why: "there is no paper run".to_owned(), cure: "trade on paper".to_owned() };
    for key in ["paper", "profit", "fills", "drawdown", "markets", "profit-factor", "forecasts", "replay"] {
        check(key, |all| all.paper = none(), NotKnown, "there is no paper run");
    }
    // Once the account trades, its own days speak.
    let old = |all: &mut Findings| {
        papered(all, |one| one.ended = Some(ago(300)));
        all.stage = Some(StageEvidence { percent: 25, since: "2026-06-01".to_owned(), conditions: Vec::new() });
    };
    check("paper", old, Pass, "21 days");
}

#[test]
fn the_figures_of_paper_pass_fail_or_do_not_tell() {
    use Verdict::{Fail, NotKnown, Pass};
    check("profit", |_| (), Pass, "+$98.00 in 54 trades");
    check("profit", |all| papered(all, |one| one.profit = Usd::ZERO), Fail, "not above $0.00");
    check("drawdown", |_| (), Pass, "$80.00 of $500.00");
    check("drawdown", |all| papered(all, |one| one.max_drawdown = Usd::dollars(500)), Fail, "$500.00 of $500.00");
    check("drawdown", |all| papered(all, |one| one.drawdown_limit = None), NotKnown, "cannot be read");
    check("markets", |_| (), Pass, "30 markets of 10");
    check("markets", |all| papered(all, |one| one.markets = 9), Fail, "9 markets of 10");
    let factor = |lower, upper| {
        move |all: &mut Findings| papered(all, |one| one.profit_factor_interval = Some(Interval { lower, upper }))
    };
    check("profit-factor", |_| (), Pass, "1.40, with 90 % between 1.10 and 1.80");
    check("profit-factor", factor(0.9, 1.8), NotKnown, "it may be luck");
    check("profit-factor", factor(0.5, 1.0), Fail, "not above 1.00");
    check("profit-factor", |all| papered(all, |one| one.profit_factor_interval = None), NotKnown, "too few");
    let advantage = |lower, upper| {
        move |all: &mut Findings| papered(all, |one| one.advantage = Some((0.0, Interval { lower, upper })))
    };
    check("forecasts", |_| (), Pass, "Brier advantage +0.0100");
    check("forecasts", advantage(-0.01, 0.01), NotKnown, "between -0.0100 and +0.0100");
    check("forecasts", advantage(-0.02, -0.01), Fail, "-0.0100");
    check("forecasts", |all| papered(all, |one| one.advantage = None), NotKnown, "no probabilities");
}

#[test]
fn fills_are_explained_but_for_a_twentieth() {
    use Verdict::{Fail, NotKnown, Pass};
    let explained = |difference: Usd, not_explained: Usd| {
        move |all: &mut Findings| all.explained = Some(Ok(ExplainedShare { difference, not_explained }))
    };
    check("fills", |_| (), Pass, "fill rate 78.0 %; -$40.00 against the back test, of which +$2.00");
    check("fills", explained(Usd::dollars(-40), Usd::dollars(2) + CENT), Fail, "more than 5.0 %");
    check("fills", explained(Usd::dollars(-40), Usd::dollars(-2) - CENT), Fail, "more than 5.0 %");
    check("fills", explained(Usd::ZERO, CENT), Pass, "$0.00");
    check("fills", explained(Usd::ZERO, CENT + CENT), Fail, "$0.02");
    check("fills", |all| all.explained = Some(Err("other data".to_owned())), NotKnown, "other data");
    check("fills", |all| all.explained = None, NotKnown, "not looked at");
    check("replay", |_| (), Pass, "9 events of paper-kalshi-alex: identical");
    let differs = Replayed { events: 3, difference: Some("event 3 differs".to_owned()) };
    check("replay", |all| all.replayed = Some(Ok(differs)), Fail, "event 3 differs");
    check("replay", |all| all.replayed = Some(Err("no journal".to_owned())), NotKnown, "no journal");
    check("replay", |all| all.replayed = None, NotKnown, "not looked at");
}

#[test]
fn drills_must_be_held_passed_and_young() {
    use Verdict::{Fail, NotKnown, Pass};
    let of = [
        ("risk", RISK_DRILL, 30),
        ("alerts", ALERTS_DRILL, 30),
        ("delivery", SENT, 30),
        ("kill-switch", KILL, 7),
        ("runbook", OUTAGE, 30),
        ("runbook", RESTORE, 30),
        ("reconciliation", CRASH, 30),
    ];
    for (key, word, days) in of {
        let last = |all: &mut Findings, change: &dyn Fn(&mut DrillRecord)| {
            all.drills.iter_mut().filter(|drill| drill.drill == word).for_each(change);
        };
        check(key, |all| last(all, &|one| one.time = ago(days)), Pass, "");
        check(key, |all| last(all, &|one| one.time = ago(days + 1)), Fail, "ago");
        let failed = |one: &mut DrillRecord| (one.passed, one.steps[0].passed) = (false, false);
        check(key, |all| last(all, &failed), Fail, "failed on 2026-05-25: no order is left: verified");
        check(key, |all| all.drills.retain(|drill| drill.drill != word), Fail, "was never held");
        // A drill that passed does not outweigh a later one that failed.
        let later = DrillRecord { passed: false, steps: Vec::new(), ..drill(word, ago(1)) };
        check(key, |all| all.drills.push(later), Fail, "failed on 2026-05-26");
    }
    check("kill-switch", |_| (), Pass, "no order is left in 0.8 s of 5 s; its page is at https://host.example");
    check("kill-switch", |all| all.phone = Err("this machine alone".to_owned()), NotKnown, "this machine alone");
    check("risk", |all| all.limits = "13".to_owned(), Fail, "of other limits than those configured");
    check("runbook", |all| all.runbook = Err("the runbook x is empty".to_owned()), Fail, "is empty");
    check("delivery", |all| all.channels = 0, Fail, "no channel");
    check("limits", |_| (), Pass, "");
    check("limits", |all| all.unset_limits.push("risk.max_daily_loss".to_owned()), Fail, "risk.max_daily_loss");
}

#[test]
fn books_agree_on_paper_and_in_the_drill() {
    use Verdict::{Fail, NotKnown, Pass};
    let compared = |compared, off_by| {
        move |all: &mut Findings| papered(all, |one| (one.compared, one.off_by) = (compared, off_by))
    };
    check("reconciliation", |_| (), Pass, "6000 comparisons on paper without a difference; the drill of 2026-05-25");
    check("reconciliation", compared(Some((6_000, 1)), None), Fail, "1 of 6000 comparisons");
    check("reconciliation", compared(Some((0, 0)), None), Fail, "were never compared");
    check("reconciliation", compared(None, Some(Usd::ZERO)), Pass, "add up to its profit");
    check("reconciliation", compared(None, Some(Usd(1))), Fail, "differ from its profit");
    check("reconciliation", compared(None, None), NotKnown, "not known");
}

#[test]
fn a_stage_is_raised_on_its_conditions() {
    let stage = |met| {
        let (found, needed) = ("3".to_owned(), "14".to_owned());
        let conditions = vec![Condition { condition: "days traded at the stage", found, needed, met }];
        move |all: &mut Findings| {
            all.stage = Some(StageEvidence { percent: 25, since: "2026-06-01".to_owned(), conditions });
        }
    };
    check("stage", stage(true), Verdict::Pass, "at 25 % since 2026-06-01");
    check("stage", stage(false), Verdict::Fail, "days traded at the stage: 3, needed: 14");
}

#[test]
fn a_person_signs_what_is_not_known_and_nothing_else() {
    let unknown = |all: &mut Findings| papered(all, |one| one.advantage = None);
    let signed_at = |key: &'static str, time| {
        move |all: &mut Findings| {
            unknown(all);
            all.decisions.push(signed(key, time));
        }
    };
    assert!(!criterion("forecasts", unknown).is_met());
    let found = criterion("forecasts", signed_at("forecasts", ago(30)));
    assert!(found.is_met() && found.verdict == Verdict::NotKnown, "{found:?}");
    assert_eq!(found.signature.map(|signature| signature.reason), Some("I looked".to_owned()));
    let old = criterion("forecasts", signed_at("forecasts", ago(31)));
    assert!(!old.is_met() && old.cure.as_ref().is_some_and(|cure| cure.contains("too old: sign it again")), "{old:?}");
    assert!(!criterion("forecasts", signed_at("markets", ago(1))).is_met(), "another's signature");
    let note = |all: &mut Findings| {
        unknown(all);
        all.decisions.push(Decision { what: "note".to_owned(), ..signed("forecasts", ago(1)) });
    };
    assert!(!criterion("forecasts", note).is_met(), "a note is no signature");
    let failed = |all: &mut Findings| {
        papered(all, |one| one.profit = Usd::dollars(-1));
        all.decisions.push(signed("profit", ago(1)));
    };
    let failed = criterion("profit", failed);
    assert!(!failed.is_met(), "{failed:?}");
    assert!(failed.cure.is_some_and(|cure| cure.contains("a failure cannot be signed away")));
}

#[test]
fn what_takes_long_is_looked_at_only_where_it_may_decide() {
    let settings = GoNoGoSettings::default();
    let mut found = findings();
    (found.explained, found.replayed) = (None, None);
    assert!(found.is_worth_a_look(&settings) && !judge(&found, &settings).go);
    found.drills.clear();
    assert!(!found.is_worth_a_look(&settings));
}
