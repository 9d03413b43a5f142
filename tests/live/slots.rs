//! Slots with shares of one account: who waits, fails or is stopped does so alone.

use serde_json::Value;

use crate::account::{Account, JOURNAL, restless};
use crate::support::process::Host;
use crate::support::rig::{Rig, live};
use crate::support::strategies::{build, confirm, environment, write_crate};
use crate::support::wait::eventually;

fn neighbour() -> String {
    build(write_crate(&environment(), "neighbour", include_str!("../support/sources/neighbour.rs")))
}

/// Shares that add up to the account's limits, each with markets of its own.
const SHARES: &str = include_str!("../support/shares.toml");

/// Trades a day live and returns what the journal holds of the honest strategy: signals, orders and fills, without what
/// another slot may change, such as the numbers of orders.
fn honest_beside(harm: Option<&str>) -> Vec<String> {
    let restless = restless();
    let neighbour = neighbour();
    let honest = format!("honest={restless}");
    let account = Account::open(&serde_json::json!({ "rules": [] }), 45, &[], "");
    account.configure("[capital]\n", &format!("{SHARES}\n[capital]\n"));
    account.confirmed_component(&restless);
    account.confirmed_component(&neighbour);
    let beside = harm.map(|harm| format!("--strategy hostile={neighbour} --param hostile.harm={harm}"));
    let beside = beside.unwrap_or_default();
    let outcome = account.trade(&format!("--strategy {honest} {beside} --for 1d --param honest.wishes=20"));
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let replayed = account.host(&format!("replay {JOURNAL}"));
    assert!(replayed.ends_with(": identical\n"), "{replayed}");
    // One whose calls are long decides when the orders of the others have left.
    let asked = account.count("SELECT count(*) FROM events WHERE kind = 'command' AND body LIKE '%ask_deferred%'");
    assert_eq!(asked > 50, harm == Some("burn"), "{harm:?}: {asked} polls");
    account.records_of("honest")
}

#[test]
fn an_honest_strategy_trades_live_beside_hostile_ones_as_it_does_alone() {
    let of = |records: &[String], kind: &str| -> Vec<String> {
        records.iter().filter(|record| record.starts_with(kind)).cloned().collect()
    };
    let alone = honest_beside(None);
    let fills = of(&alone, "filled").len();
    assert!(fills > 10, "{fills} fills prove nothing");
    for harm in ["trap", "flip", "burn"] {
        let beside = honest_beside(Some(harm));
        assert!(of(&beside, "signal") == of(&alone, "signal"), "it decides otherwise beside {harm}");
        // At a venue it depends on moments which order meets which, in two runs of one strategy as well; back tests are
        // compared record by record.
        for kind in ["placed", "filled"] {
            let (one, other) = (of(&alone, kind).len(), of(&beside, kind).len());
            assert!(one.abs_diff(other) * 10 <= one, "{kind}: {one} alone, {other} beside {harm}");
        }
    }
}

/// The line of a slot in the status.
fn slot(rig: &Rig, name: &str) -> Option<Value> {
    rig.running_status()?["slots"].as_array()?.iter().find(|line| line["slot"] == name).cloned()
}

#[test]
fn one_slot_warms_up_or_is_quarantined_while_another_trades() {
    let rig = Rig::running();
    let patient = build(write_crate(&environment(), "patient", include_str!("../support/sources/patient.rs")));
    let neighbour = neighbour();
    confirm(&rig.environment, &patient);
    confirm(&rig.environment, &neighbour);
    rig.configure("[live]\n", "[slot.neighbour]\nmax_open_positions = 3\nmax_exposure = 10.0\n\n[live]\n");
    let args = format!("{} --strategy {patient} --strategy {neighbour} --param harm=memory --param after=5", live());
    let mut host = Host::start(&rig.environment, &args);
    host.wait_for("slot eager trades from now on");
    host.wait_for("slot patient trades from ");
    host.wait_for("strategy neighbour failed and was made again");
    host.wait_for("strategy neighbour failed and is quarantined");
    let orders = rig.orders().len();
    rig.wait_for_orders(orders + 20);
    let environment = &rig.environment;
    let standing = |name: &str| slot(&rig, name).and_then(|line| line["standing"].as_str().map(str::to_owned));
    let all = || ["eager", "neighbour", "patient"].map(standing);
    assert_eq!(all().map(Option::unwrap_or_default), ["trading", "quarantined", "warming up"]);
    let line = slot(&rig, "neighbour").expect("its line");
    let codes: Vec<&str> =
        line["limits"].as_array().into_iter().flatten().filter_map(|one| one["code"].as_str()).collect();
    assert!(codes.contains(&"max_exposure") && codes.contains(&"max_open_positions"), "{line}");
    assert!(environment.run("status").success().contains("quarantined since"), "the table says so");
    let of = |name: &str| {
        let sql = format!(
            "SELECT CAST(count(*) AS TEXT) FROM records JOIN strategies USING (slot) \
             WHERE name = '{name}' AND kind = 'placed'"
        );
        rig.journal(&sql)
    };
    assert_eq!((of("patient"), of("neighbour")), (vec!["0".to_owned()], vec!["0".to_owned()]));

    // A restart keeps the quarantine, tells of it and counts its faults on, and a person ends it.
    let faults = || slot(&rig, "neighbour").and_then(|line| line["faults"].as_u64());
    let counted = faults();
    assert!(counted >= Some(2), "{counted:?}");
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
    let quiet = args.replace("harm=memory", "harm=none");
    let mut host = Host::start(&rig.environment, &quiet);
    host.wait_for("slot eager trades from now on");
    host.wait_for("slot neighbour is quarantined since ");
    eventually("it is quarantined still", || standing("neighbour").filter(|one| one == "quarantined"));
    assert_eq!(faults(), counted);
    assert!(!host.said().contains("slot neighbour trades"), "{}", host.said());
    environment.run("kill --reason lunch").success();
    let said = environment.run("resume --slot neighbour --reason mended").success();
    assert!(said.contains("slot neighbour goes on; the kill switch is engaged: nothing trades until"), "{said}");
    environment.run("resume --reason back").success();
    eventually("it trades", || standing("neighbour").filter(|one| one == "trading"));
    let refused = environment.run("resume --slot nobody --reason why");
    assert!(refused.stderr.contains("there is no slot `nobody`"), "{refused}");
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
    let said = environment.run("replay live/kalshi-alex/account.journal").success();
    assert!(said.ends_with(" records: identical\n"), "{said}");
    let said = environment.run("resume --slot neighbour --reason again");
    assert!(said.stderr.contains("no host is running"), "{said}");
}
