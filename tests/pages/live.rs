//! The tear sheet of a live account, whose figures are those that its host printed.

use serde_json::Value;

use crate::browser::look;
use crate::markup::Page;
use crate::support::rig::{Rig, live};
use crate::support::tapes::figures;

/// Orders that are filled at once.
const TAKE: &str = "--set execution.entry_pricing=cross --set execution.exit_pricing=cross";

#[test]
fn an_account_is_reported_as_its_host_left_it_with_what_was_done_by_hand() {
    let rig = Rig::stepped_with(5);
    let trade = |span: &str| -> Value {
        let printed = rig.environment.run(&format!("{} {TAKE} --for {span} --format json", live())).success();
        serde_json::from_str(&printed).expect("JSON")
    };
    let first = trade("20m");
    rig.environment.run("kill --reason <script>alert(1)</script>").success();
    rig.environment.run("resume --reason understood").success();
    // A change of the capital at work is neither profit nor loss.
    rig.environment.run("stage down --reason careful").success();
    let second = trade("2m");
    let report = figures(&rig.environment.run("report alex --format json").success());
    for (name, found) in [
        ("equity", report.final_equity),
        ("net_pnl", report.net_pnl),
        ("realised_pnl", report.realised_pnl),
        ("open_pnl", report.open_pnl),
        ("fees", report.fees),
    ] {
        assert_eq!(second[name], serde_json::to_value(found).expect("JSON"), "{name}: {second}");
    }
    let sum = |name: &str| first[name].as_u64().expect("a number") + second[name].as_u64().expect("a number");
    assert_eq!([report.orders, report.fills], ["orders", "fills"].map(sum));
    assert!(report.fills >= 5 && report.net_pnl.0 != host_core::Usd::ZERO, "too little to prove anything: {second}");
    let days: host_core::Usd = report.by_day.iter().map(|day| day.net_pnl.0).sum();
    assert_eq!(days, report.net_pnl.0, "{:?}", report.by_day);
    assert!(report.max_drawdown.0 < host_core::Usd::dollars(100), "{:?}", report.drawdown);
    rig.environment.run("report live/kalshi-alex --html account.html").success();
    let page = Page::new(rig.environment.read("account.html"));
    page.assert_self_contained();
    let by_hand = page.section("Done by hand, and noted");
    for said in ["kill", "resume", "understood", "alert(1)", "stage", "careful", "capital.stage: 1.0"] {
        assert!(by_hand.html().contains(said), "no {said} in {}", by_hand.html());
    }
    assert!(page.html().contains("LIVE") && page.html().contains("EXCHANGE ON THIS MACHINE"));
    assert!(page.html().contains("What was traded was no real money"));
    for secret in ["key_id", "key_file", ".pem"] {
        assert!(!page.html().contains(secret), "{secret} is on the page");
    }
    if let Some(found) = look(&rig.environment.path("account.html")) {
        found.assert_reads_well();
    }
}
