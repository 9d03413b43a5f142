//! Notes about an account while its host trades: neither waits for the other, and what was changed between sessions is
//! told by itself.

use crate::support::rig::Rig;

#[test]
fn notes_and_a_host_do_not_wait_for_each_other_and_changes_tell_themselves() {
    let rig = Rig::quiet();
    let mut host = rig.host();
    host.wait_for("trading: the venue agrees again");
    rig.wait_for_orders(0);
    for _ in 0..5 {
        rig.environment.run("journal add understood --about KXQUIET-1").success();
    }
    rig.wait_for_polls(2);
    let list = || rig.environment.run("journal list --format csv").success();
    assert_eq!(list().matches("alex,note,KXQUIET-1,understood\n").count(), 5, "{}", list());
    let status = rig.environment.run("status --format json").success();
    let status: serde_json::Value = serde_json::from_str(&status).expect("JSON");
    assert_eq!((&status["notes"][4]["who"], &status["notes"][4]["text"]), (&"alex".into(), &"understood".into()));
    rig.environment.run("kill --reason enough").success();
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
    assert_eq!(list().matches(",kill,,enough\n").count(), 1, "{}", list());
    rig.environment.run("resume --reason rested").success();
    assert!(list().contains(",resume at the next start,,rested\n"), "{}", list());
    rig.configure("max_daily_loss = 1000.0", "max_daily_loss = 900.0");
    let mut host = rig.host();
    host.wait_for("trading: the venue agrees again");
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
    let told = list();
    assert_eq!(told.matches(",resume,,rested\n").count(), 1, "{told}");
    assert!(!told.contains("resume at the next start"), "{told}");
    assert!(told.contains("at a start,changed,,risk.max_daily_loss: 1000.0 \u{2192} 900.0\n"), "{told}");
}
