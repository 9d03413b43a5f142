//! The metrics of a running host, as Prometheus itself checks them, with the alert rules on them.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use host_live::control::status::StatusView;
use host_monitor::metrics::{is_healthy, is_ready, render};
use serde_json::Value;

use crate::support::installed::install;
use crate::support::rig::Rig;
use crate::support::wait::eventually;

/// Runs `promtool check`, with `input` on stdin.
fn check(args: &[&str], input: &str) -> Output {
    install("prometheus");
    let mut promtool = Command::new("promtool");
    let promtool = promtool.arg("check").args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = promtool.spawn().expect("promtool comes with prometheus");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("it reads");
    child.wait_with_output().expect("it ends")
}

fn view(rig: &Rig) -> StatusView {
    let printed = rig.environment.run("status --format json").success();
    let status: Value = serde_json::from_str(&printed).expect("JSON");
    serde_json::from_value(status["host"].clone()).expect("a status")
}

#[test]
fn the_metrics_of_a_running_host_pass_promtool() {
    let rig = Rig::quiet();
    let mut host = rig.host();
    host.wait_for("trading: the venue agrees again");
    rig.wait_for_orders(0);
    let view = eventually("orders and a comparison", || {
        let view = view(&rig);
        let counted = view.status.as_ref().is_some_and(|status| status.counts.orders > 0);
        (counted && is_ready(&view).is_ok()).then_some(view)
    });
    assert_eq!(is_healthy(&view), Ok(()));
    let text = render(&view);
    let output = check(&["metrics"], &text);
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}\n{text}");
    let of = "account=\"alex\",venue=\"kalshi\"";
    let notice = format!("host_notices_total{{{of},code=\"order_placed\",severity=\"info\"}}");
    for sample in [&notice, &format!("host_orders_total{{{of}}}"), &format!("host_killed{{{of}}} 0")] {
        assert!(text.contains(sample), "{sample} is not in:\n{text}");
    }
    rig.environment.run("kill --reason enough").success();
    let killed = self::view(&rig);
    assert!(render(&killed).contains(&format!("host_killed{{{of}}} 1")));
    assert!(is_ready(&killed).is_err_and(|why| why.starts_with("killed by alex")), "{killed:?}");
    host.signal("INT");
    assert!(host.end().success(), "{}", host.said());
}

#[test]
fn promtool_would_tell_a_bad_name_and_accepts_the_rules() {
    let bad = "# HELP host_orders Orders.\n# TYPE host_orders counter\nhost_orders 1\n";
    assert!(!check(&["metrics"], bad).status.success(), "a counter without _total passes");
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/monitoring/prometheus-rules.yml");
    let output = check(&["rules", rules.to_str().expect("text")], "");
    assert!(output.status.success(), "{output:?}");
}
