//! Capital stages of a live account: what speaks for the next one, what is refused, and what a start trades with.

use serde_json::Value;

use crate::support::rig::{Rig, live};
use crate::support::wait::eventually;

/// Trades for two minutes of stepped time.
fn trade(rig: &Rig) -> String {
    let outcome = rig.environment.run(&format!("{} --for 2m", live()));
    assert_eq!(outcome.code, Some(0), "{outcome}");
    outcome.stderr
}

fn shown(rig: &Rig) -> Value {
    serde_json::from_str(&rig.environment.run("stage show --format json").success()).expect("JSON")
}

/// The limits of the portfolio's exposure and of an order's size at the last start.
fn exposure_limit(rig: &Rig) -> String {
    let limits =
        "CAST(body ->> '$.limits.max_portfolio_exposure' AS TEXT) || ' ' || (body ->> '$.limits.max_order_size')";
    let sql = &format!("SELECT {limits} FROM events WHERE kind = 'start' ORDER BY seq DESC LIMIT 1");
    rig.journal(sql).remove(0)
}

#[test]
fn a_stage_goes_down_at_once_and_up_only_on_evidence() {
    let rig = Rig::stepped_with(3);
    let none = rig.environment.run("stage show").failure(1);
    assert!(none.contains("there is no live account in"), "{none}");
    let _ = trade(&rig);
    assert_eq!((shown(&rig)["stage"].as_u64(), exposure_limit(&rig).as_str()), (Some(100), "2000.0 50.0"));
    let highest = rig.environment.run("stage up --reason more").failure(1);
    assert!(highest.contains("at 100 % already, the highest stage"), "{highest}");

    let printed = rig.environment.run("stage down --reason careful").success();
    assert_eq!(printed, "100 % \u{2192} 50 % from the next start on\n");
    let early = rig.environment.run("stage up --reason sorry").failure(4);
    assert!(early.contains("still has to trade at 50 %: the last session was at 100 %"), "{early}");
    let said = trade(&rig);
    assert!(said.contains("the stage is 50 % by `host stage`; capital.stage would allow 100 %"), "{said}");
    // Exposures scale, order limits stay.
    assert_eq!(exposure_limit(&rig), "1000.0 50.0");

    let refused = rig.environment.run("stage up --reason hasty").failure(4);
    assert!(refused.contains("the account stays at 50 %") && refused.contains("needed: 14"), "{refused}");
    let found = shown(&rig);
    assert_eq!((found["stage"].as_u64(), found["may_go_up"].as_bool()), (Some(50), Some(false)));
    let met = |name: &str| {
        let all = found["conditions"].as_array().expect("conditions");
        let one = all.iter().find(|one| one["condition"] == name).unwrap_or_else(|| panic!("no {name} in {found}"));
        one["met"].as_bool()
    };
    assert_eq!((met("days traded at the stage"), met("system incidents")), (Some(false), Some(true)));

    let easy = "--set capital.stage_days=0 --set capital.stage_profit=-100";
    let capped = rig.environment.run(&format!("stage up --reason ready {easy} --set capital.stage=0.5")).failure(1);
    assert!(capped.contains("capital.stage allows 50 %") && capped.contains("set capital.stage to 1"), "{capped}");
    let asked = rig.environment.run(&format!("stage up --reason ready {easy}")).failure(10);
    assert!(asked.contains("the account stays at its stage") && asked.contains("there is no paper run"), "{asked}");
    assert_eq!(shown(&rig)["stage"].as_u64(), Some(50), "a no-go changes nothing");
    rig.environment.run(&format!("stage up --reason ready {easy} --no-go-anyway=test")).success();
    let _ = trade(&rig);
    assert_eq!(exposure_limit(&rig), "2000.0 50.0");
    let journal = rig.environment.run("journal list --format csv").success();
    for entry in [
        ",stage,,100 % \u{2192} 50 %: careful\n",
        ",stage,,50 % \u{2192} 100 %: ready\n",
        ",no-go-anyway,,test\n",
        "capital.stage: 1.0 \u{2192} 0.5",
    ] {
        assert!(journal.contains(entry), "no {entry} in {journal}");
    }
}

#[test]
fn a_stage_is_changed_with_a_reason_and_not_beyond_the_ends() {
    let rig = Rig::stepped_with(3);
    let _ = trade(&rig);
    let none = rig.environment.run("stage down").failure(2);
    assert!(none.contains("--reason"), "{none}");
    rig.environment.run("stage down --reason one").success();
    rig.environment.run("stage down --reason two").success();
    let lowest = rig.environment.run("stage down --reason three").failure(1);
    assert!(lowest.contains("at 25 % already, the lowest stage") && lowest.contains("host kill"), "{lowest}");
    // A file that nobody can read widens nothing.
    std::fs::write(rig.account("STAGE"), "{").expect("a file");
    assert_eq!(shown(&rig)["next_start"].as_u64(), Some(25));
}

#[test]
fn no_setting_raises_the_stage_by_itself() {
    let rig = Rig::stepped_with(3);
    for set in ["--set capital.stage=0.25", ""] {
        rig.environment.run(&format!("{} --for 2m {set}", live())).success();
        assert_eq!(exposure_limit(&rig), "500.0 50.0", "{set}");
    }
    assert_eq!(shown(&rig)["changed"]["reason"], "capital.stage at a start");
}

#[test]
fn a_running_host_takes_up_another_stage() {
    let rig = Rig::quiet();
    let mut host = rig.host();
    host.wait_for("trading: the venue agrees again");
    let equity = || rig.status()["host"]["status"]["equity"].as_f64().unwrap_or_default();
    assert!((equity() - 2_000.0).abs() < 10.0, "{}", equity());
    let printed = rig.environment.run("stage down --reason careful").success();
    assert_eq!(printed, "100 % \u{2192} 50 % from now on\n");
    eventually("half the capital", || ((equity() - 1_000.0).abs() < 10.0).then_some(()));
    let limits =
        "CAST(body ->> '$.limits.max_portfolio_exposure' AS TEXT) || ' ' || (body ->> '$.limits.max_order_size')";
    let sql = format!("SELECT {limits} FROM events WHERE kind = 'command' AND body ->> '$.command' = 'stage'");
    assert_eq!(rig.journal(&sql), ["1000.0 50.0"], "exposures scale, order limits stay");
    assert_eq!(shown(&rig)["stage"].as_u64(), Some(50));
    let easy = "--set capital.stage_days=0 --set capital.stage_profit=-100 --set capital.stage_fall=1";
    let up = rig.environment.run(&format!("stage up --reason ready {easy} --no-go-anyway=test")).success();
    assert_eq!(up, "50 % \u{2192} 100 % from now on\n");
    eventually("all of it", || ((equity() - 2_000.0).abs() < 10.0).then_some(()));
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
    let listed = rig.environment.run("journal list --format csv").success();
    assert_eq!(listed.matches("100 % \u{2192} 50 %: careful").count(), 1, "{listed}");
    let replayed = rig.environment.run("replay live/kalshi-alex/account.journal").success();
    assert!(replayed.ends_with(": identical\n"), "{replayed}");
}
