//! The strategy that the host carries with it for drills.

use serde_json::Value;

use crate::support::strategies::{REPOSITORY, build, environment};

#[test]
fn the_component_of_drills_is_that_of_its_crate() {
    let environment = environment();
    let described = |path: &str| -> Value {
        let printed = environment.run(&format!("inspect {path} --format json")).success();
        serde_json::from_str(&printed).expect("JSON")
    };
    let carried = described(&format!("{REPOSITORY}/strategies/drill/drill.wasm"));
    let built = described(&build(format!("{REPOSITORY}/strategies/drill")));
    for what in ["manifest", "imports", "exports"] {
        assert_eq!(carried[what], built[what], "{what}: build it anew, as strategies/drill/src/lib.rs says");
    }
}
