//! Checks that the contract shipped with this crate is the project's contract.

#[test]
fn the_shipped_contract_equals_the_workspaces() {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let Ok(original) = std::fs::read_to_string(here.join("../../wit/strategy.wit")) else {
        println!("skipped: not in the workspace");
        return;
    };
    let shipped = std::fs::read_to_string(here.join("wit/strategy.wit")).unwrap();
    assert!(shipped == original, "copy wit/strategy.wit to sdk/rust/wit/strategy.wit: they differ");
}
