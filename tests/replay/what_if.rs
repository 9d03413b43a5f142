//! Another strategy, or other parameters, on the journaled rows: the differences to the journaled decisions.

use serde_json::Value;

use crate::ran;
use crate::support::strategies::{RANGE_BUYER, mean_reversion};

fn compared(environment: &crate::Environment, options: &str) -> Value {
    serde_json::from_str(&environment.run(&format!("replay j --format json {options}")).success()).expect("JSON")
}

#[test]
fn other_parameters_show_where_decisions_differ() {
    let environment = ran(&[mean_reversion()], "--for 10d --markets 12 --param threshold=1.5");
    let stricter = compared(&environment, "--param threshold=1.8");
    let number = |value: &Value, name: &str| value[name].as_u64().unwrap_or_else(|| panic!("{name} in {value}"));
    assert!(number(&stricter, "other_signals") < number(&stricter, "journaled_signals"), "{stricter}");
    let differences = stricter["differences"].as_array().expect("a list");
    let rows: u64 = differences.iter().map(|stretch| number(stretch, "rows")).sum();
    assert!(rows > 0 && rows == number(&stricter, "differing_rows"), "{rows}");
    // A higher threshold enters less often: it adds no entry that the journaled one did not have.
    for stretch in differences.iter().filter(|stretch| stretch["journaled"] == "none") {
        assert_eq!(stretch["other"], "exit", "{stretch}");
    }
    assert!(differences.iter().any(|stretch| stretch["orders"].as_array().is_some_and(|orders| !orders.is_empty())));

    // The journaled value gives no difference, in either way of writing it.
    let same = compared(&environment, "--param mean-reversion.threshold=1.5");
    assert_eq!((number(&same, "differing_rows"), same["differences"].as_array().map(Vec::len)), (0, Some(0)));
    // The same strategy, named explicitly, keeps the journaled parameters.
    let itself = compared(&environment, &format!("--strategy {}", mean_reversion()));
    assert_eq!(number(&itself, "differing_rows"), 0);
}

#[test]
fn another_strategy_can_take_the_place_of_the_journaled_one() {
    let environment = ran(&[mean_reversion()], "--for 3d --markets 12");
    let other = compared(&environment, &format!("--strategy {RANGE_BUYER}"));
    assert!(other["other"].as_str().is_some_and(|name| name.starts_with("range-buyer ")), "{}", other["other"]);
    assert!(other["other_signals"].as_u64() > Some(0));
    let csv = environment.run(&format!("replay j --strategy {RANGE_BUYER} --format csv")).success();
    assert!(csv.starts_with("time,until,rows,market,journaled,other,orders\n"), "{csv}");
    assert_eq!(csv.lines().count() - 1, other["differences"].as_array().map_or(0, Vec::len));
    let table = environment.run(&format!("replay j --strategy {RANGE_BUYER}")).success();
    assert!(table.lines().last().is_some_and(|line| line.contains("they differ on")), "{table}");
}

#[test]
fn with_several_strategies_the_one_meant_must_be_named() {
    let environment = ran(&[mean_reversion(), RANGE_BUYER], "--for 2d --markets 8");
    let said = environment.run("replay j --param threshold=2").failure(2);
    assert!(said.contains("`--param` does not say which strategy it means"), "{said}");
    let meant = compared(&environment, "--param mean-reversion.threshold=3");
    assert!(meant["journaled"].as_str().is_some_and(|name| name.starts_with("mean-reversion ")), "{meant}");
    let said = environment.run("replay j --param mean-reversion.treshold=2").failure(1);
    assert!(said.contains("did you mean `threshold`?"), "{said}");
}
