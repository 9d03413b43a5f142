//! Common mistakes, and what the host says about each: nothing is passed over in silence.

use crate::support::environment::{Environment, assert_refused};
use crate::support::strategies::RANGE_BUYER;
use crate::support::tapes::{import, quotes_csv};

#[test]
fn a_variable_that_is_almost_a_setting_is_warned_of_and_refused_live() {
    let environment = Environment::new().with("HOST_RISK_MAX_DAILY_LOSS", "5").with("HOST_NAME", "box");
    let outcome = environment.run("config show");
    let said = "the environment variable HOST_RISK_MAX_DAILY_LOSS is not read: did you mean HOST_RISK__MAX_DAILY_LOSS?";
    assert!(outcome.stderr.contains(&format!("warning: {said}\n")), "{outcome}");
    assert!(!outcome.stderr.contains("HOST_NAME"), "{outcome}");
    let refused = environment.run("-q run --strategy x.wasm --live --venue kalshi").failure(1);
    assert!(refused.contains("real money is not traded") && refused.contains(said), "{refused}");
    // A kill needs none of that section.
    let _ = Environment::new().with("HOST_RISK_MAX_DAILY_LOSS", "5").run("kill --account alex").failure(3);
}

#[test]
fn numbers_out_of_range_are_refused_with_what_is_allowed() {
    let check = |set: &str, expect: &str| {
        let said = Environment::new().run(&format!("config show --set {set}")).failure(1);
        assert!(said.contains(expect), "{set}: {said}");
    };
    check("risk.max_price_deviation=10", "between 0 and 1, as prices do: did you mean 0.10?");
    check("risk.max_spread=4", "did you mean 0.04?");
    check("risk.min_spread=-0.01", "between 0 and 1");
    check("risk.max_price_jump=5", "did you mean 0.05?");
    check("risk.max_volume_fraction=3", "between 0 and 1: did you mean 0.03?");
    check("risk.max_daily_loss=1,000", "expected a number (dollars)");
    check("execution.order_expiry=1ms", "must lie between 1s and 366d");
    check("execution.order_expiry=-5m", "no span of time");
    check("feed.poll=1ms", "must lie between 1s and 7d");
    check("journal.keep=1s", "must lie between 1h and 36500d");
}

#[test]
fn negative_and_malformed_arguments_are_told_what_is_allowed() {
    let check = |args: &str, expect: &str| {
        let said = Environment::new().run(args).failure(2);
        assert!(said.contains(expect), "{args}: {said}");
    };
    check("data generate --out t --markets -5", "write a whole number from 1 to 100,000");
    check("data generate --out t --markets 1e3", "write a whole number from 1 to 100,000");
    check("data generate --out t --for -1d", "write a number and a unit");
    check("data generate --out t --seed -1", "write a whole number, 0 or more");
    for overreaction in ["2.1", "-0.1", "nan", "some"] {
        let write = "write a number from 0 to 2, such as 0.55";
        check(&format!("data generate --out t --overreaction={overreaction}"), write);
        check(&format!("run --strategy x.wasm --overreaction={overreaction}"), write);
        check(&format!("exchange --overreaction={overreaction}"), write);
    }
    check("run --strategy x.wasm --markets 0", "write a whole number from 1 to 100,000");
    check("run --strategy x.wasm --speed -3", "such as 1 or 3600");
    check("exchange --speed fast", "between 0.001 and 1,000,000");
    check("check x.wasm --days 500", "write a whole number from 1 to 400");
}

#[test]
fn a_typo_gets_the_name_that_was_meant() {
    let prepare = |environment: &Environment| {
        import(environment, &quotes_csv([(0, "FED", 40, 44), (60, "FED", 41, 43)]));
        environment.write("run.journal", "");
        environment.write("paper.toml", "");
    };
    let check = |args: &str, code: i32, expect: &str| assert_refused(prepare, args, code, &[expect]);
    check(&format!("backtest --strategy {RANGE_BUYER} --tape tpae"), 1, "did you mean `tape`?");
    check("data info taep", 1, "did you mean `tape`?");
    check("exchange --tape tap", 1, "did you mean `tape`?");
    check("data import quotse.csv --out t", 1, "did you mean `quotes.csv`?");
    check("replay run.jurnal", 1, "did you mean `run.journal`?");
    check("config show --config papre.toml", 1, "did you mean `paper.toml`?");
    check("backtest tape", 2, "did you mean `--tape tape`?");
    check(&format!("run {RANGE_BUYER}"), 2, &format!("did you mean `--strategy {RANGE_BUYER}`?"));
    check("exchange keygne", 2, "'keygen'");
    check("config shwo", 2, "'show'");
    check("sttaus", 2, "'status'");
}

#[test]
fn a_window_that_ends_before_it_begins_is_a_usage_error() {
    let said = Environment::new()
        .run("backtest --strategy x.wasm --tape tape --from 2026-02-01 --until 2026-01-01")
        .failure(2);
    let expect = "`--from 2026-02-01T00:00:00.000Z` is after `--until 2026-01-01T00:00:00.000Z`";
    assert!(said.contains(expect), "{said}");
}

#[test]
fn the_configuration_is_found_from_a_subfolder_and_its_absence_is_said() {
    let environment = Environment::new();
    assert!(environment.run("config show").stderr.contains("no host.toml here or in a folder above"));
    environment.write("host.toml", "[risk]\nmax_daily_loss = 7\n[live]\naccount = \"alex\"\n");
    environment.write("a/b/file", "");
    let mut command = environment.command("config show");
    let output = command.current_dir(environment.path("a/b")).output().expect("the binary runs");
    let (shown, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(said, "configuration: ../../host.toml\n");
    let line = shown.lines().find(|line| line.starts_with("risk.max_daily_loss ")).unwrap_or_default();
    assert!(line.ends_with("../../host.toml:2"), "{line}");
    // Its paths are relative to its own folder.
    let mut command = environment.command("status");
    let output = command.current_dir(environment.path("a/b")).output().expect("the binary runs");
    let said = String::from_utf8_lossy(&output.stderr);
    let folder = environment.path("live/kalshi-alex").display().to_string();
    assert!(said.contains(&format!("there is no live account in {folder}\n")), "{said}");
}
