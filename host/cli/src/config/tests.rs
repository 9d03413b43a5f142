use std::path::PathBuf;

use host_core::Span;

use super::*;

fn load_with(file: &str, environment: &[(&str, &str)], flags: &[&str]) -> Result<Loaded> {
    let environment = environment.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
    let flags: Vec<String> = flags.iter().map(ToString::to_string).collect();
    let examined = examine_from(Some((PathBuf::from("host.toml"), file.to_owned())), environment, &flags, &|_| true)?;
    if examined.problems.is_empty() { Ok(examined.loaded) } else { Err(report(&examined.problems)) }
}

#[test]
fn a_later_layer_wins_and_the_origin_names_it() {
    let check = |file: &str, environment: &[(&str, &str)], flags: &[&str], target: &str, origin: &str| {
        let loaded = load_with(file, environment, flags).unwrap();
        let (_, value, from) = loaded.settings().find(|(key, ..)| key.name == "capital.target").unwrap();
        assert_eq!((value.unwrap().to_string().as_str(), from.to_string().as_str()), (target, origin));
    };
    let file = "[capital]\ntarget = 1000.0\n";
    let environment = [("HOST_CAPITAL__TARGET", "1500.0")];
    check("", &[], &[], "2000.0", "default");
    check(file, &[], &[], "1000.0", "host.toml:2");
    check(file, &environment, &[], "1500.0", "environment HOST_CAPITAL__TARGET");
    check(file, &environment, &["capital.target=500"], "500", "command line");
}

