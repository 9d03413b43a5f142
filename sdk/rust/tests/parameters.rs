//! Tests declared parameters: manifest entries, parsing, and the messages of refusals.

use strategy_sdk::{Parameters, Value, parameters};

parameters! {
    /// One parameter of each type but text.
    #[derive(Copy)]
    struct Plain {
        /// A span.
        /// In hours.
        span: f64 = 48.0, in 0.5..=1000.0;
        /// A count.
        count: i64 = 100, in 1..=10_000_000_000;
        undocumented: bool = true;
    }
}

parameters! {
    struct Named {
        /// Which one.
        name: String = "all";
        /// Any number.
        shift: f64 = 0.0;
    }
}

fn set(name: &str, value: impl Into<Value>) -> [(String, Value); 1] {
    [(name.into(), value.into())]
}

#[test]
fn the_manifest_lists_the_declared_parameters() {
    let declared = Plain::declare();
    let span = &declared[0];
    assert_eq!((span.name.as_str(), span.doc.as_str()), ("span", "A span. In hours."));
    assert_eq!((&span.default, span.minimum, span.maximum), (&Value::Number(48.0), Some(0.5), Some(1000.0)));
    assert_eq!((&declared[1].default, declared[1].maximum), (&Value::Integer(100), Some(1e10)));
    assert_eq!((&declared[2].default, declared[2].doc.as_str()), (&Value::Flag(true), ""));
    assert_eq!(Named::declare()[0].default, Value::Text("all".into()));
    assert_eq!((Named::declare()[1].minimum, Named::declare()[1].maximum), (None, None));
}

#[test]
fn a_parameter_that_is_not_set_keeps_its_default() {
    assert_eq!(Plain::parse(&[]), Ok(Plain { span: 48.0, count: 100, undocumented: true }));
    assert_eq!(Plain::parse(&set("span", 2i64)).unwrap().span, 2.0);
    assert_eq!(Plain::parse(&set("count", 10_000_000_000i64)).unwrap().count, 10_000_000_000);
    assert_eq!(Named::parse(&set("name", "one")).unwrap().name, "one");
    assert_eq!(Named::parse(&set("shift", -1e300)).unwrap().shift, -1e300);
}

#[test]
fn a_refusal_names_the_parameter_its_value_and_the_allowed_values() {
    let check = |setting: [(String, Value); 1], expect: &str| {
        assert_eq!(Plain::parse(&setting).unwrap_err(), expect);
    };
    check(set("span", 0.25), "parameter `span` is the number 0.25, but must be a number within 0.5 to 1000");
    check(set("span", f64::NAN), "parameter `span` is the number NaN, but must be finite");
    check(set("span", "two"), "parameter `span` is the text `two`, but must be a number");
    check(set("count", 1.5), "parameter `count` is the number 1.5, but must be a whole number");
    check(
        set("count", 0i64),
        "parameter `count` is the whole number 0, but must be a whole number within 1 to 10000000000",
    );
    check(set("undocumented", 1i64), "parameter `undocumented` is the whole number 1, but must be true or false");
    check(set("spam", 1.0), "there is no parameter `spam`: this strategy has span, count, undocumented");
    assert!(<()>::parse(&set("spam", 1.0)).unwrap_err().contains("has none"));
}
