//! The venue's own Python SDK, unmodified, works against a real process as it does against the venue.
//!
//! The package is proprietary and not part of this repository: it is installed from the user's package index into a
//! virtual environment beside the build. `HOST_SKIP_SDK` skips the test where that is not possible or not wanted.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::keygen::value;
use crate::support::environment::Environment;
use crate::support::process::Running;
use crate::support::python::python_with;

const PACKAGE: &str = "kalshi_python_sync==3.34.0";
/// Time from the start of the exchange to the close of the market that resolves during the test.
const SOON: Duration = Duration::from_secs(60);

/// Makes a tape around the present of two markets that do not move, one of which resolves soon.
pub fn write_tape(environment: &Environment) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let (mut quotes, closes) = (String::from("time,market,bid,ask,bid_size,ask_size\n"), now + SOON.as_secs());
    for second in (now - 600..now + 3_600).step_by(60) {
        quotes += &format!("{second},KXQUIET-1,0.40,0.44,1000,1000\n");
        if second < closes {
            quotes += &format!("{second},KXSOON-1,0.60,0.64,1000,1000\n");
        }
    }
    environment.write("quotes.csv", quotes);
    let later = now + 86_400;
    let markets = format!(
        "ticker,series,event,category,title,opens,closes,result,settle_time\n\
         KXQUIET-1,KXQUIET,KXQUIET,Economics,Is it quiet?,{},{later},,\n\
         KXSOON-1,KXSOON,KXSOON,Economics,Is it soon?,{},{closes},yes,{closes}\n",
        now - 600,
        now - 600
    );
    environment.write("markets.csv", markets);
    environment.run("data import quotes.csv --markets markets.csv --out tape").success();
}

#[test]
fn the_official_sdk_works_unmodified() {
    if std::env::var_os("HOST_SKIP_SDK").is_some() {
        println!("skipped: HOST_SKIP_SDK is set");
        return;
    }
    // The metadata of the package require a newer Python than it needs.
    let python = python_with("kalshi_python_sync", &[PACKAGE], &["--ignore-requires-python"])
        .unwrap_or_else(|why| panic!("the official SDK cannot be had (`HOST_SKIP_SDK=1` goes without it): {why}"));
    let environment = Environment::new();
    let mut keys = Vec::new();
    for kind in ["rsa", "ed25519"] {
        let printed = environment.run(&format!("exchange keygen --account {kind} --kind {kind}")).success();
        keys.extend([value(&printed, "key_id"), format!("{kind}.key.pem")]);
    }
    write_tape(&environment);
    let exchange = Running::start_now(&environment, "--tape tape --settle-after 1s --simulation");
    check(&python, "sdk.py", &environment, &exchange, &keys, 100);
}

/// Runs a script of this folder against the exchange; it must check at least so many calls.
pub fn check(
    python: &Path,
    script: &str,
    environment: &Environment,
    exchange: &Running,
    keys: &[String],
    least_calls: u32,
) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/exchange").join(script);
    let mut command = Command::new(python);
    command.arg(script).arg(format!("http://{}", exchange.address)).args(keys);
    let output = command.current_dir(environment.path("")).output().expect("Python runs");
    let (said, failed) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{said}{failed}");
    let calls = said.trim().strip_prefix("checked ").and_then(|rest| rest.strip_suffix(" calls"));
    assert!(calls.and_then(|calls| calls.parse().ok()).is_some_and(|calls: u32| calls >= least_calls), "{said}");
}
