//! The price steps of an imported market: as its venue states them, else inferred band by band.

use std::fs;

use host_store::import::{ImportOptions, Imported, import};
use host_store::tape::Tape;

const CENT: &str = "100";
const TENTH: &str = "10";
const TAPERED: &str =
    r#"[{"start":0,"end":1000,"step":10},{"start":1000,"end":9000,"step":100},{"start":9000,"end":10000,"step":10}]"#;

/// Imports these quotes of the market `M`, with the facts in the file `name` if it has content.
fn imported(quotes: &[&str], (name, facts): (&str, &str)) -> Result<(Imported, String), String> {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let rows = quotes.iter().enumerate().map(|(second, prices)| format!("{},{prices}\n", 1_767_571_200 + second));
    fs::write(path("f.csv"), "t,b,a\n".to_owned() + &rows.collect::<String>()).unwrap();
    let columns = "time=t,market=\"M\",bid=b,ask=a".parse().unwrap();
    let mut options = ImportOptions { columns, ..ImportOptions::default() };
    if !facts.is_empty() {
        fs::write(path(name), facts).unwrap();
        options.markets = Some(path(name));
    }
    let imported = import(&[path("f.csv")], &path("tape"), &options, &mut |_| {}).map_err(|error| error.to_string())?;
    let reopened = Tape::open(path("tape")).unwrap();
    assert_eq!(reopened.markets(), imported.tape.markets());
    assert_eq!(host_store::info::info(&reopened).unwrap(), imported.info);
    let steps = serde_json::to_string(&reopened.markets()[0].ticks).unwrap();
    Ok((imported, steps))
}

#[test]
fn steps_are_inferred_apart_near_the_edges_and_between() {
    let check = |quotes: &[&str], expect: &str| {
        let (imported, steps) = imported(quotes, ("", "")).unwrap();
        assert_eq!((steps.as_str(), imported.info.inferred_price_steps), (expect, 1), "{quotes:?}");
    };
    check(&["0.42,0.44"], CENT);
    check(&["0.42,0.010000000000000009"], CENT);
    check(&["0,1"], CENT);
    // What is seen near 0 or 1 says nothing about the middle; of YES and NO, both edges have one grid.
    check(&["0.065,0.07", "0.42,0.44"], TAPERED);
    check(&["0.42,0.44", "0.93,0.935"], TAPERED);
    check(&["0.004,0.10"], TAPERED);
    check(&["0.90,0.901"], TAPERED);
    // The bounds belong to both bands.
    check(&["0.10,0.90"], CENT);
    // No venue is coarser near the edges than between.
    check(&["0.425,0.44"], TENTH);
    check(&["0.425,0.44", "0.05,0.06"], TENTH);
    check(&["0.4255,0.44"], "1");
}

#[test]
fn steps_that_the_venue_states_are_kept_whatever_the_prices() {
    let check = |facts: (&str, &str), expect: &str| {
        let (imported, steps) = imported(&["0.42,0.44", "0.065,0.07"], facts).unwrap();
        assert_eq!((steps.as_str(), imported.info.inferred_price_steps), (expect, 0), "{facts:?}");
    };
    let ranges = r#"[{"start":"0.0000","end":"0.1000","step":"0.0010"},
                    {"start":"0.1000","end":"0.9000","step":"0.0100"},
                    {"start":"0.9000","end":"1.0000","step":"0.0010"}]"#;
    check(("m.json", &format!(r#"{{"ticker":"M","price_ranges":{ranges}}}"#)), TAPERED);
    let linear = r#"[{"start":0,"end":1,"step":0.01}]"#;
    check(("m.json", &format!(r#"{{"ticker":"M","price_ranges":{linear},"tick":0.001}}"#)), CENT);
    for (name, expect) in [("linear_cent", CENT), ("deci_cent", TENTH), ("tapered_deci_cent", TAPERED)] {
        check(("m.json", &format!(r#"{{"ticker":"M","price_level_structure":"{name}"}}"#)), expect);
        check(("m.csv", &format!("ticker,price_level_structure\nM,{name}\n")), expect);
    }
    check(("m.csv", "ticker,tick\nM,0.01\n"), CENT);
}

#[test]
fn a_file_that_states_none_leaves_them_to_the_prices_and_bad_steps_are_refused() {
    for facts in [r#"{"ticker":"M","price_ranges":[]}"#, r#"{"ticker":"M","price_level_structure":"new"}"#] {
        let (imported, steps) = imported(&["0.065,0.07"], ("m.json", facts)).unwrap();
        assert_eq!((steps.as_str(), imported.info.inferred_price_steps), (TAPERED, 1), "{facts}");
    }
    let check = |ranges: &str, expect: &str| {
        let facts = format!(r#"{{"ticker":"M","price_ranges":{ranges}}}"#);
        let said = imported(&["0.4,0.5"], ("m.json", &facts)).unwrap_err();
        assert!(said.contains(expect), "{said}");
    };
    check(r#""0.01""#, "`0.01` is no list of price ranges");
    check(r#"[{"start":0,"end":1}]"#, "has no `step` in dollars");
    check(r#"[{"start":0,"end":1,"step":0.03}]"#, "cannot come in steps of 0.03");
}
