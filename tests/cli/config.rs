//! `host config init|show`: the file that it writes, the origin of each value, and settings that are refused.

use crate::support::environment::Environment;

#[test]
fn init_writes_a_file_that_changes_nothing_and_is_not_overwritten() {
    let environment = Environment::new();
    let before = environment.run("config show").success();
    insta::assert_snapshot!(environment.run("config init"), @"
    exit Some(0)
    --- stdout
    --- stderr
    wrote host.toml: every key is in it, commented out
    ");
    assert_eq!(environment.run("config show").success(), before);

    environment.write("host.toml", "[capital]\ntarget = 500.0\n");
    insta::assert_snapshot!(environment.run("config init").failure(1), @"
    error: host.toml already exists

    hint: `--force` replaces it, `--out FILE` writes another
    ");
    assert_eq!(environment.read("host.toml"), "[capital]\ntarget = 500.0\n");
    assert_eq!(environment.run("-q config init --force").stderr, "");
    assert_eq!(environment.run("config show").success(), before);
}

#[test]
fn show_prints_every_key_with_its_origin() {
    let environment = Environment::new().with("HOST_CAPITAL__STAGE", "0.5");
    environment.write("host.toml", "[capital]\ntarget = 500.0\n\n[strategy.mean-reversion]\nthreshold = 1.3\n");
    let shown = environment.run("config show --set feed.poll=1m").success();
    let picked: Vec<&str> = shown.lines().filter(|line| !line.ends_with("default")).collect();
    insta::assert_snapshot!(picked.join("\n"), @"
    key                                value                                         origin
    capital.target                     500.0                                         host.toml:2
    capital.stage                      0.5                                           environment HOST_CAPITAL__STAGE
    feed.poll                          1m                                            command line
    strategy.mean-reversion.threshold  1.3                                           host.toml:5
    ");
}

#[test]
fn show_prints_json_and_csv() {
    let environment = Environment::new();
    let json = environment.run("config show --format json").success();
    let json: Vec<serde_json::Value> = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json[0]["key"], "capital.target");
    assert_eq!(json[0]["value"], 2000.0);
    assert_eq!(json[0]["origin"], "default");
    let csv = environment.run("config show --format csv").success();
    assert_eq!(csv.lines().count(), json.len() + 1);
    assert_eq!(csv.lines().nth(1), Some("capital.target,2000.0,default"));
}

#[test]
fn a_wrong_setting_is_refused_with_its_location() {
    let check = |file: &str, args: &str, expect: &[&str]| {
        let environment = Environment::new();
        environment.write("host.toml", file);
        let said = environment.run(&format!("config show {args}")).failure(1);
        for expect in expect {
            assert!(said.contains(expect), "{file} {args}: {said}");
        }
    };
    check("[risk]\nmax_daily_loss = -5\n", "", &["host.toml:2", "`risk.max_daily_loss = -5`", "above 0"]);
    check("[risk]\nmax_daily_lost = 5\n", "", &["host.toml:2", "unknown key", "did you mean `risk.max_daily_loss`?"]);
    check("max_daily_loss = 5\n", "", &["host.toml:1", "did you mean `risk.max_daily_loss`?"]);
    check("[risk]\nmax_open_positions = \"five\"\n", "", &["host.toml:2", "\"five\"", "a whole number", "positions"]);
    check("[risk]\nmin_spread = 0.2\n", "", &["host.toml:2", "must not exceed max_spread"]);
    check("[risk]\nmax_spread = nan\n", "", &["host.toml:2", "nan"]);
    check("[execution]\nentry_pricing = \"mid\"\n", "", &["host.toml:2", "behind N"]);
    check("[exchange]\nfill_probability = 1.2\n", "", &["host.toml:2", "between 0 and 1"]);
    check("[exchange]\noverreaction = 2.5\n", "", &["host.toml:2", "must lie between 0 and 2"]);
    check(
        "[exchange]\nfill_model = \"hope\"\n",
        "",
        &["host.toml:2", "`instant`, `touch`, `queue`, `probabilistic` or `coin`"],
    );
    check(
        "[exchange]\nqueue_cancels = \"middle\"\n",
        "",
        &["host.toml:2", "front, back, proportional, or power 1 to power 8"],
    );
    check("[sandbox]\nmemory_bytes = -1\n", "", &["host.toml:2", "not negative"]);
    check("[capital]\nstage = 0.3\n", "", &["host.toml:2", "0.25, 0.5 or 1.0"]);
    check("[capital]\ntarget = 1e300\n", "", &["host.toml:2", "at most 900,000,000 dollars"]);
    check("[feed]\npoll = \"0s\"\n", "", &["host.toml:2", "must lie between 1s and 7d"]);
    check("[feed\n", "", &["host.toml:1", "is not valid TOML"]);
    check("[feed]\npoll = \"1m\"\npoll = \"2m\"\n", "", &["host.toml:3", "is not valid TOML"]);
    check("", "--set feed.pool=1m", &["command line", "did you mean `feed.poll`?"]);
    check("", "--config other.toml", &["other.toml", "No such file", "host config init --out other.toml"]);
}

#[test]
fn the_old_name_of_a_key_is_read_with_a_warning() {
    let environment = Environment::new();
    environment.write("host.toml", "[live]\nverify_flat = \"7s\"\n");
    let outcome = environment.run("config show");
    let warning = "host.toml:2: `live.verify_flat` has been renamed to `live.cancel_timeout`";
    assert!(outcome.stderr.contains(warning), "{outcome}");
    let shown = outcome.success();
    let line = shown.lines().find(|line| line.starts_with("live.cancel_timeout ")).unwrap_or_default();
    assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["live.cancel_timeout", "7s", "host.toml:2"], "{shown}");
}

#[test]
fn all_problems_are_reported_at_once() {
    let environment = Environment::new().with("HOST_FEED__POL", "1m");
    environment.write("host.toml", "[risk]\nmax_daily_loss = -5\nmax_dradown = 1\n[capital]\nstage = \"half\"\n");
    insta::assert_snapshot!(environment.run("config show").failure(1), @r#"
    error: the configuration has problems
      host.toml:3: unknown key `risk.max_dradown`: did you mean `risk.max_drawdown`?
      host.toml:5: `capital.stage = "half"`: expected a number (0.25, 0.5 or 1.0)
      environment HOST_FEED__POL: unknown key `feed.pol`: did you mean `feed.poll`?
      host.toml:2: `risk.max_daily_loss = -5`: must be a number above 0 (dollars, at most 900,000,000)

    hint: `host config show` lists every key; `host config init` writes a file that explains them
    "#);
}
