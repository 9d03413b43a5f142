//! A host that only serves the control socket: this test binary in a process of its own, with a loop but no engine.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use host_core::Span;
use host_core::risk::RiskLimits;
use host_live::account_dir::AccountDir;
use host_live::control::protocol::Failure;
use host_live::control::reload::{Reloaded, Reloader};
use host_live::control::status::{Identity, Status};
use host_live::control::{Control, KillSwitch, OperatorRequest, StatusPublisher, VenueAccess};
use host_live::swap::{Preparer, Seats, TrustTerms};
use host_live::venue_way::VenueWay;
use host_sandbox::trust::{LockFile, TradingMode, TrustSettings};
use host_sandbox::{Cache, Sandbox, SandboxLimits};
use host_venues::clock::Clock;

use crate::exchange::Exchange;
use crate::support::environment::Environment;
use crate::support::process::Host;

/// Starts a host for the account of `environment`. `mood` says what its loop does: `works`, `refuses` or `hangs`.
pub fn start(environment: &Environment, exchange: &Exchange, mood: &str) -> Host {
    let mut command = Command::new(std::env::current_exe().expect("this binary"));
    command
        .args(["--exact", "socket_host::host_process", "--ignored", "--nocapture"])
        .env("TEST_HOST_FOLDER", environment.path("live"))
        .env("TEST_HOST_KEY", environment.path("key.pem"))
        .env("TEST_HOST_ADDRESS", exchange.address.to_string())
        .env("TEST_HOST_MOOD", mood)
        .stdout(Stdio::null());
    let mut host = Host::of(environment, command);
    host.wait_for(UP);
    host
}

/// Printed once the control socket accepts connections.
const UP: &str = "the host is up";

/// Not a test: the host's process. It does nothing unless started by [`start`].
#[test]
#[ignore = "it is started by other tests"]
fn host_process() {
    let Ok(root) = std::env::var("TEST_HOST_FOLDER") else { return };
    let variable = |name: &str| std::env::var(name).expect("set by whoever starts it");
    let folder = AccountDir::new(Path::new(&root), "kalshi", "alex");
    folder.create().expect("a folder");
    let lock = File::create(folder.lock()).expect("a lock file");
    lock.lock().expect("nobody else has it");
    let settings = host_venues::kalshi::KalshiSettings {
        base_url: format!("http://{}/trade-api/v2", variable("TEST_HOST_ADDRESS")),
        key_id: "key-of-alex".to_owned(),
        key_file: PathBuf::from(variable("TEST_HOST_KEY")),
        ..Default::default()
    };
    let patience = Duration::from_secs(300);
    let way = VenueWay::Kalshi(settings);
    let venue = VenueAccess { name: "kalshi".to_owned(), way, clock: Clock::wall(), patience };
    let status = StatusPublisher::new(Identity::of_this_process("kalshi", "alex"));
    status.publish(Status { equity: 500.0, venue_link: "up".to_owned(), ..Status::default() });
    let kill = KillSwitch::load(&folder);
    let (sender, operator) = channel();
    let cache = Cache::at(folder.path().join("cache"));
    let sandbox = Sandbox::new(SandboxLimits::default(), cache).expect("a sandbox");
    let (settings, limits) = (TrustSettings::default(), RiskLimits::default());
    let mode = TradingMode::Live;
    let trust = TrustTerms { mode, settings, lock: LockFile::within(folder.path()), limits };
    let preparer = Preparer::new(sandbox, Seats::default(), folder.clone(), Span::seconds(30), trust);
    let reloader = Reloader::new(false, || -> Result<Reloaded, Failure> { panic!("nobody reloads it") });
    let serving = Control::serve(&folder, venue, status, kill.clone(), (sender, preparer, reloader));
    let _control = serving.expect("a control thread");
    eprintln!("{UP}");
    let mood = variable("TEST_HOST_MOOD");
    if mood == "hangs" {
        std::thread::sleep(Duration::from_secs(600));
    }
    for request in operator {
        match request {
            OperatorRequest::Resume { answer, .. } if mood == "refuses" => {
                answer.send(Err("the day's loss".to_owned()))
            }
            OperatorRequest::Resume { answer, .. }
            | OperatorRequest::ResumeSlot { answer, .. }
            | OperatorRequest::Settle { answer, .. }
            | OperatorRequest::Swap { answer, .. }
            | OperatorRequest::SwapBack { answer, .. }
            | OperatorRequest::Promote { answer, .. }
            | OperatorRequest::EndShadow { answer, .. }
            | OperatorRequest::Close { answer, .. }
            | OperatorRequest::Reload { answer, .. }
            | OperatorRequest::Stage { answer, .. } => answer.send(Ok("done".to_owned())),
            OperatorRequest::Kill { .. } => {
                assert!(kill.is_engaged(), "the loop hears of it when nothing leaves any more")
            }
            OperatorRequest::Stop => return,
        }
    }
}