#[test]
fn every_problem_is_reported_at_once_with_its_place() {
    let file = "[capital]\ntraget = 1\nstage = 0.3\n[feed]\npoll = 30\n[execution]\norder_expiry = \"10 parsecs\"\n";
    let report = load_with(file, &[("HOST_FEED__POL", "1m")], &["capital.target=-5", "feed=1"]).unwrap_err();
    insta::assert_snapshot!(report.render(false).to_string(), @r#"
    error: the configuration has problems
      host.toml:2: unknown key `capital.traget`: did you mean `capital.target`?
      host.toml:5: `feed.poll = 30`: expected text in quotes (a time span such as 10m)
      host.toml:7: `execution.order_expiry = "10 parsecs"`: `10 parsecs` is no span of time: write a number and a unit, such as 500ms, 30s, 10m, 48h, 21d or 8mo (months of 30 days)
      environment HOST_FEED__POL: unknown key `feed.pol`: did you mean `feed.poll`?
      command line: `feed = 1`: feed is a section: write `[feed]` with its keys below it
      host.toml:3: `capital.stage = 0.3`: must be 0.25, 0.5 or 1.0
      command line: `capital.target = -5`: must be more than zero

    hint: `host config show` lists every key; `host config init` writes a file that explains them
    "#);
}

#[test]
fn a_renamed_key_is_read_under_its_old_name_with_a_warning() {
    let check = |file: &str, environment: &[(&str, &str)], flags: &[&str], origin: &str| {
        let loaded = load_with(file, environment, flags).unwrap();
        assert_eq!(loaded.config.live.cancel_timeout, Span::seconds(75));
        assert_eq!(loaded.origin("live.cancel_timeout").to_string(), origin);
        let renamed = "`live.verify_flat` has been renamed to `live.cancel_timeout`";
        assert_eq!(loaded.warnings(), [format!("{origin}: {renamed}; the next release will refuse the old name")]);
    };
    let old_name = "HOST_LIVE__VERIFY_FLAT";
    check("[live]\nverify_flat = \"75s\"\n", &[], &[], "host.toml:2");
    check("", &[(old_name, "75s")], &[], &format!("environment {old_name}"));
    check("", &[], &["live.verify_flat=75s"], "command line");
    assert_eq!(load_with("[live]\ncancel_timeout = \"75s\"\n", &[], &[]).unwrap().warnings(), [""; 0]);
}

#[test]
fn an_unknown_key_is_an_error_in_every_layer() {
    let check = |file: &str, environment: &[(&str, &str)], flags: &[&str], origin: &str| {
        let text = load_with(file, environment, flags).unwrap_err().render(false).to_string();
        assert!(text.contains(&format!("{origin}: unknown key `live.verify_flats`")), "{text}");
    };
    check("[live]\nverify_flats = \"75s\"\n", &[], &[], "host.toml:2");
    check("", &[("HOST_LIVE__VERIFY_FLATS", "75s")], &[], "environment HOST_LIVE__VERIFY_FLATS");
    check("", &[], &["live.verify_flats=75s"], "command line");
}

#[test]
fn a_private_key_pasted_into_a_setting_is_never_printed() {
    const CANARY: &str = "MC4CAQAwBQYDK2VwBCIEIEcanary";
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{CANARY}\n-----END PRIVATE KEY-----\n");
    let check = |file: String, environment: &[(&str, &str)], flags: &[&str], expect: &str| {
        let report = load_with(&file, environment, flags).expect_err(&file);
        for shown in [report.render(false).to_string(), report.render(true).to_string(), format!("{report:?}")] {
            assert!(shown.contains(expect) && !shown.contains(CANARY), "{shown}");
        }
    };
    let lines: Vec<&str> = pem.lines().collect();
    let (one_line, set) = (pem.replace('\n', " "), format!("venue.key_file={pem}"));
    check(format!("[venue]\nkey_file = \"\"\"{pem}\"\"\""), &[], &[], "venue.key_file");
    check(format!("[venue]\nkey_file = \"\"\"\n{CANARY}\n\"\"\""), &[], &[], "venue.key_file");
    check(format!("[venue]\nkey_file = {lines:?}"), &[], &[], "venue.key_file");
    check(format!("[venue]\nkey_file = {:?}", &lines[1..2]), &[], &[], "venue.key_file");
    check(format!("[venue]\nclock = {one_line:?}"), &[], &[], "venue.clock");
    check(format!("[venue]\nrequest_timeout = {one_line:?}"), &[], &[], "venue.request_timeout");
    check(format!("[slot.a]\nmax_exposure = {one_line:?}"), &[], &[], "slot.a.max_exposure");
    check(format!("[slot.a]\nmarkets = {one_line:?}"), &[], &[], "slot.a.markets");
    check(format!("[venue]\nkey_file = {one_line}"), &[], &[], "is not valid TOML");
    check(format!("venue = {one_line:?}"), &[], &[], "is a section");
    check(String::new(), &[("HOST_VENUE__KEY_FILE", &pem)], &[], "venue.key_file");
    check(String::new(), &[], &[&set], "venue.key_file");
    check(String::new(), &[], &[&one_line], "has no `=`");
}

#[test]
fn a_secret_of_the_alerts_is_never_printed() {
    let check = |file: &str, environment: &[(&str, &str)], flags: &[&str], expect: &str| {
        let report = load_with(file, environment, flags).expect_err(file);
        for shown in [report.render(false).to_string(), format!("{report:?}")] {
            assert!(shown.contains(expect) && !shown.contains("canary"), "{shown}");
        }
    };
    check("[alerts.mail]\npassword = [\"canary\"]", &[], &[], "alerts.mail.password");
    check("[alerts.mail]\npassword = canary", &[], &[], "is not valid TOML");
    check("[alerts]\nmail = \"canary\"", &[], &[], "unknown key `alerts.mail`");
    check("alerts = \"canary\"", &[], &[], "is a section");
    check("[alerts]\nheartbeat_url = \"http://canary.example.com\"", &[], &[], "use `https`");
    check("[[alerts.webhook]]\nkind = \"slak\"\nurl = \"https://canary\"", &[], &[], "alerts.webhook");
    check("[[alerts.webhook]]\nkind = \"slack\"\nulr = \"https://canary\"", &[], &[], "alerts.webhook");
    check("[[alerts.webhook]]\nkind = \"slack\"\nurl = \"http://canary.org\"", &[], &[], "use `https`");
    check("", &[("HOST_ALERTS__WEBHOOK", "https://canary")], &[], "HOST_ALERTS__WEBHOOK");
    check("", &[], &["alerts.webhook=https://canary"], "alerts.webhook");
    let password = ("HOST_ALERTS__MAIL__PASSWORD", "canary");
    let loaded = load_with("", &[password], &[]).unwrap();
    let shown = format!("{:?}\n{}", loaded.config, loaded.config.clone().into_tree());
    assert!(!shown.contains("canary") && !loaded.config.into_tree_of_run().contains_key("alerts"), "{shown}");
}

#[test]
fn a_strategys_parameters_are_kept_for_its_manifest() {
    let loaded = load_with("[strategy.mean-reversion]\nthreshold = 1.3\n", &[], &[]).unwrap();
    let shown: Vec<_> = loaded.parameters["mean-reversion"].iter().map(|e| format!("{} {}", e.key, e.origin)).collect();
    assert_eq!(shown, ["strategy.mean-reversion.threshold host.toml:2"]);
    assert!(load_with("[strategy]\nthreshold = 1.3\n", &[], &[]).is_err());
}

#[test]
fn every_key_is_described_and_every_description_is_a_key() {
    fn leaves_of(prefix: &str, tree: &Table) -> Vec<String> {
        let leaves = |(name, value): (&String, &Value)| match value {
            Value::Table(below) => leaves_of(&format!("{prefix}{name}."), below),
            _ => vec![format!("{prefix}{name}")],
        };
        tree.iter().flat_map(leaves).collect()
    }
    let mut leaves = leaves_of("", &Config::default().into_tree());
    let mut described: Vec<String> = KEYS.iter().map(|key| key.name.to_owned()).collect();
    leaves.sort();
    described.sort();
    assert_eq!(described, leaves);
}

#[test]
fn the_defaults_pass_their_own_checks() {
    assert!(load_with("", &[], &[]).is_ok());
}

#[test]
fn the_template_lists_the_defaults() {
    let template = template::render();
    let active =
        template.lines().map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line));
    let loaded = load_with(&active.collect::<Vec<_>>().join("\n"), &[], &[]).unwrap();
    assert_eq!(loaded.config, Config::default());
    for (key, _, origin) in loaded.settings() {
        assert!(matches!(origin, Origin::File { .. }), "{} is not in the template", key.name);
    }
    assert_eq!(load_with(&template, &[], &[]).unwrap().config, Config::default());
}

#[test]
fn the_schedule_of_the_template_can_be_used_and_is_shown() {
    let loaded = load_with(schedule_keys::EXAMPLE, &[], &[]).unwrap();
    assert_eq!(loaded.config.schedule.len(), 1);
    let [(key, _, origin)] = &loaded.schedule()[..] else { panic!("one entry") };
    assert_eq!((key.as_str(), origin.to_string().as_str()), ("schedule.weekend", "host.toml:1"));
    // What a run keeps of its configuration can be read again.
    let kept = loaded.config.clone().into_tree_of_run().to_string();
    assert_eq!(load_with(&kept, &[], &[]).unwrap().config.schedule, loaded.config.schedule);
}

#[test]
fn an_entry_of_the_schedule_that_cannot_be_used_is_told_with_its_place() {
    let check = |file: &str, expect: &str| {
        let text = load_with(file, &[], &[]).expect_err(file).render(false).to_string();
        assert!(text.contains(expect), "{text}\nlacks {expect}");
    };
    check("schedule = 5", "host.toml:1: `schedule` is a list: write `[[schedule]]`");
    check("[schedule]\nname = \"a\"", "unknown key `schedule.name`");
    check("[[schedule]]\nscale = 0.5", "host.toml:1: `[[schedule]]`, entry 1: missing field `name`");
    check("[[schedule]]\nname = \"a\"\nday = 1", "entry \"a\": unknown field `day`");
    let entry = |name: &str, rest: &str| format!("[[schedule]]\nname = \"{name}\"\nscale = 0.5\n{rest}\n");
    check(&entry("a", "zone = \"Europe/Berln\""), "entry \"a\": `zone`: `Europe/Berln` is no time zone");
    let two = format!("[capital]\nstage = 0.5\n{}{}", entry("a", ""), entry("b", ""));
    check(&two, "host.toml:3: `[[schedule]]`, entry \"b\": is in force together with `a`");
}

#[test]
fn a_file_that_says_probabilistic_is_told_of_the_change() {
    let of = |file: &str, set: &[&str]| load_with(file, &[], set).unwrap().warnings();
    let said = of("[exchange]\nfill_model = \"probabilistic\"\n", &[]);
    let told = "the fill model `probabilistic` draws places in the queue now; what it was, fills by the toss of a \
                coin, is called `coin`: write that to keep it";
    assert_eq!(said, [format!("host.toml:2: {told}")]);
    for file in ["", "[exchange]\nfill_model = \"coin\"\n", "[exchange]\nfill_model = \"queue\"\n"] {
        assert_eq!(of(file, &["exchange.fill_model=probabilistic"]), [""; 0], "{file}");
    }
}
